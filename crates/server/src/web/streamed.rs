//! Files that are too large to be made at once: written piece by piece as they are read.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;

use crate::{
    app::App,
    chain,
    context::Context,
    db::{DbError, imports::ImportRow},
    export::{self, Export, Place},
    flow::import,
    written::Format,
};

/// Orders, shipments or events.
pub fn export(app: Arc<App>, ctx: Arc<Context>, wanted: Export) -> Response {
    let (name, format) = (wanted.name(app.clock.now()), wanted.format);
    let begin = (app, ctx, wanted, Place::Begin);
    let pieces = stream::try_unfold(begin, |(app, ctx, wanted, place)| async move {
        if matches!(place, Place::End) {
            return Ok::<_, std::io::Error>(None);
        }
        let (text, next) = export::piece(&app, &ctx, &wanted, place).await.map_err(broken)?;
        Ok(Some((text, (app, ctx, wanted, next))))
    });
    file(Body::from_stream(pieces), &name, format)
}

/// What became of a file's rows.
pub fn result(app: Arc<App>, retailer: String, row: ImportRow, format: Format, only: Option<&'static str>) -> Response {
    let name = import::result::name(&row, only, format);
    let pieces = stream::try_unfold((app, retailer, row, -1), move |(app, retailer, row, after)| async move {
        let read = app.db.read().await.map_err(broken)?;
        let piece = import::result::piece(&read, &retailer, &row, (format, only), after).await.map_err(broken)?;
        drop(read);
        Ok::<_, std::io::Error>(piece.map(|(text, next)| (text, (app, retailer, row, next))))
    });
    file(Body::from_stream(pieces), &name, format)
}

/// The answer has begun: all that is left is to break it off, so that nobody takes it for whole.
fn broken(error: DbError) -> std::io::Error {
    tracing::error!(error = %chain::of(&error), "a file broke off while it was written");
    std::io::Error::other("the database could not be read")
}

fn file(body: Body, name: &str, format: Format) -> Response {
    let mut response = body.into_response();
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' }).collect();
    let headers: [(HeaderName, String); 2] =
        [(header::CONTENT_TYPE, format.media_type().into()), (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{plain}\""))];
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
