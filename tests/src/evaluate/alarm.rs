//! An alarm: a finding of Ambit by its first line and its last, or a day on which a simple method would have called.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::Path;

use ambit_schemas::EventTime;
use anyhow::Context as _;
use serde_json::Value;

/// OCSF's `severity_id` of what asks for nothing.
const INFORMATIONAL: i64 = 1;

/// What kind of check an alarm comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// A statistic that spends the operator's budget.
    Budgeted,
    /// The ratchet: a statistic by the look of it, without a budget.
    Ratchet,
    /// A rule that asks for something: it says what it saw.
    Rule,
    /// For the record and no alert: what nobody has to act on, such as what the detector says about itself.
    Record,
}

impl Nature {
    /// Of a check of the catalogue, by how grave its finding is.
    pub fn of(check: &str, severity: i64) -> Self {
        match check {
            "D01" | "D02" | "D04" | "C05" => Self::Budgeted,
            "D10" => Self::Ratchet,
            _ if severity <= INFORMATIONAL => Self::Record,
            _ => Self::Rule,
        }
    }

    /// Whether it sees that something is wrong, rather than what.
    pub const fn is_statistical(self) -> bool {
        matches!(self, Self::Budgeted | Self::Ratchet)
    }
}

/// An alarm.
#[derive(Debug, Clone)]
pub struct Alarm {
    /// What tells it from all others of its world.
    pub uid: String,
    /// The check, or the simple method.
    pub check: String,
    /// What kind of check that is.
    pub nature: Nature,
    /// Whom it is about.
    pub workload: String,
    /// The hops of a lateral path.
    pub hops: Vec<String>,
    /// When it came.
    pub time: EventTime,
    /// When it spoke again: a finding that recurs is one finding, and each recurrence is a line of it.
    pub again: Vec<EventTime>,
    /// How grave it is, compared from the left: severity and confidence, or a simple method's score.
    pub gravity: [i64; 2],
    /// In words.
    pub sentence: String,
    /// Which statistic it was, and its share of the budget.
    pub share: Option<(String, f64)>,
}

impl Alarm {
    /// The workloads that it is about. A lateral finding is about each hop of its path.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let hops = if self.check.starts_with('L') { self.hops.as_slice() } else { &[] };
        std::iter::once(&self.workload).chain(hops).map(String::as_str)
    }
}

/// The gravest first; of equals the earliest.
pub fn by_gravity(a: &Alarm, b: &Alarm) -> Ordering {
    b.gravity.cmp(&a.gravity).then(a.time.cmp(&b.time)).then_with(|| a.uid.cmp(&b.uid))
}

/// Reads the findings of a replay, in the order of their first lines. The first line of a uid says when the alarm came,
/// the last what it became.
///
/// # Errors
/// When the file cannot be read, or a line lacks what every finding has: says which.
pub fn read(path: &Path) -> anyhow::Result<Vec<Alarm>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    of_lines(&text).with_context(|| format!("{} is no file of findings", path.display()))
}

/// Reads the lines of findings.
///
/// # Errors
/// When a line lacks what every finding has: says which.
pub fn of_lines(text: &str) -> anyhow::Result<Vec<Alarm>> {
    let mut alarms = Vec::<Alarm>::new();
    let mut places = BTreeMap::<String, usize>::new();
    for (number, line) in text.lines().enumerate() {
        let finding = serde_json::from_str::<Value>(line).with_context(|| format!("line {}", number + 1))?;
        let alarm = of_finding(&finding).with_context(|| format!("line {}", number + 1))?;
        if let Some(&place) = places.get(&alarm.uid) {
            let known = &mut alarms[place];
            let (first, mut again) = (known.time, std::mem::take(&mut known.again));
            again.push(alarm.time);
            *known = Alarm { time: first, again, ..alarm };
        } else {
            places.insert(alarm.uid.clone(), alarms.len());
            alarms.push(alarm);
        }
    }
    Ok(alarms)
}

fn of_finding(finding: &Value) -> anyhow::Result<Alarm> {
    let text = |pointer: &'static str| {
        finding
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .with_context(|| format!("no {pointer}"))
    };
    let number = |pointer: &'static str| finding.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
    let check = text("/finding_info/analytic/uid")?;
    let time = finding.get("time").and_then(Value::as_i64).context("no time")?;
    let hops =
        finding.pointer("/unmapped/path").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let share = finding.pointer("/unmapped/score/budget_share").and_then(Value::as_f64);
    Ok(Alarm {
        uid: text("/finding_info/uid")?,
        nature: Nature::of(&check, number("/severity_id")),
        check,
        workload: text("/resources/0/name")?,
        hops: hops.iter().filter_map(|hop| hop["workload"].as_str()).map(str::to_owned).collect(),
        time: EventTime::from_millis(time),
        again: Vec::new(),
        gravity: [number("/severity_id"), number("/confidence_id")],
        sentence: text("/finding_info/desc")?,
        share: text("/unmapped/score/statistic").ok().zip(share),
    })
}
