//! One incident, one finding: the ledger knows every open one, and turns what recurs into updates.

mod incident;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ambit_schemas::finding::{Activity, Evidence, Finding, FindingUid, SubjectKind};
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::Check;
use ambit_schemas::{EventTime, RuleSet};

use crate::codec::codec_struct;
use crate::draft::Fact;

use self::incident::Incident;

/// Of an incident in the tables by uid and by age, about.
const AROUND_BYTES: usize = 128;

/// Open incidents, and the transitions that wait to be delivered.
#[derive(Debug)]
pub(crate) struct Ledger {
    open: BTreeMap<FindingUid, Incident>,
    /// By last evidence, to find the one longest unchanged.
    ages: BTreeSet<(EventTime, FindingUid)>,
    /// Changed since their last transition.
    dirty: BTreeSet<FindingUid>,
    /// Those that were over and may still come again.
    closed: BTreeSet<FindingUid>,
    /// With the event time at which each was decided.
    outbox: VecDeque<(EventTime, Finding)>,
    most_open: usize,
    most_evidence: usize,
    /// Open findings that were forgotten for want of room.
    pub(crate) forgotten: u64,
}
codec_struct!(Ledger { open, ages, dirty, closed, outbox, most_open, most_evidence, forgotten });

impl Ledger {
    pub(crate) fn new(rules: &RuleSet) -> Self {
        Self {
            open: BTreeMap::new(),
            ages: BTreeSet::new(),
            dirty: BTreeSet::new(),
            closed: BTreeSet::new(),
            outbox: VecDeque::new(),
            most_open: rules.count(Parameter::OpenFindings).max(1),
            most_evidence: rules.count(Parameter::EvidencesPerFinding).max(1),
            forgotten: 0,
        }
    }

    /// Raises an incident. The first time it is delivered at once; a recurrence waits for the end of its day.
    pub(crate) fn raise(&mut self, mut finding: Finding) {
        let (uid, now) = (finding.uid, finding.time);
        if let Some(mut grown) = self.take(uid) {
            self.closed.remove(&uid);
            merge(&mut grown, finding, self.most_evidence);
            self.ages.insert((grown.end, uid));
            self.open.insert(uid, Incident::changing(grown));
            self.dirty.insert(uid);
            return;
        }
        bound_evidence(&mut finding, self.most_evidence);
        self.ages.insert((finding.end, uid));
        self.open.insert(uid, Incident::at_rest(&finding));
        self.outbox.push_back((now, finding));
        while self.open.len() > self.most_open {
            let Some((_, oldest)) = self.ages.pop_first() else { break };
            self.flush(oldest, now);
            self.open.remove(&oldest);
            self.closed.remove(&oldest);
            self.forgotten += 1;
        }
    }

    /// Ends an incident at an event time; by an event, where that says so, with what there is to say now.
    pub(crate) fn close(&mut self, uid: FindingUid, time: EventTime, by: Option<(Evidence, &[Fact])>) {
        let Some(mut finding) = self.take(uid) else { return };
        self.dirty.remove(&uid);
        self.closed.remove(&uid);
        finding.activity = Activity::Close;
        finding.time = time;
        finding.end = time;
        if let Some((evidence, facts)) = by {
            finding.evidence.push(evidence);
            finding.facts = facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        }
        bound_evidence(&mut finding, self.most_evidence);
        self.outbox.push_back((time, finding));
    }

    /// Takes an incident out, with its place by age.
    fn take(&mut self, uid: FindingUid) -> Option<Finding> {
        let open = self.open.remove(&uid)?;
        self.ages.remove(&(open.end, uid));
        open.into_finding()
    }

    /// An incident, if it is remembered: open, or over and able to come again.
    pub(crate) fn get(&self, uid: FindingUid) -> Option<Finding> {
        self.open.get(&uid).and_then(Incident::finding)
    }

    /// Whether an incident is open.
    pub(crate) fn is_open(&self, uid: FindingUid) -> bool {
        self.open.contains_key(&uid)
    }

    /// Whether an incident is going on: open, and not over for now.
    pub(crate) fn goes_on(&self, uid: FindingUid) -> bool {
        self.open.contains_key(&uid) && !self.closed.contains(&uid)
    }

    /// Whether an incident is open with exactly these facts.
    pub(crate) fn says(&self, uid: FindingUid, facts: &[Fact]) -> bool {
        let same = |finding: Finding| {
            let held = finding.facts.iter().map(|(name, value)| (name.as_str(), value));
            held.eq(facts.iter().map(|(name, value)| (*name, value)))
        };
        self.get(uid).is_some_and(same)
    }

    /// The last evidence of an open incident.
    pub(crate) fn last(&self, uid: FindingUid) -> Option<EventTime> {
        self.open.get(&uid).map(|open| open.end)
    }

