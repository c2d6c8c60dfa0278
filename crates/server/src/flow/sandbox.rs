//! The sandbox's clock is kept, so that a restart goes on where it stood.

use super::FlowError;
use crate::{app::App, db};

pub async fn store_offset(app: &App, ms: i64) -> Result<(), FlowError> {
    let mut tx = app.db.write().await?;
    db::retailers::set_clock_offset(&mut tx, ms).await?;
    tx.commit().await?;
    Ok(())
}

/// Leases of processes that are gone count as due: nobody else works on a sandbox.
pub async fn drop_leases(app: &App) -> Result<(), FlowError> {
    let mut tx = app.db.write().await?;
    db::notifications::drop_leases(&mut tx).await?;
    db::accounts::drop_leases(&mut tx).await?;
    db::webhooks::drop_leases(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}
