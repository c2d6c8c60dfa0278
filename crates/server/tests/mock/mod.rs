//! A carrier on this machine, which says what a test tells it to.

#![allow(dead_code, reason = "each test looks at what concerns it")]

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};

/// What a call looked like when it arrived: method, path with query, and the headers and body that were sent.
#[derive(Clone, Debug)]
pub struct Call {
    pub what: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Call {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

type Script = Box<dyn FnMut(&Call) -> Response + Send>;

/// A carrier on this machine.
pub struct Mock {
    pub host: String,
    pub calls: Arc<Mutex<Vec<Call>>>,
}

#[derive(Clone)]
struct House {
    calls: Arc<Mutex<Vec<Call>>>,
    script: Arc<Mutex<Script>>,
}

impl Mock {
    #[expect(clippy::disallowed_methods, reason = "the mock ends with the test")]
    pub async fn speaking(script: impl FnMut(&Call) -> Response + Send + 'static) -> Mock {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let house = House { calls: Arc::clone(&calls), script: Arc::new(Mutex::new(Box::new(script))) };
        let router = Router::new().fallback(answer).with_state(house);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = format!("http://{}", listener.local_addr().unwrap());
        tokio::task::spawn(async move { axum::serve(listener, router).await });
        Mock { host, calls }
    }

    /// The calls so far, as method and path.
    pub fn heard(&self) -> Vec<String> {
        self.calls.lock().unwrap().iter().map(|c| c.what.clone()).collect()
    }

    pub fn last(&self) -> Call {
        self.calls.lock().unwrap().last().cloned().unwrap()
    }
}

async fn answer(State(house): State<House>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let call = Call { what: format!("{method} {uri}"), headers, body: String::from_utf8(body.to_vec()).unwrap() };
    house.calls.lock().unwrap().push(call.clone());
    (house.script.lock().unwrap())(&call)
}

pub fn json(status: u16, body: &str) -> Response {
    (StatusCode::from_u16(status).unwrap(), [("content-type", "application/json")], body.to_string()).into_response()
}

pub fn later(status: u16, retry_after: &str) -> Response {
    (StatusCode::from_u16(status).unwrap(), [("retry-after", retry_after)], "{}").into_response()
}
