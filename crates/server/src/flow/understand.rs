//! From a payload's bytes to tracking events: by the adapter whose dialect it is, or by a mapping of the retailer's own.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use jiff::Timestamp;
use whereabouts_adapters::{
    carrier::{self, Carrier, Payload, Unreadable},
    mapping,
    parse::{self, Parsed},
};
use whereabouts_domain::TrackingEvent;

use super::FlowError;
use crate::{
    app::App,
    context::{Context, LiveMapping},
    db::inbox::InboxRow,
};

/// What a payload turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Events,
    /// Understood, and nothing in it to keep.
    Empty,
    /// The carrier answered that it knows nothing, or could not say.
    Error,
    /// Nobody could read it: it goes to the quarantine.
    Unread,
}

impl Outcome {
    pub fn id(self) -> &'static str {
        match self {
            Outcome::Events => "events",
            Outcome::Empty => "empty",
            Outcome::Error => "error",
            Outcome::Unread => "unread",
        }
    }
}

/// By what a dialect was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldBy {
    Url,
    /// Headers or shape; which of the two is looked at only for what is shown.
    Sniffed,
    Mapping,
    Nothing,
}

#[derive(Clone, Debug)]
pub struct Understood {
    pub events: Vec<TrackingEvent>,
    /// How many events there are, and about how many numbers: the events themselves go on to their shipments.
    pub counts: (i64, i64),
    /// The adapter's id, or what the URL named.
    pub dialect: Option<String>,
    /// The mapping that read it.
    pub mapping: Option<String>,
    pub told_by: ToldBy,
    pub outcome: Outcome,
    /// Why it could not be read, or what the carrier complained of.
    pub detail: String,
}

/// From so many payloads on it pays to read on all processors.
const READ_TOGETHER_MIN: usize = 64;
const READERS_MAX: usize = 4;

type Contexts = HashMap<String, Arc<Context>>;

/// Lets adapters and mappings read, one answer for each payload.
pub async fn read_all(app: &App, rows: &[InboxRow]) -> Result<Vec<Understood>, FlowError> {
    let mut contexts = Contexts::new();
    for retailer in rows.iter().map(|r| &r.retailer).collect::<HashSet<_>>() {
        contexts.extend(app.contexts.get(app, retailer).await?.map(|ctx| (retailer.clone(), ctx)));
    }
    let readers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(READERS_MAX);
    let share = if rows.len() < READ_TOGETHER_MIN { rows.len().max(1) } else { rows.len().div_ceil(readers) };
    let mut reads = Vec::with_capacity(rows.len());
    std::thread::scope(|scope| {
        let (mine, others) = rows.split_at(share.min(rows.len()));
        let contexts = &contexts;
        let read = |row: &InboxRow| read_one(row, contexts.get(&row.retailer).map_or(&[], |ctx| &ctx.mappings));
        let helpers: Vec<_> = others.chunks(share).map(|chunk| scope.spawn(move || chunk.iter().map(read).collect::<Vec<_>>())).collect();
        reads.extend(mine.iter().map(read));
        for helper in helpers {
            reads.extend(helper.join().expect("a panic of an adapter is caught where it happens"));
        }
    });
    Ok(reads)
}

enum Reader<'a> {
    Adapter(&'static dyn Carrier),
    Mapping(&'a LiveMapping),
}

/// Beside the headers of an answer to us: the one number that was asked for, which the answer may not repeat. No header has such a name.
pub const ASKED_NUMBER: &str = ":number";

/// A panic in an adapter would be a fault of ours: it is caught, and the payload is kept.
pub fn read_one(row: &InboxRow, mappings: &[LiveMapping]) -> Understood {
    let headers: Vec<(String, String)> = serde_json::from_str(&row.headers).unwrap_or_default();
    let number = headers.iter().find(|(name, _)| name == ASKED_NUMBER).map(|(_, value)| value.as_str());
    let payload =
        Payload { headers: &headers, number, received_at: Timestamp::from_millisecond(row.received_at).ok(), ..Payload::of(&row.body) };
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read(row.dialect.as_deref(), &payload, mappings)));
    let mut understood = caught.unwrap_or_else(|_| Understood {
        detail: "reading it failed in a way that must not happen; please report this payload".into(),
        ..unread(row.dialect.as_deref())
    });
    if understood.outcome == Outcome::Error {
        let dialect = understood.dialect.as_deref().unwrap_or_default();
        tracing::info!(carrier.id = dialect, retailer.id = row.retailer, "the carrier answered with an error: {}", understood.detail);
    }
    leave_out_unnumbered(&mut understood);
    let numbers: HashSet<&str> = understood.events.iter().map(|e| e.tracking_number.as_str()).collect();
    understood.counts = (understood.events.len() as i64, numbers.len() as i64);
    understood
}

