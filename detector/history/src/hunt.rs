//! SQL over the archive and over tables that the caller has, by DataFusion. Queries only read: there is no way to make or
//! change a table or a file with them.

mod days;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use ambit_schemas::event::identity_event_schema;
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::datasource::MemTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::error::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::object_store::path::Path as Key;
use datafusion::object_store::prefix::PrefixStore;
use datafusion::object_store::{self, ObjectStore};
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures_util::StreamExt;

/// The table of archived events, and their folder in an archive.
pub const EVENTS: &str = "events";
/// What an archive in a store is called among the stores of a query: a root of its own.
const STORE: &str = "archive://store/";
/// The column that the folders of the archive are named by.
const DAY: &str = "day";

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum HuntError {
    /// The query is wrong, or its answer does not fit the memory it may use.
    #[error("{0}")]
    Query(String),
    /// The archive's files cannot be read.
    #[error("the archive cannot be read: {0}")]
    Archive(String),
    /// The runtime that answers cannot be started.
    #[error("no query can be run: {0}")]
    Runtime(#[from] std::io::Error),
}

impl From<DataFusionError> for HuntError {
    fn from(error: DataFusionError) -> Self {
        // The first line says what is wrong; a trace of the planner helps nobody.
        let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
        match store_error(&error) {
            Some(found) => Self::Archive(first(&found.to_string())),
            None => Self::Query(first(&error.strip_backtrace())),
        }
    }
}

/// What a store said, if that is what an error comes of.
fn store_error(error: &DataFusionError) -> Option<&object_store::Error> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// A place where questions are asked.
pub struct Hunt {
    context: SessionContext,
    runtime: tokio::runtime::Runtime,
}

impl std::fmt::Debug for Hunt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hunt").finish_non_exhaustive()
    }
}

/// The rows of an answer as they come.
pub struct Rows<'a> {
    stream: SendableRecordBatchStream,
    runtime: &'a tokio::runtime::Runtime,
}

impl std::fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("schema", &self.schema()).finish_non_exhaustive()
    }
}

impl Hunt {
    /// No tables yet; queries together use at most `memory_bytes`, and spill what they sort or join beyond it.
    ///
    /// # Errors
    /// When the runtime cannot be started.
    pub fn new(memory_bytes: usize) -> Result<Self, HuntError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let environment = RuntimeEnvBuilder::new().with_memory_limit(memory_bytes, 1.0).build_arc()?;
        let config = SessionConfig::new().with_information_schema(true);
        let context = SessionContext::new_with_config_rt(config, environment);
        context.add_optimizer_rule(Arc::new(days::Days));
        Ok(Self { context, runtime })
    }

    /// Makes the events of an archive in a folder the table `events`, with a column `day` by which whole folders are
    /// left out. An archive without events is an empty table.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn events(&self, archive: &Path) -> Result<(), HuntError> {
        let folder = archive.join(EVENTS);
        if !folder.is_dir() {
            return self.table(EVENTS, identity_event_schema(), Vec::new());
        }
        self.listed(ListingTableUrl::parse(format!("{}/", folder.display()))?)
    }

    /// The same of an archive in a store, below a prefix.
    ///
    /// # Errors
    /// When the table cannot be made. The store is not asked yet.
    pub fn stored_events(&self, store: Arc<dyn ObjectStore>, prefix: Key) -> Result<(), HuntError> {
        let store = PrefixStore::new(store, prefix);
        self.context.register_object_store(ObjectStoreUrl::parse(STORE)?.as_ref(), Arc::new(store));
        self.listed(ListingTableUrl::parse(format!("{STORE}{EVENTS}/"))?)
    }

    fn listed(&self, url: ListingTableUrl) -> Result<(), HuntError> {
        let options = ListingOptions::new(Arc::new(ParquetFormat::new()))
            .with_file_extension(".parquet")
            .with_table_partition_cols(vec![(DAY.to_owned(), DataType::Utf8)]);
        let config =
            ListingTableConfig::new(url).with_listing_options(options).with_schema(identity_event_schema());
        self.context.register_table(EVENTS, Arc::new(ListingTable::try_new(config)?))?;
        Ok(())
    }

    /// Makes rows that the caller has a table.
    ///
    /// # Errors
    /// When a batch has another schema.
    pub fn table(&self, name: &str, schema: SchemaRef, rows: Vec<RecordBatch>) -> Result<(), HuntError> {
        self.context.register_table(name, Arc::new(MemTable::try_new(schema, vec![rows])?))?;
        Ok(())
    }

    /// Asks a question.
    ///
    /// # Errors
    /// When it is no query, or one that would change something.
    pub fn ask(&self, sql: &str) -> Result<Rows<'_>, HuntError> {
        let reads =
            SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        let stream = self
            .runtime
            .block_on(async { self.context.sql_with_options(sql, reads).await?.execute_stream().await })?;
        Ok(Rows { stream, runtime: &self.runtime })
    }
}

impl Rows<'_> {
    /// The columns of the answer.
    pub fn schema(&self) -> SchemaRef {
        self.stream.schema()
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<RecordBatch, HuntError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.runtime.block_on(self.stream.next())?;
        Some(batch.map_err(HuntError::from))
    }
}
