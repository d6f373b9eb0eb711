//! What an operation means, whose model it calls and whether an error is a refusal: the tables `data/otel_*.txt`.

use std::borrow::Cow;
use std::sync::LazyLock;

use ambit_schemas::vocabulary::{AccessLevel, ActionClass};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::actions::sensitivity;
use crate::actions::table::{self, BadLine};

/// Longest `error.type` that is looked at.
const MAX_ERROR_BYTES: usize = 256;

/// One meaning; without a class it is no event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::decode) struct Meaning {
    pub(in crate::decode) class: Option<ActionClass>,
    pub(in crate::decode) access_level: AccessLevel,
    pub(in crate::decode) resource_kind: &'static str,
    pub(in crate::decode) sensitivity: u8,
}

#[derive(Debug, Default)]
struct Tables {
    operations: HashMap<(&'static str, &'static str), Meaning, FixedState>,
    providers: HashMap<&'static str, &'static str, FixedState>,
    denials: Vec<(bool, &'static str)>,
    bad: Vec<BadLine>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables::default();
    let Tables { operations, providers, denials, bad } = &mut tables;
    let text = include_str!("../../../data/otel_operations.txt");
    table::read("otel_operations.txt", text, bad, |[kind, name, class, level, resource_kind]| {
        let class = if class == "-" { None } else { Some(ActionClass::parse(class)?) };
        let access_level = AccessLevel::parse(level)?;
        let sensitivity = class.map_or(0, |class| sensitivity(class, Some(resource_kind)));
        let meaning = Meaning { class, access_level, resource_kind, sensitivity };
        operations.insert((kind, name), meaning).is_none().then_some(())
    });
    let text = include_str!("../../../data/otel_providers.txt");
    table::read("otel_providers.txt", text, bad, |[name, provider]| {
        providers.insert(name, provider).is_none().then_some(())
    });
    let text = include_str!("../../../data/otel_denials.txt");
    table::read("otel_denials.txt", text, bad, |[how, text]| {
        let whole = match how {
            "is" => true,
            "has" => false,
            _ => return None,
        };
        denials.push((whole, text));
        Some(())
    });
    tables
});

/// The meaning of a name of a kind of operation, or of every other name of that kind.
fn meaning(kind: &'static str, name: &str) -> Option<Meaning> {
    let operations = &TABLES.operations;
    operations.get(&(kind, name)).or_else(|| operations.get(&(kind, "*"))).copied()
}

/// The meaning of a GenAI operation, whatever its case.
pub(super) fn operation(name: &str, is_client: bool) -> Option<Meaning> {
    let name = &*in_small_letters(name);
    let remote = if is_client { TABLES.operations.get(&("remote", name)).copied() } else { None };
    remote.or_else(|| meaning("operation", name))
}

/// The meaning of an MCP method.
pub(in crate::decode) fn mcp(method: &str) -> Option<Meaning> {
    meaning("mcp", method)
}

/// Today's name of a model provider, whatever its case.
pub(super) fn provider(name: &str) -> Cow<'_, str> {
    let small = in_small_letters(name);
    TABLES.providers.get(&*small).map_or(small, |today| Cow::Borrowed(*today))
}

/// Libraries that are older than the conventions write names as they please.
fn in_small_letters(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        name.to_ascii_lowercase().into()
    } else {
        name.into()
    }
}

/// Whether an error is a refusal for want of permission.
pub(super) fn is_denial(error_type: &str) -> bool {
    let letters = error_type.bytes().take(MAX_ERROR_BYTES).filter(u8::is_ascii_alphanumeric);
    let plain = letters.map(|byte| char::from(byte.to_ascii_lowercase())).collect::<String>();
    TABLES.denials.iter().any(|(whole, text)| if *whole { plain == *text } else { plain.contains(text) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_understood() {
        assert_eq!(TABLES.bad, []);
        assert!(operation("never heard of", false).is_some() && mcp("never heard of").is_some());
    }

    #[test]
    fn a_name_is_the_same_in_any_case() {
        for (name, is_client, class) in [
            ("chat", true, ActionClass::ModelInvoke),
            ("Chat", true, ActionClass::ModelInvoke),
            ("TEXT_COMPLETION", false, ActionClass::ModelInvoke),
            ("embeddings", false, ActionClass::ModelInvoke),
            ("Embedding", false, ActionClass::ModelInvoke),
            ("rerank", false, ActionClass::ModelInvoke),
            ("image_generation", false, ActionClass::ModelInvoke),
            ("Execute_Tool", false, ActionClass::ToolInvoke),
            ("Invoke_Agent", true, ActionClass::ToolInvoke),
            ("Invoke_Agent", false, ActionClass::SessionStart),
            ("reranking", false, ActionClass::Write),
        ] {
            assert_eq!(operation(name, is_client).unwrap().class, Some(class), "{name}");
        }
        for (name, today) in [
            ("OpenAI", "openai"),
            ("openai", "openai"),
            ("Anthropic", "anthropic"),
            ("VertexAI", "gcp.vertex_ai"),
            ("vertex_ai", "gcp.vertex_ai"),
            ("AWS", "aws.bedrock"),
            ("aws.bedrock", "aws.bedrock"),
            ("MyOwn", "myown"),
        ] {
            assert_eq!(provider(name), today, "{name}");
        }
    }

    #[test]
    fn a_refusal_is_told_from_a_failure() {
        for (error_type, expected) in [
            ("403", true),
            ("PermissionError", true),
            ("openai.PermissionDeniedError", true),
            ("PERMISSION_DENIED", true),
            ("AccessDeniedException", true),
            ("500", false),
            ("timeout", false),
            ("tool_error", false),
            ("4030", false),
            ("", false),
        ] {
            assert_eq!(is_denial(error_type), expected, "{error_type}");
        }
    }
}
