//! A finding as an OCSF 1.8 Detection Finding: the only place that knows both.
//!
//! Times are milliseconds of event time. The order of the fields is fixed, so equal findings are equal bytes.

pub(crate) mod json;

use std::collections::BTreeSet;

use ambit_rules::{Catalogue, Entry};
use ambit_schemas::finding::{
    Activity, AtomChange, BaselineState, ChangeQuote, Comparison, DecisionQuote, Evidence, Finding, Hop,
    Score, SubjectKind,
};
use ambit_schemas::vocabulary::{Check, Confidence, DecisionKind, Severity};
use ambit_schemas::{EventTime, Position};
use serde::Serialize;

use self::json::{Json, known, object};

const CLASS_UID: u32 = 2004;

/// Writes findings, with the words that the catalogue has for them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ocsf<'a> {
    catalogue: &'a Catalogue,
    tenant: &'a str,
    provisional: bool,
}

impl<'a> Ocsf<'a> {
    pub(crate) const fn new(catalogue: &'a Catalogue, tenant: &'a str) -> Self {
        Self { catalogue, tenant, provisional: false }
    }

    /// The same for what is told before the watermark has passed its event.
    pub(crate) const fn provisional(self) -> Self {
        Self { provisional: true, ..self }
    }

    /// One transition of a finding as one OCSF event.
    pub(crate) fn event(&self, finding: &'a Finding) -> impl Serialize + use<'a> {
        let facts = ambit_rules::catalogue::facts(finding);
        let entry = self.catalogue.entry(finding.check);
        let sentence = entry.map(|entry| entry.sentence(&facts)).unwrap_or_default();
        let remediation = entry.map(|entry| entry.remediation(&facts)).unwrap_or_default();
        let (activity_id, activity) = activity(finding.activity);
        let (status_id, status) = status(finding);
        let (severity_id, severity) = severity(finding.severity);
        let (confidence_id, confidence) = confidence(finding.confidence);
        let metadata = object([
            ("version", "1.8.0".into()),
            (
                "product",
                object([
                    ("name", "Ambit".into()),
                    ("vendor_name", "Ambit".into()),
                    ("version", env!("CARGO_PKG_VERSION").into()),
                ]),
            ),
            ("tenant_uid", self.tenant.into()),
            (
                "correlation_uid",
                finding.correlation.clone().unwrap_or_else(|| finding.uid.to_string()).into(),
            ),
        ]);
        let is_alert = finding.activity != Activity::Close && finding.severity > Severity::Informational;
        known([
            ("time", ms(finding.time).into()),
            ("class_uid", CLASS_UID.into()),
            ("class_name", "Detection Finding".into()),
            ("category_uid", 2.into()),
            ("category_name", "Findings".into()),
            ("activity_id", activity_id.into()),
            ("activity_name", activity.into()),
            ("type_uid", (CLASS_UID * 100 + activity_id).into()),
            ("type_name", format!("Detection Finding: {activity}").into()),
            ("severity_id", severity_id.into()),
            ("severity", severity.into()),
            ("confidence_id", confidence_id.into()),
            ("confidence", confidence.into()),
            ("status_id", status_id.into()),
            ("status", status.into()),
            ("status_detail", self.status_detail(finding).into()),
            ("is_alert", is_alert.into()),
            ("message", sentence.clone().into()),
            ("count", finding.count.into()),
            ("start_time", ms(finding.start).into()),
            ("end_time", ms(finding.end).into()),
            ("metadata", metadata),
            ("finding_info", self.info(finding, entry, &sentence)),
            ("resources", Json::Array(vec![resource(finding)])),
            ("evidences", finding.evidence.iter().map(evidence).collect()),
            ("anomaly_analyses", analyses(finding).into()),
            (
                "remediation",
                (!remediation.is_empty()).then(|| object([("desc", remediation.join("\n").into())])).into(),
            ),
            ("unmapped", self.unmapped(finding)),
        ])
    }

    fn info(&self, finding: &'a Finding, entry: Option<&'a Entry>, sentence: &str) -> Json<'a> {
        let title = entry.map_or_else(|| finding.check.to_string(), |entry| entry.title.clone());
        let sources = finding.evidence.iter().map(|evidence| &evidence.source).collect::<BTreeSet<_>>();
        let kind = entry.map_or("Unknown", |entry| match entry.analytic {
            ambit_rules::Analytic::Rule => "Rule",
            ambit_rules::Analytic::Statistical => "Statistical",
        });
        let analytic = object([
            ("uid", finding.check.as_str().into()),
            ("name", title.clone().into()),
            ("type_id", entry.map_or(0, |entry| entry.analytic.ocsf_type_id()).into()),
            ("type", kind.into()),
        ]);
        known([
            ("uid", finding.uid.to_string().into()),
            ("title", title.into()),
            ("desc", sentence.to_owned().into()),
            ("created_time", ms(finding.created).into()),
            ("modified_time", (finding.activity != Activity::Create).then(|| ms(finding.time)).into()),
            ("first_seen_time", ms(finding.start).into()),
            ("last_seen_time", ms(finding.end).into()),
            ("analytic", analytic),
            ("attacks", self.attacks(finding)),
            ("attack_graph", attack_graph(finding).into()),
            ("data_sources", sources.into_iter().map(|source| source.as_str().into()).collect()),
        ])
    }

