//! Tenant first: a retailer's rows can be moved to another machine only if every key begins with the retailer and every
//! statement names it. Read from the migrations and from the SQL texts in the server's `db`.
//!
//! What must look at all retailers at once (a worker's sweep) says so and why, in an SQL comment: `-- across retailers: …`.
//! A look-up table that leads *to* a retailer calls itself a directory, or unique across retailers, in the comment above its
//! `CREATE TABLE`. A search form's text whose conditions are put together later (`WHERE {}`) is judged with the fragments in
//! the same file.

use std::{collections::BTreeSet, path::Path};

use anyhow::Result;

use super::{
    Finding,
    source::{files_below, product_sources},
};

const TENANT: &str = "retailer_id";
const ACROSS: &str = "across retailers:";
/// Where the migrations stand: at the root, or with the server.
const MIGRATIONS: [&str; 2] = ["migrations", "crates/server/migrations"];

/// (words that must not stand in any SQL, what to do instead)
const FORBIDDEN: &[(&str, &str)] = &[
    ("create trigger", "no triggers: let the flow write what follows, in the same transaction"),
    ("create sequence", "no sequences: ids are time-ordered and made by us"),
    ("serial", "no sequences: ids are time-ordered and made by us"),
    ("bigserial", "no sequences: ids are time-ordered and made by us"),
    ("autoincrement", "no sequences: ids are time-ordered and made by us"),
    ("generated always as identity", "no sequences: ids are time-ordered and made by us"),
    ("gen_random_uuid", "ids are made by us and passed as an argument"),
    ("now ( )", "`now` is an argument from the app's clock"),
    ("current_timestamp", "`now` is an argument from the app's clock"),
    ("current_date", "`today` is an argument from the app's clock"),
    ("datetime ( 'now' )", "`now` is an argument from the app's clock"),
];

pub fn check(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut tenant_tables = BTreeSet::new();
    let migrations: Vec<_> = MIGRATIONS.iter().flat_map(|folder| files_below(&root.join(folder), &[".sql"])).collect();
    for file in &migrations {
        let text = std::fs::read_to_string(file)?;
        let path = file.strip_prefix(root).unwrap_or(file).to_string_lossy().into_owned();
        for statement in statements(&text) {
            tenant_tables.extend(statement.tenant_table());
        }
        for statement in statements(&text) {
            let said = statement.migration_faults(&tenant_tables);
            findings.extend(said.into_iter().map(|text| Finding { file: path.clone(), line: statement.line, text }));
        }
    }
    for source in product_sources(root, "crates/server/src/db")? {
        let is_fragment = |text: &str| text.contains("retailer_id = $") && statements(text).iter().all(|s| !s.is_query());
        let composes_with_retailer = source.strings().any(|(_, text)| is_fragment(text));
        for (line, text) in source.strings() {
            let text = text.replace("\\\n", " ").replace("\\n", "\n");
            for statement in statements(&text).into_iter().filter(Statement::is_query) {
                if statement.is_composed() && composes_with_retailer {
                    continue;
                }
                let said = statement.query_faults(&tenant_tables);
                findings.extend(said.into_iter().map(|text| Finding { file: source.path.clone(), line, text }));
            }
        }
    }
    Ok(findings)
}

/// One SQL statement as lower-case words and signs; strings keep their quotes.
struct Statement {
    line: usize,
    words: Vec<String>,
    comments: String,
}

impl Statement {
    fn starts_with(&self, wanted: &[&str]) -> bool {
        self.words.iter().map(String::as_str).take(wanted.len()).eq(wanted.iter().copied())
    }

    /// A statement, or a tail that begins with its conditions.
    fn is_query(&self) -> bool {
        matches!(self.words.first().map(String::as_str), Some("select" | "insert" | "update" | "delete" | "with" | "where"))
    }

    /// Its conditions are put together in Rust.
    fn is_composed(&self) -> bool {
        self.words.windows(2).any(|pair| pair[0] == "where" && pair[1] == "{")
    }

    fn is_across(&self) -> bool {
        self.comments.contains(ACROSS)
    }

    fn created_table(&self) -> Option<&str> {
        if !self.starts_with(&["create", "table"]) {
            return None;
        }
        let skip = if self.words.get(2).is_some_and(|w| w == "if") { 5 } else { 2 };
        self.words.get(skip).map(String::as_str)
    }

    /// The table's name, if this creates a table of a retailer's data.
    fn tenant_table(&self) -> Option<String> {
        let table = self.created_table()?;
        let is_directory = self.comments.contains("directory") || self.comments.contains("across retailers");
        let is_tenant = self.words.iter().any(|w| w == TENANT) && !is_directory;
        is_tenant.then(|| table.to_string())
    }

