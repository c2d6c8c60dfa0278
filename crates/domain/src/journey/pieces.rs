//! Several pieces under one number: each has a walk of its own, and the shipment is what they are together.

use std::cmp::Reverse;

use super::sequence::Sequence;
use super::walk::Walk;
use crate::{Milestone, Registration, TrackingEvent};

/// The barcodes to tell apart, in the order in which they were registered, then in the alphabet's. Less than two: one walk for all.
/// A registered piece that no barcode is known of is an empty one.
pub(super) fn barcodes<'a>(registration: &'a Registration, sequence: &Sequence<'a>) -> Vec<&'a str> {
    let all = sequence.dated.iter().map(|told| told.event).chain(sequence.undated.iter().copied());
    let mut told: Vec<&str> = all.filter_map(|event| barcode(event, registration)).collect();
    told.sort_unstable();
    told.dedup();
    let registered = registration.parcels.iter().filter_map(|p| p.barcode.as_deref());
    let mut barcodes: Vec<&str> = Vec::new();
    for code in registered {
        if !barcodes.contains(&code) {
            barcodes.push(code);
        }
    }
    if told.is_empty() {
        // Whatever is said is said of all pieces at once.
        return barcodes;
    }
    if !barcodes.iter().any(|code| told.binary_search(code).is_ok()) {
        // The retailer's own codes, not the carrier's: they would never move.
        barcodes.clear();
    }
    told.retain(|code| !barcodes.contains(code));
    barcodes.extend(told);
    while barcodes.len() < registration.parcels.len() {
        barcodes.push("");
    }
    barcodes
}

/// An event without a barcode is about every piece.
pub(super) fn concerns(event: &TrackingEvent, registration: &Registration, piece: &str) -> bool {
    barcode(event, registration).is_none_or(|b| b == piece)
}

/// Carriers with one piece often repeat the tracking number as its barcode; but a piece may also be told of under its own.
fn barcode<'a>(event: &'a TrackingEvent, registration: &Registration) -> Option<&'a str> {
    let is_piece = |code: &str| {
        registration.tracking_number.as_deref() != Some(code) && registration.parcels.iter().any(|p| p.barcode.as_deref() == Some(code))
    };
    event.parcel.as_deref().filter(|p| !p.is_empty() && (*p != event.tracking_number || is_piece(p)))
}

/// All delivered is delivered, by the last of them; some delivered is partially delivered; else what is out for delivery, or the
/// piece that is furthest behind, speaks for all.
pub(super) fn together(walks: Vec<Walk>) -> Walk {
    let pieces = walks.len();
    let delivered = walks.iter().filter(|w| w.state.is_delivered()).count();
    let first_attempt_at = walks.iter().filter_map(|w| w.first_attempt_at).min();
    let had = walks.iter().map(|w| w.had_at).collect::<Option<Vec<_>>>();
    let speaks = if delivered > 0 {
        walks.into_iter().filter(|w| w.state.is_delivered()).max_by_key(|w| (w.state_since(), w.state.rank()))
    } else {
        let out = |w: &Walk| w.state.milestone() == Some(Milestone::OutForDelivery);
        // A piece of which nothing was heard says nothing.
        walks.into_iter().min_by_key(|w| (!out(w), w.state_since().is_none(), w.state.rank(), Reverse(w.state_since())))
    };
    let mut walk = speaks.expect("a shipment told apart has at least two pieces");
    if 0 < delivered && delivered < pieces {
        walk.become_partial();
    }
    walk.first_attempt_at = first_attempt_at;
    walk.had_at = had.and_then(|all| all.into_iter().max());
    walk
}
