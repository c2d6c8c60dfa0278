//! One shipment as an agent needs it: what it is, what is wrong, what to say, what to do, and everything that happened in one line of time.

use askama::Template;
use whereabouts_domain::state::{Attention, State};

use super::{
    Step,
    frame::Frame,
    pill::Pill,
    reply::{About, Situation, reply},
    samples,
    when::When,
};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/shipment.html")]
pub struct ShipmentView {
    pub frame: Frame,
    pub id: String,
    /// This page, to which every form comes back.
    pub back: String,
    pub order: String,
    pub carrier: String,
    pub tracking_number: String,
    pub carriers_page: Option<String>,
    /// The state first, the facts behind it.
    pub pills: Vec<Pill>,
    /// The state of things in one or two sentences.
    pub answer: String,
    pub facts: Vec<Fact>,
    /// Why this date? A line for each thing to know.
    pub why: Vec<String>,
    pub customer: Customer,
    pub items: Vec<Item>,
    pub parcels: Vec<ParcelFace>,
    /// Other shipments of the same order.
    pub siblings: Vec<Sibling>,
    pub alerts: Vec<AlertFace>,
    pub reply: String,
    pub tracking_page_url: String,
    pub days: Vec<Day>,
    pub disputed: bool,
    /// Its carrier can be asked.
    pub asking: Option<Asking>,
}

/// When the carrier was asked last, and what came.
#[derive(Clone, Debug)]
pub struct Asking {
    pub at: Option<When>,
    pub heard: &'static str,
}

/// "Promise: by Mon 23 Nov", with a second line where there is one.
#[derive(Clone, Debug)]
pub struct Fact {
    pub label: &'static str,
    pub value: String,
    pub detail: String,
    pub tone: &'static str,
}

#[derive(Clone, Debug)]
pub struct Customer {
    pub name: String,
    pub email: String,
    pub phone: String,
    pub address: Vec<String>,
    /// "Gift: the recipient must not learn items, prices or buyer", language, consent: whatever an agent must know before speaking.
    pub remarks: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Item {
    pub quantity: String,
    pub name: String,
    pub sku: String,
    pub price: String,
}

#[derive(Clone, Debug)]
pub struct ParcelFace {
    pub label: String,
    pub barcode: String,
    pub state: Pill,
    pub last_scan: Option<When>,
}

#[derive(Clone, Debug)]
pub struct Sibling {
    pub link: Step,
    pub state: Pill,
}

#[derive(Clone, Debug)]
pub struct AlertFace {
    pub id: String,
    /// "Late", "May be missing".
    pub title: String,
    pub icon: &'static str,
    pub why: String,
    pub opened: When,
    pub assignee: Option<String>,
    pub mine: bool,
    /// "The shopper is told at 13:00 today unless it is resolved": the head start.
    pub head_start: Option<String>,
    pub next_action: String,
    pub snoozed_until: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Day {
    /// "Today", "Mon 23 Nov"; empty for what has no date.
    pub words: String,
    pub entries: Vec<Entry>,
}

/// The four things that happen to a shipment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    Scan,
    Change,
    Message,
    Note,
}

impl EntryKind {
    pub fn id(self) -> &'static str {
        match self {
            EntryKind::Scan => "scan",
            EntryKind::Change => "change",
            EntryKind::Message => "message",
            EntryKind::Note => "note",
        }
    }
    pub fn label(self) -> &'static str {
        match self {
            EntryKind::Scan => "Scan",
            EntryKind::Change => "Change",
            EntryKind::Message => "Message",
            EntryKind::Note => "Note",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub kind: EntryKind,
    pub icon: &'static str,
    pub tone: &'static str,
    /// The wall clock where it happened: "14:20"; "no time" if none was told.
    pub clock: String,
    pub iso: String,
    /// In our words.
    pub title: String,
    /// The carrier's own words, the message's subject, the note's text.
    pub detail: String,
    /// Carrier's code, place, how we heard, rule: small print.
    pub small: Vec<String>,
    pub link: Option<Step>,
}

impl ShipmentView {
    pub fn samples() -> Vec<(&'static str, ShipmentView)> {
        vec![("shipment-late", ShipmentView::late()), ("shipment-delivered", ShipmentView::delivered())]
    }

