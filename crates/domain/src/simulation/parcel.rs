//! The way of one parcel: collected in the evening, through no, one or two hubs by night, to the depot and the door. How many hubs there are
//! depends on carrier and town: that is a lane.

use jiff::{Timestamp, ToSpan as _, civil::Date};

use super::{Parcel, Scan, World, chance::Chance};
use crate::State;

/// What is drawn, so that a parcel's draws of one kind do not depend on those of another.
const WAY: u64 = 1;
pub(super) const TELLING: u64 = 2;
const LANE: u64 = 3;
const DEPOT: u64 = 4;

/// Of a thousand parcels at a hub, so many wait a day for each hundred percent more than usual.
const JAMMED: u32 = 200;
/// Promised are so many working days more than a lane needs.
const SLACK_DAYS: u64 = 1;

struct Way<'a> {
    world: &'a World,
    chance: Chance,
    carrier: usize,
    town: u64,
    scans: Vec<Scan>,
}

impl Way<'_> {
    /// Some minute from one hour of the day until before another.
    fn between(&mut self, day: Date, from_hour: i64, until_hour: i64) -> Timestamp {
        let minute = from_hour * 60 + self.chance.below((until_hour - from_hour) * 60);
        self.world.at(day, minute)
    }

    fn scan(&mut self, state: State, day: Date, from_hour: i64, until_hour: i64) {
        let at = self.between(day, from_hour, until_hour);
        let clock = self.world.clock(self.carrier, self.town, at);
        self.scans.push(Scan { state, at, clock });
    }

    /// As [`Way::scan`], if somebody thinks of it.
    fn perhaps(&mut self, state: State, day: Date, from_hour: i64, until_hour: i64) {
        if !self.chance.in_thousand(self.world.troubles.unscanned) {
            self.scan(state, day, from_hour, until_hour);
        }
    }
}

impl World {
    /// Hubs between the warehouse and a town.
    fn hubs(&self, carrier: usize, town: u64) -> u64 {
        Chance::of(&[LANE, carrier as u64, town]).below(3).unsigned_abs()
    }

    /// What a depot's clock shows.
    pub(super) fn clock(&self, carrier: usize, town: u64, at: Timestamp) -> Timestamp {
        let most = self.troubles.skew_minutes.clamp(0, 24 * 60);
        let minutes = Chance::of(&[DEPOT, self.seed, carrier as u64, town]).below(2 * most + 1) - most;
        at.checked_add(minutes.minutes()).unwrap_or(at)
    }

    pub(super) fn parcel(&self, day: Date, serial: u64) -> Parcel {
        let mut chance = Chance::of(&[WAY, self.seed, serial]);
        let carrier = chance.below(self.carriers.len() as i64) as usize;
        let town = chance.below(self.towns as i64).unsigned_abs();
        let mut way = Way { world: self, chance, carrier, town, scans: Vec::new() };
        let handed_over_at = way.between(day, 17, 19);
        let registered_at = way.between(day, 12, 16);
        let ordered_at = way.between(day, 0, 11);
        let hubs = self.hubs(carrier, town);
        let promised_on = (0..=hubs + SLACK_DAYS).fold(day, |day, _| self.next_working(day));

        way.perhaps(State::CollectedByCarrier, day, 19, 24);
        let mut today = day;
        for _ in 0..hubs {
            today = self.next_working(today);
            way.scan(State::ArrivedAtHub, today, 1, 6);
            if way.chance.in_thousand((self.bustle(today).saturating_sub(100)) * JAMMED / 100) {
                today = self.next_working(today);
            }
            way.perhaps(State::DepartedHub, today, 17, 23);
        }
        today = self.next_working(today);
        way.scan(State::AtDeliveryDepot, today, 2, 6);
        way.scan(State::OutForDelivery, today, 6, 9);
        if way.chance.in_thousand(self.troubles.missed) {
            way.scan(State::DeliveryFailed, today, 9, 20);
            today = self.next_working(today);
            way.scan(State::OutForDelivery, today, 6, 9);
        }
        way.scan(State::Delivered, today, 9, 20);
        let is_lost = way.chance.in_thousand(self.troubles.lost);
        if is_lost {
            let heard = 1 + way.chance.below(way.scans.len() as i64 - 1);
            way.scans.truncate(heard as usize);
        }
        let scans = way.scans;
        Parcel { serial, order: None, carrier, town, ordered_at, registered_at, handed_over_at, promised_on, is_lost, scans }
    }
}
