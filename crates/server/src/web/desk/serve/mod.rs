//! The desk's handlers. Each fills a view with finished words; what they change goes through a flow. This file holds what all of
//! them need: who is signed in, the frame around a page, forms, and the way back with word of what was done.

pub mod alerts;
pub mod assets;
pub mod calendars;
pub mod carriers;
pub mod codes;
pub mod corrections;
pub mod file_sources;
pub mod files;
pub mod home;
pub mod hooks;
pub mod inbox;
pub mod live;
pub mod mappings;
pub mod order;
pub mod outbox;
pub mod queue;
pub mod received;
pub mod rule_form;
mod rule_sentence;
pub mod rules;
pub mod scorecard;
pub mod search;
pub mod sending;
pub mod session;
pub mod settings;
pub mod shipment;
pub mod timeline;
pub mod toast;
pub mod webhooks;
pub mod wording;

use std::{collections::HashMap, sync::Arc};

use askama::Template;
use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, tz::TimeZone};
use whereabouts_domain::Attention;

use super::{
    QUEUE_DISPUTED, QUEUE_LATE, QUEUE_MAY_BE_MISSING, QUEUE_NOT_DESPATCHED,
    frame::{Frame, Held, MenuCounts, Outbox, Toast, grouped},
    problem::ProblemView,
    when::When,
};
use crate::{
    app::App,
    context::Context,
    db::{self, staff::StaffRow},
    flow::{self, FlowError},
    ids,
    web::{call, problem::Problem},
};

const FORM_MAX: usize = 256 * 1024;
const PAGE_POLICY: &str =
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'";

/// Somebody who is signed in, and what holds for their retailer.
pub struct Desk {
    pub app: Arc<App>,
    pub ctx: Arc<Context>,
    pub staff: StaffRow,
    pub now: Timestamp,
    /// The retailer's own zone, in which lists are told.
    pub zone: TimeZone,
    /// Hash of the session's secret.
    pub session: String,
    toast: Option<Toast>,
}

impl Desk {
    pub fn retailer(&self) -> &str {
        &self.ctx.id
    }

    pub fn when(&self, at: Timestamp) -> When {
        When::new(at, self.now, &self.zone)
    }

    pub fn when_ms(&self, ms: i64) -> When {
        self.when(Timestamp::from_millisecond(ms).unwrap_or(self.now))
    }

    /// (address to name) of everybody at this desk.
    pub async fn colleagues(&self) -> Result<HashMap<String, String>, Fault> {
        Ok(db::staff::names(&self.app.db.read().await?, self.retailer()).await?.into_iter().collect())
    }

    /// What stands around the page: the menu with its counts, the stop sign, what was just done.
    pub async fn frame(&self, title: impl Into<String>, here: &'static str) -> Result<Frame, Fault> {
        let (counts, held) = self.counts().await?;
        let outbox = if self.app.config.sandbox { Outbox::Shown } else { Outbox::Hidden };
        let mut frame = Frame::new(title, here, &self.ctx.name, self.now).signed_in(&self.staff.name, counts, outbox);
        frame.held = held;
        frame.toast = self.toast.clone();
        Ok(frame)
    }

    async fn counts(&self) -> Result<(MenuCounts, Option<Held>), Fault> {
        let read = self.app.db.read().await?;
        let retailer = self.retailer();
        let many = |n: i64| u64::try_from(n).unwrap_or(0);
        let mut counts = MenuCounts {
            act: many(db::shipments::count_light(&read, retailer, Attention::Act).await?),
            watch: many(db::shipments::count_light(&read, retailer, Attention::Watch).await?),
            unmatched: many(db::events::unmatched_count(&read, retailer).await?),
            quarantine: many(db::inbox::quarantine_count(&read, retailer).await?),
            ..MenuCounts::default()
        };
        for size in db::alerts::queue_sizes(&read, retailer, &self.staff.email, self.now.as_millisecond()).await? {
            let count = many(size.count);
            if size.sleeping {
                counts.snoozed += count;
                continue;
            }
            counts.mine += many(size.mine);
            match size.kind.as_str() {
                QUEUE_LATE => counts.late += count,
                QUEUE_MAY_BE_MISSING => counts.may_be_missing += count,
                QUEUE_NOT_DESPATCHED => counts.not_despatched += count,
                QUEUE_DISPUTED => counts.disputed += count,
                _ => counts.other += count,
            }
        }
        let holds = db::notifications::holds(&read, retailer).await?;
        let held = match holds.iter().find(|h| h.0 == "all").or(holds.first()) {
            None => None,
            Some((scope, since)) => {
                let waiting = many(db::notifications::held_count(&read, retailer).await?);
                Some(Held {
                    what: format!("{} held", sending::scope_words(&self.ctx, scope)),
                    detail: format!(
                        "since {}; {} wait",
                        wording::day_and_clock(*since, &self.zone),
                        plural(waiting, "message", "messages")
                    ),
                    resume_action: "/desk/sending".into(),
                })
            }
        };
        Ok((counts, held))
    }

