//! The only file that knows there are two databases. One SQL text with `$1` parameters runs on rusqlite (direct calls) and on
//! tokio-postgres (pipelined, cached statements); many rows at once are one call that is a loop on one and an array batch on the other.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, atomic::AtomicUsize, atomic::Ordering},
};

use rusqlite::types::ValueRef;
use tokio_postgres::types::{ToSql, Type};

/// A named statement. Declare with [`sql!`], so that the test that prepares every statement on both engines finds it.
pub struct Sql {
    pub name: &'static str,
    pub text: &'static str,
    lite: OnceLock<String>,
}

impl Sql {
    pub const fn new(name: &'static str, text: &'static str) -> Sql {
        Sql { name, text, lite: OnceLock::new() }
    }
    /// `$n` is a name to SQLite, numbered by first appearance; `?n` is a number.
    pub fn lite(&self) -> &str {
        self.lite.get_or_init(|| self.text.replace('$', "?"))
    }
}

/// Declares named statements and the list of them: `sql! { FIND = "SELECT …"; }`.
#[macro_export]
macro_rules! sql {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)*) => {
        $($(#[$doc])* pub static $name: $crate::db::engine::Sql = $crate::db::engine::Sql::new(stringify!($name), $text);)*
        pub static STATEMENTS: &[&$crate::db::engine::Sql] = &[$(&$name),*];
    };
}

/// A parameter or a column. NULL has a type: PostgreSQL refuses an untyped one.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bool(Option<bool>),
    Real(Option<f64>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! value_from {
    ($($t:ty => $variant:ident, $convert:expr;)*) => {
        $(impl From<$t> for Value { fn from(v: $t) -> Value { Value::$variant(Some($convert(v))) } }
          impl From<Option<$t>> for Value { fn from(v: Option<$t>) -> Value { Value::$variant(v.map($convert)) } })*
    };
}
value_from! {
    i64 => Int, |v| v;
    String => Text, |v| v;
    &str => Text, |v: &str| v.to_string();
    &String => Text, |v: &String| v.clone();
    bool => Bool, |v| v;
    f64 => Real, |v| v;
    Vec<u8> => Bytes, |v| v;
    &[u8] => Bytes, |v: &[u8]| v.to_vec();
}

/// Parameters for a statement: `args![retailer, id, now]`.
#[macro_export]
macro_rules! args {
    ($($v:expr),* $(,)?) => { &[$($crate::db::engine::Value::from($v)),*] };
}

/// One row for a many-rows call: `row![retailer, id]`.
#[macro_export]
macro_rules! row {
    ($($v:expr),* $(,)?) => { vec![$($crate::db::engine::Value::from($v)),*] };
}

/// A row that came back.
#[derive(Clone, Debug)]
pub struct Row(Vec<Value>);

impl Row {
    pub fn opt_int(&self, i: usize) -> Option<i64> {
        match &self.0[i] {
            Value::Int(v) => *v,
            Value::Bool(v) => v.map(i64::from),
            _ => None,
        }
    }
    pub fn int(&self, i: usize) -> i64 {
        self.opt_int(i).unwrap_or_default()
    }
    pub fn bool(&self, i: usize) -> bool {
        self.int(i) != 0
    }
    pub fn opt_text(&self, i: usize) -> Option<String> {
        match &self.0[i] {
            Value::Text(v) => v.clone(),
            _ => None,
        }
    }
    pub fn str(&self, i: usize) -> &str {
        match &self.0[i] {
            Value::Text(Some(v)) => v,
            _ => "",
        }
    }
    pub fn text(&self, i: usize) -> String {
        self.str(i).to_string()
    }
    pub fn opt_real(&self, i: usize) -> Option<f64> {
        match &self.0[i] {
            Value::Real(v) => *v,
            Value::Int(v) => v.map(|v| v as f64),
            _ => None,
        }
    }
    pub fn bytes(&self, i: usize) -> &[u8] {
        match &self.0[i] {
            Value::Bytes(Some(v)) => v,
            _ => &[],
        }
    }
}

/// What can go wrong below.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("the database refused `{statement}`")]
    Lite { statement: &'static str, source: rusqlite::Error },
    #[error("the database refused `{statement}`")]
    Pg { statement: &'static str, source: tokio_postgres::Error },
    #[error("no database connection")]
    Pool(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the database address cannot be used: {0}")]
    Address(String),
    /// Somebody else changed the same row meanwhile: load again and try again.
    #[error("changed by somebody else meanwhile")]
    Raced,
    #[error("{0}")]
    Migration(String),
}

impl DbError {
    /// A unique key or another constraint said no.
    pub fn is_constraint(&self) -> bool {
        match self {
            DbError::Lite { source, .. } => source.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation),
            DbError::Pg { source, .. } => source.code().is_some_and(|c| c.code().starts_with("23")),
            _ => false,
        }
    }
    /// Worth running the whole transaction again.
    pub fn is_race(&self) -> bool {
        match self {
            DbError::Raced => true,
            DbError::Pg { source, .. } => source.code().is_some_and(|c| matches!(c.code(), "40001" | "40P01")),
            DbError::Lite { source, .. } => source.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy),
            _ => false,
        }
    }
}

type Result<T> = std::result::Result<T, DbError>;

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
                    let lite: Vec<String> = names.iter().enumerate().skip(self.keys).map(|(i, n)| format!("{n} = ?{}", i + 1)).collect();
                    let pg: Vec<String> = names[self.keys..].iter().map(|n| format!("{n} = u.{n}")).collect();
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

/// The database.
#[derive(Clone)]
pub struct Db(Arc<Engine>);

enum Engine {
    Lite(Lite),
    Pg(deadpool_postgres::Pool),
}

pub struct Lite {
    path: PathBuf,
    writer: Arc<tokio::sync::Mutex<rusqlite::Connection>>,
    readers: Vec<Mutex<rusqlite::Connection>>,
    next: AtomicUsize,
}

const LITE_READERS: usize = 8;

impl Db {
    /// Opens `sqlite:PATH` or `postgres://…`; does not migrate.
    pub async fn open(url: &str) -> Result<Db> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Db::open_lite(Path::new(path.trim_start_matches("//")), "FULL");
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Db::open_pg(url);
        }
        Err(DbError::Address(format!("`{url}` is neither sqlite:PATH nor postgres://…")))
    }

    /// SQLite that does not wait for the disk: a killed process loses nothing, a power cut may. For the demo.
    pub fn open_unhurried(path: &Path) -> Result<Db> {
        Db::open_lite(path, "OFF")
    }

    fn open_lite(path: &Path, synchronous: &str) -> Result<Db> {
        let open = |write: bool| -> Result<rusqlite::Connection> {
            let go = || -> rusqlite::Result<rusqlite::Connection> {
                let c = rusqlite::Connection::open(path)?;
                c.busy_timeout(std::time::Duration::from_secs(10))?;
                c.set_prepared_statement_cache_capacity(256);
                c.pragma_update(None, "journal_mode", "WAL")?;
                c.pragma_update(None, "synchronous", synchronous)?;
                c.pragma_update(None, "foreign_keys", "OFF")?;
                c.pragma_update(None, "temp_store", "MEMORY")?;
                c.pragma_update(None, "cache_size", if write { -65_536 } else { -8_192 })?;
                c.pragma_update(None, "mmap_size", 0)?;
                // One plan for each statement, whatever it is given: else, once somebody has run ANALYZE, most are planned anew at each call.
                c.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
                if !write {
                    c.pragma_update(None, "query_only", true)?;
                }
                Ok(c)
            };
            go().map_err(|source| DbError::Lite { statement: "open", source })
        };
        let writer = open(true)?;
        let readers = (0..LITE_READERS).map(|_| open(false).map(Mutex::new)).collect::<Result<_>>()?;
        let writer = Arc::new(tokio::sync::Mutex::new(writer));
        Ok(Db(Arc::new(Engine::Lite(Lite { path: path.to_path_buf(), writer, readers, next: AtomicUsize::new(0) }))))
    }

    fn open_pg(url: &str) -> Result<Db> {
        let config: tokio_postgres::Config = url.parse().map_err(|e: tokio_postgres::Error| DbError::Address(e.to_string()))?;
        let manager = match config.get_ssl_mode() {
            tokio_postgres::config::SslMode::Disable => deadpool_postgres::Manager::new(config, tokio_postgres::NoTls),
            _ => {
                let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
                let tls = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
                deadpool_postgres::Manager::new(config, tokio_postgres_rustls::MakeRustlsConnect::new(tls))
            }
        };
        let pool = deadpool_postgres::Pool::builder(manager)
            .max_size(12)
            .runtime(deadpool_postgres::Runtime::Tokio1)
            .build()
            .map_err(|e| DbError::Pool(Box::new(e)))?;
        Ok(Db(Arc::new(Engine::Pg(pool))))
    }

    pub fn is_lite(&self) -> bool {
        matches!(*self.0, Engine::Lite(_))
    }

    /// The folder or address without a password, for messages.
    pub fn describe(&self) -> String {
        match &*self.0 {
            Engine::Lite(lite) => format!("sqlite:{}", lite.path.display()),
            Engine::Pg(_) => "postgres".into(),
        }
    }

    /// A handle to read with. Short reads run on the calling thread.
    pub async fn read(&self) -> Result<Read<'_>> {
        Ok(match &*self.0 {
            Engine::Lite(lite) => Read::Lite(lite),
            Engine::Pg(pool) => Read::Pg(Box::new(pool.get().await.map_err(|e| DbError::Pool(Box::new(e)))?)),
        })
    }

    /// Begins a write transaction. Dropped without `commit` it is rolled back.
    pub async fn write(&self) -> Result<Write> {
        Ok(match &*self.0 {
            Engine::Lite(lite) => {
                let guard = lite.writer.clone().lock_owned().await;
                guard.execute_batch("BEGIN IMMEDIATE").map_err(|source| DbError::Lite { statement: "BEGIN", source })?;
                Write::Lite(LiteWrite { guard, open: true })
            }
            Engine::Pg(pool) => {
                let client = pool.get().await.map_err(|e| DbError::Pool(Box::new(e)))?;
                client.batch_execute("BEGIN").await.map_err(|source| DbError::Pg { statement: "BEGIN", source })?;
                Write::Pg(Box::new(PgWrite { client: Some(client), open: true }))
            }
        })
    }
}

