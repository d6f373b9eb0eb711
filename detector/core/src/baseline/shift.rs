//! D04: an established sensitive atom that is used far more than ever (detector.md, section 4.4).
//!
//! Each atom is judged alone against its own past, because a sum over atoms drowns the one that shifts. The set of judged
//! atoms never shrinks, because a mean over a shrinking set rises by itself.

use std::collections::VecDeque;

use ambit_schemas::RuleSet;
use ambit_schemas::ruleset::Parameter;

use super::incident::Incident;
use super::recursion::{Recursions, alpha};
use crate::codec::codec_struct;
use crate::workload::{Sighting, Sightings, day_number};

/// Bets, as parts of the largest that cannot lose everything in a day.
const STAKES: [f64; 3] = [0.25, 0.5, 0.9];
/// Stands in the lag for a day that the reference has learnt from already.
const LEARNT: u16 = u16::MAX;
/// The part of all references of n days whose bound covers the true chance.
const CONFIDENCE: f64 = 0.05;

/// The evidence on one atom.
#[derive(Debug, Clone)]
pub(crate) struct ShiftAtom {
    /// Its place among the workload's sightings.
    pub(crate) slot: u32,
    /// The most uses on a day of the reference.
    pub(crate) most: u16,
    /// Days of the reference.
    days: u16,
    recursions: Recursions<3>,
    /// Sealed days of the present excursion on which the atom was over its reference.
    pub(crate) exceeded: u16,
    /// Sealed days of the present excursion.
    excursion_days: u16,
}
codec_struct!(ShiftAtom { slot, most, days, recursions, exceeded, excursion_days });

/// One workload's sensitive atoms.
#[derive(Debug, Default)]
pub(crate) struct ShiftHistory {
    pub(crate) atoms: Vec<ShiftAtom>,
    /// Sealed days that wait to become part of the references, oldest first: the uses of each atom.
    lagging: VecDeque<Vec<u16>>,
    /// The last day on which what exceeds a reference raises it instead of being held against it.
    settles_until: i64,
    /// Whether the open day has alarmed.
    pub(crate) alarmed: bool,
    /// The last incident.
    pub(crate) incident: Incident,
    /// Sensitive atoms that found no room.
    pub(crate) unwatched: u64,
}
codec_struct!(ShiftHistory { atoms, lagging, settles_until, alarmed, incident, unwatched });

/// The alarm of an atom, or how far it is from one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shifted {
    /// Which of [`ShiftHistory::atoms`] weighs most.
    pub(crate) index: usize,
    /// The mean over atoms and bets.
    pub(crate) statistic: f64,
    /// The chance of an alarm a day.
    pub(crate) alpha: f64,
    /// The bound on the chance that the atom exceeds its reference on a day.
    pub(crate) chance: f64,
    /// Days of the reference.
    pub(crate) days: u16,
    /// The part of the days of this excursion, today included, on which it did.
    pub(crate) frequency: f64,
}

impl ShiftAtom {
    fn new(slot: u32) -> Self {
        Self { slot, most: 0, days: 0, recursions: Recursions::default(), exceeded: 0, excursion_days: 0 }
    }

    fn is_judged(&self, rules: &RuleSet) -> bool {
        usize::from(self.days) >= rules.count(Parameter::ShiftReferenceDays)
    }

    /// Whether a day's uses are over the reference.
    pub(crate) fn exceeds(&self, uses: u16, rules: &RuleSet) -> bool {
        let floor = u16::try_from(rules.count(Parameter::ShiftFloorUses)).unwrap_or(u16::MAX);
        self.is_judged(rules) && uses > self.most.max(floor)
    }

    /// The upper bound on the chance that a day exceeds the most of `days` days.
    fn chance(&self) -> f64 {
        1.0 - CONFIDENCE.powf(1.0 / f64::from(self.days.max(1)))
    }

    /// The recursions after a day with or without an excess.
    fn after(&self, exceeds: bool) -> Recursions<3> {
        let chance = self.chance();
        let x = if exceeds { 1.0 } else { 0.0 };
        self.recursions.after(&STAKES.map(|stake| 1.0 + stake / chance * (x - chance)))
    }

    /// A sealed day becomes part of the reference, whatever it was: leaving out the days that exceed it would make the
    /// bound on their chance a lie.
    fn learn(&mut self, uses: u16) {
        self.most = self.most.max(uses);
        self.days = self.days.saturating_add(1);
    }

    /// A sealed day with or without an excess.
    fn judge(&mut self, exceeds: bool) {
        self.recursions = self.after(exceeds);
        if exceeds || self.exceeded > 0 {
            self.exceeded = self.exceeded.saturating_add(u16::from(exceeds));
            self.excursion_days = self.excursion_days.saturating_add(1);
        }
        if self.recursions.mean() < 1.0 {
            self.exceeded = 0;
            self.excursion_days = 0;
        }
    }

