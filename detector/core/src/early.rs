//! What can be said of an event before the watermark has passed it: the checks that need no window, on what is known by
//! now. It is said under the uid that the finding will have. When the watermark comes by, either the finding is raised
//! and takes its place, or it is taken back: what was said early must not stand if the whole order of events does not
//! bear it out.

use std::collections::{BTreeMap, VecDeque};

use ambit_schemas::EventTime;
use ambit_schemas::finding::{Activity, Finding, FindingUid};

use crate::codec::codec_struct;

/// What was said early and is not confirmed yet.
#[derive(Debug, Default)]
pub(crate) struct Early {
    told: BTreeMap<FindingUid, Told>,
    outbox: VecDeque<Finding>,
    /// Findings that were told early.
    pub(crate) count: u64,
    /// Those of them that were taken back.
    pub(crate) retracted: u64,
    /// Findings that were not told early for want of room, and batches that were not looked at early because names have
    /// none; findings are raised when the watermark comes by.
    pub(crate) withheld: u64,
}
codec_struct!(Early { told, outbox, count, retracted, withheld });

/// A finding that was told early.
#[derive(Debug)]
struct Told {
    /// The last event that bore it out: beyond it the finding is raised or taken back.
    last: EventTime,
    finding: Finding,
}
codec_struct!(Told { last, finding });

impl Early {
    /// Tells a finding, once; at most `most` wait to be confirmed.
    pub(crate) fn tell(&mut self, finding: Finding, most: usize) {
        if let Some(told) = self.told.get_mut(&finding.uid) {
            told.last = told.last.max(finding.time);
            return;
        }
        if self.told.len() >= most {
            self.withheld += 1;
            return;
        }
        self.count += 1;
        self.outbox.push_back(finding.clone());
        self.told.insert(finding.uid, Told { last: finding.time, finding });
    }

    /// Takes over what another detector told of the workloads that are ours.
    pub(crate) fn take_over(&mut self, other: Self, is_ours: impl Fn(&str) -> bool) {
        self.told.extend(other.told.into_iter().filter(|(_, told)| is_ours(&told.finding.workload)));
        self.outbox.extend(other.outbox.into_iter().filter(|finding| is_ours(&finding.workload)));
    }

    /// The finding was raised.
    pub(crate) fn confirm(&mut self, uid: FindingUid) {
        // Most findings are told of nothing that waits.
        if !self.told.is_empty() {
            self.told.remove(&uid);
        }
    }

    /// Takes back what was told of events before a moment and was not raised.
    pub(crate) fn retract_before(&mut self, moment: EventTime) {
        let outdated = self.told.extract_if(.., |_, told| told.last < moment);
        for (_, Told { finding, .. }) in outdated {
            self.retracted += 1;
            self.outbox.push_back(Finding { activity: Activity::Close, ..finding });
        }
    }

    /// The next that is told or taken back.
    pub(crate) fn poll(&mut self) -> Option<Finding> {
        self.outbox.pop_front()
    }
}
