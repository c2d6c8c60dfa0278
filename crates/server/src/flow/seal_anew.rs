//! A new key stands above the old one: at the start of the server everything is sealed with it, and then the old one can go.

use super::{FlowError, accounts, file_logins, file_sources, hooks};
use crate::app::App;

/// Whatever the database holds sealed. What cannot be opened stays as it is, with a word in the log.
pub async fn run(app: &App) -> Result<(), FlowError> {
    accounts::seal_anew(app).await?;
    hooks::seal_anew(app).await?;
    file_sources::seal_anew(app).await?;
    file_logins::seal_anew(app).await
}
