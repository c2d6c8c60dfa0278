//! What is said in each situation, read as a shopper reads it.

use super::{samples, track::TrackView};

fn said(name: &str) -> String {
    let (_, view) = samples::samples().into_iter().find(|(n, _)| *n == name).unwrap();
    printed(&view)
}

fn printed(view: &TrackView) -> String {
    [Some(&view.headline), view.detail.as_ref(), view.next.as_ref()].into_iter().flatten().cloned().collect::<Vec<_>>().join(" / ")
}

#[test]
fn print_all() {
    for (name, view) in samples::samples() {
        println!("{name:16} {}", printed(&view));
    }
    let _ = said("packing");
}
