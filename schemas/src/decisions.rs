//! What analysts decided: reach they accepted into a baseline, findings they dismissed, findings they escalated. Plain
//! checked data; the log it comes from is read elsewhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::FindingUid;
use crate::time::EventTime;
use crate::vocabulary::{DecisionKind, Plane, Severity};

/// Characters that a reason or a name may have.
pub const TEXT_CHARS: usize = 1_000;

/// Why a text cannot stand for a reason or a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// It says nothing.
    #[error("it is empty")]
    Empty,
    /// It is too long.
    #[error("it has more than {TEXT_CHARS} characters")]
    Long,
    /// It could move a terminal's cursor or break a line.
    #[error("it has a control character, such as a line break")]
    Control,
}

/// Checks a reason or a name.
///
/// # Errors
/// When it is empty, too long or has control characters.
pub fn check_text(text: &str) -> Result<(), TextError> {
    if text.trim().is_empty() {
        Err(TextError::Empty)
    } else if text.chars().any(char::is_control) {
        Err(TextError::Control)
    } else if text.chars().count() > TEXT_CHARS {
        Err(TextError::Long)
    } else {
        Ok(())
    }
}

/// Who decided, why, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    seq: u64,
    by: String,
    reason: String,
    at: EventTime,
    from: EventTime,
    until: Option<EventTime>,
}

impl Decision {
    /// A decision by its number in the log, by whom and why, and when: `at` by the clock, in force `from` one event time
    /// `until` another, or for good.
    ///
    /// # Errors
    /// When the name or the reason is no text for people.
    pub fn new(
        seq: u64,
        (by, reason): (String, String),
        at: EventTime,
        (from, until): (EventTime, Option<EventTime>),
    ) -> Result<Self, TextError> {
        check_text(&by)?;
        check_text(&reason)?;
        Ok(Self { seq, by, reason, at, from, until })
    }

    /// Its number in the log.
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// Who decided.
    pub fn by(&self) -> &str {
        &self.by
    }

    /// Why.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// When it was decided, by the clock.
    pub const fn at(&self) -> EventTime {
        self.at
    }

    /// The event time from which it holds.
    pub const fn from(&self) -> EventTime {
        self.from
    }

    /// The event time at which it ends.
    pub const fn until(&self) -> Option<EventTime> {
        self.until
    }

    /// Whether it has not ended yet at an event time.
    pub fn lasts(&self, time: EventTime) -> bool {
        self.until.is_none_or(|until| time < until)
    }
}

/// What was accepted into the baseline of one workload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// By plane and words, oldest decision first.
    atoms: BTreeMap<(Plane, String), Vec<Arc<Decision>>>,
    /// The event times at which the present reach became the origin.
    origins: Vec<EventTime>,
}

impl Accepted {
    /// The last decision that had been taken of an atom at an event time. It may have ended since.
    pub fn decision(&self, plane: Plane, text: String, time: EventTime) -> Option<&Decision> {
        let decisions = self.atoms.get(&(plane, text))?;
        decisions.iter().rev().find(|decision| decision.from <= time).map(Arc::as_ref)
    }
}

/// What was decided of one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// Dismissed or escalated.
    pub kind: DecisionKind,
    /// How grave it was then; `None` where the finding was not known.
    pub severity: Option<Severity>,
    /// Who and why.
    pub decision: Decision,
}

/// All decisions. None at all is valid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decisions {
    accepted: BTreeMap<String, Accepted>,
    rulings: BTreeMap<FindingUid, Vec<Ruling>>,
}

impl Decisions {
    /// Adds what was accepted of a workload: atoms by plane and words, and, where `origin` says so, its present reach as
    /// the new origin. Decisions are added in the order in which they were taken.
    pub fn accept(
        &mut self,
        workload: &str,
        atoms: impl IntoIterator<Item = (Plane, String)>,
        origin: bool,
        decision: Decision,
    ) {
        let accepted = self.accepted.entry(workload.to_owned()).or_default();
        if origin {
            accepted.origins.push(decision.from);
        }
        let decision = Arc::new(decision);
        for atom in atoms {
            accepted.atoms.entry(atom).or_default().push(Arc::clone(&decision));
        }
    }

    /// Adds what was decided of a finding.
    pub fn rule(&mut self, uid: FindingUid, ruling: Ruling) {
        self.rulings.entry(uid).or_default().push(ruling);
    }

    /// What was accepted of a workload.
    pub fn accepted(&self, workload: &str) -> Option<&Accepted> {
        self.accepted.get(workload)
    }

    /// What holds for a finding at an event time: the last ruling by then, unless that has ended.
    pub fn ruling(&self, uid: FindingUid, time: EventTime) -> Option<&Ruling> {
        let rulings = self.rulings.get(&uid)?;
        let last = rulings.iter().rev().find(|ruling| ruling.decision.from <= time)?;
        last.decision.lasts(time).then_some(last)
    }

    /// When which workload's present reach became its origin, in the order of time.
    pub fn origins(&self) -> Vec<(EventTime, &str)> {
        let all = self
            .accepted
            .iter()
            .flat_map(|(workload, accepted)| accepted.origins.iter().map(|from| (*from, workload.as_str())));
        let mut all = all.collect::<Vec<_>>();
        all.sort_unstable();
        all
    }
}

#[cfg(test)]
mod tests;
