//! The annotations of a service account that say as whom of a cloud its pods act. They stand in the request that writes
//! the account, where the cluster's audit policy keeps requests.

use crate::decode::fields::{Text, text};
use crate::json::{Fault, Json};

/// The longest identity that is kept.
const MAX_IDENTITY: usize = 512;

/// An annotation, and what an identity of its cloud looks like.
type Annotation = (&'static str, fn(&str) -> bool);

const ANNOTATIONS: [Annotation; 3] = [
    ("eks.amazonaws.com/role-arn", |name| name.starts_with("arn:") && name.contains(":role/")),
    ("iam.gke.io/gcp-service-account", |name| name.contains('@') && name.ends_with(".gserviceaccount.com")),
    ("azure.workload.identity/client-id", is_uuid),
];

/// What a request says of them.
#[derive(Debug, Default)]
pub(super) struct Annotations<'a>([Text<'a>; ANNOTATIONS.len()]);

impl<'a> Annotations<'a> {
    /// Reads the metadata of an object, or as much of it as a patch has.
    pub(super) fn read_metadata(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| match key {
            b"annotations" => self.read(json),
            _ => json.skip(),
        })
    }

    fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            match ANNOTATIONS.iter().position(|(name, _)| name.as_bytes() == key) {
                Some(index) => self.0[index] = text(json)?,
                None => json.skip()?,
            }
            Ok(())
        })
    }

    /// Reads the value that a step of a JSON patch writes to a path.
    pub(super) fn read_change(&mut self, path: &str, value: &mut Json<'a>) -> Result<(), Fault> {
        let Some(place) = path.strip_prefix("/metadata/annotations") else { return Ok(()) };
        // A slash in a name is written so.
        let is_at =
            |name: &str| place.strip_prefix('/').is_some_and(|place| place.replace("~1", "/") == name);
        match ANNOTATIONS.iter().position(|(name, _)| is_at(name)) {
            Some(index) => self.0[index] = text(value)?,
            None if place.is_empty() => self.read(value)?,
            None => {}
        }
        Ok(())
    }

    /// The annotations that name an identity, with it. Whatever else somebody wrote there is nobody's name.
    pub(super) fn identities(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = ANNOTATIONS.iter().zip(&self.0);
        all.filter_map(|((annotation, is_identity), identity)| {
            let identity = identity.as_deref()?;
            let is_kept = identity.len() <= MAX_IDENTITY && !identity.contains(char::is_whitespace);
            (is_kept && is_identity(identity)).then_some((*annotation, identity))
        })
    }
}

fn is_uuid(name: &str) -> bool {
    let is_digit = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    name.len() == 36 && name.bytes().enumerate().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &[(&str, &str)]) {
        let mut annotations = Annotations::default();
        match json.split_once(' ').filter(|(path, _)| path.starts_with('/')) {
            Some((path, value)) => annotations.read_change(path, &mut Json::of_text(value)).unwrap(),
            None => annotations.read_metadata(&mut Json::of_text(json)).unwrap(),
        }
        assert_eq!(annotations.identities().collect::<Vec<_>>(), expected, "{json}");
    }

    #[test]
    fn an_identity_is_read_from_an_object_and_from_a_patch() {
        let (aws, role) = ("eks.amazonaws.com/role-arn", "arn:aws:iam::111122223333:role/rag");
        let (gcp, account) = ("iam.gke.io/gcp-service-account", "rag@acme.iam.gserviceaccount.com");
        let (azure, app) = ("azure.workload.identity/client-id", "7f3c0000-0000-0000-0000-000000000002");
        check(
            &format!(r#"{{"name":"rag","annotations":{{"{azure}":"{app}","x":"{role}","{aws}":"{role}"}}}}"#),
            &[(aws, role), (azure, app)],
        );
        let below = format!("/metadata/annotations/{}", gcp.replace('/', "~1"));
        check(&format!("{below} \"{account}\""), &[(gcp, account)]);
        check(&format!(r#"/metadata/annotations {{"{aws}":"{role}"}}"#), &[(aws, role)]);
        check("/metadata/labels/a 1", &[]);
        check("/metadata/annotations/a 1", &[]);
        for no_identity in [
            r#"{"annotations":{"eks.amazonaws.com/role-arn":"a secret"}}"#,
            r#"{"annotations":{"eks.amazonaws.com/role-arn":"arn:aws:iam::1:role/a b"}}"#,
            r#"{"annotations":{"iam.gke.io/gcp-service-account":"somebody@example.com"}}"#,
            r#"{"annotations":{"azure.workload.identity/client-id":"7f3c0000-0000-0000-0000-00000000000x"}}"#,
            r#"{"annotations":{"eks.amazonaws.com/role-arn":null}}"#,
            r#"{"annotations":null}"#,
        ] {
            check(no_identity, &[]);
        }
    }
}