    fn late() -> ShipmentView {
        let about = About {
            first_name: "Aoife".into(),
            order: "NW-10481".into(),
            carrier: "Royal Mail".into(),
            tracking_page_url: "https://track.northway.example/t/5QfJx0bD1Zk3uV9aWmT7yA".into(),
            brand: "Northway Home".into(),
        };
        let situation = Situation::MayBeMissing { last: Some("Monday 23 November at 06:52 in Warrington".into()) };
        ShipmentView {
            frame: samples::frame("NW-10481", "shipment"),
            id: "shp_1".into(),
            back: "/desk/shipments/shp_1".into(),
            order: "NW-10481".into(),
            carrier: "Royal Mail Tracked 24".into(),
            tracking_number: "AB123456785GB".into(),
            carriers_page: Some("https://www.royalmail.com/track-your-item".into()),
            pills: vec![Pill::state(State::InTransit, Attention::None), Pill::late("12 h late"), Pill::may_be_missing("May be missing")],
            answer: "No scan for 29 hours after the Warrington hub, and yesterday's promise has passed.".into(),
            facts: sample_facts(),
            why: vec!["8 of 10 parcels like it arrive 1 to 3 days after the hand-over of 2026-11-21, half of them by day 2; learnt from 1284 arrivals.".into()],
            customer: sample_customer(),
            items: vec![
                item("2", "Stoneware mug, moss", "MUG-MOSS-02", "£24.00"),
                item("1", "Linen tablecloth 180 × 320 cm, undyed", "TBL-LIN-180-320-UND", "£89.00"),
            ],
            parcels: vec![
                parcel("Parcel 1 of 2", "AB123456785GB", State::InTransit, 29),
                parcel("Parcel 2 of 2", "AB123456799GB", State::DepartedHub, 31),
            ],
            siblings: vec![Sibling {
                link: Step::new("/desk/shipments/shp_9", "DPD 15501234567890"),
                state: Pill::state(State::Delivered, Attention::None),
            }],
            alerts: sample_alerts(),
            reply: reply(&about, &situation),
            tracking_page_url: about.tracking_page_url,
            days: sample_days(),
            disputed: false,
            asking: Some(Asking { at: Some(samples::minutes_ago(12)), heard: "told" }),
        }
    }

