//! The truth beside a world: what was put in, when, by whom, and which checks ought to notice.

use std::collections::{BTreeMap, BTreeSet};

use ambit_schemas::EventTime;

use crate::calendar::day_of;
use crate::json::{Json, map, text, texts};

/// Deciding events that a label names.
const NAMED_EVENTS: usize = 20;

/// Something that was put in on purpose.
#[derive(Debug, Clone)]
pub(super) struct Incident {
    kind: &'static str,
    workload: String,
    what: &'static str,
    raises: Vec<&'static str>,
    may_raise: Vec<&'static str>,
    is_benign: bool,
    span: Option<(EventTime, EventTime)>,
    events: Vec<String>,
    days: BTreeSet<String>,
}

impl Incident {
    /// An attack, which checks must notice.
    pub(super) fn attack(
        kind: &'static str,
        workload: &str,
        what: &'static str,
        raises: &[&'static str],
    ) -> Self {
        Self {
            kind,
            workload: workload.into(),
            what,
            raises: raises.to_vec(),
            may_raise: Vec::new(),
            is_benign: false,
            span: None,
            events: Vec::new(),
            days: BTreeSet::new(),
        }
    }

    /// A change of benign life, for which nothing should be raised.
    pub(super) fn benign(kind: &'static str, workload: &str, what: &'static str) -> Self {
        Self { is_benign: true, ..Self::attack(kind, workload, what, &[]) }
    }

    /// Checks that may notice.
    #[must_use]
    pub(super) fn may_raise(mut self, checks: &[&'static str]) -> Self {
        self.may_raise = checks.to_vec();
        self
    }

    fn json(&self, number: usize, (from, to): (EventTime, EventTime)) -> Json {
        let list = |values: &mut dyn Iterator<Item = &String>| Json::List(values.map(text).collect());
        map([
            ("incident", text(format!("{}-{number:03}", self.kind))),
            ("kind", text(self.kind)),
            ("workload", text(&self.workload)),
            ("from", text(from.to_string())),
            ("to", text(to.to_string())),
            ("raises", texts(&self.raises)),
            ("may_raise", texts(&self.may_raise)),
            ("what", text(self.what)),
            ("events", list(&mut self.events.iter())),
            ("benign", Json::Bool(self.is_benign)),
            ("days", list(&mut self.days.iter())),
        ])
    }
}

/// All that was put in so far.
#[derive(Debug, Default)]
pub(super) struct Truth {
    incidents: Vec<Incident>,
}

impl Truth {
    /// Opens an incident, which has no events yet.
    pub(super) fn open(&mut self, incident: Incident) -> usize {
        self.incidents.push(incident);
        self.incidents.len() - 1
    }

    /// Notes an event of an incident.
    pub(super) fn note(&mut self, incident: usize, time: EventTime, event_id: String) {
        let Some(incident) = self.incidents.get_mut(incident) else { return };
        let (from, to) = incident.span.unwrap_or((time, time));
        incident.span = Some((from.min(time), to.max(time)));
        incident.days.insert(day_of(time).iso());
        if incident.events.len() < NAMED_EVENTS {
            incident.events.push(event_id);
        }
    }

    /// Attacks and changes of benign life that have come to pass, by kind.
    pub(super) fn counts(&self) -> BTreeMap<&'static str, i64> {
        let mut counts = BTreeMap::new();
        for incident in self.incidents.iter().filter(|incident| incident.span.is_some()) {
            *counts.entry(incident.kind).or_default() += 1;
        }
        counts
    }

    /// The labels, by their first moment. What never came to pass has none.
    pub(super) fn labels(&self) -> Vec<Json> {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut labels = Vec::new();
        for incident in &self.incidents {
            let Some(span) = incident.span else { continue };
            let number = numbers.entry(incident.kind).or_default();
            *number += 1;
            labels.push((span.0, incident.kind, *number, incident.json(*number, span)));
        }
        labels.sort_by(|a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)));
        labels.into_iter().map(|(.., label)| label).collect()
    }
}
