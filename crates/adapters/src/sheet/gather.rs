//! Orders that stand in several rows, an article in each, as shops' programs export them: rows that follow each other and tell of the
//! same order become one.

use serde_json::Value;

use super::{
    Kind, Row, Told,
    mapping::{Mapping, Wrong},
};

/// The lists that rows add to.
const LISTS: [&str; 2] = ["items", "lines"];
const NAMES: [&str; 3] = ["order_number", "tracking_number", "reference"];

/// What one or several rows tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Gathered {
    /// How many rows it was.
    pub rows: usize,
    pub value: Result<Value, Vec<Wrong>>,
}

/// Reads rows that stand beside each other.
pub fn gather(mapping: &Mapping, kind: Kind, columns: &[String], rows: &[Row], home: &str) -> Vec<Gathered> {
    let mut found: Vec<Gathered> = Vec::with_capacity(rows.len());
    let gathers = mapping.gathers();
    for row in rows {
        let value = mapping.read(kind, columns, row, home);
        if gathers
            && let (Some(Gathered { rows, value: Ok(before) }), Ok(more)) = (found.last_mut(), &value)
            && is_same(before, more)
        {
            join(before, more);
            *rows += 1;
        } else {
            found.push(Gathered { rows: 1, value });
        }
    }
    found
}

/// Whether a file must not be cut between these rows.
pub fn belong_together(mapping: &Mapping, columns: &[String], a: &Row, b: &Row) -> bool {
    let (Told::Cells(a), Told::Cells(b)) = (&a.told, &b.told) else { return false };
    let Some(place) = mapping.column_of("order_number").and_then(|c| columns.iter().position(|known| known == c)) else { return false };
    mapping.gathers() && a.get(place).is_some_and(|told| !told.is_empty()) && a.get(place) == b.get(place)
}

/// The same order, and nothing says that it is another parcel of it.
fn is_same(a: &Value, b: &Value) -> bool {
    let same = |name: &&str| match (&a[name], &b[name]) {
        (Value::String(a), Value::String(b)) => a == b,
        _ => true,
    };
    a["order_number"].is_string() && b["order_number"].is_string() && NAMES.iter().all(same)
}

/// What the first row left open the later ones fill in; their articles are added.
fn join(first: &mut Value, more: &Value) {
    let (Some(first), Some(more)) = (first.as_object_mut(), more.as_object()) else { return };
    for (name, told) in more {
        match (first.get_mut(name), told) {
            (Some(Value::Array(list)), Value::Array(more)) if LISTS.contains(&name.as_str()) => list.extend(more.iter().cloned()),
            (Some(there @ Value::Object(_)), Value::Object(_)) => join(there, told),
            (Some(_), _) => {}
            (None, _) => {
                first.insert(name.clone(), told.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sheet::{guess, read};

    #[test]
    fn an_order_in_several_rows_is_one_order() {
        let text = "Name,Email,Lineitem sku,Lineitem quantity\n#1,ada@example.com,A,1\n#1,,B,2\n#2,bo@example.com,A,1\n#1,,C,1\n";
        let sheet = read("orders.csv", text.as_bytes()).unwrap();
        let mapping = guess(Kind::Orders, &sheet);
        let found = gather(&mapping, Kind::Orders, &sheet.columns, &sheet.rows, "UTC");
        let told: Vec<_> = found.iter().map(|g| (g.rows, g.value.clone().unwrap())).collect();
        assert_eq!(
            told[0],
            (
                2,
                json!({"order_number": "#1", "recipient": {"email": "ada@example.com"}, "lines": [{"sku": "A", "quantity": 1}, {"sku": "B", "quantity": 2}]})
            )
        );
        assert_eq!(told.iter().map(|t| t.0).collect::<Vec<_>>(), [2, 1, 1], "only neighbours are one");
        let together: Vec<bool> = sheet.rows.windows(2).map(|w| belong_together(&mapping, &sheet.columns, &w[0], &w[1])).collect();
        assert_eq!(together, [true, false, false]);
    }

    #[test]
    fn two_parcels_of_an_order_stay_two() {
        let text = "Order,Tracking number,SKU\n1,T1,A\n1,T1,B\n1,T2,A\n";
        let sheet = read("a.csv", text.as_bytes()).unwrap();
        let mapping = guess(Kind::Shipments, &sheet);
        let found = gather(&mapping, Kind::Shipments, &sheet.columns, &sheet.rows, "UTC");
        assert_eq!(found.iter().map(|g| g.rows).collect::<Vec<_>>(), [2, 1]);
    }
}
