//! A payload from the quarantine is handed in again, after a fix or a new mapping.

use super::FlowError;
use crate::{
    app::App,
    db::{self, inbox::InboxRow},
};

pub async fn quarantined(app: &App, retailer: &str, id: &str) -> Result<(), FlowError> {
    let mut tx = app.db.write().await?;
    let kept = db::inbox::quarantined_one(&mut tx, retailer, id).await?.ok_or(FlowError::NotFound)?;
    db::inbox::release(&mut tx, retailer, id).await?;
    // A dialect that only the sniffing named is sniffed again.
    let row = InboxRow {
        retailer: retailer.to_string(),
        id: kept.id,
        received_at: kept.first_at,
        source: "replay".into(),
        signature: None,
        dialect: kept.dialect,
        headers: kept.headers,
        body: kept.body,
    };
    db::inbox::put(&mut tx, vec![row]).await?;
    tx.commit().await?;
    app.wake.notify_one();
    Ok(())
}
