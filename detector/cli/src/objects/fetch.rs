//! Which objects there are, and their bytes: in bounded memory, several asked for at once, handed on in order.

use std::io::{self, Read};
use std::path::Path as FilePath;
use std::sync::Arc;

use ambit_ingest::Input;
use ambit_ingest::input::is_taken;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Error, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt};
use tokio::sync::mpsc::{self, Receiver};
use tokio::task::JoinHandle;

use super::open::{Objects, why};

/// Read at once of an object: one request each.
const CHUNK: u64 = 4 << 20;
/// Objects whose first bytes are asked for at the same time, and as many that wait to be read.
const AT_ONCE: usize = 16;

/// Names of objects as they come, in no order.
pub(crate) type Names = BoxStream<'static, Result<ObjectMeta, Error>>;

/// What stands at a place.
pub(crate) struct Listing {
    pub(crate) names: Names,
    /// Whether the place is one object.
    is_one: bool,
}

impl Listing {
    /// Which of the names are read: one that was given itself whatever its ending, others as the files of a folder.
    pub(crate) fn rule(&self) -> impl Fn(&Path) -> bool + Clone + use<> {
        let is_one = self.is_one;
        move |key| is_one || is_taken(FilePath::new(key.as_ref()))
    }
}

impl Objects {
    /// What stands at this place: one object, or all with the prefix.
    pub(crate) async fn list(&self) -> Listing {
        if self.may_be_one() {
            match self.store().head(self.prefix()).await {
                Ok(found) => return Listing { names: stream::iter([Ok(found)]).boxed(), is_one: true },
                // To list may be allowed where to ask for one is not, and a prefix is no object.
                Err(Error::NotFound { .. } | Error::PermissionDenied { .. }) => {}
                Err(error) => return Listing { names: stream::iter([Err(error)]).boxed(), is_one: true },
            }
        }
        let prefix = (!self.prefix().is_root()).then(|| self.prefix());
        Listing { names: self.store().list(prefix), is_one: false }
    }

    /// Begins to fetch what a listing names.
    pub(crate) fn fetch(&self, names: Names) -> Fetched {
        self.fetch_taken(names, |_| true)
    }

    /// The same; of what is not taken there is only the name.
    pub(crate) fn fetch_taken(
        &self,
        names: Names,
        is_taken: impl Fn(&Path) -> bool + Send + 'static,
    ) -> Fetched {
        let (sender, receiver) = mpsc::channel(AT_ONCE);
        let objects = self.clone();
        let task = self.runtime().spawn(async move {
            let found = names.map_ok(move |meta| {
                let (objects, taken) = (objects.clone(), is_taken(&meta.location));
                async move { Ok(objects.begin(meta, taken).await) }
            });
            let mut found = found.try_buffered(AT_ONCE);
            while let Some(found) = found.next().await {
                if sender.send(found).await.is_err() {
                    return;
                }
            }
        });
        Fetched { objects: self.clone(), receiver, task }
    }

    /// The first bytes of an object, if it is taken.
    async fn begin(&self, meta: ObjectMeta, taken: bool) -> Found {
        let first = if meta.size == 0 || !taken { Ok(Bytes::new()) } else { self.chunk(&meta, 0).await };
        Found { meta, first, objects: self.clone() }
    }

    async fn chunk(&self, meta: &ObjectMeta, from: u64) -> Result<Bytes, Unread> {
        let end = meta.size.min(from.saturating_add(CHUNK));
        let range = (meta.size > CHUNK).then_some(from..end);
        let got = self.store().get_opts(&meta.location, GetOptions::new().with_range(range)).await?;
        // Listings and answers show a moment with more or fewer digits.
        let is_same = got.meta.size == meta.size
            && got.meta.last_modified.timestamp() == meta.last_modified.timestamp();
        if !is_same {
            return Err(Unread::Changed);
        }
        Ok(got.bytes().await?)
    }
}

/// Why an object was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unread {
    /// It was replaced after it was listed.
    #[error("was replaced while it was being read")]
    Changed,
    /// The store does not give it.
    #[error("{}", why(.0))]
    Store(#[from] Error),
}

/// What is being fetched.
#[derive(Debug)]
pub(crate) struct Fetched {
    objects: Objects,
    receiver: Receiver<Result<Found, Error>>,
    task: JoinHandle<()>,
}

impl Fetched {
    /// The next object, or why the listing ended early; `None` at the end, or when it is time to stop.
    pub(crate) fn next_unless(&mut self, stop: &dyn Fn() -> bool) -> Option<Result<Found, Error>> {
        self.objects.wait_unless(stop, self.receiver.recv()).flatten()
    }
}

impl Drop for Fetched {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An object and its first bytes, or why there are none.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) meta: ObjectMeta,
    first: Result<Bytes, Unread>,
    objects: Objects,
}

impl Found {
    /// The object as an input, without the text before a place of it; what follows its first bytes is asked for when its
    /// turn comes.
    ///
    /// # Errors
    /// When the store did not give it.
    pub(crate) fn into_input(self, from: i64) -> Result<Input, Box<(ObjectMeta, Unread)>> {
        let origin = Arc::from(self.objects.url_of(&self.meta.location));
        match self.first {
            Ok(first) => {
                let at = first.len() as u64;
                let bytes = Box::new(Body { meta: self.meta, chunk: first, at, objects: self.objects });
                Ok(Input::Stream { origin, bytes, from })
            }
            Err(why) => Err(Box::new((self.meta, why))),
        }
    }
}

/// The bytes of an object.
struct Body {
    meta: ObjectMeta,
    chunk: Bytes,
    /// What follows the chunk.
    at: u64,
    objects: Objects,
}

impl Read for Body {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.chunk.is_empty() && self.at < self.meta.size {
            let chunk =
                self.objects.wait(self.objects.chunk(&self.meta, self.at)).map_err(io::Error::other)?;
            if chunk.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.at += chunk.len() as u64;
            self.chunk = chunk;
        }
        let count = into.len().min(self.chunk.len());
        into[..count].copy_from_slice(&self.chunk.split_to(count));
        Ok(count)
    }
}