    fn attacks(&self, finding: &Finding) -> Json<'a> {
        let attacks = self.catalogue.mappings().attacks(finding.check);
        let attacks = attacks.into_iter().map(|attack| {
            known([
                ("version", attack.version.into()),
                ("technique", named(attack.technique)),
                ("sub_technique", attack.sub_technique.map(named).into()),
            ])
        });
        attacks.collect()
    }

    /// What OCSF has no place for. Null says that something was looked for and is not there.
    /// Why a finding is over.
    fn status_detail(&self, finding: &Finding) -> Option<String> {
        let is_over = finding.activity == Activity::Close;
        is_over.then(|| match (finding.check, finding.subject.kind) {
            _ if self.provisional => {
                "Told early and taken back: the events in their order did not bear it out.".to_owned()
            }
            (Check::M01, _) | (_, SubjectKind::LogSource) => "What it told of has ended.".to_owned(),
            _ => format!("Nothing more has happened since {}. It says nothing of the cause.", finding.end),
        })
    }

    fn unmapped(&self, finding: &'a Finding) -> Json<'a> {
        let mut compliance: Vec<(&str, Vec<Json<'_>>)> = Vec::new();
        for reference in self.catalogue.mappings().references(finding.check) {
            let name = reference.framework.as_str();
            match compliance.iter_mut().find(|(framework, _)| *framework == name) {
                Some((_, ids)) => ids.push(reference.id.into()),
                None => compliance.push((name, vec![reference.id.into()])),
            }
        }
        let compliance = compliance.into_iter().map(|(framework, ids)| (framework, Json::Array(ids)));
        let mut fields = vec![
            (
                "subject",
                object([
                    ("kind", finding.subject.kind.as_str().into()),
                    ("value", finding.subject.value.as_str().into()),
                ]),
            ),
            ("added", finding.added.iter().map(atom).collect()),
            ("removed", finding.removed.iter().map(atom).collect()),
            (
                "reach",
                object([
                    ("before", finding.reach.before.into()),
                    ("live", finding.reach.live.into()),
                    ("origin", finding.reach.origin.into()),
                ]),
            ),
            ("path", finding.path.iter().map(hop).collect()),
            ("change", finding.change.as_ref().map(change).into()),
            ("decision", finding.decision.as_ref().map(decision).into()),
            ("revoke", finding.revoke.iter().map(|id| id.as_str().into()).collect()),
            ("score", finding.score.as_ref().map(score).into()),
            ("baseline", finding.baseline.map(baseline).into()),
            ("compliance", Json::Object(compliance.collect())),
            ("evidence_omitted", finding.evidence_omitted.into()),
        ];
        fields.extend(self.provisional.then_some(("provisional", true.into())));
        Json::Object(fields)
    }
}

fn named<'t>((uid, name): (&'t str, &'t str)) -> Json<'t> {
    object([("uid", uid.into()), ("name", name.into())])
}

const fn ms(time: EventTime) -> i64 {
    time.millis()
}

pub(crate) const fn activity(activity: Activity) -> (u32, &'static str) {
    match activity {
        Activity::Create => (1, "Create"),
        Activity::Update => (2, "Update"),
        Activity::Close => (3, "Close"),
    }
}

/// A finding that a person escalated is being worked on.
fn status(finding: &Finding) -> (u32, &'static str) {
    let escalated = finding.decision.as_ref().is_some_and(|decision| decision.kind == DecisionKind::Escalate);
    match finding.activity {
        Activity::Create | Activity::Update if escalated => (2, "In Progress"),
        Activity::Create | Activity::Update => (1, "New"),
        Activity::Close => (4, "Resolved"),
    }
}

const fn severity(severity: Severity) -> (u8, &'static str) {
    let caption = match severity {
        Severity::Informational => "Informational",
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    };
    (severity.ocsf_id(), caption)
}

const fn confidence(confidence: Confidence) -> (u8, &'static str) {
    match confidence {
        Confidence::Low => (1, "Low"),
        Confidence::Medium => (2, "Medium"),
        Confidence::High => (3, "High"),
    }
}

fn resource(finding: &Finding) -> Json<'_> {
    known([
        ("name", finding.workload.as_str().into()),
        ("type", "workload".into()),
        ("role_id", 3.into()),
        ("role", "Affected".into()),
        ("owner", finding.owner.as_ref().map(|owner| object([("name", owner.as_str().into())])).into()),
        ("data", object([("environment", finding.environment.as_deref().into())])),
    ])
}

