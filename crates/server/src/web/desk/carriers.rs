//! Carriers that are asked: accounts with their health and their day's calls, what a new one needs, and which carriers have gone quiet.

use askama::Template;

use super::{Empty, Step, frame::Frame, pill::Pill, samples, when::When};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/carriers.html")]
pub struct CarriersView {
    pub frame: Frame,
    pub accounts: Vec<AccountLine>,
    /// The ways of asking to choose from: (`carrier/way`, "GLS: Track And Trace V1").
    pub ways: Vec<(String, String)>,
    /// What was chosen.
    pub entry: Option<Entry>,
    /// What came, by whatever door.
    pub feeds: Vec<FeedLine>,
    pub empty: Option<Empty>,
}

#[derive(Clone, Debug)]
pub struct FeedLine {
    /// "None may be missing since Mon 23 Nov, 14:05; set by hand".
    pub suspended: Option<String>,
    pub carrier: String,
    pub state: Pill,
    /// Nothing if it never said anything.
    pub last: Option<When>,
}

#[derive(Clone, Debug)]
pub struct AccountLine {
    pub link: Step,
    /// "GLS, Track And Trace V1".
    pub way: String,
    pub state: Pill,
    pub budget: Budget,
    /// "Told, 4 min ago": what was heard last.
    pub heard: String,
    pub heard_at: Option<When>,
    /// "214 parcels".
    pub followed: String,
    pub next: Option<When>,
}

/// How much of a day's calls is used up.
#[derive(Clone, Debug)]
pub struct Budget {
    /// "120 of 500 calls today".
    pub words: String,
    /// Out of 100; nothing if there is no limit.
    pub used: Option<u8>,
    /// From here on calls are kept for people.
    pub kept_from: u8,
    pub tone: &'static str,
}

impl Budget {
    pub fn new(calls: i64, per_day: Option<i64>) -> Budget {
        let grouped = |n: i64| super::frame::grouped(u64::try_from(n).unwrap_or(0));
        match per_day {
            None => Budget { words: format!("{} calls today, no limit", grouped(calls)), used: None, kept_from: 100, tone: "calm" },
            Some(limit) => {
                let used = u8::try_from((calls * 100 / limit.max(1)).clamp(0, 100)).unwrap_or(100);
                let tone = match used {
                    90.. => "bad",
                    75.. => "warn",
                    _ => "accent",
                };
                Budget { words: format!("{} of {} calls today", grouped(calls), grouped(limit)), used: Some(used), kept_from: 90, tone }
            }
        }
    }
}

/// The form for an account, new or not.
#[derive(Clone, Debug)]
pub struct Entry {
    pub action: String,
    /// `carrier/way`.
    pub chosen: String,
    /// "GLS: Track And Trace V1".
    pub title: String,
    pub help: String,
    pub label: String,
    pub fields: Vec<EntryField>,
    pub has_sandbox: bool,
    pub sandbox: bool,
    pub covers: String,
    pub per_day: String,
    /// "500 a day".
    pub per_day_usual: String,
    pub problem: Option<String>,
    pub is_new: bool,
}

#[derive(Clone, Debug)]
pub struct EntryField {
    pub id: &'static str,
    pub label: &'static str,
    pub secret: bool,
    /// Must be filled in here and now.
    pub required: bool,
    /// Never that of a secret.
    pub value: String,
    pub hint: &'static str,
}

#[derive(Clone, Debug, Template)]
#[template(path = "desk/carrier.html")]
pub struct CarrierView {
    pub frame: Frame,
    pub id: String,
    pub label: String,
    pub state: Pill,
    pub way: String,
    /// Why it stopped.
    pub trouble: Option<String>,
    pub facts: Vec<(&'static str, String, String)>,
    pub budget: Budget,
    pub paused: bool,
    pub days: Vec<UsageDay>,
    pub most: Vec<MostAsked>,
    pub entry: Entry,
}

#[derive(Clone, Debug)]
pub struct UsageDay {
    pub day: String,
    pub calls: String,
    /// So many of them fetched a token; empty if none did.
    pub tokens: String,
    pub asked: String,
    pub told: String,
    pub not_known: String,
    pub failed: String,
    /// "Out for delivery 120, in transit 40".
    pub states: String,
}

#[derive(Clone, Debug)]
pub struct MostAsked {
    pub link: Step,
    pub state: &'static str,
    pub asks: String,
}

impl CarriersView {
    pub fn nothing() -> Empty {
        Empty {
            icon: "truck",
            title: "No carrier is asked yet".into(),
            why: "Most carriers call the hook by themselves. One that does not is asked in your name, as often as its parcels need and no more than it allows."
                .into(),
            next: None,
        }
    }

