//! A shipment as rules see it.

use jiff::Timestamp;
use whereabouts_domain::{
    Registration,
    change::Snapshot,
    facts::Facts,
    rule::{Fields, Rule},
    settings::Settings,
};

use crate::db::shipments::ShipmentRow;

/// A shipment as rules see it, now or as it was before.
pub struct Seen<'a> {
    pub snapshot: &'a Snapshot,
    pub registration: &'a Registration,
    pub facts: &'a Facts,
    pub last_event_at: Option<i64>,
    /// Which shipment it is; how it stands is told by the others.
    pub row: &'a ShipmentRow,
    pub settings: &'a Settings,
    pub zone: &'a jiff::tz::TimeZone,
    pub now: Timestamp,
}

impl<'a> Seen<'a> {
    /// As the row stands.
    pub fn of(
        row: &'a ShipmentRow,
        snapshot: &'a Snapshot,
        settings: &'a Settings,
        zone: &'a jiff::tz::TimeZone,
        now: Timestamp,
    ) -> Seen<'a> {
        Seen { snapshot, registration: &row.registration, facts: &row.facts, last_event_at: row.last_event_at, row, settings, zone, now }
    }
}

impl Fields for Seen<'_> {
    fn get(&self, field: &str) -> Option<serde_json::Value> {
        use serde_json::json;
        let (s, reg) = (self.snapshot, self.registration);
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
            "hours_late" => json!(self.facts.hours_late(self.now)?),
            "may_be_missing" => json!(s.may_be_missing),
            "at_risk" => json!(s.at_risk),
            "at_risk.probability" => json!(self.facts.at_risk_probability?),
            "hours_silent" => {
                let last = self.last_event_at?;
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
