//! PostgreSQL: pooled connections, cached statements, many rows as arrays.

use tokio_postgres::types::{ToSql, Type};

use super::{DbError, Form, Kind, Many, Result, Row, Value};

pub(super) fn open(url: &str) -> Result<deadpool_postgres::Pool> {
    let config: tokio_postgres::Config = url.parse().map_err(|e: tokio_postgres::Error| DbError::Address(e.to_string()))?;
    let manager = match config.get_ssl_mode() {
        tokio_postgres::config::SslMode::Disable => deadpool_postgres::Manager::new(config, tokio_postgres::NoTls),
        _ => {
            let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
            let tls = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
            deadpool_postgres::Manager::new(config, tokio_postgres_rustls::MakeRustlsConnect::new(tls))
        }
    };
    let pool = deadpool_postgres::Pool::builder(manager).max_size(12).runtime(deadpool_postgres::Runtime::Tokio1);
    pool.build().map_err(|e| DbError::Pool(Box::new(e)))
}

pub struct PgWrite {
    pub(super) client: Option<deadpool_postgres::Object>,
    pub(super) open: bool,
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
    pub(super) fn client(&self) -> &deadpool_postgres::Object {
        self.client.as_ref().expect("the client is there until commit or drop")
    }
}

fn params(args: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
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

fn row_of(row: &tokio_postgres::Row) -> Row {
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

pub(super) async fn all(client: &deadpool_postgres::Object, name: &'static str, text: &str, args: &[Value]) -> Result<Vec<Row>> {
    let go = async {
        let statement = client.prepare_cached(text).await?;
        client.query(&statement, &params(args)).await
    };
    let rows = go.await.map_err(|source| DbError::Pg { statement: name, source })?;
    Ok(rows.iter().map(row_of).collect())
}

pub(super) async fn exec(client: &deadpool_postgres::Object, name: &'static str, text: &str, args: &[Value]) -> Result<u64> {
    let go = async {
        let statement = client.prepare_cached(text).await?;
        client.execute(&statement, &params(args)).await
    };
    go.await.map_err(|source| DbError::Pg { statement: name, source })
}

pub(super) async fn many_rows(client: &deadpool_postgres::Object, many: &'static Many, rows: Vec<Vec<Value>>) -> Result<(Vec<Row>, u64)> {
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
            client.query(&statement, &params).await.map(|rows| (rows.iter().map(row_of).collect(), 0))
        } else {
            client.execute(&statement, &params).await.map(|n| (Vec::new(), n))
        }
    };
    go.await.map_err(|source| DbError::Pg { statement: many.name, source })
}
