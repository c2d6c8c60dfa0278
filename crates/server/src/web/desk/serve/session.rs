//! Signing in and out of the desk, and telling our own forms from other sites'.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, State},
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio::sync::Semaphore;

use super::{Answer, Asked, Desk, Fault, Form, cookie_named, is_ours, page, quoted, see, toast};
use crate::{
    app::App,
    db,
    flow::{self, sign_in},
    ids,
    web::desk::login::{DemoLogin, LoginView, TOO_MANY, WRONG},
};

const TRIES_MAX: usize = 10;
const TRIES_WINDOW_MS: i64 = 15 * 60_000;
/// Passwords are verified with 19 MiB each; more at once would let sign-in tries eat the memory.
static VERIFYING: Semaphore = Semaphore::const_new(2);

/// On https the name itself makes the browser refuse the cookie from another host, path or an unsafe connection.
fn cookie_name(app: &App) -> &'static str {
    if app.config.public_url.starts_with("https://") { "__Host-wb_desk" } else { "wb_desk" }
}

fn attributes(app: &App) -> &'static str {
    if app.config.public_url.starts_with("https://") { "Path=/; HttpOnly; SameSite=Lax; Secure" } else { "Path=/; HttpOnly; SameSite=Lax" }
}

/// Retailer, and hash of the session's secret: `{retailer}.{secret}`, so that finding the session needs no global look-up.
pub fn cookie(app: &App, headers: &HeaderMap) -> Option<(String, String)> {
    let (retailer, secret) = cookie_named(headers, cookie_name(app))?.split_once('.')?;
    let fits = retailer.len() <= 40 && secret.len() == 43 && retailer.bytes().all(|b| b.is_ascii_alphanumeric());
    fits.then(|| (retailer.to_string(), ids::hash(secret)))
}

/// Another site's page sent this. Browsers say so themselves; those that don't name the origin.
pub fn is_cross_site(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map_or("", |(_, host)| host);
            text("host").is_none_or(|own| !own.eq_ignore_ascii_case(host))
        }
        // Neither: no browser of this decade, so nobody's cookie is at stake.
        (None, None) => false,
    }
}

pub fn cross_site() -> Response {
    (StatusCode::FORBIDDEN, "This came from another site and was refused.\n").into_response()
}

pub fn to_login(next: &str) -> Response {
    if next == "/desk" || !is_ours(next) { see("/desk/login") } else { see(&format!("/desk/login?next={}", quoted(next))) }
}

fn view(app: &App, next: &str) -> LoginView {
    let mut view = LoginView::new(app.clock.now(), if is_ours(next) { next } else { "/desk" });
    view.demo = app.config.demo.as_ref().map(|d| DemoLogin { email: d.email.clone(), password: d.password.clone() });
    view
}

/// `GET /desk/login`
pub async fn get(State(app): State<Arc<App>>, asked: Asked) -> Answer {
    page(StatusCode::OK, &view(&app, asked.get("next").unwrap_or("/desk")))
}

/// `POST /desk/login`
pub async fn post(State(app): State<Arc<App>>, headers: HeaderMap, extensions: Extensions, form: Form) -> Answer {
    if is_cross_site(&headers) {
        return Ok(cross_site());
    }
    let email = form.get("email").to_lowercase();
    let again = |problem, status| {
        let mut view = view(&app, form.get("next"));
        view.email = email.clone();
        view.problem = Some(problem);
        page(status, &view)
    };
    let now = app.clock.machine_ms();
    let from = extensions.get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip().to_string()).unwrap_or_default();
    let keys = [format!("desk-address:{}", ids::hash(&email)), format!("desk-ip:{from}")];
    if !keys.iter().all(|key| app.limits.allow(key, TRIES_MAX, TRIES_WINDOW_MS, now)) {
        return again(TOO_MANY, StatusCode::TOO_MANY_REQUESTS);
    }
    let staff = db::staff::by_address(&app.db.read().await?, &email).await?;
    let (hash, password) = (staff.as_ref().map(|s| s.password_hash.clone()), form.raw("password").to_string());
    let seat = VERIFYING.acquire().await;
    let right = tokio::task::spawn_blocking(move || sign_in::password_is_right(hash.as_deref(), &password)).await.unwrap_or(false);
    drop(seat);
    let Some(staff) = staff.filter(|_| right) else { return again(WRONG, StatusCode::UNPROCESSABLE_ENTITY) };
    for key in &keys {
        app.limits.forget(key);
    }
    let secret = sign_in::begin(&app, &staff.retailer, &staff.id, cookie(&app, &headers).as_ref()).await?;
    tracing::info!(staff.id = %staff.id, retailer.id = %staff.retailer, "somebody signed in to the desk");
    let next = form.get("next");
    let mut response = see(if is_ours(next) { next } else { "/desk" });
    let value = format!("{}={}.{secret}; {}", cookie_name(&app), staff.retailer, attributes(&app));
    response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&value).map_err(|_| Fault::NotFound)?);
    toast::forget(&mut response);
    Ok(response)
}

/// `POST /desk/logout`
pub async fn end(desk: Desk) -> Answer {
    flow::sign_in::end(&desk.app, desk.retailer(), &desk.session).await?;
    let mut response = see("/desk/login");
    let value = format!("{}=; Max-Age=0; {}", cookie_name(&desk.app), attributes(&desk.app));
    response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&value).map_err(|_| Fault::NotFound)?);
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (n.parse().unwrap(), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn another_sites_form_is_told_from_ours() {
        assert!(!is_cross_site(&asked(&[("sec-fetch-site", "same-origin")])));
        assert!(is_cross_site(&asked(&[("sec-fetch-site", "cross-site")])));
        assert!(is_cross_site(&asked(&[("sec-fetch-site", "same-site")])));
        assert!(!is_cross_site(&asked(&[("origin", "https://desk.example"), ("host", "desk.example")])));
        assert!(is_cross_site(&asked(&[("origin", "https://evil.example"), ("host", "desk.example")])));
        assert!(is_cross_site(&asked(&[("origin", "null"), ("host", "desk.example")])));
    }
}
