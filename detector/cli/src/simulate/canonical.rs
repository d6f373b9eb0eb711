//! Canonical events: the very bytes that the raw form would hold, through the decoders, as `ambit normalize` does it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ambit_ingest::decode::Labels;
use ambit_ingest::frame::{Frame, Framer};
use ambit_ingest::{Decoder, Delivery, RawRecord, Resolver, Settings};
use ambit_scenario::world::{DayFiles, LogFile};
use ambit_schemas::Inventory;
use anyhow::Context as _;

use crate::normalize::ParquetFile;

/// Writes `events/`.
pub(super) struct Canonical<'i> {
    folder: PathBuf,
    decoder: Decoder,
    resolver: Resolver<'i>,
}

impl<'i> Canonical<'i> {
    pub(super) fn new(out: &Path, inventory: &'i Inventory) -> anyhow::Result<Self> {
        let folder = out.join("events");
        fs::create_dir_all(&folder).with_context(|| format!("cannot write {}", folder.display()))?;
        let resolver = Resolver::new(inventory, Labels::new());
        Ok(Self { folder, decoder: Decoder::new(Settings::default()), resolver })
    }

    /// Writes the events of a day's files.
    pub(super) fn write(&mut self, day: &DayFiles) -> anyhow::Result<()> {
        let path = self.folder.join(format!("{}.parquet", day.day.iso()));
        let failed = || format!("cannot write {}", path.display());
        let mut parquet = ParquetFile::new(File::create(&path).with_context(failed)?).with_context(failed)?;
        for file in &day.files {
            self.decode(file, &mut parquet).with_context(failed)?;
        }
        let rest = self.decoder.flush();
        self.pass(rest, &mut parquet)?;
        parquet.finish().with_context(failed)
    }

    fn decode(&mut self, file: &LogFile, parquet: &mut ParquetFile) -> anyhow::Result<()> {
        let origin: Arc<str> = format!("logs/{}", file.path).into();
        let mut framer = Framer::new(file.bytes.as_slice(), Settings::default().max_record_bytes);
        while let Some(frame) = framer.next_frame() {
            match frame {
                Frame::Record { offset, bytes } => {
                    self.decoder.push(&RawRecord::of_file(bytes, &origin, i64::try_from(offset)?));
                }
                Frame::Broken { offset, reason } => anyhow::bail!("{origin} at byte {offset}: {reason}"),
            }
            if self.decoder.is_full() {
                let full = self.decoder.flush();
                self.pass(full, parquet)?;
            }
        }
        Ok(())
    }

    fn pass(&mut self, delivery: Option<Delivery>, parquet: &mut ParquetFile) -> anyhow::Result<()> {
        let Some(delivery) = delivery else { return Ok(()) };
        if let Some(reject) = delivery.rejects.first() {
            let place = &reject.position;
            anyhow::bail!("{} at byte {}: {}", place.origin, place.offset, reject.reason);
        }
        Ok(parquet.write(&self.resolver.resolve(&delivery.batch)?)?)
    }
}
