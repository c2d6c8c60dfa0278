//! What is said: the answer first, then why, then what to do. Pure; every sentence of the page's head comes from here.
//!
//! Three rules. Never a day in the past as a day to come. Never more certain than the carrier: a range stays a range, and
//! silence is told as silence. Never a scare: a trouble is told together with who is doing what about it.

use serde::Serialize;
use whereabouts_domain::{Milestone, Precision, Reason, State, WaitingOn};

use super::{
    days::{Days, Span, When},
    followed::{FollowedOrder, FollowedParcel},
    plain, return_words,
    way_words::{at_the_door_today, behind, coming},
};

/// The mood of an answer. It colours; it is never the only sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    Calm,
    Accent,
    Good,
    Warn,
    Bad,
}

impl Tone {
    pub fn class(self) -> &'static str {
        match self {
            Tone::Calm => "tone-calm",
            Tone::Accent => "tone-accent",
            Tone::Good => "tone-good",
            Tone::Warn => "tone-warn",
            Tone::Bad => "tone-bad",
        }
    }
}

/// Who should hear of this parcel first when several are on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    Over,
    Quiet,
    Moving,
    Trouble,
    Today,
    ShoppersMove,
}

/// What is said about a parcel, or about a whole order.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The one line: "Arriving Tuesday 24 November".
    pub headline: String,
    /// Why, or how sure.
    pub detail: Option<String>,
    /// What the shopper can do.
    pub next: Option<String>,
    /// The same as the headline, to follow "the last parcel" or "parcel 2": "arrives Tuesday 24 November".
    pub clause: String,
    pub tone: Tone,
    pub icon: &'static str,
    pub urgency: Urgency,
}

impl Answer {
    pub(super) fn new(tone: Tone, icon: &'static str, urgency: Urgency, headline: impl Into<String>, clause: impl Into<String>) -> Answer {
        Answer { headline: headline.into(), detail: None, next: None, clause: clause.into(), tone, icon, urgency }
    }
    pub(super) fn because(mut self, detail: impl Into<String>) -> Answer {
        self.detail = Some(detail.into());
        self
    }
    pub(super) fn so(mut self, next: impl Into<String>) -> Answer {
        self.next = Some(next.into());
        self
    }
}

/// To whom we speak, for whom, and when.
pub struct Telling<'a> {
    pub order: &'a FollowedOrder,
    pub brand: &'a str,
    pub days: &'a Days,
}

/// The answer for one parcel. The first that applies holds: what is over, what goes back, silence, the shopper's move, trouble, the way.
pub fn parcel_answer(t: &Telling, p: &FollowedParcel) -> Answer {
    if p.kind.is_return() {
        return return_words::answer(t, p);
    }
    over(t, p)
        .or_else(|| going_back(t, p))
        .or_else(|| silent(t, p))
        .or_else(|| to_collect(t, p))
        .or_else(|| shoppers_move(t, p))
        .or_else(|| attempted(t, p))
        .or_else(|| trouble(t, p))
        .or_else(|| at_the_door_today(t, p))
        .or_else(|| behind(t, p))
        .unwrap_or_else(|| coming(t, p))
}

/// More days than these are no answer: where our own forecast says no more, nothing is said.
const SPAN_DAYS_MAX: i32 = 7;

/// When it is expected: the estimate, else the promise, and neither once it is over. Days of our own that reach beyond the promise are no news while
/// most such parcels arrive in time.
pub fn expected(p: &FollowedParcel, days: &Days) -> Option<Span> {
    let ahead = |span: &Span| !days.is_over(span.end);
    let days_of = |span: &Span| span.start.map_or(0, |start| (days.end_date(span.end) - days.date(start)).get_days());
    let is_an_answer = |span: &Span| p.middle.is_none() || days_of(span) <= SPAN_DAYS_MAX;
    let estimate = p.estimated.as_ref().and_then(Span::of_window).filter(ahead).filter(is_an_answer);
    let promise = p.promised.as_ref().and_then(Span::of_promise).filter(ahead);
    let may_only_slip = |estimate: &Span, promise: &Span| {
        let promised_on = days.end_date(promise.end);
        p.middle.is_some_and(|middle| middle <= promised_on) && days.end_date(estimate.end) > promised_on
    };
    match (estimate, promise) {
        (Some(estimate), Some(promise)) if may_only_slip(&estimate, &promise) => Some(promise),
        (estimate, promise) => estimate.or(promise),
    }
}

