//! Who gives the tokens with which SASL's OAUTHBEARER proves who we are. The names are librdkafka's own, but Ambit asks for
//! the tokens itself: librdkafka would need libcurl for it, which is not built in.

use std::collections::BTreeMap;

use super::Secret;

/// An authorisation server, and what it knows us by (the client credentials grant, RFC 6749 section 4.4).
#[derive(Debug, Clone)]
pub(crate) struct Oidc {
    pub(crate) endpoint: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: Secret,
    pub(crate) scope: Option<String>,
}

const METHOD: &str = "sasl.oauthbearer.method";
const ENDPOINT: &str = "sasl.oauthbearer.token.endpoint.url";
const CLIENT: &str = "sasl.oauthbearer.client.id";
const SECRET: &str = "sasl.oauthbearer.client.secret";
const SCOPE: &str = "sasl.oauthbearer.scope";
/// What else librdkafka would understand of such tokens begins with one of these.
const OTHERS: [&str; 3] = ["sasl.oauthbearer.", "enable.sasl.oauthbearer.", "https.ca."];

impl Oidc {
    /// Takes what is said of tokens from the properties of librdkafka; nothing where another mechanism is used.
    ///
    /// # Errors
    /// What is missing, or is not understood here.
    pub(super) fn take(properties: &mut BTreeMap<String, Secret>) -> Result<Option<Self>, String> {
        let mechanism = ["sasl.mechanism", "sasl.mechanisms"].iter().find_map(|name| properties.get(*name));
        if mechanism.is_none_or(|mechanism| mechanism.reveal() != "OAUTHBEARER") {
            return Ok(None);
        }
        let method = properties.remove(METHOD);
        if method.is_none_or(|method| !method.reveal().eq_ignore_ascii_case("oidc")) {
            return Err(format!(
                "`sasl.mechanism: OAUTHBEARER` needs `{METHOD}: oidc` with `{ENDPOINT}`, `{CLIENT}` and `{SECRET}`: tokens \
                 are got by client credentials, and in no other way"
            ));
        }
        let mut needed = |name: &str| properties.remove(name).ok_or_else(|| format!("`{name}` is missing"));
        let endpoint = needed(ENDPOINT)?.reveal().to_owned();
        let client_id = needed(CLIENT)?.reveal().to_owned();
        let client_secret = needed(SECRET)?;
        let scope = properties.remove(SCOPE).map(|scope| scope.reveal().to_owned());
        if let Some(name) = properties.keys().find(|name| OTHERS.iter().any(|other| name.starts_with(other)))
        {
            return Err(format!(
                "`{name}` is not understood: tokens are got by client credentials, and by the system's \
                 certificate authorities"
            ));
        }
        Ok(Some(Self { endpoint, client_id, client_secret, scope }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, expected: Result<Option<&str>, &str>) {
        let pairs = written.split_whitespace().filter_map(|pair| pair.split_once('='));
        let mut properties =
            pairs.map(|(name, value)| (name.to_owned(), Secret::new(value.to_owned()))).collect();
        match (Oidc::take(&mut properties), expected) {
            (Ok(taken), Ok(expected)) => {
                let shown = taken.map(|oidc| format!("{oidc:?}"));
                assert!(shown.as_ref().is_none_or(|shown| !shown.contains("hush")), "{shown:?}");
                assert_eq!(
                    shown.is_some().then(|| properties.into_keys().collect::<Vec<_>>().join(" ")).as_deref(),
                    expected
                );
            }
            (Err(told), Err(expected)) => {
                assert!(told.contains(expected) && !told.contains("hush"), "{told}");
            }
            (taken, _) => panic!("{written}: {taken:?}"),
        }
    }

    #[test]
    fn what_is_said_of_tokens_is_whole_and_nothing_else() {
        let oidc = "sasl.mechanism=OAUTHBEARER sasl.oauthbearer.method=OIDC sasl.oauthbearer.token.endpoint.url=https://i/t \
                    sasl.oauthbearer.client.id=me sasl.oauthbearer.client.secret=hush";
        check("sasl.mechanism=PLAIN sasl.password=hush", Ok(None));
        check(oidc, Ok(Some("sasl.mechanism")));
        check(
            &format!("{oidc} sasl.oauthbearer.scope=kafka client.id=a"),
            Ok(Some("client.id sasl.mechanism")),
        );
        check(&oidc.replace("mechanism=", "mechanisms="), Ok(Some("sasl.mechanisms")));
        check("sasl.mechanism=OAUTHBEARER", Err("needs `sasl.oauthbearer.method: oidc`"));
        check(&oidc.replace(".method=OIDC", ".method=default"), Err("needs `sasl.oauthbearer.method: oidc`"));
        check(&oidc.replace(".client.id=", ".client="), Err("`sasl.oauthbearer.client.id` is missing"));
        check(
            &format!("{oidc} sasl.oauthbearer.extensions=a=b"),
            Err("`sasl.oauthbearer.extensions` is not understood"),
        );
        check(&format!("{oidc} https.ca.location=/ca.pem"), Err("`https.ca.location` is not understood"));
    }
}
