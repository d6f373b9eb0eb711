//! What the detector did, for the caller to report.

use std::collections::BTreeMap;

use ambit_schemas::vocabulary::{Check, Maturity, Source};

use crate::codec::codec_struct;
use crate::engine::Engine;
use crate::part::Standing;
use crate::shards::Tally;

/// What became of one pushed batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PushStats {
    /// Rows taken up.
    pub rows: usize,
    /// Rows whose time the watermark had passed: they run the windowless checks only.
    pub late: usize,
}

/// Totals since the state began. Everything that is dropped, capped or forgotten is here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Rows looked at: neither duplicate nor paired.
    pub events: u64,
    /// The same, by source.
    pub by_source: BTreeMap<Source, u64>,
    /// Rows whose source and event id were seen before.
    pub duplicates: u64,
    /// Requests whose response came.
    pub paired: u64,
    /// Rows that came after their watermark.
    pub late: u64,
    /// Alarms of the statistical checks, repetitions of one incident left out.
    pub alarms: BTreeMap<Check, u64>,
    /// Days of mature workloads: thirty of them are the month of the operator's budget.
    pub mature_days: u64,
    /// Rows that name nobody.
    pub unattributed: u64,
    /// Duplicates by source, since this detector was made or restored.
    pub duplicates_since: BTreeMap<Source, u64>,
    /// Rows that name nobody by source, since this detector was made or restored.
    pub unattributed_since: BTreeMap<Source, u64>,
    /// Rows of cloud services acting on their own.
    pub platform: u64,
    /// Workloads held, by maturity; people are none.
    pub workloads: BTreeMap<Maturity, u64>,
    /// Workloads forgotten for want of room.
    pub workloads_evicted: u64,
    /// Credentials forgotten for want of room.
    pub credentials_evicted: u64,
    /// Parts of what is known of credentials and secrets (networks, users, readers) forgotten for want of room.
    pub credential_parts_dropped: u64,
    /// Sightings of new atoms that found a workload's table full.
    pub atoms_overflowed: u64,
    /// Texts that found the symbol table full.
    pub symbols_overflowed: u64,
    /// Findings forgotten while open, for want of room.
    pub findings_forgotten: u64,
    /// Transitions held back because a person dismissed the finding, by check.
    pub findings_suppressed: BTreeMap<Check, u64>,
    /// Findings that were told before the watermark had passed their event.
    pub findings_early: u64,
    /// Those of them that were taken back.
    pub findings_retracted: u64,
    /// Findings that would have been told early, and batches that would have been looked at, had there been room.
    pub findings_early_withheld: u64,
    /// Findings open for updates.
    pub findings_open: u64,
    /// Rows that wait for the watermark.
    pub pending_rows: u64,
    /// Bytes of state, waiting batches left out.
    pub state_bytes: u64,
    /// Bytes of it that are the workloads' own: their atoms and histories.
    pub workload_bytes: u64,
    /// Bytes of it that are the lineage's: credentials, aliases, secrets and edges.
    pub lineage_bytes: u64,
    /// Bytes of it that are the findings' that are open, or over and able to come again.
    pub finding_bytes: u64,
    /// Bytes of it that are the event ids', by which repeats are told.
    pub seen_bytes: u64,
    /// Bytes of waiting batches.
    pub pending_bytes: u64,
}

/// The counts that only grow and that a snapshot must hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Totals {
    pub(crate) events: u64,
    /// By [`Source`], as its index.
    pub(crate) by_source: Vec<u64>,
    pub(crate) duplicates: u64,
    pub(crate) paired: u64,
    pub(crate) late: u64,
    pub(crate) unattributed: u64,
    pub(crate) platform: u64,
    /// What the shards had counted when the state was restored.
    pub(crate) shards: Tally,
    pub(crate) suppressed: BTreeMap<Check, u64>,
}
codec_struct!(Totals {
    events,
    by_source,
    duplicates,
    paired,
    late,
    unattributed,
    platform,
    shards,
    suppressed,
});

impl Totals {
    /// The same with what the shards have counted since.
    pub(crate) fn with(&self, since: Tally) -> Self {
        let mut totals = self.clone();
        totals.shards += since;
        totals
    }
}

impl Counts {
    /// The counts of all shards in place of those of ours.
    pub(crate) fn stand(&mut self, standing: &Standing) {
        self.workloads.clone_from(&standing.workloads);
        self.workloads_evicted = standing.evicted;
        self.alarms = standing.tally.alarms.by_check();
        self.mature_days = standing.tally.mature_days;
        self.atoms_overflowed = standing.tally.atoms_overflowed;
    }
}

/// What is counted by source since the detector was made or restored, for those who watch it: no part of a snapshot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Since {
    pub(crate) duplicates: Vec<u64>,
    pub(crate) unattributed: Vec<u64>,
}

/// Counts something of a source.
pub(crate) fn count(counts: &mut Vec<u64>, source: Source) {
    let slot = source as usize;
    if slot >= counts.len() {
        counts.resize(slot + 1, 0);
    }
    counts[slot] += 1;
}

/// The sources that have a count.
fn by_source(counts: &[u64]) -> BTreeMap<Source, u64> {
    let counts = Source::ALL.iter().copied().zip(counts.iter().copied());
    counts.filter(|(_, count)| *count > 0).collect()
}

/// Alarms by statistical check.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Alarms {
    pub(crate) drift: u64,
    pub(crate) burst: u64,
    pub(crate) shift: u64,
    pub(crate) probing: u64,
}
codec_struct!(Alarms { drift, burst, shift, probing });

impl std::ops::AddAssign for Alarms {
    fn add_assign(&mut self, other: Self) {
        self.drift += other.drift;
        self.burst += other.burst;
        self.shift += other.shift;
        self.probing += other.probing;
    }
}

impl Alarms {
    fn of(&self) -> [(Check, u64); 4] {
        [
            (Check::D01, self.drift),
            (Check::D02, self.burst),
            (Check::D04, self.shift),
            (Check::C05, self.probing),
        ]
    }

    /// As the caller is told.
    pub(crate) fn by_check(&self) -> BTreeMap<Check, u64> {
        self.of().into_iter().collect()
    }
}

/// The counts without the bytes, which take a walk over all state.
pub(crate) fn tallies(engine: &Engine) -> Counts {
    let totals = engine.totals.with(engine.shards.tally());
    let mut counts = Counts {
        events: totals.events,
        by_source: by_source(&totals.by_source),
        duplicates: totals.duplicates,
        paired: totals.paired,
        late: totals.late,
        unattributed: totals.unattributed,
        duplicates_since: by_source(&engine.since.duplicates),
        unattributed_since: by_source(&engine.since.unattributed),
        platform: totals.platform,
        atoms_overflowed: totals.shards.atoms_overflowed,
        workloads_evicted: engine.shards.evicted(),
        alarms: totals.shards.alarms.by_check(),
        mature_days: totals.shards.mature_days,
        credentials_evicted: engine.lineage.evicted(),
        credential_parts_dropped: engine.lineage.dropped(),
        symbols_overflowed: engine.symbols.overflowed,
        findings_forgotten: engine.ledger.forgotten,
        findings_suppressed: totals.suppressed,
        findings_early: engine.early.count,
        findings_retracted: engine.early.retracted,
        findings_early_withheld: engine.early.withheld,
        findings_open: engine.ledger.len() as u64,
        ..Counts::default()
    };
    for workload in engine.shards.iter().filter(|workload| !workload.human) {
        *counts.workloads.entry(workload.maturity).or_default() += 1;
    }
    counts
}
