//! A finding as the core raises it: facts, not prose. Title, sentence, mappings and remediation are added from the
//! catalogue when it is written out as an OCSF Detection Finding.

mod wire;

pub use wire::{FINDING_COLUMNS, finding_schema};

use std::fmt;

use crate::hash::stable_hash128;
use crate::position::Position;
use crate::time::EventTime;
use crate::vocabulary::{Check, Confidence, DecisionKind, Maturity, Plane, Severity};

/// The stable id of a finding: the same incident has it after every retry, restart, reshard and replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingUid(pub u128);

impl FindingUid {
    /// From what a finding is about, and from nothing else.
    pub fn new(tenant: &str, check: Check, workload: &str, subject: &Subject) -> Self {
        let parts = [tenant, check.as_str(), workload, subject.kind.as_str(), &subject.value];
        Self(stable_hash128(parts.map(str::as_bytes)))
    }
}

impl fmt::Display for FindingUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// What sort of thing a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SubjectKind {
    /// A credential's public id.
    Credential,
    /// An atom of reach.
    Atom,
    /// An edge from one workload or role to another.
    Edge,
    /// The thing that a change was made to.
    Target,
    /// The UTC day of a statistical alarm.
    Day,
    /// A log source of an account.
    LogSource,
    /// An identity as logged.
    Identity,
    /// A step of the ratchet.
    Step,
}

impl SubjectKind {
    /// The name that goes into the uid.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::Atom => "atom",
            Self::Edge => "edge",
            Self::Target => "target",
            Self::Day => "day",
            Self::LogSource => "log_source",
            Self::Identity => "identity",
            Self::Step => "step",
        }
    }
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// Its sort.
    pub kind: SubjectKind,
    /// Its name.
    pub value: String,
}

/// A step in the life of a finding; OCSF `activity_id` is the index plus one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// Raised for the first time.
    Create,
    /// The same incident again, or more of it.
    Update,
    /// Over.
    Close,
}

/// An atom that was added to, or removed from, a workload's reach.
#[derive(Debug, Clone, PartialEq)]
pub struct AtomChange {
    /// Its plane.
    pub plane: Plane,
    /// The atom in words: `s3 · read · acme-docs/* · prod · sts_session`.
    pub text: String,
    /// 0 to 3.
    pub sensitivity: u8,
    /// When the workload was first seen to reach it.
    pub first_seen: EventTime,
    /// The change record that explains it, or the decision that accepted it.
    pub explained_by: Option<String>,
    /// The event that brought it; empty where that is no longer known.
    pub event_id: String,
    /// −ln of how likely it was to be the next new thing, given the workload and its peers; for people only.
    pub surprise_nats: Option<f64>,
}

/// The reach score R, three times; `None` where it is not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Reach {
    /// Before the change that the finding is about.
    pub before: Option<f64>,
    /// Now.
    pub live: Option<f64>,
    /// When the baseline matured.
    pub origin: Option<f64>,
}

/// A hop of a path; the first is the causal root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// Whose hop: a workload's name, else the principal.
    pub workload: String,
    /// The credential used.
    pub credential: Option<String>,
    /// How it came there: the action, the secret or the role.
    pub via: String,
    /// When.
    pub time: EventTime,
    /// The event that shows it.
    pub event_id: String,
}

/// A record that proves part of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The event's id.
    pub event_id: String,
    /// When.
    pub time: EventTime,
    /// The log.
    pub source: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub resource: Option<String>,
    /// With which credential.
    pub credential: Option<String>,
    /// From where.
    pub source_address: Option<String>,
    /// Where the raw record stands.
    pub position: Position,
}

/// The arithmetic behind a statistical finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The statistic's name: `new_atoms_per_day`.
    pub statistic: String,
    /// Its value.
    pub value: f64,
    /// The value or probability at which it alarms.
    pub threshold: f64,
    /// What it was compared with, in words and numbers.
    pub null: String,
    /// The part of the operator's budget it draws on, 0 to 1.
    pub budget_share: f64,
    /// Days below which no detector could have told, where that can be said.
    pub delay_floor_days: Option<f64>,
}

/// A baseline observation against a live one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What is compared: `new atoms per day`.
    pub parameter: String,
    /// What was normal.
    pub baseline: String,
    /// What is seen.
    pub live: String,
}

/// How far the workload's baseline had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BaselineState {
    /// Its maturity.
    pub maturity: Maturity,
    /// When it matured.
    pub mature_since: Option<EventTime>,
    /// Its version: UTC days that have taught it.
    pub version: u32,
}

/// The change record that a finding quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeQuote {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// Its first moment.
    pub from: EventTime,
    /// Its last moment.
    pub to: EventTime,
}

/// The person's decision that a finding quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionQuote {
    /// Dismissed or escalated.
    pub kind: DecisionKind,
    /// Who decided.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When, by the clock.
    pub at: EventTime,
}

/// One transition of one finding. The last transition of a uid is the finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The incident.
    pub uid: FindingUid,
    /// The catalogue id.
    pub check: Check,
    /// Which step this is.
    pub activity: Activity,
    /// What it is about.
    pub subject: Subject,
    /// Event time of the last deciding evidence.
    pub time: EventTime,
    /// Event time of the deciding evidence of the creation.
    pub created: EventTime,
    /// The first evidence.
    pub start: EventTime,
    /// The last evidence.
    pub end: EventTime,
    /// How often it has happened.
    pub count: u64,
    /// How grave.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// The workload's name.
    pub workload: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Its home environment, else where it happened.
    pub environment: Option<String>,
    /// The slots of the catalogue's sentence, by name.
    pub facts: Vec<(String, String)>,
    /// Atoms gained.
    pub added: Vec<AtomChange>,
    /// Atoms lost.
    pub removed: Vec<AtomChange>,
    /// The reach score.
    pub reach: Reach,
    /// The lateral path, root first.
    pub path: Vec<Hop>,
    /// The change record that explains it.
    pub change: Option<ChangeQuote>,
    /// What a person decided of it.
    pub decision: Option<DecisionQuote>,
    /// The arithmetic, for statistical findings.
    pub score: Option<Score>,
    /// Baseline against live.
    pub comparisons: Vec<Comparison>,
    /// The workload's baseline.
    pub baseline: Option<BaselineState>,
    /// What to revoke: public ids.
    pub revoke: Vec<String>,
    /// Records that prove it, oldest first, bounded.
    pub evidence: Vec<Evidence>,
    /// Evidences beyond the bound.
    pub evidence_omitted: u64,
    /// The root credential or session that ties findings of one incident together.
    pub correlation: Option<String>,
}
