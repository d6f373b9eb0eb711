//! Topics of a real broker that asks who comes: by a certificate, a password, or a token. The one who gives tokens is a
//! double: it checks who asks, and gives tokens without a signature, which the broker takes as it stands.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::super::double::Asked;
use super::super::records::records;
use super::*;
use ambit_tests::guarded::{Guarded, USER};

/// What the double knows its client by.
const SECRET: &str = "swordfish";
/// Short, so that a new one is needed before the test is over: librdkafka asks when four fifths of it have passed. A broker
/// does not take a session that ends within a second.
const LIFE_SECS: u64 = 12;

/// Who gives tokens, and how many were given.
struct Issuer {
    url: String,
    given: Arc<AtomicU64>,
}

impl Issuer {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        let given = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&given);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Ok(asked) = Asked::read(stream) else { continue };
                let basic = STANDARD.encode(format!("ambit:{SECRET}"));
                let is_known = asked.head.contains(&format!("authorization: Basic {basic}\r\n"));
                let form = String::from_utf8_lossy(&asked.body).into_owned();
                let _answered = if !is_known {
                    asked.answer(401, r#"{"error":"invalid_client"}"#)
                } else if form != "grant_type=client_credentials&scope=kafka" {
                    asked.answer(400, r#"{"error":"invalid_request"}"#)
                } else {
                    count.fetch_add(1, Ordering::SeqCst);
                    asked.answer(200, &json!({ "access_token": token(), "token_type": "Bearer" }).to_string())
                };
            }
        });
        Self { url, given }
    }
}

fn token() -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "a token says until when it is good, and the broker has a clock"
    )]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({ "sub": "ambit", "scope": "kafka", "iat": now, "exp": now + LIFE_SECS });
    let [head, claims] =
        [json!({ "alg": "none" }), claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    format!("{head}.{claims}.")
}

/// A way in: the address, what is said openly, and what a file says.
struct Way {
    address: String,
    open: Vec<(&'static str, String)>,
    secret: Option<(&'static str, &'static str)>,
}

impl Way {
    fn by_certificate(guarded: &Guarded, authority: &str) -> Self {
        let open = vec![
            ("security.protocol", "SSL".to_owned()),
            ("ssl.ca.location", guarded.pem(authority)),
            ("ssl.certificate.location", guarded.pem("client")),
            ("ssl.key.location", guarded.pem("client")),
        ];
        Self { address: guarded.tls.clone(), open, secret: None }
    }

    fn by_password(guarded: &Guarded, mechanism: &str, password: &'static str) -> Self {
        let open = vec![
            ("security.protocol", "SASL_SSL".to_owned()),
            ("ssl.ca.location", guarded.pem("authority")),
            ("sasl.mechanism", mechanism.to_owned()),
            ("sasl.username", USER.0.to_owned()),
        ];
        Self { address: guarded.password.clone(), open, secret: Some(("sasl.password", password)) }
    }

    fn by_token(guarded: &Guarded, issuer: &Issuer, secret: &'static str) -> Self {
        let open = vec![
            ("security.protocol", "SASL_SSL".to_owned()),
            ("ssl.ca.location", guarded.pem("authority")),
            ("sasl.mechanism", "OAUTHBEARER".to_owned()),
            ("sasl.oauthbearer.method", "oidc".to_owned()),
            ("sasl.oauthbearer.token.endpoint.url", issuer.url.clone()),
            ("sasl.oauthbearer.client.id", "ambit".to_owned()),
            ("sasl.oauthbearer.scope", "kafka".to_owned()),
        ];
        let secret = Some(("sasl.oauthbearer.client.secret", secret));
        Self { address: guarded.token.clone(), open, secret }
    }

    /// The fields of a source or a sink; its secret goes to a file of that name.
    fn fields(&self, place: &Place, name: &str) -> String {
        let open = self.open.iter().map(|(name, value)| format!("{name}: \"{value}\"")).collect::<Vec<_>>();
        let mut text = format!("brokers: \"{}\", properties: {{ {} }}", self.address, open.join(", "));
        if let Some((property, secret)) = self.secret {
            let file = format!("{name}.secret");
            place.write(&file, secret);
            write!(text, ", property_files: {{ {property}: {file} }}").unwrap();
        }
        text
    }

