//! Lists of shipments, by filters that are put together as they are asked for.

use whereabouts_domain::Attention;

use super::{COLUMNS, ShipmentRow, rows};
use crate::db::engine::{DbError, Read, Value};

/// The filters of a list, each a column test from a fixed set.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// (text with `$n` placeholders numbered by the caller through `push`).
    clauses: Vec<String>,
    args: Vec<Value>,
}

impl Filter {
    pub fn of(retailer: &str) -> Filter {
        Filter { clauses: vec!["t.retailer_id = $1".into()], args: vec![retailer.into()] }
    }
    /// `column` comes from our own code, never from a request.
    pub fn is(&mut self, column: &'static str, value: impl Into<Value>) -> &mut Filter {
        self.test(column, "=", value)
    }
    pub fn test(&mut self, column: &'static str, operator: &'static str, value: impl Into<Value>) -> &mut Filter {
        self.args.push(value.into());
        self.clauses.push(format!("t.{column} {operator} ${}", self.args.len()));
        self
    }
    /// Those that are still listened for.
    pub fn tracked(&mut self) -> &mut Filter {
        self.clauses.push("t.stopped_at IS NULL".into());
        self
    }
    /// The open shipments of one light, as [`super::count_light`] counts them.
    pub fn in_light(&mut self, light: Attention) -> &mut Filter {
        let clause = match light {
            Attention::None => "t.is_open AND t.attention = 'none' AND NOT t.late AND NOT t.may_be_missing",
            Attention::Watch => "t.is_open AND t.attention <> 'none' AND t.attention = 'watch' AND NOT t.late AND NOT t.may_be_missing",
            Attention::Act => {
                "t.id IN (SELECT a.id FROM shipment AS a WHERE a.retailer_id = $1 AND a.is_open AND a.attention <> 'none' AND a.attention = 'act' \
                 UNION SELECT l.id FROM shipment AS l WHERE l.retailer_id = $1 AND l.late AND l.is_open \
                 UNION SELECT m.id FROM shipment AS m WHERE m.retailer_id = $1 AND m.may_be_missing AND m.is_open)"
            }
        };
        self.clauses.push(clause.into());
        self
    }
    /// Letter case counts for nothing in a tag.
    pub fn tagged(&mut self, tag: &str) -> &mut Filter {
        let quoted = serde_json::to_string(&tag.to_lowercase()).unwrap_or_default();
        let escaped = quoted.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        self.args.push(format!("%{escaped}%").into());
        self.clauses.push(format!("lower(t.tags) LIKE ${} ESCAPE '\\'", self.args.len()));
        self
    }
    /// The shipment is known to the search under this clue (the whole of it, or the beginning).
    pub fn known_as(&mut self, clue: &str, prefix: bool) -> &mut Filter {
        self.args.push(clue.into());
        let from = self.args.len();
        let test = if prefix {
            self.args.push(crate::db::search::after_prefix(clue).into());
            format!("k.clue >= ${from} AND k.clue < ${}", from + 1)
        } else {
            format!("k.clue = ${from}")
        };
        self.clauses.push(format!("EXISTS (SELECT 1 FROM search_key AS k WHERE k.retailer_id = $1 AND k.shipment_id = t.id AND {test})"));
        self
    }
}

/// Newest first (or oldest update first when `by_update`), after the cursor.
pub async fn list(read: &Read<'_>, filter: &Filter, before_id: Option<&str>, limit: i64) -> Result<Vec<ShipmentRow>, DbError> {
    let mut filter = filter.clone();
    if let Some(id) = before_id {
        filter.test("id", "<", id);
    }
    filter.args.push(limit.into());
    let text = format!(
        "SELECT {COLUMNS} FROM shipment AS t WHERE {} ORDER BY t.id DESC LIMIT ${}",
        filter.clauses.join(" AND "),
        filter.args.len()
    );
    rows(&read.composed("shipments::LIST", &text, &filter.args).await?)
}

/// Oldest first, after this one.
pub async fn list_from(read: &Read<'_>, filter: &Filter, after_id: &str, limit: i64) -> Result<Vec<ShipmentRow>, DbError> {
    let mut filter = filter.clone();
    filter.test("id", ">", after_id);
    filter.args.push(limit.into());
    let text =
        format!("SELECT {COLUMNS} FROM shipment AS t WHERE {} ORDER BY t.id LIMIT ${}", filter.clauses.join(" AND "), filter.args.len());
    rows(&read.composed("shipments::LIST_FROM", &text, &filter.args).await?)
}

/// Of these shipments (newest first) those that pass the filter.
pub async fn list_among(read: &Read<'_>, filter: &Filter, ids: &[String], limit: i64) -> Result<Vec<ShipmentRow>, DbError> {
    let mut found = Vec::new();
    for chunk in ids.chunks(100) {
        let mut filter = filter.clone();
        let marks: Vec<String> = chunk
            .iter()
            .map(|id| {
                filter.args.push(id.into());
                format!("${}", filter.args.len())
            })
            .collect();
        let text = format!(
            "SELECT {COLUMNS} FROM shipment AS t WHERE {} AND t.id IN ({}) ORDER BY t.id DESC",
            filter.clauses.join(" AND "),
            marks.join(", ")
        );
        found.extend(rows(&read.composed("shipments::LIST_AMONG", &text, &filter.args).await?)?);
        if found.len() as i64 >= limit {
            break;
        }
    }
    found.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(found)
}
