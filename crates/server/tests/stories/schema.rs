//! The schema and every statement: they can be prepared on this engine, and a retailer's rows are never asked for without naming the retailer.

use std::collections::BTreeSet;

use whereabouts_server::db::{self, Db, Value, engine::Sql};

use crate::world::database;

/// Tables that are no retailer's data, or that are looked through for all retailers at once.
const DIRECTORY: &[&str] = &["retailer", "sign_in_address", "lease", "product_clock", "schema_version", "sftp_host_key"];

/// Tables that grow with a retailer's parcels.
const GROWING: &[&str] = &[
    "customer_order",
    "shipment",
    "shipment_number",
    "shipment_change",
    "tracking_page",
    "tracking_event",
    "unmatched_event",
    "inbox",
    "quarantine",
    "alert",
    "task",
    "notification",
    "webhook_message",
    "search_key",
    "name_trigram",
    "note",
    "dispute",
];

/// Statements that mean to walk: the sandbox's outbox, chores, counts with an end, and the first or last of an index.
const WALKS: &[&str] = &[
    "OUTBOX",
    "DROP_LEASES",
    "DROP_ORPHANS",
    "LOOK_AGAIN_AT_SILENCE",
    "ANY_OPEN",
    "COUNT_GREEN",
    "UNMATCHED_COUNT",
    "QUARANTINE_COUNT",
    "WAITING",
    "LAST_UPDATE",
    "NEXT",
];

async fn migrated() -> (Db, Option<tempfile::TempDir>) {
    let (db, folder) = database().await;
    db::migrate::migrate(&db).await.unwrap();
    db::migrate::migrate(&db).await.unwrap();
    (db, folder)
}

/// The words of a statement, small.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
}

async fn tables(db: &Db) -> BTreeSet<String> {
    let text = if db.is_lite() {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    } else {
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"
    };
    db.read().await.unwrap().composed("tables", text, &[]).await.unwrap().iter().map(|r| r.text(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_can_be_prepared() {
    let (db, _folder) = migrated().await;
    let mut texts: Vec<(&'static str, String)> = db::statements().iter().map(|s: &&Sql| (s.name, s.text.to_string())).collect();
    for many in db::many_statements() {
        let (lite, pg) = many.texts();
        texts.push((many.name, if db.is_lite() { lite.clone() } else { pg.clone() }));
    }
    let mut wrong = Vec::new();
    for (name, text) in &texts {
        if let Err(e) = prepare(&db, name, text).await {
            wrong.push(format!("{name}: {e}\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(texts.len() > 80);
}

/// How many values a statement wants: more would be refused, so each mark is counted once by its highest number.
fn marks_of(text: &str) -> usize {
    let marks = text.matches(['$', '?']).count().min(64);
    (1..=marks).rev().find(|n| text.contains(&format!("${n}")) || text.contains(&format!("?{n}"))).unwrap_or(0)
}

/// EXPLAIN plans a statement without running it; on PostgreSQL, PREPARE does so without values.
async fn prepare(db: &Db, name: &'static str, text: &str) -> Result<(), String> {
    let explain = |e: db::DbError| std::error::Error::source(&e).map_or_else(|| e.to_string(), |s| format!("{s:?}"));
    if db.is_lite() {
        let nulls = vec![Value::Text(None); marks_of(text)];
        db.read().await.unwrap().composed(name, &format!("EXPLAIN {text}"), &nulls).await.map(|_| ()).map_err(explain)
    } else {
        let mut tx = db.write().await.unwrap();
        tx.script(name, &format!("PREPARE checked AS {text}")).await.map_err(explain)?;
        tx.script(name, "DEALLOCATE checked").await.map_err(explain)
    }
}

/// What is asked for by order, shipment, number or reference is found by an index that also brings it in the order wanted: without statistics
/// SQLite takes the key, which is in order, and reads all that the retailer ever had. (PostgreSQL has statistics, and other plans each day.)
#[tokio::test(flavor = "multi_thread")]
async fn no_statement_reads_all_that_a_retailer_ever_had() {
    let (db, _folder) = migrated().await;
    if !db.is_lite() {
        return;
    }
    let read = db.read().await.unwrap();
    let whole = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'index' AND (sql IS NULL OR sql NOT LIKE '% WHERE %')";
    let whole: std::collections::BTreeMap<String, String> =
        read.composed("indexes", whole, &[]).await.unwrap().iter().map(|r| (r.text(0), r.text(1))).collect();
    let mut wrong = Vec::new();
    let mut steps = 0;
    for s in db::statements().iter().filter(|s| !WALKS.contains(&s.name)) {
        let nulls = vec![Value::Text(None); marks_of(s.text)];
        for step in read.composed(s.name, &format!("EXPLAIN QUERY PLAN {}", s.text), &nulls).await.unwrap() {
            steps += 1;
            let step = step.text(3);
            let index = step.split_once("INDEX ").and_then(|(_, rest)| rest.strip_suffix(" (retailer_id=?)"));
            let walked = index.and_then(|i| whole.get(i)).or_else(|| whole.values().find(|t| step == format!("SCAN {t}")));
            if walked.is_some_and(|table| GROWING.contains(&table.as_str())) {
                wrong.push(format!("{}: {step}: {}", s.name, s.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(steps > 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_on_a_retailers_data_names_the_retailer() {
    let (db, _folder) = migrated().await;
    let tenants: BTreeSet<String> = tables(&db).await.into_iter().filter(|t| !DIRECTORY.contains(&t.as_str())).collect();
    assert!(tenants.len() > 20, "{tenants:?}");
    let mut wrong = Vec::new();
    for s in db::statements() {
        let said = words(s.text);
        let touched: Vec<_> = said.iter().filter(|w| tenants.contains(*w)).collect();
        // Only the leases of everything at once (a sandbox starting) and looking for who is next are across retailers, by name.
        if touched.is_empty() || said.iter().any(|w| w == "retailer_id") || s.name == "DROP_LEASES" {
            continue;
        }
        wrong.push(format!("{}: {}", s.name, s.text));
    }
    for many in db::many_statements() {
        if tenants.contains(many.table) && many.columns.first().map(|c| c.0) != Some("retailer_id") {
            wrong.push(many.name.to_string());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_and_index_of_a_retailers_data_begins_with_the_retailer() {
    let (db, _folder) = migrated().await;
    let text = if db.is_lite() {
        "SELECT m.name, i.name, c.name
         FROM sqlite_master AS m, pragma_index_list(m.name) AS i, pragma_index_info(i.name) AS c
         WHERE m.type = 'table' AND c.seqno = 0"
    } else {
        "SELECT t.relname::text, i.relname::text, a.attname::text
         FROM pg_index AS x
         JOIN pg_class AS t ON t.oid = x.indrelid
         JOIN pg_class AS i ON i.oid = x.indexrelid
         JOIN pg_namespace AS n ON n.oid = t.relnamespace AND n.nspname = 'public'
         JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]"
    };
    let rows = db.read().await.unwrap().composed("indexes", text, &[]).await.unwrap();
    let mut with_index = BTreeSet::new();
    for r in &rows {
        let (table, index, first) = (r.text(0), r.text(1), r.text(2));
        if !DIRECTORY.contains(&table.as_str()) {
            assert_eq!(first, "retailer_id", "{index} on {table}");
            with_index.insert(table);
        }
    }
    let tenants: BTreeSet<String> = tables(&db).await.into_iter().filter(|t| !DIRECTORY.contains(&t.as_str())).collect();
    assert_eq!(with_index, tenants, "each has a key");
}