/// To read with.
pub enum Read<'a> {
    #[doc(hidden)]
    Lite(&'a Lite),
    #[doc(hidden)]
    Pg(Box<deadpool_postgres::Object>),
}
impl Lite {
    /// A free reader if there is one, else wait for the next in turn.
    fn reader(&self) -> std::sync::MutexGuard<'_, rusqlite::Connection> {
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        for i in 0..self.readers.len() {
            if let Ok(guard) = self.readers[(start + i) % self.readers.len()].try_lock() {
                return guard;
            }
        }
        self.readers[start % self.readers.len()].lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Read<'_> {
    pub async fn all(&self, sql: &'static Sql, args: &[Value]) -> Result<Vec<Row>> {
        match self {
            Read::Lite(lite) => lite_all(&lite.reader(), sql.name, sql.lite(), args),
            Read::Pg(client) => pg_all(client, sql.name, sql.text, args).await,
        }
    }
    pub async fn one(&self, sql: &'static Sql, args: &[Value]) -> Result<Option<Row>> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }
    /// Rows for many keys at once; the order is not that of the keys.
    pub async fn many(&self, many: &'static Many, rows: Vec<Vec<Value>>) -> Result<Vec<Row>> {
        match self {
            Read::Lite(lite) => lite_select_many(&lite.reader(), many, &rows),
            Read::Pg(client) => pg_many(client, many, rows).await.map(|r| r.0),
        }
    }
    /// A statement put together from a fixed list of constants (filters of a list, search). `name` is for messages.
    pub async fn composed(&self, name: &'static str, text: &str, args: &[Value]) -> Result<Vec<Row>> {
        match self {
            Read::Lite(lite) => lite_all(&lite.reader(), name, &text.replace('$', "?"), args),
            Read::Pg(client) => pg_all(client, name, text, args).await,
        }
    }
}

/// A write transaction. It can also read.
pub enum Write {
    #[doc(hidden)]
    Lite(LiteWrite),
    #[doc(hidden)]
    Pg(Box<PgWrite>),
}

pub struct LiteWrite {
    guard: tokio::sync::OwnedMutexGuard<rusqlite::Connection>,
    open: bool,
}

pub struct PgWrite {
    client: Option<deadpool_postgres::Object>,
    open: bool,
}

impl Drop for LiteWrite {
    fn drop(&mut self) {
        if self.open {
            // Nothing can be done about a failure here; the next BEGIN would report it.
            let _ = self.guard.execute_batch("ROLLBACK");
        }
    }
}

impl Drop for PgWrite {
    fn drop(&mut self) {
        if self.open
            && let Some(client) = self.client.take()
        {
            // Rolled back beside us and given back to the pool; a connection that can't do that is closed, which rolls back as well.
            match tokio::runtime::Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(roll_back(client))),
                Err(_) => drop(deadpool_postgres::Object::take(client)),
            }
        }
    }
}

