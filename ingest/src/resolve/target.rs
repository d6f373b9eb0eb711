//! The identity that an event acts on.

use ambit_schemas::vocabulary::{PrincipalKind, Source};

use super::identity::{Identity, KeyKind};

/// Folders of an auth mount in which roles and users stand.
const ROLE_FOLDERS: &[&str] = &["role", "roles", "users", "certs"];

/// The identity that a decoder names in `given`, else the one that a resource of an identity's kind is. `resource` is
/// the kind and the name.
pub(super) fn identity<'a>(
    source: Source,
    given: Option<&'a str>,
    resource: Option<(&'a str, &'a str)>,
    cluster: &str,
) -> Option<Identity<'a>> {
    match given {
        Some(text) => Some(of_given(text, source, cluster)),
        // An agent's own span has the agent as its resource; whom it calls, its decoder says.
        None if source == Source::OtelGenai => None,
        None => resource.and_then(|(kind, name)| of_resource(kind, name, cluster)),
    }
}

/// The actor's own ARN where the resource is the actor without its path: requests that change a role or a user give
/// its name only, and who changes itself must be seen to.
pub(super) fn by_full_name<'a>(resource: &'a str, actor: Option<&'a str>) -> &'a str {
    let is_path_apart = |actor: &&str| {
        [":role/", ":user/"].iter().any(|kind| {
            let (here, there) = (actor.split_once(kind), resource.split_once(kind));
            here.zip(there).is_some_and(|((account, path), (other_account, name))| {
                account == other_account
                    && path.strip_suffix(name).is_some_and(|folders| folders.ends_with('/'))
            })
        })
    };
    actor.filter(is_path_apart).unwrap_or(resource)
}

fn of_given<'a>(text: &'a str, source: Source, cluster: &str) -> Identity<'a> {
    let kind = match source {
        Source::OtelGenai | Source::McpAudit => Some(PrincipalKind::Agent),
        Source::AzureActivity | Source::EntraAudit => Some(PrincipalKind::ServicePrincipal),
        Source::K8sAudit => Some(PrincipalKind::ServiceAccount),
        _ => None,
    };
    match text.strip_prefix("entity:") {
        // The detector calls an entity so when nothing else is known of it.
        Some(entity) => Identity::named(Some(KeyKind::VaultRole), entity),
        None => Identity::of_principal(text, source, kind, cluster),
    }
}

fn of_resource<'a>(kind: &str, name: &'a str, cluster: &str) -> Option<Identity<'a>> {
    match kind {
        "aws.role" | "aws.user" => {
            name.starts_with("arn:").then(|| Identity::of_form(name, cluster)).flatten()
        }
        "vault.role" | "vault.secret_id" => {
            vault_role(name).map(|role| Identity::made(KeyKind::VaultRole, role))
        }
        "k8s.service_account" => Some(service_account(name, cluster)),
        // A listing names the project, and older records a number.
        "gcp.service_account" => {
            let email = name.rsplit('/').next().filter(|email| email.contains('@'))?;
            Some(Identity::named(Some(KeyKind::GcpServiceAccount), email))
        }
        "azure.app" => Some(Identity::named(Some(KeyKind::AzureApp), name)),
        "agent" => Some(Identity::named(Some(KeyKind::Agent), name)),
        _ => None,
    }
}

/// `approle/rag` of `vault:prod/auth/approle/role/rag/secret-id`, whatever the namespace.
fn vault_role(resource: &str) -> Option<String> {
    let path = resource.strip_prefix("vault:")?;
    let below = path.strip_prefix("auth/").or_else(|| path.split_once("/auth/").map(|(_, below)| below))?;
    let parts = below.split('/').collect::<Vec<_>>();
    // A mount may have slashes, but has one part at least.
    let folder = parts.iter().skip(1).position(|part| ROLE_FOLDERS.contains(part))? + 1;
    let name = parts.get(folder + 1).filter(|name| !name.is_empty())?;
    Some(format!("{}/{name}", parts[..folder].join("/")))
}

/// A service account as `name` with its namespace, with or without its cluster.
fn service_account<'a>(name: &'a str, cluster: &str) -> Identity<'a> {
    Identity::of_form(name, cluster).unwrap_or_else(|| match name.split('/').count() {
        2 => Identity::made(KeyKind::K8sServiceAccount, format!("{cluster}/{name}")),
        _ => Identity::named(Some(KeyKind::K8sServiceAccount), name),
    })
}
