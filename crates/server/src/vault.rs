//! Secrets that must be read again, such as a carrier's credentials, are kept sealed (XChaCha20-Poly1305) under a key that stands beside
//! the database and never in it. A key file holds one key a line: the first seals, all open, so that a key can be changed without a pause.

use std::{
    fmt,
    io::Write as _,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use sha2::{Digest, Sha256};

use crate::ids;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const NAME_BYTES: usize = 4;
/// Stands first in whatever is sealed: how the rest is laid out (key's name, nonce, sealed text).
const LAYOUT: u8 = 1;

/// Why something cannot be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Locked {
    #[error("there is no key to keep secrets with; `whereabouts doctor` says how to make one")]
    NoKey,
    #[error("it was sealed with a key that is not in the key file")]
    AnotherKey,
    #[error("it was changed, or belongs to something else")]
    Changed,
}

/// The keys of this installation. Cannot be printed.
#[derive(Clone, Default)]
pub struct Keys(Arc<Vec<Key>>);

struct Key {
    name: [u8; NAME_BYTES],
    cipher: XChaCha20Poly1305,
}

impl Key {
    fn of(bytes: &[u8; KEY_BYTES]) -> Key {
        let digest = Sha256::digest(bytes);
        Key { name: [digest[0], digest[1], digest[2], digest[3]], cipher: XChaCha20Poly1305::new(bytes.into()) }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.0.len())
    }
}

impl Keys {
    /// A key that ends with the process: for tests, and for what leaves nothing behind.
    pub fn fresh() -> Keys {
        Keys(Arc::new(vec![Key::of(&ids::random_bytes())]))
    }

    /// One key a line, 32 bytes in base 64; blank lines and those that begin with `#` say nothing.
    pub fn parse(text: &str) -> Result<Keys, String> {
        let mut keys = Vec::new();
        for (n, line) in text.lines().enumerate().map(|(n, l)| (n + 1, l.trim())).filter(|(_, l)| !l.is_empty() && !l.starts_with('#')) {
            let bytes = STANDARD.decode(line).ok().and_then(|b| <[u8; KEY_BYTES]>::try_from(b).ok());
            keys.push(Key::of(&bytes.ok_or_else(|| format!("line {n} is not a key: 32 bytes in base 64"))?));
        }
        if keys.is_empty() { Err("it holds no key".into()) } else { Ok(Keys(Arc::new(keys))) }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Seals a text. `what` names the thing it belongs to: moved to another, it cannot be opened.
    pub fn seal(&self, what: &str, text: &[u8]) -> Result<Vec<u8>, Locked> {
        let key = self.0.first().ok_or(Locked::NoKey)?;
        let nonce: [u8; NONCE_BYTES] = ids::random_bytes();
        let payload = Payload { msg: text, aad: what.as_bytes() };
        let sealed = key.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| Locked::Changed)?;
        Ok([&[LAYOUT][..], &key.name, &nonce, &sealed].concat())
    }

    pub fn open(&self, what: &str, sealed: &[u8]) -> Result<Vec<u8>, Locked> {
        if self.is_empty() {
            return Err(Locked::NoKey);
        }
        let rest = sealed.strip_prefix(&[LAYOUT]).ok_or(Locked::Changed)?;
        let (name, rest) = rest.split_at_checked(NAME_BYTES).ok_or(Locked::Changed)?;
        let (nonce, text) = rest.split_at_checked(NONCE_BYTES).ok_or(Locked::Changed)?;
        let nonce = <[u8; NONCE_BYTES]>::try_from(nonce).map_err(|_| Locked::Changed)?;
        let key = self.0.iter().find(|k| k.name == name).ok_or(Locked::AnotherKey)?;
        let payload = Payload { msg: text, aad: what.as_bytes() };
        key.cipher.decrypt(&XNonce::from(nonce), payload).map_err(|_| Locked::Changed)
    }

    /// Whether it was sealed with the first key, as new things are.
    pub fn is_newest(&self, sealed: &[u8]) -> bool {
        self.0.first().is_some_and(|k| sealed.get(1..=NAME_BYTES) == Some(&k.name))
    }
}

