//! The progress track: four or five steps that a shopper knows, whichever words the carrier uses.
//! A trouble takes the place of the current step; it never takes away the steps already made.

use serde::Serialize;
use whereabouts_domain::{Milestone, Reason, State};

use super::followed::FollowedParcel;

/// One step of the track.
#[derive(Clone, Copy, Debug, PartialEq, Hash, Serialize)]
pub struct Step {
    pub label: &'static str,
    /// A symbol of templates/parts/icons.html.
    pub icon: &'static str,
    pub status: StepStatus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    Done,
    Current,
    Trouble,
    ToCome,
}

impl StepStatus {
    pub fn id(self) -> &'static str {
        match self {
            StepStatus::Done => "done",
            StepStatus::Current => "now",
            StepStatus::Trouble => "trouble",
            StepStatus::ToCome => "later",
        }
    }
    pub fn is_done(self) -> bool {
        self == StepStatus::Done
    }
    /// The step in which the parcel is.
    pub fn is_here(self) -> bool {
        matches!(self, StepStatus::Current | StepStatus::Trouble)
    }
    /// For ears: colour and shape are never the only sign.
    pub fn spoken(self) -> &'static str {
        match self {
            StepStatus::Done => "done",
            StepStatus::Current => "now",
            StepStatus::Trouble => "needs attention",
            StepStatus::ToCome => "to come",
        }
    }
}

type Plan = [(&'static str, &'static str); 5];
const TO_THE_DOOR: Plan =
    [("Ordered", "bag"), ("Packed", "box"), ("On its way", "route"), ("Out for delivery", "van"), ("Delivered", "home")];
const TO_COLLECT: Plan =
    [("Ordered", "bag"), ("Packed", "box"), ("On its way", "route"), ("Ready to collect", "store"), ("Collected", "check")];
const BACK: Plan =
    [("Started", "return"), ("Handed over", "box"), ("On its way back", "route"), ("Received", "store"), ("Refunded", "check")];

pub fn of(parcel: &FollowedParcel) -> Vec<Step> {
    let back = parcel.kind.is_return();
    let plan = if back {
        BACK
    } else if parcel.destination.is_collected() || parcel.milestone == Milestone::AvailableForPickup {
        TO_COLLECT
    } else {
        TO_THE_DOOR
    };
    let (current, ended) = if back { way_back(parcel) } else { way_there(parcel) };
    let trouble = trouble(parcel);
    plan.iter()
        .enumerate()
        .map(|(i, (label, icon))| {
            let status = match i.cmp(&current) {
                std::cmp::Ordering::Less => StepStatus::Done,
                std::cmp::Ordering::Greater => StepStatus::ToCome,
                std::cmp::Ordering::Equal if trouble.is_some() => StepStatus::Trouble,
                std::cmp::Ordering::Equal if ended => StepStatus::Done,
                std::cmp::Ordering::Equal => StepStatus::Current,
            };
            let told = match status {
                StepStatus::Trouble => trouble.unwrap_or_default(),
                StepStatus::Current if *label == "Packed" && parcel.milestone == Milestone::Pending && !parcel.handed_over => "Packing",
                _ => label,
            };
            Step { label: told, icon: if status == StepStatus::Trouble { "alert" } else { icon }, status }
        })
        .collect()
}

/// The step in which the parcel is, and whether that step is the end. Earlier events count: a parcel held at the depot
/// after an attempt has been out for delivery.
fn way_there(parcel: &FollowedParcel) -> (usize, bool) {
    if parcel.state.is_delivered() || parcel.milestone == Milestone::Delivered {
        return (4, true);
    }
    let been = |test: fn(State) -> bool| test(parcel.state) || parcel.events.iter().any(|e| test(e.state));
    // A message carries no events; then the state alone tells how far it has come.
    let on_the_way = been(|s| s.is_physical() && !s.is_delivered()) || (10..=74).contains(&parcel.state.rank());
    let at_the_door = !parcel.destination.is_collected()
        && been(|s| matches!(s.milestone(), Some(Milestone::OutForDelivery | Milestone::AttemptFail)) || s == State::DeliveryRefused);
    if parcel.milestone == Milestone::AvailableForPickup || at_the_door {
        (3, false)
    } else if on_the_way || matches!(parcel.milestone, Milestone::InTransit | Milestone::OutForDelivery) {
        (2, false)
    } else {
        (1, false)
    }
}

