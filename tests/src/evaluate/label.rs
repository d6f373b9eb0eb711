//! What was put into a world: attacks, and benign life that looks like them.

use std::path::Path;

use ambit_schemas::EventTime;
use ambit_schemas::time::DAY_MICROS;
use anyhow::Context as _;
use serde::{Deserialize, Deserializer};

use super::alarm::{Alarm, Nature};

/// An alarm may come this long after the last event of its incident: a statistic closes its day, an analyst his week.
pub const GRACE_MICROS: i64 = 3 * DAY_MICROS;
/// Labels are cut to seconds and findings to milliseconds.
const CUT_MICROS: i64 = 1_000_000;
/// The kinds of attack that a statistic has to find; each other kind has its own deterministic checks.
pub const STATISTICAL_KINDS: [&str; 5] = ["burst", "drip", "shift", "poisoner", "probing"];

/// One incident of a world.
#[derive(Debug, Clone, Deserialize)]
pub struct Label {
    /// Its name in its world.
    pub incident: String,
    /// What kind of attack or of benign life it is; the samples do not say.
    #[serde(default)]
    pub kind: String,
    /// The workload that does it.
    pub workload: String,
    /// Its first event.
    #[serde(deserialize_with = "moment")]
    pub from: EventTime,
    /// Its last event.
    #[serde(deserialize_with = "moment")]
    pub to: EventTime,
    /// The checks that have to raise it.
    pub raises: Vec<String>,
    /// The checks that may.
    #[serde(default)]
    pub may_raise: Vec<String>,
    /// In words.
    pub what: String,
    /// Whether nobody needs to know of it.
    #[serde(default)]
    pub benign: bool,
}

fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<EventTime, D::Error> {
    let text = String::deserialize(from)?;
    EventTime::parse_rfc3339(&text)
        .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no RFC 3339 time")))
}

/// Reads labels, one JSON object a line.
///
/// # Errors
/// When the file cannot be read, or a line of it: says which.
pub fn read(path: &Path) -> anyhow::Result<Vec<Label>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            serde_json::from_str(line).with_context(|| format!("{}:{}", path.display(), number + 1))
        })
        .collect()
}

impl Label {
    /// Whether a statistic has to find it.
    pub fn is_statistical(&self) -> bool {
        STATISTICAL_KINDS.contains(&self.kind.as_str())
    }

    /// Whether anything has to find it. The other end of a hop has a label too, so that what is raised there is no
    /// surprise, but nothing has to be.
    pub fn is_demanded(&self) -> bool {
        !self.benign && (self.is_statistical() || !self.raises.is_empty())
    }

    /// When an alarm first speaks of its workload in its time.
    pub fn first_touch(&self, alarm: &Alarm) -> Option<EventTime> {
        let times = std::iter::once(&alarm.time).chain(&alarm.again).copied();
        times.filter(|time| self.covers(alarm, *time)).min()
    }

    fn covers(&self, alarm: &Alarm, time: EventTime) -> bool {
        time >= self.from.plus_micros(-CUT_MICROS)
            && time <= self.to.plus_micros(GRACE_MICROS)
            && alarm.names().any(|name| name == self.workload)
    }

    /// Whether an alarm came for its workload in its time. One that is older may speak of it too, but came for
    /// something else.
    pub fn is_touched_by(&self, alarm: &Alarm) -> bool {
        self.covers(alarm, alarm.time)
    }

    /// Whether the label names the alarm's check.
    pub fn expects(&self, alarm: &Alarm) -> bool {
        self.raises.iter().chain(&self.may_raise).any(|check| *check == alarm.check)
    }

    /// Whether an alarm is a true one of this attack. A statistic sees that something is wrong with a workload and not
    /// what, so any of them will do; a rule has to be one that the label names.
    pub fn is_shown_by(&self, alarm: &Alarm) -> bool {
        self.is_touched_by(alarm) && (alarm.nature.is_statistical() || self.expects(alarm))
    }

    /// When it was first found: by a statistic, or by a check that has to raise it. What a label only allows is no false
    /// alarm, but it is no proof either that the attack was understood.
    pub fn found(&self, alarms: &[Alarm]) -> Option<EventTime> {
        let proofs =
            alarms.iter().filter(|alarm| alarm.nature.is_statistical() || self.raises.contains(&alarm.check));
        proofs.filter_map(|alarm| self.first_touch(alarm)).min()
    }

    /// The checks that have to raise it and did not.
    pub fn missing<'a>(&'a self, alarms: &[Alarm]) -> Vec<&'a str> {
        let raised = |check: &str| {
            alarms.iter().any(|alarm| alarm.check == check && self.first_touch(alarm).is_some())
        };
        self.raises.iter().map(String::as_str).filter(|check| !raised(check)).collect()
    }

    /// Whether any alarm that asks for something speaks of this workload in this time.
    pub fn is_noticed(&self, alarms: &[Alarm]) -> bool {
        alarms.iter().any(|alarm| alarm.nature != Nature::Record && self.first_touch(alarm).is_some())
    }
}
