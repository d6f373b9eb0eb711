//! A finding as an OCSF 1.8 Detection Finding: the only place that knows both.
//!
//! Times are milliseconds of event time. The order of the fields is fixed, so equal findings are equal bytes.

use std::collections::BTreeSet;

use ambit_rules::{Catalogue, Entry};
use ambit_schemas::finding::{
    Activity, AtomChange, BaselineState, ChangeQuote, Comparison, DecisionQuote, Evidence, Finding, Hop,
    Score,
};
use ambit_schemas::vocabulary::{Confidence, DecisionKind, Severity};
use ambit_schemas::{EventTime, Position};
use serde_json::{Map, Value, json};

const CLASS_UID: u32 = 2004;

/// Writes findings, with the words that the catalogue has for them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ocsf<'a> {
    catalogue: &'a Catalogue,
    tenant: &'a str,
}

impl<'a> Ocsf<'a> {
    pub(crate) const fn new(catalogue: &'a Catalogue, tenant: &'a str) -> Self {
        Self { catalogue, tenant }
    }

    /// One transition of a finding as one OCSF event.
    pub(crate) fn event(&self, finding: &Finding) -> Value {
        let facts = ambit_rules::catalogue::facts(finding);
        let entry = self.catalogue.entry(finding.check);
        let sentence = entry.map(|entry| entry.sentence(&facts)).unwrap_or_default();
        let remediation = entry.map(|entry| entry.remediation(&facts)).unwrap_or_default();
        let (activity_id, activity) = activity(finding.activity);
        let (status_id, status) = status(finding);
        let (severity_id, severity) = severity(finding.severity);
        let (confidence_id, confidence) = confidence(finding.confidence);
        let event = json!({
            "time": ms(finding.time),
            "class_uid": CLASS_UID,
            "class_name": "Detection Finding",
            "category_uid": 2,
            "category_name": "Findings",
            "activity_id": activity_id,
            "activity_name": activity,
            "type_uid": CLASS_UID * 100 + activity_id,
            "type_name": format!("Detection Finding: {activity}"),
            "severity_id": severity_id,
            "severity": severity,
            "confidence_id": confidence_id,
            "confidence": confidence,
            "status_id": status_id,
            "status": status,
            "is_alert": finding.activity != Activity::Close && finding.severity > Severity::Informational,
            "message": sentence,
            "count": finding.count,
            "start_time": ms(finding.start),
            "end_time": ms(finding.end),
            "metadata": {
                "version": "1.8.0",
                "product": { "name": "Ambit", "vendor_name": "Ambit", "version": env!("CARGO_PKG_VERSION") },
                "tenant_uid": self.tenant,
                "correlation_uid": finding.correlation.clone().unwrap_or_else(|| finding.uid.to_string()),
            },
            "finding_info": self.info(finding, entry, &sentence),
            "resources": [resource(finding)],
            "evidences": finding.evidence.iter().map(evidence).collect::<Value>(),
            "anomaly_analyses": analyses(finding),
            "remediation": (!remediation.is_empty()).then(|| json!({ "desc": remediation.join("\n") })),
            "unmapped": self.unmapped(finding),
        });
        without_nulls(event)
    }

    fn info(&self, finding: &Finding, entry: Option<&Entry>, sentence: &str) -> Value {
        let title = entry.map_or_else(|| finding.check.to_string(), |entry| entry.title.clone());
        let sources = finding.evidence.iter().map(|evidence| &evidence.source).collect::<BTreeSet<_>>();
        without_nulls(json!({
            "uid": finding.uid.to_string(),
            "title": &title,
            "desc": sentence,
            "created_time": ms(finding.created),
            "modified_time": (finding.activity != Activity::Create).then(|| ms(finding.time)),
            "first_seen_time": ms(finding.start),
            "last_seen_time": ms(finding.end),
            "analytic": {
                "uid": finding.check.as_str(),
                "name": title,
                "type_id": entry.map_or(0, |entry| entry.analytic.ocsf_type_id()),
                "type": entry.map_or("Unknown", |entry| match entry.analytic {
                    ambit_rules::Analytic::Rule => "Rule",
                    ambit_rules::Analytic::Statistical => "Statistical",
                }),
            },
            "attacks": self.attacks(finding),
            "attack_graph": attack_graph(finding),
            "data_sources": sources,
        }))
    }

    fn attacks(&self, finding: &Finding) -> Value {
        let attacks = self.catalogue.mappings().attacks(finding.check);
        let named = |(uid, name): (&str, &str)| json!({ "uid": uid, "name": name });
        let attacks = attacks.into_iter().map(|attack| {
            without_nulls(json!({
                "version": attack.version,
                "technique": named(attack.technique),
                "sub_technique": attack.sub_technique.map(named),
            }))
        });
        attacks.collect()
    }

