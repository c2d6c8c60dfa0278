//! `init`: a retailer in a database.

use clap::Args;
use serde_json::json;

use super::{Failure, say};
use crate::{
    app::{App, Config},
    context::Brand,
    db::Db,
    flow, vault,
};

#[derive(Args)]
pub struct Init {
    /// sqlite:PATH or postgres://…
    #[arg(long)]
    database: String,
    /// The retailer's name
    #[arg(long)]
    retailer: String,
    /// The first administrator's e-mail address
    #[arg(long)]
    email: String,
    /// The defaults: `sorted` (the seed vendor's numbers) or `uk_retail` (working days, softer)
    #[arg(long, default_value = "sorted", value_parser = ["sorted", "uk_retail"])]
    preset: String,
    /// Where the key for kept secrets is to stand [default: beside an SQLite database, else whereabouts.key]
    #[arg(long)]
    key_file: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Init {
    pub async fn run(self) -> Result<(), Failure> {
        if self.retailer.trim().is_empty() {
            return Err(Failure::BadArguments("the retailer needs a name".into()));
        }
        if self.email.parse::<lettre::Address>().is_err() {
            return Err(Failure::BadArguments(format!("`{}` is not an e-mail address", self.email)));
        }
        let db = Db::open(&self.database).await?;
        // Without a key everything works but carriers' accounts, and `doctor` says so.
        let keys = vault::load_or_make(&vault::place(self.key_file.as_deref(), &self.database)).unwrap_or_else(|why| {
            eprintln!("{why}");
            Default::default()
        });
        let app = App::start(db, None, Config { keys, ..Config::plain() }).await?;
        let made = flow::set_up::retailer(&app, self.retailer.trim(), &self.email, &self.preset, &Brand::default()).await?;
        app.stop(std::time::Duration::from_secs(5)).await;
        if self.json {
            let line = json!({
                "retailer_id": made.retailer_id,
                "brand_id": made.brand_id,
                "admin_email": made.admin_email,
                "admin_password": made.admin_password,
                "api_key": made.api_key,
                "hook_url": made.hook_url,
            });
            return say(&line.to_string());
        }
        say(&format!("Retailer {} is ready. These secrets are shown only now:", self.retailer.trim()))?;
        say(&format!("  retailer  {}", made.retailer_id))?;
        say(&format!("  brand     {}", made.brand_id))?;
        say(&format!("  desk      {}  {}", made.admin_email, made.admin_password))?;
        say(&format!("  API key   {}", made.api_key))?;
        say(&format!("  hook URL  {}", made.hook_url))
    }
}
