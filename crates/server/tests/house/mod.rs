//! A whole house for a test: database, clock, a retailer. On SQLite, and on PostgreSQL when `WHEREABOUTS_TEST_DATABASE` names one.

use std::sync::Arc;

use whereabouts_server::{
    app::{App, Config},
    clock::Clock,
    context::Brand,
    db::Db,
    flow::set_up::{self, NewRetailer},
};

pub struct House {
    pub app: Arc<App>,
    pub retailer: NewRetailer,
    _folder: tempfile::TempDir,
}

pub fn sandbox() -> Config {
    Config { public_url: "http://127.0.0.1:1".into(), sandbox: true, allow_loopback: true, ..Config::plain() }
}

impl House {
    pub async fn open(config: Config) -> House {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&database(&folder).await).await.unwrap();
        let app = App::start(db, Some(Clock::new(0)), config).await.unwrap();
        let brand = Brand { name: "Fern & Field".into(), ..Brand::default() };
        let retailer = set_up::retailer(&app, "Fern & Field", "ada@example.com", "sorted", &brand).await.unwrap();
        House { app, retailer, _folder: folder }
    }

    pub fn id(&self) -> &str {
        &self.retailer.retailer_id
    }

    /// Moves the product's clock, without doing any work.
    pub fn pass(&self, ms: i64) {
        self.app.clock.add_offset(ms);
    }
}

/// A database of this test's own.
#[expect(clippy::disallowed_methods, reason = "the connection ends with the test")]
async fn database(folder: &tempfile::TempDir) -> String {
    let Ok(server) = std::env::var("WHEREABOUTS_TEST_DATABASE") else {
        return format!("sqlite:{}", folder.path().join("whereabouts.db").display());
    };
    let name = format!("t_{}", whereabouts_server::ids::retailer_id());
    let (client, connection) = tokio_postgres::connect(&server, tokio_postgres::NoTls).await.unwrap();
    tokio::task::spawn(connection);
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    let (base, query) = server.split_once('?').map_or((server.as_str(), String::new()), |(b, q)| (b, format!("?{q}")));
    let (host, _) = base.rsplit_once('/').unwrap();
    format!("{host}/{name}{query}")
}