    /// Closes the incidents that have been quiet for so many days at the end of a day. They are kept, so that one that comes
    /// again is an update of the same finding.
    pub(crate) fn close_quiet(&mut self, day: i64, quiet_days: i64) {
        let quiet = self.ages.iter().take_while(|(end, _)| day - end.day() > quiet_days);
        let quiet = quiet.map(|(_, uid)| *uid).filter(|uid| !self.closed.contains(uid)).collect::<Vec<_>>();
        for uid in quiet {
            let Some(mut finding) = self.get(uid).filter(closes_by_silence) else { continue };
            finding.activity = Activity::Close;
            self.open.insert(uid, Incident::at_rest(&finding));
            self.outbox.push_back((EventTime::from_day(day + 1), finding));
            self.closed.insert(uid);
        }
    }

    /// Delivers one update for each incident that has grown, oldest evidence first. `now` is the end of the day, or of the
    /// input.
    pub(crate) fn flush_day(&mut self, now: EventTime) {
        let mut due =
            self.dirty.iter().map(|uid| (self.open.get(uid).map(|f| f.end), *uid)).collect::<Vec<_>>();
        due.sort_unstable();
        for (_, uid) in due {
            self.flush(uid, now);
        }
    }

    fn flush(&mut self, uid: FindingUid, now: EventTime) {
        if self.dirty.remove(&uid)
            && let Some(mut finding) = self.get(uid)
        {
            finding.activity = Activity::Update;
            self.open.insert(uid, Incident::at_rest(&finding));
            self.outbox.push_back((now, finding));
        }
    }

    /// The next transition, with the event time at which it was decided.
    pub(crate) fn poll(&mut self) -> Option<(EventTime, Finding)> {
        self.outbox.pop_front()
    }

    /// Takes over what another ledger knows of the workloads that are ours, as it stands there.
    pub(crate) fn take_over(&mut self, other: Self, is_ours: impl Fn(&str) -> bool) {
        for (uid, open) in other
            .open
            .into_iter()
            .filter(|(_, open)| open.finding().is_some_and(|finding| is_ours(&finding.workload)))
        {
            self.ages.insert((open.end, uid));
            if other.dirty.contains(&uid) {
                self.dirty.insert(uid);
            }
            if other.closed.contains(&uid) {
                self.closed.insert(uid);
            }
            self.open.insert(uid, open);
        }
        self.outbox.extend(other.outbox.into_iter().filter(|(_, finding)| is_ours(&finding.workload)));
    }

    /// Bytes of the incidents that are remembered.
    pub(crate) fn bytes(&self) -> usize {
        self.open.values().map(|open| open.bytes() + AROUND_BYTES).sum()
    }

    /// Open incidents.
    pub(crate) fn len(&self) -> usize {
        self.open.len() - self.closed.len()
    }
}

/// What the detector says of itself, and a log source that is silent, end by what happens and not by silence.
fn closes_by_silence(finding: &Finding) -> bool {
    finding.check != Check::M01 && finding.subject.kind != SubjectKind::LogSource
}

/// Whether the sentence says what came first: then what comes later must not take its place.
const fn tells_how_it_began(check: Check) -> bool {
    matches!(check, Check::H06 | Check::H07)
}

/// The newer transition speaks, unless the older is graver; the older keeps when it began and what proved it.
fn merge(open: &mut Finding, newer: Finding, most_evidence: usize) {
    let older = std::mem::replace(open, newer);
    open.created = older.created;
    open.start = older.start.min(open.start);
    open.end = older.end.max(open.end);
    open.time = older.time.max(open.time);
    open.count += older.count;
    open.confidence = older.confidence.max(open.confidence);
    if tells_how_it_began(open.check) {
        open.facts.clone_from(&older.facts);
    }
    if open.severity < older.severity {
        // What is graver speaks: an approved repetition must not paint over an unapproved one.
        open.severity = older.severity;
        open.facts = older.facts;
        open.change = older.change;
        open.score.clone_from(&older.score);
        open.path.clone_from(&older.path);
    }
    if open.score.is_none() {
        open.score = older.score;
    }
    if open.reach.live.is_none() {
        open.reach = older.reach;
    }
    if open.path.is_empty() {
        open.path = older.path;
    }
    open.added = older.added.into_iter().chain(std::mem::take(&mut open.added)).collect();
    let mut texts = BTreeSet::new();
    open.added.retain(|atom| texts.insert((atom.plane, atom.text.clone())));
    open.revoke = older.revoke.into_iter().chain(std::mem::take(&mut open.revoke)).collect();
    let mut revoked = BTreeSet::new();
    open.revoke.retain(|id| revoked.insert(id.clone()));
    let mut proofs = older.evidence;
    for evidence in std::mem::take(&mut open.evidence) {
        if !proofs.iter().any(|held| held.event_id == evidence.event_id && held.source == evidence.source) {
            proofs.push(evidence);
        }
    }
    open.evidence = proofs;
    open.evidence_omitted = older.evidence_omitted;
    bound_evidence(open, most_evidence);
}

/// Keeps the first evidences and the very last, and counts the rest.
fn bound_evidence(finding: &mut Finding, most: usize) {
    let extra = finding.evidence.len().saturating_sub(most);
    if extra > 0 {
        let start = most - 1;
        finding.evidence.drain(start..start + extra);
        finding.evidence_omitted += extra as u64;
    }
}
