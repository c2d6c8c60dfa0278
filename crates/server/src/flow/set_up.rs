//! A new retailer: brand, first administrator, API key, hook, and the rules that tell shoppers and agents what they would expect.

use argon2::{Argon2, PasswordHasher, password_hash::phc::Salt};
use serde_json::{Value, json};

use super::FlowError;
use crate::{
    app::App,
    context::Brand,
    db::{
        self,
        retailers::{BrandRow, RetailerRow},
        staff::StaffRow,
    },
    ids,
};

/// What `init` prints: the only time that the secrets are seen.
pub struct NewRetailer {
    pub retailer_id: String,
    pub brand_id: String,
    pub admin_email: String,
    pub admin_password: String,
    pub api_key: String,
    /// A path, `/hooks/…`.
    pub hook_url: String,
}

/// Creates a retailer with one brand.
pub async fn retailer(app: &App, name: &str, email: &str, preset: &str, brand: &Brand) -> Result<NewRetailer, FlowError> {
    let now = app.clock.now_ms();
    let retailer_id = ids::retailer_id();
    let hook_secret = ids::secret_128();
    let key_secret = ids::secret_256();
    let password = ids::password();
    let password_hash = hash_password(&password)?;
    let mut tx = app.db.write().await?;
    let retailer = RetailerRow { id: retailer_id.clone(), name: name.into(), preset: preset.into(), created_at: now };
    db::retailers::insert(&mut tx, &retailer).await?;
    super::hooks::keep_address(app, &mut tx, &retailer_id, &hook_secret, email).await?;
    let brand_id = app.ids.make("brd", now);
    let doc = serde_json::to_string(brand).expect("a brand can be written as JSON");
    let brand_name = if brand.name.is_empty() { name.to_string() } else { brand.name.clone() };
    db::retailers::insert_brand(&mut tx, &retailer_id, &BrandRow { id: brand_id.clone(), name: brand_name, doc }, now).await?;
    db::retailers::insert_key(&mut tx, &retailer_id, &ids::hash(&key_secret), "first key", "*", now).await?;
    let staff = StaffRow {
        retailer: retailer_id.clone(),
        id: app.ids.make("stf", now),
        email: email.into(),
        name: email.split('@').next().unwrap_or(email).into(),
        role: "admin".into(),
        password_hash,
    };
    if !db::staff::insert(&mut tx, &staff, now).await? {
        // A sign-in address belongs to one retailer; the second retailer's administrator gets an address of its own.
        let (user, host) = email.split_once('@').unwrap_or((email, "localhost"));
        let own = StaffRow { email: format!("{user}+{retailer_id}@{host}"), ..staff };
        db::staff::insert(&mut tx, &own, now).await?;
        put_default_rules(app, &mut tx, &retailer_id, now).await?;
        tx.commit().await?;
        return Ok(made(retailer_id, brand_id, own.email, password, key_secret, hook_secret));
    }
    put_default_rules(app, &mut tx, &retailer_id, now).await?;
    tx.commit().await?;
    Ok(made(retailer_id, brand_id, staff.email, password, key_secret, hook_secret))
}

fn made(retailer_id: String, brand_id: String, email: String, password: String, key: String, hook: String) -> NewRetailer {
    NewRetailer {
        api_key: format!("wbk_{retailer_id}_{key}"),
        hook_url: format!("/hooks/{retailer_id}.{hook}"),
        retailer_id,
        brand_id,
        admin_email: email,
        admin_password: password,
    }
}

/// Somebody who signs in to the desk, with a password of their own. Nothing happens if the address is taken.
pub async fn colleague(app: &App, retailer: &str, email: &str, name: &str, role: &str, password: &str) -> Result<(), FlowError> {
    let now = app.clock.now_ms();
    let password_hash = hash_password(password)?;
    let id = app.ids.make("stf", now);
    let row = StaffRow { retailer: retailer.into(), id, email: email.into(), name: name.into(), role: role.into(), password_hash };
    let mut tx = app.db.write().await?;
    db::staff::insert(&mut tx, &row, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Argon2id with the library's (OWASP's) parameters.
pub fn hash_password(password: &str) -> Result<String, FlowError> {
    let salt: [u8; 16] = ids::random_bytes();
    let salt = Salt::new(&salt).map_err(|e| FlowError::Conflict(format!("no salt: {e}")))?;
    let hash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|e| FlowError::Conflict(format!("the password cannot be hashed: {e}")))?;
    Ok(hash.to_string())
}

/// (name, when, then).
pub fn default_rules() -> Vec<(&'static str, Value, Value)> {
    let tell = |message: &str| json!({"notify": {"message": message}});
    let became = |field: &str, value: Value| json!({"field": field, "became": value});
    vec![
        ("Tell the shopper: shipped", became("milestone", json!("in_transit")), tell("shipped")),
        ("Tell the shopper: out for delivery", became("milestone", json!("out_for_delivery")), tell("out_for_delivery")),
        ("Tell the shopper: delivered", became("milestone", json!("delivered")), tell("delivered")),
        ("Tell the shopper: delivery attempt failed", became("milestone", json!("attempt_fail")), tell("attempt_failed")),
        ("Tell the shopper: ready for collection", became("milestone", json!("available_for_pickup")), tell("ready_for_collection")),
        ("Tell the shopper: late", became("late", json!(true)), tell("late")),
        ("Tell the shopper: found again", became("may_be_missing", json!(false)), tell("found_again")),
        ("Tell the agents: late", became("late", json!(true)), json!({"alert": {"kind": "late"}})),
        ("Tell the agents: may be missing", became("may_be_missing", json!(true)), json!({"alert": {"kind": "may_be_missing"}})),
        ("Tell the agents: disputed", became("disputed", json!(true)), json!({"alert": {"kind": "disputed"}})),
    ]
}

async fn put_default_rules(app: &App, tx: &mut db::Write, retailer: &str, now: i64) -> Result<(), FlowError> {
    for (name, when, then) in default_rules() {
        let doc = json!({"name": name, "when": when, "then": then, "enabled": true});
        db::rules::put(tx, retailer, &app.ids.make("rul", now), &doc.to_string(), now).await?;
    }
    Ok(())
}
