//! A queue of alerts, with what one missed trailer caused gathered under one heading.

use std::collections::HashMap;

use askama::Template;
use whereabouts_domain::state::{Attention, State};

use super::{
    Empty, Step,
    frame::{Frame, Toast, Undo},
    pill::Pill,
    samples,
    when::When,
};

/// From this many alerts of one carrier, site and hand-over on, it is the trailer that is missing and not the parcels.
pub const MISSED_TRAILER_MIN: usize = 5;

#[derive(Clone, Debug, Template)]
#[template(path = "desk/queue.html")]
pub struct QueueView {
    pub frame: Frame,
    pub heading: String,
    pub meaning: String,
    pub count: String,
    /// The address of this very list, filters included; every form comes back to it.
    pub back: String,
    pub filters: Vec<Filter>,
    pub sections: Vec<Section>,
    pub next_page: Option<String>,
    pub empty: Option<Empty>,
    pub kind: Kind,
}

/// What can be done with the alerts of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Open,
    Snoozed,
}

impl Kind {
    pub fn is_snoozed(self) -> bool {
        self == Kind::Snoozed
    }
}

#[derive(Clone, Debug)]
pub struct Filter {
    pub label: String,
    pub href: String,
    pub chosen: bool,
}

/// Alerts that belong together, or all those that don't.
#[derive(Clone, Debug)]
pub struct Section {
    pub trailer: Option<Trailer>,
    pub rows: Vec<AlertRow>,
}

/// A missed trailer: many parcels handed over together of which none was seen again.
#[derive(Clone, Debug)]
pub struct Trailer {
    /// What the bulk forms send as `group`.
    pub key: String,
    /// "Handed over to Evri on Mon 23 Nov, 18:00 at Northampton DC".
    pub words: String,
    pub count: usize,
    pub unclaimed: usize,
}

#[derive(Clone, Debug)]
pub struct AlertRow {
    pub alert_id: String,
    pub href: String,
    pub order: String,
    pub customer: String,
    pub carrier: String,
    pub tracking_number: String,
    pub state: Pill,
    pub last_scan: Option<When>,
    pub promise: String,
    /// "6 h late", "no scan for 30 h".
    pub why: String,
    pub opened: When,
    /// When a snoozed alert comes back, in words.
    pub wakes: Option<String>,
    pub assignee: Option<String>,
    pub mine: bool,
    pub next_action: String,
    pub hand_over: Option<HandOver>,
}

/// What must be equal for alerts to be of one trailer: one minute at one site is one collection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HandOver {
    pub carrier: String,
    pub site: String,
    pub at_iso: String,
    pub at_words: String,
}

impl HandOver {
    pub fn key(&self) -> String {
        format!("{}|{}|{}", self.carrier, self.site, self.at_iso)
    }
}

/// Gathers the rows of missed trailers, biggest first; the rest keep their order behind them.
pub fn sections(rows: Vec<AlertRow>) -> Vec<Section> {
    let mut sizes: HashMap<HandOver, usize> = HashMap::new();
    for hand_over in rows.iter().filter_map(|row| row.hand_over.clone()) {
        *sizes.entry(hand_over).or_default() += 1;
    }
    sizes.retain(|_, size| *size >= MISSED_TRAILER_MIN);
    let mut groups: Vec<(HandOver, Vec<AlertRow>)> = Vec::new();
    let mut rest = Vec::new();
    for row in rows {
        match row.hand_over.clone().filter(|hand_over| sizes.contains_key(hand_over)) {
            None => rest.push(row),
            Some(hand_over) => match groups.iter_mut().find(|(known, _)| *known == hand_over) {
                Some((_, members)) => members.push(row),
                None => groups.push((hand_over, vec![row])),
            },
        }
    }
    groups.sort_by_key(|(_, members)| std::cmp::Reverse(members.len()));
    let mut sections: Vec<Section> = groups.into_iter().map(|(hand_over, rows)| trailer_section(&hand_over, rows)).collect();
    if !rest.is_empty() {
        sections.push(Section { trailer: None, rows: rest });
    }
    sections
}