async fn roll_back(client: deadpool_postgres::Object) {
    if client.batch_execute("ROLLBACK").await.is_err() {
        drop(deadpool_postgres::Object::take(client));
    }
}

impl PgWrite {
    fn client(&self) -> &deadpool_postgres::Object {
        self.client.as_ref().expect("the client is there until commit or drop")
    }
}

impl Write {
    pub async fn all(&mut self, sql: &'static Sql, args: &[Value]) -> Result<Vec<Row>> {
        match self {
            Write::Lite(w) => lite_all(&w.guard, sql.name, sql.lite(), args),
            Write::Pg(w) => pg_all(w.client(), sql.name, sql.text, args).await,
        }
    }
    pub async fn one(&mut self, sql: &'static Sql, args: &[Value]) -> Result<Option<Row>> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }
    /// Runs a statement, answers how many rows it touched.
    pub async fn exec(&mut self, sql: &'static Sql, args: &[Value]) -> Result<u64> {
        match self {
            Write::Lite(w) => lite_exec(&w.guard, sql.name, sql.lite(), args),
            Write::Pg(w) => pg_exec(w.client(), sql.name, sql.text, args).await,
        }
    }
    /// Many rows at once: rows touched, and rows returned (for selects).
    pub async fn many(&mut self, many: &'static Many, rows: Vec<Vec<Value>>) -> Result<(Vec<Row>, u64)> {
        if rows.is_empty() {
            return Ok((Vec::new(), 0));
        }
        match self {
            Write::Lite(w) if many.form == Form::Select => Ok((lite_select_many(&w.guard, many, &rows)?, 0)),
            Write::Lite(w) => {
                let fail = |source| DbError::Lite { statement: many.name, source };
                let mut statement = w.guard.prepare_cached(&many.texts().0).map_err(fail)?;
                let mut touched = 0;
                for row in &rows {
                    touched += statement.execute(rusqlite::params_from_iter(row.iter().map(lite_value))).map_err(fail)? as u64;
                }
                Ok((Vec::new(), touched))
            }
            Write::Pg(w) => pg_many(w.client(), many, rows).await,
        }
    }
    /// Statements of a migration.
    pub async fn script(&mut self, name: &'static str, text: &str) -> Result<()> {
        match self {
            Write::Lite(w) => w.guard.execute_batch(text).map_err(|source| DbError::Lite { statement: name, source }),
            Write::Pg(w) => w.client().batch_execute(text).await.map_err(|source| DbError::Pg { statement: name, source }),
        }
    }
    /// Makes it durable. On SQLite the thread waits for the disk; the runtime is told, so that others go on.
    pub async fn commit(mut self) -> Result<()> {
        match &mut self {
            Write::Lite(w) => {
                tokio::task::block_in_place(|| w.guard.execute_batch("COMMIT"))
                    .map_err(|source| DbError::Lite { statement: "COMMIT", source })?;
                w.open = false;
            }
            Write::Pg(w) => {
                w.client().batch_execute("COMMIT").await.map_err(|source| DbError::Pg { statement: "COMMIT", source })?;
                w.open = false;
            }
        }
        Ok(())
    }
    /// Until the end of this transaction nobody else holds any of these keys. (SQLite has one writer: nobody does anyway.)
    pub async fn hold_alone(&mut self, keys: &[i64]) -> Result<()> {
        self.hold("pg_advisory_xact_lock", keys).await
    }
    /// Until the end of this transaction nobody holds any of these keys alone.
    pub async fn hold_together(&mut self, keys: &[i64]) -> Result<()> {
        self.hold("pg_advisory_xact_lock_shared", keys).await
    }
    async fn hold(&mut self, how: &str, keys: &[i64]) -> Result<()> {
        if self.is_lite() || keys.is_empty() {
            return Ok(());
        }
        // Always in the same order, so that two transactions never wait for each other.
        let keys: std::collections::BTreeSet<i64> = keys.iter().copied().collect();
        let list: Vec<String> = keys.iter().map(i64::to_string).collect();
        self.script("hold", &format!("SELECT {how}(k) FROM unnest(ARRAY[{}]::bigint[]) AS k", list.join(", "))).await
    }
    pub fn is_lite(&self) -> bool {
        matches!(self, Write::Lite(_))
    }
}

// SQLite

fn lite_value(v: &Value) -> rusqlite::types::ToSqlOutput<'_> {
    use rusqlite::types::{ToSqlOutput, Value as Own};
    match v {
        Value::Int(Some(i)) => ToSqlOutput::Owned(Own::Integer(*i)),
        Value::Bool(Some(b)) => ToSqlOutput::Owned(Own::Integer(i64::from(*b))),
        Value::Real(Some(r)) => ToSqlOutput::Owned(Own::Real(*r)),
        Value::Text(Some(t)) => ToSqlOutput::Borrowed(ValueRef::Text(t.as_bytes())),
        Value::Bytes(Some(b)) => ToSqlOutput::Borrowed(ValueRef::Blob(b)),
        _ => ToSqlOutput::Owned(Own::Null),
    }
}

