//! The client: a user agent reduced to product and major version, and whether a person sat at it.

use std::borrow::Cow;

/// The longest product name that is kept.
const MAX_PRODUCT: usize = 40;

/// `aws-cli/2.17.32 md/…` is `aws-cli/2`, `[Boto3/1.26.1 …]` is `Boto3/1`, a browser is its own name, a service its.
/// A name that carries an id of its own loses it, so that the number of clients stays small.
pub(in crate::decode) fn client(user_agent: &str) -> Option<Cow<'_, str>> {
    let agent = user_agent.trim_start_matches('[').trim_end_matches(']');
    if agent.is_empty() || agent == "-" {
        return None;
    }
    if agent.starts_with("Mozilla/") {
        return Some(browser(agent).unwrap_or(Cow::Borrowed("Mozilla")));
    }
    // Terraform calls itself `APN/1.0 HashiCorp/1.0 Terraform/1.11.0 …`.
    let named = if agent.starts_with("APN/") {
        agent.find("Terraform/").and_then(|at| agent.get(at..))
    } else {
        None
    };
    Some(product(named.unwrap_or(agent))).filter(|name| !name.is_empty())
}

fn browser(agent: &str) -> Option<Cow<'_, str>> {
    let names = ["Edg/", "OPR/", "Firefox/", "Chrome/", "Version/"];
    let (at, name) = names.iter().find_map(|name| Some((agent.find(name)?, *name)))?;
    if name == "Version/" {
        return Some(Cow::Borrowed("Safari"));
    }
    agent.get(at..).map(product)
}

/// The first word of an agent: its name, a slash and the major version.
fn product(agent: &str) -> Cow<'_, str> {
    let end = agent.bytes().position(|byte| matches!(byte, b' ' | b',' | b';' | b'(')).unwrap_or(agent.len());
    let word = agent.get(..end).unwrap_or(agent);
    let word = if word == "AWS" { agent } else { word };
    let slash = word.find('/');
    let name = word.get(..slash.unwrap_or(word.len())).unwrap_or(word);
    if name.len() > 16
        && let Some(stable) = without_id(name)
    {
        return Cow::Owned(stable);
    }
    let Some(slash) = slash else { return Cow::Borrowed(cut(word)) };
    let version = word.get(slash + 1..).unwrap_or_default();
    let digits = version.bytes().take_while(u8::is_ascii_digit).count().min(4);
    let end = if digits == 0 { slash } else { slash + 1 + digits };
    Cow::Borrowed(cut(word.get(..end).unwrap_or(word)))
}

fn cut(word: &str) -> &str {
    let end = (0..=MAX_PRODUCT.min(word.len())).rev().find(|at| word.is_char_boundary(*at)).unwrap_or(0);
    word.get(..end).unwrap_or(word)
}

/// A name with its id replaced by `*`, if it has one.
fn without_id(name: &str) -> Option<String> {
    let at = name.bytes().position(|byte| matches!(byte, b'_' | b'-')).map(|at| at + 1)?;
    let mut from = at;
    loop {
        let tail = name.get(from..)?;
        if tail.len() >= 12 && tail.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
            return Some(format!("{}*", cut(name.get(..from)?)));
        }
        from += tail.bytes().position(|byte| matches!(byte, b'_' | b'-'))? + 1;
    }
}

/// Whether a user agent is the console's or a browser's.
pub(in crate::decode) fn is_interactive(user_agent: &str) -> bool {
    let agent = user_agent.trim_start_matches('[');
    let known = ["Mozilla/", "console.", "signin.", "AWS Console", "S3Console", "EC2ConsoleFrontend"];
    known.iter().any(|start| agent.starts_with(start))
}
