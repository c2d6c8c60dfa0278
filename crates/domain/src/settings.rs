//! Every default of the product as a setting: typed, with both presets, laid over one another from wide to narrow.

/// The settings that hold for one shipment, after laying retailer, brand, carrier, service, lane and type over the preset.
#[derive(Clone, Debug, Default)]
pub struct Settings {}