fn evidence(evidence: &Evidence) -> Json<'_> {
    let data = known([
        ("event_id", evidence.event_id.as_str().into()),
        ("time", ms(evidence.time).into()),
        ("source", evidence.source.as_str().into()),
        ("action", evidence.action.as_str().into()),
        ("resource", evidence.resource.as_deref().into()),
        ("credential", evidence.credential.as_deref().into()),
        ("source_address", evidence.source_address.as_deref().into()),
        ("position", position(&evidence.position)),
    ]);
    object([("data", data)])
}

fn position(position: &Position) -> Json<'_> {
    let offset = ("offset", position.offset.into());
    match position.partition {
        Some(partition) => {
            object([("topic", (&*position.origin).into()), ("partition", partition.into()), offset])
        }
        None => object([("file", (&*position.origin).into()), offset]),
    }
}

/// Baseline against live, one analysis of the workload; `None` where nothing is compared.
fn analyses(finding: &Finding) -> Option<Json<'_>> {
    let side = |value: fn(&Comparison) -> &String| {
        let observed = finding.comparisons.iter().map(|comparison| {
            let seen = object([("value", value(comparison).as_str().into())]);
            object([
                ("observation_parameter", comparison.parameter.as_str().into()),
                ("observations", Json::Array(vec![seen])),
            ])
        });
        observed.collect()
    };
    (!finding.comparisons.is_empty()).then(|| {
        let target = object([("name", finding.workload.as_str().into()), ("type", "workload".into())]);
        let analysis = object([
            ("analysis_targets", Json::Array(vec![target])),
            ("anomalies", side(|comparison| &comparison.live)),
            ("baselines", side(|comparison| &comparison.baseline)),
        ]);
        Json::Array(vec![analysis])
    })
}

/// The path as a graph: a node a hop, because one workload may hold several credentials on the way.
fn attack_graph(finding: &Finding) -> Option<Json<'_>> {
    let nodes = finding.path.iter().enumerate().map(|(index, hop)| {
        known([
            ("uid", index.to_string().into()),
            ("name", hop.workload.as_str().into()),
            ("desc", hop.credential.as_deref().into()),
        ])
    });
    let edges = finding.path.iter().enumerate().skip(1).map(|(index, hop)| {
        let seen = object([("time", ms(hop.time).into()), ("event_id", hop.event_id.as_str().into())]);
        object([
            ("source", (index - 1).to_string().into()),
            ("target", index.to_string().into()),
            ("name", hop.via.as_str().into()),
            ("relation", hop.via.as_str().into()),
            ("data", seen),
        ])
    });
    (!finding.path.is_empty()).then(|| {
        object([
            ("uid", finding.uid.to_string().into()),
            ("is_directed", true.into()),
            ("nodes", nodes.collect()),
            ("edges", edges.collect()),
        ])
    })
}

fn atom(atom: &AtomChange) -> Json<'_> {
    object([
        ("plane", atom.plane.as_str().into()),
        ("atom", atom.text.as_str().into()),
        ("sensitivity", atom.sensitivity.into()),
        ("first_seen_time", ms(atom.first_seen).into()),
        ("explained_by", atom.explained_by.as_deref().into()),
        ("event_id", Some(atom.event_id.as_str()).filter(|id| !id.is_empty()).into()),
        ("surprise_nats", atom.surprise_nats.map(|nats| (nats * 100.0).round() / 100.0).into()),
    ])
}

fn hop(hop: &Hop) -> Json<'_> {
    object([
        ("workload", hop.workload.as_str().into()),
        ("credential", hop.credential.as_deref().into()),
        ("via", hop.via.as_str().into()),
        ("time", ms(hop.time).into()),
        ("event_id", hop.event_id.as_str().into()),
    ])
}

fn change(change: &ChangeQuote) -> Json<'_> {
    object([
        ("id", change.id.as_str().into()),
        ("kind", change.kind.as_str().into()),
        ("approved_by", change.approved_by.as_deref().into()),
        ("from", ms(change.from).into()),
        ("to", ms(change.to).into()),
    ])
}

fn decision(decision: &DecisionQuote) -> Json<'_> {
    object([
        ("kind", decision.kind.as_str().into()),
        ("by", decision.by.as_str().into()),
        ("reason", decision.reason.as_str().into()),
        ("at", ms(decision.at).into()),
    ])
}

fn score(score: &Score) -> Json<'_> {
    object([
        ("statistic", score.statistic.as_str().into()),
        ("value", score.value.into()),
        ("threshold", score.threshold.into()),
        ("null", score.null.as_str().into()),
        ("budget_share", score.budget_share.into()),
        ("delay_floor_days", score.delay_floor_days.into()),
    ])
}

fn baseline(baseline: BaselineState) -> Json<'static> {
    object([
        ("maturity", baseline.maturity.as_str().into()),
        ("mature_since", baseline.mature_since.map(ms).into()),
        ("version", baseline.version.into()),
    ])
}

#[cfg(test)]
mod tests;
