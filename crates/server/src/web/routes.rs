//! All URLs of the product on one page.

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{delete, get, post, put},
};

use futures_util::FutureExt as _;
use tower::util::MapResponseLayer;
use tower_http::{CompressionLevel, compression::CompressionLayer};

use super::{api, desk::serve as desk, hooks, pages, problem::Problem};
use crate::app::App;

/// Everything that is served on the public address.
pub fn router(app: Arc<App>) -> Router {
    let api = Router::new()
        .route("/shipments", post(api::shipments::post).get(api::shipments::list))
        .route("/shipments/{id}", get(api::shipments::get).patch(api::shipments::patch).delete(api::shipments::delete))
        .route("/shipments/{id}/tracking-events", get(api::shipments::tracking_events))
        .route("/shipments/{id}/changes", get(api::shipments::changes))
        .route("/shipments/{id}/disputes", post(api::shipments::dispute).delete(api::shipments::settle_dispute))
        .route("/shipments/{id}/refresh", post(api::carriers::refresh))
        .route("/shipments/{id}/estimate", get(api::forecasts::estimate))
        .route("/scorecard", get(api::forecasts::scorecard))
        .route("/promises/kept", get(api::forecasts::kept))
        .route("/promises/possible", get(api::forecasts::possible))
        .route("/carrier-accounts", get(api::carriers::list).post(api::carriers::post))
        .route("/feeds", get(api::carriers::feeds))
        .route("/carrier-accounts/cards", get(api::carriers::cards))
        .route("/carrier-accounts/{id}", get(api::carriers::get).patch(api::carriers::patch).delete(api::carriers::delete))
        .route("/carrier-accounts/{id}/test", post(api::carriers::test))
        .route("/carrier-accounts/{id}/usage", get(api::carriers::usage))
        .route("/tracking-events", post(api::tracking_events::post))
        .route("/orders", post(api::orders::post).get(api::orders::list))
        .route("/orders/{id}", get(api::orders::get).patch(api::orders::patch))
        .route("/states", get(api::states::list))
        .route("/brands", get(api::brands::list))
        .route("/brands/{id}", get(api::brands::get).put(api::brands::put))
        .route("/alerts", get(api::alerts::list))
        .route("/alerts/{id}/assignment", put(api::alerts::assign))
        .route("/alerts/{id}/snooze", put(api::alerts::snooze))
        .route("/alerts/{id}/resolution", put(api::alerts::resolve))
        .route("/notifications", get(api::notifications::list))
        .route("/rules", get(api::rules::list).post(api::rules::post))
        .route("/rules/preview", post(api::rules::preview))
        .route("/rules/{id}", get(api::rules::get).put(api::rules::put).delete(api::rules::delete))
        .route("/settings/{scope}", get(api::settings::get).put(api::settings::put))
        .route("/calendars", get(api::settings::calendars).put(api::settings::put_calendars))
        .route("/webhooks", get(api::webhooks::list).post(api::webhooks::post))
        .route("/webhooks/{id}", get(api::webhooks::get).patch(api::webhooks::patch).delete(api::webhooks::delete))
        .route("/webhooks/{id}/deliveries", get(api::webhooks::deliveries))
        .route("/webhooks/{id}/replay", post(api::webhooks::replay))
        .route("/webhooks/{id}/test", post(api::webhooks::test))
        .route("/sending", get(api::sending::get))
        .route("/sending/hold", post(api::sending::hold))
        .route("/sending/resume", post(api::sending::resume))
        .route("/hook-secrets/{dialect}", put(api::settings::put_secret))
        .route("/unmatched", get(api::inbox::unmatched))
        .route("/quarantine", get(api::inbox::quarantine))
        .route("/unknown-codes", get(api::codes::list))
        .route("/unknown-codes/preview", post(api::codes::preview))
        .route("/unknown-codes/{carrier}/{code}", put(api::codes::put))
        .route("/quarantine/{id}/replay", post(api::inbox::replay))
        .route("/imports", get(api::imports::list).post(api::imports::post))
        .route("/imports/{id}", get(api::imports::get).delete(api::imports::delete))
        .route("/imports/{id}/mapping", put(api::imports::map))
        .route("/imports/{id}/start", post(api::imports::start))
        .route("/imports/{id}/result", get(api::imports::result))
        .route("/import-mappings", get(api::imports::mappings))
        .route("/import-mappings/{id}", delete(api::imports::forget_mapping))
        .route("/file-sources", get(api::file_sources::list).post(api::file_sources::post))
        .route("/file-sources/{id}", get(api::file_sources::get).patch(api::file_sources::patch).delete(api::file_sources::delete))
        .route("/file-sources/{id}/test", post(api::file_sources::test))
        .route("/file-sources/{id}/fetch", post(api::file_sources::fetch))
        .route("/file-login", get(api::file_logins::get).put(api::file_logins::put))
        .route("/exports/{what}", get(api::exports::get))
        .route("/carrier-corrections", get(api::corrections::list).post(api::corrections::post))
        .route("/carrier-corrections/preview", post(api::corrections::preview))
        .route("/carrier-corrections/{id}/undo", post(api::corrections::undo))
        .route("/received", get(api::received::list))
        .route("/received/{id}", get(api::received::get))
        .route("/received/feeds", get(api::received::feeds))
        .route("/mappings", get(api::mappings::list).post(api::mappings::post))
        .route("/mappings/preview", post(api::mappings::preview))
        .route("/mappings/{id}", get(api::mappings::get).put(api::mappings::put).delete(api::mappings::delete))
        .route("/sandbox/clock", post(api::sandbox::clock))
        .route("/sandbox/outbox", get(api::sandbox::outbox))
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed);
    Router::new()
        .merge(desk_router(&app))
        .nest("/api/v1", api)
        .route("/api/openapi.json", get(super::openapi::json))
        .route("/api/docs", get(super::openapi::docs))
        .route("/hooks/{token}", post(hooks::post).get(hooks::probe))
        .route("/hooks/{token}/{carrier}", post(hooks::post_named).get(hooks::probe_named))
        .route("/t/{retailer}/{token}", get(pages::open::track).layer(small()))
        .route("/track", get(pages::open::lookup_form).post(pages::open::look_up).layer(small()))
        .route("/assets/track.js", get(pages::open::script))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
        .layer(MapResponseLayer::new(guarded))
        .with_state(app)
}

