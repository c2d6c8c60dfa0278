//! A simulated world (`domain::simulation`) as its shop and its carriers tell it: registrations for the API, payloads in the dialects of the demo's
//! carriers for the hook.

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde_json::{Value, json};
use whereabouts_domain::{
    State,
    simulation::{Happening, Parcel, Scan as Scanned, What, World},
};

use super::{
    people::{basket, shopper_in, total},
    voice::{self, Carrier, Scan, Word},
};

/// Who carries, in the order of the world's carriers.
const CARRIERS: [Carrier; 3] = [Carrier::RoyalMail, Carrier::Evri, Carrier::Dpd];

/// The ids of the carriers that a world can have.
pub fn carriers() -> Vec<String> {
    CARRIERS.iter().map(|c| c.id().to_string()).collect()
}

/// To so many towns parcels can go.
pub fn towns() -> u64 {
    super::people::towns() as u64
}

/// What is told of a happening.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// A shipment, as the API takes it.
    Registration(Value),
    /// What a carrier posts to the hook.
    Payload { carrier: &'static str, body: Value },
}

/// At what time something is said to have happened.
#[derive(Clone, Copy, Debug)]
pub enum Times {
    AsTheyAre,
    /// The world's time from `begins` on is pressed so that it fits between real moments, from `now` on.
    Pressed {
        begins: Timestamp,
        now: Timestamp,
        speed: f64,
    },
}

impl Times {
    pub fn of(self, at: Timestamp) -> Timestamp {
        match self {
            Times::AsTheyAre => at,
            Times::Pressed { begins, now, speed } => {
                let later = (at.as_millisecond() - begins.as_millisecond()) as f64 / speed;
                Timestamp::from_millisecond(now.as_millisecond() + later as i64).unwrap_or(at)
            }
        }
    }
}

fn carrier_of(parcel: &Parcel) -> Carrier {
    CARRIERS[parcel.carrier % CARRIERS.len()]
}

/// The number under which a parcel is tracked.
pub fn number_of(parcel: &Parcel) -> String {
    carrier_of(parcel).number(parcel.serial)
}

/// What is told of it; nothing where the carrier has no word for it.
pub fn line(world: &World, happening: &Happening, times: Times) -> Option<Line> {
    let parcel = &happening.parcel;
    match happening.what {
        What::Registered => Some(Line::Registration(registration(world, parcel, times))),
        What::Told(scan) => {
            let body = payload(&world.zone, parcel, scan, times)?;
            Some(Line::Payload { carrier: carrier_of(parcel).id(), body })
        }
    }
}

fn registration(world: &World, parcel: &Parcel, times: Times) -> Value {
    let carrier = carrier_of(parcel);
    let serial = usize::try_from(parcel.serial).unwrap_or(0);
    let shopper = shopper_in(usize::try_from(parcel.town).unwrap_or(0), serial);
    let lines = basket(serial);
    let items: Vec<Value> = lines.iter().enumerate().map(|(n, line)| line.item(n)).collect();
    let promised = match times {
        Times::AsTheyAre => parcel.promised_on.to_string(),
        Times::Pressed { .. } => {
            let over = parcel.promised_on.saturating_add(1.day()).to_zoned(world.zone.clone());
            times.of(over.map_or(parcel.handed_over_at, |over| over.timestamp())).to_string()
        }
    };
    json!({
        "order_number": parcel.order.clone().unwrap_or_else(|| format!("SIM-{}", parcel.serial)), "sales_channel": "webshop",
        "tracking_number": number_of(parcel), "carrier": carrier.id(), "service": carrier.service(), "site": "Northampton DC",
        "ordered_at": times.of(parcel.ordered_at).to_string(), "handed_over_at": times.of(parcel.handed_over_at).to_string(),
        "promised": {"end": promised, "kind": "by", "source": "checkout"},
        "recipient": shopper.person(), "destination": shopper.address(),
        "origin": {"city": "Northampton", "postcode": "NN4 7SL", "country": "GB"},
        "items": items, "value": total(&lines), "tags": ["simulated"],
    })
}

fn payload(zone: &TimeZone, parcel: &Parcel, scan: Scanned, times: Times) -> Option<Value> {
    let word = match scan.state {
        State::CollectedByCarrier => Word::Collected,
        State::ArrivedAtHub => Word::Hub,
        State::DepartedHub => Word::LeftHub,
        State::AtDeliveryDepot => Word::Depot,
        State::OutForDelivery => Word::Out,
        State::DeliveryFailed => Word::Missed,
        State::Delivered => Word::Delivered,
        _ => return None,
    };
    let town = shopper_in(usize::try_from(parcel.town).unwrap_or(0), 0).town;
    let at = times.of(scan.clock).to_zoned(zone.clone());
    voice::payload(carrier_of(parcel), &[Scan { number: &number_of(parcel), at: &at, word, town }])
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use whereabouts_adapters::{carrier, parse};
    use whereabouts_domain::{Registration, simulation::Troubles};

    use super::*;

    fn world() -> World {
        World {
            seed: 3,
            zone: TimeZone::get("Europe/London").unwrap(),
            from: date(2026, 11, 2),
            days: 2,
            a_day: 60,
            carriers: carriers(),
            towns: towns(),
            troubles: Troubles { missed: 200, ..Troubles::ordinary() },
        }
    }

    #[test]
    fn every_scan_is_read_as_what_it_was_by_the_adapter_of_its_carrier() {
        let world = world();
        let mut read = 0;
        for happening in world.happenings(world.parcels()) {
            let Some(Line::Payload { carrier, body }) = line(&world, &happening, Times::AsTheyAre) else { continue };
            let What::Told(scan) = happening.what else { unreachable!() };
            let bytes = serde_json::to_vec(&body).unwrap();
            let parsed = parse::parse(carrier::by_id(carrier).unwrap(), &carrier::Payload::of(&bytes)).unwrap();
            // A carrier may say more of why nobody opened.
            let missed = State::DeliveryFailed;
            let state = |told: State| if told.info().milestone == missed.info().milestone { missed } else { told };
            let told: Vec<_> =
                parsed.events.iter().map(|e| (e.tracking_number.as_str(), state(e.state), e.moment.map(|m| m.at()))).collect();
            let to_the_second = Timestamp::from_second(scan.clock.as_second()).unwrap();
            assert_eq!(told, [(number_of(&happening.parcel).as_str(), scan.state, Some(to_the_second))], "{body}");
            read += 1;
        }
        assert!(read > 600, "{read}");
    }

    #[test]
    fn every_registration_is_one_that_the_product_takes() {
        let world = world();
        let registered = world.happenings(world.parcels()).filter_map(|h| match line(&world, &h, Times::AsTheyAre) {
            Some(Line::Registration(doc)) => Some(doc),
            _ => None,
        });
        let all: Vec<Registration> = registered.map(|doc| serde_json::from_value(doc).unwrap()).collect();
        assert_eq!(all.len(), 120);
    }

    #[test]
    fn pressed_times_keep_their_order_and_begin_now() {
        let (begins, now): (Timestamp, Timestamp) = ("2025-11-28T00:00:00Z".parse().unwrap(), "2026-11-22T12:00:00Z".parse().unwrap());
        let times = Times::Pressed { begins, now, speed: 10.0 };
        assert_eq!(times.of(begins), now);
        assert_eq!(times.of("2025-11-28T10:00:00Z".parse().unwrap()).to_string(), "2026-11-22T13:00:00Z");
    }
}
