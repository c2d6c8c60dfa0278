//! A file that a merchant's program put into our file door: kept durably, then taken in like any other.

use super::{FlowError, import};
use crate::{
    app::App,
    db::{self, inbox::InboxRow},
};
use whereabouts_adapters::sheet::Kind;

/// Files up to this size are taken.
pub const FILE_MAX: usize = 32 * 1024 * 1024;
/// How such files are marked.
pub const SOURCE: &str = "sftp";

/// What a folder's files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    /// Told by its columns.
    Anything,
    Orders,
    Shipments,
    Events,
    /// A carrier's own file: read as if the carrier had called the hook.
    Carrier,
}

impl Holds {
    pub const FOLDERS: [Holds; 4] = [Holds::Orders, Holds::Shipments, Holds::Events, Holds::Carrier];

    pub fn id(self) -> &'static str {
        match self {
            Holds::Anything => "",
            Holds::Orders => "orders",
            Holds::Shipments => "shipments",
            Holds::Events => "events",
            Holds::Carrier => "carrier",
        }
    }

    pub fn parse(id: &str) -> Option<Holds> {
        Holds::FOLDERS.into_iter().find(|f| f.id() == id)
    }
}

/// Returns when the file is durable.
pub async fn file(app: &App, retailer: &str, holds: Holds, name: &str, bytes: &[u8]) -> Result<(), FlowError> {
    let kind = match holds {
        Holds::Anything => None,
        Holds::Orders => Some(Kind::Orders),
        Holds::Shipments => Some(Kind::Shipments),
        Holds::Events => Some(Kind::Events),
        Holds::Carrier => return hand_in(app, retailer, name, bytes).await,
    };
    let sent = import::Sent { name, bytes, kind, mapping: None, source: SOURCE, by: SOURCE };
    let prepared = import::prepare(app, retailer, sent).await?;
    let mut tx = app.db.write().await?;
    import::put_and_start(app, &mut tx, retailer, prepared).await?;
    tx.commit().await?;
    app.wake.notify_one();
    app.ring(retailer, None);
    Ok(())
}

async fn hand_in(app: &App, retailer: &str, name: &str, bytes: &[u8]) -> Result<(), FlowError> {
    let now = app.clock.now_ms();
    let payload = InboxRow {
        retailer: retailer.to_string(),
        id: app.ids.make("inb", now),
        received_at: now,
        source: "file".into(),
        signature: None,
        dialect: None,
        headers: serde_json::to_string(&[("x-file-name", name)]).unwrap_or_default(),
        body: bytes.to_vec(),
    };
    let mut tx = app.db.write().await?;
    db::inbox::put(&mut tx, vec![payload]).await?;
    tx.commit().await?;
    app.wake.notify_one();
    Ok(())
}