/// The agents' desk.
fn desk_router(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/desk", get(desk::home::get))
        .route("/desk/login", get(desk::session::get).post(desk::session::post))
        .route("/desk/logout", post(desk::session::end))
        .route("/desk/search", get(desk::search::get))
        .route("/desk/live", get(desk::live::get))
        .route("/desk/shipments", get(desk::search::list))
        .route("/desk/shipments/{id}", get(desk::shipment::get))
        .route("/desk/shipments/{id}/page", get(desk::shipment::page))
        .route("/desk/shipments/{id}/refresh", post(desk::shipment::refresh))
        .route("/desk/shipments/{id}/notes", post(desk::shipment::note))
        .route("/desk/shipments/{id}/disputes", post(desk::shipment::dispute))
        .route("/desk/shipments/{id}/disputes/settle", post(desk::shipment::settle))
        .route("/desk/orders/{order_number}", get(desk::order::get))
        .route("/desk/queues/{queue}", get(desk::queue::get))
        .route("/desk/alerts/{what}", post(desk::alerts::many))
        .route("/desk/alerts/{id}/{what}", post(desk::alerts::one))
        .route("/desk/unmatched", get(desk::inbox::unmatched))
        .route("/desk/quarantine", get(desk::inbox::quarantine))
        .route("/desk/quarantine/replay", post(desk::inbox::replay_cause))
        .route("/desk/quarantine/{id}/replay", post(desk::inbox::replay))
        .route("/desk/corrections", get(desk::corrections::get).post(desk::corrections::post))
        .route("/desk/corrections/{id}/undo", post(desk::corrections::undo))
        .route("/desk/hooks", get(desk::hooks::get))
        .route("/desk/hooks/addresses", post(desk::hooks::new_address))
        .route("/desk/hooks/addresses/{id}/{what}", post(desk::hooks::address))
        .route("/desk/hooks/{dialect}", post(desk::hooks::post))
        .route("/desk/hooks/{dialect}/remove", post(desk::hooks::remove))
        .route("/desk/received", get(desk::received::get))
        .route("/desk/received/{id}", get(desk::received::one))
        .route("/desk/mappings", get(desk::mappings::list).post(desk::mappings::create))
        .route("/desk/mappings/new", get(desk::mappings::new))
        .route("/desk/mappings/{id}", get(desk::mappings::one).post(desk::mappings::change))
        .route("/desk/mappings/{id}/delete", post(desk::mappings::delete))
        .route("/desk/mappings/{id}/restore", post(desk::mappings::restore))
        .route("/desk/codes", get(desk::codes::get).post(desk::codes::post))
        .route("/desk/files", get(desk::files::get).post(desk::files::post).layer(DefaultBodyLimit::disable()))
        .route("/desk/files/export", get(desk::files::export))
        .route("/desk/files/mappings/{id}/delete", post(desk::files::forget_mapping))
        .route("/desk/files/door", post(desk::file_sources::door))
        .route("/desk/files/servers", get(desk::file_sources::get).post(desk::file_sources::post))
        .route("/desk/files/servers/{id}", get(desk::file_sources::one))
        .route("/desk/files/servers/{id}/test", post(desk::file_sources::test))
        .route("/desk/files/servers/{id}/fetch", post(desk::file_sources::fetch))
        .route("/desk/files/servers/{id}/pause", post(desk::file_sources::pause))
        .route("/desk/files/servers/{id}/delete", post(desk::file_sources::delete))
        .route("/desk/files/{id}", get(desk::files::one))
        .route("/desk/files/{id}/mapping", post(desk::files::map))
        .route("/desk/files/{id}/stop", post(desk::files::stop))
        .route("/desk/files/{id}/result", get(desk::files::result))
        .route("/desk/rules", get(desk::rules::list).post(desk::rules::create))
        .route("/desk/rules/new", get(desk::rules::new))
        .route("/desk/rules/{id}", get(desk::rules::one).post(desk::rules::change))
        .route("/desk/rules/{id}/switch", post(desk::rules::switch))
        .route("/desk/rules/{id}/remove", post(desk::rules::remove))
        .route("/desk/rules/{id}/undo", post(desk::rules::take_back))
        .route("/desk/scorecard", get(desk::scorecard::get))
        .route("/desk/sending", get(desk::sending::get))
        .route("/desk/sending/hold", post(desk::sending::hold))
        .route("/desk/sending/resume", post(desk::sending::resume))
        .route("/desk/settings", get(|| async { desk::see("/desk/settings/retailer") }))
        .route("/desk/settings/{scope}", get(desk::settings::get).post(desk::settings::set))
        .route("/desk/settings/{scope}/reset", post(desk::settings::reset))
        .route("/desk/calendars", get(desk::calendars::get).post(desk::calendars::post))
        .route("/desk/carriers", get(desk::carriers::get).post(desk::carriers::post))
        .route("/desk/carriers/{id}", get(desk::carriers::one).post(desk::carriers::change))
        .route("/desk/carriers/{id}/{what}", post(desk::carriers::act))
        .route("/desk/webhooks", get(desk::webhooks::get).post(desk::webhooks::post))
        .route("/desk/webhooks/{id}", get(desk::webhooks::one))
        .route("/desk/webhooks/{id}/test", post(desk::webhooks::test))
        .route("/desk/webhooks/{id}/replay", post(desk::webhooks::replay))
        .route("/desk/webhooks/{id}/delete", post(desk::webhooks::delete))
        .route("/outbox", get(desk::outbox::get))
        .route("/states", get(desk::assets::states))
        .route("/desk/{*elsewhere}", get(desk::nowhere))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(app), desk::in_words))
        .route("/assets/desk.css", get(desk::assets::style))
        .route("/assets/desk.js", get(desk::assets::script))
}

