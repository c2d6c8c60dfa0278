//! What goes wrong, towards the outside: one table of codes, RFC 9457 documents.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    db::DbError,
    flow::{Fault, FlowError},
};

/// A problem document.
#[derive(Debug)]
pub struct Problem {
    pub status: StatusCode,
    pub code: &'static str,
    pub title: &'static str,
    pub detail: String,
    pub errors: Vec<Fault>,
    /// In seconds, if it is known.
    retry_after: Option<i64>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Problem {
        Problem { status, code, title, detail: detail.into(), errors: Vec::new(), retry_after: None }
    }
    /// 400: not JSON, too deep, a cursor that is none of ours.
    pub fn unreadable(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "unreadable", "The request cannot be read", detail)
    }
    pub fn unauthorised() -> Problem {
        let detail = "send a key of this retailer as `Authorization: Bearer KEY`";
        Problem::new(StatusCode::UNAUTHORIZED, "unauthorised", "No or bad key", detail)
    }
    pub fn bad_signature() -> Problem {
        Problem::new(StatusCode::UNAUTHORIZED, "bad_signature", "The signature is missing or wrong", "check the secret at both ends")
    }
    pub fn forbidden(scope: &str) -> Problem {
        let detail = format!("this key lacks the scope `{scope}`");
        Problem::new(StatusCode::FORBIDDEN, "forbidden", "The key lacks the scope", detail)
    }
    /// Also for things of another retailer: the two answers are byte-equal.
    pub fn not_found() -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not_found", "Not found", "there is nothing here")
    }
    pub fn method_not_allowed() -> Problem {
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Method not allowed", "this address does not take this method")
    }
    pub fn conflict(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::CONFLICT, "conflict", "It contradicts what is there", detail)
    }
    pub fn too_large(limit: usize) -> Problem {
        let detail = format!("at most {limit} bytes are taken");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "Too large", detail)
    }
    pub fn too_deep(limit: usize) -> Problem {
        let detail = format!("at most {limit} levels of nesting are taken");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_deep", "Nested too deeply", detail)
    }
    /// What a library refused before any of our code saw it.
    pub fn refused(status: StatusCode, detail: impl Into<String>) -> Problem {
        match status {
            StatusCode::NOT_FOUND => Problem::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => Problem::method_not_allowed(),
            _ => Problem::new(status, "refused", status.canonical_reason().unwrap_or("Refused"), detail),
        }
    }
    pub fn invalid(errors: Vec<Fault>) -> Problem {
        let detail =
            errors.iter().map(|f| format!("{} {}", if f.pointer.is_empty() { "/" } else { &f.pointer }, f.message)).collect::<Vec<_>>();
        Problem { errors, ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Understood, but not valid", detail.join("; ")) }
    }
    pub fn fault(pointer: &str, code: &str, message: impl Into<String>) -> Problem {
        Problem::invalid(vec![Fault::new(pointer, code, message)])
    }
    pub fn too_many() -> Problem {
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many", "Too many tries", "wait a while and try again")
    }
    /// A carrier was asked for this a moment ago.
    pub fn too_soon(again_in_secs: i64, detail: impl Into<String>) -> Problem {
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_soon", "Asked for just now", detail);
        Problem { retry_after: Some(again_in_secs), ..problem }
    }
    pub fn busy() -> Problem {
        let detail = "nothing was taken; send it again in a moment";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Too much at once", detail)
    }
    /// The database does not answer, or has no room.
    pub fn unavailable() -> Problem {
        let detail = "the database cannot be used just now; send it again in a moment";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available just now", detail)
    }
    fn internal() -> Problem {
        let detail = "this is our fault; it has been logged";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here", detail)
    }

    pub fn json(&self) -> serde_json::Value {
        let mut body = json!({
            "type": format!("https://whereabouts.example/problems/{}", self.code),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
            "code": self.code,
        });
        if !self.errors.is_empty() {
            body["errors"] = json!(self.errors);
        }
        body
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.json().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE || self.status == StatusCode::TOO_MANY_REQUESTS {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(self.retry_after.unwrap_or(5)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<FlowError> for Problem {
    fn from(error: FlowError) -> Problem {
        match error {
            FlowError::NotFound => Problem::not_found(),
            FlowError::Conflict(why) => Problem::conflict(why),
            FlowError::Invalid(faults) => Problem::invalid(faults),
            FlowError::Db(e) => e.into(),
        }
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Problem {
        if error.is_race() {
            return Problem::busy();
        }
        tracing::error!(error = %crate::chain::of(&error), "a request failed");
        if error.is_away() { Problem::unavailable() } else { Problem::internal() }
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Problem {
        tracing::error!(error = %error, "a page could not be written");
        Problem::internal()
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;
    use crate::db::Db;

    fn status_of(error: DbError) -> u16 {
        Problem::from(error).status.as_u16()
    }

    fn refused_by_sqlite(code: i32) -> DbError {
        DbError::Lite { statement: "COMMIT", source: rusqlite::Error::SqliteFailure(ffi::Error::new(code), None) }
    }

    #[tokio::test]
    async fn a_database_that_is_away_or_full_is_no_fault_of_ours_but_a_pause() {
        // Nobody listens there.
        let away = Db::open("postgres://nobody@127.0.0.1:9/none?sslmode=disable").await.unwrap().read().await.err().unwrap();
        assert_eq!(status_of(away), 503);
        assert_eq!(status_of(refused_by_sqlite(ffi::SQLITE_FULL)), 503);
        assert_eq!(status_of(refused_by_sqlite(ffi::SQLITE_READONLY)), 503);
        assert_eq!(status_of(refused_by_sqlite(ffi::SQLITE_ERROR)), 500);
    }
}