    fn migration_faults(&self, tenant_tables: &BTreeSet<String>) -> Vec<String> {
        let mut faults = self.forbidden_words();
        if let Some(table) = self.created_table().filter(|t| tenant_tables.contains(*t)) {
            faults.extend(self.key_faults(table));
        }
        let index = self.words.iter().take(3).any(|w| w == "index") && self.starts_with(&["create"]);
        if index && let Some(on) = self.words.iter().position(|w| w == "on") {
            let table = self.words.get(on + 1).map_or("", String::as_str);
            let open = self.words[on..].iter().position(|w| w == "(").map(|i| on + i + 1);
            let first = open.and_then(|i| self.words.get(i)).map_or("", String::as_str);
            if tenant_tables.contains(table) && first != TENANT && !self.is_across() {
                faults.push(format!(
                    "an index on `{table}` begins with `{first}`: begin it with `{TENANT}`, or say `-- {ACROSS} why` above it"
                ));
            }
        }
        faults
    }

    /// Keys written as `PRIMARY KEY (…)`, `UNIQUE (…)`, `FOREIGN KEY (…)`, or behind a column.
    fn key_faults(&self, table: &str) -> Vec<String> {
        let mut faults = Vec::new();
        for (i, word) in self.words.iter().enumerate() {
            let after = match word.as_str() {
                "primary" | "foreign" => i + 2,
                "unique" => i + 1,
                _ => continue,
            };
            let first = match self.words.get(after).map(String::as_str) {
                Some("(") => self.words.get(after + 1).map_or("", String::as_str),
                // Behind a column: the column itself is the whole key.
                _ => column_before(&self.words[..i]),
            };
            if first != TENANT {
                faults.push(format!(
                    "the {word} key of `{table}` begins with `{first}`: begin it with `{TENANT}`, or make a directory table"
                ));
            }
        }
        faults
    }

    fn query_faults(&self, tenant_tables: &BTreeSet<String>) -> Vec<String> {
        let mut faults = self.forbidden_words();
        if self.is_across() {
            return faults;
        }
        let named: Vec<usize> = (1..self.words.len())
            .filter(|i| {
                matches!(self.words[i - 1].as_str(), "from" | "join" | "into" | "update") && tenant_tables.contains(&self.words[*i])
            })
            .collect();
        // A tail for `concat!`: which table it is about stands elsewhere in the file.
        if self.starts_with(&["where"]) && !self.names_the_retailer() {
            faults.push(format!("this condition leaves out `{TENANT} = $n`: name the retailer, or say `-- {ACROSS} why` inside the text"));
        }
        if let Some(table) = named.first().map(|i| &self.words[*i])
            && !self.names_the_retailer()
        {
            faults.push(format!(
                "this touches `{table}` without `{TENANT} = $n`: name the retailer, or say `-- {ACROSS} why` inside the text"
            ));
        }
        for i in named.into_iter().filter(|i| self.words[i - 1] == "join") {
            let rest = &self.words[i..];
            let end = rest.iter().position(|w| matches!(w.as_str(), "join" | "where" | "group" | "order")).unwrap_or(rest.len());
            if !rest[..end].iter().any(|w| w == TENANT || w.ends_with(".retailer_id")) {
                faults.push(format!("the join with `{}` leaves out `{TENANT}`: join on the retailer first", self.words[i]));
            }
        }
        faults
    }

    /// `retailer_id =`, `retailer_id IN`, or a column list that holds it.
    fn names_the_retailer(&self) -> bool {
        self.words.windows(2).any(|pair| {
            let is_column = pair[0] == TENANT || pair[0].ends_with(".retailer_id");
            is_column && matches!(pair[1].as_str(), "=" | "in" | "," | ")")
        })
    }

    fn forbidden_words(&self) -> Vec<String> {
        let text = format!(" {} ", self.words.join(" "));
        let found = FORBIDDEN.iter().filter(|(words, _)| text.contains(&format!(" {words} ")));
        found.map(|(words, instead)| format!("`{}` in SQL: {instead}", words.replace(' ', ""))).collect()
    }
}

/// The name of the column whose definition ends here: the first word after the last comma or opening bracket.
fn column_before(words: &[String]) -> &str {
    let start = words.iter().rposition(|w| w == "," || w == "(").map_or(0, |i| i + 1);
    words.get(start).map_or("", String::as_str)
}

