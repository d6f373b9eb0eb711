//! What sources tell the loop: data and signals share one bounded channel, so that their order is kept and a source that
//! is too fast waits.

use std::sync::Arc;

use ambit_ingest::Reject;
use ambit_ingest::source::Mark;
use ambit_schemas::EventBatch;

#[cfg(feature = "kafka")]
use std::sync::mpsc::SyncSender;

use super::ledger::Entry;
#[cfg(feature = "objects")]
use super::ledger::Forgotten;
#[cfg(feature = "kafka")]
use super::partitions::upstream::Upstream;
#[cfg(feature = "kafka")]
use crate::kafka::transaction::Membership;

/// One message; `source` is the place of the source in the configuration.
#[derive(Debug)]
pub(crate) enum Message {
    /// Events.
    Data(Box<Data>),
    /// Something about a partition or a source.
    Signal { source: usize, signal: Signal },
}

/// A piece of a partition.
#[derive(Debug)]
pub(crate) struct Data {
    pub(crate) source: usize,
    pub(crate) partition: Arc<str>,
    pub(crate) batch: Option<EventBatch>,
    pub(crate) rejects: Vec<Reject>,
    /// How far the partition has been read with this piece; nothing where it was only about rejects.
    pub(crate) mark: Option<Mark>,
    /// Bytes as they were stored or sent.
    pub(crate) bytes: u64,
    /// Objects that were read with this piece to their end.
    pub(crate) objects: Vec<Entry>,
}

/// What a source knows.
#[derive(Debug)]
pub(crate) enum Signal {
    /// A partition is there and is being read: until it is caught up, nothing overtakes it.
    Found(Arc<str>),
    /// It has something unread, which comes in no order of time.
    #[cfg(feature = "objects")]
    Unordered(Arc<str>),
    /// Objects need not be remembered any longer.
    #[cfg(feature = "objects")]
    Forgotten(Forgotten),
    /// It was read to its present end.
    CaughtUp(Arc<str>),
    /// It was read to its present end, and there never was anything in it.
    #[cfg(feature = "kafka")]
    Empty(Arc<str>),
    /// It was read for good; its mark is kept.
    Finished(Arc<str>),
    /// It will never be needed again.
    Gone(Arc<str>),
    /// It was read anew from its start.
    Restarted(Arc<str>),
    /// It cannot be read now, so that nobody knows whether it has something; said again as long as that lasts.
    #[cfg(feature = "kafka")]
    Silent(Arc<str>),
    /// It can be read again.
    #[cfg(feature = "kafka")]
    Answers(Arc<str>),
    /// It carries what another daemon reads, which tells how far it has come.
    #[cfg(feature = "kafka")]
    Carries(Arc<str>, Vec<Upstream>),
    /// Partitions are there that another daemon of the group reads.
    #[cfg(feature = "kafka")]
    Elsewhere(Vec<Arc<str>>),
    /// A group gave us partitions: by this it knows us when we say how far we are.
    #[cfg(feature = "kafka")]
    Joined(Membership),
    /// A group takes all partitions away: what was read of them must be handed on now, and then it is told here.
    #[cfg(feature = "kafka")]
    Left(SyncSender<()>),
    /// The source cannot read something.
    Trouble(String),
    /// The source reads.
    Well,
}
