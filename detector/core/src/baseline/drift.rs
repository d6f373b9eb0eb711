//! D01: how often, and with what weight, a workload's reach grows for good (detector.md, section 4.3).
//!
//! The daily mark is 0 on most days, else 1 + the sensitivity of the worst atom that consolidated on it. Nine weightings
//! of the mark bet against the null at once; their evidence adds up from day to day.

use std::collections::VecDeque;

use ambit_schemas::RuleSet;
use ambit_schemas::ruleset::Parameter;

use super::incident::Incident;
use super::peers::{LEVELS, Rate};
use super::recursion::{Recursions, alpha};
use crate::checks::NewAtom;
use crate::codec::codec_struct;

/// How much more often than under the null a bet expects what it weighs.
const TILTS: [f64; 3] = [3.0, 8.0, 20.0];
const BETS: usize = TILTS.len() * 3;
/// New atoms a workload remembers for the finding; the rest is counted in the atoms' table.
const MOST_NEWS: usize = 32;
/// How long the finding looks back for them, in days.
const NEWS_DAYS: i64 = 45;
/// Atoms that may wait to become part of the baseline; of more, the oldest stay out of it until they are accepted.
const MOST_WAITING: usize = 256;
/// Days learnt from before old ones fade, so that a workload's second year is not judged by its first.
const MOST_DAYS: u32 = 240;

/// One sealed day that waits to be learnt from.
#[derive(Debug, Clone, Copy)]
struct LaggingDay {
    marked: bool,
    trusted: bool,
}
codec_struct!(LaggingDay { marked, trusted });

/// One workload's marks.
#[derive(Debug, Default, Clone)]
pub(crate) struct DriftHistory {
    recursions: Recursions<BETS>,
    /// The mark of the open day so far.
    pub(crate) mark: u8,
    /// Whether the open day has alarmed.
    pub(crate) alarmed: bool,
    /// The last incident.
    pub(crate) incident: Incident,
    /// What consolidated, unexplained, within the memory of the finding.
    pub(crate) news: VecDeque<NewAtom>,
    /// Atoms that wait to become part of the baseline: their place among the sightings, and the day they consolidated.
    waiting: VecDeque<(u32, i64)>,
    lagging: VecDeque<LaggingDay>,
    /// Days learnt from, and how many of them were marked.
    days: u32,
    marks: u32,
    /// The last 30 sealed days, the latest in the lowest bit: those that count for the peers, and those with a mark.
    pub(crate) counted_days: u32,
    pub(crate) marked_days: u32,
}
codec_struct!(DriftHistory {
    recursions,
    mark,
    alarmed,
    incident,
    news,
    waiting,
    lagging,
    days,
    marks,
    counted_days,
    marked_days,
});

/// The null of a workload's day, fixed before the day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DriftNull {
    /// P(mark > 0).
    pub(crate) chance: f64,
    /// P(mark | mark > 0), by mark less one.
    pub(crate) levels: [f64; LEVELS],
    /// The chance of an alarm a day.
    pub(crate) alpha: f64,
}

impl DriftNull {
    /// The null from a workload's own marks, shrunk to its peers'.
    pub(crate) fn new(history: &DriftHistory, peers: &Rate, rules: &RuleSet) -> Self {
        let prior = rules.value(Parameter::DriftPriorDays);
        let own = f64::from(history.marks) + prior * peers.chance;
        let chance = rules.value(Parameter::DriftNullFactor) * own / (f64::from(history.days) + prior);
        let (least, most) =
            (rules.value(Parameter::DriftLeastChance), rules.value(Parameter::DriftMostChance));
        Self {
            chance: chance.clamp(least, most.max(least)),
            levels: peers.levels,
            alpha: alpha(rules.value(Parameter::DriftShare), rules.budget),
        }
    }

    /// The e-value of each bet for a mark: its weight over its mean under the null.
    fn evidence(&self, mark: u8) -> [f64; BETS] {
        let shapes: [fn(u8) -> f64; 3] = [flat, mild, steep];
        std::array::from_fn(|bet| {
            let (tilt, shape) = (TILTS[bet / 3], shapes[bet % 3]);
            let levels = (1..).zip(self.levels);
            let expected = levels.map(|(level, chance)| chance * shape(level)).sum::<f64>();
            (1.0 + (tilt - 1.0) * shape(mark)) / (1.0 + (tilt - 1.0) * self.chance * expected)
        })
    }

