//! The detector as a pure state machine: push batches, advance the watermark, poll findings. No IO, no clock, no async,
//! no logs and no metrics; it returns counts and the caller reports them.

mod atom;
mod baseline;
mod changes;
mod checks;
mod codec;
mod counts;
mod decided;
mod detector;
mod draft;
mod early;
mod engine;
mod habits;
mod ledger;
mod lineage;
mod loaded;
mod network;
mod order;
mod part;
mod parted;
mod register;
mod seen;
mod shards;
mod snapshot;
mod symbol;
mod verbs;
mod view;
mod workload;

pub use codec::CodecError;
pub use counts::{Counts, PushStats};
pub use detector::Detector;
pub use lineage::view::CredentialView;
pub use part::{Part, PartOfDay};
pub use snapshot::{RestoreError, Snapshot};
pub use view::{Acceptance, AtomView, BaselineView, PeersView, RatchetView, SuspicionView};

#[cfg(test)]
mod tests;
