//! A shipment as it is kept.

use serde::{Deserialize, Serialize};
use whereabouts_domain::{Attention, Facts, Journey, Promise, Registration, WaitingOn};

use super::{number_key, order_key};
use crate::{
    db::engine::{DbError, Row, Value},
    row,
};

/// The first promise, kept for ever, and who changed it since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FirstPromise {
    #[serde(flatten)]
    pub promise: FirstPromiseShape,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<jiff::Timestamp>,
}

/// As [`Promise`], which refuses unknown fields and so can't be flattened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FirstPromiseShape {
    #[serde(default)]
    pub start: Option<String>,
    #[serde(default)]
    pub end: Option<String>,
    #[serde(default)]
    pub kind: Option<whereabouts_domain::PromiseKind>,
    #[serde(default)]
    pub source: Option<String>,
}

impl FirstPromise {
    pub fn of(promise: &Promise) -> FirstPromise {
        let p = promise.clone();
        FirstPromise {
            promise: FirstPromiseShape { start: p.start, end: p.end, kind: Some(promise.kind()), source: p.source },
            changed_by: None,
            changed_at: None,
        }
    }
}

/// A shipment as kept.
#[derive(Clone, Debug)]
pub struct ShipmentRow {
    pub retailer: String,
    pub id: String,
    pub order_id: String,
    pub brand_id: String,
    /// The order's page, repeated here so that an answer needs no second look-up.
    pub page_token: String,
    pub registration: Registration,
    pub first_promised: Option<FirstPromise>,
    pub journey: Journey,
    pub facts: Facts,
    /// What the shopper's page shall tell of its events from now on, if that changes: see [`crate::following::timeline`].
    pub timeline: Option<Vec<u8>>,
    pub attention: Attention,
    pub disputed: bool,
    pub last_event_at: Option<i64>,
    pub next_check_at: Option<i64>,
    pub woken_at: Option<i64>,
    pub version: i64,
    pub created_at: i64,
    pub updated_at: i64,
    /// Tracking was stopped by DELETE: kept, but no longer listened to.
    pub stopped_at: Option<i64>,
}

impl ShipmentRow {
    pub fn of(r: &Row) -> Result<ShipmentRow, DbError> {
        let id = r.text(1);
        let unreadable = |what: &str, e: serde_json::Error| DbError::Migration(format!("shipment {id}: its {what} cannot be read: {e}"));
        Ok(ShipmentRow {
            retailer: r.text(0),
            order_id: r.text(2),
            brand_id: r.text(3),
            registration: serde_json::from_str(r.str(4)).map_err(|e| unreadable("registration", e))?,
            first_promised: r.opt_text(5).and_then(|t| serde_json::from_str(&t).ok()),
            journey: serde_json::from_str(r.str(6)).map_err(|e| unreadable("journey", e))?,
            facts: serde_json::from_str(r.str(7)).map_err(|e| unreadable("facts", e))?,
            attention: Attention::parse(r.str(8)).unwrap_or(Attention::None),
            disputed: r.bool(9),
            last_event_at: r.opt_int(10),
            next_check_at: r.opt_int(11),
            woken_at: r.opt_int(12),
            version: r.int(13),
            created_at: r.int(14),
            updated_at: r.int(15),
            stopped_at: r.opt_int(16),
            page_token: r.text(17),
            timeline: None,
            id,
        })
    }

    /// As [`super::INSERT`] and [`super::UPDATE_ALL`] want them.
    pub fn values(&self) -> Vec<Value> {
        let reg = &self.registration;
        row![
            &self.retailer,
            &self.id,
            self.version,
            &self.order_id,
            &self.brand_id,
            &self.page_token,
            reg.reference.clone(),
            reg.order_number.as_deref().map(order_key),
            reg.tracking_number.clone(),
            reg.tracking_number.as_deref().map(number_key),
            self.carrier(),
            reg.kind.id(),
            self.journey.state.id(),
            self.journey.milestone.id(),
            self.attention.id(),
            self.is_open(),
            self.facts.late(),
            self.facts.may_be_missing(),
            self.facts.at_risk,
            self.disputed,
            json(&reg.tags),
            json(reg),
            self.first_promised.as_ref().map(json),
            json(&self.journey),
            json(&self.facts),
            self.last_event_at,
            self.next_check_at,
            self.woken_at,
            self.created_at,
            self.updated_at,
            self.stopped_at,
        ]
    }

    pub(super) fn journey_values(&self) -> Vec<Value> {
        row![
            &self.retailer,
            &self.id,
            self.version,
            self.carrier(),
            self.journey.state.id(),
            self.journey.milestone.id(),
            self.attention.id(),
            self.is_open(),
            self.facts.late(),
            self.facts.may_be_missing(),
            self.facts.at_risk,
            self.disputed,
            json(&self.journey),
            json(&self.facts),
            self.last_event_at,
            self.next_check_at,
            self.woken_at,
            self.updated_at,
        ]
    }

    pub fn carrier(&self) -> Option<String> {
        self.registration.carrier.clone()
    }

    pub fn is_open(&self) -> bool {
        self.stopped_at.is_none() && (self.journey.ended_at.is_none() || self.disputed)
    }

    pub fn waiting_on(&self) -> WaitingOn {
        self.journey.waiting_on
    }
}

pub(super) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("our own types can be written as JSON")
}
