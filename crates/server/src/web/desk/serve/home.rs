//! The desk's first screen.

use whereabouts_domain::Attention;

use super::{Answer, Desk, plural, search::yesterday};
use crate::{
    db::{self, alerts::QueueSize},
    web::desk::{
        Empty, QUEUE_DISPUTED, QUEUE_LATE, QUEUE_MAY_BE_MISSING, QUEUE_MINE, QUEUE_NOT_DESPATCHED, QUEUE_OTHER, QUEUE_SNOOZED, Step,
        frame::grouped,
        home::{HomeView, Light, News, QueueFace},
    },
};

/// Counting ends here; beyond it the exact number helps nobody.
const COUNTED_MAX: i64 = 10_000;

/// `GET /desk`
pub async fn get(desk: Desk) -> Answer {
    let (retailer, now) = (desk.retailer(), desk.now.as_millisecond());
    let read = desk.app.db.read().await?;
    let act = db::shipments::count_light(&read, retailer, Attention::Act).await?;
    let watch = db::shipments::count_light(&read, retailer, Attention::Watch).await?;
    let fine = db::shipments::count_light(&read, retailer, Attention::None).await?;
    let sizes = db::alerts::queue_sizes(&read, retailer, &desk.staff.email, now).await?;
    let opened = db::alerts::opened_since(&read, retailer, yesterday(desk.now)).await?;
    let quarantined = db::inbox::quarantine_count(&read, retailer).await?;
    let is_fresh = db::shipments::last_update(&read, retailer).await?.is_none();
    drop(read);
    let frame = desk.frame("Home", "home").await?;
    let name = desk.staff.name.split_whitespace().next().unwrap_or_default();
    let view = HomeView {
        frame,
        greeting: format!("{}, {name}", greeting(&desk)),
        answer: answer(&sizes, act),
        lights: vec![
            light(Attention::Act, act, "bad", "act", "Act", "Late, perhaps missing, or asking for a person"),
            light(Attention::Watch, watch, "warn", "watch", "Watch", "Could go wrong; nothing to do yet"),
            light(Attention::None, fine, "good", "check", "Fine", "On their way as promised"),
        ],
        queues: queues(&desk, &sizes),
        news: news(&opened, quarantined),
        empty: None,
    };
    if !is_fresh {
        return desk.show(&view);
    }
    let empty = Empty {
        icon: "box",
        title: "No shipment is registered yet".into(),
        why: "The desk fills itself as soon as orders and shipments arrive by the API, a file or a shop connector.".into(),
        next: Some(Step::new("/api/docs", "Register the first shipment")),
    };
    desk.show(&HomeView { answer: "Nothing is tracked yet.".into(), empty: Some(empty), ..view })
}

fn greeting(desk: &Desk) -> &'static str {
    match desk.now.to_zoned(desk.zone.clone()).hour() {
        5..=11 => "Good morning",
        12..=17 => "Good afternoon",
        _ => "Good evening",
    }
}

fn awake<'a>(sizes: &'a [QueueSize], fits: impl Fn(&str) -> bool + 'a) -> impl Iterator<Item = &'a QueueSize> {
    sizes.iter().filter(move |s| !s.sleeping && fits(&s.kind))
}

/// The state of things in one sentence.
fn answer(sizes: &[QueueSize], act: i64) -> String {
    let waiting: i64 = awake(sizes, |_| true).map(|s| s.count).sum();
    let unclaimed: i64 = awake(sizes, |_| true).map(|s| s.count - s.claimed).sum();
    let words = |n: i64, one: &str, many: &str| plural(u64::try_from(n).unwrap_or(0), one, many);
    match (waiting, unclaimed) {
        (0, _) if act == 0 => "Nobody waits for you.".into(),
        (0, _) => format!("No alert waits; {} need a look.", words(act, "shipment", "shipments")),
        (n, 0) => format!("{}, all of them claimed.", if n == 1 { "1 alert is open".into() } else { words(n, "", "alerts are open") }),
        (1, _) => "1 alert waits for a person.".into(),
        (n, all) if n == all => format!("{} wait for a person.", words(n, "alert", "alerts")),
        (n, some) => format!("{} are open, {} of them unclaimed.", words(n, "alert", "alerts"), grouped(u64::try_from(some).unwrap_or(0))),
    }
}

fn light(attention: Attention, count: i64, tone: &'static str, icon: &'static str, label: &'static str, meaning: &'static str) -> Light {
    let count = if count > COUNTED_MAX { "10,000+".into() } else { grouped(u64::try_from(count).unwrap_or(0)) };
    Light { href: format!("/desk/shipments?attention={}", attention.id()), tone, icon, label, count, trend: String::new(), meaning }
}

