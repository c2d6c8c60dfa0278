//! Many keep-alive connections that ask, read the answer to its end, and ask again; as fast as they can or at a fixed rate.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Makes the bytes of the nth request.
pub type Asking = Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>;

/// What came of it.
pub struct Answers {
    pub count: u64,
    pub seconds: f64,
    /// Sorted, in milliseconds: from when a request was due to when its answer was read.
    waits_ms: Vec<f32>,
}

impl Answers {
    pub fn per_second(&self) -> f64 {
        self.count as f64 / self.seconds
    }

    pub fn percentile_ms(&self, percent: f64) -> f64 {
        let last = self.waits_ms.len().saturating_sub(1);
        self.waits_ms.get((last as f64 * percent / 100.0).round() as usize).map_or(f64::NAN, |w| f64::from(*w))
    }
}

/// Every connection asks as soon as it has its answer.
pub async fn flat_out(server: SocketAddr, connections: usize, time: Duration, asking: &Asking) -> Result<Answers> {
    run(server, connections, time, asking, None).await
}

/// Requests are due at even distances whatever the server does: waiting for a connection counts as waiting.
pub async fn at_rate(server: SocketAddr, connections: usize, time: Duration, asking: &Asking, per_second: f64) -> Result<Answers> {
    run(server, connections, time, asking, Some(per_second)).await
}

async fn run(server: SocketAddr, connections: usize, time: Duration, asking: &Asking, rate: Option<f64>) -> Result<Answers> {
    let turn = Arc::new(AtomicU64::new(0));
    let over = Arc::new(AtomicBool::new(false));
    let mut streams = Vec::with_capacity(connections);
    for _ in 0..connections {
        let stream = TcpStream::connect(server).await.context("connecting")?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    let started = Instant::now();
    let mut asking_tasks = tokio::task::JoinSet::new();
    for stream in streams {
        let (turn, over, asking) = (Arc::clone(&turn), Arc::clone(&over), Arc::clone(asking));
        asking_tasks.spawn(async move {
            let mut line = Line { stream, read: Vec::with_capacity(64 * 1024) };
            let mut waits = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let n = turn.fetch_add(1, Ordering::Relaxed);
                let due = rate.map(|r| started + Duration::from_secs_f64(n as f64 / r));
                if let Some(due) = due {
                    if due > started + time {
                        break;
                    }
                    tokio::time::sleep_until(due.into()).await;
                }
                let since = due.unwrap_or_else(Instant::now);
                let (status, _) = line.ask(&asking(n)).await?;
                if !(200..300).contains(&status) {
                    bail!("the server answered {status}");
                }
                waits.push(since.elapsed().as_secs_f32() * 1_000.0);
            }
            Ok(waits)
        });
    }
    if rate.is_none() {
        tokio::time::sleep(time).await;
        over.store(true, Ordering::Relaxed);
    }
    let mut waits_ms = Vec::new();
    while let Some(done) = asking_tasks.join_next().await {
        waits_ms.extend(done.context("a connection's task")??);
    }
    waits_ms.sort_by(f32::total_cmp);
    Ok(Answers { count: waits_ms.len() as u64, seconds: started.elapsed().as_secs_f64(), waits_ms })
}

/// One connection.
pub struct Line {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Line {
    pub async fn open(server: SocketAddr) -> Result<Line> {
        let stream = TcpStream::connect(server).await.context("connecting")?;
        stream.set_nodelay(true)?;
        Ok(Line { stream, read: Vec::new() })
    }

    /// Status and body.
    pub async fn ask(&mut self, request: &[u8]) -> Result<(u16, &[u8])> {
        self.stream.write_all(request).await.context("writing a request")?;
        self.read.clear();
        loop {
            if self.stream.read_buf(&mut self.read).await.context("reading an answer")? == 0 {
                bail!("the server hung up");
            }
            let Some(head) = self.read.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
            let head_text = std::str::from_utf8(&self.read[..head]).context("the answer's head")?;
            let status = head_text.get(9..12).and_then(|s| s.parse().ok()).context("a status")?;
            let length = head_text.lines().find_map(|l| l.strip_prefix("content-length: ")).and_then(|n| n.trim().parse::<usize>().ok());
            let (body, length) = (head + 4, length.context("an answer without a length")?);
            while self.read.len() < body + length {
                if self.stream.read_buf(&mut self.read).await.context("reading an answer")? == 0 {
                    bail!("the server hung up");
                }
            }
            return Ok((status, &self.read[body..body + length]));
        }
    }
}

pub fn get(path: &str, key: Option<&str>) -> Vec<u8> {
    let key = key.map(|k| format!("authorization: Bearer {k}\r\n")).unwrap_or_default();
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{key}\r\n").into_bytes()
}

pub fn post(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}
