//! What the sequence of events means, step by step: which event gives the state, and which is kept in the timeline only.
//!
//! A carrier's "delivered" is a *claim*. It stands against later transit scans (depots rescan, vans are emptied in the evening) and
//! falls only to a proof: a failed attempt, a return, a new attempt that ended, or another carrier that carries on.

use jiff::{SignedDuration, Timestamp, civil, tz::Offset};

use super::sequence::{Sequence, Told, told_moment};
use crate::{
    DestinationKind, Milestone, Moment, PickupPoint, Private, Reason, Registration, Source, State, TrackingEvent, WaitingOn,
    journey::DeliveredTo,
};

/// A van is rescanned within this time without going out again; a failed attempt is told twice within it.
pub(super) const SAME_ATTEMPT: SignedDuration = SignedDuration::from_mins(30);
/// A second "delivered" at a pick-up point sooner than this is the first one told twice, not the shopper's visit.
const SAME_DELIVERY: SignedDuration = SignedDuration::from_mins(1);

/// Where the shipment is bound for; it gives "delivered" its meaning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course {
    destination: DestinationKind,
    /// For returns and exchanges "delivered" is the end wherever it is, and "back to the sender" is no turn.
    returns: bool,
}

impl Course {
    pub fn of(registration: &Registration) -> Course {
        Course { destination: registration.destination_kind(), returns: registration.kind.is_return() }
    }
    fn is_collected(self) -> bool {
        self.destination.is_collected() && !self.returns
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WayBack {
    No,
    /// The carrier says it will be returned; it may still be tried again.
    Announced(Timestamp),
    /// It moves back; whatever is delivered now is delivered to the sender.
    Underway(Timestamp),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClaimKind {
    /// At a shop, locker, store or post office; it waits for the shopper.
    Ready,
    /// The shopper, or somebody for them, has it.
    Had,
    /// Back at the sender, refunded, exchanged: nothing on this way follows.
    Closed,
}

#[derive(Clone, Copy, Debug)]
struct Claim<'a> {
    kind: ClaimKind,
    carrier: &'a str,
    when: Timestamp,
    at: Option<Timestamp>,
    by_summary: bool,
    /// It went out again after this claim; the next delivery or attempt proves that the claim was wrong.
    went_out_again: bool,
    had_before: Option<Timestamp>,
    first_attempt_before: Option<Timestamp>,
}

impl Claim<'_> {
    /// A summary and its scan often tell the same delivery with different clocks; neither is the shopper's visit.
    fn is_told_again_by(&self, told: Told) -> bool {
        let soon = told.when.duration_since(self.when) <= SAME_ATTEMPT;
        told.event.source == Source::Summary || (self.by_summary && soon)
    }
}

/// The walk along one sequence of events, and where it has come to.
#[derive(Clone, Debug)]
pub(super) struct Walk<'a> {
    course: Course,
    pub state: State,
    pub reason: Option<Reason>,
    pub event: Option<&'a TrackingEvent>,
    pub had_at: Option<Timestamp>,
    pub first_attempt_at: Option<Timestamp>,
    pub delivered_at: Option<Moment>,
    pub delivered_to: Option<DeliveredTo>,
    pub signed_by: Option<&'a Private<String>>,
    pub pickup_point: Option<&'a PickupPoint>,
    pub act_by: Option<Timestamp>,
    pub agreed_until: Option<Timestamp>,
    when: Timestamp,
    claim: Option<Claim<'a>>,
    way_back: WayBack,
    /// Since when it waits at a pick-up point, if it has not gone out again since.
    ready: Option<Timestamp>,
    /// In the order of their first physical scan. Who comes later carries on from who came earlier.
    carriers: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    /// Walks along the events that `concerns` lets through (those of one piece, or all).
    pub fn along(course: Course, sequence: &Sequence<'a>, concerns: impl Fn(&TrackingEvent) -> bool) -> Walk<'a> {
        let mut walk = Walk::start(course);
        let mut furthest = 0;
        for told in &sequence.dated {
            if !told.event.state.is_silent() && concerns(told.event) {
                furthest = furthest.max(told.event.state.rank());
                walk.step(*told);
            }
        }
        // Without a date an event decides only where nothing dated does, or as the summary that is further than every scan.
        let meaningful = |e: &&&TrackingEvent| !e.state.is_silent() && concerns(e) && e.state.rank() > furthest;
        let decides = |e: &&&TrackingEvent| furthest == 0 || e.source == Source::Summary;
        if let Some(event) = sequence.undated.iter().rev().filter(meaningful).find(decides) {
            walk.step(Told { event, when: walk.when });
        }
        walk
    }

    fn start(course: Course) -> Walk<'a> {
        Walk {
            course,
            state: State::Registered,
            reason: None,
            event: None,
            had_at: None,
            first_attempt_at: None,
            delivered_at: None,
            delivered_to: None,
            signed_by: None,
            pickup_point: None,
            act_by: None,
            agreed_until: None,
            when: Timestamp::MIN,
            claim: None,
            way_back: WayBack::No,
            ready: None,
            carriers: Vec::new(),
        }
    }

