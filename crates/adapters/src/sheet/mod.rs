//! A shop's files: orders, shipments or tracking events, one a row, as a table or as JSON. A [`Sheet`] is the file taken apart; a
//! [`Mapping`] says which column is which field of the API and makes of each row the API's object.

mod cell;
mod fields;
mod gather;
mod guess;
mod mapping;
mod read;

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use fields::{Field, field, fields};
pub use gather::{Gathered, belong_together, gather};
pub use guess::{fingerprint, guess, kind_of, wanting};
pub use mapping::{Dates, Mapping, Wrong};
pub use read::{Unreadable, guarded, read};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Orders,
    Shipments,
    Events,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Orders, Kind::Shipments, Kind::Events];

    pub fn id(self) -> &'static str {
        match self {
            Kind::Orders => "orders",
            Kind::Shipments => "shipments",
            Kind::Events => "events",
        }
    }
}

impl FromStr for Kind {
    type Err = ();
    fn from_str(id: &str) -> Result<Kind, ()> {
        Kind::ALL.into_iter().find(|k| k.id() == id).ok_or(())
    }
}

/// A file, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// The names of a table's header, each once; of JSON the paths of its fields, `*` for any place in a list.
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
}

/// One row as it stands in the file, and as it is kept until its turn has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The line on which it begins; of a JSON list its place, from 1.
    pub line: u64,
    pub told: Told,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// In the order of the columns; there may be fewer.
    Cells(Vec<String>),
    Object(Value),
    /// The text, and why nobody can read it.
    Faulty(String, String),
}
