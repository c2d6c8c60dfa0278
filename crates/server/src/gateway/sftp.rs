//! SFTP to the servers of carriers and retailers. Where a connection may go is checked like a webhook's address; whom it reaches is checked
//! by the host key that was seen at the first test.

use std::{fmt, sync::Arc, time::Duration};

use russh::{
    Disconnect,
    client::{self, AuthResult},
    keys::{HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate},
};
use russh_sftp::{client::SftpSession, protocol::StatusCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::egress::Egress;

/// What may stand behind a name.
const CONNECT_MAX: Duration = Duration::from_secs(10);
const SIGN_IN_MAX: Duration = Duration::from_secs(20);
/// For one request of a session; a large file is many.
const ANSWER_SECONDS_MAX: u64 = 30;
/// For all that is done with one file.
const FILE_MAX: Duration = Duration::from_secs(600);
const ENTRIES_MAX: usize = 20_000;

/// How we show who we are.
#[derive(Clone)]
pub enum Credential {
    Password(String),
    /// A private key in OpenSSH's, PKCS#8's or PKCS#1's form, without a passphrase.
    Key(String),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Credential::Password(_) => "a password",
            Credential::Key(_) => "a key",
        })
    }
}

/// Why it did not work, in words for the person who set it up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SftpError {
    #[error("the address is not allowed: {0}")]
    Refused(String),
    #[error("nobody answers at this host and port")]
    NoConnection,
    #[error("it answers, but does not speak SSH as we do ({0})")]
    NotSsh(String),
    #[error("the host key is {0}, not the one that was seen before; if the server was really changed, test the source anew")]
    OtherHostKey(String),
    #[error("the private key cannot be read; give one in OpenSSH form without a passphrase")]
    BadKey,
    #[error("the user or what proves it was not accepted")]
    NotLetIn,
    #[error("there is no answer any more")]
    Timeout,
    #[error("{0} is not there")]
    NotThere(String),
    #[error("{0} may not be read or written")]
    NotAllowed(String),
    #[error("the file is larger than {0} bytes")]
    TooLarge(usize),
    #[error("it broke off: {0}")]
    Broken(String),
}

/// A file in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub size: u64,
    /// Seconds since 1970, by that machine's clock.
    pub modified: i64,
}

/// A session. Ended when dropped.
pub struct Connection {
    sftp: SftpSession,
    handle: client::Handle<Door>,
    /// `SHA256:…`, as OpenSSH prints it.
    pub host_key: String,
}

/// Looks at the host key before anything is told.
struct Door {
    known: Option<String>,
    seen: Arc<std::sync::Mutex<Option<String>>>,
}

impl client::Handler for Door {
    type Error = russh::Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        let told = match key {
            PublicKeyOrCertificate::PublicKey { key, .. } => key.fingerprint(HashAlg::Sha256).to_string(),
            PublicKeyOrCertificate::Certificate(certificate) => certificate.public_key().fingerprint(HashAlg::Sha256).to_string(),
        };
        let holds = self.known.as_ref().is_none_or(|known| *known == told);
        *self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(told);
        Ok(holds)
    }
}

impl Connection {
    /// Connects and signs in. Without a known host key any is taken, and told.
    pub async fn open(
        egress: &Egress,
        (host, port): (&str, u16),
        user: &str,
        credential: &Credential,
        known: Option<&str>,
    ) -> Result<Connection, SftpError> {
        let addresses = egress.addresses(host, port).await.map_err(|r| SftpError::Refused(r.0))?;
        let socket = tokio::time::timeout(CONNECT_MAX, TcpStream::connect(&*addresses)).await;
        let socket = socket.map_err(|_| SftpError::NoConnection)?.map_err(|_| SftpError::NoConnection)?;
        let signing_in = sign_in(socket, user, credential, known.map(str::to_string));
        tokio::time::timeout(SIGN_IN_MAX, signing_in).await.map_err(|_| SftpError::Timeout)?
    }

    /// The plain files of a folder.
    pub async fn list(&self, folder: &str) -> Result<Vec<Entry>, SftpError> {
        let found = self.sftp.read_dir(folder).await.map_err(|e| told(folder, e))?;
        let files = found.take(ENTRIES_MAX).filter(|e| e.file_type().is_file());
        let entry =
            |name: String, m: russh_sftp::client::fs::Metadata| Entry { name, size: m.len(), modified: m.mtime.map_or(0, i64::from) };
        Ok(files.map(|e| entry(e.file_name(), e.metadata())).collect())
    }