    pub fn show(&self, view: &impl Template) -> Answer {
        let mut response = page(StatusCode::OK, view)?;
        if self.toast.is_some() {
            toast::forget(&mut response);
        }
        Ok(response)
    }
}

pub type Answer = Result<Response, Fault>;

/// "1 message", "1,204 messages".
pub fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// A page with the desk's policy: our own style and script, nothing else.
pub fn page(status: StatusCode, view: &impl Template) -> Answer {
    let html = view.render().map_err(Problem::from)?;
    let mut response = (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
    headers.insert("x-frame-options", HeaderValue::from_static("DENY"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    Ok(response)
}

/// Why there is no page.
#[derive(Debug)]
pub enum Fault {
    NotFound,
    Broken(Problem),
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Fault {
        if problem.status == StatusCode::NOT_FOUND { Fault::NotFound } else { Fault::Broken(problem) }
    }
}
impl From<db::DbError> for Fault {
    fn from(error: db::DbError) -> Fault {
        Fault::Broken(error.into())
    }
}
impl From<FlowError> for Fault {
    fn from(error: FlowError) -> Fault {
        Problem::from(error).into()
    }
}

/// A mark for [`in_words`], which knows who asks and so can put the desk around the words.
#[derive(Clone)]
struct Unshown;

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = match self {
            Fault::NotFound => StatusCode::NOT_FOUND.into_response(),
            Fault::Broken(problem) => problem.status.into_response(),
        };
        response.extensions_mut().insert(Unshown);
        response
    }
}

/// Puts a page around what could not be shown.
pub async fn in_words(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let again = Request::from_parts(parts.clone(), body);
    let response = next.run(again).await;
    if response.extensions().get::<Unshown>().is_none() {
        return response;
    }
    let status = response.status();
    // A second look must not be refused for what the first one was.
    parts.method = Method::GET;
    let frame = match Desk::from_request_parts(&mut parts, &app).await {
        Ok(desk) => desk.frame("Not shown", "").await.ok(),
        Err(_) => None,
    };
    let frame = frame.unwrap_or_else(|| Frame::new("Not shown", "", "", app.clock.now()));
    let view = match status {
        StatusCode::NOT_FOUND => ProblemView::not_found(frame),
        _ => {
            let reference = &ids::secret_128()[..8];
            tracing::error!(reference, path = parts.uri.path(), "a page of the desk could not be shown");
            ProblemView::broken(frame, reference)
        }
    };
    page(status, &view).unwrap_or_else(|_| status.into_response())
}

impl FromRequestParts<Arc<App>> for Desk {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Desk, Response> {
        if parts.method != Method::GET && parts.method != Method::HEAD && session::is_cross_site(&parts.headers) {
            return Err(session::cross_site());
        }
        let here = parts.uri.path_and_query().map_or("/desk", |p| p.as_str());
        let to_login = || session::to_login(if parts.method == Method::GET { here } else { "/desk" });
        let Some((retailer, hash)) = session::cookie(app, &parts.headers) else { return Err(to_login()) };
        let read = app.db.read().await.map_err(|e| Fault::from(e).into_response())?;
        let found = db::staff::session(&read, &retailer, &hash).await.map_err(|e| Fault::from(e).into_response())?;
        let Some(row) = found else { return Err(to_login()) };
        let staff = db::staff::by_id(&read, &retailer, &row.staff_id).await.map_err(|e| Fault::from(e).into_response())?;
        drop(read);
        let ctx = app.contexts.get(app, &retailer).await.map_err(|e| Fault::from(e).into_response())?;
        let (Some(staff), Some(ctx)) = (staff, ctx) else { return Err(to_login()) };
        // What the page asks for by itself keeps nobody signed in, and takes no toast away from the page that is to show it.
        let by_itself = parts.headers.contains_key("x-refresh");
        let holds = if by_itself {
            flow::sign_in::holds(app, &row)
        } else {
            flow::sign_in::used(app, &retailer, &hash, &row).await.map_err(|e| Fault::from(e).into_response())?
        };
        if !holds {
            return Err(to_login());
        }
        let toast = if by_itself { None } else { toast::read(&parts.headers) };
        let zone = ctx.brand(None).and_then(|b| b.zone.clone()).unwrap_or_else(|| ctx.sources_of(&["retailer".into()]).0.zone);
        let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
        Ok(Desk { app: Arc::clone(app), ctx, staff, now: app.clock.now(), zone, session: hash, toast })
    }
}

/// The fields of a form, in their order.
pub struct Form(Vec<(String, String)>);

impl Form {
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.trim())
    }
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(n, _)| n == name).map(|(_, v)| v.clone()).collect()
    }
    /// All of them.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
    /// The field as it was typed.
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }
    /// Where the form wants to go afterwards, if that is a place of the desk.
    pub fn back<'a>(&'a self, or: &'a str) -> &'a str {
        let wanted = self.get("back");
        if is_ours(wanted) { wanted } else { or }
    }
}

