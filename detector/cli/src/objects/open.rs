//! From a URL to a store and a prefix in it.

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreScheme, RetryConfig};
use tokio::runtime::{Builder, Runtime};
use url::Url;

use super::{Fault, Place};
use crate::config::Secret;

/// Requests are tried again by those who ask, who can tell of it; here only what passes by itself in a moment.
const TRIES: usize = 3;
const TRYING: Duration = Duration::from_secs(10);
/// How often one who waits looks whether to go on waiting.
const LOOK: Duration = Duration::from_millis(200);
const URLS: &str = "s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX, \
                    abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PREFIX or file:///PATH";

/// The threads that talk to stores: one set for all, for as long as the program runs, because a connection belongs to the
/// threads that made it.
static RUNTIME: OnceLock<io::Result<Runtime>> = OnceLock::new();
const THREADS: usize = 2;

/// A store and a prefix in it.
#[derive(Clone)]
pub(crate) struct Objects {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    /// The URL of the store without a prefix, for people.
    root: Arc<str>,
    /// Whether the URL ends as a folder's does.
    is_folder: bool,
    runtime: &'static Runtime,
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A store's own form may show credentials.
        f.debug_tuple("Objects").field(&self.url_of(&self.prefix)).finish()
    }
}

#[expect(
    clippy::multiple_inherent_impl,
    reason = "how they are opened and how they are fetched are two things"
)]
impl Objects {
    /// Opens a place; nothing is asked of the store yet.
    ///
    /// # Errors
    /// When the URL or an option means nothing.
    pub(crate) fn open(place: &Place) -> Result<Self, Fault> {
        let url = parse(&place.url)?;
        let (scheme, prefix) = ObjectStoreScheme::parse(&url)
            .map_err(|_unknown| Fault::Url(format!("is no URL of an object store: give {URLS}")))?;
        let store = store(&scheme, &url, place)?;
        let runtime = RUNTIME.get_or_init(|| {
            Builder::new_multi_thread().worker_threads(THREADS).thread_name("objects").enable_all().build()
        });
        let runtime =
            runtime.as_ref().map_err(|error| Fault::Url(format!("no thread can be started: {error}")))?;
        let authority = url.authority();
        Ok(Self {
            store,
            prefix,
            root: format!("{}://{authority}", url.scheme()).into(),
            is_folder: place.url.ends_with('/'),
            runtime,
        })
    }

    /// The store.
    pub(crate) const fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    /// What the keys of this place begin with.
    pub(crate) const fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// Whether it can be one object: its URL does not end as a folder's does.
    pub(super) fn may_be_one(&self) -> bool {
        !self.is_folder && !self.prefix.is_root()
    }

    /// A key as people write it.
    pub(crate) fn url_of(&self, key: &Path) -> String {
        format!("{}/{key}", self.root)
    }

    /// Waits for an answer of the store. To be called from a thread that is not the runtime's.
    pub(crate) fn wait<T>(&self, answer: impl Future<Output = T>) -> T {
        self.runtime.block_on(answer)
    }

    /// The same, as long as it is not time to stop; `None` then.
    pub(crate) fn wait_unless<T>(
        &self,
        stop: &dyn Fn() -> bool,
        answer: impl Future<Output = T>,
    ) -> Option<T> {
        self.runtime.block_on(async {
            let mut answer = std::pin::pin!(answer);
            loop {
                match tokio::time::timeout(LOOK, answer.as_mut()).await {
                    Ok(answer) => return Some(answer),
                    Err(_) if stop() => return None,
                    Err(_) => {}
                }
            }
        })
    }

    /// Where the work for this store is done.
    pub(super) const fn runtime(&self) -> &Runtime {
        self.runtime
    }
}

fn parse(text: &str) -> Result<Url, Fault> {
    let url = Url::parse(text).map_err(|error| Fault::Url(format!("is no URL ({error}): give {URLS}")))?;
    if url.query().is_some() || url.fragment().is_some() || url.password().is_some() {
        // Neither is shown: a signature stands there.
        return Err(Fault::Url(
            "a URL is shown in logs and cannot hold a query, a fragment or a password: give credentials by the \
             environment or by `option_files`"
                .to_owned(),
        ));
    }
    Ok(url)
}

