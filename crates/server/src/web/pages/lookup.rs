//! Looking an order up by its number and an e-mail address or postcode. A wrong proof and an unknown order read the same,
//! to the byte: what was typed is not repeated, so the answer tells nothing about what exists.

use askama::Template;

use crate::words::brand::BrandView;

/// How the last attempt went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupAnswer {
    /// Nothing was asked yet.
    Fresh,
    /// No such order, or not with that proof.
    NotFound,
    /// Too many attempts; come back later.
    TooMany,
}

#[derive(Template)]
#[template(path = "lookup.html")]
struct LookupPage<'a> {
    brand: &'a BrandView,
    /// Where the form is sent: `/track`, or a brand's own path.
    action: &'a str,
    /// What the title begins with, and the words.
    problem: Option<(&'static str, &'static str)>,
}

/// The form posts `order_number` and `proof` to `action`.
pub fn html(brand: &BrandView, action: &str, answer: LookupAnswer) -> Result<String, askama::Error> {
    let problem = match answer {
        LookupAnswer::Fresh => None,
        LookupAnswer::NotFound => Some((
            "Not found",
            "We couldn't find an order with these details. Check both: the order number is in your confirmation, and the e-mail address \
             or postcode must be the one you ordered with. A new order can take a few minutes to appear.",
        )),
        LookupAnswer::TooMany => Some(("Too many attempts", "That was a lot of attempts. Please try again in an hour.")),
    };
    LookupPage { brand, action, problem }.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_a_failed_look_up_is_announced_and_says_what_to_check() {
        let html = html(&BrandView::named("Fern"), "/track", LookupAnswer::NotFound).unwrap();
        assert!(html.contains("role=\"alert\"") && html.contains("Check both"));
        assert_eq!(html.matches("<h1").count(), 1);
    }
}