fn way_back(parcel: &FollowedParcel) -> (usize, bool) {
    match parcel.state {
        State::Refunded | State::ExchangeSuccessful => return (4, true),
        State::ReturnedToSender | State::ExchangeFailed => return (3, false),
        s if s.is_delivered() => return (3, false),
        _ => {}
    }
    let touched = |s: State| s.is_physical() && !matches!(s, State::DroppedOff | State::CollectedByCarrier);
    if touched(parcel.state) || parcel.events.iter().any(|e| touched(e.state)) {
        (2, false)
    } else if matches!(parcel.state, State::DroppedOff | State::CollectedByCarrier) {
        (1, false)
    } else {
        (0, false)
    }
}

/// What stands in the place of the current step when something is wrong.
fn trouble(parcel: &FollowedParcel) -> Option<&'static str> {
    use State::*;
    let said = match parcel.state {
        ReturnedToSender if parcel.kind.is_return() => return None,
        HeldAtCustoms | CustomsChargesDue => "At customs",
        WillBeReturnedToSender | ReturningToSender => "Going back",
        DeliveryFailedCardLeft => "Missed",
        DeliveryAttempted | DeliveryFailed if parcel.reason == Some(Reason::NobodyHome) => "Missed",
        DeliveryAttempted | DeliveryFailed => "Tried",
        DeliveryRefused => "Refused",
        Delayed | Late => "Delayed",
        FailedToCollect => "Not collected",
        ReturnedToSender => "Returned",
        Lost => "Lost",
        Missing | MayBeMissing | UnableToTrack | Expired => "Being checked",
        DeliveredDamaged => "Damaged",
        s if s.milestone() == Some(Milestone::Exception) => s.label(),
        _ if parcel.may_be_missing => "Being checked",
        _ => return None,
    };
    Some(said)
}

/// The track in one sentence, for ears and for the text of messages.
pub fn spoken(steps: &[Step]) -> String {
    let at = steps.iter().rposition(|s| s.status != StepStatus::ToCome).unwrap_or(0);
    format!("Step {} of {}: {}", at + 1, steps.len(), steps.get(at).map(|s| s.label).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use whereabouts_domain::{DestinationKind, ShipmentType};

    fn track(state: State, edit: impl FnOnce(&mut FollowedParcel)) -> String {
        let milestone = state.milestone().unwrap_or(Milestone::InTransit);
        let mut parcel = FollowedParcel { state, milestone, ..FollowedParcel::default() };
        edit(&mut parcel);
        of(&parcel).iter().map(|s| format!("{}:{}", s.label, s.status.id())).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn the_track_says_where_the_parcel_is() {
        assert_eq!(
            track(State::Registered, |_| {}),
            "Ordered:done | Packing:now | On its way:later | Out for delivery:later | Delivered:later"
        );
        assert_eq!(
            track(State::OutForDelivery, |_| {}),
            "Ordered:done | Packed:done | On its way:done | Out for delivery:now | Delivered:later"
        );
        assert_eq!(
            track(State::Delivered, |_| {}),
            "Ordered:done | Packed:done | On its way:done | Out for delivery:done | Delivered:done"
        );
    }

    #[test]
    fn a_parcel_to_collect_has_its_own_last_steps() {
        let to_a_locker = |p: &mut FollowedParcel| p.destination = DestinationKind::Locker;
        assert!(track(State::ReadyForCollection, to_a_locker).ends_with("Ready to collect:now | Collected:later"));
        assert!(track(State::ReadyForCollection, |_| {}).ends_with("Ready to collect:now | Collected:later"));
    }

    #[test]
    fn a_trouble_takes_the_place_of_the_current_step_only() {
        assert_eq!(
            track(State::DeliveryFailedCardLeft, |_| {}),
            "Ordered:done | Packed:done | On its way:done | Missed:trouble | Delivered:later"
        );
        assert_eq!(
            track(State::HeldAtCustoms, |_| {}),
            "Ordered:done | Packed:done | At customs:trouble | Out for delivery:later | Delivered:later"
        );
    }

    #[test]
    fn without_its_events_a_parcel_still_stands_where_its_state_says() {
        assert!(track(State::CustomsChargesDue, |_| {}).contains("Packed:done | At customs:trouble"));
        assert!(track(State::DeliveryRefused, |_| {}).contains("On its way:done | Refused:trouble"));
    }

    #[test]
    fn a_return_ends_in_money() {
        let back = |p: &mut FollowedParcel| p.kind = ShipmentType::Return;
        assert!(track(State::Delivered, back).ends_with("Received:now | Refunded:later"));
        assert!(track(State::Refunded, back).ends_with("Received:done | Refunded:done"));
        assert!(track(State::AwaitingDropOff, back).starts_with("Started:now"));
    }
}
