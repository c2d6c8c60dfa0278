//! How long silence is normal: for each stage of a journey, when the next word usually comes, and from when on hardly any comes at all. Learnt by
//! [`super::gaps`], kept beside a shipment, read when it is judged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::State;

/// What was last heard of a parcel: silence means something else after each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Handed over and not scanned yet.
    FirstScan,
    Collected,
    OnItsWay,
    AtHub,
    LeftHub,
    AtDepot,
    OutForDelivery,
    Attempted,
    Trouble,
    Returning,
}

impl Stage {
    pub const ALL: [Stage; 10] = [
        Stage::FirstScan,
        Stage::Collected,
        Stage::OnItsWay,
        Stage::AtHub,
        Stage::LeftHub,
        Stage::AtDepot,
        Stage::OutForDelivery,
        Stage::Attempted,
        Stage::Trouble,
        Stage::Returning,
    ];

    /// The stage that a state of a parcel begins which somebody has touched; nothing where it is not for the carrier to speak next, or not before
    /// an agreed day.
    pub fn of(state: State) -> Option<Stage> {
        use State::*;
        if state.info().waiting_on != crate::WaitingOn::Carrier || state == DeliveryScheduled {
            return None;
        }
        Some(match state {
            DroppedOff | CollectedByCarrier => Stage::Collected,
            ArrivedAtHub | ArrivedAtDestinationCountry => Stage::AtHub,
            DepartedHub | DepartedOriginCountry => Stage::LeftHub,
            AtDeliveryDepot => Stage::AtDepot,
            OutForDelivery | FinalDeliveryAttempt => Stage::OutForDelivery,
            DeliveryAttempted | DeliveryFailed => Stage::Attempted,
            DeliveryRefused | WillBeReturnedToSender | ReturningToSender | FailedToCollect => Stage::Returning,
            InTransit | ClearedThroughCustoms | CarrierChanged | DeliveryAddressChanged | PartiallyDelivered => Stage::OnItsWay,
            // Told before anybody touched it, and of a touched parcel no more than that it is under way.
            Dispatched | CollectionScheduled | CollectionRescheduled => Stage::OnItsWay,
            _ => Stage::Trouble,
        })
    }

    /// "within 22 h of …".
    fn words(self) -> &'static str {
        match self {
            Stage::FirstScan => "the hand-over",
            Stage::Collected => "collection",
            Stage::OnItsWay => "a scan on the way",
            Stage::AtHub => "arriving at a hub",
            Stage::LeftHub => "leaving a hub",
            Stage::AtDepot => "arriving at the local depot",
            Stage::OutForDelivery => "going out for delivery",
            Stage::Attempted => "a failed attempt",
            Stage::Trouble => "such a report",
            Stage::Returning => "turning back",
        }
    }
}

/// Whose parcels speak for a norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Those of the same carrier and service between the same places.
    Lane,
    /// Those of the same carrier.
    Carrier,
}

/// The chances of never arriving for which a norm tells the hours.
pub const CHANCES: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];
/// From this one on a parcel may be missing: ten looked for in vain cost less than one lost that nobody looks for.
const FLAGGED_FROM: usize = 0;
/// The share of parcels that are heard of within the usual hours.
pub const USUAL_SHARE: f64 = 0.95;

/// What silence is normal in one stage. Hours are hours of the carriers' working days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Told", into = "Told")]
pub struct Norm {
    /// Within so many hours 95 of 100 are heard of.
    pub usual: f64,
    /// After so many hours of silence the chance of never arriving is at least that of [`CHANCES`], in the same order and never falling.
    pub silent: [f64; 5],
    /// How many parcels' silences taught it.
    pub learnt_from: u32,
    pub level: Level,
}

/// A norm as it is kept: short, for it stands beside each open shipment.
#[derive(Clone, Serialize, Deserialize)]
struct Told(f64, [f64; 5], u32, Level);

impl From<Told> for Norm {
    fn from(told: Told) -> Norm {
        Norm { usual: told.0, silent: told.1, learnt_from: told.2, level: told.3 }
    }
}

impl From<Norm> for Told {
    fn from(norm: Norm) -> Told {
        Told(norm.usual, norm.silent, norm.learnt_from, norm.level)
    }
}

impl Norm {
    /// After so many hours of silence a parcel may be missing.
    pub fn flagged_after(&self) -> f64 {
        self.silent[FLAGGED_FROM]
    }

    /// The chance of never arriving after so many hours of silence, rounded down to one of [`CHANCES`]; nothing while it is smaller than all.
    pub fn chance(&self, hours: f64) -> Option<f64> {
        let reached = self.silent.iter().rposition(|from| hours >= *from)?;
        CHANCES.get(reached).copied()
    }

    /// The normal range in words: "95 % of parcels on this lane are scanned within 22 h of leaving a hub".
    pub fn words(&self, stage: Stage) -> String {
        let whose = match self.level {
            Level::Lane => "on this lane",
            Level::Carrier => "of this carrier",
        };
        format!("95 % of parcels {whose} are scanned within {} of {}", hours(self.usual), stage.words())
    }
}

/// "22 h", "40 min".
pub(crate) fn hours(hours: f64) -> String {
    if hours < 1.0 { format!("{:.0} min", hours * 60.0) } else { format!("{hours:.0} h") }
}

/// The norms of one parcel, for each stage of which enough is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Patience(pub BTreeMap<Stage, Norm>);

impl Patience {
    pub fn norm(&self, stage: Stage) -> Option<&Norm> {
        self.0.get(&stage)
    }

    /// What is kept from now on: what was kept before, while it says the same but for how many taught it.
    pub fn after(self, before: Option<&Patience>) -> Patience {
        let same = |(a, b): ((&Stage, &Norm), (&Stage, &Norm))| {
            a.0 == b.0 && (a.1.usual, a.1.silent, a.1.level) == (b.1.usual, b.1.silent, b.1.level)
        };
        match before {
            Some(before) if before.0.len() == self.0.len() && self.0.iter().zip(&before.0).all(same) => before.clone(),
            _ => self,
        }
    }
}
