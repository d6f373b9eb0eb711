//! Alarms against labels: which attack each alarm shows, and which alarm each attack raised.

use ambit_schemas::EventTime;

use super::alarm::{Alarm, Nature, by_gravity};
use super::label::Label;

/// What an alarm is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It shows this attack.
    Attack(String),
    /// A statistic that shows no attack.
    FalseAlarm,
    /// The ratchet, showing no attack.
    FreeRatchet,
    /// A rule that this benign label allows.
    Allowed(String),
    /// A rule that shows nothing that anybody put in.
    Unexpected,
    /// For the record.
    Record,
}

/// An alarm, and what it is worth.
#[derive(Debug, Clone)]
pub struct JudgedAlarm {
    /// The alarm.
    pub alarm: Alarm,
    /// What it is worth.
    pub standing: Standing,
    /// The benign life of this workload at that time, if any: where a false alarm may come from.
    pub near: Vec<String>,
}

/// An attack, and what it raised.
#[derive(Debug, Clone)]
pub struct JudgedAttack {
    /// The attack.
    pub label: Label,
    /// When it was first found.
    pub found: Option<EventTime>,
    /// The checks that had to raise it and did not.
    pub missing: Vec<String>,
    /// Whether anything at all was raised on its workload in its time.
    pub noticed: bool,
}

impl JudgedAttack {
    /// Whether each check that had to raise it did; `None` where none had to.
    pub fn named(&self) -> Option<bool> {
        (!self.label.raises.is_empty()).then_some(self.missing.is_empty())
    }

    /// Whether it counts as found: by any statistic or named check where a statistic has to find it, by each named
    /// check where rules have to.
    pub fn is_found(&self) -> bool {
        match self.named() {
            Some(named) if !self.label.is_statistical() => named,
            _ => self.found.is_some(),
        }
    }

    /// Microseconds from its first event to the alarm.
    pub fn delay_micros(&self) -> Option<i64> {
        self.found.map(|found| found.micros_since(self.label.from).max(0))
    }
}

/// What a method made of one world.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Each attack that has to be found.
    pub attacks: Vec<JudgedAttack>,
    /// Each alarm, the gravest first.
    pub alarms: Vec<JudgedAlarm>,
}

/// Judges the alarms of one world. A simple method knows no checks: `by_name` says whether an attack has to be found by
/// its named checks, or by any alarm.
pub fn judge(alarms: &[Alarm], labels: &[Label], by_name: bool) -> Verdict {
    let attacks =
        labels.iter().filter(|label| label.is_demanded()).map(|label| attack(label, alarms, by_name));
    let mut order = alarms.iter().collect::<Vec<_>>();
    order.sort_by(|a, b| by_gravity(a, b));
    let judged = order.into_iter().map(|alarm| JudgedAlarm {
        alarm: alarm.clone(),
        standing: standing(alarm, labels),
        near: labels
            .iter()
            .filter(|label| label.benign && label.is_touched_by(alarm))
            .map(|label| label.incident.clone())
            .collect(),
    });
    Verdict { attacks: attacks.collect(), alarms: judged.collect() }
}

fn attack(label: &Label, alarms: &[Alarm], by_name: bool) -> JudgedAttack {
    let found = label.found(alarms);
    let label = if by_name { label.clone() } else { Label { raises: Vec::new(), ..label.clone() } };
    let missing = label.missing(alarms).into_iter().map(str::to_owned).collect();
    JudgedAttack { found, missing, noticed: label.is_noticed(alarms), label }
}

/// What an alarm is worth among labels; an attack before anything else.
pub fn standing(alarm: &Alarm, labels: &[Label]) -> Standing {
    if alarm.nature == Nature::Record {
        return Standing::Record;
    }
    let attack = labels.iter().find(|label| !label.benign && label.is_shown_by(alarm));
    if let Some(label) = attack {
        return Standing::Attack(label.incident.clone());
    }
    let allowed =
        labels.iter().find(|label| label.benign && label.is_touched_by(alarm) && label.expects(alarm));
    match (alarm.nature, allowed) {
        (Nature::Budgeted, _) => Standing::FalseAlarm,
        (Nature::Ratchet, _) => Standing::FreeRatchet,
        (_, Some(label)) => Standing::Allowed(label.incident.clone()),
        (_, None) => Standing::Unexpected,
    }
}
