//! What carriers' feeds say, hour by hour, and which of them have gone quiet.

use super::engine::{DbError, Kind, Many, Read, Row, Write};
use crate::{args, row, sql};

macro_rules! select_feed {
    ($rest:literal) => {
        concat!("SELECT f.carrier, f.last_at, f.next_check_at, f.quiet_since, ", "f.alert_id FROM feed AS f ", $rest)
    };
}

sql! {
    ALL = select_feed!("WHERE f.retailer_id = $1 ORDER BY f.carrier");
    DUE = select_feed!("WHERE f.retailer_id = $1 AND f.next_check_at <= $2 ORDER BY f.carrier");
    HOURS = "SELECT hour, events FROM feed_hour WHERE retailer_id = $1 AND carrier = $2 AND hour >= $3 ORDER BY hour";
    JUDGED = "
        UPDATE feed SET next_check_at = $4, quiet_since = $5, alert_id = $6
        WHERE retailer_id = $1 AND carrier = $2 AND last_at = $3";
    FORGET_HOURS = "DELETE FROM feed_hour WHERE retailer_id = $1 AND hour < $2";
    OUTAGES = "SELECT carrier, from_at, until_at, noticed_at FROM feed_outage WHERE retailer_id = $1 ORDER BY carrier, from_at";
    BEGAN = "
        INSERT INTO feed_outage (retailer_id, carrier, from_at, until_at, noticed_at) VALUES ($1, $2, $3, NULL, $4)
        ON CONFLICT (retailer_id, carrier, from_at) DO UPDATE SET until_at = NULL";
    ENDED = "UPDATE feed_outage SET until_at = $3 WHERE retailer_id = $1 AND carrier = $2 AND until_at IS NULL";
    FORGET_OUTAGES = "DELETE FROM feed_outage WHERE retailer_id = $1 AND until_at < $2";
    /// Whether anybody waits for this carrier.
    ANY_OPEN = "SELECT 1 FROM shipment WHERE retailer_id = $1 AND is_open AND carrier = $2 LIMIT 1";
}

/// A carrier that was quiet is looked at again at once when it speaks.
pub static SPOKE: Many = Many::insert(
    "feeds::SPOKE",
    "feed",
    &[("retailer_id", Kind::Text), ("carrier", Kind::Text), ("last_at", Kind::Int), ("next_check_at", Kind::Int)],
    "ON CONFLICT (retailer_id, carrier) DO UPDATE SET \
     last_at = CASE WHEN excluded.last_at > feed.last_at THEN excluded.last_at ELSE feed.last_at END, \
     next_check_at = CASE WHEN feed.quiet_since IS NULL THEN feed.next_check_at ELSE excluded.last_at END",
);
/// Whether its parcels may still be missing is looked at now; it need never have said anything.
pub static LOOK: Many = Many::insert(
    "feeds::LOOK",
    "feed",
    &[("retailer_id", Kind::Text), ("carrier", Kind::Text), ("last_at", Kind::Int), ("next_check_at", Kind::Int)],
    "ON CONFLICT (retailer_id, carrier) DO UPDATE SET next_check_at = excluded.next_check_at",
);
pub static SAID: Many = Many::insert(
    "feeds::SAID",
    "feed_hour",
    &[("retailer_id", Kind::Text), ("carrier", Kind::Text), ("hour", Kind::Int), ("events", Kind::Int)],
    "ON CONFLICT (retailer_id, carrier, hour) DO UPDATE SET events = feed_hour.events + excluded.events",
);
pub static MANY: &[&Many] = &[&SPOKE, &LOOK, &SAID];

#[derive(Clone, Debug)]
pub struct FeedRow {
    pub carrier: String,
    /// 0: it never said anything.
    pub last_at: i64,
    pub next_check_at: Option<i64>,
    pub quiet_since: Option<i64>,
    pub alert_id: Option<String>,
}

impl FeedRow {
    fn of(r: &Row) -> FeedRow {
        FeedRow { carrier: r.text(0), last_at: r.int(1), next_check_at: r.opt_int(2), quiet_since: r.opt_int(3), alert_id: r.opt_text(4) }
    }
}

/// How much a carrier said in one hour.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    pub retailer: String,
    pub carrier: String,
    /// Its number since 1970.
    pub hour: i64,
    pub events: i64,
    pub last_at: i64,
}