    pub fn state_since(&self) -> Option<Timestamp> {
        self.event.and_then(told_moment).map(|m| m.at())
    }

    /// When the end was reached, if the state is an end. The first word of it counts, not a later refinement.
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.claim.as_ref().and_then(|c| c.at).or_else(|| self.state_since()).or_else(|| (self.when > Timestamp::MIN).then_some(self.when))
    }

    pub fn is_returning(&self) -> bool {
        self.way_back != WayBack::No
    }

    /// This piece is delivered and others are not.
    pub fn become_partial(&mut self) {
        self.let_go();
        self.state = State::PartiallyDelivered;
    }

    fn step(&mut self, told: Told<'a>) {
        let event = told.event;
        self.when = self.when.max(told.when);
        if event.state.is_physical() && !self.carriers.contains(&event.carrier.as_str()) {
            self.carriers.push(&event.carrier);
        }
        if self.claim.is_some() && self.claim_stands(told) {
            return;
        }
        if self.way_back != WayBack::No && self.stays_on_the_way_back(told) {
            return;
        }
        self.take(told);
    }

    /// Whether the claim stands against this event (which is then only refining, or kept in the timeline).
    fn claim_stands(&mut self, told: Told<'a>) -> bool {
        let state = told.event.state;
        let Some(claim) = self.claim else { return false };
        if matches!(state, State::Lost | State::Destroyed) {
            self.let_go();
            return false;
        }
        if self.course.returns && matches!(state, State::Refunded | State::ExchangeSuccessful | State::ExchangeFailed) {
            // What was delivered stays delivered; the money or the other leg is the newer word.
            self.claim = None;
            return false;
        }
        if claim.kind == ClaimKind::Closed {
            return true;
        }
        if state.is_delivered() {
            return self.claim_is_refined(claim, told);
        }
        if is_failed_attempt(state) {
            self.disprove(claim);
            return false;
        }
        if state.is_return_leg() {
            // It was at the door or at the shop and is now sent back: that the shopper could have had it in time stays true.
            self.let_go();
            return false;
        }
        if state.is_physical() && self.carries_on(claim, told) {
            self.disprove(claim);
            self.first_attempt_at = claim.first_attempt_before;
            return false;
        }
        self.claim_outlives(claim, told)
    }

    /// Events that prove nothing against the claim by themselves.
    fn claim_outlives(&mut self, claim: Claim<'a>, told: Told<'a>) -> bool {
        let state = told.event.state;
        if state.milestone() == Some(Milestone::OutForDelivery) && told.when.duration_since(claim.when) > SAME_ATTEMPT {
            self.claim = Some(Claim { went_out_again: true, ..claim });
            return true;
        }
        if claim.kind != ClaimKind::Ready {
            return true;
        }
        if state == State::FailedToCollect {
            self.claim = None;
        }
        !is_at_pickup_point(state)
    }

    fn claim_is_refined(&mut self, claim: Claim<'a>, told: Told<'a>) -> bool {
        let event = told.event;
        if event.state == State::ProofOfDeliveryAvailable {
            self.signed(event);
            return true;
        }
        let later_leg = told.when.duration_since(claim.when) > SAME_ATTEMPT && self.carries_on(claim, told);
        if claim.went_out_again || later_leg {
            self.disprove(claim);
            return false;
        }
        if claim.kind == ClaimKind::Ready {
            if is_plain(event.state) && claim.is_told_again_by(told) {
                self.signed(event);
            } else if is_plain(event.state) {
                self.arrive(told);
            } else {
                self.claim = None;
                self.deliver(told, event.state);
            }
            return true;
        }
        let more_is_known = !is_plain(event.state) && event.state.rank() >= self.state.rank();
        if more_is_known || self.state == State::ProofOfDeliveryAvailable {
            self.delivered_to = Some(self.taken_by(event, event.state));
            self.set(told, event.state);
        }
        self.signed(event);
        true
    }

    /// Another carrier that came in after the claiming one scans the parcel: what the first called delivered was a hand-over.
    fn carries_on(&self, claim: Claim<'a>, told: Told<'a>) -> bool {
        let place = |carrier: &str| self.carriers.iter().position(|c| *c == carrier);
        self.state != State::CollectedByShopper
            && told.event.carrier != claim.carrier
            && told.when > claim.when
            && place(&told.event.carrier) > place(claim.carrier)
    }

    fn let_go(&mut self) {
        self.claim = None;
        self.delivered_at = None;
        self.delivered_to = None;
        self.signed_by = None;
    }

    fn disprove(&mut self, claim: Claim<'a>) {
        self.let_go();
        self.had_at = claim.had_before;
        self.ready = None;
    }

    /// Whether the parcel stays on its way back to the sender; the state is set here if the event moves it along.
    fn stays_on_the_way_back(&mut self, told: Told<'a>) -> bool {
        use State::*;
        let state = told.event.state;
        let (underway, since) = match self.way_back {
            WayBack::No => return false,
            WayBack::Announced(since) => (false, since),
            WayBack::Underway(since) => (true, since),
        };
        match state {
            DeliveredToNeighbour | DeliveredToSafeLocation | DeliveredToLetterbox | CollectedByShopper if !underway => false,
            _ if state.is_delivered() && told.when > since => {
                self.close(told, ReturnedToSender);
                true
            }
            WillBeReturnedToSender => underway,
            OutForDelivery | FinalDeliveryAttempt | DeliveryAttempted | DeliveryFailed | DeliveryFailedCardLeft | ReadyForCollection => {
                if !underway {
                    self.way_back = WayBack::No;
                }
                underway
            }
            DeliveryRefused | CollectionReminder | FinalCollectionReminder | FailedToCollect => true,
            AtDeliveryDepot | InTransitWaiting | HeldByCarrier | PartiallyDelivered => true,
            _ if state.milestone() == Some(Milestone::InTransit) => {
                if state.is_physical() {
                    self.way_back = WayBack::Underway(since);
                    self.set(told, ReturningToSender);
                }
                true
            }
            _ => matches!(state.milestone(), Some(Milestone::Pending | Milestone::InfoReceived)),
        }
    }

    /// The newest event gives the state.
    fn take(&mut self, told: Told<'a>) {
        let state = told.event.state;
        match state {
            _ if state.is_delivered() => return self.arrive(told),
            State::ReturnedToSender if !self.course.returns => return self.close(told, state),
            State::Refunded | State::ExchangeSuccessful if self.course.returns => return self.close(told, state),
            State::WillBeReturnedToSender if !self.course.returns => self.way_back = WayBack::Announced(told.when),
            State::ReturningToSender if !self.course.returns => self.way_back = WayBack::Underway(told.when),
            State::Lost | State::Destroyed | State::Cancelled => self.way_back = WayBack::No,
            State::ReadyForCollection => {
                self.ready.get_or_insert(told.when);
                if self.course.is_collected() {
                    self.had_at = self.had_at.or(known(told));
                    self.first_attempt_at = self.first_attempt_at.or(known(told));
                }
            }
            State::OutForDelivery | State::FinalDeliveryAttempt => self.ready = None,
            _ if is_failed_attempt(state) => {
                self.ready = None;
                self.first_attempt_at = self.first_attempt_at.or(known(told));
            }
            _ => {}
        }
        self.set(told, state);
    }

    /// "Delivered" in the carrier's words; at a pick-up point the first means ready to collect, the second collected.
    fn arrive(&mut self, told: Told<'a>) {
        let event = told.event;
        let proof = event.state == State::ProofOfDeliveryAvailable;
        if !self.course.is_collected() || !(is_plain(event.state) || proof) {
            return self.deliver(told, event.state);
        }
        match self.ready {
            Some(ready) if !proof && told_after(told, ready) >= SAME_DELIVERY => self.deliver(told, State::CollectedByShopper),
            Some(_) if is_at_pickup_point(self.state) => self.signed(event),
            _ => {
                self.ready = Some(told.when);
                self.claim(told, ClaimKind::Ready);
                self.had_at = self.had_at.or(known(told));
                self.first_attempt_at = self.first_attempt_at.or(known(told));
                self.delivered_to = Some(DeliveredTo { kind: self.course.destination.id().to_owned(), chosen_by: chosen_by(event) });
                self.set(told, State::ReadyForCollection);
                self.signed(event);
            }
        }
    }

    fn deliver(&mut self, told: Told<'a>, state: State) {
        self.claim(told, ClaimKind::Had);
        self.way_back = WayBack::No;
        self.had_at = if self.course.is_collected() { self.had_at.or(known(told)) } else { known(told) };
        self.first_attempt_at = self.first_attempt_at.or(known(told));
        self.delivered_at = told_moment(told.event);
        self.delivered_to = Some(self.taken_by(told.event, state));
        self.set(told, state);
        self.signed(told.event);
    }

    fn close(&mut self, told: Told<'a>, state: State) {
        self.claim(told, ClaimKind::Closed);
        self.way_back = WayBack::No;
        if state == State::ReturnedToSender {
            self.delivered_at = None;
            self.delivered_to = Some(DeliveredTo { kind: "sender".to_owned(), chosen_by: None });
        }
        self.set(told, state);
    }

    fn claim(&mut self, told: Told<'a>, kind: ClaimKind) {
        self.claim = Some(Claim {
            kind,
            carrier: &told.event.carrier,
            when: told.when,
            at: known(told),
            by_summary: told.event.source == Source::Summary,
            went_out_again: false,
            had_before: self.had_at,
            first_attempt_before: self.first_attempt_at,
        });
        if !self.carriers.contains(&told.event.carrier.as_str()) {
            self.carriers.push(&told.event.carrier);
        }
    }

    fn signed(&mut self, event: &'a TrackingEvent) {
        self.signed_by = event.signed_by.as_ref().or(self.signed_by);
    }

    fn taken_by(&self, event: &TrackingEvent, state: State) -> DeliveredTo {
        let kind = match state {
            State::DeliveredToNeighbour => "neighbour",
            State::DeliveredToReception => "reception",
            State::DeliveredToSafeLocation => "safe_place",
            State::DeliveredToLetterbox => "letterbox",
            State::CollectedByShopper if self.course.is_collected() => self.course.destination.id(),
            _ => "recipient",
        };
        DeliveredTo { kind: kind.to_owned(), chosen_by: chosen_by(event) }
    }

    fn set(&mut self, told: Told<'a>, state: State) {
        let event = told.event;
        let same_attempt = is_failed_attempt(self.state)
            && is_failed_attempt(state)
            && self.state_since().is_some_and(|since| told.when.duration_since(since) <= SAME_ATTEMPT);
        // The second half of one attempt ("card left"), and a scan on the way back, seldom repeat why.
        let keeps_reason = same_attempt || (self.state.is_return_leg() && state.is_return_leg());
        self.reason = event.reason.or(if keeps_reason { self.reason } else { None });
        self.state = state;
        self.event = Some(event);
        let offset = event.moment.map_or(Offset::UTC, |m| m.offset());
        let told_by = event.pickup_point.as_ref().and_then(|p| p.collect_by.as_deref()).and_then(|by| end_of(by, offset));
        let waits = state.info().waiting_on == WaitingOn::Shopper;
        self.act_by = if waits { told_by.or(self.act_by) } else { None };
        self.agreed_until = match (state, &event.estimated_delivery) {
            (State::DeliveryRescheduled | State::DeliveryScheduled, Some(slot)) => {
                slot.end.as_deref().or(slot.start.as_deref()).and_then(|end| end_of(end, offset))
            }
            _ => None,
        };
        if matches!(state.milestone(), Some(Milestone::InTransit | Milestone::OutForDelivery)) {
            self.pickup_point = None;
        }
        self.pickup_point = event.pickup_point.as_ref().or(self.pickup_point);
    }
}

