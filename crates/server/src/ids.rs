//! Ids and secrets, all made here. Ids grow with time: three letters, then a ULID in lower case. Secrets are random.

use std::sync::Mutex;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Makes ids that grow with time, also within one millisecond.
#[derive(Default)]
pub struct Ids(Mutex<(i64, u128)>);

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl Ids {
    /// `shp_01jk…`; `now_ms` is the product's clock.
    pub fn make(&self, prefix: &str, now_ms: i64) -> String {
        let mut last = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (ms, random) = if now_ms > last.0 { (now_ms, fresh_80_bits()) } else { (last.0, last.1 + 1) };
        *last = (ms, random);
        written(prefix, ((ms.max(0) as u128) << 80) | (random & ((1 << 80) - 1)))
    }
}

/// No id made at this moment or later is smaller.
pub fn first_at(prefix: &str, ms: i64) -> String {
    written(prefix, (ms.max(0) as u128) << 80)
}

fn written(prefix: &str, number: u128) -> String {
    let mut text = String::with_capacity(prefix.len() + 27);
    text.push_str(prefix);
    text.push('_');
    for i in (0..26).rev() {
        text.push(ALPHABET[((number >> (i * 5)) & 31) as usize] as char);
    }
    text
}

/// The ids of one shipment's tracking events (or, while they are unmatched, of one number's): an event's key is unique within it only, for two
/// parcels may be scanned alike in the same minute.
pub struct EventIds(u128);

impl EventIds {
    pub fn of(owner: &str) -> EventIds {
        let digest = Sha256::digest(owner.as_bytes());
        EventIds(digest.iter().take(16).fold(0, |bits, byte| (bits << 8) | u128::from(*byte)))
    }
    /// 128 bits, to be written by [`event_id`]. `key` is [`whereabouts_domain::TrackingEvent::key`].
    pub fn bits(&self, key: &str) -> u128 {
        self.0 ^ u128::from_str_radix(key, 16).expect("a key is 128 bits in hex")
    }
    /// `evt_…`
    pub fn id(&self, key: &str) -> String {
        event_id(self.bits(key))
    }
}

pub fn event_id(bits: u128) -> String {
    format!("evt_{bits:032x}")
}

/// The upper half of the range stays free, so that counting on within a millisecond never overflows.
fn fresh_80_bits() -> u128 {
    let mut bytes = [0_u8; 16];
    fill(&mut bytes[6..]);
    u128::from_be_bytes(bytes) >> 1
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks for chance")]
fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system gives random bytes");
}

/// 128 random bits, 22 characters of `[A-Za-z0-9_-]`.
pub fn secret_128() -> String {
    let mut bytes = [0_u8; 16];
    fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// 256 random bits, 43 characters.
pub fn secret_256() -> String {
    let mut bytes = [0_u8; 32];
    fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    fill(&mut bytes);
    bytes
}

/// A short id for a retailer: 12 characters of base 32. It stands in links, keys and hook URLs, so that finding a row needs no global look-up.
pub fn retailer_id() -> String {
    let bytes: [u8; 12] = random_bytes();
    format!("r{}", bytes.iter().map(|b| ALPHABET[(b & 31) as usize] as char).collect::<String>())
}

/// A password that can be read aloud.
pub fn password() -> String {
    let bytes: [u8; 20] = random_bytes();
    let letters: String = bytes.iter().map(|b| ALPHABET[(b & 31) as usize] as char).collect();
    letters.as_bytes().chunks(5).map(|c| std::str::from_utf8(c).expect("ASCII")).collect::<Vec<_>>().join("-")
}

/// SHA-256 in hex: how secrets are stored.
pub fn hash(secret: &str) -> String {
    hash_bytes(secret.as_bytes())
}

pub fn hash_bytes(bytes: &[u8]) -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    Sha256::digest(bytes).iter().flat_map(|b| [b >> 4, b & 15]).map(|digit| HEX[usize::from(digit)] as char).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_within_a_millisecond_and_when_the_clock_steps_back() {
        let ids = Ids::default();
        let mut made: Vec<String> = (0..100).map(|i| ids.make("shp", 1_700_000_000_000 - i % 3)).collect();
        let as_made = made.clone();
        made.sort();
        made.dedup();
        assert_eq!(made, as_made);
    }

    #[test]
    fn a_hash_is_written_in_hex() {
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_link_holds_128_bits_in_22_characters() {
        assert_eq!(secret_128().len(), 22);
        assert_ne!(secret_128(), secret_128());
    }
}
