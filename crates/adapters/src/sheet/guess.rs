//! What a file holds and which of its columns is which field, as far as its header and its first rows tell.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    Kind, Sheet, Told,
    fields::{Field, Form, field, fields},
    mapping::{Dates, Mapping},
};

/// Rows that are looked at for what the header does not tell.
const LOOKED_AT: usize = 200;

/// Clocks that stand beside a day.
const CLOCKS: &str = "eventtime statustime scantime time clock uhrzeit zeit heure tijd hora ora godzina";

/// Letters and digits only, small.
pub fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The same for files with the same columns, in whatever order; what our result files add does not count.
pub fn fingerprint(columns: &[String]) -> String {
    let mut names: Vec<String> = columns.iter().filter(|c| !c.starts_with("whereabouts ")).map(|c| plain(c)).collect();
    names.sort();
    Sha256::digest(names.join("\n")).iter().map(|b| format!("{b:02x}")).collect()
}

/// What a file most likely holds.
pub fn kind_of(sheet: &Sheet) -> Kind {
    let [orders, shipments, events] = Kind::ALL.map(|kind| guess(kind, sheet));
    let has = |mapping: &Mapping, path: &str| mapping.columns.values().any(|p| p == path);
    let is_of_events = has(&events, "tracking_number")
        && has(&events, "occurred_at")
        && ["state", "carrier_code", "description"].iter().any(|path| has(&events, path))
        && !shipments.columns.values().any(|p| ["recipient.", "buyer.", "items.", "destination.line1"].iter().any(|of| p.starts_with(of)));
    if is_of_events {
        return Kind::Events;
    }
    let is_of_orders = has(&orders, "order_number") && !has(&shipments, "tracking_number") && !has(&shipments, "reference");
    if is_of_orders { Kind::Orders } else { Kind::Shipments }
}

/// The mapping that the header suggests.
pub fn guess(kind: Kind, sheet: &Sheet) -> Mapping {
    let mut mapping = Mapping::default();
    for column in &sheet.columns {
        let path = if column.starts_with("metadata.") { column.clone() } else { column.to_lowercase() };
        // A word that anybody might use is no path of ours by that alone.
        if field(kind, &path)
            .is_some_and(|f| path.contains(['.', '_']) || f.names.split_whitespace().any(|n| n == path) || f.names.is_empty())
        {
            mapping.columns.insert(column.clone(), path);
        }
    }
    if let Some(column) = hashed_names(kind, sheet) {
        mapping.columns.insert(column, "order_number".into());
    }
    // What we wrote ourselves says what else it knows (`state`, `id`) in our words, which are nobody's synonyms.
    let is_ours = sheet.columns.iter().any(|c| c == "tracking_page_url");
    for whole in [true, false] {
        for known in fields(kind).filter(|_| !is_ours) {
            take(known, sheet, &mut mapping, whole);
        }
    }
    if kind == Kind::Events
        && let Some(day) = mapping.column_of("occurred_at").map(str::to_string)
        && !samples(sheet, &day).any(|told| told.contains(':'))
        && let Some(clock) = sheet.columns.iter().find(|c| !mapping.columns.contains_key(*c) && CLOCKS.split(' ').any(|n| n == plain(c)))
    {
        mapping.columns.insert(clock.clone(), "occurred_at".into());
    }
    mapping.dates = dates(kind, sheet, &mapping);
    mapping
}

/// The first free column under the best heading of a field: its whole name, or the end of a path.
fn take(known: &Field, sheet: &Sheet, mapping: &mut Mapping, whole: bool) {
    if mapping.columns.values().any(|p| p == known.path || field_path(p) == known.path) {
        return;
    }
    let in_list = known.path.contains(['+', '*']);
    let fits = |column: &String, name: &str| {
        let is_path = column.contains('.');
        let told = if whole || !is_path { plain(column) } else { plain(column.rsplit('.').next().unwrap_or_default()) };
        told == name && !mapping.columns.contains_key(column) && (!is_path || in_list == column.contains(".*"))
    };
    let found = known.names.split_whitespace().find_map(|name| sheet.columns.iter().find(|c| fits(c, name)));
    if let Some(column) = found.cloned() {
        let path = if column.contains(".*") { known.path.replace('+', "*") } else { known.path.to_string() };
        mapping.columns.insert(column, path);
    }
}

fn field_path(path: &str) -> String {
    path.split('.').map(|n| if n == "*" || n.bytes().all(|b| b.is_ascii_digit()) { "+" } else { n }).collect::<Vec<_>>().join(".")
}

/// A column `Name` that holds `#1001` and its like is a shop program's order number.
fn hashed_names(kind: Kind, sheet: &Sheet) -> Option<String> {
    let column = sheet.columns.iter().find(|c| plain(c) == "name" && kind != Kind::Events)?;
    let is_number = |told: String| told.strip_prefix('#').is_some_and(|rest| rest.chars().any(|c| c.is_ascii_digit()));
    let mut told = samples(sheet, column).peekable();
    (told.peek().is_some() && told.all(is_number)).then(|| column.clone())
}