fn lite_row(row: &rusqlite::Row, columns: usize) -> rusqlite::Result<Row> {
    let mut out = Vec::with_capacity(columns);
    for i in 0..columns {
        out.push(match row.get_ref(i)? {
            ValueRef::Null => Value::Text(None),
            ValueRef::Integer(v) => Value::Int(Some(v)),
            ValueRef::Real(v) => Value::Real(Some(v)),
            ValueRef::Text(v) => Value::Text(Some(String::from_utf8_lossy(v).into_owned())),
            ValueRef::Blob(v) => Value::Bytes(Some(v.to_vec())),
        });
    }
    Ok(Row(out))
}

fn lite_all(c: &rusqlite::Connection, name: &'static str, text: &str, args: &[Value]) -> Result<Vec<Row>> {
    let go = || -> rusqlite::Result<Vec<Row>> {
        let mut statement = c.prepare_cached(text)?;
        let columns = statement.column_count();
        statement.query_map(rusqlite::params_from_iter(args.iter().map(lite_value)), |r| lite_row(r, columns))?.collect()
    };
    go().map_err(|source| DbError::Lite { statement: name, source })
}

fn lite_exec(c: &rusqlite::Connection, name: &'static str, text: &str, args: &[Value]) -> Result<u64> {
    let go = || c.prepare_cached(text)?.execute(rusqlite::params_from_iter(args.iter().map(lite_value)));
    go().map(|n| n as u64).map_err(|source| DbError::Lite { statement: name, source })
}