    pub async fn read(&self, path: &str, bytes_max: usize) -> Result<Vec<u8>, SftpError> {
        let reading = async {
            let file = self.sftp.open(path).await.map_err(|e| told(path, e))?;
            let mut bytes = Vec::new();
            file.take(bytes_max as u64 + 1).read_to_end(&mut bytes).await.map_err(|e| SftpError::Broken(e.to_string()))?;
            if bytes.len() > bytes_max { Err(SftpError::TooLarge(bytes_max)) } else { Ok(bytes) }
        };
        tokio::time::timeout(FILE_MAX, reading).await.map_err(|_| SftpError::Timeout)?
    }

    /// Writes under another name first, so that nobody reads half of it.
    pub async fn write(&self, path: &str, bytes: &[u8]) -> Result<(), SftpError> {
        let half = format!("{path}.part");
        let writing = async {
            let mut file = self.sftp.create(&half).await.map_err(|e| told(path, e))?;
            file.write_all(bytes).await.map_err(|e| SftpError::Broken(e.to_string()))?;
            file.close().await.map_err(|e| SftpError::Broken(e.to_string()))?;
            // A rename does not replace: an earlier one goes first.
            let _ = self.sftp.remove_file(path).await;
            self.sftp.rename(&half, path).await.map_err(|e| told(path, e))
        };
        tokio::time::timeout(FILE_MAX, writing).await.map_err(|_| SftpError::Timeout)?
    }

    pub async fn remove(&self, path: &str) -> Result<(), SftpError> {
        self.sftp.remove_file(path).await.map_err(|e| told(path, e))
    }

    pub async fn is_there(&self, path: &str) -> Result<bool, SftpError> {
        self.sftp.try_exists(path).await.map_err(|e| told(path, e))
    }

    pub async fn rename(&self, from: &str, to: &str) -> Result<(), SftpError> {
        self.sftp.rename(from, to).await.map_err(|e| told(to, e))
    }

    pub async fn end(self) {
        let _ = self.sftp.close().await;
        let _ = self.handle.disconnect(Disconnect::ByApplication, "", "en").await;
    }
}

async fn sign_in(socket: TcpStream, user: &str, credential: &Credential, known: Option<String>) -> Result<Connection, SftpError> {
    let seen = Arc::default();
    let config = client::Config { inactivity_timeout: Some(Duration::from_secs(120)), nodelay: true, ..client::Config::default() };
    let door = Door { known, seen: Arc::clone(&seen) };
    let connected = client::connect_stream(Arc::new(config), socket, door).await;
    let host_key: String = seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone().unwrap_or_default();
    let mut handle = match connected {
        Ok(handle) => handle,
        Err(russh::Error::UnknownKey) => return Err(SftpError::OtherHostKey(host_key)),
        Err(error) => return Err(SftpError::NotSsh(error.to_string())),
    };
    let broken = |e: russh::Error| SftpError::Broken(e.to_string());
    let answer = match credential {
        Credential::Password(password) => handle.authenticate_password(user, password).await.map_err(broken)?,
        Credential::Key(text) => {
            let key: PrivateKey = russh::keys::decode_secret_key(text, None).map_err(|_| SftpError::BadKey)?;
            let hash = handle.best_supported_rsa_hash().await.ok().flatten().flatten();
            handle.authenticate_publickey(user, PrivateKeyWithHashAlg::new(Arc::new(key), hash)).await.map_err(broken)?
        }
    };
    if !matches!(answer, AuthResult::Success) {
        return Err(SftpError::NotLetIn);
    }
    let channel = handle.channel_open_session().await.map_err(broken)?;
    channel.request_subsystem(true, "sftp").await.map_err(broken)?;
    let sftp = SftpSession::new(channel.into_stream()).await.map_err(|e| SftpError::Broken(e.to_string()))?;
    sftp.set_timeout(ANSWER_SECONDS_MAX);
    Ok(Connection { sftp, handle, host_key })
}

fn told(path: &str, error: russh_sftp::client::error::Error) -> SftpError {
    use russh_sftp::client::error::Error;
    match error {
        Error::Status(status) => match status.status_code {
            StatusCode::NoSuchFile => SftpError::NotThere(path.to_string()),
            StatusCode::PermissionDenied => SftpError::NotAllowed(path.to_string()),
            _ => SftpError::Broken(status.error_message),
        },
        Error::Timeout => SftpError::Timeout,
        other => SftpError::Broken(other.to_string()),
    }
}