/// The demo's: the product, and a first page that says where to look.
pub fn demo_router(app: Arc<App>, home: pages::demo::Home) -> Router {
    Router::new().route("/", get(move || std::future::ready(home.answer()))).merge(router(app))
}

/// What is served only on the address for machines.
pub fn admin_router(app: Arc<App>) -> Router {
    Router::new().route("/metrics", get(super::metrics::get)).route("/healthz", get(|| async { "ok\n" })).with_state(app)
}

/// An order of many parcels has a long page. Only what repeats nothing that its reader typed is compressed.
fn small() -> CompressionLayer {
    CompressionLayer::new().quality(CompressionLevel::Fastest)
}

async fn not_found() -> Problem {
    Problem::not_found()
}

async fn not_allowed() -> Problem {
    Problem::method_not_allowed()
}

/// Can serve: the database answers.
async fn ready(axum::extract::State(app): axum::extract::State<Arc<App>>) -> Result<Response, Problem> {
    if app.is_stopping() {
        return Err(Problem::busy());
    }
    crate::db::retailers::clock_offset(&app.db.read().await?).await?;
    Ok("ready\n".into_response())
}

/// Headers that every answer carries; a page may say something stricter.
fn guarded(response: Response) -> Response {
    let mut response = as_problem(response);
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"));
    response
}

/// What the router's library refuses by itself (a path that is not UTF-8, say) it words as plain text; here it becomes a problem document too.
fn as_problem(response: Response) -> Response {
    let status = response.status();
    let is_text = response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/plain"));
    if !status.is_client_error() || !is_text {
        return response;
    }
    // Its words are there whole: nothing is waited for.
    let words = axum::body::to_bytes(response.into_body(), REFUSAL_BYTES_MAX).now_or_never().and_then(Result::ok).unwrap_or_default();
    Problem::refused(status, String::from_utf8_lossy(&words)).into_response()
}

const REFUSAL_BYTES_MAX: usize = 4_096;