    /// What OCSF has no place for. Null says that something was looked for and is not there.
    fn unmapped(&self, finding: &Finding) -> Value {
        let mut compliance = Map::new();
        for reference in self.catalogue.mappings().references(finding.check) {
            let ids = compliance.entry(reference.framework.as_str()).or_insert_with(|| json!([]));
            if let Value::Array(ids) = ids {
                ids.push(reference.id.into());
            }
        }
        json!({
            "subject": { "kind": finding.subject.kind.as_str(), "value": finding.subject.value },
            "added": finding.added.iter().map(atom).collect::<Value>(),
            "removed": finding.removed.iter().map(atom).collect::<Value>(),
            "reach": {
                "before": finding.reach.before,
                "live": finding.reach.live,
                "origin": finding.reach.origin,
            },
            "path": finding.path.iter().map(hop).collect::<Value>(),
            "change": finding.change.as_ref().map(change),
            "decision": finding.decision.as_ref().map(decision),
            "revoke": finding.revoke,
            "score": finding.score.as_ref().map(score),
            "baseline": finding.baseline.map(baseline),
            "compliance": compliance,
            "evidence_omitted": finding.evidence_omitted,
        })
    }
}

const fn ms(time: EventTime) -> i64 {
    time.millis()
}

const fn activity(activity: Activity) -> (u32, &'static str) {
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

fn resource(finding: &Finding) -> Value {
    without_nulls(json!({
        "name": finding.workload,
        "type": "workload",
        "role_id": 3,
        "role": "Affected",
        "owner": finding.owner.as_ref().map(|owner| json!({ "name": owner })),
        "data": { "environment": finding.environment },
    }))
}

fn evidence(evidence: &Evidence) -> Value {
    let data = without_nulls(json!({
        "event_id": evidence.event_id,
        "time": ms(evidence.time),
        "source": evidence.source,
        "action": evidence.action,
        "resource": evidence.resource,
        "credential": evidence.credential,
        "source_address": evidence.source_address,
        "position": position(&evidence.position),
    }));
    json!({ "data": data })
}

fn position(position: &Position) -> Value {
    match position.partition {
        Some(partition) => {
            json!({ "topic": &*position.origin, "partition": partition, "offset": position.offset })
        }
        None => json!({ "file": &*position.origin, "offset": position.offset }),
    }
}

/// Baseline against live, one analysis of the workload; `None` where nothing is compared.
fn analyses(finding: &Finding) -> Option<Value> {
    let side = |value: fn(&Comparison) -> &String| {
        let observed = finding.comparisons.iter().map(|comparison| {
            json!({
                "observation_parameter": comparison.parameter,
                "observations": [{ "value": value(comparison) }],
            })
        });
        observed.collect::<Value>()
    };
    (!finding.comparisons.is_empty()).then(|| {
        json!([{
            "analysis_targets": [{ "name": finding.workload, "type": "workload" }],
            "anomalies": side(|comparison| &comparison.live),
            "baselines": side(|comparison| &comparison.baseline),
        }])
    })
}

/// The path as a graph: a node a hop, because one workload may hold several credentials on the way.
fn attack_graph(finding: &Finding) -> Option<Value> {
    let nodes = finding.path.iter().enumerate().map(|(index, hop)| {
        without_nulls(json!({ "uid": index.to_string(), "name": hop.workload, "desc": hop.credential }))
    });
    let edges = finding.path.iter().enumerate().skip(1).map(|(index, hop)| {
        json!({
            "source": (index - 1).to_string(),
            "target": index.to_string(),
            "name": hop.via,
            "relation": hop.via,
            "data": { "time": ms(hop.time), "event_id": hop.event_id },
        })
    });
    (!finding.path.is_empty()).then(|| {
        json!({
            "uid": finding.uid.to_string(),
            "is_directed": true,
            "nodes": nodes.collect::<Value>(),
            "edges": edges.collect::<Value>(),
        })
    })
}

fn atom(atom: &AtomChange) -> Value {
    json!({
        "plane": atom.plane.as_str(),
        "atom": atom.text,
        "sensitivity": atom.sensitivity,
        "first_seen_time": ms(atom.first_seen),
        "explained_by": atom.explained_by,
        "event_id": Some(&atom.event_id).filter(|id| !id.is_empty()),
        "surprise_nats": atom.surprise_nats.map(|nats| (nats * 100.0).round() / 100.0),
    })
}

fn hop(hop: &Hop) -> Value {
    json!({
        "workload": hop.workload,
        "credential": hop.credential,
        "via": hop.via,
        "time": ms(hop.time),
        "event_id": hop.event_id,
    })
}

fn change(change: &ChangeQuote) -> Value {
    json!({
        "id": change.id,
        "kind": change.kind,
        "approved_by": change.approved_by,
        "from": ms(change.from),
        "to": ms(change.to),
    })
}

fn decision(decision: &DecisionQuote) -> Value {
    json!({
        "kind": decision.kind.as_str(),
        "by": decision.by,
        "reason": decision.reason,
        "at": ms(decision.at),
    })
}

fn score(score: &Score) -> Value {
    json!({
        "statistic": score.statistic,
        "value": score.value,
        "threshold": score.threshold,
        "null": score.null,
        "budget_share": score.budget_share,
        "delay_floor_days": score.delay_floor_days,
    })
}

fn baseline(baseline: BaselineState) -> Value {
    json!({
        "maturity": baseline.maturity.as_str(),
        "mature_since": baseline.mature_since.map(ms),
        "version": baseline.version,
    })
}

/// The top level of an object without its null fields: OCSF leaves out what is not known.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests;