/// The day of the first promise, in words: what the shopper remembers.
pub(super) fn promised_words(p: &FollowedParcel, days: &Days) -> Option<String> {
    let span = Span::of_promise(p.first_promised.as_ref().or(p.promised.as_ref())?)?;
    Some(days.was_due(span.end))
}

fn over(t: &Telling, p: &FollowedParcel) -> Option<Answer> {
    match p.state {
        State::Cancelled => Some(Answer::new(Tone::Calm, "close", Urgency::Over, "This parcel was cancelled", "was cancelled")),
        State::Lost | State::Destroyed => {
            let (word, clause) = if p.state == State::Lost { ("lost", "was lost") } else { ("destroyed", "was destroyed") };
            Some(
                Answer::new(Tone::Bad, "alert", Urgency::Trouble, format!("We're sorry, this parcel was {word}"), clause)
                    .because(format!("{} has told us that it can't be delivered.", plain::start(p.carrier_words())))
                    .so("Contact us, and we will put it right."),
            )
        }
        state if state.is_delivered() => Some(delivered(t, p)),
        _ => None,
    }
}

pub(super) fn delivered(t: &Telling, p: &FollowedParcel) -> Answer {
    let wall = p.delivered_at.map(|m| t.days.wall(&m));
    let day = wall.map(|w| t.days.on_day(w.date()));
    let verb = if p.state == State::CollectedByShopper { "Collected" } else { "Delivered" };
    let headline = day.as_ref().map_or(verb.to_owned(), |day| format!("{verb} {day}"));
    let clause = day.as_ref().map_or(format!("was {}", verb.to_lowercase()), |day| format!("was {} {day}", verb.to_lowercase()));
    if p.disputed {
        return Answer::new(Tone::Warn, "search", Urgency::Trouble, "We're looking into your delivery", "is being looked into")
            .because(format!(
                "{} told us it was delivered{}; you told us something is not right.",
                plain::start(p.carrier_words()),
                day.map(|d| format!(" {d}")).unwrap_or_default()
            ))
            .so("We have your message. You don't need to do anything now.");
    }
    let exact = p.delivered_at.is_some_and(|m| matches!(m.precision, Precision::Second | Precision::Minute));
    let clock = wall.filter(|_| exact).map(|w| t.days.clock(w));
    let mut facts: Vec<String> = clock.map(|c| format!("At {c}")).into_iter().collect();
    facts.extend(where_to(p).map(Into::into));
    facts.extend(p.signed_by.as_deref().map(|name| format!("signed for by {name}")));
    let detail = (!facts.is_empty()).then(|| format!("{}.", super::timeline::capital(&facts.join(", "))));
    if p.state == State::DeliveredDamaged {
        let next = "Keep the packaging, take a photo if you can, and contact us: we will put it right.";
        let answer = Answer::new(Tone::Bad, "alert", Urgency::Trouble, "Delivered, but damaged", "was delivered damaged").so(next);
        return Answer { detail, ..answer };
    }
    Answer { detail, ..Answer::new(Tone::Good, "home", Urgency::Over, headline, clause) }
}

/// Where it was left, to follow the time.
fn where_to(p: &FollowedParcel) -> Option<&'static str> {
    let kind = p.delivered_to.as_ref().map(|d| d.kind.as_str());
    match (p.state, kind) {
        (State::DeliveredToNeighbour, _) | (_, Some("neighbour")) => Some("with a neighbour"),
        (State::DeliveredToReception, _) | (_, Some("reception")) => Some("at reception"),
        (State::DeliveredToSafeLocation, _) | (_, Some("safe_place")) => Some("in a safe place"),
        (State::DeliveredToLetterbox, _) | (_, Some("letterbox")) => Some("through the letterbox"),
        (_, Some("locker")) => Some("at the locker"),
        (_, Some("shop")) => Some("at the shop"),
        (_, Some("store")) => Some("at the store"),
        (_, Some("post_office")) => Some("at the post office"),
        _ => None,
    }
}

