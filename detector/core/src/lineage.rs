//! What crosses workloads: credentials and where they came from, aliases, and the edges between identities.

use ambit_schemas::RuleSet;

use crate::codec::codec_struct;
use crate::draft::Draft;
use crate::engine::Scene;
use crate::loaded::Row;

/// The one owner of lineage.
#[derive(Debug, Default)]
pub(crate) struct Lineage {
    evicted: u64,
}
codec_struct!(Lineage { evicted });

impl Lineage {
    pub(crate) fn new(_rules: &RuleSet) -> Self {
        Self::default()
    }

    /// The workload of an event whose principal alone does not tell.
    pub(crate) fn owner(&self, _row: &Row<'_>) -> Option<String> {
        None
    }

    /// Notes an event of nobody that is known, or of the platform.
    pub(crate) fn observe_unowned(&mut self, _row: &Row<'_>) {}

    /// Notes an event of a workload and drafts what it shows.
    pub(crate) fn observe(&mut self, _row: &Row<'_>, _scene: &Scene<'_>, _drafts: &mut Vec<Draft>) {}

    /// Forgets what a closed UTC day makes forgettable.
    pub(crate) fn close_day(&mut self, _day: i64, _rules: &RuleSet) {}

    /// Credentials forgotten for want of room.
    pub(crate) const fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>()
    }
}
