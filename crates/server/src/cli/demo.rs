//! `demo`: the product with a sample retailer, on a clock that runs fast. Without a folder of its own it leaves nothing behind.

use std::{
    io::IsTerminal,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;

use super::{
    Failure, say,
    serve::{self, StopSignal},
};
use crate::{
    app::{App, Config, DemoLogin},
    clock::Clock,
    db::Db,
    demo::{self, Kept, retailer},
    ids, vault,
    web::{
        pages::demo::{Home, Places},
        routes,
    },
    words::brand::BrandView,
};

#[derive(Args)]
pub struct Demo {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// A folder to keep the demo in; started again with it, the demo goes on where it stood
    #[arg(long)]
    data: Option<PathBuf>,
    /// How many times faster than life
    #[arg(long, default_value_t = demo::SPEED, value_parser = speed)]
    speed: f64,
}

const DATABASE: &str = "whereabouts-demo.db";
const KEYS: &str = "whereabouts-demo.key";
const PROGRESS: &str = "whereabouts-demo.json";

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (1.0..=3600.0).contains(&speed) => Ok(speed),
        _ => Err("a number from 1 to 3600".into()),
    }
}

impl Demo {
    pub async fn run(self) -> Result<(), Failure> {
        serve::start_log("warn");
        let mut stop = StopSignal::listen()?;
        let listener = serve::listen(&self.listen).await?;
        let local = listener.local_addr()?;
        let folder = Folder::open(self.data.as_deref())?;
        let known = folder.progress();
        if known.is_none() {
            folder.clear();
        }
        let login = DemoLogin { email: retailer::EMAIL.into(), password: retailer::PASSWORD.into() };
        let keys = vault::load_or_make(&folder.path.join(KEYS)).map_err(Failure::Other)?;
        let config = Config {
            public_url: format!("http://{local}"),
            sandbox: true,
            allow_loopback: true,
            demo: Some(login),
            keys,
            ..Config::plain()
        };
        // What a power cut would take of a demo is not worth a wait for the disk at every step of its past.
        let database = Db::open_unhurried(&folder.path.join(DATABASE))?;
        let app = App::start(database, Some(Clock::fast(self.speed)), config).await?;
        let kept = match known {
            Some(kept) => kept,
            None => {
                let opening = demo::opening_day(app.clock.now());
                tokio::select! {
                    seeded = demo::seed(&app, opening) => seeded?,
                    () = stop.received() => {
                        app.stop(serve::PATIENCE).await;
                        return Ok(());
                    }
                }
            }
        };
        folder.keep(&kept);
        app.clock.go_on_from(kept.now);
        let places = self.places(&app, &kept).await?;
        let brand = BrandView::named(retailer::NAME).coloured(retailer::ACCENT, Some(retailer::ACCENT_DARK));
        let home = Home::render(&brand, &places).map_err(|e| Failure::Other(e.to_string()))?;
        let router = routes::demo_router(Arc::clone(&app), home);
        let api_key = kept.api_key.clone();
        let (playing, progress) = (Arc::clone(&app), folder.path.join(PROGRESS));
        app.spawn(async move { demo::run(&playing, kept, |kept| keep(&progress, kept)).await });
        tell(&app.config.public_url, &places, &api_key, folder.is_kept)?;
        serve::run_until_stopped(&app, listener, router, stop).await;
        Ok(())
    }

    async fn places(&self, app: &App, kept: &Kept) -> Result<Places, Failure> {
        let [guesthouse, caller] = demo::told_orders();
        let missing = || Failure::Other("the demo's own order is not in its database".into());
        Ok(Places {
            tracking: demo::page_of(app, &kept.retailer, &guesthouse).await?.ok_or_else(missing)?,
            caller: demo::page_of(app, &kept.retailer, &caller).await?.ok_or_else(missing)?,
            caller_name: demo::caller_name(),
            email: retailer::EMAIL.into(),
            password: retailer::PASSWORD.into(),
            speed: format!("{}", self.speed),
        })
    }
}

/// Where to look, one a line; colours only for a person at a terminal.
fn tell(public_url: &str, at: &Places, api_key: &str, is_kept: bool) -> Result<(), Failure> {
    let styled = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let paint = |code: &str, text: &str| if styled { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() };
    say(&format!("{}: {}, a shop that does not exist, {} times faster than life", paint("1", "Whereabouts"), retailer::NAME, at.speed))?;
    let line = |name: &str, address: &str, more: &str| {
        let more = if more.is_empty() { String::new() } else { format!("  {}", paint("2", more)) };
        say(&format!("  {}  {}{more}", paint("1", &format!("{name:<13}")), paint("4;36", address)))
    };
    line("tracking page", &at.tracking, "")?;
    line("desk", &format!("{public_url}/desk"), &format!("{} / {}", at.email, at.password))?;
    line("outbox", &format!("{public_url}/outbox"), "")?;
    line("API docs", &format!("{public_url}/api/docs"), &format!("key {api_key}"))?;
    line("start here", &format!("{public_url}/"), "")?;
    say(if is_kept { "Press Ctrl-C to stop; the same --data goes on from here." } else { "Press Ctrl-C to stop; nothing stays behind." })
}

/// The folder of a demo; a temporary one goes with the process.
struct Folder {
    path: PathBuf,
    is_kept: bool,
}

impl Folder {
    fn open(wanted: Option<&Path>) -> Result<Folder, Failure> {
        match wanted {
            Some(path) => {
                let made = std::fs::create_dir_all(path);
                made.map_err(|e| Failure::Other(format!("the folder {} cannot be made: {e}", path.display())))?;
                Ok(Folder { path: path.to_path_buf(), is_kept: true })
            }
            None => {
                let path = std::env::temp_dir().join(format!("whereabouts-demo-{}", ids::secret_128()));
                std::fs::DirBuilder::new().mode(0o700).create(&path)?;
                Ok(Folder { path, is_kept: false })
            }
        }
    }

    /// How far a demo in this folder was played.
    fn progress(&self) -> Option<Kept> {
        let there = self.path.join(DATABASE).exists();
        let text = std::fs::read_to_string(self.path.join(PROGRESS)).ok().filter(|_| there)?;
        serde_json::from_str(&text).ok()
    }

    /// A demo that was stopped before it had begun is begun again.
    fn clear(&self) {
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(self.path.join(format!("{DATABASE}{ending}")));
        }
    }

    fn keep(&self, kept: &Kept) {
        keep(&self.path.join(PROGRESS), kept);
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.is_kept {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// Written beside and renamed, so that a killed demo never finds half a file.
fn keep(path: &Path, kept: &Kept) {
    let beside = path.with_extension("json.new");
    let text = serde_json::to_string(kept).expect("the demo's progress can be written as JSON");
    if let Err(error) = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path)) {
        tracing::warn!(error = %error, "how far the demo was played could not be written down");
    }
}
