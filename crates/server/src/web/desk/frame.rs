//! What stands around every screen of the desk: search, the way to the queues, whether sending is held, and what was just done.

use jiff::Timestamp;
use whereabouts_domain::state::Attention;

use super::{QUEUE_DISPUTED, QUEUE_LATE, QUEUE_MAY_BE_MISSING, QUEUE_MINE, QUEUE_NOT_DESPATCHED, QUEUE_OTHER, QUEUE_SNOOZED};

/// The open pages (states, API docs, outbox) have a frame without an agent: no search, no queues.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    pub title: String,
    /// The `id` of the link that is the present screen.
    pub here: &'static str,
    pub retailer: String,
    pub agent: Option<Agent>,
    pub menu: Vec<MenuGroup>,
    pub held: Option<Held>,
    pub toast: Option<Toast>,
    /// The product's clock, which in a sandbox is not the browser's.
    pub now_iso: String,
    /// What the search box holds.
    pub query: String,
}

#[derive(Clone, Debug)]
pub struct Agent {
    pub name: String,
    pub initials: String,
}

#[derive(Clone, Debug)]
pub struct MenuGroup {
    pub title: &'static str,
    pub links: Vec<MenuLink>,
}

#[derive(Clone, Debug)]
pub struct MenuLink {
    pub id: &'static str,
    pub href: String,
    pub label: &'static str,
    pub icon: &'static str,
    pub count: Option<Count>,
}

#[derive(Clone, Debug)]
pub struct Count {
    pub words: String,
    pub tone: &'static str,
}

/// Messages are held: the banner that nobody can overlook.
#[derive(Clone, Debug)]
pub struct Held {
    /// "All messages are held" or "SMS of Northway Home is held".
    pub what: String,
    /// "since Mon 23 Nov, 18:04, by Maya Okafor; 214 messages wait".
    pub detail: String,
    pub resume_action: String,
}

/// What was just done, and the way back. A failure stays until it is closed.
#[derive(Clone, Debug)]
pub struct Toast {
    pub tone: &'static str,
    pub words: String,
    pub undo: Option<Undo>,
}

#[derive(Clone, Debug)]
pub struct Undo {
    pub action: String,
    /// Hidden fields that say what to take back.
    pub fields: Vec<(&'static str, String)>,
}

/// The counts beside the menu's links.
#[derive(Clone, Copy, Debug, Default)]
pub struct MenuCounts {
    pub act: u64,
    pub watch: u64,
    pub late: u64,
    pub may_be_missing: u64,
    pub not_despatched: u64,
    pub disputed: u64,
    pub other: u64,
    pub mine: u64,
    pub snoozed: u64,
    pub unmatched: u64,
    pub quarantine: u64,
}

impl Frame {
    pub fn new(title: impl Into<String>, here: &'static str, retailer: impl Into<String>, now: Timestamp) -> Frame {
        Frame { title: title.into(), here, retailer: retailer.into(), now_iso: now.to_string(), menu: open_menu(), ..Frame::default() }
    }

    pub fn signed_in(mut self, name: impl Into<String>, counts: MenuCounts, outbox: Outbox) -> Frame {
        let name = name.into();
        self.agent = Some(Agent { initials: initials(&name), name });
        self.menu = agents_menu(counts, outbox);
        self
    }

    pub fn style_address(&self) -> String {
        super::serve::assets::style_address()
    }

    pub fn script_address(&self) -> String {
        super::serve::assets::script_address()
    }

    pub fn signed_out(&self) -> bool {
        self.agent.is_none()
    }
}

/// Only a demo or a sandbox captures its messages and so has an outbox to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outbox {
    Shown,
    Hidden,
}

fn initials(name: &str) -> String {
    name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect::<String>().to_uppercase()
}

fn link(id: &'static str, href: impl Into<String>, label: &'static str, icon: &'static str) -> MenuLink {
    MenuLink { id, href: href.into(), label, icon, count: None }
}

fn counted(mut link: MenuLink, count: u64, tone: &'static str) -> MenuLink {
    // Nought is not news: a queue without work has no number beside it.
    link.count = (count > 0).then(|| Count { words: grouped(count), tone });
    link
}

/// Thousands apart: `12,480`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut words = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            words.push(',');
        }
        words.push(digit);
    }
    words
}

