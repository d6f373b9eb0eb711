//! Sorted runs in temporary files: Arrow IPC streams, zstd-compressed. Streams, because only they may bring a new
//! dictionary with each batch, and a batch should carry no values but its own.

use std::fs::File;
use std::io::{self, BufReader, Seek, SeekFrom};

use ambit_schemas::event::Rows;
use ambit_schemas::{EventBatch, EventBatchBuilder, SchemaError};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;

/// Rows of a batch in a run. Small, because of every run one batch is in memory while runs are merged.
const BATCH_ROWS: usize = 8_192;
/// Fast rather than small: the file is read once, soon.
const ZSTD_LEVEL: i32 = 1;

/// A run could not be written or read back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpillError {
    #[error("cannot spill events to the temporary folder {folder}: {source}")]
    File { folder: String, source: io::Error },
    #[error("spilled events: {0}")]
    Arrow(#[from] ArrowError),
    #[error("spilled events: {0}")]
    Schema(#[from] SchemaError),
}

impl From<io::Error> for SpillError {
    fn from(source: io::Error) -> Self {
        Self::File { folder: std::env::temp_dir().display().to_string(), source }
    }
}

/// The runs spilled so far. The files have no name and are gone when the program is.
#[derive(Debug, Default)]
pub(super) struct Spills(Vec<File>);

impl Spills {
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Writes the rows of some batches as one run.
    pub(super) fn write(&mut self, batches: &[EventBatch]) -> Result<(), SpillError> {
        let rows = batches.iter().map(Rows::new).collect::<Result<Vec<_>, _>>()?;
        let mut file = tempfile::tempfile()?;
        let packed = zstd::Encoder::new(&mut file, ZSTD_LEVEL)?;
        let schema = ambit_schemas::event::identity_event_schema();
        let mut writer = StreamWriter::try_new(packed, &schema)?;
        let mut builder = EventBatchBuilder::new();
        for (batch, row) in sorted(batches) {
            builder.push(&rows[batch].get(row));
            if builder.len() == BATCH_ROWS {
                writer.write(builder.finish()?.as_record_batch())?;
            }
        }
        if !builder.is_empty() {
            writer.write(builder.finish()?.as_record_batch())?;
        }
        writer.into_inner()?.finish()?;
        self.0.push(file);
        Ok(())
    }

    /// Opens every run at its start.
    pub(super) fn read(self) -> Result<Vec<Run>, SpillError> {
        self.0.into_iter().map(Run::open).collect()
    }
}

/// Where every row stands, in the order of time. The detector orders rows of one moment.
fn sorted(batches: &[EventBatch]) -> Vec<(usize, usize)> {
    let mut places = Vec::with_capacity(batches.iter().map(EventBatch::len).sum());
    for (batch, events) in batches.iter().enumerate() {
        places.extend(events.times().iter().enumerate().map(|(row, time)| (*time, batch, row)));
    }
    places.sort_unstable();
    places.into_iter().map(|(_, batch, row)| (batch, row)).collect()
}

/// A run being read back.
pub(super) struct Run(StreamReader<zstd::Decoder<'static, BufReader<File>>>);

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Run")
    }
}

impl Run {
    fn open(mut file: File) -> Result<Self, SpillError> {
        file.seek(SeekFrom::Start(0))?;
        Ok(Self(StreamReader::try_new(zstd::Decoder::new(file)?, None)?))
    }

    pub(super) fn next_batch(&mut self) -> Result<Option<EventBatch>, SpillError> {
        let batch = self.0.next().transpose()?;
        Ok(batch.map(EventBatch::try_new).transpose()?)
    }
}
