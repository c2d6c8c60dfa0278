//! What is heard of a world, in the order in which it is heard.

use std::{cmp::Reverse, collections::BinaryHeap, iter::Peekable, sync::Arc};

use jiff::{Timestamp, ToSpan as _};

use super::{Parcel, Scan, World, chance::Chance, parcel::TELLING};

/// A carrier needs so long to tell what it scanned.
const TOLD_AFTER_MINUTES: i64 = 2;
/// After an outage everything that waited is told within so long.
const CAUGHT_UP_MINUTES: i64 = 60;

#[derive(Debug, Clone)]
pub struct Happening {
    pub at: Timestamp,
    pub parcel: Arc<Parcel>,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The shop registers the parcel.
    Registered,
    /// Its carrier tells a scan.
    Told(Scan),
}

/// What waits to be heard: when, of which parcel, which of its tellings.
type Waiting = Reverse<(Timestamp, u64, usize)>;

struct Happenings<'a, P: Iterator<Item = Parcel>> {
    world: &'a World,
    parcels: Peekable<P>,
    waiting: BinaryHeap<Waiting>,
    open: std::collections::BTreeMap<u64, Open>,
}

struct Open {
    parcel: Arc<Parcel>,
    tellings: Vec<(Timestamp, What)>,
    left: usize,
}

impl World {
    /// What is heard of parcels that come in the order of their days.
    pub fn happenings<'a>(&'a self, parcels: impl Iterator<Item = Parcel> + 'a) -> impl Iterator<Item = Happening> + 'a {
        Happenings { world: self, parcels: parcels.peekable(), waiting: BinaryHeap::new(), open: Default::default() }
    }

    /// When each scan of a parcel is told, twice where that happens.
    fn tellings(&self, parcel: &Parcel) -> Vec<(Timestamp, What)> {
        let mut chance = Chance::of(&[TELLING, self.seed, parcel.serial]);
        let carrier = self.carriers.get(parcel.carrier).map_or("", String::as_str);
        let mut told = vec![(parcel.registered_at, What::Registered)];
        for scan in &parcel.scans {
            let mut minutes = TOLD_AFTER_MINUTES;
            if chance.in_thousand(self.troubles.delayed) {
                minutes += 120 + chance.below(8 * 60);
            }
            let is_twice = chance.in_thousand(self.troubles.twice);
            let again = 1 + chance.below(90);
            let times = if is_twice { vec![minutes, minutes + again] } else { vec![minutes] };
            for minutes in times {
                let at = scan.at.checked_add(minutes.minutes()).unwrap_or(scan.at);
                let outage = self.troubles.outages.iter().find(|o| o.carrier == carrier && o.from <= at && at < o.until);
                let at = outage.map_or(at, |o| o.until.saturating_add(chance.below(CAUGHT_UP_MINUTES).minutes()).unwrap_or(o.until));
                told.push((at, What::Told(*scan)));
            }
        }
        told
    }
}

impl<P: Iterator<Item = Parcel>> Happenings<'_, P> {
    /// Parcels of a day are looked at when it begins: nothing of them is heard earlier.
    fn look_ahead(&mut self) {
        let day = |at: Timestamp| at.to_zoned(self.world.zone.clone()).date();
        while let Some(next) = self.parcels.peek() {
            let heard = self.waiting.peek().map(|Reverse((at, _, _))| day(*at));
            if heard.is_some_and(|heard| heard < day(next.registered_at)) {
                return;
            }
            let Some(parcel) = self.parcels.next() else { return };
            let tellings = self.world.tellings(&parcel);
            self.waiting.extend(tellings.iter().enumerate().map(|(k, (at, _))| Reverse((*at, parcel.serial, k))));
            self.open.insert(parcel.serial, Open { left: tellings.len(), tellings, parcel: Arc::new(parcel) });
        }
    }
}

impl<P: Iterator<Item = Parcel>> Iterator for Happenings<'_, P> {
    type Item = Happening;

    fn next(&mut self) -> Option<Happening> {
        self.look_ahead();
        let Reverse((at, serial, k)) = self.waiting.pop()?;
        let open = self.open.get_mut(&serial)?;
        open.left -= 1;
        let happening = Happening { at, parcel: Arc::clone(&open.parcel), what: open.tellings[k].1 };
        if open.left == 0 {
            self.open.remove(&serial);
        }
        Some(happening)
    }
}
