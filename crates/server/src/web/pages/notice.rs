//! Pages that only say one thing, in the brand's look: not there, and our fault.

use askama::Template;

use crate::words::brand::BrandView;

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticePage<'a> {
    brand: &'a BrandView,
    icon: &'static str,
    headline: &'static str,
    detail: &'static str,
    action: Option<(&'static str, &'a str)>,
}

/// 404. Says nothing about what might exist at other addresses.
pub fn not_found(brand: &BrandView, lookup: &str) -> Result<String, askama::Error> {
    NoticePage {
        brand,
        icon: "search",
        headline: "There is nothing at this address",
        detail: "The link may be incomplete: please copy all of it, capital letters included. You can also find your order by its number.",
        action: Some(("Find my order", lookup)),
    }
    .render()
}

/// 5xx: our fault, always.
pub fn problem(brand: &BrandView) -> Result<String, askama::Error> {
    NoticePage {
        brand,
        icon: "alert",
        headline: "Something went wrong on our side",
        detail: "Your order is not affected. Please try again in a moment.",
        action: None,
    }
    .render()
}
