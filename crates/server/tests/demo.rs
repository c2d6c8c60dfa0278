//! The demo, played as `whereabouts demo` plays it, with the clock moved by hand.

use std::sync::Arc;

use jiff::civil::date;
use serde_json::Value;
use whereabouts_server::{
    app::{App, Config},
    clock::Clock,
    db::{self, Db},
    demo::{self, Kept},
    jobs::worker,
    view,
};

struct Demo {
    app: Arc<App>,
    kept: Kept,
    _folder: tempfile::TempDir,
}

/// Seeded once for a test: some seconds in a debug build.
async fn opened() -> Demo {
    let folder = tempfile::tempdir().unwrap();
    let app = start(&folder.path().join("demo.db")).await;
    let kept = demo::seed(&app, date(2026, 11, 17)).await.unwrap();
    Demo { app, kept, _folder: folder }
}

async fn start(path: &std::path::Path) -> Arc<App> {
    let config = Config { public_url: "http://demo.test".into(), sandbox: true, allow_loopback: true, ..Config::plain() };
    App::start(Db::open_unhurried(path).unwrap(), Some(Clock::fast(1.0)), config).await.unwrap()
}

impl Demo {
    /// What the desk would list: every shipment as the API answers it.
    async fn shipments(&self) -> Vec<Value> {
        let ctx = self.app.contexts.get(&self.app, &self.kept.retailer).await.unwrap().unwrap();
        let read = self.app.db.read().await.unwrap();
        let mut rows = Vec::new();
        let mut after = None;
        loop {
            let some = db::shipments::page(&read, &self.kept.retailer, after.as_deref(), 200).await.unwrap();
            let Some(last) = some.last() else { return rows };
            after = Some(last.id.clone());
            rows.extend(some.iter().map(|s| view::shipment(s, &ctx, &self.app.config.public_url, self.app.clock.now())));
        }
    }
}
