//! Checkpoints in a store. There is no lock that the system lets go of, so each is put there on the condition that there is
//! none of its number: of two daemons one writes, and the other is told.

use ambit_schemas::EventTime;
use anyhow::{anyhow, bail};
use object_store::path::Path;
use object_store::{Error, ObjectStoreExt, PutMode, PutOptions};

use super::{Item, Put};
use crate::objects::{Objects, Place, why};

/// An object that is written and removed at each start, to see what the store does.
const PROBE: &str = "probe";

#[derive(Debug)]
pub(in crate::run::checkpoint) struct Bucket {
    objects: Objects,
    /// Whether the store keeps to a condition. Where it does not, it is asked before.
    keeps_to_conditions: bool,
}

impl Bucket {
    pub(super) fn look(place: &Place) -> anyhow::Result<Self> {
        let objects =
            Objects::open(place).map_err(|fault| anyhow!("checkpoint.path: {}: {fault}", place.shown()))?;
        Ok(Self { objects, keeps_to_conditions: true })
    }

    /// One whose names are the writer's alone, so that no condition is needed.
    pub(super) fn share(place: &Place) -> anyhow::Result<Self> {
        Ok(Self { keeps_to_conditions: false, ..Self::look(place)? })
    }

    pub(super) fn open(place: &Place) -> anyhow::Result<Self> {
        let mut bucket = Self::look(place)?;
        let key = bucket.objects.prefix().clone().join(PROBE);
        let failed =
            |error: &Error| anyhow!("checkpoint.path: {} cannot be written: {}", place.url, why(error));
        // What an interrupted start has left is as good.
        let mut tried = Ok(());
        for _ in 0..2 {
            tried = bucket.create(&key, Vec::new());
            match &tried {
                Ok(()) => {}
                Err(Error::AlreadyExists { .. }) => break,
                Err(error) if is_unknown(error) => break,
                Err(error) => return Err(failed(error)),
            }
        }
        bucket.keeps_to_conditions = matches!(tried, Err(Error::AlreadyExists { .. }));
        if !bucket.keeps_to_conditions {
            tracing::warn!(
                "{} does not put an object on a condition: two daemons that keep their state there and write at one \
                 moment may not notice each other",
                place.url
            );
        }
        match bucket.objects.wait(bucket.objects.store().delete(&key)) {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(bucket),
            Err(error) => Err(failed(&error)),
        }
    }

    fn key(&self, name: &str) -> Path {
        self.objects.prefix().clone().join(name)
    }

    pub(super) fn shown(&self, name: &str) -> String {
        self.objects.url_of(&self.key(name))
    }

    pub(super) fn list(&self) -> anyhow::Result<Vec<Item>> {
        let prefix = self.objects.prefix();
        let listed = self.objects.wait(self.objects.store().list_with_delimiter(Some(prefix)));
        let listed = listed
            .map_err(|error| anyhow!("{} cannot be listed: {}", self.objects.url_of(prefix), why(&error)))?;
        let items = listed.objects.into_iter().filter_map(|meta| {
            let name = meta.location.filename()?.to_owned();
            let modified = EventTime(meta.last_modified.timestamp_micros());
            Some(Item { name, bytes: meta.size, modified })
        });
        Ok(items.collect())
    }

    pub(super) fn read(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        let key = self.key(name);
        let read = self.objects.wait(async { self.objects.store().get(&key).await?.bytes().await });
        Ok(read.map_err(|error| anyhow!("cannot be read: {}", why(&error)))?.to_vec())
    }

    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> anyhow::Result<Put> {
        let key = self.key(name);
        let put = if self.keeps_to_conditions {
            self.create(&key, bytes.to_vec())
        } else {
            self.ask_and_put(&key, bytes.to_vec())
        };
        match put {
            Ok(()) => Ok(Put::Done),
            Err(Error::AlreadyExists { .. }) => Ok(Put::Taken),
            Err(error) => bail!("cannot write {}: {}", self.shown(name), why(&error)),
        }
    }

    fn create(&self, key: &Path, bytes: Vec<u8>) -> Result<(), Error> {
        let options = PutOptions::from(PutMode::Create);
        self.objects.wait(self.objects.store().put_opts(key, bytes.into(), options)).map(drop)
    }

    fn ask_and_put(&self, key: &Path, bytes: Vec<u8>) -> Result<(), Error> {
        let store = self.objects.store();
        self.objects.wait(async {
            match store.head(key).await {
                Ok(_) => {
                    let source = "it was looked for".into();
                    Err(Error::AlreadyExists { path: key.to_string(), source })
                }
                Err(Error::NotFound { .. }) => store.put(key, bytes.into()).await.map(drop),
                Err(error) => Err(error),
            }
        })
    }

    pub(super) fn remove(&self, name: &str) -> anyhow::Result<()> {
        match self.objects.wait(self.objects.store().delete(&self.key(name))) {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => bail!("cannot remove {}: {}", self.shown(name), why(&error)),
        }
    }
}

/// Whether a store says that it knows no conditions.
fn is_unknown(error: &Error) -> bool {
    match error {
        Error::NotImplemented { .. } | Error::NotSupported { .. } => true,
        other => other.to_string().contains("NotImplemented"),
    }
}