fn trailer_section(hand_over: &HandOver, rows: Vec<AlertRow>) -> Section {
    let trailer = Trailer {
        key: hand_over.key(),
        words: format!("Handed over to {} on {} at {}", hand_over.carrier, hand_over.at_words, hand_over.site),
        count: rows.len(),
        unclaimed: rows.iter().filter(|row| row.assignee.is_none()).count(),
    };
    Section { trailer: Some(trailer), rows }
}

impl QueueView {
    pub fn samples() -> Vec<(&'static str, QueueView)> {
        vec![
            ("queue-late", QueueView::late()),
            ("queue-missing", QueueView::missing()),
            ("queue-snoozed", QueueView::snoozed()),
            ("queue-empty", QueueView::done()),
        ]
    }

    fn late() -> QueueView {
        let mut frame = samples::frame("Late", "late");
        frame.toast = Some(Toast {
            tone: "good",
            words: "NW-10482 is yours".into(),
            undo: Some(Undo { action: "/desk/alerts/alr_3/release".into(), fields: vec![("back", "/desk/queues/late".into())] }),
        });
        QueueView {
            frame,
            heading: "Late".into(),
            meaning: "The promise has passed and the shopper doesn't have it. Longest waiting first.".into(),
            count: "23".into(),
            back: "/desk/queues/late".into(),
            filters: filters("/desk/queues/late"),
            sections: sections(sample_rows()),
            next_page: Some("/desk/queues/late?cursor=k2".into()),
            empty: None,
            kind: Kind::Open,
        }
    }

    fn missing() -> QueueView {
        let trailer = HandOver {
            carrier: "Evri".into(),
            site: "Northampton DC".into(),
            at_iso: "2026-11-23T18:00:00Z".into(),
            at_words: "Mon 23 Nov, 18:00".into(),
        };
        let mut rows = sample_rows();
        for n in 0..40 {
            let mut row = sample(n + 20, "Priya Shah", "Evri", State::Dispatched, Attention::Act, 18, "no scan since hand-over, 18 h");
            row.last_scan = None;
            row.next_action = "Ask Evri about the trailer".into();
            row.hand_over = Some(trailer.clone());
            rows.push(row);
        }
        QueueView {
            frame: samples::frame("May be missing", "may_be_missing"),
            heading: "May be missing".into(),
            meaning: "No scan for longer than a parcel should be silent. Longest waiting first.".into(),
            count: "45".into(),
            back: "/desk/queues/may_be_missing".into(),
            filters: filters("/desk/queues/may_be_missing"),
            sections: sections(rows),
            next_page: None,
            empty: None,
            kind: Kind::Open,
        }
    }

    fn snoozed() -> QueueView {
        let mut rows = sample_rows();
        rows.truncate(2);
        for (row, wakes) in rows.iter_mut().zip(["tomorrow at 09:00", "with the next scan"]) {
            row.wakes = Some(wakes.into());
        }
        QueueView {
            frame: samples::frame("Snoozed", "snoozed"),
            heading: "Snoozed".into(),
            meaning: "Alerts that come back by themselves.".into(),
            count: "2".into(),
            back: "/desk/queues/snoozed".into(),
            filters: vec![],
            sections: sections(rows),
            next_page: None,
            empty: None,
            kind: Kind::Snoozed,
        }
    }

    fn done() -> QueueView {
        QueueView {
            frame: samples::empty_frame("Late", "late"),
            heading: "Late".into(),
            meaning: "The promise has passed and the shopper doesn't have it.".into(),
            count: "0".into(),
            back: "/desk/queues/late".into(),
            filters: vec![],
            sections: vec![],
            next_page: None,
            empty: Some(Empty {
                icon: "check",
                title: "Nothing is late".into(),
                why: "Every promise made so far is kept or still open. The last one was judged a minute ago.".into(),
                next: Some(Step::new("/desk/shipments?attention=watch", "See what to watch")),
            }),
            kind: Kind::Open,
        }
    }
}