/// Splits at semicolons; comments are kept aside with the statement that they stand in or above.
fn statements(text: &str) -> Vec<Statement> {
    let mut all = Vec::new();
    let mut now = Statement { line: 0, words: Vec::new(), comments: String::new() };
    let mut line = 1;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("--") {
            let end = rest.find('\n').unwrap_or(rest.len());
            now.comments += &rest[..end].to_lowercase();
            now.comments.push('\n');
            end
        } else if c == '\'' {
            rest[1..].find('\'').map_or(rest.len(), |i| i + 2)
        } else {
            let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.');
            match rest.find(|c: char| !is_word(c)) {
                Some(0) => c.len_utf8(),
                Some(end) => end,
                None => rest.len(),
            }
        };
        let word = &rest[..length];
        if word == ";" {
            all.push(std::mem::replace(&mut now, Statement { line: 0, words: Vec::new(), comments: String::new() }));
        } else if !word.starts_with("--") && !c.is_whitespace() {
            if now.words.is_empty() {
                now.line = line;
            }
            now.words.push(word.to_lowercase());
        }
        line += word.matches('\n').count();
        rest = &rest[length..];
    }
    all.push(now);
    all.retain(|s| !s.words.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::planted;

    const TABLE: &str =
        "-- What a carrier tracks.\nCREATE TABLE shipment (retailer_id TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (retailer_id, id));\n";

    fn migration(text: &str) -> Vec<String> {
        let root = planted(&[("migrations/0001_start.sql", &format!("{TABLE}{text}"))]);
        check(root.path()).unwrap().into_iter().map(|f| f.text).collect()
    }

    fn query(sql: &str) -> Vec<String> {
        let rust = format!("sql! {{ ONE: \"{sql}\" }}");
        let root = planted(&[("crates/server/migrations/0001_start.sql", TABLE), ("crates/server/src/db/shipments.rs", &rust)]);
        check(root.path()).unwrap().into_iter().map(|f| f.text).collect()
    }

    #[test]
    fn a_key_that_begins_with_something_else_is_found() {
        let found = migration("CREATE TABLE parcel (retailer_id TEXT, id TEXT PRIMARY KEY, number TEXT, UNIQUE (number, retailer_id));");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("primary key of `parcel` begins with `id`"), "{found:?}");
        assert!(found[1].contains("begins with `number`"), "{found:?}");
    }

    #[test]
    fn an_index_across_retailers_says_why() {
        assert_eq!(migration("CREATE INDEX due ON shipment (next_check_at);").len(), 1);
        assert!(migration("-- across retailers: one sweep for all.\nCREATE INDEX due ON shipment (next_check_at);").is_empty());
        assert!(migration("CREATE UNIQUE INDEX n ON shipment (retailer_id, number);").is_empty());
    }

    #[test]
    fn a_directory_may_begin_with_what_it_looks_up() {
        assert!(
            migration("-- Directory: which retailer a key opens.\nCREATE TABLE api_key (hash TEXT PRIMARY KEY, retailer_id TEXT);")
                .is_empty()
        );
    }

    #[test]
    fn a_trigger_and_the_databases_own_clock_are_found() {
        assert_eq!(migration("CREATE TRIGGER t AFTER INSERT ON shipment BEGIN SELECT 1; END;").len(), 1);
        assert_eq!(query("UPDATE shipment SET seen_at = now() WHERE retailer_id = $1").len(), 1);
    }

    #[test]
    fn a_query_that_forgets_the_retailer_is_found() {
        assert_eq!(query("SELECT id FROM shipment WHERE id = $1").len(), 1);
        assert!(query("SELECT id FROM shipment WHERE retailer_id = $1 AND id = $2").is_empty());
        assert!(query("SELECT id FROM shipment -- across retailers: the sweep of what is due\n WHERE due_at <= $1").is_empty());
        assert!(query("INSERT INTO shipment (retailer_id, id) VALUES ($1, $2)").is_empty());
        assert!(query("SELECT value FROM meta WHERE name = $1").is_empty());
    }

    #[test]
    fn a_join_that_forgets_the_retailer_is_found() {
        let found = query("SELECT 1 FROM shipment s JOIN shipment t ON t.id = s.id WHERE s.retailer_id = $1");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(query("SELECT 1 FROM shipment s JOIN shipment t ON t.retailer_id = s.retailer_id WHERE s.retailer_id = $1").is_empty());
    }

    #[test]
    fn a_tail_that_forgets_the_retailer_is_found() {
        assert_eq!(query("WHERE t.id = $1").len(), 1);
        assert!(query("WHERE t.retailer_id = $1 AND t.id = $2").is_empty());
    }

    #[test]
    fn a_search_form_is_judged_with_its_fragments() {
        let form = "fn f() { format!(\"SELECT id FROM shipment WHERE {}\", clauses) }";
        let first = "fn g() { clauses.push(\"t.retailer_id = $1\") }";
        let check_rust = |rust: &str| {
            let root = planted(&[("migrations/0001_start.sql", TABLE), ("crates/server/src/db/search.rs", rust)]);
            check(root.path()).unwrap().len()
        };
        assert_eq!(check_rust(form), 1);
        assert_eq!(check_rust(&format!("{form} {first}")), 0);
    }

    #[test]
    fn text_in_quotes_is_not_sql() {
        assert!(query("UPDATE shipment SET note = 'create trigger' WHERE retailer_id = $1").is_empty());
    }
}
