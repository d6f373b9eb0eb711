//! Where in the server a request went: namespace, mount and the path below it, and how these are named in a row.

use super::actions::{Part, Rule, UNNAMED, parts};
use super::line::{Line, Request};
use crate::decode::cloudtrail::group::segment;

/// Folders that a resource group keeps of a secret's path.
const GROUP_FOLDERS: usize = 2;

/// The place of a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The namespace's path with its slash; empty for the root.
    pub(super) namespace: &'a str,
    /// The mount without slash at its end: `kv`, `auth/approle`.
    pub(super) mount: &'a str,
    /// The type of the mount, `-` where the log does not tell.
    pub(super) mount_type: &'a str,
    /// The path below the mount.
    pub(super) rest: &'a str,
    path: &'a str,
}

impl<'a> Place<'a> {
    pub(super) fn of(line: &'a Line<'_>, request: &'a Request<'_>) -> Self {
        let path = request.path.as_deref().unwrap_or_default();
        let namespace = request.namespace_path.as_deref().unwrap_or_default();
        let logged =
            request.mount_point.as_deref().map(|mount| mount.strip_prefix(namespace).unwrap_or(mount));
        let mount = logged.unwrap_or_else(|| likely_mount(path)).trim_end_matches('/');
        let rest = path.strip_prefix(mount).unwrap_or(path).trim_start_matches('/');
        let mount_type = request.mount_type.as_deref().or(line.response.mount_type.as_deref());
        let mount_type =
            mount_type.map_or_else(|| likely_type(mount), |kind| kind.strip_prefix("ns_").unwrap_or(kind));
        Self { namespace, mount, mount_type, rest, path }
    }

    /// Whether an auth method is mounted here. Tokens are too, but they are no method to log in.
    pub(super) fn is_auth(&self) -> bool {
        self.mount.starts_with("auth/") && self.mount_type != "token"
    }

    /// The mount as principals name it.
    pub(super) fn login_mount(&self) -> &'a str {
        self.mount.strip_prefix("auth/").unwrap_or(self.mount)
    }

    /// `vault:` and the path as a user of the root namespace would write it: the name of a stored secret, and of
    /// everything else. A token in the path is left out.
    pub(super) fn write_resource(&self, rule: &Rule, out: &mut String) {
        out.clear();
        out.push_str("vault:");
        out.push_str(self.namespace);
        if rule.path.contains(&Part::Secret) {
            self.write_kept(rule, out);
        } else if parts(self.path).any(is_token) {
            // Somebody pasted it in the wrong place.
            write_without_tokens(self.path, out);
        } else {
            out.push_str(self.path);
        }
    }

    /// The path without what makes it single: ids, users, tokens, the names of secrets.
    pub(super) fn write_group(&self, rule: &Rule, out: &mut String) {
        out.clear();
        out.push_str(self.namespace);
        self.write_kept(rule, out);
    }

    fn write_kept(&self, rule: &Rule, out: &mut String) {
        out.push_str(self.mount);
        let mut names = parts(self.rest);
        for part in &rule.path {
            if *part == Part::Rest {
                return write_folders(names, out);
            }
            let more = if *part == Part::Names { rule.names(self.rest).saturating_sub(1) } else { 0 };
            for name in names.by_ref().take(more) {
                out.push('/');
                kept(out, name);
            }
            let name = names.next().unwrap_or_default();
            out.push('/');
            match part {
                Part::Word(word) => out.push_str(word),
                Part::Name | Part::Names => kept(out, name),
                Part::Id | Part::Secret | Part::Rest => out.push('*'),
            }
        }
    }
}

/// Whether a part of a path is a token:
/// <https://developer.hashicorp.com/vault/docs/concepts/tokens#token-prefixes>, and as it was before 1.10. Those that are
/// UUIDs cannot be told from other ids.
fn is_token(part: &str) -> bool {
    const LEAST: usize = 24;
    let Some(("hvs" | "hvb" | "hvr" | "s" | "b" | "r", body)) = part.split_once('.') else { return false };
    body.len() >= LEAST
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// A part of a path as a group has it.
fn kept(out: &mut String, part: &str) {
    if is_token(part) { out.push('*') } else { segment(out, part) }
}

fn write_without_tokens(path: &str, out: &mut String) {
    for (index, part) in path.split('/').enumerate() {
        if index > 0 {
            out.push('/');
        }
        out.push_str(if is_token(part) { "*" } else { part });
    }
}

/// The first folders, and a star for what is in them.
fn write_folders<'a>(names: impl Iterator<Item = &'a str>, out: &mut String) {
    let mut names = names.peekable();
    if names.peek().is_none() {
        return;
    }
    for _ in 0..GROUP_FOLDERS {
        let Some(name) = names.next() else { break };
        if names.peek().is_none() {
            break;
        }
        out.push('/');
        kept(out, name);
    }
    out.push_str("/*");
}

/// Where the log names no mount (old servers, paths to nowhere): the first part, or the first two below `auth`.
fn likely_mount(path: &str) -> &str {
    let mut slashes = path.match_indices('/').map(|(at, _)| at);
    let end = if path.starts_with("auth/") { slashes.nth(1) } else { slashes.next() };
    end.map_or(path, |end| &path[..end])
}

/// What is mounted at these places is always the same.
fn likely_type(mount: &str) -> &'static str {
    match mount {
        "sys" => "system",
        "identity" => "identity",
        "cubbyhole" => "cubbyhole",
        "auth/token" => "token",
        _ => UNNAMED,
    }
}
