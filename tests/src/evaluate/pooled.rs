//! What a method made of all worlds together.

use std::collections::BTreeMap;

use super::alarm::{Alarm, by_gravity};
use super::verdict::{JudgedAlarm, JudgedAttack, Standing, Verdict};

/// The channels that share the budget: name, checks, and the share that the detector's design gives.
pub const CHANNELS: [(&str, &[&str], f64); 3] =
    [("burst D02", &["D02"], 0.35), ("drift D01", &["D01"], 0.45), ("shift D04 C05", &["D04", "C05"], 0.20)];
/// How many alarms an analyst looks at.
const LOOKED_AT: usize = 20;

/// A method on the worlds of a report.
#[derive(Debug, Clone)]
pub struct Pooled {
    /// Its name.
    pub method: String,
    /// The score that an alarm has to exceed, of a simple method.
    pub threshold: Option<f64>,
    /// The mature workload-months of all worlds.
    pub months: f64,
    /// What it made of each world, by seed.
    pub worlds: Vec<(u64, Verdict)>,
}

/// What became of the attacks of a kind.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recall {
    /// How many there were.
    pub of: usize,
    /// How many were found.
    pub found: usize,
    /// How many raised each check that had to raise them, of how many that name any.
    pub named: (usize, usize),
    /// How many had anything at all raised on their workload in their time.
    pub noticed: usize,
    /// Microseconds to the first alarm of each that was found, shortest first.
    pub delays: Vec<i64>,
}

/// How many of the gravest alarms show an attack.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Precision {
    /// That many do.
    pub true_alarms: usize,
    /// Of that many.
    pub of: usize,
}

impl Recall {
    /// The part that was found; `None` where nothing was there to find.
    pub fn part(&self) -> Option<f64> {
        ratio(self.found, self.of)
    }

    /// How many were found within a time.
    pub fn within(&self, micros: i64) -> usize {
        self.delays.iter().filter(|delay| **delay <= micros).count()
    }

    /// The middle delay; between the middle two where their number is even.
    pub fn median(&self) -> Option<i64> {
        let (low, high) = (self.delays.len().checked_sub(1)? / 2, self.delays.len() / 2);
        Some(i64::midpoint(self.delays[low], self.delays[high]))
    }

    /// The least delay that nine in ten do not exceed.
    pub fn ninth_decile(&self) -> Option<i64> {
        let rank = (self.delays.len() * 9).div_ceil(10);
        self.delays.get(rank.checked_sub(1)?).copied()
    }
}

impl Precision {
    /// The part of the alarms looked at that show an attack; `None` where there was none to look at.
    pub fn part(self) -> Option<f64> {
        ratio(self.true_alarms, self.of)
    }
}

/// A part of a whole; `None` of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts of incidents and alarms")]
pub fn ratio(part: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

impl Pooled {
    /// Each attack with its seed.
    pub fn attacks(&self) -> impl Iterator<Item = (u64, &JudgedAttack)> {
        self.worlds.iter().flat_map(|(seed, verdict)| verdict.attacks.iter().map(|attack| (*seed, attack)))
    }

    /// Each alarm with its seed.
    pub fn alarms(&self) -> impl Iterator<Item = (u64, &JudgedAlarm)> {
        self.worlds.iter().flat_map(|(seed, verdict)| verdict.alarms.iter().map(|alarm| (*seed, alarm)))
    }

    /// The alarms of one standing.
    pub fn standing(&self, standing: &Standing) -> Vec<(u64, &JudgedAlarm)> {
        self.alarms().filter(|(_, judged)| judged.standing == *standing).collect()
    }

    /// The attacks that `which` picks, together.
    pub fn recall(&self, which: impl Fn(&JudgedAttack) -> bool) -> Recall {
        let mut recall = Recall::default();
        for (_, attack) in self.attacks().filter(|(_, attack)| which(attack)) {
            recall.of += 1;
            recall.noticed += usize::from(attack.noticed);
            if let Some(named) = attack.named() {
                recall.named.0 += usize::from(named);
                recall.named.1 += 1;
            }
            if attack.is_found() {
                recall.found += 1;
                recall.delays.extend(attack.delay_micros());
            }
        }
        recall.delays.sort_unstable();
        recall
    }

    /// The attacks by kind.
    pub fn recalls(&self) -> BTreeMap<String, Recall> {
        let kinds = self.attacks().map(|(_, attack)| attack.label.kind.clone());
        let kinds = kinds.collect::<std::collections::BTreeSet<_>>();
        kinds
            .into_iter()
            .map(|kind| (kind.clone(), self.recall(|attack| attack.label.kind == kind)))
            .collect()
    }

    /// False alarms of some checks a workload-month.
    pub fn false_alarms(&self, checks: Option<&[&str]>) -> usize {
        let counts = |alarm: &Alarm| checks.is_none_or(|checks| checks.contains(&alarm.check.as_str()));
        self.standing(&Standing::FalseAlarm).iter().filter(|(_, judged)| counts(&judged.alarm)).count()
    }

    /// A count as a rate a workload-month.
    #[expect(clippy::cast_precision_loss, reason = "counts of alarms")]
    pub fn rate(&self, count: usize) -> f64 {
        if self.months > 0.0 { count as f64 / self.months } else { 0.0 }
    }

    /// The precision of the gravest alarms of each world, added up.
    pub fn precision_by_world(&self) -> Precision {
        let mut sum = Precision::default();
        for (_, verdict) in &self.worlds {
            let precision = precision(verdict.alarms.iter());
            sum.true_alarms += precision.true_alarms;
            sum.of += precision.of;
        }
        sum
    }

    /// The precision of the gravest alarms of all worlds in one queue.
    pub fn precision_pooled(&self) -> Precision {
        precision(self.alarms().map(|(_, judged)| judged))
    }

    /// The share of the budget that a channel has: what its findings say, else what the design says. Two statistics of
    /// one channel may split its share, so theirs are added up, but not beyond the design's share, unless one alone
    /// claims more.
    pub fn share(&self, checks: &[&str], design: f64) -> f64 {
        let mut claimed = BTreeMap::new();
        for (_, judged) in self.alarms().filter(|(_, judged)| checks.contains(&judged.alarm.check.as_str())) {
            if let Some((statistic, share)) = &judged.alarm.share {
                claimed.insert((judged.alarm.check.as_str(), statistic.as_str()), *share);
            }
        }
        let most = claimed.values().copied().fold(0.0, f64::max);
        let sum = claimed.values().sum::<f64>();
        if most > 0.0 { most.max(sum.min(design)) } else { design }
    }
}

fn precision<'a>(judged: impl Iterator<Item = &'a JudgedAlarm>) -> Precision {
    let mut judged = judged.filter(|judged| judged.standing != Standing::Record).collect::<Vec<_>>();
    judged.sort_by(|a, b| by_gravity(&a.alarm, &b.alarm));
    judged.truncate(LOOKED_AT);
    let is_true = |judged: &&&JudgedAlarm| matches!(judged.standing, Standing::Attack(_));
    Precision { true_alarms: judged.iter().filter(is_true).count(), of: judged.len() }
}