    fn delivered() -> ShipmentView {
        let mut view = ShipmentView::late();
        view.pills = vec![Pill::state(State::DeliveredToNeighbour, Attention::None), Pill::new("warn", "act", "Disputed")];
        view.answer = "Royal Mail says a neighbour at number 14 took it in today; the shopper says it is not there.".into();
        view.alerts.clear();
        view.disputed = true;
        view
    }
}

fn sample_facts() -> Vec<Fact> {
    let fact = |label, value: &str, detail: &str, tone| Fact { label, value: value.into(), detail: detail.into(), tone };
    vec![
        fact("Promise", "by Mon 23 Nov", "passed 12 h ago; first promise, never changed", "bad"),
        fact("Estimate", "Wed 25 Nov, 09:00–13:00", "ours; the carrier gives none", ""),
        fact("Waiting on", "Carrier", "since Mon 23 Nov, 06:52", ""),
        fact("Last scan", "29 h ago", "departed hub, Warrington", "warn"),
        fact("Handed over", "Sat 21 Nov, 18:00", "Northampton DC", ""),
        fact("Act by", "none", "nothing is asked of the shopper", ""),
    ]
}

fn sample_customer() -> Customer {
    Customer {
        name: "Aoife Brennan".into(),
        email: "aoife.brennan@example.com".into(),
        phone: "+44 7700 900123".into(),
        address: vec!["Flat 3, 12 Park Row".into(), "Leeds LS1 4DT".into(), "United Kingdom".into()],
        remarks: vec!["Reads English (UK)".into(), "Gift: the recipient must not learn items, prices or the buyer".into()],
    }
}

fn item(quantity: &str, name: &str, sku: &str, price: &str) -> Item {
    Item { quantity: quantity.into(), name: name.into(), sku: sku.into(), price: price.into() }
}

fn parcel(label: &str, barcode: &str, state: State, hours: i64) -> ParcelFace {
    ParcelFace {
        label: label.into(),
        barcode: barcode.into(),
        state: Pill::state(state, Attention::None),
        last_scan: Some(samples::hours_ago(hours)),
    }
}

fn sample_alerts() -> Vec<AlertFace> {
    vec![
        AlertFace {
            id: "alr_1".into(),
            title: "May be missing".into(),
            icon: "missing",
            why: "29 h without a scan inside the country; 24 h are allowed".into(),
            opened: samples::hours_ago(5),
            assignee: None,
            mine: false,
            head_start: Some("The shopper has not been told; they will be at 13:00".into()),
            next_action: "Ask Royal Mail where it is, then tell the shopper".into(),
            snoozed_until: None,
        },
        AlertFace {
            id: "alr_2".into(),
            title: "Late".into(),
            icon: "clock",
            why: "Promised by Mon 23 Nov, not delivered".into(),
            opened: samples::hours_ago(12),
            assignee: Some("Maya Okafor".into()),
            mine: true,
            head_start: None,
            next_action: "Tell the shopper the new day".into(),
            snoozed_until: None,
        },
    ]
}

fn sample_days() -> Vec<Day> {
    use EntryKind::{Change, Message, Note, Scan};
    let entry = |kind, icon, tone, clock: &str, title: &str, detail: &str, small: &[&str]| Entry {
        kind,
        icon,
        tone,
        clock: clock.into(),
        iso: format!("2026-11-24T{}:00Z", clock.get(..5).unwrap_or("00:00")),
        title: title.into(),
        detail: detail.into(),
        small: small.iter().map(|s| (*s).to_owned()).collect(),
        link: None,
    };
    let mut withheld = entry(
        Message,
        "mail",
        "warn",
        "08:00",
        "Message withheld: “Your order is running late”",
        "Held back until 13:00, so that customer service has a head start",
        &["e-mail", "rule: late"],
    );
    withheld.link = Some(Step::new("/outbox?message=ntf_8", "Read it"));
    vec![
        Day {
            words: "Today, Tue 24 Nov".into(),
            entries: vec![
                entry(
                    Note,
                    "note",
                    "calm",
                    "11:02",
                    "Maya Okafor",
                    "Rang Royal Mail: they search at Warrington and call back by four.",
                    &[],
                ),
                withheld,
                entry(
                    Change,
                    "missing",
                    "bad",
                    "06:52",
                    "May be missing",
                    "No event for 24 h inside the country",
                    &["calculated", "rule: silence"],
                ),
                entry(
                    Change,
                    "clock",
                    "bad",
                    "00:00",
                    "Late",
                    "The promise “by Mon 23 Nov” ended at midnight in Europe/London",
                    &["calculated", "rule: promise"],
                ),
            ],
        },
        Day {
            words: "Mon 23 Nov".into(),
            entries: vec![
                entry(
                    Scan,
                    "truck",
                    "calm",
                    "06:52",
                    "Left a hub",
                    "Item despatched from hub",
                    &["EVDAC", "Warrington, GB", "heard 3 min later"],
                ),
                entry(
                    Message,
                    "mail",
                    "good",
                    "05:30",
                    "Told: “Your order NW-10481 is on its way”",
                    "To the buyer",
                    &["e-mail", "delivered"],
                ),
                entry(Scan, "truck", "calm", "02:11", "In transit", "Item received", &["EVNMI", "Warrington, GB"]),
                entry(
                    Scan,
                    "missing",
                    "warn",
                    "01:40",
                    "Something we don't know yet",
                    "Segment re-sorted",
                    &["code EVZZ9, not in our table"],
                ),
            ],
        },
        Day {
            words: "Sat 21 Nov".into(),
            entries: vec![
                entry(Scan, "box", "calm", "18:00", "Collected", "Collected from sender", &["EVIPM", "Northampton, GB"]),
                entry(Change, "spark", "calm", "17:12", "Registered", "By the API, reference NW-10481-1", &["key: shop connector"]),
            ],
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scans_changes_messages_and_notes_stand_in_one_timeline() {
        let html = ShipmentView::late().render().unwrap();
        let timeline = html.split("id=\"timeline\"").nth(1).unwrap();
        for words in ["Left a hub", "EVDAC", "May be missing", "Message withheld", "Rang Royal Mail"] {
            assert!(timeline.contains(words), "{words}");
        }
    }

    #[test]
    fn an_alert_of_ones_own_can_be_given_back_and_another_claimed() {
        let html = ShipmentView::late().render().unwrap();
        assert!(html.contains("/desk/alerts/alr_1/claim") && html.contains("/desk/alerts/alr_2/release"));
        assert!(!html.contains("/desk/alerts/alr_2/claim"));
    }
}
