//! The demo, played as `whereabouts demo` plays it, with the clock moved on faster than even a demo's.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use jiff::{Timestamp, civil::date};
use whereabouts_server::{
    app::{App, Config},
    clock::Clock,
    db::{
        self, Db,
        alerts::{AlertFilter, AlertRow},
        notifications::NotificationRow,
        shipments::ShipmentRow,
    },
    demo::{self, Kept},
    flow,
};

const HOUR: i64 = 3_600_000;

struct Demo {
    app: Arc<App>,
    kept: Kept,
    folder: tempfile::TempDir,
}

async fn start(folder: &Path) -> Arc<App> {
    let config = Config { public_url: "http://demo.test".into(), sandbox: true, allow_loopback: true, ..Config::plain() };
    let db = Db::open_unhurried(&folder.join("demo.db")).unwrap();
    App::start(db, Some(Clock::fast(1.0)), config).await.unwrap()
}

async fn opened() -> Demo {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path()).await;
    let kept = demo::seed(&app, date(2026, 11, 17)).await.unwrap();
    Demo { app, kept, folder }
}

impl Demo {
    /// Plays on to a moment of the story, as the clock would.
    async fn play_to(&mut self, at: &str) {
        let until = at.parse::<Timestamp>().unwrap().as_millisecond();
        demo::play_to(&self.app, &mut self.kept, until).await.unwrap();
    }

    async fn shipments(&self) -> Vec<ShipmentRow> {
        let filter = db::shipments::Filter::of(&self.kept.retailer);
        db::shipments::list(&self.app.db.read().await.unwrap(), &filter, None, 1_000).await.unwrap()
    }

    async fn alerts(&self, kind: &str) -> Vec<AlertRow> {
        let filter = AlertFilter { kind: Some(kind.into()), open_only: true, ..AlertFilter::default() };
        db::alerts::list(&self.app.db.read().await.unwrap(), &self.kept.retailer, &filter, 1_000).await.unwrap()
    }

    async fn messages(&self, kind: &str) -> Vec<NotificationRow> {
        let all = db::notifications::outbox(&self.app.db.read().await.unwrap(), &self.kept.retailer).await.unwrap();
        all.into_iter().filter(|n| n.kind == kind).collect()
    }

    async fn of_the_trailer(&self) -> Vec<ShipmentRow> {
        self.shipments().await.into_iter().filter(|s| s.registration.tags.iter().any(|t| t == "trailer 7")).collect()
    }

