//! A real Kafka broker that asks who comes: by TLS with a certificate of the client, by SASL with a password or a token.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a part of tests: what goes wrong here must end the test that it serves"
)]

use std::net::Ipv4Addr;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType};

use super::broker::{Besides, Broker, free_port};

/// The name and the password that SCRAM and PLAIN ask for.
pub const USER: (&str, &str) = ("ambit", "open sesame");

const SASL: &str = "org.apache.kafka.common.security";

/// A broker with three more ways to it.
#[derive(Debug)]
pub struct Guarded {
    /// The broker itself, to which the test goes unasked.
    pub broker: Broker,
    /// Mutual TLS.
    pub tls: String,
    /// TLS and a password, by SCRAM-SHA-512 or PLAIN.
    pub password: String,
    /// TLS and a token without a signature, by OAUTHBEARER.
    pub token: String,
    folder: tempfile::TempDir,
}

impl Guarded {
    /// Starts one, or says that `test` is skipped.
    pub fn start(test: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let authority = authority();
        std::fs::write(folder.path().join("authority.pem"), authority.pem()).unwrap();
        std::fs::write(folder.path().join("stranger.pem"), self::authority().pem()).unwrap();
        for name in ["broker", "client"] {
            let key = KeyPair::generate().unwrap();
            let mut params = CertificateParams::new([name.to_owned()]).unwrap();
            params.subject_alt_names.push(SanType::IpAddress(Ipv4Addr::LOCALHOST.into()));
            let certificate = params.signed_by(&key, &authority).unwrap().pem();
            let key = key.serialize_pem();
            std::fs::write(folder.path().join(format!("{name}.pem")), format!("{key}{certificate}")).unwrap();
        }
        let [tls, password, token] = [(); 3].map(|()| format!("127.0.0.1:{}", free_port()));
        let listeners = vec![
            ("TLS", "SSL", tls.clone()),
            ("PASSWORD", "SASL_SSL", password.clone()),
            ("TOKEN", "SASL_SSL", token.clone()),
        ];
        let (user, secret) = USER;
        let besides = Besides {
            listeners,
            properties: properties(folder.path()),
            format: vec!["--add-scram".to_owned(), format!("SCRAM-SHA-512=[name={user},password={secret}]")],
        };
        let broker = Broker::with(test, &besides)?;
        Some(Self { broker, tls, password, token, folder })
    }

    /// A file in PEM: `authority` of the broker, a `stranger` to it, or the `client` with its key.
    pub fn pem(&self, name: &str) -> String {
        self.folder.path().join(format!("{name}.pem")).display().to_string()
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    // An issuer that is named as the one it signs for looks as if that one had signed for itself.
    params.distinguished_name.push(DnType::CommonName, "authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn properties(folder: &Path) -> String {
    let folder = folder.display();
    let (user, secret) = USER;
    format!(
        "ssl.keystore.type=PEM\nssl.keystore.location={folder}/broker.pem\n\
         ssl.truststore.type=PEM\nssl.truststore.location={folder}/authority.pem\n\
         listener.name.tls.ssl.client.auth=required\n\
         listener.name.password.sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN\n\
         listener.name.password.scram-sha-512.sasl.jaas.config={SASL}.scram.ScramLoginModule required;\n\
         listener.name.password.plain.sasl.jaas.config={SASL}.plain.PlainLoginModule required user_{user}=\"{secret}\";\n\
         listener.name.token.sasl.enabled.mechanisms=OAUTHBEARER\n\
         listener.name.token.oauthbearer.sasl.jaas.config={SASL}.oauthbearer.OAuthBearerLoginModule required \
         unsecuredLoginStringClaim_sub=\"broker\";\n"
    )
}