fn going_back(t: &Telling, p: &FollowedParcel) -> Option<Answer> {
    if !p.state.is_return_leg() && p.state != State::FailedToCollect && p.state != State::DeliveryRefused {
        return None;
    }
    let why = p.reason.map(|r| format!(" because {}", r.label())).unwrap_or_default();
    let carrier = plain::start(p.carrier_words());
    let next = "Contact us, and we will find a way with you.";
    Some(match p.state {
        State::ReturnedToSender => {
            Answer::new(Tone::Warn, "return", Urgency::Trouble, format!("Returned to {}", t.brand), "was returned to the sender")
                .because(format!("It couldn't be delivered{why}."))
                .so(next)
        }
        State::FailedToCollect => {
            Answer::new(Tone::Warn, "return", Urgency::Trouble, "It wasn't collected in time", "was not collected in time")
                .because(format!("{carrier} may send it back to us."))
                .so(next)
        }
        State::DeliveryRefused => Answer::new(Tone::Warn, "return", Urgency::Trouble, "Delivery was refused", "was refused at the door")
            .because(format!("{carrier} could not hand it over{why}."))
            .so("If that is not right, contact us."),
        _ => Answer::new(
            Tone::Warn,
            "return",
            Urgency::Trouble,
            format!("On its way back to {}", t.brand),
            "is on its way back to the sender",
        )
        .because(format!("It couldn't be delivered{why}."))
        .so(next),
    })
}

pub(super) fn silent(t: &Telling, p: &FollowedParcel) -> Option<Answer> {
    let carriers_word = matches!(p.state, State::Missing | State::MayBeMissing | State::UnableToTrack | State::Expired);
    if !p.may_be_missing && !carriers_word {
        return None;
    }
    let carrier = p.carrier_words();
    let detail = match p.last_heard_at {
        _ if p.state == State::Missing => format!("{} is looking for it, and so are we.", plain::start(carrier)),
        Some(at) if touched(p) || !matches!(p.milestone, Milestone::Pending | Milestone::InfoReceived) => {
            format!("We have not heard from {carrier} since {}; we are looking into it.", bare(&t.days.on_day(t.days.local(at).date())))
        }
        _ => format!("{} has not told us yet that it has your parcel; we are looking into it.", plain::start(carrier)),
    };
    let mut answer =
        Answer::new(Tone::Warn, "search", Urgency::Trouble, "We're checking on this parcel", "is being checked on").because(detail);
    if let Some(span) = expected(p, t.days) {
        answer.detail = answer.detail.map(|d| format!("{d} It may still arrive {}.", t.days.arrival(&span)));
    }
    Some(answer.so("You don't need to do anything now."))
}

/// "on Tuesday 24 November" → "Tuesday 24 November", to follow "since".
pub(super) fn bare(day: &str) -> &str {
    day.strip_prefix("on ").unwrap_or(day)
}

/// Somebody at the carrier has had it in their hands.
pub(super) fn touched(p: &FollowedParcel) -> bool {
    p.state.is_physical() || p.events.iter().any(|e| e.state.is_physical())
}

fn to_collect(t: &Telling, p: &FollowedParcel) -> Option<Answer> {
    if p.milestone != Milestone::AvailableForPickup {
        return None;
    }
    let point = p.pickup_point.as_ref();
    let end = collect_by(p).filter(|end| !t.days.is_over(*end));
    let (headline, clause) = match end {
        Some(end) if t.days.end_date(end) == t.days.today() && t.days.day(t.days.today()) == "today" => {
            ("Ready to collect: today is the last day".to_owned(), "is ready to collect, today for the last time".to_owned())
        }
        Some(end) => {
            let day = t.days.day(t.days.end_date(end));
            (format!("Ready to collect until {day}"), format!("is ready to collect until {day}"))
        }
        None => ("Ready to collect".to_owned(), "is ready to collect".to_owned()),
    };
    let mut answer = Answer::new(Tone::Accent, "store", Urgency::ShoppersMove, headline, clause)
        .so("Bring your collection code or tracking number. You may be asked for proof of who you are.");
    if let Some(name) = point.and_then(|point| point.name.as_deref()) {
        answer.detail = Some(format!("It is waiting for you at {name}."));
    } else {
        answer.detail = Some(format!("{} has it waiting for you.", plain::start(p.carrier_words())));
    }
    Some(answer)
}

/// The last day to collect: the pickup point's own word, else what the shipment says.
pub fn collect_by(p: &FollowedParcel) -> Option<When> {
    p.pickup_point.as_ref().and_then(|point| point.collect_by.as_deref()).and_then(When::parse).or(p.act_by.map(When::At))
}

