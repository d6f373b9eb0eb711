//! The truth beside the logs: what was put in, when, by whom, and which checks ought to notice.

use ambit_schemas::EventTime;
use ambit_schemas::vocabulary::Check;

use crate::json::{Json, map, text};

/// Something that was put in on purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The incident it belongs to; several labels may tell one story.
    pub incident: &'static str,
    /// What happened, in one sentence.
    pub what: &'static str,
    /// The workload that a finding should name; the ARN of one that nobody registered.
    pub workload: String,
    /// Its first moment.
    pub from: EventTime,
    /// Its last moment.
    pub to: EventTime,
    /// Checks that must raise a finding on it. None at all: it is benign, and nothing grave may be raised.
    pub raises: Vec<Check>,
    /// Checks that may.
    pub may_raise: Vec<Check>,
    /// Ids of deciding events: CloudTrail's, `<trace id>/<span id>` of a span, the plan's name of a Vault request.
    pub events: Vec<String>,
}

impl Label {
    /// A label without checks and events yet.
    pub fn new(
        incident: &'static str,
        workload: impl Into<String>,
        what: &'static str,
        at: EventTime,
    ) -> Self {
        Self {
            incident,
            what,
            workload: workload.into(),
            from: at,
            to: at,
            raises: Vec::new(),
            may_raise: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Until then.
    #[must_use]
    pub fn until(mut self, time: EventTime) -> Self {
        self.to = time;
        self
    }

    /// These must be raised.
    #[must_use]
    pub fn raises(mut self, checks: &[Check]) -> Self {
        self.raises = checks.to_vec();
        self
    }

    /// These may be raised.
    #[must_use]
    pub fn may_raise(mut self, checks: &[Check]) -> Self {
        self.may_raise = checks.to_vec();
        self
    }

    /// By these events.
    #[must_use]
    pub fn by(mut self, events: Vec<String>) -> Self {
        self.events = events;
        self
    }

    /// As it is written.
    pub fn json(&self) -> Json {
        let checks = |checks: &[Check]| Json::List(checks.iter().map(|check| text(check.as_str())).collect());
        map([
            ("incident", text(self.incident)),
            ("workload", text(&self.workload)),
            ("from", text(self.from.to_string())),
            ("to", text(self.to.to_string())),
            ("raises", checks(&self.raises)),
            ("may_raise", checks(&self.may_raise)),
            ("what", text(self.what)),
            ("events", Json::List(self.events.iter().map(text).collect())),
        ])
    }
}
