//! The carriers' calendars: shown by nation, edited as JSON.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Answer, Desk, Fault, Form, after, page, toast};
use crate::{
    context::CALENDARS_SCOPE,
    db,
    flow::{self, FlowError},
    web::desk::calendars::{CalendarsView, NationRow},
};

const NEXT_DAYS: usize = 3;

async fn view(desk: &Desk) -> Result<CalendarsView, Fault> {
    let stored = db::settings::settings(&desk.app.db.read().await?, desk.retailer()).await?;
    let edits = stored.iter().find(|s| s.0 == CALENDARS_SCOPE).and_then(|s| serde_json::from_str(&s.1).ok());
    let edits: Value = edits.unwrap_or_else(|| json!({ "nations": {} }));
    let today = desk.now.to_zoned(desk.zone.clone()).date().to_string();
    let all = desk.ctx.calendars.to_json();
    let nations = all["nations"].as_object().into_iter().flatten().map(|(code, nation)| row(code, nation, &today)).collect();
    Ok(CalendarsView {
        frame: desk.frame("Calendars", "calendars").await?,
        nations,
        edits: serde_json::to_string_pretty(&edits).unwrap_or_default(),
        problem: None,
    })
}

fn row(code: &str, nation: &Value, today: &str) -> NationRow {
    let text = |name: &str| nation[name].as_str().unwrap_or_default();
    let capital = |word: &str| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect::<String>();
    let weekdays: Vec<String> = nation["weekdays"].as_array().into_iter().flatten().filter_map(Value::as_str).map(capital).collect();
    // Days are written as YYYY-MM-DD, so that their texts sort as they do.
    let mut days: Vec<(&String, &str)> =
        nation["holidays"].as_object().into_iter().flatten().filter_map(|(day, name)| Some((day, name.as_str()?))).collect();
    days.retain(|(day, _)| day.as_str() >= today);
    days.sort();
    let said = |(day, name): (&String, &str)| {
        let told = day.parse::<jiff::civil::Date>().map_or_else(|_| day.clone(), |d| d.strftime("%a %-d %b %Y").to_string());
        format!("{told}, {name}")
    };
    NationRow {
        code: code.into(),
        name: if text("name").is_empty() { code.into() } else { text("name").into() },
        weekdays: weekdays.join(", "),
        holidays: days.into_iter().take(NEXT_DAYS).map(said).collect(),
        source: [text("source"), text("as_of")].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(", "),
    }
}

/// `GET /desk/calendars`
pub async fn get(desk: Desk) -> Answer {
    let view = view(&desk).await?;
    desk.show(&view)
}

/// `POST /desk/calendars`
pub async fn post(desk: Desk, form: Form) -> Answer {
    let typed = form.get("edits").to_string();
    let problem = match serde_json::from_str::<Value>(&typed) {
        Err(error) => format!("This is not JSON: {error}."),
        Ok(edits) => match flow::configure::put_calendars(&desk.app, desk.retailer(), &edits).await {
            Err(FlowError::Invalid(faults)) => faults.iter().map(|f| format!("{} {}", f.pointer, f.message)).collect::<Vec<_>>().join("; "),
            done => {
                return after(
                    "/desk/calendars",
                    done.map(|()| toast::done("The calendars are kept; open shipments are judged by them anew")),
                );
            }
        },
    };
    let view = CalendarsView { problem: Some(problem), edits: typed, ..view(&desk).await? };
    page(StatusCode::UNPROCESSABLE_ENTITY, &view)
}