/// Where the key file of a database stands unless the configuration says otherwise: beside an SQLite file, else in the working folder.
pub fn place(key_file: Option<&str>, database: &str) -> PathBuf {
    let beside = || match database.strip_prefix("sqlite:") {
        Some(path) => PathBuf::from(format!("{}.key", path.trim_start_matches("//"))),
        None => PathBuf::from("whereabouts.key"),
    };
    key_file.filter(|f| !f.is_empty()).map_or_else(beside, PathBuf::from)
}

/// The keys in a file; none if there is no file.
pub fn load(file: &Path) -> Result<Keys, String> {
    match std::fs::read_to_string(file) {
        Ok(text) => Keys::parse(&text).map_err(|why| format!("the key file {}: {why}", file.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Keys::default()),
        Err(error) => Err(format!("the key file {} cannot be read: {error}", file.display())),
    }
}

/// The keys in a file, which is made with a new key, for its owner's eyes only, if it is not there.
pub fn load_or_make(file: &Path) -> Result<Keys, String> {
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    match made {
        Ok(mut new) => {
            let key: [u8; KEY_BYTES] = ids::random_bytes();
            let text =
                format!("# Opens what Whereabouts keeps sealed. Keep a copy, apart from the database's.\n{}\n", STANDARD.encode(key));
            let written = new.write_all(text.as_bytes()).and_then(|()| new.sync_all());
            written.map_err(|e| format!("the key file {} cannot be written: {e}", file.display()))?;
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(format!("the key file {} cannot be made: {error}", file.display())),
    }
    load(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(byte: u8) -> String {
        STANDARD.encode([byte; KEY_BYTES])
    }

    #[test]
    fn what_was_sealed_opens_for_the_same_thing_only_and_unchanged_only() {
        let keys = Keys::fresh();
        let sealed = keys.seal("r1/acc_1", b"the secret").unwrap();
        assert_eq!(keys.open("r1/acc_1", &sealed).unwrap(), b"the secret");
        assert!(!sealed.windows(6).any(|w| w == b"secret"));
        assert_ne!(sealed, keys.seal("r1/acc_1", b"the secret").unwrap(), "never sealed the same way twice");
        assert_eq!(keys.open("r1/acc_2", &sealed), Err(Locked::Changed));
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(keys.open("r1/acc_1", &changed).is_err(), "byte {place}");
            assert!(keys.open("r1/acc_1", &sealed[..place]).is_err(), "cut at {place}");
        }
    }

    #[test]
    fn a_key_is_changed_by_writing_the_new_one_above_the_old_one() {
        let old = Keys::parse(&line(1)).unwrap();
        let sealed = old.seal("a", b"x").unwrap();
        let both = Keys::parse(&format!("# new\n{}\n\n{}\n", line(2), line(1))).unwrap();
        assert_eq!(both.open("a", &sealed).unwrap(), b"x");
        assert!(!both.is_newest(&sealed) && both.is_newest(&both.seal("a", b"x").unwrap()));
        assert_eq!(Keys::parse(&line(2)).unwrap().open("a", &sealed), Err(Locked::AnotherKey));
        assert_eq!(Keys::default().open("a", &sealed), Err(Locked::NoKey));
    }

    #[test]
    fn a_key_file_is_made_once_and_only_its_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("w.db.key");
        assert!(load(&file).unwrap().is_empty());
        let sealed = load_or_make(&file).unwrap().seal("a", b"x").unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(load_or_make(&file).unwrap().open("a", &sealed).unwrap(), b"x");
        std::fs::write(&file, "nonsense").unwrap();
        assert!(load(&file).unwrap_err().contains("line 1 is not a key"));
    }

    #[test]
    fn the_key_stands_beside_the_database_unless_said_otherwise() {
        assert_eq!(place(None, "sqlite:shop.db"), PathBuf::from("shop.db.key"));
        assert_eq!(place(None, "postgres://h/d"), PathBuf::from("whereabouts.key"));
        assert_eq!(place(Some("/etc/w.key"), "sqlite:shop.db"), PathBuf::from("/etc/w.key"));
    }
}
