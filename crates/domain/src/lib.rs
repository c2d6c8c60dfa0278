//! What a delivery is. Pure: no I/O, no async, no database, no clock, no randomness; `now` is an argument.

pub mod aliases;
pub mod calendar;
pub mod change;
pub mod estimate;
pub mod event;
pub mod facts;
pub mod feed;
pub mod forecast;
pub mod journey;
pub mod meaning;
pub mod moment;
pub mod private;
pub mod promise;
pub mod reason;
pub mod rule;
pub mod scope;
pub mod settings;
pub mod shipment;
pub mod silence;
pub mod simulation;
pub mod state;
pub mod telling;
pub mod window;
pub mod zone;

pub use change::{Cause, Change, Snapshot, changes};
pub use event::{Location, PickupPoint, Proof, Source, TrackingEvent, Window};
pub use facts::{Case, Facts, Judgement, OrderCase, act_by, act_by_day, judge, not_despatched, rests_at};
pub use journey::Journey;
pub use moment::{Moment, Precision, TimeBasis};
pub use private::Private;
pub use reason::Reason;
pub use shipment::{Destination, DestinationKind, Promise, PromiseKind, Registration, ShipmentType};
pub use state::{Attention, Milestone, State, WaitingOn};
