//! Mails out, over SMTP. What cannot be known, whether a server took a message before the line broke, is said and not guessed.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::PoolConfig,
};
use reqwest::Url;

use crate::app::Config;

/// For each command to the mail server.
const COMMAND_MAX: Duration = Duration::from_secs(20);
/// For a whole message, from the pool to the answer.
const SEND_MAX: Duration = Duration::from_secs(40);

/// A message, ready to leave.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    /// `parcels@shop.example` or `Shop <parcels@shop.example>`.
    pub from: String,
    /// Shown as the sender when `from` is an address only.
    pub from_name: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Names this message once and for all, also when it is tried again: providers that compare Message-IDs drop the second.
    pub id: String,
    /// Further headers, name and value.
    pub headers: Vec<(String, String)>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Sent,
    /// It will never arrive, with the reason.
    Failed(String),
    /// It was certainly not taken; another time it may be.
    Later(String),
    /// Nobody knows whether it was taken.
    Unknown(String),
}

/// The way out for mails.
pub struct MailOut {
    transport: Option<AsyncSmtpTransport<Tokio1Executor>>,
    from: Option<String>,
}

impl MailOut {
    pub fn new(config: &Config) -> MailOut {
        let transport = config.smtp.as_deref().and_then(|url| match transport(url) {
            Ok(transport) => Some(transport),
            Err(error) => {
                // The address holds a password, so it is not repeated here.
                tracing::error!(error = %error, "the address of the mail server cannot be used; messages stay waiting");
                None
            }
        });
        MailOut { transport, from: config.mail_from.clone() }
    }

    pub fn has_server(&self) -> bool {
        self.transport.is_some()
    }

    /// The brand's own sender, else the operator's.
    pub fn sender_for(&self, brand: Option<&str>) -> Option<String> {
        brand.map(str::trim).filter(|b| !b.is_empty()).map(str::to_string).or_else(|| self.from.clone())
    }

    pub async fn send_mail(&self, envelope: &Envelope) -> Outcome {
        let Some(transport) = &self.transport else { return Outcome::Later("no_mail_server".into()) };
        let message = match message(envelope) {
            Ok(message) => message,
            Err(why) => return Outcome::Failed(why),
        };
        match tokio::time::timeout(SEND_MAX, transport.send(message)).await {
            Ok(Ok(_)) => Outcome::Sent,
            Ok(Err(error)) => judged(&error),
            Err(_) => Outcome::Unknown("the mail server did not answer in time".into()),
        }
    }
}

/// `smtps://` is TLS from the start; `smtp://` upgrades where the server can, and must when a password would travel to another machine.
fn transport(address: &str) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    let mut url = Url::parse(address).map_err(|e| e.to_string())?;
    if url.scheme() == "smtp" && !url.query_pairs().any(|(key, _)| key == "tls") {
        let host = url.host_str().unwrap_or_default();
        let near = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if !near {
            let tls = if url.password().is_some() || url.port() == Some(587) { "required" } else { "opportunistic" };
            url.query_pairs_mut().append_pair("tls", tls);
        }
    }
    let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str()).map_err(|e| e.to_string())?;
    Ok(builder.timeout(Some(COMMAND_MAX)).pool_config(PoolConfig::new().max_size(8)).build())
}

fn judged(error: &lettre::transport::smtp::Error) -> Outcome {
    let why = one_line(&error.to_string());
    match () {
        () if error.is_permanent() => Outcome::Failed(why),
        () if error.is_transient() => Outcome::Later(why),
        // Not connected, no TLS, or refused by ourselves: nothing was said to the server yet.
        () if error.is_tls() || error.is_client() || error.is_transport_shutdown() => Outcome::Later(why),
        () if why.to_lowercase().starts_with("connection error") => Outcome::Later(why),
        () => Outcome::Unknown(why),
    }
}

fn message(e: &Envelope) -> Result<Message, String> {
    let mut from: Mailbox = e.from.parse().map_err(|_| "the sender's address is not valid".to_string())?;
    if from.name.is_none() && !e.from_name.trim().is_empty() {
        from.name = Some(one_line(&e.from_name));
    }
    let to = e.to.trim().parse().map_err(|_| "the shopper's address is not valid".to_string())?;
    let id = format!("<{}@{}>", e.id, from.email.domain());
    let mut builder = Message::builder()
        .from(from)
        .to(Mailbox::new(None, to))
        .subject(one_line(&e.subject))
        .message_id(Some(id))
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into()));
    for (name, value) in &e.headers {
        let name = HeaderName::new_from_ascii(name.clone()).map_err(|_| format!("`{name}` is not the name of a header"))?;
        builder = builder.raw_header(HeaderValue::new(name, one_line(value)));
    }
    builder.multipart(MultiPart::alternative_plain_html(e.text.clone(), e.html.clone())).map_err(|error| error.to_string())
}

/// A header is one line, whatever a name or a subject holds.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> Envelope {
        Envelope {
            from: "parcels@fern.example".into(),
            from_name: "Fern & Field".into(),
            to: "ada@example.com".into(),
            subject: "Your parcel was delivered".into(),
            text: "Delivered.".into(),
            html: "<p>Delivered.</p>".into(),
            id: "ntf_1".into(),
            headers: vec![],
        }
    }
    fn written(e: &Envelope) -> String {
        String::from_utf8(message(e).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_message_has_text_and_html_one_id_and_says_that_nobody_wrote_it() {
        let raw = written(&envelope());
        for part in
            ["multipart/alternative", "text/plain", "text/html", "Message-ID: <ntf_1@fern.example>", "Auto-Submitted: auto-generated"]
        {
            assert!(raw.contains(part), "{part}\n{raw}");
        }
    }

    #[test]
    fn no_field_can_start_a_new_header() {
        let sly = "Hello\r\nBcc: all@example.org\r\n\r\n<script>";
        let e = Envelope { subject: sly.into(), from_name: sly.into(), headers: vec![("X-Shop".into(), sly.into())], ..envelope() };
        let head = written(&e);
        let head = head.split("\r\n\r\n").next().unwrap();
        assert!(!head.lines().any(|l| l.to_lowercase().starts_with("bcc")), "{head}");
        for to in ["ada@example.com\r\nRCPT TO:<b@example.org>", "a@b.example, c@d.example", "not an address"] {
            assert!(message(&Envelope { to: to.into(), ..envelope() }).is_err(), "{to}");
        }
    }

    #[test]
    fn the_brands_sender_comes_first() {
        let out = MailOut { transport: None, from: Some("house@track.example".into()) };
        assert_eq!(out.sender_for(Some("parcels@fern.example")).as_deref(), Some("parcels@fern.example"));
        assert_eq!(out.sender_for(Some(" ")).as_deref(), Some("house@track.example"));
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_tried_again_later() {
        let config = Config { smtp: Some("smtp://127.0.0.1:1".into()), ..Config::plain() };
        let outcome = MailOut::new(&config).send_mail(&envelope()).await;
        assert!(matches!(outcome, Outcome::Later(_)), "{outcome:?}");
    }
}
