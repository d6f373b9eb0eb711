//! Addresses of resources and servers, without what may be a secret in them.

use super::cloudtrail::group::segment;
use super::text::join;

/// A URI without user, query and fragment, where secrets stand; its group ends at the first folder. Of one without an
/// authority only the scheme is shown: what follows may be the content itself, as in `data:`, or anything.
pub(super) fn write(uri: &str, out: &mut String, group: &mut String) {
    let plain = uri.split(['?', '#']).next().unwrap_or_default();
    if let Some(scheme) = opaque(plain) {
        join(out, [scheme, ":*"]);
        join(group, [scheme, ":*"]);
        return;
    }
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

/// The scheme of a URI that has no authority: `data` of `data:text/plain,x`. A host with its port is none.
pub(super) fn opaque(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let port = rest.split('/').next().unwrap_or_default();
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    (is_scheme && !is_port && !rest.starts_with("//")).then_some(scheme)
}

/// The host, and the port, of a server that is named by its address: a URL's path, query and user hold tokens. A name that
/// is no address stays whole.
pub(super) fn host(address: &str) -> &str {
    // Most are plain names.
    if !address.bytes().any(|byte| matches!(byte, b':' | b'/' | b'?' | b'#' | b'@')) {
        return address;
    }
    let plain = address.split(['?', '#']).next().unwrap_or_default();
    let (is_url, rest) = match plain.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, plain),
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let is_host = is_url || host.contains(['.', ':']) || host.len() < authority.len();
    if path.is_empty() || is_host { host } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_stands_in_the_name_of_a_server() {
        for (address, shown) in [
            ("https://me:secret@crm.example:8443/mcp", "crm.example:8443"),
            ("me:secret@crm.example", "crm.example"),
            ("https://me:p@ss@crm.example?x=@", "crm.example"),
            ("https://crm.example/sse?api_key=secret#secret", "crm.example"),
            ("https://crm.example/@me", "crm.example"),
            ("https://mcp.zapier.com/api/mcp/s/SECRET/mcp", "mcp.zapier.com"),
            ("mcp.zapier.com/api/mcp/s/SECRET/mcp", "mcp.zapier.com"),
            ("http://localhost/s/SECRET", "localhost"),
            ("localhost:8080/s/SECRET", "localhost:8080"),
            ("[::1]:80/s/SECRET", "[::1]:80"),
            ("crm.example", "crm.example"),
            ("crm", "crm"),
            ("github/tools", "github/tools"),
        ] {
            assert_eq!(host(address), shown, "{address}");
        }
    }

    #[test]
    fn what_has_no_authority_shows_its_scheme() {
        for (uri, resource, in_group) in [
            ("data:text/plain;base64,U0VDUkVU", "data:*", "data:*"),
            ("postgres:user:pw@h/db", "postgres:*", "postgres:*"),
            ("mailto:ann@acme.example?subject=x", "mailto:*", "mailto:*"),
            (
                "https://u:p@files.example/q3/a.pdf?sig=x",
                "https://files.example/q3/a.pdf",
                "https://files.example/q3/*",
            ),
            ("file:///etc/passwd", "file:///etc/passwd", "file:///etc/*"),
            ("crm.example:8443/a", "crm.example:8443/a", "crm.example:8443/*"),
            ("crm", "crm", "crm"),
        ] {
            let (mut out, mut group) = (String::new(), String::new());
            write(uri, &mut out, &mut group);
            assert_eq!((&*out, &*group), (resource, in_group), "{uri}");
        }
    }
}