fn lite_select_many(c: &rusqlite::Connection, many: &'static Many, rows: &[Vec<Value>]) -> Result<Vec<Row>> {
    let go = || -> rusqlite::Result<Vec<Row>> {
        let mut statement = c.prepare_cached(&many.texts().0)?;
        let columns = statement.column_count();
        let mut found = Vec::new();
        for row in rows {
            let answers = statement.query_map(rusqlite::params_from_iter(row.iter().map(lite_value)), |r| lite_row(r, columns))?;
            for answer in answers {
                found.push(answer?);
            }
        }
        Ok(found)
    };
    go().map_err(|source| DbError::Lite { statement: many.name, source })
}

// PostgreSQL

fn pg_args(args: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    args.iter()
        .map(|v| -> &(dyn ToSql + Sync) {
            match v {
                Value::Int(v) => v,
                Value::Text(v) => v,
                Value::Bool(v) => v,
                Value::Real(v) => v,
                Value::Bytes(v) => v,
            }
        })
        .collect()
}

fn pg_row(row: &tokio_postgres::Row) -> Row {
    let value = |i: usize, t: &Type| match *t {
        Type::BOOL => Value::Bool(row.get(i)),
        Type::INT8 => Value::Int(row.get(i)),
        Type::INT4 => Value::Int(row.get::<_, Option<i32>>(i).map(i64::from)),
        Type::FLOAT8 => Value::Real(row.get(i)),
        Type::FLOAT4 => Value::Real(row.get::<_, Option<f32>>(i).map(f64::from)),
        Type::BYTEA => Value::Bytes(row.get(i)),
        _ => Value::Text(row.get(i)),
    };
    Row(row.columns().iter().enumerate().map(|(i, c)| value(i, c.type_())).collect())
}