/// Adds what was said; `first_check_ms` after it a new feed is looked at for the first time. In the order of the keys.
pub async fn said(tx: &mut Write, said: &[Said], first_check_ms: i64) -> Result<(), DbError> {
    tx.many(&SAID, said.iter().map(|s| row![&s.retailer, &s.carrier, s.hour, s.events]).collect()).await?;
    let mut feeds: Vec<&Said> = said.iter().collect();
    feeds.sort_by(|a, b| (&a.retailer, &a.carrier, b.last_at).cmp(&(&b.retailer, &b.carrier, a.last_at)));
    feeds.dedup_by(|later, first| (&later.retailer, &later.carrier) == (&first.retailer, &first.carrier));
    let rows = feeds.into_iter().map(|s| row![&s.retailer, &s.carrier, s.last_at, s.last_at + first_check_ms]).collect();
    tx.many(&SPOKE, rows).await.map(|_| ())
}

pub async fn look(tx: &mut Write, retailer: &str, mut carriers: Vec<String>, at: i64) -> Result<(), DbError> {
    carriers.sort();
    carriers.dedup();
    tx.many(&LOOK, carriers.into_iter().map(|carrier| row![retailer, carrier, 0, at]).collect()).await.map(|_| ())
}

pub async fn all(read: &Read<'_>, retailer: &str) -> Result<Vec<FeedRow>, DbError> {
    Ok(read.all(&ALL, args![retailer]).await?.iter().map(FeedRow::of).collect())
}

pub async fn due(tx: &mut Write, retailer: &str, now: i64) -> Result<Vec<FeedRow>, DbError> {
    Ok(tx.all(&DUE, args![retailer, now]).await?.iter().map(FeedRow::of).collect())
}

/// (hour, events) since an hour.
pub async fn hours(tx: &mut Write, retailer: &str, carrier: &str, since: i64) -> Result<Vec<(i64, i64)>, DbError> {
    Ok(tx.all(&HOURS, args![retailer, carrier, since]).await?.iter().map(|r| (r.int(0), r.int(1))).collect())
}

/// Writes a judgement; raced if the feed has spoken meanwhile.
pub async fn judged(tx: &mut Write, retailer: &str, f: &FeedRow) -> Result<(), DbError> {
    let values = args![retailer, &f.carrier, f.last_at, f.next_check_at, f.quiet_since, f.alert_id.clone()];
    if tx.exec(&JUDGED, values).await? > 0 { Ok(()) } else { Err(DbError::Raced) }
}

/// When a carrier's feed was down. `until` is nothing while it still is.
#[derive(Clone, Debug)]
pub struct OutageRow {
    pub carrier: String,
    pub from: i64,
    pub until: Option<i64>,
    pub noticed: i64,
}

pub async fn outages(read: &Read<'_>, retailer: &str) -> Result<Vec<OutageRow>, DbError> {
    let of = |r: &Row| OutageRow { carrier: r.text(0), from: r.int(1), until: r.opt_int(2), noticed: r.int(3) };
    Ok(read.all(&OUTAGES, args![retailer]).await?.iter().map(of).collect())
}

pub async fn outage_began(tx: &mut Write, retailer: &str, carrier: &str, from: i64, noticed: i64) -> Result<(), DbError> {
    tx.exec(&BEGAN, args![retailer, carrier, from, noticed]).await.map(|_| ())
}

/// `false` if none was open.
pub async fn outage_ended(tx: &mut Write, retailer: &str, carrier: &str, until: i64) -> Result<bool, DbError> {
    Ok(tx.exec(&ENDED, args![retailer, carrier, until]).await? > 0)
}

pub async fn forget_outages(tx: &mut Write, retailer: &str, before: i64) -> Result<(), DbError> {
    tx.exec(&FORGET_OUTAGES, args![retailer, before]).await.map(|_| ())
}

pub async fn any_open(tx: &mut Write, retailer: &str, carrier: &str) -> Result<bool, DbError> {
    Ok(tx.one(&ANY_OPEN, args![retailer, carrier]).await?.is_some())
}

pub async fn forget_hours(tx: &mut Write, retailer: &str, before: i64) -> Result<(), DbError> {
    tx.exec(&FORGET_HOURS, args![retailer, before]).await.map(|_| ())
}