fn store(scheme: &ObjectStoreScheme, url: &Url, place: &Place) -> Result<Arc<dyn ObjectStore>, Fault> {
    let unusable = |error: Error| Fault::Url(format!("cannot be used: {}", one_line(&error.to_string())));
    let retry = RetryConfig { max_retries: TRIES, retry_timeout: TRYING, ..RetryConfig::default() };
    // Each builder has its own keys, so this is written out thrice.
    Ok(match scheme {
        ObjectStoreScheme::Local => {
            if let Some(name) = place.options.keys().next() {
                let what = "files of this machine take no options".to_owned();
                return Err(Fault::Option { name: name.clone(), what });
            }
            Arc::new(LocalFileSystem::new())
        }
        ObjectStoreScheme::AmazonS3 => {
            let builder = AmazonS3Builder::from_env().with_url(url.as_str()).with_retry(retry);
            let set =
                |builder: AmazonS3Builder, key, value: &Secret| builder.with_config(key, value.reveal());
            Arc::new(with_options(builder, place, "S3", set)?.build().map_err(unusable)?)
        }
        ObjectStoreScheme::GoogleCloudStorage => {
            let builder = GoogleCloudStorageBuilder::from_env().with_url(url.as_str()).with_retry(retry);
            let set = |builder: GoogleCloudStorageBuilder, key, value: &Secret| {
                builder.with_config(key, value.reveal())
            };
            Arc::new(with_options(builder, place, "Google Cloud Storage", set)?.build().map_err(unusable)?)
        }
        ObjectStoreScheme::MicrosoftAzure => {
            let builder = MicrosoftAzureBuilder::from_env().with_url(url.as_str()).with_retry(retry);
            let set = |builder: MicrosoftAzureBuilder, key, value: &Secret| {
                builder.with_config(key, value.reveal())
            };
            Arc::new(with_options(builder, place, "Azure", set)?.build().map_err(unusable)?)
        }
        _ => return Err(Fault::Url(format!("is a URL of a kind that is not read: give {URLS}"))),
    })
}

/// A builder with the options that a person gave; one that it does not know is a mistake, and is not passed over.
fn with_options<B, K: std::str::FromStr>(
    builder: B,
    place: &Place,
    kind: &str,
    set: impl Fn(B, K, &Secret) -> B,
) -> Result<B, Fault> {
    place.options.iter().try_fold(builder, |builder, (name, value)| {
        let key = name.to_ascii_lowercase().parse::<K>().map_err(|_unknown| Fault::Option {
            name: name.clone(),
            what: format!("is no option of {kind}; docs/run.md says where their names stand"),
        })?;
        Ok(set(builder, key, value))
    })
}

/// What a store says, in a few words: it quotes whole requests and pages, which help nobody who reads a log.
pub(crate) fn why(error: &Error) -> String {
    let text = error.to_string();
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    let code = code.map_or_else(String::new, |(code, _)| format!(" ({})", one_line(code)));
    match error {
        Error::NotFound { .. } => format!("is not there{code}"),
        Error::PermissionDenied { .. } => format!("the credentials may not do this{code}"),
        Error::Unauthenticated { .. } => format!("the store does not accept the credentials{code}"),
        Error::AlreadyExists { .. } => "is there already".to_owned(),
        _ => match text.split_once("status code: ").and_then(|(_, rest)| rest.split([':', '<']).next()) {
            Some(status) => format!("the store answers {}{code}", one_line(status)),
            // Before it stand the request and how long it took, which differs each time.
            None => one_line(text.rsplit(" - ").next().unwrap_or(&text)),
        },
    }
}

/// The beginning of a text, on one line.
fn one_line(text: &str) -> String {
    const MOST: usize = 300;
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}
