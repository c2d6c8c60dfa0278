//! The server under test and the empty one beside it, each in a process of its own.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result};
use axum::{
    Router,
    body::Bytes,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};

/// The kernel counts processor time in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;

pub struct Process {
    child: Child,
    pub address: SocketAddr,
    /// Where its numbers for machines are.
    pub admin: Option<SocketAddr>,
}

#[derive(Clone, Copy)]
pub struct Resident {
    pub now_mib: f64,
    pub most_mib: f64,
}

impl Process {
    /// The product on this database. In the sandbox, so that no message leaves the machine.
    pub fn server(database: &str) -> Result<Process> {
        let listen = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
        Process::start(&["serve", "--sandbox", "--database", database].iter().chain(&listen).copied().collect::<Vec<_>>())
    }

    /// Routes that do nothing but read the body.
    pub fn empty() -> Result<Process> {
        Process::start(&["empty"])
    }

    fn start(args: &[&str]) -> Result<Process> {
        let mut command = Command::new(std::env::current_exe().context("this program's path")?);
        if std::env::var_os("WHEREABOUTS_LOG").is_none() {
            command.env("WHEREABOUTS_LOG", "error");
        }
        let mut child = command.args(args).stdout(Stdio::piped()).spawn().context("starting the server")?;
        let mut lines = BufReader::new(child.stdout.take().context("its output")?).lines();
        let mut admin = None;
        loop {
            let line = lines.next().context("the server ended before it listened")??;
            let address = line.split("http://").nth(1).and_then(|rest| rest.split(['/', ' ']).next()).context("no address in its line")?;
            let address: SocketAddr = address.parse().context("an address")?;
            if line.contains("/metrics") {
                admin = Some(address);
            } else {
                return Ok(Process { child, address, admin });
            }
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn resident(&self) -> Resident {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let mib = |name: &str| {
            let line = status.lines().find_map(|l| l.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
        };
        Resident { now_mib: mib("VmRSS:"), most_mib: mib("VmHWM:") }
    }

    /// Seconds of processor time used so far, all threads.
    pub fn processor_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let ticks: f64 = after_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<f64>().ok()).sum();
        ticks / TICKS_PER_SECOND
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the empty server until it is killed.
pub fn run_empty() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("a runtime")?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("empty at http://{}", listener.local_addr()?);
        let taken = |body: Bytes| async move {
            std::hint::black_box(body.len());
            (StatusCode::ACCEPTED, [(header::CONTENT_TYPE, "application/json")], "{\"received\":true}").into_response()
        };
        let router = Router::new().route("/empty", get(|| async { "" })).route("/hooks/{token}/{carrier}", post(taken));
        axum::serve(listener, router).await?;
        Ok(())
    })
}