/// The driver stood at the door and left with the parcel.
pub(super) fn is_failed_attempt(state: State) -> bool {
    use State::*;
    matches!(state, DeliveryAttempted | DeliveryFailed | DeliveryFailedCardLeft | DeliveryRefused)
}

fn is_at_pickup_point(state: State) -> bool {
    use State::*;
    matches!(state, ReadyForCollection | CollectionReminder | FinalCollectionReminder | FailedToCollect)
}

/// Says that it was delivered and not to whom; at a shop the reception is the counter.
fn is_plain(state: State) -> bool {
    matches!(state, State::Delivered | State::DeliveredToReception)
}

fn chosen_by(event: &TrackingEvent) -> Option<String> {
    (event.reason == Some(Reason::RequestedByShopper)).then(|| "shopper".to_owned())
}

/// How much later it was told to have happened. A day without a clock may be the very day's arrival, so it counts from its start.
fn told_after(told: Told, earlier: Timestamp) -> SignedDuration {
    known(told).unwrap_or(told.when).duration_since(earlier)
}

/// The told instant; for an event without a date the newest one before it, at which it cannot have been earlier known.
fn known(told: Told) -> Option<Timestamp> {
    told_moment(told.event).map(|m| m.at()).or((told.when > Timestamp::MIN).then_some(told.when))
}

/// The instant at which a told day (24:00) or time is over, in the offset of the event that told it.
fn end_of(text: &str, offset: Offset) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let local = if text.len() == 10 {
        text.parse::<civil::Date>().ok()?.tomorrow().ok()?.to_datetime(civil::Time::midnight())
    } else {
        text.parse::<civil::DateTime>().ok()?
    };
    offset.to_timestamp(local).ok()
}
