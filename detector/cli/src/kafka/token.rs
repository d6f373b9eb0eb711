//! Tokens for SASL's OAUTHBEARER: asked for by client credentials (RFC 6749, section 4.4) whenever librdkafka wants one,
//! which is at the start and when most of a token's life is over.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rdkafka::ClientContext;
use rdkafka::client::OAuthToken;
use rdkafka::consumer::ConsumerContext;
use serde::Deserialize;
use ureq::Agent;
use url::form_urlencoded::Serializer;

use crate::clock;
use crate::config;
use crate::sink::agent;

const PATIENCE: Duration = Duration::from_secs(10);

/// Gets tokens, where the configuration says from whom.
#[derive(Debug, Clone)]
pub(crate) struct Tokens(Option<Arc<(config::Oidc, Agent)>>);

impl Tokens {
    pub(crate) fn new(kafka: &config::Kafka) -> Self {
        Self(kafka.oidc.as_ref().map(|oidc| Arc::new((oidc.clone(), agent(PATIENCE)))))
    }

    /// A new token.
    ///
    /// # Errors
    /// When nobody gives one; librdkafka asks again after some seconds. It says nothing of the secret and of the answer.
    pub(crate) fn get(&self) -> Result<OAuthToken, Box<dyn Error>> {
        let (oidc, agent) = self.0.as_deref().ok_or("no one is named who gives tokens")?;
        let basic = STANDARD.encode(format!("{}:{}", oidc.client_id, oidc.client_secret.reveal()));
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if let Some(scope) = &oidc.scope {
            form.append_pair("scope", scope);
        }
        let request = agent.post(&oidc.endpoint).header("authorization", format!("Basic {basic}"));
        let request = request.header("accept", "application/json");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let failed = |what: String| format!("no token from {}: {what}", oidc.endpoint);
        let mut response = request.send(form.finish()).map_err(|error| failed(error.to_string()))?;
        if !response.status().is_success() {
            return Err(failed(format!("it answered {}", response.status().as_u16())).into());
        }
        let text = response.body_mut().read_to_string().map_err(|error| failed(error.to_string()))?;
        Ok(read(&text, &oidc.client_id, clock::wall().millis()).map_err(|what| failed(what.to_owned()))?)
    }
}

/// What an authorisation server answers (RFC 6749, section 5.1).
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: Option<i64>,
}

/// What a JWT says of itself (RFC 7519, section 4.1).
#[derive(Default, Deserialize)]
struct Claims {
    sub: Option<String>,
    exp: Option<f64>,
}

/// The token of an answer. One that is no JWT is taken as it is: then the answer must say how long it lives.
fn read(answer: &str, client_id: &str, now_millis: i64) -> Result<OAuthToken, &'static str> {
    let answer =
        serde_json::from_str::<Answer>(answer).map_err(|_other| "the answer has no `access_token`")?;
    let payload = answer.access_token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let claims =
        payload.and_then(|payload| serde_json::from_slice::<Claims>(&payload).ok()).unwrap_or_default();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "seconds of a moment; what is out of range is out of time too"
    )]
    let by_claim = claims.exp.map(|secs| (secs * 1e3) as i64);
    let by_answer = answer.expires_in.map(|secs| secs.saturating_mul(1_000).saturating_add(now_millis));
    Ok(OAuthToken {
        lifetime_ms: by_claim
            .or(by_answer)
            .ok_or("neither the token nor the answer says how long it lives")?,
        principal_name: claims.sub.unwrap_or_else(|| client_id.to_owned()),
        token: answer.access_token,
    })
}

/// The context of a client that is only asked.
#[derive(Debug)]
pub(crate) struct Quiet(pub(crate) Tokens);

impl ClientContext for Quiet {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, _config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.0.get()
    }
}

impl ConsumerContext for Quiet {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(answer: &str, expected: Result<(&str, &str, i64), &str>) {
        let read = read(answer, "ambit", 1_000);
        let read = read.as_ref().map(|token| (&*token.token, &*token.principal_name, token.lifetime_ms));
        assert_eq!(read.map_err(|what| *what), expected, "{answer}");
    }

    #[test]
    fn a_token_says_who_and_until_when() {
        let jwt = |claims: &str| format!("e30.{}.", URL_SAFE_NO_PAD.encode(claims));
        let both = jwt(r#"{"sub":"workload","exp":1800000000}"#);
        check(
            &format!(r#"{{"access_token":"{both}","token_type":"Bearer","expires_in":5}}"#),
            Ok((&both, "workload", 1_800_000_000_000)),
        );
        let bare = jwt("{}");
        check(&format!(r#"{{"access_token":"{bare}","expires_in":5}}"#), Ok((&bare, "ambit", 6_000)));
        check(r#"{"access_token":"opaque","expires_in":5}"#, Ok(("opaque", "ambit", 6_000)));
        check(r#"{"access_token":"opaque"}"#, Err("neither the token nor the answer says how long it lives"));
        check(r#"{"error":"invalid_client"}"#, Err("the answer has no `access_token`"));
        check("hush", Err("the answer has no `access_token`"));
    }
}
