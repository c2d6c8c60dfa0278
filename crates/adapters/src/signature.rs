//! Checking webhook signatures, in constant time.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Why a signature was not accepted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BadSignature {
    #[error("this dialect does not sign")]
    NotOffered,
    #[error("the signature is missing")]
    Missing,
    #[error("the signature does not fit the body")]
    Wrong,
    #[error("the signed time is too far from now")]
    Stale,
}

/// HMAC-SHA256 over the pieces, one after the other.
pub fn hmac_sha256(key: &[u8], pieces: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for piece in pieces {
        mac.update(piece);
    }
    mac.finalize().into_bytes().into()
}

pub fn sha256(pieces: &[&[u8]]) -> [u8; 32] {
    let mut h = Sha256::new();
    for piece in pieces {
        h.update(piece);
    }
    h.finalize().into()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Compares what came with what should have come, in constant time; letter case counts.
pub fn same(told: &str, expected: &str) -> Result<(), BadSignature> {
    if bool::from(told.trim().as_bytes().ct_eq(expected.as_bytes())) { Ok(()) } else { Err(BadSignature::Wrong) }
}
