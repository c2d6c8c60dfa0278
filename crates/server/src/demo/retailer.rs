//! The demo's retailer: Tansy & Pike, homeware from Northampton, who do not exist; and the two agents on the desk.

use serde_json::json;

use crate::{
    app::App,
    context::{Brand, RuleDoc},
    db,
    flow::{self, FlowError, set_up::NewRetailer},
};

pub const NAME: &str = "Tansy & Pike";
/// The desk's login. Fixed and printed: there is nothing behind it but invented people.
pub const EMAIL: &str = "nadia@tansyandpike.example";
pub const PASSWORD: &str = "trailer-seven";
/// Fern green and its pale twin: far more contrast than WCAG asks for, on white and in the dark.
pub const ACCENT: &str = "#1f5c4d";
pub const ACCENT_DARK: &str = "#8fd3bd";
pub const OWNER: &str = "owner@tansyandpike.example";

pub fn brand() -> Brand {
    Brand {
        name: NAME.into(),
        accent: Some(ACCENT.into()),
        accent_dark: Some(ACCENT_DARK.into()),
        zone: Some("Europe/London".into()),
        locale: Some("en-GB".into()),
        help_email: Some("hello@tansyandpike.example".into()),
        help_phone: Some("01632 960 707".into()),
        mail_from: Some("orders@tansyandpike.example".into()),
        imprint: Some("Tansy & Pike Ltd (a retailer invented for this demo), 7 Saddlers Yard, Northampton".into()),
        show_items: true,
        ..Brand::default()
    }
}

/// Retailer, desk login and rules.
pub async fn set_up(app: &App) -> Result<NewRetailer, FlowError> {
    let made = flow::set_up::retailer(app, NAME, OWNER, "uk_retail", &brand()).await?;
    flow::set_up::colleague(app, &made.retailer_id, EMAIL, "Nadia Rahman", "admin", PASSWORD).await?;
    rules(app, &made.retailer_id).await?;
    Ok(made)
}

/// Beside the rules that every retailer starts with: shoppers are told that a parcel may be missing, after the agents' head start; who was told so
/// is told that it was found, and not that it has "shipped" as well; and whatever needs a person stands in the queue.
async fn rules(app: &App, retailer: &str) -> Result<(), FlowError> {
    let kept = db::rules::all(&app.db.read().await?, retailer).await?;
    for (id, doc) in kept {
        let Ok(doc) = serde_json::from_str::<RuleDoc>(&doc) else { continue };
        if doc.name == "Tell the shopper: shipped" {
            let when = json!({"all": [doc.when, {"not": {"field": "may_be_missing", "became": false}}]});
            flow::rules::put(app, retailer, Some(&id), &RuleDoc { when, ..doc }).await?;
        }
    }
    let became = |field: &str, value: serde_json::Value| json!({"field": field, "became": value});
    let more = [
        ("Tell the shopper: may be missing", became("may_be_missing", json!(true)), json!({"notify": {"message": "may_be_missing"}})),
        ("Needs a person: the carrier lost it", became("state", json!("lost")), json!({"alert": {"kind": "lost"}})),
        ("Needs a person: damaged on the way", became("state", json!("damaged")), json!({"alert": {"kind": "damaged"}})),
        ("Needs a person: held at customs", became("state", json!("held_at_customs")), json!({"alert": {"kind": "customs"}})),
        ("Needs a person: nobody collected it", became("state", json!("failed_to_collect")), json!({"alert": {"kind": "not_collected"}})),
        ("Needs a person: wrong address", became("reason", json!("address_wrong")), json!({"alert": {"kind": "address"}})),
    ];
    for (name, when, then) in more {
        let doc = json!({"name": name, "when": when, "then": then, "enabled": true});
        let doc: RuleDoc = serde_json::from_value(doc).expect("the demo's rules are rules");
        flow::rules::put(app, retailer, None, &doc).await?;
    }
    Ok(())
}
