//! What must not be shown.

use std::fmt;
use std::path::Path;

use super::env;

/// A text that no log line and no error message shows.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// The secret that a file or an environment variable holds; nothing where neither is named.
    pub(super) fn read(file: Option<&Path>, variable: Option<&str>) -> Result<Option<Self>, String> {
        let text = match (file, variable) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                return Err("a file and an environment variable: give one of them".to_owned());
            }
            (Some(file), None) => std::fs::read_to_string(file)
                .map_err(|error| format!("{} cannot be read: {error}", file.display()))?,
            (None, Some(name)) => {
                env::variable(name).ok_or_else(|| format!("the environment variable {name} is not set"))?
            }
        };
        match text.trim_end_matches(['\r', '\n']) {
            "" => Err("is empty; an empty secret keeps nobody out".to_owned()),
            text => Ok(Some(Self(text.to_owned()))),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}
