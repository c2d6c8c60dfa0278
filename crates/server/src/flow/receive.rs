//! The door: raw bytes are written down, durably, before anything is thought about them. Callers that come at the same time share one commit.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use tokio::sync::{Mutex, mpsc, oneshot};

use crate::{
    app::App,
    db::{self, DbError, inbox::InboxRow},
};

/// How many payloads share one commit at most.
const GROUP_MAX: usize = 512;
/// How many callers may wait at the door before new ones are turned away.
const WAITING_MAX: usize = 16_384;

/// From how many that share a commit on the door counts as crowded …
const CROWD: u64 = 32;
/// … until for so long none was shared by so many: whoever has just been answered needs a moment to come again.
const CROWD_GONE_MS: i64 = 200;

type Waiting = (InboxRow, oneshot::Sender<bool>);

/// Where payloads are handed in.
pub struct Door {
    way_in: mpsc::Sender<Waiting>,
    /// When so many last shared a commit that it was a crowd, by the machine's clock.
    crowd_at_ms: AtomicI64,
    payloads: AtomicU64,
    commits: AtomicU64,
}

/// The other side: one task that writes groups.
pub struct DoorWork(Mutex<mpsc::Receiver<Waiting>>);

/// Why a payload was not taken; the sender should try again.
#[derive(Debug, thiserror::Error)]
pub enum NotReceived {
    #[error("too many payloads are waiting to be written")]
    Full,
    #[error("the database could not write it down")]
    NotWritten,
}

impl Door {
    pub fn new() -> (Door, DoorWork) {
        let (send, receive) = mpsc::channel(WAITING_MAX);
        (
            Door { way_in: send, crowd_at_ms: AtomicI64::new(i64::MIN), payloads: AtomicU64::new(0), commits: AtomicU64::new(0) },
            DoorWork(Mutex::new(receive)),
        )
    }

    /// Returns when the payload is durable.
    pub async fn hand_in(&self, row: InboxRow) -> Result<(), NotReceived> {
        let (done, written) = oneshot::channel();
        self.way_in.try_send((row, done)).map_err(|_| NotReceived::Full)?;
        match written.await {
            Ok(true) => Ok(()),
            _ => Err(NotReceived::NotWritten),
        }
    }
}

impl Door {
    /// Many are standing at the door: what is inside already can wait, carriers do not wait long.
    pub fn is_crowded(&self, now_ms: i64) -> bool {
        now_ms.saturating_sub(self.crowd_at_ms.load(Ordering::Relaxed)) < CROWD_GONE_MS
    }

    fn note_group(&self, payloads: u64, now_ms: i64) {
        self.payloads.fetch_add(payloads, Ordering::Relaxed);
        self.commits.fetch_add(1, Ordering::Relaxed);
        if payloads >= CROWD {
            self.crowd_at_ms.store(now_ms, Ordering::Relaxed);
        }
    }

    /// How many payloads were written since the start, in how many commits.
    pub fn written(&self) -> (u64, u64) {
        (self.payloads.load(Ordering::Relaxed), self.commits.load(Ordering::Relaxed))
    }
}

impl DoorWork {
    pub async fn run(self, app: &App) {
        let mut waiting = self.0.lock().await;
        let mut group = Vec::with_capacity(GROUP_MAX);
        loop {
            group.clear();
            tokio::select! {
                biased;
                taken = waiting.recv_many(&mut group, GROUP_MAX) => if taken == 0 { return },
                () = app.stopped() => {
                    // What has been handed in already is still written; new callers are turned away by the closed channel.
                    waiting.close();
                    if waiting.recv_many(&mut group, GROUP_MAX).await == 0 { return }
                }
            }
            let (rows, callers): (Vec<InboxRow>, Vec<_>) = group.drain(..).unzip();
            let written = write(app, rows).await;
            app.door.note_group(callers.len() as u64, app.clock.machine_ms());
            if let Err(error) = &written {
                tracing::error!(error = %crate::chain::of(error), payloads = callers.len(), "could not write down what came in");
            }
            for caller in callers {
                let _ = caller.send(written.is_ok());
            }
            app.wake.notify_one();
        }
    }
}

async fn write(app: &App, rows: Vec<InboxRow>) -> Result<(), DbError> {
    let mut tx = app.db.write().await?;
    db::inbox::put(&mut tx, rows).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_stands_at_the_door_until_nobody_has_come_for_a_while() {
        let (door, _work) = Door::new();
        assert!(!door.is_crowded(1_000), "nobody was there yet");
        door.note_group(CROWD, 1_000);
        assert!(door.is_crowded(1_000 + CROWD_GONE_MS - 1));
        assert!(!door.is_crowded(1_000 + CROWD_GONE_MS));
        door.note_group(CROWD, 2_000);
        door.note_group(CROWD - 1, 2_001);
        assert!(door.is_crowded(2_001), "one small group between two large ones is no end of the rush");
        door.note_group(CROWD - 1, 2_000 + CROWD_GONE_MS);
        assert!(!door.is_crowded(2_000 + CROWD_GONE_MS));
    }
}
