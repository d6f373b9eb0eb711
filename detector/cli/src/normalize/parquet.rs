//! Canonical events as Parquet, which `replay` reads back.

use std::fs::File;

use ambit_schemas::EventBatch;
use ambit_schemas::event::identity_event_schema;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

/// Rows of a row group: a reader holds one in memory.
const GROUP_ROWS: usize = 128 * 1024;

/// A Parquet file being written.
pub(crate) struct ParquetFile(ArrowWriter<File>);

impl ParquetFile {
    pub(crate) fn new(file: File) -> Result<Self, ParquetError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_created_by(concat!("ambit ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        Ok(Self(ArrowWriter::try_new(file, identity_event_schema(), Some(properties))?))
    }

    pub(crate) fn write(&mut self, batch: &EventBatch) -> Result<(), ParquetError> {
        self.0.write(batch.as_record_batch())
    }

    pub(crate) fn finish(self) -> Result<(), ParquetError> {
        self.0.close().map(|_| ())
    }
}