    /// The URL of a topic; the properties stand in a file of that name.
    fn url(&self, place: &Place, topic: &str) -> String {
        let file = format!("{topic}.properties");
        let open = self.open.iter().map(|(name, value)| format!("{name}={value}\n"));
        let secret = self.secret.iter().map(|(name, value)| format!("{name}={value}\n"));
        place.write(&file, open.chain(secret).collect::<String>());
        format!("kafka://{}/{topic}?properties={file}", self.address)
    }
}

#[test]
fn who_comes_by_certificate_password_or_token_reads_and_writes() {
    let Some(guarded) = Guarded::start("who_comes_by_certificate_password_or_token_reads_and_writes") else {
        return;
    };
    let (place, issuer, broker) = (Place::new(), Issuer::start(), &guarded.broker);
    let kinds = ["cloudtrail", "vault", "otel"];
    broker.topics(&kinds);
    broker.topics(&["ambit.findings.v1", "plain", "ambit.dlq.v1"]);
    let ways = [
        Way::by_certificate(&guarded, "authority"),
        Way::by_password(&guarded, "SCRAM-SHA-512", USER.1),
        Way::by_token(&guarded, &issuer, SECRET),
    ];
    let mut text = "sources:\n".to_owned();
    for (kind, way) in kinds.iter().zip(&ways) {
        let fields = way.fields(&place, kind);
        writeln!(text, "  - kafka: {{ name: {kind}, topic: {kind}, {fields} }}").unwrap();
        broker.produce(kind, &records(kind));
    }
    broker.produce("cloudtrail", &[later(0), later(1)]);
    let by_token = ways[2].fields(&place, "sink");
    let by_plain = Way::by_password(&guarded, "PLAIN", USER.1).fields(&place, "plain");
    write!(
        text,
        "sinks:\n  - kafka: {{ transactional: true, {by_token} }}\n  - kafka: {{ topic: plain, {by_plain} }}\n\
         checkpoint: {{ path: state, interval_secs: 0.2 }}\n\
         detector: {{ idle_secs: 10, lateness_secs: {{ other: 1800 }} }}\ninventory: {}\n",
        samples("workloads.yaml")
    )
    .unwrap();
    place.write("ambit.yaml", text);
    let mut daemon = start(&place);
    daemon.until_watermark(LATER[0].1 + 1);
    daemon.until("tokens are renewed", |_| issuer.given.load(Ordering::SeqCst) > 6);
    daemon.until_ready();
    let log = daemon.log();
    assert!(daemon.metric("ambit_events_late_total") < 0.5, "{log}");
    daemon.stop();
    for secret in [USER.1, SECRET] {
        assert!(!log.contains(secret), "{log}");
    }
    for kind in kinds {
        append(&place, &format!("logs/{kind}.ndjson"), &records(kind));
    }
    append(&place, "logs/later.ndjson", &[later(0), later(1)]);
    let expected = last_lines(replayed(&place));
    assert!(expected.len() > 20);
    for topic in ["ambit.findings.v1", "plain"] {
        let written = broker.read(topic);
        let written = written.iter().map(|message| serde_json::from_slice(&message.payload).unwrap());
        assert!(last_lines(written.collect()) == expected, "{topic}: {log}");
    }
    // The same topics as PATHs.
    let urls = kinds.iter().zip(&ways).map(|(kind, way)| way.url(&place, kind)).collect::<Vec<_>>().join(" ");
    let run = format!(
        "replay {urls} --inventory {} --to {} --findings topics --summary topics.json",
        samples("workloads.yaml"),
        LATER[1].0
    );
    place.run(&run).ends_with(0);
    assert_eq!(last_lines(place.lines("topics")), expected);
}

#[test]
fn who_is_not_known_is_told_so_and_why() {
    let Some(guarded) = Guarded::start("who_is_not_known_is_told_so_and_why") else { return };
    let (place, issuer) = (Place::new(), Issuer::start());
    guarded.broker.topics(&["events", "ambit.dlq.v1"]);
    guarded.broker.produce("events", &[later(0)]);
    let ways = [
        ("stranger", Way::by_certificate(&guarded, "stranger"), "certificate verify failed"),
        ("scram", Way::by_password(&guarded, "SCRAM-SHA-512", "open barley"), "invalid credentials"),
        ("plain", Way::by_password(&guarded, "PLAIN", "open barley"), "Invalid username or password"),
        ("token", Way::by_token(&guarded, &issuer, "sawfish"), "no token from"),
    ];
    let mut text = "sources:\n".to_owned();
    for (name, way, _) in &ways {
        let fields = way.fields(&place, name);
        writeln!(text, "  - kafka: {{ name: {name}, topic: events, {fields} }}").unwrap();
    }
    text.push_str("sinks:\n  - ndjson: { path: findings.ndjson }\ncheckpoint: { path: state }\n");
    place.write("ambit.yaml", text);
    let mut daemon = start(&place);
    for (name, _, why) in &ways {
        daemon.until(&format!("{name} is told why"), |daemon| {
            daemon.log().lines().any(|line| line.contains(&format!("source {name}")) && line.contains(why))
        });
    }
    daemon.until("all are told to the probe", |daemon| {
        let ready = daemon.get("/readyz");
        ready.code == 503 && ways.iter().all(|(name, ..)| ready.body.contains(&format!("source {name}")))
    });
    assert!(daemon.metric("ambit_events_ingested_total") < 0.5);
    let log = daemon.log();
    daemon.stop();
    for (name, way, why) in &ways {
        let url = way.url(&place, "events");
        let run =
            place.run(&format!("normalize {url} --out {name}.out --rejects {name}.rejects")).ends_with(4);
        let rejects = place.read(&format!("{name}.rejects"));
        assert!(rejects.contains(why), "{name}: {rejects}");
        for secret in ["open barley", "sawfish"] {
            assert!(![&log, &rejects, &run.stderr].iter().any(|text| text.contains(secret)), "{name}");
        }
    }
}