fn filters(base: &str) -> Vec<Filter> {
    let filter = |label: &str, query: &str, chosen| Filter { label: label.into(), href: format!("{base}{query}"), chosen };
    vec![
        filter("All", "", true),
        filter("Unclaimed", "?unclaimed=1", false),
        filter("Evri", "?carrier=evri", false),
        filter("Royal Mail", "?carrier=royalmail", false),
        filter("DPD", "?carrier=dpd_uk", false),
    ]
}

fn sample_rows() -> Vec<AlertRow> {
    let mut rows = vec![
        sample(1, "Aoife Brennan", "Royal Mail", State::InTransit, Attention::Act, 30, "30 h late"),
        sample(2, "Tomasz Wiśniewski", "DPD", State::DeliveryFailedCardLeft, Attention::Act, 14, "14 h late"),
        sample(3, "Grace Adeyemi-Featherstonehaugh", "Evri", State::AtDeliveryDepot, Attention::Watch, 12, "12 h late"),
        sample(4, "Leila Haddad", "UPS", State::HeldAtCustoms, Attention::Act, 12, "12 h late"),
        sample(5, "Sam Wright", "Evri", State::OutForDelivery, Attention::None, 2, "2 h late"),
    ];
    rows[1].next_action = "Tell the shopper where to collect".into();
    rows[2].assignee = Some("Maya Okafor".into());
    rows[2].mine = true;
    rows[3].assignee = Some("Jonas Berg".into());
    rows[3].next_action = "Send the missing invoice".into();
    rows[4].next_action = "Wait: it is on the van".into();
    rows
}

fn sample(n: i64, customer: &str, carrier: &str, state: State, attention: Attention, hours: i64, why: &str) -> AlertRow {
    AlertRow {
        alert_id: format!("alr_{n}"),
        href: format!("/desk/shipments/shp_{n}"),
        order: format!("NW-{}", 10_480 + n),
        customer: customer.into(),
        carrier: carrier.into(),
        tracking_number: format!("H00A9A000{:07}", 1_234_500 + n),
        state: Pill::state(state, attention),
        last_scan: Some(samples::hours_ago(hours + 5)),
        promise: "by Mon 23 Nov".into(),
        why: why.into(),
        opened: samples::hours_ago(hours),
        wakes: None,
        assignee: None,
        mine: false,
        next_action: "Tell the shopper, then ask the carrier".into(),
        hand_over: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_trailer(count: i64, site: &str) -> Vec<AlertRow> {
        let hand_over = HandOver { carrier: "Evri".into(), site: site.into(), at_iso: "t".into(), at_words: "Mon 18:00".into() };
        (0..count)
            .map(|n| AlertRow { hand_over: Some(hand_over.clone()), ..sample(n, "A", "Evri", State::Dispatched, Attention::Act, 1, "") })
            .collect()
    }

    #[test]
    fn five_parcels_of_one_collection_are_one_missed_trailer() {
        let found = sections(of_trailer(5, "Northampton DC"));
        let trailer = found[0].trailer.as_ref().expect("a trailer");
        assert_eq!((found.len(), trailer.count, trailer.unclaimed), (1, 5, 5));
        assert_eq!(trailer.words, "Handed over to Evri on Mon 18:00 at Northampton DC");
    }

    #[test]
    fn four_parcels_are_four_parcels() {
        assert!(sections(of_trailer(4, "Northampton DC"))[0].trailer.is_none());
    }

    #[test]
    fn the_biggest_trailer_comes_first_and_single_alerts_keep_their_order_behind() {
        let mut rows = sample_rows();
        rows.extend(of_trailer(5, "Leeds"));
        rows.extend(of_trailer(8, "Northampton DC"));
        let found = sections(rows);
        let counts: Vec<usize> = found.iter().map(|s| s.rows.len()).collect();
        assert_eq!(counts, [8, 5, 5]);
        assert_eq!(found[2].rows[0].alert_id, "alr_1");
    }

    #[test]
    fn a_queue_can_be_worked_without_script() {
        let html = QueueView::missing().render().unwrap();
        assert!(html.contains(r#"formaction="/desk/alerts/alr_1/claim""#));
        assert!(html.contains(r#"name="group" value="Evri|Northampton DC|2026-11-23T18:00:00Z""#));
        assert!(!html.contains("<script>") && !html.contains("onclick"));
    }
}
