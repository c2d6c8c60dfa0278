//! What holds for a retailer: brands, settings by scope, rules, webhooks, calendars, mappings, hook secrets. Read often, changed seldom, so kept in
//! memory; forgotten at once when this process changes it, and after [`KEPT_MS`] in case another process did.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, LazyLock, Mutex, OnceLock, RwLock,
        atomic::{AtomicI64, Ordering},
    },
};

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use whereabouts_adapters::mapping::{Mapping, Shape};
use whereabouts_domain::{
    Reason, Registration, State,
    calendar::Calendars,
    feed::Outage,
    meaning::{Meaning, Meanings},
    rule::{Rule, TimeThreshold},
    scope,
    settings::{self, Layer, Preset, Settings, Sources},
    zone,
};

use crate::{
    app::App,
    db::{self, DbError},
    words::brand::BrandView,
};

pub const KEPT_MS: i64 = 5_000;

/// A brand: how the retailer looks to shoppers. The JSON in the database.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Brand {
    #[serde(skip)]
    pub id: String,
    #[serde(skip)]
    pub name: String,
    /// `#rrggbb`.
    pub accent: Option<String>,
    pub accent_dark: Option<String>,
    pub logo_url: Option<String>,
    pub zone: Option<String>,
    pub locale: Option<String>,
    pub help_url: Option<String>,
    pub help_email: Option<String>,
    pub help_phone: Option<String>,
    pub mail_from: Option<String>,
    pub site_url: Option<String>,
    /// A line of address under each mail.
    pub imprint: Option<String>,
    /// Item names stand on the tracking page (off by default: the link may be passed on).
    pub show_items: bool,
    /// Its face to shoppers, made when it is first shown.
    #[serde(skip)]
    pub face: OnceLock<Arc<BrandView>>,
}

/// What a rule causes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Then {
    /// Tell buyer and recipient. `message` is one of the product's messages.
    Notify {
        message: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        channels: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        to: Vec<String>,
    },
    /// Put it in the agents' queue.
    Alert { kind: String },
}

/// A rule as kept and answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleDoc {
    #[serde(default)]
    pub name: String,
    pub when: serde_json::Value,
    pub then: Then,
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn yes() -> bool {
    true
}

/// A rule, ready to be evaluated.
pub struct LiveRule {
    pub id: String,
    pub doc: RuleDoc,
    pub rule: Rule,
}

/// A webhook, ready to be evaluated.
pub struct LiveWebhook {
    pub id: String,
    pub filter: Option<Rule>,
}

/// An account with a carrier, as far as it concerns when its parcels are asked for.
pub struct LiveAccount {
    pub id: String,
    pub carrier: String,
    pub covers: Vec<String>,
    pub is_paused: bool,
    /// Of every pause, in thousandths.
    pub stretch: i64,
}

impl LiveAccount {
    fn of(row: db::accounts::AccountRow) -> LiveAccount {
        LiveAccount { covers: row.covers(), is_paused: row.is_paused(), stretch: row.stretch, id: row.id, carrier: row.carrier }
    }
}

/// A mapping of the retailer's own, ready to read.
pub struct LiveMapping {
    pub id: String,
    pub name: String,
    pub mapping: Mapping,
    pub shape: Shape,
}

/// Everything that holds for one retailer.
pub struct Context {
    pub id: String,
    pub name: String,
    pub preset: Preset,
    /// Of the tokens by which carriers get in.
    pub hook_hashes: Vec<String>,
    pub brands: Vec<Brand>,
    pub layers: BTreeMap<String, Layer>,
    pub rules: Vec<LiveRule>,
    pub webhooks: Vec<LiveWebhook>,
    /// What rules and webhooks wait for that the clock alone brings.
    pub timed: Vec<TimeThreshold>,
    pub calendars: Arc<Calendars>,
    /// What the retailer takes codes to mean that stand in no list.
    pub meanings: Meanings,
    /// How payloads are read that no adapter knows.
    pub mappings: Vec<LiveMapping>,
    pub hook_secrets: HashMap<String, String>,
    /// Accounts with carriers that are asked.
    pub accounts: Vec<LiveAccount>,
    /// When feeds were down, as was noticed, by carrier.
    pub down: HashMap<String, Vec<Outage>>,
    resolved: Mutex<HashMap<Vec<String>, Arc<Settings>>>,
    /// What holds where nothing was set.
    preset_alone: OnceLock<Arc<Settings>>,
    loaded_at: AtomicI64,
}

/// Most retailers edit nothing, and share these.
static BUILT_IN: LazyLock<Arc<Calendars>> = LazyLock::new(|| Arc::new(Calendars::built_in().clone()));

/// Under this scope the retailer's edits of the calendars are kept, beside the settings.
pub const CALENDARS_SCOPE: &str = "calendars";

