//! The only folder that knows there are two databases. One SQL text with `$1` parameters runs on rusqlite (`lite`: direct calls) and on
//! tokio-postgres (`pg`: pipelined, cached statements); many rows at once (`many`) are a loop on one and an array batch on the other.

mod lite;
mod many;
mod pg;

use std::{
    path::Path,
    sync::{Arc, OnceLock},
};

pub use many::{Form, Kind, Many};

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
    /// The text itself, which then stands here no more.
    pub fn take_text(&mut self, i: usize) -> Option<String> {
        match &mut self.0[i] {
            Value::Text(v) => v.take(),
            _ => None,
        }
    }
    /// The bytes themselves, which then stand here no more.
    pub fn take_bytes(&mut self, i: usize) -> Option<Vec<u8>> {
        match &mut self.0[i] {
            Value::Bytes(v) => v.take(),
            _ => None,
        }
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
    /// The database itself cannot be used now (it does not answer, is full or read-only): nobody's request is to blame, and later it may do.
    pub fn is_away(&self) -> bool {
        use rusqlite::ErrorCode::{CannotOpen, DiskFull, ReadOnly, SystemIoFailure};
        match self {
            DbError::Pool(_) => true,
            DbError::Pg { source, .. } => source.is_closed() || source.code().is_some_and(|c| is_away_in_postgres(c.code())),
            DbError::Lite { source, .. } => {
                matches!(source.sqlite_error_code(), Some(CannotOpen | DiskFull | ReadOnly | SystemIoFailure))
            }
            _ => false,
        }
    }
}

/// Classes 08 (connection), 53 (no room, no memory, too many clients) and 57P (stopped by an operator), and a server that only reads.
fn is_away_in_postgres(code: &str) -> bool {
    code.starts_with("08") || code.starts_with("53") || code.starts_with("57P") || code == "25006"
}

type Result<T> = std::result::Result<T, DbError>;

/// The database.
#[derive(Clone)]
pub struct Db(Arc<Engine>);

enum Engine {
    Lite(lite::Lite),
    Pg(deadpool_postgres::Pool),
}

impl Db {
    /// Opens `sqlite:PATH` or `postgres://…`; does not migrate.
    pub async fn open(url: &str) -> Result<Db> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Ok(Db(Arc::new(Engine::Lite(lite::open(Path::new(path.trim_start_matches("//")), "FULL")?))));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Db(Arc::new(Engine::Pg(pg::open(url)?))));
        }
        Err(DbError::Address(format!("`{url}` is neither sqlite:PATH nor postgres://…")))
    }

    /// SQLite that does not wait for the disk: a killed process loses nothing, a power cut may. For the demo.
    pub fn open_unhurried(path: &Path) -> Result<Db> {
        Ok(Db(Arc::new(Engine::Lite(lite::open(path, "OFF")?))))
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
                Write::Lite(lite::LiteWrite { guard, open: true })
            }
            Engine::Pg(pool) => {
                let client = pool.get().await.map_err(|e| DbError::Pool(Box::new(e)))?;
                client.batch_execute("BEGIN").await.map_err(|source| DbError::Pg { statement: "BEGIN", source })?;
                Write::Pg(Box::new(pg::PgWrite { client: Some(client), open: true }))
            }
        })
    }
}

/// To read with.
pub enum Read<'a> {
    #[doc(hidden)]
    Lite(&'a lite::Lite),
    #[doc(hidden)]
    Pg(Box<deadpool_postgres::Object>),
}

impl Read<'_> {
    pub async fn all(&self, sql: &'static Sql, args: &[Value]) -> Result<Vec<Row>> {
        match self {
            Read::Lite(lite) => lite::all(&lite.reader(), sql.name, sql.lite(), args),
            Read::Pg(client) => pg::all(client, sql.name, sql.text, args).await,
        }
    }
    pub async fn one(&self, sql: &'static Sql, args: &[Value]) -> Result<Option<Row>> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }
    /// Rows for many keys at once; the order is not that of the keys.
    pub async fn many(&self, many: &'static Many, rows: Vec<Vec<Value>>) -> Result<Vec<Row>> {
        match self {
            Read::Lite(lite) => lite::select_many(&lite.reader(), many, &rows),
            Read::Pg(client) => pg::many_rows(client, many, rows).await.map(|r| r.0),
        }
    }
    /// A statement put together from a fixed list of constants (filters of a list, search). `name` is for messages.
    pub async fn composed(&self, name: &'static str, text: &str, args: &[Value]) -> Result<Vec<Row>> {
        match self {
            Read::Lite(lite) => lite::all(&lite.reader(), name, &text.replace('$', "?"), args),
            Read::Pg(client) => pg::all(client, name, text, args).await,
        }
    }
}

/// A write transaction. It can also read.
pub enum Write {
    #[doc(hidden)]
    Lite(lite::LiteWrite),
    #[doc(hidden)]
    Pg(Box<pg::PgWrite>),
}

impl Write {
    pub async fn all(&mut self, sql: &'static Sql, args: &[Value]) -> Result<Vec<Row>> {
        match self {
            Write::Lite(w) => lite::all(&w.guard, sql.name, sql.lite(), args),
            Write::Pg(w) => pg::all(w.client(), sql.name, sql.text, args).await,
        }
    }
    pub async fn one(&mut self, sql: &'static Sql, args: &[Value]) -> Result<Option<Row>> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }
    /// Runs a statement, answers how many rows it touched.
    pub async fn exec(&mut self, sql: &'static Sql, args: &[Value]) -> Result<u64> {
        match self {
            Write::Lite(w) => lite::exec(&w.guard, sql.name, sql.lite(), args),
            Write::Pg(w) => pg::exec(w.client(), sql.name, sql.text, args).await,
        }
    }
    /// Many rows at once: rows touched, and rows returned (for selects).
    pub async fn many(&mut self, many: &'static Many, rows: Vec<Vec<Value>>) -> Result<(Vec<Row>, u64)> {
        if rows.is_empty() {
            return Ok((Vec::new(), 0));
        }
        match self {
            Write::Lite(w) if many.form == Form::Select => Ok((lite::select_many(&w.guard, many, &rows)?, 0)),
            Write::Lite(w) => lite::change_many(&w.guard, many, &rows).map(|touched| (Vec::new(), touched)),
            Write::Pg(w) => pg::many_rows(w.client(), many, rows).await,
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
