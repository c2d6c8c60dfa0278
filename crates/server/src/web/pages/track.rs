//! The shopper's tracking page: the answer, the track, every parcel of the order, and help. One view feeds the page and the JSON.

use std::{
    hash::{DefaultHasher, Hash, Hasher as _},
    sync::Arc,
};

use askama::Template;
use serde::{Serialize, Serializer};
use whereabouts_domain::{Milestone, Reason, ShipmentType, State};

use crate::words::{
    brand::{BrandView, web_address},
    days::Days,
    followed::{FollowedItem, FollowedOrder, FollowedParcel},
    order_words,
    steps::{self, Step},
    timeline::{self, EVENTS_AT_FIRST, EventView, capital},
    track_words::{Answer, Telling, Tone, collect_by, parcel_answer},
};

const PAGE_ROOM: usize = 32 * 1024;

/// The whole page, in finished words.
#[derive(Clone, Debug, Hash, Serialize)]
pub struct TrackView {
    #[serde(serialize_with = "shared")]
    pub brand: Arc<BrandView>,
    pub order_number: Option<String>,
    pub headline: String,
    pub detail: Option<String>,
    pub next: Option<String>,
    pub tone: Tone,
    pub parcels: Vec<ParcelView>,
    /// What no parcel holds yet.
    pub to_come: Vec<LineView>,
    #[serde(skip)]
    pub icon: &'static str,
    #[serde(skip)]
    pub ordered_on: Option<String>,
    /// The track in the head, where there is one parcel or none yet.
    #[serde(skip)]
    pub steps: Vec<Step>,
}

/// One parcel of the order.
#[derive(Clone, Debug, Hash, Serialize)]
pub struct ParcelView {
    pub tracking_number: Option<String>,
    pub carrier: Option<String>,
    pub carrier_url: Option<String>,
    #[serde(rename = "type")]
    pub kind: ShipmentType,
    pub state: State,
    pub state_label: &'static str,
    pub milestone: Milestone,
    pub reason: Option<Reason>,
    pub headline: String,
    pub detail: Option<String>,
    pub next: Option<String>,
    pub tone: Tone,
    pub late: bool,
    pub may_be_missing: bool,
    pub promised: Option<whereabouts_domain::Promise>,
    pub first_promised: Option<whereabouts_domain::Promise>,
    pub estimated: Option<whereabouts_domain::Window>,
    pub delivered_at: Option<String>,
    pub pickup_point: Option<PickupView>,
    pub steps: Vec<Step>,
    pub items: Vec<LineView>,
    pub events: Vec<EventView>,
    #[serde(skip)]
    pub icon: &'static str,
    /// "Parcel 2 of 3", "Your parcel", "Your return".
    #[serde(skip)]
    pub title: String,
    /// Where it stands, in a few words.
    #[serde(skip)]
    pub standing: String,
    /// "Linen shirt, wool socks and 1 more".
    #[serde(skip)]
    pub items_words: String,
    /// "2 of 3 boxes delivered", where one number stands for several.
    #[serde(skip)]
    pub boxes: Option<String>,
    #[serde(skip)]
    pub promise_words: Option<String>,
    #[serde(skip)]
    pub last_news: Option<String>,
    /// Delivered, and it may be that nobody has found it yet.
    #[serde(skip)]
    pub may_be_sought: bool,
}

#[derive(Clone, Debug, Hash, Serialize)]
pub struct PickupView {
    pub name: Option<String>,
    pub address: Option<String>,
    pub hours: Option<String>,
    pub collect_by: Option<String>,
    #[serde(skip)]
    pub collect_by_words: Option<String>,
}

/// An article: in a parcel, or still to come.
#[derive(Clone, Debug, Hash, Serialize)]
pub struct LineView {
    pub name: String,
    pub quantity: i64,
    pub image_url: Option<String>,
    /// "Waiting for stock, due Friday 4 December", "Still being packed".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

impl LineView {
    pub fn image(&self) -> Option<&str> {
        web_address(self.image_url.as_deref())
    }
    /// Stands where no picture is.
    pub fn initial(&self) -> String {
        self.name.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().collect()).unwrap_or_default()
    }
}