impl FromRequest<Arc<App>> for Form {
    type Rejection = Response;
    async fn from_request(request: Request<Body>, _: &Arc<App>) -> Result<Form, Response> {
        let bytes = call::bytes(request.into_body(), FORM_MAX).await.map_err(|p| Fault::from(p).into_response())?;
        let fields: Vec<(String, String)> = form_urlencoded::parse(&bytes).into_owned().collect();
        if fields.iter().any(|(n, v)| n.contains('\0') || v.contains('\0')) {
            return Err(Fault::NotFound.into_response());
        }
        Ok(Form(fields))
    }
}

/// A path of the desk or its outbox, and of nobody else.
pub fn is_ours(path: &str) -> bool {
    let rest = ["/desk", "/outbox"].iter().find_map(|own| path.strip_prefix(own));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        && !path.contains("//")
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
}

/// To another page, which is asked for with GET.
pub fn see(path: &str) -> Response {
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/desk"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// Back, with word of what was done; or of why it was not.
pub fn after(back: &str, outcome: Result<Toast, FlowError>) -> Answer {
    let toast = match outcome {
        Ok(toast) => toast,
        Err(FlowError::NotFound) => return Err(Fault::NotFound),
        Err(FlowError::Conflict(why)) => toast::failed(format!("That could not be done: {why}.")),
        Err(FlowError::Invalid(faults)) => {
            let words: Vec<&str> = faults.iter().map(|f| f.message.as_str()).collect();
            toast::failed(format!("That could not be done: {}.", words.join("; ")))
        }
        Err(FlowError::Db(e)) => return Err(e.into()),
    };
    let mut response = see(back);
    toast::put(&mut response, &toast);
    Ok(response)
}

/// No such screen.
pub async fn nowhere(_: Desk) -> Answer {
    Err(Fault::NotFound)
}

/// Query parameters; what is not known is passed over, because agents' bookmarks outlive us.
pub struct Asked(Vec<(String, String)>);

impl Asked {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.trim()).filter(|v| !v.is_empty() && !v.contains('\0'))
    }

    /// All of them; what holds a NUL was never asked.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Asked, std::convert::Infallible> {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned();
        Ok(Asked(pairs.filter(|(name, value)| !name.contains('\0') && !value.contains('\0')).collect()))
    }
}

/// As a part of an address.
pub fn quoted(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn cookie_named<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_back_only_within_the_desk() {
        for fine in ["/desk", "/desk/queues/late?unclaimed=1", "/outbox?message=ntf_1"] {
            assert!(is_ours(fine), "{fine}");
        }
        for foreign in
            ["", "https://elsewhere.example", "//elsewhere.example/desk", "/desk//elsewhere", "/desktop", "/desk\\..", "/desk/\r\nx"]
        {
            assert!(!is_ours(foreign), "{foreign}");
        }
    }
}