fn queues(desk: &Desk, sizes: &[QueueSize]) -> Vec<QueueFace> {
    let own = [
        (QUEUE_LATE, "clock", "Late", "The promise has passed and the shopper doesn't have it"),
        (QUEUE_MAY_BE_MISSING, "missing", "May be missing", "No scan for longer than a parcel should be silent"),
        (QUEUE_NOT_DESPATCHED, "box", "Not despatched", "Should have left by now, and no hand-over is known"),
        (QUEUE_DISPUTED, "act", "Disputed", "The shopper says otherwise than the carrier"),
    ];
    let is_own = move |kind: &str| own.iter().any(|o| o.0 == kind);
    let mut faces: Vec<QueueFace> = Vec::new();
    for (id, icon, label, meaning) in own {
        let of: Vec<&QueueSize> = awake(sizes, move |kind| kind == id).collect();
        if !of.is_empty() || matches!(id, QUEUE_LATE | QUEUE_MAY_BE_MISSING) {
            faces.push(face(desk, id, icon, label, meaning, &of, None));
        }
    }
    let other: Vec<&QueueSize> = awake(sizes, move |kind| !is_own(kind)).collect();
    if !other.is_empty() {
        faces.push(face(desk, QUEUE_OTHER, "list", "By your rules", "What your own rules put here", &other, None));
    }
    let mine: i64 = awake(sizes, |_| true).map(|s| s.mine).sum();
    faces.push(face(desk, QUEUE_MINE, "person", "Mine", "Claimed by you and not resolved", &[], Some(mine)));
    let sleeping: i64 = sizes.iter().filter(|s| s.sleeping).map(|s| s.count).sum();
    faces.push(face(desk, QUEUE_SNOOZED, "moon", "Snoozed", "Come back by themselves", &[], Some(sleeping)));
    faces
}

fn face(desk: &Desk, id: &str, icon: &'static str, label: &str, meaning: &str, of: &[&QueueSize], count: Option<i64>) -> QueueFace {
    let all = count.unwrap_or_else(|| of.iter().map(|s| s.count).sum());
    let unclaimed: i64 = of.iter().map(|s| s.count - s.claimed).sum();
    QueueFace {
        href: format!("/desk/queues/{id}"),
        icon,
        label: label.into(),
        count: grouped(u64::try_from(all).unwrap_or(0)),
        unclaimed: if unclaimed > 0 { format!("{} unclaimed", grouped(u64::try_from(unclaimed).unwrap_or(0))) } else { String::new() },
        oldest: of.iter().map(|s| s.oldest_at).min().map(|at| desk.when_ms(at)),
        meaning: meaning.into(),
    }
}

/// What came into the queues within a day, and what left by itself.
fn news(opened: &[(String, Option<String>, i64)], quarantined: i64) -> Vec<News> {
    let of = |kind: &str| opened.iter().filter(|o| o.0 == kind).map(|o| o.2).sum::<i64>();
    let ended = |kind: &str, how: &[&str]| {
        opened.iter().filter(|o| o.0 == kind && o.1.as_deref().is_some_and(|r| how.contains(&r))).map(|o| o.2).sum::<i64>()
    };
    let line = |href: &str, icon, tone, count: i64, words: &str| News {
        href: href.into(),
        icon,
        tone,
        count: grouped(u64::try_from(count).unwrap_or(0)),
        words: words.into(),
    };
    let lines = [
        (of("may_be_missing"), "/desk/queues/may_be_missing", "missing", "bad", "may be missing"),
        (of("late"), "/desk/queues/late", "clock", "bad", "became late"),
        (of("not_despatched"), "/desk/queues/not_despatched", "box", "bad", "should have left and did not"),
        (of("disputed"), "/desk/queues/disputed", "act", "warn", "disputed by the shopper"),
        (ended("may_be_missing", &["found_again"]), "/desk/queues/may_be_missing", "undo", "good", "found again"),
        (ended("late", &["arrived"]), "/desk/queues/late", "check", "good", "of the late ones arrived"),
        (quarantined, "/desk/quarantine", "shield", "warn", "not readable"),
    ];
    let mut news: Vec<News> =
        lines.into_iter().filter(|l| l.0 > 0).map(|(count, href, icon, tone, words)| line(href, icon, tone, count, words)).collect();
    if news.is_empty() {
        news.push(line("/desk/shipments?attention=watch", "check", "good", 0, "new alerts since yesterday"));
    }
    news
}