impl TrackView {
    pub fn of(brand: Arc<BrandView>, order: &FollowedOrder) -> TrackView {
        let days = Days::for_page(order.now, &order.zone, &brand.locale);
        let telling = Telling { order, brand: &brand.name, days: &days };
        let answers: Vec<Answer> = order.parcels.iter().map(|p| parcel_answer(&telling, p)).collect();
        let answer = order_words::of_answers(&telling, &answers);
        let outward = order.parcels.iter().filter(|p| !p.kind.is_return()).count();
        let mut number = 0;
        let parcels: Vec<ParcelView> = order
            .parcels
            .iter()
            .zip(answers)
            .map(|(parcel, answer)| {
                number += usize::from(!parcel.kind.is_return());
                let title = match (parcel.kind.is_return(), outward) {
                    (true, _) => "Your return".into(),
                    (false, 1) => "Your parcel".into(),
                    (false, of) => format!("Parcel {number} of {of}"),
                };
                ParcelView::of(&telling, parcel, answer, title)
            })
            .collect();
        TrackView {
            order_number: order.order_number.clone(),
            steps: head_steps(order, &parcels),
            icon: answer.icon,
            headline: answer.headline,
            detail: answer.detail,
            next: answer.next,
            tone: answer.tone,
            to_come: to_come(order, &days),
            ordered_on: order.ordered_at.map(|at| days.full_day(days.local(at).date())),
            parcels,
            brand,
        }
    }

    /// Changes exactly when the page says something else: the entity tag, and what the live page compares.
    pub fn version(&self) -> String {
        // Fixed keys: the same on every machine that runs this program.
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    pub fn html(&self) -> Result<String, askama::Error> {
        self.html_of(self.version())
    }

    /// The page, whose version was asked for already.
    pub fn html_of(&self, version: String) -> Result<String, askama::Error> {
        // Room for most pages at once: growing step by step copies what stands there again and again.
        let mut html = String::with_capacity(PAGE_ROOM);
        TrackPage { view: self, brand: &self.brand, version }.render_into(&mut html)?;
        Ok(html)
    }

    /// With one parcel the head carries its track and the parcel's card need not repeat the answer.
    pub fn is_single(&self) -> bool {
        self.parcels.len() == 1
    }
}

fn shared<S: Serializer>(brand: &BrandView, to: S) -> Result<S::Ok, S::Error> {
    brand.serialize(to)
}

/// An order that nobody has sent yet stands at the same place as a parcel that nobody has touched.
fn head_steps(order: &FollowedOrder, parcels: &[ParcelView]) -> Vec<Step> {
    match &order.parcels[..] {
        [] if order.lines.is_empty() || order.lines.iter().any(|l| l.to_come() > 0) => steps::of(&FollowedParcel::default()),
        [one] if one.state != State::Cancelled => parcels[0].steps.clone(),
        _ => Vec::new(),
    }
}

fn to_come(order: &FollowedOrder, days: &Days) -> Vec<LineView> {
    // Lines without a name are counted in words, not shown.
    let lines = order.lines.iter().filter(|l| l.to_come() > 0 && !l.name.is_empty());
    lines
        .map(|line| LineView {
            name: line.name.clone(),
            quantity: line.to_come(),
            image_url: line.image_url.clone(),
            when: Some(match line.back_ordered_until.filter(|d| *d >= days.today()) {
                Some(day) => format!("Waiting for stock, due {}", days.day(day)),
                None => "Still being packed".into(),
            }),
        })
        .collect()
}

impl ParcelView {
    fn of(t: &Telling, p: &FollowedParcel, answer: Answer, title: String) -> ParcelView {
        let Answer { headline, detail, next, tone, icon, clause, .. } = answer;
        let delivered = p.state.is_delivered() && !p.kind.is_return() && !p.disputed;
        ParcelView {
            tracking_number: p.tracking_number.clone(),
            carrier: p.carrier.clone(),
            carrier_url: web_address(p.carrier_url.as_deref()).map(Into::into),
            kind: p.kind,
            state: p.state,
            state_label: p.state.label(),
            milestone: p.milestone,
            reason: p.reason,
            headline,
            detail,
            next,
            tone,
            icon,
            title,
            standing: standing(&clause),
            late: p.late,
            may_be_missing: p.may_be_missing,
            promised: p.promised.clone(),
            first_promised: p.first_promised.clone(),
            estimated: p.estimated.clone(),
            delivered_at: p.delivered_at.map(|m| m.rfc3339()),
            pickup_point: pickup(t.days, p),
            steps: steps::of(p),
            items: p.items.iter().map(line).collect(),
            items_words: items_words(&p.items),
            boxes: boxes(p),
            promise_words: promise_words(t.days, p),
            last_news: p.last_heard_at.map(|at| capital(&t.days.on_day_at(at))),
            may_be_sought: delivered && p.state != State::CollectedByShopper && p.state != State::DeliveredDamaged,
            events: timeline::of(&p.events, t.days),
        }
    }

