//! Statements over many rows, written once for both engines.

use std::sync::OnceLock;

/// The type of a column in a many-rows call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Int,
    Text,
    Bool,
    Real,
    Bytes,
}

impl Kind {
    fn pg(self) -> &'static str {
        match self {
            Kind::Int => "bigint",
            Kind::Text => "text",
            Kind::Bool => "boolean",
            Kind::Real => "double precision",
            Kind::Bytes => "bytea",
        }
    }
}

/// A statement over many rows: the same cached statement in a loop on SQLite, one array statement on PostgreSQL.
pub struct Many {
    pub name: &'static str,
    pub form: Form,
    pub table: &'static str,
    /// Inserts: the columns. Updates and selects and deletes: the key columns first, `keys` of them.
    pub columns: &'static [(&'static str, Kind)],
    pub keys: usize,
    /// Inserts: `ON CONFLICT …`. Selects: the columns to return.
    pub tail: &'static str,
    /// Updates: a further test of the row as it is (`t.…`).
    pub only: &'static str,
    texts: OnceLock<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Insert,
    Update,
    Delete,
    Select,
}

impl Many {
    pub const fn insert(name: &'static str, table: &'static str, columns: &'static [(&'static str, Kind)], tail: &'static str) -> Many {
        Many { name, form: Form::Insert, table, columns, keys: 0, tail, only: "", texts: OnceLock::new() }
    }
    pub const fn update(name: &'static str, table: &'static str, keys: usize, columns: &'static [(&'static str, Kind)]) -> Many {
        Many { name, form: Form::Update, table, columns, keys, tail: "", only: "", texts: OnceLock::new() }
    }
    /// An update of rows by retailer, id and version (the first three columns), which counts the version up.
    pub const fn update_versioned(name: &'static str, table: &'static str, columns: &'static [(&'static str, Kind)]) -> Many {
        Many { name, form: Form::Update, table, columns, keys: 3, tail: ", version = t.version + 1", only: "", texts: OnceLock::new() }
    }
    /// An update of those rows that pass a test, which counts the version up.
    pub const fn update_only(
        name: &'static str,
        table: &'static str,
        keys: usize,
        columns: &'static [(&'static str, Kind)],
        only: &'static str,
    ) -> Many {
        Many { name, form: Form::Update, table, columns, keys, tail: ", version = t.version + 1", only, texts: OnceLock::new() }
    }
    pub const fn delete(name: &'static str, table: &'static str, columns: &'static [(&'static str, Kind)]) -> Many {
        Many { name, form: Form::Delete, table, columns, keys: columns.len(), tail: "", only: "", texts: OnceLock::new() }
    }
    pub const fn select(name: &'static str, table: &'static str, columns: &'static [(&'static str, Kind)], tail: &'static str) -> Many {
        Many { name, form: Form::Select, table, columns, keys: columns.len(), tail, only: "", texts: OnceLock::new() }
    }

    /// (SQLite text, PostgreSQL text).
    pub fn texts(&self) -> &(String, String) {
        self.texts.get_or_init(|| {
            let names: Vec<&str> = self.columns.iter().map(|c| c.0).collect();
            let list = names.join(", ");
            let arrays: Vec<String> = self.columns.iter().enumerate().map(|(i, c)| format!("${}::{}[]", i + 1, c.1.pg())).collect();
            let unnest = format!("unnest({}) AS u({list})", arrays.join(", "));
            let (table, tail) = (self.table, self.tail);
            let lite_keys: Vec<String> = names[..self.keys].iter().enumerate().map(|(i, n)| format!("{n} = ?{}", i + 1)).collect();
            let pg_keys: Vec<String> = names[..self.keys].iter().map(|n| format!("t.{n} = u.{n}")).collect();
            match self.form {
                Form::Insert => {
                    let marks: Vec<String> = (1..=names.len()).map(|i| format!("?{i}")).collect();
                    (
                        format!("INSERT INTO {table} ({list}) VALUES ({}) {tail}", marks.join(", ")),
                        format!("INSERT INTO {table} ({list}) SELECT {list} FROM {unnest} {tail}"),
                    )
                }
                Form::Update => {
                    let set = names.iter().enumerate().skip(self.keys);
                    let lite: Vec<String> = set.clone().map(|(i, n)| format!("{n} = ?{}", i + 1)).collect();
                    let pg: Vec<String> = set.map(|(_, n)| format!("{n} = u.{n}")).collect();
                    let only = if self.only.is_empty() { String::new() } else { format!(" AND {}", self.only) };
                    (
                        format!("UPDATE {table} AS t SET {}{tail} WHERE {}{only}", lite.join(", "), lite_keys.join(" AND ")),
                        format!("UPDATE {table} AS t SET {}{tail} FROM {unnest} WHERE {}{only}", pg.join(", "), pg_keys.join(" AND ")),
                    )
                }
                Form::Delete => (
                    format!("DELETE FROM {table} WHERE {}", lite_keys.join(" AND ")),
                    format!("DELETE FROM {table} AS t USING {unnest} WHERE {}", pg_keys.join(" AND ")),
                ),
                Form::Select => (
                    format!("SELECT {tail} FROM {table} AS t WHERE {}", lite_keys.join(" AND ")),
                    format!("SELECT {tail} FROM {table} AS t JOIN {unnest} ON {}", pg_keys.join(" AND ")),
                ),
            }
        })
    }
}
