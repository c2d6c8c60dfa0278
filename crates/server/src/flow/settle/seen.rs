//! A shipment as rules see it.

use jiff::Timestamp;
use whereabouts_domain::{
    change::Snapshot,
    rule::{Fields, Rule},
    settings::Settings,
};

use crate::db::shipments::ShipmentRow;

/// A shipment as rules see it: what changed from `snapshot`, what does not change from the row.
pub struct Seen<'a> {
    pub snapshot: &'a Snapshot,
    pub row: &'a ShipmentRow,
    pub settings: &'a Settings,
    pub zone: &'a jiff::tz::TimeZone,
    pub now: Timestamp,
}

impl Fields for Seen<'_> {
    fn get(&self, field: &str) -> Option<serde_json::Value> {
        use serde_json::json;
        let (s, reg) = (self.snapshot, &self.row.registration);
        Some(match field {
            "state" => json!(s.state.id()),
            "milestone" => json!(s.milestone.id()),
            "reason" => json!(s.reason?.id()),
            "attention" => json!(s.attention.id()),
            "waiting_on" => json!(s.waiting_on.id()),
            "type" => json!(reg.kind.id()),
            "carrier" => json!(s.carrier.as_ref()?),
            "service" => json!(reg.service.as_ref()?),
            "brand" => json!(self.row.brand_id),
            "sales_channel" => json!(reg.sales_channel.as_ref()?),
            "tag" => json!(reg.tags),
            "late" => json!(s.late),
            "early" => json!(s.early),
            "hours_late" => json!(self.row.facts.hours_late(self.now)?),
            "may_be_missing" => json!(s.may_be_missing),
            "at_risk" => json!(s.at_risk),
            "at_risk.probability" => json!(self.row.facts.at_risk_probability?),
            "hours_silent" => {
                let last = self.row.last_event_at?;
                json!((self.now.as_millisecond() - last).max(0) as f64 / 3_600_000.0)
            }
            "disputed" => json!(s.disputed),
            "not_despatched" => json!(s.not_despatched),
            "value" => json!(reg.value.as_ref()?.amount.parse::<f64>().ok()?),
            "destination.kind" => json!(reg.destination_kind().id()),
            "destination.country" => json!(reg.destination_country()?),
            "origin.country" => json!(reg.origin_country()?),
            "order_number" => json!(reg.order_number.as_ref()?),
            "local_time" => json!(self.now.to_zoned(self.zone.clone()).strftime("%H:%M").to_string()),
            other => reg.metadata.get(other.strip_prefix("metadata.")?)?.clone(),
        })
    }
}

/// The fields that a rule looks at.
pub(super) fn fields_of(rule: &Rule) -> Vec<&str> {
    match rule {
        Rule::All(list) | Rule::Any(list) => list.iter().flat_map(fields_of).collect(),
        Rule::Not(inner) => fields_of(inner),
        Rule::Leaf(leaf) => vec![&leaf.field],
    }
}