/// An event that names no parcel belongs to nobody: it is told of, and if there is nothing else the payload is kept for a person to look at.
fn leave_out_unnumbered(understood: &mut Understood) {
    let before = understood.events.len();
    understood.events.retain(|e| !e.tracking_number.is_empty());
    let left_out = before - understood.events.len();
    if left_out == 0 {
        return;
    }
    let words = format!("{left_out} of {before} events name no tracking number");
    understood.detail = if understood.detail.is_empty() { words } else { format!("{}; {words}", understood.detail) };
    if understood.events.is_empty() {
        understood.outcome = Outcome::Unread;
    }
}

fn unread(dialect: Option<&str>) -> Understood {
    Understood {
        events: Vec::new(),
        counts: (0, 0),
        dialect: dialect.map(str::to_string),
        mapping: None,
        told_by: if dialect.is_some() { ToldBy::Url } else { ToldBy::Nothing },
        outcome: Outcome::Unread,
        detail: "no dialect that we know has this shape".into(),
    }
}

fn read(named: Option<&str>, payload: &Payload, mappings: &[LiveMapping]) -> Understood {
    let adapter = match named {
        Some(id) => carrier::by_id(id).map(|c| (c, ToldBy::Url)),
        None => parse::dialect(payload).map(|c| (c, ToldBy::Sniffed)),
    };
    let reader = match adapter {
        Some((adapter, told_by)) => Some((Reader::Adapter(adapter), told_by)),
        None => mapping_for(named, payload, mappings).map(|(m, told_by)| (Reader::Mapping(m), told_by)),
    };
    let Some((reader, told_by)) = reader else {
        let mut unread = unread(named);
        if let Some(id) = named {
            unread.detail = format!("`{id}` is not a carrier that we know");
        }
        return unread;
    };
    let (dialect, mapping, parsed) = match reader {
        Reader::Adapter(adapter) => (adapter.card().id.to_string(), None, parse::parse(adapter, payload)),
        Reader::Mapping(m) => (m.mapping.carrier.clone(), Some(m.id.clone()), mapping::read(&m.mapping, payload)),
    };
    let (events, outcome, detail) = match parsed {
        Ok(parsed) if parsed.events.is_empty() && parsed.estimates.is_empty() => (Vec::new(), Outcome::Empty, String::new()),
        Ok(parsed) => {
            let faults = faults_in_words(&parsed);
            (parsed.into_events(), Outcome::Events, faults)
        }
        Err(Unreadable::ErrorReply(why)) => (Vec::new(), Outcome::Error, why),
        Err(Unreadable::NotUnderstood(why)) => (Vec::new(), Outcome::Unread, why),
    };
    Understood { events, counts: (0, 0), dialect: Some(dialect), mapping, told_by, outcome, detail }
}

/// The mapping of the carrier that the URL names, if it names one; else the one whose shape the payload has.
fn mapping_for<'m>(named: Option<&str>, payload: &Payload, mappings: &'m [LiveMapping]) -> Option<(&'m LiveMapping, ToldBy)> {
    let mut of_carrier = mappings.iter().filter(|m| named == Some(m.mapping.carrier.as_str()));
    if let (Some(only), None) = (of_carrier.next(), of_carrier.next()) {
        return Some((only, ToldBy::Url));
    }
    mapping::recognise(mappings.iter().map(|m| (m, &m.mapping, &m.shape)), payload).map(|m| (m, ToldBy::Mapping))
}

const FAULTS_TOLD: usize = 3;

fn faults_in_words(parsed: &Parsed) -> String {
    let told = |(number, why): &(Option<String>, String)| format!("{}: {why}", number.as_deref().unwrap_or("a part"));
    let more = parsed.faults.len().saturating_sub(FAULTS_TOLD);
    let words = parsed.faults.iter().take(FAULTS_TOLD).map(told).collect::<Vec<_>>().join("; ");
    if more == 0 { words } else { format!("{words}; and {more} more") }
}

#[cfg(test)]
mod tests {
    use whereabouts_domain::State;

    use super::*;

    #[test]
    fn events_that_name_no_parcel_are_told_of_and_alone_they_keep_the_payload() {
        let event = |number: &str| TrackingEvent::new(number, "evri", State::InTransit);
        let read = |numbers: &[&str]| {
            let events = numbers.iter().map(|n| event(n)).collect();
            let mut read = Understood { events, outcome: Outcome::Events, detail: String::new(), ..unread(Some("evri")) };
            leave_out_unnumbered(&mut read);
            (read.events.len(), read.outcome, read.detail)
        };
        assert_eq!(read(&["H1", "H2"]), (2, Outcome::Events, String::new()));
        assert_eq!(read(&["H1", ""]), (1, Outcome::Events, "1 of 2 events name no tracking number".into()));
        assert_eq!(read(&["", ""]), (0, Outcome::Unread, "2 of 2 events name no tracking number".into()));
    }
}
