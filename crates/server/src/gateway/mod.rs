//! Whom we call: shoppers' mail servers, retailers' webhooks. TLS, limits and refused addresses live here.

use crate::app::Config;

pub struct Gateway {}

impl Gateway {
    pub fn new(_: &Config) -> Gateway {
        Gateway {}
    }
}
