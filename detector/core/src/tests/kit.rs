//! One `check` for all: events as short text, an inventory, and the findings they must give.

use std::collections::BTreeMap;

use ambit_schemas::finding::Activity;
use ambit_schemas::inventory::{Boundary, Glob, IdentityPattern, Workload};
use ambit_schemas::ruleset::{CheckRule, Parameter};
use ambit_schemas::time::HOUR_MICROS;
use ambit_schemas::vocabulary::{
    ActionClass, Check, Confidence, CredentialKind, Outcome, PrincipalKind, Severity, Source,
};
use ambit_schemas::{EventBatch, EventBatchBuilder, EventRow, EventTime, Finding, Inventory, RuleSet};

use crate::{Detector, Snapshot};

/// The first moment of the tests: 2026-03-02T00:00:00Z, a Monday.
pub(super) const START: i64 = 1_772_409_600_000_000;

/// An event of a test, owned.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) time: EventTime,
    pub(super) workload: Option<String>,
    pub(super) action: String,
    pub(super) class: ActionClass,
    pub(super) outcome: Outcome,
    pub(super) group: String,
    pub(super) target: Option<String>,
    pub(super) sensitivity: u8,
    pub(super) source: Source,
    pub(super) account: Option<String>,
    pub(super) kind: PrincipalKind,
    pub(super) alias: Option<String>,
    pub(super) credential: Option<String>,
    pub(super) credential_kind: Option<CredentialKind>,
    pub(super) credential_issued_at: Option<EventTime>,
    pub(super) issued: Option<(String, CredentialKind)>,
    pub(super) address: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) via: Option<String>,
    /// The workload's name where absent.
    pub(super) principal: Option<String>,
    /// The group where absent.
    pub(super) resource: Option<String>,
    pub(super) resource_kind: Option<String>,
    pub(super) credential_expires_at: Option<EventTime>,
    pub(super) issued_expires_at: Option<EventTime>,
    pub(super) session: Option<String>,
    pub(super) client: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) auth_method: Option<String>,
}

impl Event {
    /// A read of a resource group by a workload, some hours after the start.
    pub(super) fn read(workload: &str, hours: f64, group: &str) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a test's time")]
        let time = EventTime(START + (hours * 3_600e6) as i64);
        Self {
            id: format!("{workload}-{group}-{}", time.micros()),
            time,
            workload: Some(workload.into()),
            action: "aws:s3:GetObject".into(),
            class: ActionClass::Read,
            outcome: Outcome::Success,
            group: group.into(),
            target: None,
            sensitivity: 1,
            source: Source::AwsCloudtrail,
            account: Some("111122223333".into()),
            kind: PrincipalKind::Role,
            alias: None,
            credential: Some(workload.into()),
            credential_kind: Some(CredentialKind::StsSession),
            credential_issued_at: None,
            issued: None,
            address: None,
            environment: None,
            via: None,
            principal: None,
            resource: None,
            resource_kind: None,
            credential_expires_at: None,
            issued_expires_at: None,
            session: None,
            client: None,
            provider: None,
            auth_method: None,
        }
    }

    pub(super) fn doing(mut self, action: &str, class: ActionClass) -> Self {
        self.action = action.into();
        self.class = class;
        self.id = format!("{}-{action}", self.id);
        self
    }

    fn row(&self) -> EventRow<'_> {
        EventRow {
            workload: self.workload.as_deref(),
            principal: self.principal.as_deref().or(self.workload.as_deref()),
            principal_kind: Some(self.kind),
            action: &self.action,
            action_class: self.class,
            outcome: self.outcome,
            resource: Some(self.resource.as_deref().unwrap_or(&self.group)),
            resource_kind: self.resource_kind.as_deref(),
            credential_expires_at: self.credential_expires_at,
            issued_expires_at: self.issued_expires_at,
            resource_group: Some(&self.group),
            target_workload: self.target.as_deref(),
            tool: (self.class == ActionClass::ToolInvoke).then_some(self.group.as_str()),
            tool_server: (self.class == ActionClass::ToolInvoke).then_some("server"),
            sensitivity: self.sensitivity,
            account: self.account.as_deref(),
            principal_alias: self.alias.as_deref(),
            credential: self.credential.as_deref(),
            credential_kind: self.credential_kind,
            credential_issued_at: self.credential_issued_at,
            issued_credential: self.issued.as_ref().map(|(id, _)| id.as_str()),
            issued_kind: self.issued.as_ref().map(|(_, kind)| *kind),
            source_address: self.address.as_deref(),
            environment: self.environment.as_deref(),
            via_service: self.via.as_deref(),
            session: self.session.as_deref(),
            client: self.client.as_deref(),
            model_provider: self.provider.as_deref(),
            auth_method: self.auth_method.as_deref(),
            origin: "test.json",
            origin_offset: self.time.micros() - START,
            ..EventRow::new(self.source, &self.id, self.time)
        }
    }
}

