//! A moment in an agent's words: how long ago, with the full date one hover away. The script keeps the words fresh.

use askama::Template;
use jiff::{Timestamp, Unit, tz::TimeZone};

/// "3 h ago", with the machine's and the full reading beside it.
#[derive(Clone, Debug, Template)]
#[template(source = r#"<time datetime="{{ iso }}" title="{{ full }}" data-ago>{{ words }}</time>"#, ext = "html")]
pub struct When {
    pub iso: String,
    pub words: String,
    pub full: String,
}

impl askama::filters::HtmlSafe for When {}

impl When {
    pub fn new(at: Timestamp, now: Timestamp, zone: &TimeZone) -> When {
        When { iso: at.to_string(), words: ago(at, now), full: at.to_zoned(zone.clone()).strftime("%a %-d %b %Y, %H:%M %Z").to_string() }
    }
}

/// The script (`desk.js`, `ago`) says the same words, so that a page doesn't change when it arrives.
fn ago(at: Timestamp, now: Timestamp) -> String {
    let secs = now.since(at).ok().and_then(|span| span.total(Unit::Second).ok()).unwrap_or(0.0);
    let (whole, past) = (secs.abs(), secs >= 0.0);
    let amount = match whole {
        s if s < 60.0 => return "now".to_owned(),
        s if s < 3600.0 => format!("{} min", (s / 60.0).floor()),
        s if s < 172_800.0 => format!("{} h", (s / 3600.0).floor()),
        s => format!("{} days", (s / 86_400.0).floor()),
    };
    if past { format!("{amount} ago") } else { format!("in {amount}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_the_unit_an_agent_thinks_in() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let words = |at: &str| ago(at.parse().unwrap(), now);
        assert_eq!(words("2026-11-24T11:59:40Z"), "now");
        assert_eq!(words("2026-11-24T11:48:00Z"), "12 min ago");
        assert_eq!(words("2026-11-23T06:00:00Z"), "30 h ago");
        assert_eq!(words("2026-11-20T06:00:00Z"), "4 days ago");
        assert_eq!(words("2026-11-24T15:00:00Z"), "in 3 h");
    }
}
