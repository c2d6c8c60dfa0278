//! A shipment as the retailer registers it: the words of CONTRACT §2, parsed once into types that cannot be wrong.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Private;

/// The kind of journey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShipmentType {
    #[default]
    Delivery,
    Return,
    Exchange,
    PickUp,
    DropOff,
    DropOffPickUp,
    ReturnDropOff,
}

impl ShipmentType {
    pub const ALL: [ShipmentType; 7] = [
        ShipmentType::Delivery,
        ShipmentType::Return,
        ShipmentType::Exchange,
        ShipmentType::PickUp,
        ShipmentType::DropOff,
        ShipmentType::DropOffPickUp,
        ShipmentType::ReturnDropOff,
    ];
    pub fn id(self) -> &'static str {
        match self {
            ShipmentType::Delivery => "delivery",
            ShipmentType::Return => "return",
            ShipmentType::Exchange => "exchange",
            ShipmentType::PickUp => "pick_up",
            ShipmentType::DropOff => "drop_off",
            ShipmentType::DropOffPickUp => "drop_off_pick_up",
            ShipmentType::ReturnDropOff => "return_drop_off",
        }
    }
    pub fn parse(id: &str) -> Option<ShipmentType> {
        ShipmentType::ALL.into_iter().find(|t| t.id() == id)
    }
    pub fn is_return(self) -> bool {
        matches!(self, ShipmentType::Return | ShipmentType::ReturnDropOff | ShipmentType::Exchange)
    }
}

/// What stands at the address. It decides what "delivered" means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DestinationKind {
    #[default]
    Home,
    Work,
    Shop,
    Locker,
    Store,
    PostOffice,
    Depot,
}

impl DestinationKind {
    pub fn id(self) -> &'static str {
        match self {
            DestinationKind::Home => "home",
            DestinationKind::Work => "work",
            DestinationKind::Shop => "shop",
            DestinationKind::Locker => "locker",
            DestinationKind::Store => "store",
            DestinationKind::PostOffice => "post_office",
            DestinationKind::Depot => "depot",
        }
    }
    /// The shopper comes to fetch it: "delivered" there means ready to collect.
    pub fn is_collected(self) -> bool {
        !matches!(self, DestinationKind::Home | DestinationKind::Work)
    }
}

/// An address. `country` is ISO 3166-1 alpha-2 in capitals.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<DestinationKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line1: Option<Private<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<Private<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// How exact a promise is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromiseKind {
    By,
    OnDay,
    Window,
    Timed,
}

/// What the shopper was told. `start` and `end` are a day `YYYY-MM-DD` (ends at 24:00 in the recipient's zone) or an RFC 3339 time.
/// Without `kind` it is a window if it has a start, else by.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<PromiseKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl Promise {
    pub fn kind(&self) -> PromiseKind {
        self.kind.unwrap_or(if self.start.is_some() { PromiseKind::Window } else { PromiseKind::By })
    }
}

/// A buyer or a recipient.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<Private<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<Private<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Private<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Private<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// Who may be told on which channels. `role` is `buyer` or `recipient`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    pub role: String,
    /// All of them where none are named; an empty list is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParcelItem {
    pub sku: String,
    #[serde(default = "one")]
    pub quantity: i64,
}

fn one() -> i64 {
    1
}

/// A piece of a shipment with its own barcode.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parcel {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ParcelItem>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default = "one")]
    pub quantity: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// `{"amount":"12.50","currency":"GBP"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    pub amount: String,
    pub currency: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FulfilledBy {
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marketing: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// The shipment as registered (CONTRACT §2). All times are as given: RFC 3339.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_number: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sales_channel: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    #[serde(default, rename = "type")]
    pub kind: ShipmentType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordered_at: Option<jiff::Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipped_at: Option<jiff::Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handed_over_at: Option<jiff::Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised: Option<Promise>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<Person>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<Person>,
    #[serde(default)]
    pub gift: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<Notify>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<Destination>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Destination>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parcels: Vec<Parcel>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fulfilled_by: Option<FulfilledBy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, serde_json::Value>,
}

impl Registration {
    pub fn destination_kind(&self) -> DestinationKind {
        self.destination.as_ref().and_then(|d| d.kind).unwrap_or_default()
    }
    pub fn destination_country(&self) -> Option<&str> {
        self.destination.as_ref()?.country.as_deref()
    }
    pub fn origin_country(&self) -> Option<&str> {
        self.origin.as_ref()?.country.as_deref()
    }
}
