//! The template of a resource: what stays the same when ids, dates and single objects change.

use crate::decode::pieces::{behind_scheme, parts};
use crate::decode::text::behind_colons;

/// The longest template.
const MAX_GROUP: usize = 96;
/// The most path segments of a template.
const MAX_SEGMENTS: usize = 3;

/// Writes the template of a resource, an ARN or a plain name. Of a bucket's object the bucket and the first folder
/// stay, of a secret or parameter its folders; anywhere else the path, with ids, numbers and dates replaced by `*`.
pub(in crate::decode) fn group(into: &mut String, resource: &str, kind: Option<&str>) {
    into.clear();
    let tail = match resource.strip_prefix("arn:") {
        Some(arn) => behind_colons(arn, 4).unwrap_or(resource),
        None => behind_scheme(resource),
    };
    match kind {
        Some("aws.s3.object") => object(into, tail),
        Some("aws.s3.bucket") => into.push_str(tail),
        Some("aws.secret") => folders(into, without_suffix(tail.strip_prefix("secret:").unwrap_or(tail))),
        Some("aws.parameter") => {
            folders(into, tail.strip_prefix("parameter").unwrap_or(tail).trim_start_matches('/'));
        }
        _ => path(into, parts(tail), MAX_SEGMENTS),
    }
    bound(into);
}

/// Writes the template of a secret whose ARN was made from its name: there is nothing behind the name, which may end as if
/// there were.
pub(super) fn group_of_secret(into: &mut String, arn: &str) {
    into.clear();
    let tail = arn.strip_prefix("arn:").and_then(|arn| behind_colons(arn, 4)).unwrap_or(arn);
    folders(into, tail.strip_prefix("secret:").unwrap_or(tail));
    bound(into);
}

/// Writes the template of a path by its parts.
pub(in crate::decode) fn group_of_parts<'p>(into: &mut String, parts: impl Iterator<Item = &'p str>) {
    into.clear();
    path(into, parts, MAX_SEGMENTS);
    bound(into);
}

fn bound(into: &mut String) {
    if into.len() > MAX_GROUP {
        let end = (0..MAX_GROUP).rev().find(|at| into.is_char_boundary(*at)).unwrap_or(0);
        into.truncate(end);
        into.push('*');
    }
}

fn object(into: &mut String, tail: &str) {
    let (bucket, key) = tail.split_once('/').unwrap_or((tail, ""));
    into.push_str(bucket);
    into.push('/');
    if let Some((folder, _)) = key.split_once('/') {
        segment(into, folder);
        into.push('/');
    }
    if into.ends_with("*/") {
        into.pop();
    } else {
        into.push('*');
    }
}

/// A name with folders: the last part is one of many.
fn folders(into: &mut String, name: &str) {
    match name.rsplit_once('/') {
        Some((folders, _)) => {
            path(into, parts(folders), MAX_SEGMENTS - 1);
            if !into.ends_with('*') {
                into.push_str("/*");
            }
        }
        None => segment(into, name),
    }
}

fn path<'p>(into: &mut String, parts: impl Iterator<Item = &'p str>, most: usize) {
    for (index, part) in parts.enumerate() {
        if index > 0 {
            into.push('/');
        }
        if index == most {
            into.push('*');
            return;
        }
        segment(into, part);
    }
}

/// The six random characters that Secrets Manager puts behind a secret's name in its ARN.
fn without_suffix(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((head, tail)) if tail.len() == 6 && tail.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            head
        }
        _ => name,
    }
}

/// One segment, its words separated by punctuation; a run of words that are ids becomes one `*`.
pub(in crate::decode) fn segment(into: &mut String, text: &str) {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        into.push_str(text);
        return;
    }
    let mut rest = text;
    let mut in_id = false;
    while !rest.is_empty() {
        let (word, tail) = rest.split_at(word_end(rest));
        let separator = tail.chars().next().map_or(0, char::len_utf8);
        let (separator, tail) = tail.split_at(separator);
        if is_id(word) || (in_id && matches!(word.len(), 1..=4 | 12) && is_hex(word)) {
            if !in_id {
                into.push('*');
            }
            in_id = true;
        } else if in_id && word.is_empty() {
            in_id = tail.is_empty();
        } else {
            if in_id {
                into.push('-');
            }
            in_id = false;
            into.push_str(word);
        }
        if !in_id {
            into.push_str(separator);
        }
        rest = tail;
    }
}

