//! SQLite: direct calls on the calling thread; one writer, several readers.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, atomic::AtomicUsize, atomic::Ordering},
};

use rusqlite::types::ValueRef;

use super::{DbError, Many, Result, Row, Value};

pub struct Lite {
    pub(super) path: PathBuf,
    pub(super) writer: Arc<tokio::sync::Mutex<rusqlite::Connection>>,
    readers: Vec<Mutex<rusqlite::Connection>>,
    next: AtomicUsize,
}

const LITE_READERS: usize = 8;

pub(super) fn open(path: &Path, synchronous: &str) -> Result<Lite> {
    let open = |write: bool| -> Result<rusqlite::Connection> {
        let go = || -> rusqlite::Result<rusqlite::Connection> {
            let c = rusqlite::Connection::open(path)?;
            c.busy_timeout(std::time::Duration::from_secs(10))?;
            c.set_prepared_statement_cache_capacity(256);
            c.pragma_update(None, "journal_mode", "WAL")?;
            c.pragma_update(None, "synchronous", synchronous)?;
            c.pragma_update(None, "foreign_keys", "OFF")?;
            c.pragma_update(None, "temp_store", "MEMORY")?;
            c.pragma_update(None, "cache_size", if write { -65_536 } else { -16_384 })?;
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
    Ok(Lite { path: path.to_path_buf(), writer, readers, next: AtomicUsize::new(0) })
}

impl Lite {
    /// A free reader if there is one, else wait for the next in turn. Always the first that is free: so few are in use, and what they
    /// remember of the file stays warm.
    pub(super) fn reader(&self) -> std::sync::MutexGuard<'_, rusqlite::Connection> {
        if let Some(free) = self.readers.iter().find_map(|r| r.try_lock().ok()) {
            return free;
        }
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        self.readers[start % self.readers.len()].lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

pub struct LiteWrite {
    pub(super) guard: tokio::sync::OwnedMutexGuard<rusqlite::Connection>,
    pub(super) open: bool,
}

impl Drop for LiteWrite {
    fn drop(&mut self) {
        if self.open {
            // Nothing can be done about a failure here; the next BEGIN would report it.
            let _ = self.guard.execute_batch("ROLLBACK");
        }
    }
}

fn value(v: &Value) -> rusqlite::types::ToSqlOutput<'_> {
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

fn row_of(row: &rusqlite::Row, columns: usize) -> rusqlite::Result<Row> {
    let mut out = Vec::with_capacity(columns);
    for i in 0..columns {
        out.push(match row.get_ref(i)? {
            ValueRef::Null => Value::Text(None),
            ValueRef::Integer(v) => Value::Int(Some(v)),
            ValueRef::Real(v) => Value::Real(Some(v)),
            ValueRef::Text(v) => {
                Value::Text(Some(std::str::from_utf8(v).map_or_else(|_| String::from_utf8_lossy(v).into(), str::to_string)))
            }
            ValueRef::Blob(v) => Value::Bytes(Some(v.to_vec())),
        });
    }
    Ok(Row(out))
}

pub(super) fn all(c: &rusqlite::Connection, name: &'static str, text: &str, args: &[Value]) -> Result<Vec<Row>> {
    let go = || -> rusqlite::Result<Vec<Row>> {
        let mut statement = c.prepare_cached(text)?;
        let columns = statement.column_count();
        statement.query_map(rusqlite::params_from_iter(args.iter().map(value)), |r| row_of(r, columns))?.collect()
    };
    go().map_err(|source| DbError::Lite { statement: name, source })
}

pub(super) fn exec(c: &rusqlite::Connection, name: &'static str, text: &str, args: &[Value]) -> Result<u64> {
    let go = || c.prepare_cached(text)?.execute(rusqlite::params_from_iter(args.iter().map(value)));
    go().map(|n| n as u64).map_err(|source| DbError::Lite { statement: name, source })
}

pub(super) fn select_many(c: &rusqlite::Connection, many: &'static Many, rows: &[Vec<Value>]) -> Result<Vec<Row>> {
    let go = || -> rusqlite::Result<Vec<Row>> {
        let mut statement = c.prepare_cached(&many.texts().0)?;
        let columns = statement.column_count();
        let mut found = Vec::new();
        for row in rows {
            let answers = statement.query_map(rusqlite::params_from_iter(row.iter().map(value)), |r| row_of(r, columns))?;
            for answer in answers {
                found.push(answer?);
            }
        }
        Ok(found)
    };
    go().map_err(|source| DbError::Lite { statement: many.name, source })
}

pub(super) fn change_many(c: &rusqlite::Connection, many: &'static Many, rows: &[Vec<Value>]) -> Result<u64> {
    let go = || -> rusqlite::Result<u64> {
        let mut statement = c.prepare_cached(&many.texts().0)?;
        let mut touched = 0;
        for row in rows {
            touched += statement.execute(rusqlite::params_from_iter(row.iter().map(value)))? as u64;
        }
        Ok(touched)
    };
    go().map_err(|source| DbError::Lite { statement: many.name, source })
}
