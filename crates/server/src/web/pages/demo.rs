//! The demo's first page: where to look, and the two stories that are told with it. Only the demo serves it.

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::policy;
use crate::words::brand::BrandView;

/// Where things stand in this demo: addresses are paths of this host.
#[derive(Clone, Debug, Default)]
pub struct Places {
    pub tracking: String,
    /// The page of the shopper who rings.
    pub caller: String,
    pub caller_name: String,
    pub email: String,
    pub password: String,
    pub speed: String,
}

#[derive(Template)]
#[template(path = "demo.html")]
struct DemoPage<'a> {
    brand: &'a BrandView,
    at: &'a Places,
}

/// The page, rendered once.
#[derive(Clone)]
pub struct Home(String);

impl Home {
    pub fn render(brand: &BrandView, at: &Places) -> Result<Home, askama::Error> {
        DemoPage { brand, at }.render().map(Home)
    }

    pub fn answer(&self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8".to_string()),
            (header::CONTENT_SECURITY_POLICY, policy::content_policy(&self.0)),
        ];
        (StatusCode::OK, headers, self.0.clone()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_page_of_the_demo_leads_to_every_part_of_the_product() {
        let at = Places { tracking: "/t/r/abc".into(), caller: "/t/r/def".into(), caller_name: "Eleanor".into(), ..Places::default() };
        let html = Home::render(&BrandView::named("Tansy & Pike"), &at).unwrap().0;
        for href in ["/t/r/abc", "/t/r/def", "/desk", "/outbox", "/api/docs", "/track"] {
            assert!(html.contains(&format!("href=\"{href}\"")), "{href}");
        }
        assert_eq!(html.matches("<h1").count(), 1);
    }
}
