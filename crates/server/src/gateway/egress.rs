//! Calls to addresses that retailers gave us. A name is resolved once, every address it has is checked, and the connection goes to exactly
//! those addresses, so that a name which answers differently the second time gains nothing.

use std::{
    fmt,
    future::Future,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use reqwest::{
    Client, Method, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::RETRY_AFTER,
};
use tokio::sync::Semaphore;

use super::address::{Reach, reach};

const CONNECT_MAX: Duration = Duration::from_secs(5);
const CALL_MAX: Duration = Duration::from_secs(20);
/// Calls at the same time, over all retailers: what is above waits.
const IN_FLIGHT_MAX: usize = 64;
/// Of an answer this much is read, so that the connection can be used again; nobody looks at it.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
const URL_BYTES_MAX: usize = 2048;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Seconds to wait, if the answer said so.
    pub retry_after: Option<i64>,
}

/// The whole of what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    pub status: u16,
    /// As it was told.
    pub retry_after: Option<String>,
    pub body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    #[error("the address is not allowed: {0}")]
    Refused(String),
    #[error("no answer within {} seconds", CALL_MAX.as_secs())]
    Timeout,
    #[error("no connection")]
    NoConnection,
    #[error("the call broke off")]
    Broken,
}

/// An address that may not be called, with the reason a person can act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for Refusal {}

type Found = Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>>;
/// How names become addresses: the machine's resolver, or a test's.
type Lookup = Arc<dyn Fn(String) -> Found + Send + Sync>;

/// What the operator allows beside public addresses.
#[derive(Clone, Copy, Debug)]
struct Rules {
    loopback: bool,
    private: bool,
}

impl Rules {
    fn check(self, address: IpAddr) -> Result<(), Refusal> {
        match reach(address) {
            Reach::Public => Ok(()),
            Reach::Loopback if self.loopback || self.private => Ok(()),
            Reach::Private if self.private => Ok(()),
            Reach::Loopback => Err(Refusal("it leads to this machine itself".into())),
            Reach::Private => Err(Refusal("it leads into a private network".into())),
            Reach::Never => Err(Refusal("it leads to an address that is reserved or local to the network".into())),
        }
    }

    /// All addresses of a name, or the refusal: one bad address among good ones is enough.
    fn check_all(self, found: &[IpAddr]) -> Result<(), Refusal> {
        if found.is_empty() {
            return Err(Refusal("its name has no address".into()));
        }
        found.iter().try_for_each(|a| self.check(*a))
    }

    /// Everything that can be said about a URL without resolving its name.
    fn check_form(self, text: &str) -> Result<Url, Refusal> {
        let no = |why: &str| Err(Refusal(why.to_string()));
        if text.len() > URL_BYTES_MAX {
            return no("it is longer than 2048 characters");
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return no("it holds a blank or a line break");
        }
        let Ok(url) = Url::parse(text) else { return no("it is not a URL such as https://shop.example/hooks") };
        match url.scheme() {
            "https" => {}
            // Without TLS only where the operator tests or stays in a network of their own.
            "http" if self.loopback || self.private => {}
            _ => return no("it must begin with https://"),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return no("it must not hold a user name or password; the signature shows who calls");
        }
        if url.port() == Some(0) {
            return no("port 0 cannot be called");
        }
        let Some(host) = url.host_str() else { return no("it names no host") };
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        match literal {
            Ok(address) => self.check(address)?,
            Err(_) => self.check_name(host)?,
        }
        Ok(url)
    }

    /// Names that can only mean something inside a network.
    fn check_name(self, host: &str) -> Result<(), Refusal> {
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        let top = name.rsplit('.').next().unwrap_or_default();
        match top {
            "localhost" if self.loopback || self.private => Ok(()),
            "localhost" => Err(Refusal("it leads to this machine itself".into())),
            _ if name == "metadata.google.internal" || name.is_empty() => {
                Err(Refusal("it leads to an address that is reserved or local to the network".into()))
            }
            "internal" | "local" | "localdomain" | "lan" | "home" | "corp" | "intranet" if !self.private => {
                Err(Refusal("it leads into a private network".into()))
            }
            _ if !name.contains('.') && !self.private => Err(Refusal("its host must be a full name, such as shop.example".into())),
            _ => Ok(()),
        }
    }
}

/// Resolves a name once, checks all that it finds, and hands on exactly that.
struct Guard {
    rules: Rules,
    lookup: Lookup,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (rules, found) = (self.rules, (self.lookup)(name.as_str().to_string()));
        Box::pin(async move {
            let found = found.await?;
            rules.check_all(&found)?;
            Ok(Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}

/// The way out to retailers' addresses.
pub struct Egress {
    rules: Rules,
    lookup: Lookup,
    client: Client,
    in_flight: Semaphore,
}

impl Egress {
    pub fn new(loopback: bool, private: bool) -> Egress {
        let lookup: Lookup = Arc::new(|name| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
                Ok(found.map(|a| a.ip()).collect())
            })
        });
        Egress::with_lookup(loopback, private, lookup)
    }

