//! One's own past, told again: the orders of a file, with the scans that must have lain between what it tells.

use jiff::{
    Span, ToSpan as _,
    civil::{Date, DateTime},
};

use super::{Parcel, Scan, World, chance::Chance};
use crate::{State, forecast::replay::History};

/// A parcel on a long way is scanned at a hub every other day.
const HUB_EVERY: i64 = 2;
/// Promised where nothing is told.
const PROMISED_DAYS: i64 = 3;

/// The parcels of these orders in the order of their registration, moved by whole weeks so that the first is registered in the week of `world.from`
/// or just after. Orders that were never handed over have no parcel.
pub fn retold(world: &World, histories: &[History]) -> Vec<Parcel> {
    let sent: Vec<(&History, DateTime)> = histories.iter().filter_map(|h| Some((h, h.handed_over?.max(h.purchased)))).collect();
    let Some(first) = sent.iter().map(|(_, at)| at.date()).min() else { return Vec::new() };
    let days = i64::from((world.from - first).get_days());
    let weeks = (-(-days).div_euclid(7)).weeks();
    let mut parcels: Vec<Parcel> =
        sent.into_iter().zip(world.first_serial()..).map(|((h, at), serial)| parcel(world, h, at, serial, weeks)).collect();
    parcels.sort_by_key(|p| (p.registered_at, p.serial));
    parcels
}

fn parcel(world: &World, history: &History, handed_over: DateTime, serial: u64, weeks: Span) -> Parcel {
    let number = |text: &str| text.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let moved = |at: DateTime| at.checked_add(weeks).unwrap_or(at);
    let stamp = |at: DateTime| world.zone.to_ambiguous_timestamp(moved(at)).compatible().unwrap_or(jiff::Timestamp::MAX);
    let mut chance = Chance::of(&[world.seed, serial]);
    let known = &history.known;
    let named = known.carrier.as_deref().and_then(|id| world.carriers.iter().position(|c| c == id));
    let carrier = named.unwrap_or_else(|| chance.below(world.carriers.len() as i64) as usize);
    let place = known.place.as_deref().or(known.destination.as_deref()).map_or(serial, number);
    let town = Chance::of(&[place]).below(world.towns as i64).unsigned_abs();

    let delivered = history.delivered.filter(|at| *at >= handed_over);
    let ways_end = delivered.unwrap_or_else(|| handed_over.saturating_add(HUB_EVERY.days())).date();
    let mut told: Vec<(State, DateTime)> = vec![(State::CollectedByCarrier, handed_over)];
    let mut at_night = |day: Date| day.at(2 + chance.below(4) as i8, chance.below(60) as i8, 0, 0);
    let nights =
        handed_over.date().series(HUB_EVERY.days()).skip(1).take_while(|day| *day < ways_end || (delivered.is_none() && *day == ways_end));
    told.extend(nights.map(|day| (State::ArrivedAtHub, at_night(day))));
    if let Some(at) = delivered {
        let morning = at.date().at(7, 30, 0, 0);
        if morning > handed_over && morning < at {
            told.push((State::OutForDelivery, morning));
        }
        told.push((State::Delivered, at));
    }
    let scans = told.into_iter().map(|(state, at)| {
        let at = stamp(at);
        Scan { state, at, clock: world.clock(carrier, town, at) }
    });
    let promised = known.promised_on.unwrap_or_else(|| handed_over.date().saturating_add(PROMISED_DAYS.days()));
    Parcel {
        serial,
        order: Some(history.order.clone()),
        carrier,
        town,
        ordered_at: stamp(history.purchased),
        registered_at: stamp(handed_over),
        handed_over_at: stamp(handed_over),
        promised_on: promised.checked_add(weeks).unwrap_or(promised),
        is_lost: delivered.is_none(),
        scans: scans.collect(),
    }
}