pub(super) fn batch<'a>(events: impl IntoIterator<Item = &'a Event>) -> EventBatch {
    let mut builder = EventBatchBuilder::new();
    for event in events {
        builder.push(&event.row());
    }
    builder.finish().unwrap()
}

/// The catalogue's defaults, written out here because the core does not read catalogues.
pub(crate) fn rules() -> RuleSet {
    rules_with(|_| None)
}

/// The defaults but for what `other` says.
pub(super) fn rules_with(other: impl Fn(Parameter) -> Option<f64>) -> RuleSet {
    let rule = CheckRule { enabled: true, severity: Severity::Medium, confidence: Confidence::High };
    let checks = Check::ALL.iter().map(|check| (*check, rule)).collect::<BTreeMap<_, _>>();
    let value = |parameter| match parameter {
        Parameter::LearningDays
        | Parameter::SharedCredentialDays
        | Parameter::FederatedDays
        | Parameter::ProviderEstablishedDays
        | Parameter::QuietDays
        | Parameter::ShiftReferenceDays => 14.0,
        Parameter::LearningActiveDays
        | Parameter::LearningLagDays
        | Parameter::SilenceHistoryDays
        | Parameter::ProviderWindowDays => 7.0,
        Parameter::OutlivedMarginSecs | Parameter::RevocationSkewSecs => 300.0,
        Parameter::DormantUsualShare | Parameter::RatchetRearm => 0.8,
        Parameter::StaleDays
        | Parameter::ReachDays
        | Parameter::SecretHopDays
        | Parameter::DormantDays
        | Parameter::DutiesWindowDays => 30.0,
        Parameter::AtomsPerWorkload => 4_096.0,
        Parameter::PairSecs => 60.0,
        Parameter::EvidencesPerFinding | Parameter::BurstPriorDays | Parameter::ProbingPriorDays => 20.0,
        Parameter::BurstShare | Parameter::BurstWindowShare => 0.175,
        Parameter::DriftShare => 0.45,
        Parameter::ShiftShare => 0.14,
        Parameter::ProbingShare => 0.06,
        Parameter::DriftNullFactor => 1.3,
        Parameter::DriftPriorDays => 40.0,
        Parameter::DriftLeastChance => 0.01,
        Parameter::SuspicionPart => 0.1,
        Parameter::DriftConsolidationDays | Parameter::PeriodicDays => 35.0,
        Parameter::Shards | Parameter::BurstWindowDispersionFloor | Parameter::ProbingDispersionFloor => 1.0,
        Parameter::PeersLeast | Parameter::BurstFloorPoints | Parameter::RoleChainDepth => 8.0,
        Parameter::BurstPriorWindows => 160.0,
        Parameter::ShiftFloorUses
        | Parameter::RatchetRatio2
        | Parameter::SharedCredentialWorkloads
        | Parameter::PromotedDays => 2.0,
        Parameter::ShiftAtoms => 96.0,
        Parameter::ShiftSettleDays | Parameter::RatchetGain1 | Parameter::ProbingFloorAtoms => 3.0,
        Parameter::RatchetRatio1 | Parameter::ProbingMeanFactor | Parameter::BurstMeanFactor => 1.5,
        Parameter::RatchetRatio3 | Parameter::BurstFloorAtoms => 4.0,
        Parameter::RatchetGain2 | Parameter::SilenceGapHours => 6.0,
        Parameter::RatchetGain3 => 12.0,
        Parameter::BurstSkipDays | Parameter::SilenceGapFactor => 10.0,
        Parameter::BurstDispersionFloor | Parameter::DriftMostChance => 0.5,
        Parameter::BurstExplainedWeight => 0.25,
        Parameter::StaticSecretAgeDays => 90.0,
        Parameter::TokenReusePublicV4Bits => 24.0,
        Parameter::TokenReusePublicV6Bits => 48.0,
        Parameter::TokenReusePrivateV4Bits => 16.0,
        _ => 10_000.0,
    };
    RuleSet::new(0.1, checks, |parameter| other(parameter).or_else(|| Some(value(parameter)))).unwrap()
}

