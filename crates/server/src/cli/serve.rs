//! `serve`: the product.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
};

use super::{Failure, say};
use crate::{
    app::{App, Config},
    db::Db,
    flow,
    jobs::{forecaster, sender, worker},
    web::{routes, sftp},
};

#[derive(Args)]
pub struct Serve {
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long)]
    listen: Option<String>,
    /// sqlite:PATH or postgres://… [default: sqlite:whereabouts.db]
    #[arg(long)]
    database: Option<String>,
    /// A file of settings for this process (config.default.toml says which)
    #[arg(long)]
    config: Option<PathBuf>,
    /// What links begin with, such as https://track.example
    #[arg(long)]
    public_url: Option<String>,
    /// Where numbers for machines (/metrics) are served
    #[arg(long)]
    admin_listen: Option<String>,
    /// Capture messages, allow moving the clock, let WBTEST- numbers move by themselves
    #[arg(long)]
    sandbox: bool,
}

/// What holds when neither the command line nor the file says anything.
pub const LISTEN: &str = "127.0.0.1:8080";
pub const DATABASE: &str = "sqlite:whereabouts.db";

/// How long a stopping process waits for what is under way.
pub const PATIENCE: Duration = Duration::from_secs(8);

impl Serve {
    pub async fn run(self) -> Result<(), Failure> {
        start_log("info");
        let mut config = match &self.config {
            Some(path) => Config::from_file(path).map_err(Failure::BadInput)?,
            None => Config::plain(),
        };
        config.listen = self.listen.or(config.listen);
        config.database = self.database.or(config.database);
        config.admin_listen = self.admin_listen.or(config.admin_listen);
        let listener = listen(config.listen.as_deref().unwrap_or(LISTEN)).await?;
        let local = listener.local_addr()?;
        config.public_url = public_url(self.public_url.as_deref())?.unwrap_or(config.public_url).trim_end_matches('/').to_string();
        if config.public_url.is_empty() {
            config.public_url = format!("http://{local}");
        }
        config.sandbox |= self.sandbox;
        config.allow_loopback |= config.sandbox;
        let database = config.database.clone().unwrap_or_else(|| DATABASE.into());
        config.load_keys(&database).map_err(Failure::BadInput)?;
        let app = App::start(Db::open(&database).await?, None, config).await?;
        flow::seal_anew::run(&app).await?;
        if app.config.sandbox {
            flow::sandbox::drop_leases(&app).await?;
        }
        if let Some(admin) = app.config.admin_listen.clone().filter(|a| !a.is_empty()) {
            let admin = listen(&admin).await?;
            say(&format!("numbers at http://{}/metrics", admin.local_addr()?))?;
            serve_on(&app, admin, routes::admin_router(Arc::clone(&app)));
        }
        if let Some(address) = app.config.sftp_listen.clone().filter(|a| !a.is_empty()) {
            let key = flow::file_logins::host_key(&app).await?;
            let files = listen(&address).await?;
            say(&format!("files by SFTP at {}", files.local_addr()?))?;
            let door = Arc::clone(&app);
            app.spawn(async move { sftp::serve(door, files, key).await });
        }
        say(&format!("whereabouts listens at http://{local} on {}", app.db.describe()))?;
        let stop = StopSignal::listen()?;
        let router = routes::router(Arc::clone(&app));
        run_until_stopped(&app, listener, router, stop).await;
        Ok(())
    }
}

/// `unless_said` is the level that is logged unless WHEREABOUTS_LOG says another.
pub fn start_log(unless_said: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("WHEREABOUTS_LOG").unwrap_or_else(|_| unless_said.into());
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}

pub async fn listen(address: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|e| {
        let line = format!("cannot listen at {address}: {e}");
        // No address at all, as opposed to one that is taken or not this machine's.
        if e.kind() == std::io::ErrorKind::InvalidInput { Failure::BadArguments(line) } else { Failure::Other(line) }
    })
}

fn public_url(given: Option<&str>) -> Result<Option<String>, Failure> {
    match given {
        None => Ok(None),
        Some(url) if url.starts_with("http://") || url.starts_with("https://") => Ok(Some(url.trim_end_matches('/').to_string())),
        Some(url) => Err(Failure::BadArguments(format!("`{url}` does not begin with http:// or https://"))),
    }
}

/// Serves beside everything else until the process stops.
fn serve_on(app: &Arc<App>, listener: TcpListener, router: axum::Router) {
    let stopping = Arc::clone(app);
    app.spawn(async move {
        let served = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
            .with_graceful_shutdown(async move { stopping.stopped().await });
        if let Err(error) = served.await {
            tracing::error!(error = %error, "serving ended");
        }
    });
}

/// SIGINT and SIGTERM, listened for from now on.
pub struct StopSignal {
    term: Signal,
    interrupt: Signal,
}

impl StopSignal {
    pub fn listen() -> Result<StopSignal, Failure> {
        Ok(StopSignal { term: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    pub async fn received(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Serves people and does due work until SIGINT or SIGTERM, then lets what is under way end.
pub async fn run_until_stopped(app: &Arc<App>, listener: TcpListener, router: axum::Router, mut stop: StopSignal) {
    let worker_app = Arc::clone(app);
    app.spawn(async move { worker::run(&worker_app).await });
    let sender_app = Arc::clone(app);
    app.spawn(async move { sender::run(&sender_app).await });
    let forecaster_app = Arc::clone(app);
    app.spawn(async move { forecaster::run(&forecaster_app).await });
    serve_on(app, listener, router);
    stop.received().await;
    app.stop(PATIENCE).await;
}
