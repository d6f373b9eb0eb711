//! Addresses of resources.

use super::cloudtrail::group::segment;
use super::text::join;

/// A URI without user, query and fragment, where secrets stand; its group ends at the first folder.
pub(super) fn write(uri: &str, out: &mut String, group: &mut String) {
    let plain = uri.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = plain.split_once("://").unwrap_or(("", plain));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit('@').next().unwrap_or_default();
    for text in [&mut *out, &mut *group] {
        if !scheme.is_empty() {
            join(text, [scheme, "://"]);
        }
        text.push_str(host);
    }
    if path.is_empty() {
        return;
    }
    join(out, ["/", path]);
    match path.split_once('/') {
        Some((folder, _)) => {
            group.push('/');
            segment(group, folder);
            group.push_str("/*");
        }
        None => group.push_str("/*"),
    }
}