fn agents_menu(counts: MenuCounts, outbox: Outbox) -> Vec<MenuGroup> {
    let queue = |id: &'static str, label, icon| link(id, format!("/desk/queues/{id}"), label, icon);
    let list = |id: &'static str, label, icon| link(id, format!("/desk/shipments?attention={id}"), label, icon);
    let mut build = vec![link("states", "/states", "States", "list"), link("docs", "/api/docs", "API", "book")];
    if outbox == Outbox::Shown {
        build.insert(0, link("outbox", "/outbox", "Outbox", "mail"));
    }
    vec![
        MenuGroup {
            title: "",
            links: vec![link("home", "/desk", "Home", "home"), counted(queue(QUEUE_MINE, "Mine", "person"), counts.mine, "calm")],
        },
        MenuGroup {
            title: "Queues",
            links: vec![
                counted(queue(QUEUE_LATE, "Late", "clock"), counts.late, "bad"),
                counted(queue(QUEUE_MAY_BE_MISSING, "May be missing", "missing"), counts.may_be_missing, "bad"),
                counted(queue(QUEUE_NOT_DESPATCHED, "Not despatched", "box"), counts.not_despatched, "bad"),
                counted(queue(QUEUE_DISPUTED, "Disputed", "act"), counts.disputed, "bad"),
                counted(queue(QUEUE_OTHER, "By your rules", "list"), counts.other, "warn"),
                counted(queue(QUEUE_SNOOZED, "Snoozed", "moon"), counts.snoozed, "calm"),
            ],
        },
        MenuGroup {
            title: "Shipments",
            links: vec![
                counted(list(Attention::Act.id(), "Act", "act"), counts.act, "bad"),
                counted(list(Attention::Watch.id(), "Watch", "watch"), counts.watch, "warn"),
                list(Attention::None.id(), "Fine", "check"),
                link("scorecard", "/desk/scorecard", "Scorecard", "spark"),
            ],
        },
        MenuGroup {
            title: "What came in",
            links: vec![
                counted(link("unmatched", "/desk/unmatched", "Unmatched", "inbox"), counts.unmatched, "calm"),
                counted(link("quarantine", "/desk/quarantine", "Quarantine", "shield"), counts.quarantine, "warn"),
                link("codes", "/desk/codes", "Unknown codes", "missing"),
                link("received", "/desk/received", "Received", "hook"),
                link("mappings", "/desk/mappings", "Mappings", "spark"),
                link("corrections", "/desk/corrections", "Wrong carrier", "truck"),
            ],
        },
        MenuGroup {
            title: "Set up",
            links: vec![
                link("hooks", "/desk/hooks", "Hooks", "door"),
                link("files", "/desk/files", "Files", "file"),
                link("rules", "/desk/rules", "Rules", "note"),
                link("sending", "/desk/sending", "Sending", "send"),
                link("settings", "/desk/settings/retailer", "Settings", "cog"),
                link("calendars", "/desk/calendars", "Calendars", "list"),
                link("carriers", "/desk/carriers", "Carriers", "truck"),
                link("webhooks", "/desk/webhooks", "Webhooks", "hook"),
            ],
        },
        MenuGroup { title: "Look up", links: build },
    ]
}

fn open_menu() -> Vec<MenuGroup> {
    vec![MenuGroup {
        title: "",
        links: vec![
            link("desk", "/desk", "The desk", "home"),
            link("states", "/states", "States", "list"),
            link("docs", "/api/docs", "API", "book"),
        ],
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_without_work_shows_no_number() {
        let menu = agents_menu(MenuCounts { late: 12_480, ..MenuCounts::default() }, Outbox::Hidden);
        let count = |id| menu.iter().flat_map(|g| &g.links).find(|l| l.id == id).and_then(|l| l.count.clone()).map(|c| c.words);
        assert_eq!(count("late").as_deref(), Some("12,480"));
        assert_eq!(count("may_be_missing"), None);
    }

    #[test]
    fn the_outbox_is_offered_only_where_messages_are_captured() {
        let has = |outbox| agents_menu(MenuCounts::default(), outbox).iter().any(|g| g.links.iter().any(|l| l.id == "outbox"));
        assert!(has(Outbox::Shown) && !has(Outbox::Hidden));
    }

    #[test]
    fn an_agent_is_known_by_two_initials() {
        assert_eq!(initials("maya van Okafor"), "MV");
    }
}
