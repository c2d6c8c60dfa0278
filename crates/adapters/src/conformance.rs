//! What a payload says, printed as a person reads it, and held against what was expected: the format of our own recordings and of
//! `whereabouts conformance`. One line an event, oldest first; then one line an estimate and one a part at fault; or the refusal.
//!
//! ```text
//! AB012345678GB royalmail | 2026-10-20T11:04:00+01:00 second zone | delivered | EVKSP | Delivered @ Leeds City DO signed by A EXAMPLE
//! AB012345678GB is expected 2026-10-20
//! CD987654321GB fails: E1142 Barcode reference isn't recognised
//! ```

use std::fmt::Write as _;

use whereabouts_domain::{Source, TrackingEvent, Window};

use crate::{
    carrier::{Carrier, Payload, Unreadable},
    parse::{self, Parsed},
};

/// What reading a payload came to. Never empty: no event is said in words.
pub fn printed(outcome: &Result<Parsed, Unreadable>) -> String {
    let parsed = match outcome {
        Err(why) => return format!("{why}\n"),
        Ok(parsed) => parsed,
    };
    let mut out = timeline(&parsed.events);
    for (number, window) in &parsed.estimates {
        let _ = writeln!(out, "{number} is expected {}", span(window));
    }
    for (number, why) in &parsed.faults {
        let _ = writeln!(out, "{} fails: {why}", number.as_deref().unwrap_or("a part"));
    }
    if out.is_empty() { "no events\n".into() } else { out }
}

/// One line an event.
pub fn timeline(events: &[TrackingEvent]) -> String {
    events.iter().map(line).collect()
}

/// One event. What was not told is left out, but for the clock and the code, which stand as `no date` and `-`.
pub fn line(e: &TrackingEvent) -> String {
    let clock = e.moment.map_or("no date".into(), |m| {
        let (precision, basis) = (format!("{:?}", m.precision), format!("{:?}", m.basis));
        format!("{} {} {}", m.rfc3339(), precision.to_lowercase(), basis.to_lowercase())
    });
    let reason = e.reason.map(|r| format!(" ({})", r.id())).unwrap_or_default();
    let code = e.carrier_code.as_deref().unwrap_or("-");
    let mut out = format!("{} {} | {clock} | {}{reason} | {code} | {}", e.tracking_number, e.carrier, e.state.id(), e.description);
    let point = e.pickup_point.as_ref();
    for (mark, text) in [
        (" @ ", e.location.text.clone()),
        (" signed by ", e.signed_by.as_ref().map(|s| s.reveal().clone())),
        (" at ", point.and_then(|p| p.name.clone())),
        (" until ", point.and_then(|p| p.collect_by.clone())),
        (" piece ", e.parcel.clone()),
        (" due ", e.estimated_delivery.as_ref().map(span)),
        (" with ", (!e.proof.is_empty()).then(|| e.proof.iter().map(|p| p.kind.as_str()).collect::<Vec<_>>().join("+"))),
    ] {
        out += &text.map(|t| format!("{mark}{t}")).unwrap_or_default();
    }
    // A recording is one line an event, whatever line ends a carrier writes into its texts.
    out = out.lines().map(str::trim_end).collect::<Vec<_>>().join(" ");
    out + if e.source == Source::Summary { " [summary]\n" } else { "\n" }
}

fn span(window: &Window) -> String {
    [window.start.as_deref(), window.end.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" to ")
}

/// Reads a payload and prints what came of it.
pub fn told(carrier: &dyn Carrier, payload: &Payload) -> String {
    printed(&parse::parse(carrier, payload))
}

/// Where a reading and an expectation part: the lines that were expected and not told (`-`) and the other way round (`+`), in order.
/// Empty when they agree; blank lines and spaces at the ends of lines do not count.
pub fn differences(expected: &str, told: &str) -> Vec<String> {
    let lines = |text: &str| -> Vec<String> { text.lines().map(|l| l.trim().to_string()).filter(|l| !l.is_empty()).collect() };
    let (expected, told) = (lines(expected), lines(told));
    let same_start = expected.iter().zip(&told).take_while(|(a, b)| a == b).count();
    let (expected, told) = (&expected[same_start..], &told[same_start..]);
    let same_end = expected.iter().rev().zip(told.iter().rev()).take_while(|(a, b)| a == b).count();
    let gone = expected[..expected.len() - same_end].iter().map(|l| format!("- {l}"));
    gone.chain(told[..told.len() - same_end].iter().map(|l| format!("+ {l}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lines_that_part_are_shown() {
        assert_eq!(differences("a\nb\nc\n", "a\n\nx\nc"), ["- b", "+ x"]);
        assert_eq!(differences("a\nb\n", "a  \nb"), Vec::<String>::new());
        assert_eq!(differences("a\n", "a\nb\n"), ["+ b"]);
        assert_eq!(differences("a\na\n", "a\n"), ["- a"]);
    }
}
