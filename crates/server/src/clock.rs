//! The product's clock: the machine's, moved ahead by the sandbox, or running faster in the demo. Nobody else asks the machine.

use std::sync::RwLock;
use std::time::Instant;

use jiff::Timestamp;

/// What time it is for the product.
pub struct Clock(RwLock<Inner>);

struct Inner {
    offset_ms: i64,
    /// The demo: (started on the machine, product time then, how many times faster).
    fast: Option<(Instant, i64, f64)>,
    /// While the sandbox does due work the clock stands.
    standing_at: Option<i64>,
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
fn machine_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
fn machine_instant() -> Instant {
    Instant::now()
}

impl Clock {
    pub fn new(offset_ms: i64) -> Clock {
        Clock(RwLock::new(Inner { offset_ms, fast: None, standing_at: None }))
    }

    /// A clock that starts now and runs `speed` times as fast as the machine's.
    pub fn fast(speed: f64) -> Clock {
        Clock(RwLock::new(Inner { offset_ms: 0, fast: Some((machine_instant(), machine_ms(), speed)), standing_at: None }))
    }

    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        let inner = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(at) = inner.standing_at {
            return at;
        }
        match inner.fast {
            Some((start, then, speed)) => then + inner.offset_ms + (start.elapsed().as_secs_f64() * 1000.0 * speed) as i64,
            None => machine_ms() + inner.offset_ms,
        }
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now_ms()).unwrap_or(Timestamp::MAX)
    }

    /// The machine's own time, for what lives outside the product's time: sign-in limits, TLS, durations.
    pub fn machine_ms(&self) -> i64 {
        machine_ms()
    }

    /// For measuring how long something took.
    pub fn stopwatch(&self) -> Instant {
        machine_instant()
    }

    pub fn offset_ms(&self) -> i64 {
        self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).offset_ms
    }

    /// Stands at a moment (the sandbox doing due work there), or goes on with `None`.
    pub fn stand(&self, at: Option<i64>) {
        self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner).standing_at = at;
    }

    /// As far ahead of the machine as another process has moved the sandbox's clock; never back.
    pub fn catch_up(&self, offset_ms: i64) {
        let mut inner = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        if inner.fast.is_none() && inner.standing_at.is_none() {
            inner.offset_ms = inner.offset_ms.max(offset_ms);
        }
    }

    /// Goes on from a moment at its own speed: a demo that played its past, or that was stopped.
    pub fn go_on_from(&self, ms: i64) {
        self.stand(None);
        let mut inner = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        inner.offset_ms = 0;
        let (start, then) = (machine_instant(), ms);
        match &mut inner.fast {
            Some(fast) => (fast.0, fast.1) = (start, then),
            None => inner.offset_ms = ms - machine_ms(),
        }
    }

    pub fn add_offset(&self, ms: i64) -> i64 {
        let mut inner = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        inner.offset_ms = inner.offset_ms.saturating_add(ms);
        inner.offset_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_process_moved_is_caught_up_with_and_nothing_goes_back() {
        let clock = Clock::new(5_000);
        clock.catch_up(3_000);
        assert_eq!(clock.offset_ms(), 5_000);
        clock.catch_up(9_000);
        assert_eq!(clock.offset_ms(), 9_000);
        clock.stand(Some(1));
        clock.catch_up(20_000);
        assert_eq!(clock.offset_ms(), 9_000, "work under way goes on at its time");
    }
}