    pub fn samples() -> Vec<(&'static str, CarriersView)> {
        let frame = || samples::frame("Carriers", "carriers");
        let ways = vec![("gls/track_and_trace_v1".to_string(), "GLS: Track And Trace V1".to_string())];
        let line = |label: &str, way: &str, state: Pill, budget: Budget, heard: &str| AccountLine {
            link: Step::new("/desk/carriers/acc_1", label),
            way: way.into(),
            state,
            budget,
            heard: heard.into(),
            heard_at: Some(samples::minutes_ago(4)),
            followed: "214 parcels".into(),
            next: Some(samples::minutes_ago(-3)),
        };
        let feeds = || {
            vec![
                FeedLine { carrier: "Evri".into(), state: FeedLine::quiet(), last: Some(samples::hours_ago(5)), suspended: Some("None of its parcels is taken for missing since Tue 24 Nov, 09:00, until it speaks again: by itself, because it is down".into()) },
                FeedLine { carrier: "GLS".into(), state: FeedLine::flowing(), last: Some(samples::minutes_ago(4)), suspended: None },
            ]
        };
        let accounts = vec![
            line("GLS, main contract", "GLS, Track And Trace V1", Pill::new("good", "check", "Asked"), Budget::new(210, Some(500)), "told"),
            line("Royal Mail", "Royal Mail, Tracking API v2", Pill::new("bad", "act", "Refused"), Budget::new(48, Some(50)), "no access"),
            line("Evri", "Evri, Client tracking API", Pill::new("calm", "pause", "Paused"), Budget::new(1_204, None), "not known"),
        ];
        vec![
            ("carriers", CarriersView { frame: frame(), accounts, ways: ways.clone(), entry: None, feeds: feeds(), empty: None }),
            (
                "carriers-add",
                CarriersView {
                    frame: frame(),
                    accounts: Vec::new(),
                    ways: ways.clone(),
                    entry: Some(Entry::sample(true)),
                    feeds: Vec::new(),
                    empty: None,
                },
            ),
            (
                "carriers-empty",
                CarriersView { frame: frame(), accounts: Vec::new(), ways, entry: None, feeds: Vec::new(), empty: Some(Self::nothing()) },
            ),
        ]
    }
}

impl FeedLine {
    pub fn quiet() -> Pill {
        Pill::new("bad", "missing", "Quiet")
    }
    pub fn flowing() -> Pill {
        Pill::new("good", "check", "Flowing")
    }
}

impl Entry {
    fn sample(is_new: bool) -> Entry {
        let field = |id, label, secret, hint| EntryField { id, label, secret, required: is_new, value: String::new(), hint };
        Entry {
            action: "/desk/carriers".into(),
            chosen: "gls/track_and_trace_v1".into(),
            title: "GLS: Track And Trace V1".into(),
            help: "dev-portal.gls-group.net: an app with the API \"Track And Trace V1\"".into(),
            label: "GLS".into(),
            fields: vec![
                field("client_id", "API key", false, ""),
                field("client_secret", "API secret", true, "Kept; fill in only to change it"),
            ],
            has_sandbox: true,
            sandbox: false,
            covers: "gls".into(),
            per_day: String::new(),
            per_day_usual: "500".into(),
            problem: is_new.then(|| "GLS refuses these credentials, so nothing was saved.".to_string()),
            is_new,
        }
    }
}

impl CarrierView {
    pub fn samples() -> Vec<(&'static str, CarrierView)> {
        let day = |day: &str| UsageDay {
            day: day.into(),
            calls: "210".into(),
            tokens: "6".into(),
            asked: "1,840".into(),
            told: "1,702".into(),
            not_known: "120".into(),
            failed: "18".into(),
            states: "Out for delivery 1,120, in transit 640, registered 80".into(),
        };
        let view = CarrierView {
            frame: samples::frame("GLS, main contract", "carriers"),
            id: "acc_1".into(),
            label: "GLS, main contract".into(),
            state: Pill::new("bad", "act", "Refused"),
            way: "GLS, Track And Trace V1".into(),
            trouble: Some("the carrier refused the credentials (401)".into()),
            facts: vec![("Followed", "214 parcels".into(), "every pause ×1.4".into()), ("Last answer", "told".into(), "4 min ago".into())],
            budget: Budget::new(460, Some(500)),
            paused: false,
            days: vec![day("Tue 24 Nov"), day("Mon 23 Nov")],
            most: vec![MostAsked {
                link: Step::new("/desk/shipments/shp_1", "NW-10481"),
                state: "Out for delivery",
                asks: "31 times".into(),
            }],
            entry: Entry::sample(false),
        };
        vec![("carrier", view)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_told_in_words_and_grows_red_before_it_is_used_up() {
        assert_eq!(Budget::new(120, Some(500)).words, "120 of 500 calls today");
        assert_eq!(
            [0, 374, 375, 449, 450, 900].map(|n| Budget::new(n, Some(500)).tone),
            ["accent", "accent", "warn", "warn", "bad", "bad"]
        );
        assert_eq!(Budget::new(900, Some(500)).used, Some(100));
        assert_eq!(Budget::new(1_200, None).words, "1,200 calls today, no limit");
    }
}
