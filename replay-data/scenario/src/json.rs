//! JSON in the order in which it was built. AWS writes its fields in an order of its own, and the bytes must not
//! depend on a feature of a library.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// A JSON value whose objects keep their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object.
    Map(Vec<(String, Json)>),
}

impl Json {
    /// Whether this is `null`.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// As text on one line.
    pub fn line(&self) -> String {
        // Plain data into a string: there is nothing in it that could fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Adds a field to an object; on anything else nothing happens.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Json>) -> Self {
        if let Self::Map(fields) = &mut self {
            fields.push((name.into(), value.into()));
        }
        self
    }

    /// Adds a field unless its value is `null`.
    #[must_use]
    pub fn with_some(self, name: &str, value: impl Into<Json>) -> Self {
        match value.into() {
            Self::Null => self,
            value => self.with(name, value),
        }
    }
}

/// An object of these fields.
pub fn map<const N: usize>(fields: [(&str, Json); N]) -> Json {
    Json::Map(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// A string.
pub fn text(value: impl Into<String>) -> Json {
    Json::Text(value.into())
}

/// An array of strings.
pub fn texts(values: &[&str]) -> Json {
    Json::List(values.iter().map(|value| text(*value)).collect())
}

impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Json {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Self::Number(value)
    }
}

impl From<Vec<Json>> for Json {
    fn from(value: Vec<Json>) -> Self {
        Self::List(value)
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => serializer.serialize_i64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::List(values) => serializer.collect_seq(values),
            Self::Map(fields) => {
                let mut object = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    object.serialize_entry(name, value)?;
                }
                object.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_strings_are_escaped() {
        let value = map([("z", text("a\"\n")), ("a", Json::List(vec![Json::Null, Json::Number(-1)]))])
            .with("t", true)
            .with_some("n", None::<String>);
        assert_eq!(value.line(), r#"{"z":"a\"\n","a":[null,-1],"t":true}"#);
    }
}