    fn forget_excursion(&mut self) {
        self.recursions = Recursions::default();
        self.exceeded = 0;
        self.excursion_days = 0;
    }
}

/// The uses of an atom on a day.
fn uses(sighting: &Sighting, day: i64) -> u16 {
    if sighting.last_day == day_number(day) { sighting.uses_today.min(LEARNT - 1) } else { 0 }
}

impl ShiftHistory {
    /// Begins to watch an atom, if there is room; gives its place among the watched.
    pub(crate) fn watch(&mut self, slot: u32, rules: &RuleSet) -> Option<usize> {
        if self.atoms.len() >= rules.count(Parameter::ShiftAtoms) {
            self.unwatched += 1;
            return None;
        }
        if self.atoms.len() == self.atoms.capacity() {
            self.atoms.reserve_exact(8);
        }
        self.atoms.push(ShiftAtom::new(slot));
        Some(self.atoms.len() - 1)
    }

    /// The statistic if the open day ended now.
    #[expect(clippy::cast_precision_loss, reason = "a handful of atoms")]
    pub(crate) fn judge(&self, sightings: &Sightings, day: i64, rules: &RuleSet) -> Option<Shifted> {
        let (mut sum, mut judged, mut worst) = (0.0, 0_usize, None);
        for (index, atom) in self.atoms.iter().enumerate().filter(|(_, atom)| atom.is_judged(rules)) {
            let exceeds = sightings.at(atom.slot).is_some_and(|held| atom.exceeds(uses(held, day), rules));
            let mean = atom.after(exceeds).mean();
            sum += mean;
            judged += 1;
            if exceeds && worst.is_none_or(|(_, most)| mean > most) {
                worst = Some((index, mean));
            }
        }
        let (index, _) = worst?;
        let atom = self.atoms.get(index)?;
        Some(Shifted {
            index,
            statistic: sum / judged as f64,
            alpha: alpha(rules.value(Parameter::ShiftShare), rules.budget),
            chance: atom.chance(),
            days: atom.days,
            frequency: f64::from(atom.exceeded + 1) / f64::from(atom.excursion_days + 1),
        })
    }

    /// Whether an atom is so suspicious that nothing may be learnt.
    #[expect(clippy::cast_precision_loss, reason = "a handful of atoms")]
    pub(crate) fn is_elevated(&self, rules: &RuleSet) -> bool {
        let alpha = alpha(rules.value(Parameter::ShiftShare), rules.budget);
        let sum = self.atoms.iter().map(|atom| atom.recursions.mean()).sum::<f64>();
        sum / (self.atoms.len().max(1) as f64) > rules.value(Parameter::SuspicionPart) / alpha
    }

    /// Lets what comes with a recorded deployment settle: for some days it raises the references.
    pub(crate) fn settle(&mut self, day: i64, rules: &RuleSet) {
        let days = i64::try_from(rules.count(Parameter::ShiftSettleDays)).unwrap_or(0);
        self.settles_until = self.settles_until.max(day.saturating_add(days));
    }

    /// Closes a day: the evidence moves on, and the day that leaves the lag becomes part of the references. After an alarm
    /// what exceeds them raises them for some days: one change, one alarm.
    pub(crate) fn close_day(&mut self, sightings: &Sightings, day: i64, frozen: bool, rules: &RuleSet) {
        if self.atoms.is_empty() {
            return;
        }
        if std::mem::take(&mut self.alarmed) {
            self.settle(day, rules);
        }
        let settles = day <= self.settles_until;
        let mut today = Vec::with_capacity(self.atoms.len());
        for atom in &mut self.atoms {
            let uses = sightings.at(atom.slot).map_or(0, |held| uses(held, day));
            // Until an atom is judged nothing is held against it, and there is nothing to wait for.
            let waits = atom.is_judged(rules);
            if !waits {
                atom.learn(uses);
            }
            today.push(if waits { uses } else { LEARNT });
            let exceeds = atom.exceeds(uses, rules);
            if settles {
                atom.most = if exceeds { uses } else { atom.most };
                atom.forget_excursion();
            } else if atom.is_judged(rules) {
                atom.judge(exceeds);
            }
        }
        self.lagging.push_back(today);
        let still = frozen || self.is_elevated(rules);
        while self.lagging.len() > rules.count(Parameter::LearningLagDays) {
            let Some(day) = self.lagging.pop_front().filter(|_| !still) else { continue };
            for (atom, uses) in self.atoms.iter_mut().zip(day).filter(|(_, uses)| *uses != LEARNT) {
                atom.learn(uses);
            }
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        let lagging =
            self.lagging.iter().map(|day| day.capacity() * 2 + size_of::<Vec<u16>>()).sum::<usize>();
        self.atoms.capacity() * size_of::<ShiftAtom>() + lagging
    }
}
