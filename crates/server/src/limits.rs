//! How often somebody may try: a sliding count per key, in memory, bounded.

use std::{collections::HashMap, sync::Mutex};

/// When more keys than this are known, those whose window has passed are forgotten.
const KEYS_MAX: usize = 50_000;

#[derive(Default)]
pub struct Limits(Mutex<HashMap<String, Vec<i64>>>);

impl Limits {
    /// Whether this try is allowed: at most `most` in `window_ms`. A refused try does not count.
    pub fn allow(&self, key: &str, most: usize, window_ms: i64, now: i64) -> bool {
        let mut known = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if known.len() >= KEYS_MAX {
            known.retain(|_, tries| tries.last().is_some_and(|last| now - last < window_ms));
            if known.len() >= KEYS_MAX {
                return false;
            }
        }
        let tries = known.entry(key.to_string()).or_default();
        tries.retain(|at| now - at < window_ms);
        if tries.len() >= most {
            return false;
        }
        tries.push(now);
        true
    }

    /// The tries so far were somebody who may: they count no more.
    pub fn forget(&self, key: &str) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_try_in_an_hour_waits_for_the_first_to_pass() {
        let limits = Limits::default();
        assert!((0..5).all(|i| limits.allow("a", 5, 1000, i)));
        assert!(!limits.allow("a", 5, 1000, 500));
        assert!(limits.allow("b", 5, 1000, 500));
        assert!(limits.allow("a", 5, 1000, 1000));
    }
}
