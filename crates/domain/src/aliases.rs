//! What other vendors call our states: the crosswalk. Facts from the vendors' own published vocabularies
//! (`AfterShip`, EasyPost, Shippo, 17TRACK, `ShipEngine`, Shopify, Sorted), most specific code first.

/// A vendor vocabulary of the crosswalk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor {
    AfterShip,
    EasyPost,
    Shippo,
    SeventeenTrack,
    ShipEngine,
    Shopify,
    Sorted,
}
