//! What the retailer brings along: the parcels of the weeks before, from the system it had. They come in as files, as anybody's would, and teach the
//! first forecasts, so that the desk has estimates and grades to show.

use jiff::civil::Weekday;
use serde_json::{Value, json};

use super::{
    people::{basket, shopper},
    story::{Sale, Story},
    voice::Carrier,
};
use crate::{
    app::App,
    flow::{
        FlowError,
        import::{self, Sent},
    },
};

/// From so many days before the opening …
const FIRST_DAY: i64 = -66;
/// … to so many: all of it has arrived when the story begins.
const LAST_DAY: i64 = -16;
const ORDERS_A_DAY: usize = 6;
const FIRST_ORDER: usize = 58_000;

/// Sends both files; they are taken in as soon as the clock goes on.
pub async fn bring(app: &App, retailer: &str, story: &mut Story) -> Result<(), FlowError> {
    let (shipments, events) = written(story);
    for (name, lines) in [("shipments.jsonl", shipments), ("tracking-events.jsonl", events)] {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let sent = Sent { name, bytes: text.as_bytes(), kind: None, mapping: None, source: "desk", by: super::retailer::OWNER };
        let draft = import::send(app, retailer, sent).await?;
        import::start(app, retailer, &draft.id).await?;
    }
    Ok(())
}

/// Shipments and their events, a document each.
fn written(story: &mut Story) -> (Vec<Value>, Vec<Value>) {
    let (mut shipments, mut events) = (Vec::new(), Vec::new());
    let days = (FIRST_DAY..=LAST_DAY).filter(|day| story.date(*day).weekday() != Weekday::Sunday).collect::<Vec<_>>();
    for (n, day) in days.into_iter().flat_map(|day| [day; ORDERS_A_DAY]).enumerate() {
        let sale = Sale { number: format!("TP-{}", FIRST_ORDER + n), buyer: shopper(40 + n), lines: basket(n), day };
        let carrier = [Carrier::RoyalMail, Carrier::Dpd, Carrier::Evri][n % 3];
        let parcel = story.parcel(carrier, sale.buyer.town);
        shipments.push(story.registration(&sale, &parcel, day, day + 2));
        let mut arrives = day + takes(carrier, n);
        if story.date(arrives).weekday() == Weekday::Sunday {
            arrives += 1;
        }
        let minutes = (n * 37 % 240) as i64;
        let scans = [(day, "17:40", "collected_by_carrier"), (arrives, "07:50", "out_for_delivery"), (arrives, "09:30", "delivered")];
        for (on, clock, state) in scans {
            let at = story.at(on, clock, if state == "delivered" { minutes } else { minutes / 12 });
            events.push(json!({
                "tracking_number": parcel.number, "carrier": carrier.id(), "state": state, "occurred_at": at.timestamp().to_string(),
            }));
        }
    }
    (shipments, events)
}

/// Days from the warehouse to the door: DPD nearly always one, Evri now and then three.
fn takes(carrier: Carrier, n: usize) -> i64 {
    let draw = n * 7919 % 100;
    let (one, two) = match carrier {
        Carrier::Dpd => (94, 99),
        Carrier::RoyalMail => (86, 96),
        _ => (70, 92),
    };
    if draw < one {
        1
    } else if draw < two {
        2
    } else {
        3
    }
}
