//! What happens when carriers stumble, rehearsed in a simulated world: a carrier that tells nothing for a day, and parcels that are really lost.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, date},
    tz::TimeZone,
};
use serde_json::{Value, json};
use whereabouts_domain::simulation::{Happening, Outage, Parcel, Troubles, World as Simulated};
use whereabouts_server::demo::simulated::{Line, Times, carriers, line, number_of, towns};

use crate::world::World;

const EVRI: usize = 1;
const LOOK_EVERY: SignedDuration = SignedDuration::from_hours(2);

fn london(day: Date, hour: i8) -> Timestamp {
    day.at(hour, 0, 0, 0).to_zoned(TimeZone::get("Europe/London").unwrap()).unwrap().timestamp()
}

/// Parcels from Monday to Wednesday; Evri is down from Wednesday morning for a day.
fn simulated() -> Simulated {
    let outage = Outage { carrier: "evri".into(), from: london(date(2026, 11, 18), 6), until: london(date(2026, 11, 19), 6) };
    Simulated {
        seed: 11,
        zone: TimeZone::get("Europe/London").unwrap(),
        from: date(2026, 11, 16),
        days: 3,
        a_day: 24,
        carriers: carriers(),
        towns: towns(),
        troubles: Troubles { lost: 120, outages: vec![outage], ..Troubles::default() },
    }
}

/// Plays the world and looks every other hour who may be missing. Answers since when each of them was, by number, as far as it was seen.
async fn rehearse(simulated: &Simulated, is_outage_known: bool) -> BTreeMap<String, Timestamp> {
    let mut w = World::new().await;
    let outage = &simulated.troubles.outages[0];
    let mut happenings = simulated.happenings(simulated.parcels()).peekable();
    let mut flagged = BTreeMap::new();
    let mut now = w.now();
    while now < london(date(2026, 11, 23), 9) {
        now += LOOK_EVERY;
        while let Some(happening) = happenings.next_if(|h| h.at <= now) {
            if happening.at > w.now() {
                w.advance_to(&happening.at.to_string()).await;
            }
            play(&w, simulated, &happening).await;
        }
        w.advance_to(&now.to_string()).await;
        if is_outage_known && now >= outage.from && now - LOOK_EVERY < outage.from {
            let down = json!({"feed_down": [{"from": outage.from.to_string(), "until": outage.until.to_string()}]});
            w.put("/settings/carrier:evri", &down).await.is(200);
            w.work().await;
        }
        let missing = w.get("/shipments?may_be_missing=true&limit=200").await;
        for shipment in missing["data"].as_array().unwrap() {
            flagged.entry(shipment["tracking_number"].as_str().unwrap().to_string()).or_insert(now);
        }
    }
    w.end().await;
    flagged
}

async fn play(w: &World, simulated: &Simulated, happening: &Happening) {
    match line(simulated, happening, Times::AsTheyAre).unwrap() {
        Line::Registration(doc) => {
            w.register(doc).await;
        }
        Line::Payload { carrier, body } => {
            let path = format!("{}/{carrier}", w.retailer.hook);
            let answer = w.send_as(None, "POST", &path, body.to_string(), &[]).await;
            assert!(answer.status.is_success(), "{}", answer.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_carrier_is_down_and_for_a_day_after_nobody_is_missed_but_who_is_lost() {
    let simulated = simulated();
    let parcels: BTreeMap<String, Parcel> = simulated.parcels().map(|p| (number_of(&p), p)).collect();
    let lost: BTreeSet<&String> = parcels.iter().filter(|(_, p)| p.is_lost).map(|(number, _)| number).collect();
    assert!(lost.iter().any(|n| parcels[*n].carrier == EVRI) && lost.iter().any(|n| parcels[*n].carrier != EVRI), "{lost:?}");

    let flagged = rehearse(&simulated, true).await;
    assert_eq!(flagged.keys().collect::<BTreeSet<_>>(), lost, "who is lost, and nobody else");
    let outage = &simulated.troubles.outages[0];
    let of_evri = flagged.iter().filter(|(number, _)| parcels[*number].carrier == EVRI);
    let in_outage: Vec<_> = of_evri.filter(|(_, at)| (outage.from + LOOK_EVERY..outage.until).contains(at)).collect();
    assert!(in_outage.is_empty(), "{in_outage:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_that_nobody_knows_of_makes_parcels_seem_lost_and_it_passes() {
    let simulated = simulated();
    let flagged = rehearse(&simulated, false).await;
    let of: BTreeMap<String, Parcel> = simulated.parcels().map(|p| (number_of(&p), p)).collect();
    let innocent: Vec<&String> = flagged.keys().filter(|number| !of[*number].is_lost).collect();
    assert!(!innocent.is_empty() && innocent.iter().all(|number| of[*number].carrier == EVRI), "{innocent:?}");
    assert_eq!(Value::from(flagged.len() - innocent.len()), json!(of.values().filter(|p| p.is_lost).count()));
}
