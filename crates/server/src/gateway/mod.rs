//! Whom we call: shoppers' mail servers, retailers' webhooks, carriers, file servers. TLS, limits and refused addresses live here.

mod address;
pub mod ask;
pub mod egress;
pub mod mail;
pub mod sftp;

use crate::app::Config;

pub use ask::{Asker, Made, Reply, Verdict};
pub use egress::{Answer, CallError, Egress};
pub use mail::{Envelope, MailOut, Outcome};

/// The ways out.
pub struct Gateway {
    pub egress: Egress,
    pub asker: Asker,
    pub mail: MailOut,
}

impl Gateway {
    /// Must be called inside the runtime: the pool of mail connections keeps itself tidy with a task.
    pub fn new(config: &Config) -> Gateway {
        // Whoever came first has installed the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let egress = Egress::new(config.allow_loopback, config.allow_private);
        Gateway { egress, asker: Asker::default(), mail: MailOut::new(config) }
    }
}