/// The texts of a column that hold anything.
fn samples<'a>(sheet: &'a Sheet, column: &'a str) -> impl Iterator<Item = String> + 'a {
    let place = sheet.columns.iter().position(|c| c == column);
    let told = sheet.rows.iter().take(LOOKED_AT).filter_map(move |row| match &row.told {
        Told::Cells(cells) => cells.get(place?).cloned(),
        Told::Object(value) => match column.split('.').try_fold(value, |v, name| v.get(name))? {
            Value::String(text) => Some(text.clone()),
            Value::Number(n) => Some(n.to_string()),
            _ => None,
        },
        Told::Faulty(..) => None,
    });
    told.filter(|t| !t.is_empty())
}

/// Days stand first, unless a row can only be read the other way round.
fn dates(kind: Kind, sheet: &Sheet, mapping: &Mapping) -> Dates {
    let (mut day_first, mut month_first) = (false, false);
    let is_time = |path: &str| field(kind, path).is_some_and(|f| matches!(f.form, Form::Time | Form::DayOrTime | Form::Moment));
    for (column, _) in mapping.columns.iter().filter(|(_, path)| is_time(path)) {
        for told in samples(sheet, column) {
            let mut parts = told.split(['/', '-', '.', ' ']).map(|part| part.parse::<u16>().unwrap_or(0));
            let (first, second) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
            day_first |= (13..=31).contains(&first) && (1..=12).contains(&second);
            month_first |= (1..=12).contains(&first) && (13..=31).contains(&second);
        }
    }
    if month_first && !day_first { Dates::MonthFirst } else { Dates::DayFirst }
}

/// What no row can say with this mapping and every row has to, for the person who maps.
pub fn wanting(kind: Kind, mapping: &Mapping) -> Vec<&'static str> {
    let has = |path: &str| mapping.columns.values().any(|p| p == path) || mapping.fixed.contains_key(path);
    let mut wanting = Vec::new();
    match kind {
        Kind::Orders if !has("order_number") => wanting.push("a column for the order number"),
        Kind::Shipments if !["tracking_number", "reference", "order_number"].iter().any(|p| has(p)) => {
            wanting.push("a column for the tracking number, the reference or the order number");
        }
        Kind::Events => {
            if !has("tracking_number") {
                wanting.push("a column for the tracking number");
            }
            if !has("state") && !has("carrier_code") {
                wanting.push("a column for the state or the carrier's code");
            }
        }
        _ => {}
    }
    wanting
}

#[cfg(test)]
mod tests {
    use super::{super::read, *};

    fn sheet(text: &str) -> Sheet {
        read("a.csv", text.as_bytes()).unwrap()
    }

    #[test]
    fn what_a_file_holds_is_told_by_its_columns() {
        for (text, expected) in [
            ("Tracking number,Date,Status\n1,2026-11-24,Delivered\n", Kind::Events),
            ("Order,Tracking number,Carrier,Recipient,Postcode,Status,Date\n1,2,3,4,5,6,7\n", Kind::Shipments),
            ("tracking_number,carrier\n1,evri\n", Kind::Shipments),
            ("Name,Email,Created at,Lineitem sku,Lineitem quantity\n#1,a@example.com,2026-11-24,A,1\n", Kind::Orders),
            ("order_number,despatch_by\n1,2026-11-24\n", Kind::Orders),
        ] {
            assert_eq!(kind_of(&sheet(text)), expected, "{text}");
        }
    }

    #[test]
    fn a_name_is_a_persons_unless_it_counts_orders() {
        let of = |text: &str| guess(Kind::Orders, &sheet(text)).columns.get("Name").cloned();
        assert_eq!(of("Name,Order\nAda Lovelace,1\n").as_deref(), Some("recipient.name"));
        assert_eq!(of("Name,Email\n#1001,ada@example.com\n").as_deref(), Some("order_number"));
    }

    #[test]
    fn in_a_file_that_we_wrote_a_state_is_no_region() {
        let mapping = guess(Kind::Shipments, &sheet("order_number,state,tracking_page_url\n1,delivered,x\n"));
        assert_eq!(mapping.columns.len(), 1, "{:?}", mapping.columns);
    }

    #[test]
    fn months_stand_first_only_where_a_row_shows_it() {
        let of = |text: &str| guess(Kind::Orders, &sheet(text)).dates;
        assert_eq!(of("Order,Order date\n1,11/24/2026\n2,03/04/2026\n"), Dates::MonthFirst);
        assert_eq!(of("Order,Order date\n1,03/04/2026\n"), Dates::DayFirst);
    }

    #[test]
    fn a_header_is_known_again_in_another_order() {
        let print = |text: &str| fingerprint(&sheet(text).columns);
        assert_eq!(print("Order No,Carrier\n"), print("carrier,order no.\n"));
        assert_ne!(print("Order No,Carrier\n"), print("Order No\n"));
    }

    #[test]
    fn what_is_wanting_is_said() {
        assert_eq!(wanting(Kind::Events, &Mapping::default()).len(), 2);
        assert_eq!(wanting(Kind::Orders, &guess(Kind::Orders, &sheet("Order\n1\n"))), Vec::<&str>::new());
    }
}