pub(super) fn workload(name: &str) -> Workload {
    Workload {
        name: name.into(),
        owner: Some("team".into()),
        environment: Some("prod".into()),
        component: None,
        model: None,
        identities: vec![IdentityPattern::AwsRole(Glob::new(name))],
        boundary: None::<Boundary>,
        retired_at: None,
    }
}

pub(super) fn inventory(workloads: Vec<Workload>) -> Inventory {
    Inventory { given: true, workloads, ..Inventory::default() }
}

/// Every transition of a run in which each batch has `rows` rows and the state is taken down and built up again after
/// each batch where `restart` says so.
pub(super) fn run(events: &[Event], inventory: &Inventory, rows: usize, restart: bool) -> Vec<Finding> {
    let mut detector = Detector::new(rules(), inventory.clone());
    let mut findings = Vec::new();
    for chunk in events.chunks(rows.max(1)) {
        detector.push(&batch(chunk));
        // Events of a chunk may be in any order, so only what is older than all that follow may be looked at.
        if events.is_sorted_by_key(|event| event.time) {
            detector.advance(chunk.last().unwrap().time.plus_micros(-HOUR_MICROS));
        }
        if restart {
            let snapshot: Snapshot = detector.snapshot().unwrap();
            detector = Detector::restore(rules(), inventory.clone(), &snapshot).unwrap();
        }
        findings.extend(std::iter::from_fn(|| detector.poll_finding()));
    }
    detector.close();
    findings.extend(std::iter::from_fn(|| detector.poll_finding()));
    findings
}

/// Runs events and compares what was created, M01 left out, with `expect`: check, workload, a part of the subject.
pub(super) fn check(events: &[Event], inventory: &Inventory, expect: &[(Check, &str, &str)]) -> Vec<Finding> {
    let findings = run(events, inventory, 64, false);
    let created = findings
        .iter()
        .filter(|finding| finding.activity == Activity::Create && finding.check != Check::M01)
        .map(|finding| (finding.check, finding.workload.as_str(), finding.subject.value.as_str()))
        .collect::<Vec<_>>();
    let fits = created.len() == expect.len()
        && created
            .iter()
            .zip(expect)
            .all(|(found, wanted)| found.0 == wanted.0 && found.1 == wanted.1 && found.2.contains(wanted.2));
    assert!(fits, "found {created:#?}\nwanted {expect:#?}");
    findings
}

/// `days` days of a workload reading the same few groups, four times a day.
pub(super) fn routine(workload: &str, days: u32) -> Vec<Event> {
    let read = |turn: u32| {
        Event::read(workload, f64::from(turn) * 6.0 + 1.0, ["docs/*", "index/*"][turn as usize % 2])
    };
    (0..days * 4).map(read).collect()
}

/// The start of a day of the test, in hours.
pub(super) fn day(number: u32) -> f64 {
    f64::from(number) * 24.0
}

/// A use of a credential from an address.
pub(super) fn using(
    workload: &str,
    hours: f64,
    credential: &str,
    kind: CredentialKind,
    address: &str,
) -> Event {
    let event = Event::read(workload, hours, "docs/*");
    Event {
        id: format!("{}-{credential}-{address}", event.id),
        credential: Some(credential.into()),
        credential_kind: Some(kind),
        address: Some(address.into()),
        ..event
    }
}

pub(super) fn sts(workload: &str, hours: f64, credential: &str, address: &str) -> Event {
    using(workload, hours, credential, CredentialKind::StsSession, address)
}

pub(super) fn key(workload: &str, hours: f64, credential: &str, address: &str) -> Event {
    using(workload, hours, credential, CredentialKind::StaticKey, address)
}

pub(super) fn assume(workload: &str, hours: f64, credential: &str, target: &str, issued: &str) -> Event {
    let event = sts(workload, hours, credential, "10.0.0.1").doing("aws:sts:AssumeRole", ActionClass::Assume);
    Event { target: Some(target.into()), issued: Some((issued.into(), CredentialKind::StsSession)), ..event }
}

pub(super) fn read_secret(workload: &str, hours: f64, secret: &str) -> Event {
    let event = using(workload, hours, &format!("token-{workload}"), CredentialKind::VaultToken, "10.0.0.9");
    let event = event.doing("vault:read", ActionClass::SecretRead);
    Event { issued: Some((secret.into(), CredentialKind::StoredSecret)), group: secret.into(), ..event }
}