impl Context {
    async fn load(app: &App, id: &str) -> Result<Option<Context>, DbError> {
        let read = app.db.read().await?;
        let Some(retailer) = db::retailers::by_id(&read, id).await? else { return Ok(None) };
        let mut brands = Vec::new();
        for row in db::retailers::brands(&read, id).await? {
            let mut brand: Brand = serde_json::from_str(&row.doc).unwrap_or_default();
            (brand.id, brand.name) = (row.id, row.name);
            brands.push(brand);
        }
        let mut layers = BTreeMap::new();
        let mut calendars = Arc::clone(&BUILT_IN);
        for (scope, doc) in db::settings::settings(&read, id).await? {
            if scope == CALENDARS_SCOPE {
                if let Some(patched) = serde_json::from_str(&doc).ok().and_then(|edits| Calendars::built_in().patched(&edits).ok()) {
                    calendars = Arc::new(patched);
                }
            } else {
                layers.insert(scope, serde_json::from_str(&doc).unwrap_or_default());
            }
        }
        let meaning = |m: db::codes::MeaningRow| {
            let state = m.state.as_deref().and_then(State::parse)?;
            Some(((m.carrier, m.code), Meaning { state, reason: m.reason.as_deref().and_then(Reason::parse) }))
        };
        let meanings = Meanings::of(db::codes::meanings(&read, id).await?.into_iter().filter_map(meaning));
        let mapping = |m: db::mappings::MappingRow| {
            let (mapping, shape) = (serde_json::from_str(m.doc.as_deref()?).ok()?, serde_json::from_str(&m.shape).ok()?);
            Some(LiveMapping { id: m.id, name: m.name, mapping, shape })
        };
        let mappings = db::mappings::newest(&read, id).await?.into_iter().filter_map(mapping).collect();
        let mut rules = Vec::new();
        for (id, doc) in db::rules::all(&read, id).await? {
            let Ok(doc) = serde_json::from_str::<RuleDoc>(&doc) else { continue };
            if let Ok(rule) = Rule::parse(&doc.when) {
                rules.push(LiveRule { id, doc, rule });
            }
        }
        let mut webhooks = Vec::new();
        for row in db::webhooks::all(&read, id).await?.into_iter().filter(|w| w.enabled) {
            let filter = row.filter.as_deref().and_then(|f| serde_json::from_str(f).ok()).and_then(|f| Rule::parse(&f).ok());
            webhooks.push(LiveWebhook { id: row.id, filter });
        }
        let mut down: HashMap<String, Vec<Outage>> = HashMap::new();
        let at = |ms: i64| Timestamp::from_millisecond(ms).ok();
        for row in db::feeds::outages(&read, id).await? {
            let Some(from) = at(row.from) else { continue };
            down.entry(row.carrier).or_default().push(Outage { from, until: row.until.and_then(at), noticed: at(row.noticed) });
        }
        let enabled = rules.iter().filter(|r: &&LiveRule| r.doc.enabled).map(|r| &r.rule);
        let timed =
            enabled.chain(webhooks.iter().filter_map(|w: &LiveWebhook| w.filter.as_ref())).flat_map(Rule::time_thresholds).collect();
        Ok(Some(Context {
            timed,
            id: retailer.id,
            name: retailer.name,
            preset: Preset::parse(&retailer.preset).unwrap_or_default(),
            hook_hashes: db::hooks::addresses(&read, id).await?.into_iter().filter(|a| a.holds()).map(|a| a.token_hash).collect(),
            brands,
            layers,
            rules,
            webhooks,
            calendars,
            meanings,
            accounts: db::accounts::all(&read, id).await?.into_iter().map(LiveAccount::of).collect(),
            mappings,
            hook_secrets: db::hooks::secrets(&read, id).await?.into_iter().map(|s| (s.dialect, s.secret)).collect(),
            down,
            resolved: Mutex::default(),
            preset_alone: OnceLock::new(),
            loaded_at: AtomicI64::new(app.clock.machine_ms()),
        }))
    }

    /// When it has grown old, one caller is told so and loads it again; the others go on with it meanwhile.
    fn is_fresh(&self, now: i64) -> bool {
        let loaded_at = self.loaded_at.load(Ordering::Relaxed);
        now - loaded_at < KEPT_MS || self.loaded_at.compare_exchange(loaded_at, now, Ordering::Relaxed, Ordering::Relaxed).is_err()
    }

    /// Whether a rule or a webhook's filter asks for this field.
    pub fn looks_at(&self, field: &str) -> bool {
        let filters = self.webhooks.iter().filter_map(|w| w.filter.as_ref());
        self.rules.iter().filter(|r| r.doc.enabled).map(|r| &r.rule).chain(filters).any(|rule| rule.looks_at(field))
    }

