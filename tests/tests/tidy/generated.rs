//! Parts of the documents are written from what they describe. `UPDATE=1 cargo test -p ambit-tests tidy` writes them.

use std::fmt::Write as _;

use ambit_rules::catalogue::{Catalogue, Entry, ParameterEntry};
use ambit_schemas::Column;
use ambit_schemas::event::ColumnKind;
use ambit_schemas::vocabulary::{AccessLevel, ActionClass, CredentialKind, Outcome, PrincipalKind, Source};
use ambit_tests::binary;
use ambit_tests::provided::root;
use serde_json::Value;

use super::read;

const END: &str = "<!-- end -->";

/// Compares the block of a document with what it should be, or writes it.
pub(crate) fn check(document: &str, block: &str, expected: &str) {
    let text = read(document);
    let start = format!("<!-- generated: {block} -->\n");
    let (before, rest) = text.split_once(&start).unwrap_or_else(|| panic!("{document}: no `{start}`"));
    let (found, after) = rest.split_once(END).unwrap();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(root().join(document), format!("{before}{start}{expected}{END}{after}")).unwrap();
    } else {
        assert_eq!(found, expected, "{document} is behind: UPDATE=1 cargo test -p ambit-tests tidy");
    }
}

const fn type_name(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text | ColumnKind::Dict => "text",
        ColumnKind::Time => "time",
        ColumnKind::Bool => "boolean",
        ColumnKind::U8 | ColumnKind::I32 | ColumnKind::I64 => "number",
        ColumnKind::List => "list of texts",
    }
}

fn columns() -> String {
    let avro: Value = serde_json::from_str(&read("schemas/avro/identity_event.v1.avsc")).unwrap();
    let mut table = "| column | type | always | |\n|---|---|---|---|\n".to_owned();
    for (column, field) in Column::ALL.iter().zip(avro["fields"].as_array().unwrap()) {
        assert_eq!(field["name"], column.name());
        let doc = field["doc"].as_str().unwrap().replace('<', "&lt;");
        let always = if column.nullable() { "" } else { "yes" };
        writeln!(table, "| `{}` | {} | {always} | {doc} |", column.name(), type_name(column.kind())).unwrap();
    }
    table
}

fn words() -> String {
    let quoted =
        |names: Vec<&str>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ");
    let rows = [
        ("source", quoted(Source::ALL.iter().map(|word| word.as_str()).collect())),
        ("action_class", quoted(ActionClass::ALL.iter().map(|word| word.as_str()).collect())),
        ("access_level", quoted(AccessLevel::ALL.iter().map(|word| word.as_str()).collect())),
        ("outcome", quoted(Outcome::ALL.iter().map(|word| word.as_str()).collect())),
        ("principal_kind", quoted(PrincipalKind::ALL.iter().map(|word| word.as_str()).collect())),
        (
            "credential_kind, issued_kind",
            quoted(CredentialKind::ALL.iter().map(|word| word.as_str()).collect()),
        ),
    ];
    let rows = rows.iter().map(|(column, words)| format!("| {column} | {words} |\n"));
    std::iter::once("| column | words |\n|---|---|\n".to_owned()).chain(rows).collect()
}

fn parameters<'a>(entries: impl IntoIterator<Item = &'a ParameterEntry>) -> String {
    let mut table = "| parameter | value | unit | |\n|---|---|---|---|\n".to_owned();
    for entry in entries {
        let name = entry.parameter.name();
        writeln!(table, "| `{name}` | {} | {} | {} |", entry.value, entry.unit, entry.meaning).unwrap();
    }
    table
}

fn finding(catalogue: &Catalogue, entry: &Entry) -> String {
    // Without facts a sentence is printed with the names of its slots.
    let nothing: &[(&str, String)] = &[];
    let references = catalogue.mappings().references(entry.check);
    let references = references.map(|reference| format!("{} {}", reference.framework_title, reference.id));
    let mut text = format!(
        "### {} {}\n\n> {}\n\n{}\n\nLooks like it and is not: {}\n\nMapped to: {}.\n",
        entry.check,
        entry.title,
        entry.sentence(nothing),
        entry.severity_logic,
        entry.benign,
        references.collect::<Vec<_>>().join("; "),
    );
    if !entry.parameters.is_empty() {
        write!(text, "\n{}", parameters(&entry.parameters)).unwrap();
    }
    text
}

/// The keys of a section of the configuration, and then those of the sections in it.
fn section(path: &str, schema: &Value, whole: &Value, page: &mut String) {
    let schema = followed(schema, whole);
    let mut below = Vec::new();
    writeln!(page, "### `{path}`\n\n{}\n", text(schema)).unwrap();
    page.push_str("| key | default | |\n|---|---|---|\n");
    let needed = schema["required"].as_array().into_iter().flatten().collect::<Vec<_>>();
    for (key, value) in schema["properties"].as_object().unwrap() {
        let default = match &value["default"] {
            _ if needed.contains(&&Value::from(key.as_str())) => "**needed**".to_owned(),
            Value::Null => String::new(),
            Value::Object(members) if !members.is_empty() => "see below".to_owned(),
            default => format!("`{default}`"),
        };
        writeln!(page, "| `{key}` | {default} | {} |", text(value).replace('\n', " ")).unwrap();
        let inner = followed(if value["items"].is_object() { &value["items"] } else { value }, whole);
        let here = if path == "the file" { key.clone() } else { format!("{path}.{key}") };
        for choice in inner["oneOf"].as_array().into_iter().flatten() {
            for (name, variant) in choice["properties"].as_object().unwrap() {
                below.push((format!("{here}[].{name}"), variant.clone()));
            }
        }
        if inner["properties"].is_object() {
            below.push((here, inner.clone()));
        }
    }
    page.push('\n');
    for (path, schema) in below {
        section(&path, &schema, whole, page);
    }
}

/// What a reference points at, also one to what may be absent.
fn followed<'a>(schema: &'a Value, whole: &'a Value) -> &'a Value {
    let reference = schema["$ref"].as_str().or(schema["anyOf"][0]["$ref"].as_str());
    let name = reference.and_then(|reference| reference.strip_prefix("#/$defs/"));
    name.map_or(schema, |name| &whole["$defs"][name])
}

fn text(schema: &Value) -> &str {
    schema["description"].as_str().unwrap_or_default()
}

fn configuration() -> String {
    let printed = binary::run(&root(), &["config", "schema"]).unwrap();
    let schema = serde_json::from_slice::<Value>(&printed.stdout).unwrap();
    let mut page = String::new();
    section("the file", &schema, &schema, &mut page);
    page.trim_end().to_owned() + "\n"
}

#[test]
fn the_pages_say_what_the_code_says() {
    let catalogue = Catalogue::embedded().unwrap();
    let findings = catalogue.entries().map(|entry| finding(&catalogue, entry)).collect::<Vec<_>>();
    let detector = catalogue.parameters().filter(|entry| entry.parameter.name().starts_with("detector."));
    check("docs/canonical-event.md", "columns", &columns());
    check("docs/canonical-event.md", "words", &words());
    check("docs/findings.md", "findings", &findings.join("\n"));
    check("docs/findings.md", "detector", &parameters(detector));
    check("docs/run.md", "configuration", &configuration());
}
