//! Ids of resources: their subscription and their template.

use std::borrow::Cow;

use crate::decode::cloudtrail::group::{group, group_of_parts};
use crate::decode::pieces::{before, parts, pieces};
use crate::decode::text::{filled, join};

/// Parts of an id that decide its template: at most three before those that it shows, and one behind them.
const HELD: usize = 7;

/// What stands before the provider of a resource.
const PROVIDERS: &str = "/providers/";

/// What stands before a subscription.
const SUBSCRIPTIONS: &str = "/subscriptions/";

/// What an id says below its last provider: all of it if it names none.
pub(super) fn below_provider(id: &str) -> &str {
    let is_folder = |at: &usize| {
        let folder = id.as_bytes().get(*at..*at + PROVIDERS.len());
        folder.is_some_and(|folder| folder.eq_ignore_ascii_case(PROVIDERS.as_bytes()))
    };
    let at = memchr::memrchr_iter(b'/', id.as_bytes()).find(is_folder);
    at.and_then(|at| id.get(at + PROVIDERS.len()..)).unwrap_or(id)
}

/// The subscription of an id, in small letters: Azure writes the same one in any case.
pub(super) fn subscription(id: &str) -> Option<Cow<'_, str>> {
    let (begins, rest) = id.split_at_checked(SUBSCRIPTIONS.len()).unwrap_or_default();
    let behind = if begins.eq_ignore_ascii_case(SUBSCRIPTIONS) {
        before(rest, b'/')
    } else {
        // It may stand below something else.
        let mut parts = pieces(id, b'/');
        parts.find(|part| part.eq_ignore_ascii_case("subscriptions"))?;
        parts.next()?
    };
    filled(behind).map(in_small_letters)
}

/// A GUID, whose case says nothing, as everybody but some logs writes it.
pub(super) fn in_small_letters(guid: &str) -> Cow<'_, str> {
    if guid.bytes().fold(false, |any, byte| any | byte.is_ascii_uppercase()) {
        guid.to_ascii_lowercase().into()
    } else {
        guid.into()
    }
}

/// The template of an id by what stands [below its provider](below_provider): types and names, in small letters, because
/// Azure writes the same resource in any case; where there are many parts, without the first type.
pub(super) fn group_below(below: &str) -> Box<str> {
    let mut out = String::new();
    let small = below.to_ascii_lowercase();
    write_group(&mut out, &small);
    out.into()
}

fn write_group(out: &mut String, below: &str) {
    let mut held = [""; HELD];
    let mut count = 0;
    for (place, part) in held.iter_mut().zip(parts(below)) {
        *place = part;
        count += 1;
    }
    let all = held.get(..count).unwrap_or_default();
    let kept = match all {
        ["subscriptions", _, rest @ ..] if !rest.is_empty() => rest,
        // The provider says less than what stands below it.
        [provider, rest @ ..] if provider.contains('.') && !rest.is_empty() => rest,
        all => all,
    };
    let kept = if kept.len() > 3 { kept.get(1..).unwrap_or_default() } else { kept };
    if kept.first().is_some_and(|first| first.starts_with("arn:")) {
        let all = parts(below).skip(count - kept.len()).collect::<Vec<_>>();
        return group(out, &all.join("/"), None);
    }
    group_of_parts(out, kept.iter().copied());
}

/// The kind of a resource by its id: `azure.microsoft.storage/storageaccounts`.
pub(super) fn write_kind(out: &mut String, operation: &str) {
    let types = operation.rsplit_once('/').map_or(operation, |(types, _)| types);
    let types = types.strip_suffix("/action").unwrap_or(types);
    match types.split_once('/') {
        Some((provider, rest)) => {
            let provider = provider.strip_prefix("microsoft.").unwrap_or(provider);
            join(out, ["azure.", provider, "/"]);
            out.push_str(rest.split('/').next().unwrap_or_default());
        }
        None => join(out, ["azure.", types]),
    }
}

/// The address of a secret or a key without its version.
pub(super) fn without_version(uri: &str) -> &str {
    let plain = before(before(uri, b'?'), b'#');
    let start = plain.as_bytes().windows(3).position(|three| three == b"://").map_or(0, |at| at + 3);
    let slashes = plain.bytes().enumerate().skip(start).filter(|(_, byte)| *byte == b'/');
    match slashes.map(|(at, _)| at).nth(2) {
        Some(end) => plain.get(..end).unwrap_or(plain),
        None => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_becomes_a_template() {
        for (id, expect) in [
            (
                "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Compute/disks/web-disk",
                "disks/web-disk",
            ),
            (
                "/SUBSCRIPTIONS/1/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.STORAGE/STORAGEACCOUNTS/ACME",
                "storageaccounts/acme",
            ),
            (
                "/subscriptions/1/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/prod/secrets/db-password",
                "prod/secrets/db-password",
            ),
            ("/subscriptions/1/resourceGroups/rg", "resourcegroups/rg"),
            ("/subscriptions/1", "subscriptions/1"),
            (
                "/subscriptions/1/providers/Microsoft.Authorization/roleAssignments/a1b2c3d4-e5f6-7890-abcd-ef1234567890",
                "roleassignments/*",
            ),
            ("/tenants/t/providers/Microsoft.aadiam", "microsoft.aadiam"),
            ("/providers/Microsoft.Authorization", "microsoft.authorization"),
            ("/providers/Microsoft.Compute/disks/a/PROVIDERS/Microsoft.Insights/alerts/b", "alerts/b"),
            ("/subscriptions/1/providers/providers/a/b", "a/b"),
        ] {
            assert_eq!(&*group_below(below_provider(id)), expect, "{id}");
        }
        assert_eq!(subscription("/SUBSCRIPTIONS/A1/RESOURCEGROUPS/x").as_deref(), Some("a1"));
        for (id, expect) in [
            ("/subscriptions/a", Some("a")),
            ("subscriptions/A/b", Some("a")),
            ("/tenants/1/Subscriptions/b/c", Some("b")),
            ("/subscriptions//b", None),
            ("/subscriptions/", None),
            ("/subscriptions", None),
            ("/tenants/1", None),
        ] {
            assert_eq!(subscription(id).as_deref(), expect, "{id}");
        }
    }

    #[test]
    fn a_secret_has_no_version() {
        for uri in [
            "https://v.vault.azure.net/secrets/db",
            "https://v.vault.azure.net/secrets/db/0123?api-version=7",
        ] {
            assert_eq!(without_version(uri), "https://v.vault.azure.net/secrets/db");
        }
        assert_eq!(without_version("https://v.vault.azure.net"), "https://v.vault.azure.net");
    }
}