    /// How many events hide behind "show more".
    pub fn earlier(&self) -> usize {
        self.events.len().saturating_sub(EVENTS_AT_FIRST)
    }
}

/// "is running late" → "Running late", to stand under the parcel's name.
fn standing(clause: &str) -> String {
    let verb = ["is ", "was ", "has "].into_iter().find_map(|verb| clause.strip_prefix(verb));
    capital(verb.unwrap_or(clause))
}

fn line(item: &FollowedItem) -> LineView {
    LineView { name: item.name.clone(), quantity: item.quantity, image_url: item.image_url.clone(), when: None }
}

fn items_words(items: &[FollowedItem]) -> String {
    let names: Vec<&str> = items.iter().map(|i| i.name.as_str()).collect();
    match &names[..] {
        [] => String::new(),
        [one] => (*one).into(),
        [one, two] => format!("{one}, {two}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    }
}

fn boxes(p: &FollowedParcel) -> Option<String> {
    let had = p.pieces.iter().filter(|piece| piece.state.is_delivered()).count();
    (p.pieces.len() > 1).then(|| format!("{had} of {} boxes delivered", p.pieces.len()))
}

/// What was promised, as long as it still matters; a promise that was moved names the first one too.
fn promise_words(days: &Days, p: &FollowedParcel) -> Option<String> {
    let said =
        |promise: &whereabouts_domain::Promise| crate::words::days::Span::of_promise(promise).map(|s| days.full_day(days.end_date(s.end)));
    let now = said(p.promised.as_ref().or(p.first_promised.as_ref())?)?;
    match p.first_promised.as_ref().and_then(said).filter(|first| *first != now) {
        Some(first) => Some(format!("{now}; at first {first}")),
        None => Some(now),
    }
}

fn pickup(days: &Days, p: &FollowedParcel) -> Option<PickupView> {
    let point = p.pickup_point.as_ref()?;
    let until = collect_by(p).filter(|end| p.milestone == Milestone::AvailableForPickup && !days.is_over(*end));
    Some(PickupView {
        name: point.name.clone(),
        address: point.address.clone(),
        hours: point.hours.clone(),
        collect_by: point.collect_by.clone(),
        collect_by_words: until.map(|end| capital(&days.day(days.end_date(end)))),
    })
}

#[derive(Template)]
#[template(path = "track.html")]
struct TrackPage<'a> {
    view: &'a TrackView,
    brand: &'a BrandView,
    version: String,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::samples::samples;

    #[test]
    fn every_page_has_one_heading_a_section_per_parcel_and_one_timeline_in_each() {
        for (name, view) in samples() {
            let html = view.html().unwrap();
            assert_eq!(html.matches("<h1").count(), 1, "{name}");
            assert_eq!(html.matches("<section class=\"card parcel").count(), view.parcels.len(), "{name}");
            assert_eq!(html.matches("<ol class=\"timeline\"").count(), view.parcels.len(), "{name}");
            for parcel in &view.parcels {
                assert!(html.contains(parcel.tracking_number.as_deref().unwrap_or("")), "{name}");
            }
        }
    }

    #[test]
    fn every_page_stays_within_its_weight() {
        for (name, view) in samples() {
            let html = view.html().unwrap();
            assert!(html.len() < 44 * 1024, "{name} weighs {} bytes", html.len());
        }
    }

    #[test]
    fn no_page_needs_an_exception_from_the_content_policy() {
        for (name, view) in samples() {
            let html = view.html().unwrap();
            for bad in [" style=\"", " onclick", " onload", "<script>", "javascript:"] {
                assert!(!html.contains(bad), "{name} holds {bad}");
            }
        }
    }

    #[test]
    fn what_others_write_is_escaped() {
        let (_, mut view) = samples().remove(0);
        view.headline = "<script>alert(1)</script>".into();
        Arc::make_mut(&mut view.brand).name = "A&B \"<i>".into();
        let html = view.html().unwrap();
        assert!(!html.contains("<script>alert") && !html.contains("<i>"));
    }

    #[test]
    fn the_json_names_parcels_and_events_as_the_contract_does() {
        let (_, view) = samples().remove(3);
        let json = serde_json::to_value(&view).unwrap();
        let parcel = &json["parcels"][0];
        for field in ["tracking_number", "state", "milestone", "events"] {
            assert!(!parcel[field].is_null(), "{field}");
        }
        assert!(parcel["events"][0]["occurred_at"].is_string());
    }

    #[test]
    fn the_version_changes_with_what_is_said_and_only_then() {
        let (_, view) = samples().remove(0);
        let mut other = view.clone();
        assert_eq!(view.version(), other.version());
        other.headline.push('!');
        assert_ne!(view.version(), other.version());
    }
}
