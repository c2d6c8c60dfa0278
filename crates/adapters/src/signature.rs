//! Checking webhook signatures: with a shared secret in constant time, or with the sender's public key.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hmac::{Hmac, KeyInit, Mac};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde_json::Value;
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

/// RSA (PKCS #1 v1.5) with SHA-256 over the pieces. `keys` is a key set or one key as JSON (RFC 7517), or a public key as PEM; of a
/// set, the key with this id counts where the sender named one, else any.
pub fn rsa_sha256(keys: &str, id: Option<&str>, pieces: &[&[u8]], told: &str) -> Result<(), BadSignature> {
    let told = STANDARD.decode(told.trim()).map_err(|_| BadSignature::Wrong)?;
    let message = pieces.concat();
    let fits = match serde_json::from_str::<Value>(keys) {
        Ok(set) => {
            let named = |key: &&Value| id.is_none() || key["kid"].is_null() || key["kid"].as_str() == id;
            let all = set["keys"].as_array().cloned().unwrap_or_else(|| vec![set.clone()]);
            all.iter().filter(named).any(|key| fits_key(key, &message, &told).unwrap_or(false))
        }
        Err(_) => pem(keys).is_some_and(|key| UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(&message, &told).is_ok()),
    };
    if fits { Ok(()) } else { Err(BadSignature::Wrong) }
}

/// Whether this can be a public key to check with: a set or a key as JSON with modulus and exponent, or a PEM.
pub fn is_public_key(keys: &str) -> bool {
    let has_parts = |key: &Value| key["n"].is_string() && key["e"].is_string();
    match serde_json::from_str::<Value>(keys) {
        Ok(set) => set["keys"].as_array().map_or_else(|| has_parts(&set), |all| all.iter().any(has_parts)),
        Err(_) => pem(keys).is_some(),
    }
}

fn fits_key(key: &Value, message: &[u8], told: &[u8]) -> Option<bool> {
    let part = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str()?.trim_end_matches('=')).ok();
    let (n, e) = (part("n")?, part("e")?);
    Some(RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, told).is_ok())
}

/// What wraps an RSA key in a "PUBLIC KEY" (RFC 5280): the algorithm's name, without parameters.
const RSA_ENCRYPTION: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03";

/// The RSA key within a PEM, whichever of the two usual forms it has.
fn pem(text: &str) -> Option<Vec<u8>> {
    let inner = text.split_once("-----BEGIN ")?.1;
    let (label, rest) = inner.split_once("-----")?;
    let packed: String = rest.split_once("-----END")?.0.split_whitespace().collect();
    let der = STANDARD.decode(packed).ok()?;
    match label {
        "RSA PUBLIC KEY" => Some(der),
        "PUBLIC KEY" => {
            let at = der.windows(RSA_ENCRYPTION.len()).position(|w| w == RSA_ENCRYPTION)? + RSA_ENCRYPTION.len();
            // A length in one byte, or 0x80 + how many bytes it has; then a zero: no bit is unused.
            let length = *der.get(at)?;
            let skip = if length < 0x80 { 1 } else { 1 + usize::from(length - 0x80) };
            der.get(at + skip + 1..).map(<[u8]>::to_vec)
        }
        _ => None,
    }
}