    /// How many events the printed page tells.
    async fn told(&self) -> usize {
        let read = self.app.db.read().await.unwrap();
        let [order, _] = demo::told_orders();
        let order = db::orders::by_number(&read, &self.kept.retailer, &order).await.unwrap().remove(0);
        let shipments = db::shipments::of_order(&read, &self.kept.retailer, &order.id).await.unwrap();
        shipments.iter().map(|s| s.journey.events as usize).sum()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_opens_with_every_situation_that_is_worth_showing() {
    let demo = opened().await;
    let shipments = demo.shipments().await;
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    for s in &shipments {
        *states.entry(s.journey.state.id()).or_default() += 1;
    }
    for state in [
        "delivered",
        "delivered_to_neighbour",
        "delivered_to_safe_location",
        "ready_for_collection",
        "delivery_rescheduled",
        "held_at_customs",
        "lost",
        "damaged",
        "misrouted",
        "returning_to_sender",
        "failed_to_collect",
    ] {
        assert!(states.contains_key(state), "nothing is {state}: {states:?}");
    }
    for tag in
        ["split order", "three boxes", "two orders in one bag", "gift", "locker", "click and collect", "back-order", "exchange", "return"]
    {
        assert!(shipments.iter().any(|s| s.registration.tags.iter().any(|t| t == tag)), "nothing is tagged {tag}");
    }
    for kind in ["late", "may_be_missing", "disputed", "not_despatched", "lost", "customs", "address"] {
        assert!(!demo.alerts(kind).await.is_empty(), "no alert of kind {kind}");
    }
    assert!(demo.of_the_trailer().await.iter().all(|s| !s.facts.may_be_missing()), "nobody knows of the trailer yet");
    let read = demo.app.db.read().await.unwrap();
    assert_eq!(db::inbox::quarantine_count(&read, &demo.kept.retailer).await.unwrap(), 1);
    assert_eq!(db::events::unmatched_count(&read, &demo.kept.retailer).await.unwrap(), 1);
    let files = db::imports::list(&read, &demo.kept.retailer, None, 10).await.unwrap();
    assert_eq!(files.iter().map(|f| (f.state.as_str(), f.refused)).collect::<Vec<_>>(), [("done", 0), ("done", 0)]);
    let foretold = shipments.iter().filter(|s| s.facts.expected.is_some()).count();
    assert!(foretold > 20, "{foretold} of those under way are told a day");
    let (_, cards) = flow::grade::scorecards(&read, &demo.kept.retailer).await.unwrap().expect("days told were graded");
    let graded = cards.data.iter().map(|c| c.hand_over.parcels).max().unwrap_or(0);
    assert!(graded >= 20, "{graded} are graded");
    let caller = db::search::find(&read, &demo.kept.retailer, "whitcombe", 10).await.unwrap();
    assert_eq!(caller.len(), 1, "she is found by her name");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_knows_of_the_trailer_before_the_shoppers_and_they_are_told_once() {
    let mut demo = opened().await;
    demo.play_to("2026-11-17T06:30:00Z").await;
    let trailer = demo.of_the_trailer().await;
    assert_eq!(trailer.iter().filter(|s| s.facts.may_be_missing()).count(), 40);
    let ids: Vec<&str> = trailer.iter().map(|s| s.id.as_str()).collect();
    let of_trailer = |n: &&NotificationRow| ids.contains(&n.shipment_id.as_str());
    assert_eq!(demo.alerts("may_be_missing").await.iter().filter(|a| ids.contains(&a.shipment_id.as_str())).count(), 40);
    assert_eq!(demo.messages("may_be_missing").await.iter().filter(of_trailer).count(), 0);
    demo.play_to("2026-11-17T12:00:00Z").await;
    assert_eq!(demo.messages("may_be_missing").await.iter().filter(of_trailer).count(), 40);
    demo.play_to("2026-11-17T15:00:00Z").await;
    assert_eq!(demo.messages("found_again").await.iter().filter(of_trailer).count(), 40);
    assert_eq!(demo.messages("shipped").await.iter().filter(of_trailer).count(), 0);
    assert_eq!(demo.alerts("may_be_missing").await.iter().filter(|a| ids.contains(&a.shipment_id.as_str())).count(), 0);
    demo.play_to("2026-11-18T20:00:00Z").await;
    assert!(demo.of_the_trailer().await.iter().all(|s| s.journey.state.is_delivered()));
    assert_eq!(demo.messages("may_be_missing").await.iter().filter(of_trailer).count(), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_printed_page_moves_at_least_every_half_minute_for_an_hour() {
    let mut demo = opened().await;
    let step = (30.0 * demo::SPEED * 1000.0) as i64;
    let mut before = demo.told().await;
    for _ in 0..120 {
        let until = demo.kept.now + step;
        demo::play_to(&demo.app, &mut demo.kept, until).await.unwrap();
        let after = demo.told().await;
        assert!(after > before, "no event in half a minute before {}", Timestamp::from_millisecond(until).unwrap());
        before = after;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demo_that_was_stopped_goes_on_and_nothing_is_there_twice() {
    let mut demo = opened().await;
    demo.play_to("2026-11-17T09:00:00Z").await;
    let (shipments, told) = (demo.shipments().await.len(), demo.told().await);
    demo.app.stop(Duration::from_secs(5)).await;
    let app = start(demo.folder.path()).await;
    app.clock.stand(Some(demo.kept.now));
    // What was played last is played again, as after a kill.
    let kept = Kept { played_until: demo.kept.played_until - 2 * HOUR, ..demo.kept.clone() };
    let mut again = Demo { app, kept, folder: demo.folder };
    let now = again.kept.now;
    demo::play_to(&again.app, &mut again.kept, now).await.unwrap();
    assert_eq!((again.shipments().await.len(), again.told().await), (shipments, told));
    again.play_to("2026-11-17T17:00:00Z").await;
    assert!(again.told().await > told);
    assert!(again.shipments().await.len() > shipments);
    flow::due::drain(&again.app).await.unwrap();
}
