//! Who acted. A server names its callers in four ways, and the first that tells something stable is taken:
//! `<mount>/<role>`, `entity:<id>`, `accessor:<accessor>`, or nobody.

use ambit_schemas::vocabulary::PrincipalKind;

use super::line::{Auth, Metadata};
use crate::decode::text::join;

/// The root token has no role, no entity and every right: one principal, whichever root token it is.
const ROOT: &str = "token/root";
/// How tokens made by tokens are called.
const TOKEN: &str = "token";

/// Writes the principal into `name` and its entity into `alias`; both stay empty where the log does not tell.
/// `login_mount` is the mount at which it logged in with this very request, without `auth/`.
pub(super) fn name(
    auth: &Auth<'_>,
    login_mount: Option<&str>,
    name: &mut String,
    alias: &mut String,
) -> Option<PrincipalKind> {
    name.clear();
    alias.clear();
    if let Some(entity) = &auth.entity_id {
        join(alias, ["entity:", entity]);
    }
    let mut kind = PrincipalKind::VaultRole;
    if has_policy(auth, "response-wrapping") {
        // A wrapping token carries the name of who asked for it, not of who holds it.
        alias.clear();
    } else if has_policy(auth, "root") && alias.is_empty() {
        kind = PrincipalKind::Root;
        name.push_str(ROOT);
    } else {
        role(auth, login_mount, !alias.is_empty(), name);
    }
    if name.is_empty() {
        name.push_str(alias);
        alias.clear();
    }
    if name.is_empty()
        && let Some(accessor) = &auth.accessor
    {
        join(name, ["accessor:", accessor]);
    }
    (!name.is_empty()).then_some(kind)
}

/// Whether the metadata are those of an auth method. Who makes a token of a token writes what they like into them, and the
/// server calls such a token `token`, or `token-` and what its maker calls it.
fn is_of_method(auth: &Auth<'_>, login_mount: Option<&str>) -> bool {
    let display = auth.display_name.as_deref().unwrap_or_default();
    let made_of_token =
        display.strip_prefix(TOKEN).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    login_mount.is_some() || !made_of_token
}

/// Writes the identity of another plane with which it logged in, as that plane names it.
pub(super) fn foreign(auth: &Auth<'_>, login_mount: Option<&str>, out: &mut String) {
    out.clear();
    if !is_of_method(auth, login_mount) {
        return;
    }
    let Metadata { service_account_namespace, service_account_name, .. } = &auth.metadata;
    if let (Some(namespace), Some(name)) = (service_account_namespace, service_account_name) {
        join(out, ["system:serviceaccount:", namespace, ":"]);
        out.push_str(name);
    } else if let Some(name) =
        auth.metadata.canonical_arn.as_ref().or(auth.metadata.service_account_email.as_ref())
    {
        out.push_str(name);
    }
}

fn role(auth: &Auth<'_>, login_mount: Option<&str>, has_entity: bool, name: &mut String) {
    let display = auth.display_name.as_deref().unwrap_or_default();
    let metadata = &auth.metadata;
    let role = metadata.role_name.as_deref().or(metadata.role.as_deref()).or(metadata.username.as_deref());
    if let Some(role) = role.filter(|_| is_of_method(auth, login_mount)) {
        let mount = login_mount.unwrap_or_else(|| mount_of(display, metadata));
        join(name, [if mount.is_empty() { "-" } else { mount }, "/", role]);
        return;
    }
    if let Some(mount) = login_mount {
        if let Some(user) = after_mount(display, mount) {
            join(name, [mount, "/", user]);
        }
        return;
    }
    // A child token has its parent's entity, which says more than the name that it was given.
    if let Some((mount, user)) = display.split_once('-').filter(|(_, user)| !user.is_empty())
        && !(mount == TOKEN && has_entity)
    {
        join(name, [mount, "/", user]);
    }
}

/// What a login's display name says behind its mount, whose slashes it writes as dashes.
fn after_mount<'a>(display: &'a str, mount: &str) -> Option<&'a str> {
    let (head, rest) = display.split_at_checked(mount.len())?;
    let same =
        head.bytes().zip(mount.bytes()).all(|(left, right)| left == right || (left, right) == (b'-', b'/'));
    rest.strip_prefix('-').filter(|user| same && !user.is_empty())
}

/// The mount is what stands before the name that the auth method itself gave. `AppRole` gives none.
fn mount_of<'a>(display: &'a str, metadata: &Metadata<'_>) -> &'a str {
    if metadata.role_name.is_some() {
        return display;
    }
    let without = |name: &str| display.strip_suffix(name)?.strip_suffix('-');
    let of_service_account = || {
        let (namespace, name) = (&metadata.service_account_namespace, &metadata.service_account_name);
        without(name.as_deref()?).and_then(|rest| rest.strip_suffix(namespace.as_deref()?)?.strip_suffix('-'))
    };
    of_service_account()
        .or_else(|| without(metadata.username.as_deref()?))
        .or_else(|| Some(display.split_once('-')?.0))
        .unwrap_or(display)
}

/// Whether the token has a policy. The array is small and policies' names need no escapes.
pub(super) fn has_policy(auth: &Auth<'_>, policy: &str) -> bool {
    let quoted = |name: &str| name.strip_prefix('"')?.strip_suffix('"').map(|name| name == policy);
    let names = auth.policies.unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    names.split(',').any(|name| quoted(name.trim()).unwrap_or(false))
}
