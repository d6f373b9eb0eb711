//! Findings as requests: `POST` of `{"findings":[…]}`, signed, so that a receiver knows who speaks and when.

use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::Context;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

use super::{DeliveryError, Line};
use crate::clock;
use crate::config::{self, Secret};

/// A receiver.
#[derive(Debug)]
pub(super) struct Webhook {
    url: String,
    secret: Option<Secret>,
    agent: Agent,
}

/// An agent that knows the system's certificate authorities.
pub(crate) fn agent(timeout: std::time::Duration) -> Agent {
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let config = Agent::config_builder().timeout_global(Some(timeout)).http_status_as_error(false);
    config
        .max_redirects(0)
        .tls_config(tls.build())
        .user_agent(concat!("ambit/", env!("CARGO_PKG_VERSION")))
        .build()
        .into()
}

impl Webhook {
    pub(super) fn new(config: &config::Webhook) -> anyhow::Result<Self> {
        config
            .url
            .parse::<ureq::http::Uri>()
            .with_context(|| format!("webhook: {} is no URL", config.url))?;
        Ok(Self { url: config.url.clone(), secret: config.secret.clone(), agent: agent(config.timeout) })
    }

    pub(super) fn deliver(&mut self, lines: &[Line]) -> Result<usize, DeliveryError> {
        let findings = lines.iter().map(|line| line.json.as_str()).collect::<Vec<_>>().join(",");
        let body = format!("{{\"findings\":[{findings}]}}");
        let stamp = (clock::wall().millis() / 1_000).to_string();
        let mut request = self
            .agent
            .post(&self.url)
            .header("content-type", "application/json")
            // The same findings have the same key, however often they are sent.
            .header("idempotency-key", hex(&Sha256::digest(&body)))
            .header("x-ambit-timestamp", &stamp);
        if let Some(secret) = &self.secret {
            request =
                request.header("x-ambit-signature", format!("v1={}", sign(secret.reveal(), &stamp, &body)));
        }
        let response = request.send(&body).map_err(|error| DeliveryError::Retry(error.to_string()))?;
        match response.status().as_u16() {
            200..=299 => Ok(lines.len()),
            // Come again: it is too slow, too early, or too much at once.
            status @ (408 | 425 | 429 | 500..=599) => {
                Err(DeliveryError::Retry(format!("it answered {status}")))
            }
            status => Err(DeliveryError::Refused(format!("it answered {status}"))),
        }
    }
}

/// HMAC-SHA256 of `timestamp.body`, in hexadecimal.
fn sign(secret: &str, stamp: &str, body: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    for part in [stamp, ".", body] {
        mac.update(part.as_bytes());
    }
    hex(&mac.finalize().into_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| match write!(text, "{byte:02x}") {
        Ok(()) | Err(_) => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_what_receivers_compute() {
        // printf '%s' '1700000000.{}' | openssl dgst -sha256 -hmac key
        let expected = "9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae";
        assert_eq!(sign("key", "1700000000", "{}"), expected);
    }
}
