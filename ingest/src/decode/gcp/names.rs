//! Names without what changes from call to call: methods without their version, resources without project and place,
//! keys without the project that stands before them.

use crate::decode::cloudtrail::group::group;
use crate::decode::pieces::{around, before, cut, pieces};
use crate::decode::text::join;

/// Folders of a resource's name that say where it is; the columns account and region have that.
const PLACES: &[&str] = &["projects", "organizations", "folders", "locations", "zones", "regions"];

/// `gcp:iam.CreateServiceAccountKey` of `google.iam.admin.v1.CreateServiceAccountKey` at `iam.googleapis.com`, the same
/// for every version; `gcp:compute.firewalls.insert` of `beta.compute.firewalls.insert`.
pub(in crate::decode) fn write_action(out: &mut String, service: Option<&str>, method: &str) {
    out.clear();
    let by_method = method.starts_with("io.k8s.").then_some("k8s");
    let service = service.map(|name| before(name, b'.')).or(by_method);
    let plain = method.strip_prefix("google.").unwrap_or(method);
    let mut start = 0;
    let mut at = 0;
    for part in pieces(plain, b'.') {
        at += part.len() + 1;
        if is_version(part) && at < plain.len() {
            start = at;
        }
    }
    let named = plain.get(start..).unwrap_or(plain);
    if let Some(service) = service {
        let rest = named.strip_prefix(service).and_then(|rest| rest.strip_prefix('.')).unwrap_or(named);
        join(out, ["gcp:", service, ".", rest]);
        return;
    }
    // Some exports leave the service out; then the method names it before its version, or nothing does.
    let package = plain.get(..start).unwrap_or_default().split('.');
    let package = package.rev().find(|part| !part.is_empty() && !is_version(part) && *part != "admin");
    match package.filter(|_| named != plain) {
        Some(package) => join(out, ["gcp:", package, ".", named]),
        None => join(out, ["gcp:", named]),
    }
}

/// The last word of an action, which begins with its verb.
pub(super) fn verb(action: &str) -> Option<&str> {
    action.rsplit(['.', ':']).next()
}

/// Resource and verb of a request to a cluster, and the package that is its group the other way round: `pods/exec`,
/// `create` and `io.k8s.core` of `io.k8s.core.v1.pods.exec.create`; of an action, which has no package, none.
pub(super) fn request(method: &str) -> Option<(Option<&str>, String, &str)> {
    let (place, verb) = method.rsplit_once('.')?;
    let mut at = 0;
    for part in pieces(place, b'.') {
        let (start, end) = (at, at + part.len());
        at = end + 1;
        if is_version(part) {
            return Some((place.get(..start.saturating_sub(1)), place.get(at..)?.replace('.', "/"), verb));
        }
    }
    Some((None, place.strip_prefix("gcp:k8s.").unwrap_or(place).replace('.', "/"), verb))
}

/// `v1`, `v1beta2`, `alpha`, `beta`.
fn is_version(part: &str) -> bool {
    let digits = part.strip_prefix('v').unwrap_or_default();
    digits.starts_with(|c: char| c.is_ascii_digit()) || matches!(part, "alpha" | "beta")
}

/// A resource without the service's own address before it and the version of a secret behind it.
pub(in crate::decode) fn plain(resource: &str) -> &str {
    let name = match resource.strip_prefix("//") {
        Some(rest) => cut(rest, b'/').map_or(rest, |(_, name)| name),
        None => resource,
    };
    match around(name, "/versions/") {
        Some((secret, _)) if around(secret, "/secrets/").is_some() => secret,
        _ => name,
    }
}

/// The template of a resource: without project and place, and with `*` for what is one of many.
pub(super) fn write_group(out: &mut String, resource: &str) {
    if let Some((_, object)) = around(resource, "/namespaces/") {
        // The objects of a cluster have names that are made up as they come.
        let end = object.match_indices('/').nth(1).map_or(object.len(), |(at, _)| at);
        return group(out, object.get(..end).unwrap_or(object), None);
    }
    let mut rest = resource;
    while let Some((folder, below)) = cut(rest, b'/')
        && PLACES.contains(&folder)
        && let Some((_, below)) = cut(below, b'/')
    {
        rest = below;
    }
    group(out, rest.strip_prefix("global/").unwrap_or(rest), None);
}

