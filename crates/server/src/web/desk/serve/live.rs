//! The desk's event stream: `changed` whenever an open screen may have something new to show, at most once a second.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    http::{HeaderValue, header},
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{Answer, Desk};
use crate::{
    app::{App, Live},
    db,
};

/// What happens within this time is one event.
const GATHER: Duration = Duration::from_millis(400);
const PAUSE: Duration = Duration::from_millis(600);
/// How often the database is asked what other processes have changed.
const LOOK_EVERY: Duration = Duration::from_secs(3);
const KEEP_ALIVE: Duration = Duration::from_secs(15);

struct Watch {
    app: Arc<App>,
    retailer: String,
    changes: Receiver<Live>,
    seen: Option<i64>,
}

/// `GET /desk/live`
pub async fn get(desk: Desk) -> Answer {
    let app = Arc::clone(&desk.app);
    let seen = db::shipments::last_update(&app.db.read().await?, desk.retailer()).await?;
    let watch = Watch { changes: app.live.subscribe(), retailer: desk.retailer().to_string(), seen, app };
    let events = stream::unfold(watch, |mut watch| async move {
        watch.next().await?;
        Some((Ok::<Event, Infallible>(Event::default().data("changed")), watch))
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A proxy that gathers the stream would keep the desk in the past.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

impl Watch {
    /// Waits for a change; nothing when the process stops.
    async fn next(&mut self) -> Option<()> {
        let app = Arc::clone(&self.app);
        tokio::select! {
            () = app.stopped() => return None,
            gone = self.change() => gone?,
        }
        // Everything that follows from one payload rings by itself; one look shows all of it.
        tokio::select! {
            () = app.stopped() => return None,
            () = tokio::time::sleep(GATHER) => {}
        }
        while self.changes.try_recv().is_ok() {}
        if !self.app.db.is_lite() {
            self.seen = self.newest().await;
        }
        Some(())
    }

    async fn change(&mut self) -> Option<()> {
        tokio::time::sleep(PAUSE).await;
        loop {
            tokio::select! {
                heard = self.changes.recv() => match heard {
                    Ok(live) if live.retailer == self.retailer => return Some(()),
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => return Some(()),
                    Err(RecvError::Closed) => return None,
                },
                // On SQLite there is no other process.
                () = tokio::time::sleep(LOOK_EVERY), if !self.app.db.is_lite() => {
                    let newest = self.newest().await;
                    if newest > self.seen {
                        return Some(());
                    }
                }
            }
        }
    }

    async fn newest(&self) -> Option<i64> {
        let read = self.app.db.read().await.ok()?;
        db::shipments::last_update(&read, &self.retailer).await.ok()?
    }
}