    /// The statistic at which a day alarms.
    pub(crate) fn threshold(&self) -> f64 {
        1.0 / self.alpha
    }
}

fn flat(mark: u8) -> f64 {
    if mark > 0 { 1.0 } else { 0.0 }
}

fn mild(mark: u8) -> f64 {
    f64::from(mark) / 4.0
}

fn steep(mark: u8) -> f64 {
    mild(mark) * mild(mark)
}

impl DriftHistory {
    /// Notes an atom that consolidated, and its mark.
    pub(crate) fn note(&mut self, atom: NewAtom, mark: u8) {
        if self.news.len() >= MOST_NEWS {
            self.news.pop_front();
        }
        self.news.push_back(atom);
        self.mark = self.mark.max(mark);
    }

    /// An atom, by its place among the sightings, waits to become part of the baseline.
    pub(crate) fn wait(&mut self, slot: u32, day: i64) {
        if self.waiting.len() >= MOST_WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back((slot, day));
    }

    /// The statistic if the open day ended now.
    pub(crate) fn statistic(&self, null: &DriftNull) -> f64 {
        self.recursions.after(&null.evidence(self.mark)).mean()
    }

    /// Whether the statistic is so high that nothing may be learnt.
    pub(crate) fn is_elevated(&self, rules: &RuleSet) -> bool {
        let alpha = alpha(rules.value(Parameter::DriftShare), rules.budget);
        self.recursions.mean() > rules.value(Parameter::SuspicionPart) / alpha
    }

    /// Takes the atoms that have waited long enough to become part of the baseline; none while the statistic is elevated.
    pub(crate) fn admit(&mut self, day: i64, frozen: bool, rules: &RuleSet) -> Vec<u32> {
        let lag = i64::try_from(rules.count(Parameter::LearningLagDays)).unwrap_or(0);
        let mut admitted = Vec::new();
        while let Some((slot, since)) = self.waiting.front().copied()
            && since + lag <= day
            && !(frozen || self.is_elevated(rules))
        {
            self.waiting.pop_front();
            admitted.push(slot);
        }
        admitted
    }

    /// Closes a day of a mature workload: the evidence moves on, and the day that leaves the lag teaches. Gives the mark
    /// if the day counts for the peers.
    pub(crate) fn close_day(
        &mut self,
        null: &DriftNull,
        (day, frozen): (i64, bool),
        rules: &RuleSet,
    ) -> Option<u8> {
        self.news.retain(|news| day - news.first_seen.day() <= NEWS_DAYS);
        let mark = std::mem::take(&mut self.mark);
        let alarmed = std::mem::take(&mut self.alarmed);
        self.recursions = self.recursions.after(&null.evidence(mark));
        if alarmed {
            // What raised an alarm becomes part of the baseline only when somebody accepts it.
            self.waiting.clear();
            self.recursions = Recursions::default();
            for day in &mut self.lagging {
                day.trusted = false;
            }
        }
        let suspicious = alarmed || frozen || self.is_elevated(rules);
        self.learn(LaggingDay { marked: mark > 0, trusted: !suspicious }, rules);
        self.counted_days = (self.counted_days << 1) | u32::from(!suspicious);
        self.marked_days = (self.marked_days << 1) | u32::from(!suspicious && mark > 0);
        (!suspicious).then_some(mark)
    }

    fn learn(&mut self, day: LaggingDay, rules: &RuleSet) {
        self.lagging.push_back(day);
        let still = self.is_elevated(rules);
        while self.lagging.len() > rules.count(Parameter::LearningLagDays) {
            if let Some(day) = self.lagging.pop_front().filter(|day| day.trusted && !still) {
                self.days += 1;
                self.marks += u32::from(day.marked);
            }
        }
        if self.days > MOST_DAYS {
            self.days /= 2;
            self.marks /= 2;
        }
    }

    /// How many of the last 30 sealed days count for the peers, and how many of those are marked.
    pub(crate) const fn recent(&self) -> (u32, u32) {
        let month = (1 << super::peers::MEMORY_DAYS) - 1;
        ((self.counted_days & month).count_ones(), (self.marked_days & month).count_ones())
    }

    pub(crate) fn bytes(&self) -> usize {
        self.news.iter().map(NewAtom::bytes).sum::<usize>()
            + self.lagging.capacity() * size_of::<LaggingDay>()
            + self.waiting.capacity() * 16
    }
}
