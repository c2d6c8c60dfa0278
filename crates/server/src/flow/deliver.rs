//! Sending what is due.

use super::FlowError;
use crate::app::App;

pub async fn run(_: &App, _: &str) -> Result<usize, FlowError> {
    Ok(0)
}