    fn with_lookup(loopback: bool, private: bool, lookup: Lookup) -> Egress {
        let rules = Rules { loopback, private };
        let guard = Arc::new(Guard { rules, lookup: Arc::clone(&lookup) });
        let builder = || {
            Client::builder()
                .dns_resolver(Arc::clone(&guard))
                .redirect(reqwest::redirect::Policy::none())
                // A proxy from the environment would resolve names behind our back.
                .no_proxy()
                .connect_timeout(CONNECT_MAX)
                .timeout(CALL_MAX)
                .pool_idle_timeout(Duration::from_secs(60))
                .pool_max_idle_per_host(4)
                .user_agent(concat!("Whereabouts/", env!("CARGO_PKG_VERSION"), " (webhooks)"))
        };
        // A machine without certificates of its own still knows the public ones.
        let client = builder().build().unwrap_or_else(|_| {
            let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
            let tls = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
            builder().tls_backend_preconfigured(tls).build().expect("a client with built-in certificates can be made")
        });
        Egress { rules, lookup, client, in_flight: Semaphore::new(IN_FLIGHT_MAX) }
    }

    /// Whether this address may be called, as far as can be known now. A name that cannot be resolved yet is let through: each call checks again.
    pub async fn check_target(&self, url: &str) -> Result<(), Refusal> {
        let url = self.rules.check_form(url)?;
        let Some(host) = url.domain() else { return Ok(()) };
        match tokio::time::timeout(CONNECT_MAX, (self.lookup)(host.to_string())).await {
            Ok(Ok(found)) if !found.is_empty() => self.rules.check_all(&found),
            _ => Ok(()),
        }
    }

    /// The addresses of a host to which a connection of another kind than HTTP may go; it has to go to one of these and no other.
    pub async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Refusal> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if port == 0 || host.is_empty() || host.len() > 253 || host.chars().any(|c| c.is_control() || c.is_whitespace() || c == '/') {
            return Err(Refusal("it is no host and port such as sftp.carrier.example and 22".into()));
        }
        if let Ok(address) = host.parse::<IpAddr>() {
            self.rules.check(address)?;
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        self.rules.check_name(host)?;
        let found = tokio::time::timeout(CONNECT_MAX, (self.lookup)(host.to_string())).await;
        let found = found.ok().and_then(Result::ok).unwrap_or_default();
        self.rules.check_all(&found)?;
        Ok(found.into_iter().map(|ip| SocketAddr::new(ip, port)).collect())
    }

    /// Posts; follows no redirect. Never longer than [`CALL_MAX`] once it is its turn.
    pub async fn post(&self, url: &str, headers: &[(&str, &str)], body: String) -> Result<Answer, CallError> {
        let url = self.rules.check_form(url).map_err(|r| CallError::Refused(r.0))?;
        let mut request = self.client.post(url).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let _turn = self.in_flight.acquire().await.map_err(|_| CallError::Broken)?;
        let mut response = request.send().await.map_err(|e| told(&e))?;
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()).and_then(|v| v.trim().parse().ok());
        let answer = Answer { status: response.status().as_u16(), retry_after };
        // The status has been said; what breaks in the body no longer matters.
        let mut read = 0;
        while read < ANSWER_BYTES_MAX
            && let Ok(Some(chunk)) = response.chunk().await
        {
            read += chunk.len();
        }
        Ok(answer)
    }
}

impl Egress {
    /// Sends and reads the whole answer, if it has at most so many bytes; follows no redirect.
    pub async fn exchange(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
        bytes_max: usize,
    ) -> Result<Whole, CallError> {
        let url = self.rules.check_form(url).map_err(|r| CallError::Refused(r.0))?;
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| CallError::Refused("no such method".into()))?;
        let mut request = self.client.request(method, url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let _turn = self.in_flight.acquire().await.map_err(|_| CallError::Broken)?;
        let mut response = request.send().await.map_err(|e| told(&e))?;
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()).map(str::to_string);
        let mut whole = Whole { status: response.status().as_u16(), retry_after, body: Vec::new() };
        while let Some(chunk) = response.chunk().await.map_err(|e| told(&e))? {
            if whole.body.len() + chunk.len() > bytes_max {
                return Err(CallError::Broken);
            }
            whole.body.extend_from_slice(&chunk);
        }
        Ok(whole)
    }
}

fn told(error: &reqwest::Error) -> CallError {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(refusal) = cause.downcast_ref::<Refusal>() {
            return CallError::Refused(refusal.0.clone());
        }
        source = cause.source();
    }
    match () {
        () if error.is_timeout() => CallError::Timeout,
        () if error.is_connect() => CallError::NoConnection,
        () => CallError::Broken,
    }
}

#[cfg(test)]
mod tests;