/// Where the first word of a text ends.
fn word_end(text: &str) -> usize {
    let end = text.bytes().position(|byte| !byte.is_ascii_alphanumeric());
    match end.and_then(|end| text.as_bytes().get(end)) {
        // Only letters of other scripts need to be told from what is no letter.
        Some(byte) if !byte.is_ascii() => text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len()),
        _ => end.unwrap_or(text.len()),
    }
}

fn is_hex(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a word is an id: a number, eight or more hex digits, or letters and digits in disorder.
fn is_id(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 {
        return false;
    }
    if digits == word.len() {
        return digits >= 2;
    }
    if word.len() < 8 || (word.len() >= 12 && digits >= 2) {
        return word.len() >= 8;
    }
    let runs = word
        .as_bytes()
        .windows(2)
        .filter(|pair| !pair[0].is_ascii_digit() && pair[1].is_ascii_digit())
        .count()
        + usize::from(word.as_bytes().first().is_some_and(u8::is_ascii_digit));
    is_hex(word) || runs >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(resource: &str, kind: &str, expect: &str) {
        let mut text = "rest of the last".to_owned();
        group(&mut text, resource, Some(kind));
        assert_eq!(text, expect, "{resource}");
    }

    #[test]
    fn ids_go_and_names_stay() {
        for (resource, kind, expect) in [
            ("arn:aws:s3:::acme-docs/reports/2024/05/a.pdf", "aws.s3.object", "acme-docs/reports/*"),
            ("arn:aws:s3:::acme-docs/2024-05-01/a.pdf", "aws.s3.object", "acme-docs/*"),
            ("arn:aws:s3:::acme-docs/ring.txt", "aws.s3.object", "acme-docs/*"),
            ("arn:aws:s3:::acme-docs", "aws.s3.bucket", "acme-docs"),
            ("arn:aws:secretsmanager:eu-west-1:1:secret:prod/db/main-a1B2c3", "aws.secret", "prod/db/*"),
            (
                "arn:aws:secretsmanager:eu-west-1:1:secret:stratus-secret-18-4Rzn83",
                "aws.secret",
                "stratus-secret-*",
            ),
            (
                "arn:aws:ssm:eu-west-1:1:parameter/credentials/red/credentials-1",
                "aws.parameter",
                "credentials/red/*",
            ),
            ("arn:aws:ssm:eu-west-1:1:parameter/a/b/c/d", "aws.parameter", "a/b/*"),
            ("arn:aws:iam::1:role/rag-retriever", "aws.role", "role/rag-retriever"),
            ("arn:aws:iam::1:role/Stack-WAFRole-9S3E0UAE1MM0", "aws.role", "role/Stack-WAFRole-*"),
            ("arn:aws:ec2:r:1:instance/i-0317f6c6b66ae9c40", "aws.instance", "instance/i-*"),
            ("arn:aws:kms:r:1:key/10e1548f-893e-46f6-852a-25a9f8cf93e1", "aws.kms_key", "key/*"),
            ("arn:aws:logs:r:1:log-group:/aws/lambda/x/y/z", "aws.log_group", "log-group:/aws/lambda/*"),
            ("arn:aws:iam::aws:policy/AdministratorAccess", "aws.policy", "policy/AdministratorAccess"),
            (
                "https://sqs.us-east-1.amazonaws.com/123456789012/jobs",
                "aws.queue",
                "sqs.us-east-1.amazonaws.com/*/jobs",
            ),
            ("arn:aws:lambda:r:1:function:resize-v2", "aws.lambda.function", "function:resize-v2"),
        ] {
            check(resource, kind, expect);
        }
    }

    #[test]
    fn a_template_has_a_bound() {
        let mut text = String::new();
        group(&mut text, &"é".repeat(500), None);
        assert!(text.len() <= MAX_GROUP + 1 && text.ends_with('*'), "{text}");
    }
}
