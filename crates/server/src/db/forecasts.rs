//! Shipments that teach forecasts, and those of which something is to be foretold.

use super::{
    engine::{DbError, Read},
    shipments::{ShipmentRow, select_shipment},
};
use crate::{args, sql};

sql! {
    AFTER = select_shipment!("WHERE t.retailer_id = $1 AND t.id > $2 ORDER BY t.id LIMIT $3");
    OPEN_AFTER = select_shipment!("WHERE t.retailer_id = $1 AND t.is_open AND t.id > $2 ORDER BY t.id LIMIT $3");
    CHANGED_AFTER = select_shipment!(
        "WHERE t.retailer_id = $1 AND (t.updated_at, t.id) > ($2, $3) ORDER BY t.updated_at, t.id LIMIT $4");
}

/// A walk over shipments, and how far it has come.
#[derive(Clone, Debug)]
pub enum Walk {
    /// Over all that are open, by id.
    Open { after: String },
    /// Over those that changed since a moment, oldest change first.
    Changed { since: i64, after: String },
}

impl Walk {
    pub async fn next(&mut self, read: &Read<'_>, retailer: &str, limit: i64) -> Result<Vec<ShipmentRow>, DbError> {
        let found = match &*self {
            Walk::Open { after } => read.all(&OPEN_AFTER, args![retailer, after.as_str(), limit]).await?,
            Walk::Changed { since, after } => read.all(&CHANGED_AFTER, args![retailer, *since, after.as_str(), limit]).await?,
        };
        let rows = found.iter().map(ShipmentRow::of).collect::<Result<Vec<_>, _>>()?;
        if let Some(last) = rows.last() {
            match self {
                Walk::Open { after } => last.id.clone_into(after),
                Walk::Changed { since, after } => {
                    *since = last.updated_at;
                    last.id.clone_into(after);
                }
            }
        }
        Ok(rows)
    }
}

/// Shipments in the order in which they were registered, after an id.
pub async fn registered_after(read: &Read<'_>, retailer: &str, id: &str, limit: i64) -> Result<Vec<ShipmentRow>, DbError> {
    read.all(&AFTER, args![retailer, id, limit]).await?.iter().map(ShipmentRow::of).collect()
}