fn shoppers_move(t: &Telling, p: &FollowedParcel) -> Option<Answer> {
    let by = p.act_by.map(When::At).filter(|end| !t.days.is_over(*end)).map(|end| format!(" {}", t.days.by(end))).unwrap_or_default();
    let carrier = p.carrier_words();
    match p.state {
        State::CustomsChargesDue => Some(
            Answer::new(Tone::Warn, "alert", Urgency::ShoppersMove, "Customs charges need paying", "waits for customs charges to be paid")
                .because("Your parcel is at customs. It goes on once the charges are paid.")
                .so(format!("Pay {carrier}{by}. Use {carrier}'s own website or letter, never a link in a text message.")),
        ),
        State::DeliveryFailedCardLeft => Some(
            Answer::new(Tone::Warn, "door", Urgency::ShoppersMove, "You missed a delivery", "missed you; a card was left")
                .because(format!("{} tried to deliver{} and left a card.", plain::start(carrier), since(t, p)))
                .so(format!("Follow the card, or choose a new day with {carrier}{by}.")),
        ),
        State::AwaitingDropOff => Some(
            Answer::new(Tone::Accent, "box", Urgency::ShoppersMove, format!("Ready for you to drop off{by}"), "waits to be dropped off")
                .because(format!("Take it to a {carrier} drop-off point.")),
        ),
        _ => None,
    }
}

/// " on Tuesday 24 November", when the state's day is known.
fn since(t: &Telling, p: &FollowedParcel) -> String {
    p.state_since.map(|at| format!(" {}", t.days.on_day(t.days.local(at).date()))).unwrap_or_default()
}

fn attempted(t: &Telling, p: &FollowedParcel) -> Option<Answer> {
    if p.milestone != Milestone::AttemptFail {
        return None;
    }
    let carrier = p.carrier_words();
    let why = p.reason.map(|r| format!(": {}", r.label())).unwrap_or_default();
    let detail = format!("{} tried to deliver{}{why}.", plain::start(carrier), since(t, p));
    let again = expected(p, t.days).filter(|span| p.state_since.is_none_or(|at| t.days.end_date(span.end) > t.days.local(at).date()));
    // "You missed it" is only said where nobody was home: a wrong address is not the shopper's fault.
    let (headline, clause) = match p.reason {
        Some(Reason::NobodyHome) => ("You missed a delivery", "missed you"),
        _ => ("A delivery was tried", "could not be delivered yet"),
    };
    Some(match again {
        Some(span) => {
            let when = t.days.arrival(&span);
            let (headline, clause) = (format!("{headline}; next try {when}"), format!("{clause}; next try {when}"));
            Answer::new(Tone::Warn, "door", Urgency::Trouble, headline, clause).because(detail)
        }
        None => Answer::new(Tone::Warn, "door", Urgency::Trouble, headline, clause)
            .because(detail)
            .so(format!("{} has not said when it will try again. You can choose a day with {carrier}.", plain::start(carrier))),
    })
}

fn trouble(t: &Telling, p: &FollowedParcel) -> Option<Answer> {
    use State::*;
    let headline = match p.state {
        HeldAtCustoms => "Held at customs",
        HeldByCarrier => "Held by the carrier",
        ShipmentIssue => "There's a problem with this parcel",
        IncorrectLabel | ActionRequired | MissingManifest | CarrierRefusedToCollect | ExchangeFailed => "We're sorting out a problem",
        CarrierUnableToCollect => "Waiting for the carrier to collect it",
        Damaged => "This parcel was damaged on its way",
        _ => return None,
    };
    let why = p.reason.map(|r| format!(": {}", r.label())).unwrap_or_default();
    let said = plain::happened(p.state, p.carrier_words()).unwrap_or_default();
    let mut detail = format!("{said}{why}.");
    if let Some(span) = expected(p, t.days).filter(|_| !p.late) {
        detail = format!("{detail} It may still arrive {}.", t.days.arrival(&span));
    }
    let next = match p.state.info().waiting_on {
        WaitingOn::Retailer => "This is for us to solve. You don't need to do anything now.",
        WaitingOn::Authority => "Customs decide when it goes on. You don't need to do anything unless they write to you.",
        _ => "You don't need to do anything now. If it takes long, contact us.",
    };
    let tone = if p.state == Damaged { Tone::Bad } else { Tone::Warn };
    Some(Answer::new(tone, "alert", Urgency::Trouble, headline, "has a problem").because(detail).so(next))
}
