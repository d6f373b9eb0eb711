//! The data types of the dictionary.

use regex::Regex;
use serde_json::Value;

use super::source::LoadError;
use super::violation::Problem;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    Boolean,
    Integer,
    Float,
    String,
    Any,
}

/// A data type: a JSON type, and what it demands of the value.
#[derive(Debug)]
pub(super) struct Scalar {
    name: String,
    base: Base,
    pattern: Option<Regex>,
    max_chars: Option<usize>,
    range: Option<(i64, i64)>,
}

/// What JSON calls the type of a value.
pub(super) const fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

impl Scalar {
    /// The type of that name; a derived type is its base type with its own demands.
    pub(super) fn compile(types: &Value, name: &str) -> Result<Self, LoadError> {
        let definition = &types[name];
        let base = match name {
            "boolean_t" => Base::Boolean,
            "integer_t" | "long_t" => Base::Integer,
            "float_t" => Base::Float,
            "string_t" => Base::String,
            "json_t" => Base::Any,
            _ => match definition["type"].as_str() {
                Some(base) => Self::compile(types, base)?.base,
                None => return Err(LoadError::Lacks(name.into(), "type".into())),
            },
        };
        // `uuid_t` is published without anchors; a text with more around it is no UUID.
        let pattern = definition["regex"]
            .as_str()
            .map(|pattern| Regex::new(&format!("^(?:{pattern})$")))
            .transpose()
            .map_err(|error| LoadError::Pattern(name.into(), error))?;
        let range = definition["range"][0].as_i64().zip(definition["range"][1].as_i64());
        let max_chars = definition["max_len"].as_u64().and_then(|length| usize::try_from(length).ok());
        Ok(Self { name: name.into(), base, pattern, max_chars, range })
    }

    /// What is wrong with a value of this type.
    pub(super) fn problem(&self, value: &Value) -> Option<Problem> {
        let right = match self.base {
            Base::Boolean => value.is_boolean(),
            Base::Integer => value.is_i64(),
            Base::Float => value.is_number(),
            Base::String => value.is_string(),
            Base::Any => true,
        };
        if !right {
            return Some(Problem::Type { expected: self.name.clone(), found: json_type(value) });
        }
        if let Some(text) = value.as_str() {
            let fits = self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
                && self.max_chars.is_none_or(|most| text.chars().count() <= most);
            if !fits {
                return Some(Problem::Text { kind: self.name.clone(), value: text.into() });
            }
        }
        let number = value.as_i64().zip(self.range);
        number
            .filter(|(number, (low, high))| number < low || number > high)
            .map(|(number, _)| Problem::Range { kind: self.name.clone(), value: number.to_string() })
    }
}