/// The project, or the organisation or folder with its kind, of a resource's or a log's name.
pub(super) fn account(name: &str) -> Option<&str> {
    let (folder, rest) = cut(name, b'/')?;
    let id = pieces(rest, b'/').next().filter(|id| !id.is_empty() && *id != "_" && *id != "-")?;
    match folder {
        "projects" => Some(id),
        "organizations" | "folders" | "billingAccounts" => name.get(..folder.len() + 1 + id.len()),
        _ => None,
    }
}

/// The e-mail of a service account's name.
pub(super) fn email(resource: &str) -> Option<&str> {
    let name = resource.rsplit_once("serviceAccounts/").map_or(resource, |(_, name)| name);
    let name = name.split('/').next().unwrap_or(name);
    name.contains('@').then_some(name)
}

/// `sa@project.iam.gserviceaccount.com/keys/id`: the same whichever project stands before it.
pub(super) fn key(name: &str) -> &str {
    name.rsplit_once("serviceAccounts/").map_or(name, |(_, key)| key)
}

/// Namespace and name of a cluster's secret: of `core/v1/namespaces/shop/secrets/db` `shop` and `db`.
pub(super) fn secret(resource: &str) -> Option<(&str, &str)> {
    let (_, object) = around(resource, "/namespaces/")?;
    around(object, "/secrets/").filter(|(_, name)| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_the_same_in_every_version() {
        for (service, method, expect) in [
            (
                "iam.googleapis.com",
                "google.iam.admin.v1.CreateServiceAccountKey",
                "gcp:iam.CreateServiceAccountKey",
            ),
            (
                "iamcredentials.googleapis.com",
                "GenerateAccessToken",
                "gcp:iamcredentials.GenerateAccessToken",
            ),
            ("compute.googleapis.com", "beta.compute.firewalls.insert", "gcp:compute.firewalls.insert"),
            ("compute.googleapis.com", "v1.compute.firewalls.insert", "gcp:compute.firewalls.insert"),
            ("storage.googleapis.com", "storage.objects.get", "gcp:storage.objects.get"),
            ("storage.googleapis.com", "google.storage.objects.get", "gcp:storage.objects.get"),
            (
                "aiplatform.googleapis.com",
                "google.cloud.aiplatform.v1beta1.PredictionService.Predict",
                "gcp:aiplatform.PredictionService.Predict",
            ),
            ("k8s.io", "io.k8s.core.v1.pods.exec.create", "gcp:k8s.pods.exec.create"),
            ("cloudkms.googleapis.com", "Encrypt", "gcp:cloudkms.Encrypt"),
            (
                "login.googleapis.com",
                "google.login.LoginService.loginFailure",
                "gcp:login.LoginService.loginFailure",
            ),
            ("", "v1.compute.firewalls.insert", "gcp:compute.firewalls.insert"),
            ("", "io.k8s.core.v1.pods.create", "gcp:k8s.pods.create"),
            ("", "google.iam.admin.v1.CreateRole", "gcp:iam.CreateRole"),
            ("", "SetIamPolicy", "gcp:SetIamPolicy"),
        ] {
            let mut action = String::new();
            write_action(&mut action, Some(service).filter(|name| !name.is_empty()), method);
            assert_eq!(action, expect, "{service} {method}");
        }
    }

    #[test]
    fn a_resource_loses_its_place() {
        for (resource, group, project) in [
            ("projects/p/zones/us-central1-a/instances/web", "instances/web", Some("p")),
            ("projects/_/buckets/b/objects/a/b.txt", "buckets/b/objects/*", None),
            ("projects/1234/secrets/db-password/versions/3", "secrets/db-password", Some("1234")),
            ("projects/p/global/firewalls/open", "firewalls/open", Some("p")),
            ("organizations/123/groupSettings", "groupSettings", Some("organizations/123")),
            (
                "//iam.googleapis.com/projects/p/serviceAccounts/a@b/keys/k",
                "serviceAccounts/a@b/keys/*",
                Some("p"),
            ),
            ("core/v1/namespaces/default/pods/web", "default/pods", None),
            ("projects/p", "projects/p", Some("p")),
        ] {
            let plain = plain(resource);
            let mut text = String::new();
            write_group(&mut text, plain);
            assert_eq!((&*text, account(plain)), (group, project), "{resource}");
        }
    }
}