async fn pg_all(client: &deadpool_postgres::Object, name: &'static str, text: &str, args: &[Value]) -> Result<Vec<Row>> {
    let go = async {
        let statement = client.prepare_cached(text).await?;
        client.query(&statement, &pg_args(args)).await
    };
    let rows = go.await.map_err(|source| DbError::Pg { statement: name, source })?;
    Ok(rows.iter().map(pg_row).collect())
}

async fn pg_exec(client: &deadpool_postgres::Object, name: &'static str, text: &str, args: &[Value]) -> Result<u64> {
    let go = async {
        let statement = client.prepare_cached(text).await?;
        client.execute(&statement, &pg_args(args)).await
    };
    go.await.map_err(|source| DbError::Pg { statement: name, source })
}

async fn pg_many(client: &deadpool_postgres::Object, many: &'static Many, rows: Vec<Vec<Value>>) -> Result<(Vec<Row>, u64)> {
    if rows.is_empty() {
        return Ok((Vec::new(), 0));
    }
    enum Column {
        Int(Vec<Option<i64>>),
        Text(Vec<Option<String>>),
        Bool(Vec<Option<bool>>),
        Real(Vec<Option<f64>>),
        Bytes(Vec<Option<Vec<u8>>>),
    }
    let mut columns: Vec<Column> = many
        .columns
        .iter()
        .map(|c| match c.1 {
            Kind::Int => Column::Int(Vec::with_capacity(rows.len())),
            Kind::Text => Column::Text(Vec::with_capacity(rows.len())),
            Kind::Bool => Column::Bool(Vec::with_capacity(rows.len())),
            Kind::Real => Column::Real(Vec::with_capacity(rows.len())),
            Kind::Bytes => Column::Bytes(Vec::with_capacity(rows.len())),
        })
        .collect();
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row) {
            match (column, value) {
                (Column::Int(c), Value::Int(v)) => c.push(v),
                (Column::Text(c), Value::Text(v)) => c.push(v),
                (Column::Bool(c), Value::Bool(v)) => c.push(v),
                (Column::Real(c), Value::Real(v)) => c.push(v),
                (Column::Bytes(c), Value::Bytes(v)) => c.push(v),
                _ => return Err(DbError::Migration(format!("`{}` was given a value of another type", many.name))),
            }
        }
    }
    let params: Vec<&(dyn ToSql + Sync)> = columns
        .iter()
        .map(|c| -> &(dyn ToSql + Sync) {
            match c {
                Column::Int(v) => v,
                Column::Text(v) => v,
                Column::Bool(v) => v,
                Column::Real(v) => v,
                Column::Bytes(v) => v,
            }
        })
        .collect();
    let go = async {
        let statement = client.prepare_cached(&many.texts().1).await?;
        if many.form == Form::Select {
            client.query(&statement, &params).await.map(|rows| (rows.iter().map(pg_row).collect(), 0))
        } else {
            client.execute(&statement, &params).await.map(|n| (Vec::new(), n))
        }
    };
    go.await.map_err(|source| DbError::Pg { statement: many.name, source })
}
