//! Objects in a store: S3, Google Cloud Storage, Azure Blob Storage, or files of this machine under `file://`. Everything
//! that takes the URL of one begins here.

#[cfg(feature = "objects")]
mod fetch;
#[cfg(feature = "objects")]
mod open;

use std::collections::BTreeMap;

use crate::config::Secret;

#[cfg(feature = "objects")]
pub(crate) use self::fetch::Fetched;
#[cfg(feature = "objects")]
pub(crate) use self::open::{Objects, why};

/// A place in a store, as it is configured. Credentials come from the environment, as the store's own tools take them,
/// or from options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) options: BTreeMap<String, Secret>,
}

impl Place {
    /// A place of which nothing is known but its URL.
    pub(crate) const fn new(url: String) -> Self {
        Self { url, options: BTreeMap::new() }
    }

    /// Its URL as it may be shown: without what may hold a secret.
    pub(crate) fn shown(&self) -> String {
        let plain = self.url.split(['?', '#']).next().unwrap_or_default();
        match plain.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?))) {
            Some((scheme, (user, rest))) => {
                let user = user.split(':').next().unwrap_or_default();
                format!("{scheme}://{user}@{rest}")
            }
            None => plain.to_owned(),
        }
    }

    /// Looks whether it can be meant, without asking the store.
    ///
    /// # Errors
    /// What is wrong, and what to do.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        #[cfg(feature = "objects")]
        return Objects::open(self).map(drop);
        #[cfg(not(feature = "objects"))]
        Err(Fault::Url(
            "this program was built without object stores: build it with `--features objects`".into(),
        ))
    }
}

/// What is wrong with a place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// With the URL, or with all of it.
    #[error("{0}")]
    Url(String),
    /// With an option.
    #[cfg(feature = "objects")]
    #[error("option `{name}`: {what}")]
    Option {
        /// Its name.
        name: String,
        /// What is wrong with it.
        what: String,
    },
}

/// Whether a text is a URL rather than a path.
pub(crate) fn is_url(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| {
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+')
    })
}

/// Whether a place is another, or in it, by their URLs.
pub(crate) fn lies_in(url: &str, other: &str) -> bool {
    let rest = url.trim_end_matches('/').strip_prefix(other.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(all(test, feature = "objects"))]
mod tests;