    /// The brand with this id or name, or the first one.
    pub fn brand(&self, wanted: Option<&str>) -> Option<&Brand> {
        match wanted {
            None => self.brands.first(),
            Some(w) => {
                self.brands.iter().find(|b| b.id == w).or_else(|| self.brands.iter().find(|b| b.name.eq_ignore_ascii_case(w.trim())))
            }
        }
    }

    /// Whether rules open alerts of other kinds than the product's own.
    pub fn has_own_alerts(&self) -> bool {
        let usual = |kind: &str| matches!(kind, "late" | "may_be_missing" | "disputed");
        self.rules.iter().any(|r| r.doc.enabled && matches!(&r.doc.then, Then::Alert { kind } if !usual(kind)))
    }

    /// The accounts in which a carrier's parcels can be asked for, those that are not paused first.
    pub fn accounts_for(&self, carrier: &str) -> Vec<&LiveAccount> {
        let mut covering: Vec<_> = self.accounts.iter().filter(|a| a.covers.iter().any(|c| c == carrier)).collect();
        covering.sort_by_key(|a| a.is_paused);
        covering
    }

    /// The settings that hold for a shipment of this brand.
    pub fn settings_for(&self, brand_id: &str, registration: &Registration) -> Arc<Settings> {
        let down = registration.carrier.as_deref().and_then(|carrier| self.down.get_key_value(carrier));
        if self.layers.is_empty() && down.is_none() {
            return Arc::clone(self.preset_alone.get_or_init(|| Arc::new(settings::resolve(self.preset, &[]).0)));
        }
        let mut scopes = self.scopes(brand_id, registration);
        // Under a name that no scope has.
        scopes.extend(down.map(|(carrier, _)| format!("feed:{carrier}")));
        let mut resolved = self.resolved.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(found) = resolved.get(&scopes) {
            return Arc::clone(found);
        }
        let layers: Vec<(String, &Layer)> = scopes.iter().filter_map(|s| Some((s.clone(), self.layers.get(s)?))).collect();
        let mut settings = settings::resolve(self.preset, &layers).0;
        if let Some((_, noticed)) = down {
            settings.feed_down.extend_from_slice(noticed);
            settings.feed_down.sort_by_key(|o| o.from);
        }
        let settings = Arc::new(settings);
        resolved.insert(scopes, Arc::clone(&settings));
        settings
    }

    /// Only scopes that say something, so that shipments share what was resolved.
    fn scopes(&self, brand_id: &str, registration: &Registration) -> Vec<String> {
        let brand_scope = format!("brand:{brand_id}");
        let named = scope::scopes_for(registration).into_iter().map(|s| if s.starts_with("brand:") { brand_scope.clone() } else { s });
        let mut scopes: Vec<String> = named.collect();
        if !scopes.contains(&brand_scope) {
            scopes.insert(1.min(scopes.len()), brand_scope);
        }
        scopes.retain(|s| self.layers.contains_key(s));
        scopes
    }

    /// The settings of one scope and the wider ones it rests on, and where each value comes from.
    pub fn sources_of(&self, scopes: &[String]) -> (Settings, Sources) {
        let layers: Vec<(String, &Layer)> = scopes.iter().filter_map(|s| Some((s.clone(), self.layers.get(s)?))).collect();
        settings::resolve(self.preset, &layers)
    }

    /// The recipient's zone: from postcode and country, else the brand's, else the setting.
    pub fn zone_of(&self, brand_id: &str, registration: &Registration, settings: &Settings) -> TimeZone {
        let brand_zone = self.brand(Some(brand_id)).and_then(|b| b.zone.as_deref());
        let d = registration.destination.as_ref();
        zone::zone_of(
            d.and_then(|d| d.country.as_deref()),
            d.and_then(|d| d.postcode.as_deref()),
            d.and_then(|d| d.region.as_deref()),
            brand_zone.unwrap_or(&settings.zone),
        )
    }
}

/// The retailers' contexts in memory.
#[derive(Default)]
pub struct Contexts(RwLock<HashMap<String, Arc<Context>>>);

impl Contexts {
    pub async fn get(&self, app: &App, retailer: &str) -> Result<Option<Arc<Context>>, DbError> {
        let now = app.clock.machine_ms();
        if let Some(found) = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(retailer)
            && found.is_fresh(now)
        {
            return Ok(Some(Arc::clone(found)));
        }
        let Some(loaded) = Context::load(app, retailer).await? else { return Ok(None) };
        let loaded = Arc::new(loaded);
        self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner).insert(retailer.to_string(), Arc::clone(&loaded));
        Ok(Some(loaded))
    }

    /// Something about this retailer was changed by this process.
    pub fn forget(&self, retailer: &str) {
        self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner).remove(retailer);
    }
}
