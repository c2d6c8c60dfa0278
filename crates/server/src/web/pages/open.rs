//! Opening the shopper's page: by the random link, or by looking the order up. Unknown and forbidden answer alike to the byte.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    body::Body,
    extract::{ConnectInfo, Path, RawQuery, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{lookup, notice, policy, track::TrackView};
use crate::{
    app::App,
    context::{Brand, Context},
    db::{
        self,
        orders::OrderRow,
        pages::{PageOrder, PageParcel},
        shipments::ShipmentRow,
    },
    following,
    mail::Audience,
    view,
    web::{call, problem::Problem},
    words::brand::BrandView,
};

/// A token is 22 characters of base64url; what has another shape is nobody's.
fn is_token(text: &str) -> bool {
    text.len() == 22 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn is_retailer(text: &str) -> bool {
    text.len() <= 40 && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// `GET /t/{retailer}/{token}`: HTML, or with `Accept: application/json` the same view as JSON.
pub async fn track(State(app): State<Arc<App>>, Path((retailer, token)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let wants_json = wants_json(&headers);
    let shown = show(&app, &retailer, &token, &headers, wants_json).await;
    if wants_json { shown.into_response() } else { to_a_person(shown) }
}

async fn show(app: &App, retailer: &str, token: &str, headers: &HeaderMap, wants_json: bool) -> Result<Response, Problem> {
    let Some((ctx, order, parcels)) = find(app, retailer, token).await? else {
        return if wants_json { Err(Problem::not_found()) } else { nothing_here() };
    };
    let kept = ctx.brand(Some(&order.brand_id));
    let brand = kept.map_or_else(|| Arc::new(BrandView::named(&ctx.name)), following::brand);
    // The link may be passed on, and a gift's recipient may hold it: items stand here only where the brand wants them and nothing is a gift.
    let is_gift = parcels.iter().any(|p| p.registration.gift);
    let shows_items = kept.is_some_and(|b| b.show_items) && !is_gift;
    let audience = if shows_items { Audience::Buyer } else { Audience::GiftRecipient };
    let parcels: Vec<following::Parcel> = parcels.iter().map(following::Parcel::from).collect();
    let mut followed = following::order(&order, &parcels, &ctx, app.clock.now(), audience);
    if is_gift {
        followed.order_number = None;
    }
    let page = TrackView::of(brand, &followed);
    let version = page.version();
    let tag = format!("\"{version}{}\"", if wants_json { "-j" } else { "" });
    if headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()) == Some(&tag) {
        return Ok(tagged(StatusCode::NOT_MODIFIED.into_response(), &tag));
    }
    if wants_json {
        let body = serde_json::to_value(&page).unwrap_or(Value::Null);
        return Ok(tagged(call::ok(&body), &tag));
    }
    Ok(tagged(html(&page.brand, page.html_of(version)?, StatusCode::OK), &tag))
}

type Found = (Arc<Context>, PageOrder, Vec<PageParcel>);

async fn find(app: &App, retailer: &str, token: &str) -> Result<Option<Found>, Problem> {
    if !is_token(token) || !is_retailer(retailer) {
        return Ok(None);
    }
    let Some(ctx) = app.contexts.get(app, retailer).await? else { return Ok(None) };
    let found = db::pages::open(&app.db.read().await?, retailer, token).await?;
    Ok(found.map(|(order, parcels)| (ctx, order, parcels)))
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    accept.contains("application/json") && !accept.contains("text/html")
}

const X_ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");
/// Room for those of a page and those that every answer bears.
const HEADERS_MAX: usize = 12;

fn html(brand: &BrandView, page: String, status: StatusCode) -> Response {
    let policy = policy::of_page(&brand.accent, &page);
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.reserve(HEADERS_MAX);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(X_ROBOTS_TAG, HeaderValue::from_static("noindex, nofollow"));
    response
}

fn tagged(mut response: Response, tag: &str) -> Response {
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    // Asked for again each time, but a page that says the same need not be sent again.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// The same page for a token that never was, one of another retailer and one of another shape.
fn nothing_here() -> Result<Response, Problem> {
    let nobodys = BrandView::named("Order tracking");
    Ok(html(&nobodys, notice::not_found(&nobodys, "/track")?, StatusCode::NOT_FOUND))
}

/// Shoppers are told in a page, not in a problem document, when the fault is ours.
fn to_a_person(answered: Result<Response, Problem>) -> Response {
    let problem = match answered {
        Ok(response) => return response,
        Err(problem) => problem,
    };
    if !problem.status.is_server_error() {
        return problem.into_response();
    }
    let nobodys = BrandView::named("Order tracking");
    let Ok(page) = notice::problem(&nobodys) else { return problem.into_response() };
    let mut response = html(&nobodys, page, problem.status);
    response.headers_mut().extend(problem.into_response().headers().get(header::RETRY_AFTER).map(|v| (header::RETRY_AFTER, v.clone())));
    response
}

/// `GET /track`: the form. `?brand=` names the brand where a host serves several.
pub async fn lookup_form(State(app): State<Arc<App>>, RawQuery(raw): RawQuery) -> Response {
    to_a_person(empty_form(&app, raw.as_deref()).await)
}

async fn empty_form(app: &App, raw: Option<&str>) -> Result<Response, Problem> {
    let (_, brand, action) = brand_asked(app, raw).await?;
    Ok(html(&brand, lookup::html(&brand, &action, lookup::LookupAnswer::Fresh)?, StatusCode::OK))
}

/// Whose look-up this is: the brand named by id or name, else the first brand of the first retailer.
async fn brand_asked(app: &App, raw: Option<&str>) -> Result<(Option<(Arc<Context>, Brand)>, Arc<BrandView>, String), Problem> {
    let wanted = form_urlencoded::parse(raw.unwrap_or_default().as_bytes()).find(|(n, _)| n == "brand").map(|(_, v)| v.into_owned());
    let retailers = db::retailers::all(&app.db.read().await?).await?;
    for retailer in &retailers {
        let Some(ctx) = app.contexts.get(app, &retailer.id).await? else { continue };
        if let Some(brand) = ctx.brand(wanted.as_deref()).cloned() {
            let action = match &wanted {
                Some(_) => format!("/track?brand={}", form_urlencoded::byte_serialize(brand.id.as_bytes()).collect::<String>()),
                None => "/track".to_string(),
            };
            let view = following::brand(&brand);
            return Ok((Some((ctx, brand)), view, action));
        }
    }
    Ok((None, Arc::new(BrandView::named("Order tracking")), "/track".into()))
}

/// `POST /track`: order number plus e-mail or postcode. Equal answers for wrong and unknown; limited.
pub async fn look_up(State(app): State<Arc<App>>, extensions: axum::http::Extensions, RawQuery(raw): RawQuery, body: Body) -> Response {
    let from = extensions.get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip().to_string()).unwrap_or_default();
    to_a_person(looked_up(&app, &from, raw.as_deref(), body).await)
}

async fn looked_up(app: &App, from: &str, raw: Option<&str>, body: Body) -> Result<Response, Problem> {
    let body = call::bytes(body, 16 * 1024).await?;
    let (found, view, action) = brand_asked(app, raw).await?;
    let field = |name: &str| form_urlencoded::parse(&body).find(|(n, _)| n == name).map(|(_, v)| v.trim().to_string()).unwrap_or_default();
    let (number, proof) = (field("order_number"), field("proof"));
    let Some((ctx, brand)) = found else {
        return Ok(html(&view, lookup::html(&view, &action, lookup::LookupAnswer::NotFound)?, StatusCode::NOT_FOUND));
    };
    let now = app.clock.machine_ms();
    let per_hour = usize::try_from(ctx.sources_of(&["retailer".into()]).0.lookup_tries_per_hour).unwrap_or(30);
    let hour = 3_600_000;
    let key = db::shipments::order_key(&number);
    // Five tries an order and hour, whoever asks; and so many from one address.
    if !app.limits.allow(&format!("look-up {from}"), per_hour, hour, now)
        || !app.limits.allow(&format!("look-up {} {key}", ctx.id), 5, hour, now)
    {
        let mut refused = html(&view, lookup::html(&view, &action, lookup::LookupAnswer::TooMany)?, StatusCode::TOO_MANY_REQUESTS);
        refused.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(hour / 1000));
        return Ok(refused);
    }
    match order_proven(app, &ctx, &brand, &number, &proof).await? {
        Some(order) => {
            // To the page of this very server: the public address may be another name of it.
            let place = view::page_url("", &ctx.id, &order.page_token);
            Ok((StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response())
        }
        None => Ok(html(&view, lookup::html(&view, &action, lookup::LookupAnswer::NotFound)?, StatusCode::NOT_FOUND)),
    }
}

/// The order, if the e-mail address or postcode is one of it.
async fn order_proven(app: &App, ctx: &Context, brand: &Brand, number: &str, proof: &str) -> Result<Option<OrderRow>, Problem> {
    if number.is_empty() || proof.is_empty() || number.len() > 200 || proof.len() > 320 || number.contains('\0') {
        return Ok(None);
    }
    let read = app.db.read().await?;
    let mut proven = None;
    for order in db::orders::by_number(&read, &ctx.id, number).await? {
        if order.brand_id != brand.id {
            continue;
        }
        let shipments = db::shipments::of_order(&read, &ctx.id, &order.id).await?;
        if proofs_of(&order, &shipments).any(|p| p == squeezed(proof)) {
            // Numbers are re-used: the newest order that the proof fits.
            proven = Some(order);
        }
    }
    Ok(proven)
}

/// E-mail addresses and postcodes, small and without blanks.
fn proofs_of<'a>(order: &'a OrderRow, shipments: &'a [ShipmentRow]) -> impl Iterator<Item = String> + 'a {
    let doc: Value = serde_json::from_str(&order.doc).unwrap_or_default();
    let of_order: Vec<String> = ["buyer", "recipient"].iter().filter_map(|r| Some(squeezed(doc[*r]["email"].as_str()?))).collect();
    let of_shipments = shipments.iter().flat_map(|s| {
        let r = &s.registration;
        let emails = [&r.buyer, &r.recipient].into_iter().flatten().filter_map(|p| p.email.as_ref()).map(|e| squeezed(e.reveal()));
        let postcode = r.destination.iter().filter_map(|d| d.postcode.as_ref()).map(|p| squeezed(p));
        emails.chain(postcode).collect::<Vec<_>>()
    });
    of_order.into_iter().chain(of_shipments).filter(|p| !p.is_empty())
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// `/assets/track.js`
pub async fn script() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")];
    (headers, policy::TRACK_SCRIPT).into_response()
}
