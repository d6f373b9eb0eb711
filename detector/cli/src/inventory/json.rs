//! The inventory as one JSON document. Times are RFC 3339.

use ambit_ingest::census::{
    BindingEntry, CredentialEntry, Evidence, Gap, IdentityEntry, Name, Report, Span, WorkloadEntry,
};
use ambit_schemas::EventTime;
use ambit_schemas::vocabulary::{CredentialKind, PrincipalKind};
use serde_json::{Value, json};

/// The whole report.
pub(super) fn document(report: &Report) -> Value {
    json!({
        "as_of": time(report.as_of),
        "workloads": report.workloads.iter().map(workload).collect::<Value>(),
        "unresolved": report.unresolved.iter().map(identity).collect::<Value>(),
        "bindings": report.bindings.iter().map(binding).collect::<Value>(),
        "bindings_left_out": report.bindings_left_out,
        "events": report.events,
        "platform_events": report.platform_events,
        "nameless_events": report.nameless_events,
        "left_out_events": report.left_out_events,
    })
}

fn workload(workload: &WorkloadEntry) -> Value {
    let (first, last) = span(&workload.span);
    json!({
        "name": workload.name,
        "registered": workload.registered,
        "owner": workload.owner,
        "environment": workload.environment,
        "component": workload.component,
        "environments_seen": workload.environments_seen,
        "events": workload.span.events,
        "first_seen": first,
        "last_seen": last,
        "identities": workload.identities.iter().map(identity).collect::<Value>(),
        "identity_events_left_out": workload.identity_events_left_out,
        "credentials": workload.credentials.iter().map(credential).collect::<Value>(),
        "credentials_left_out": workload.credentials_left_out,
        "gaps": workload.gaps.iter().map(gap).collect::<Value>(),
    })
}

fn identity(identity: &IdentityEntry) -> Value {
    let (first, last) = span(&identity.span);
    json!({
        "source": identity.source.as_str(),
        "kind": identity.kind.map(PrincipalKind::as_str),
        "principal": identity.principal,
        "events": identity.span.events,
        "first_seen": first,
        "last_seen": last,
    })
}

fn binding(binding: &BindingEntry) -> Value {
    let (first, last) = &binding.evidence;
    let (from, to) = binding.valid;
    json!({
        "how": binding.how.as_str(),
        "holder": name(&binding.holder, binding.holder_workload.as_deref()),
        "acts_as": name(&binding.acts_as, binding.acts_as_workload.as_deref()),
        "valid": { "from": from.to_string(), "to": to.to_string() },
        "events": binding.events,
        "evidence": { "first": evidence(first), "last": evidence(last) },
    })
}

fn name(name: &Name, workload: Option<&str>) -> Value {
    json!({ "kind": name.kind.as_str(), "name": name.text, "workload": workload })
}

fn evidence(evidence: &Evidence) -> Value {
    json!({
        "time": evidence.time.to_string(),
        "source": evidence.source.as_str(),
        "event_id": evidence.event_id,
    })
}

fn credential(credential: &CredentialEntry) -> Value {
    let (first, last) = span(&credential.span);
    json!({
        "id": credential.id,
        "kind": credential.kind.map(CredentialKind::as_str),
        "issued_at": time(credential.issued_at),
        "age_days": credential.age_days,
        "events": credential.span.events,
        "first_used": first,
        "last_used": last,
    })
}

fn gap(gap: &Gap) -> Value {
    match gap {
        Gap::NeverSeen => json!({ "kind": "never_seen" }),
        Gap::Unregistered => json!({ "kind": "unregistered" }),
        Gap::NoOwner => json!({ "kind": "no_owner" }),
        Gap::ActsRetired => json!({ "kind": "acts_retired" }),
        Gap::Unlisted { name, how } => {
            json!({ "kind": "unlisted", "identity": name.kind.as_str(), "name": name.text, "how": how.as_str() })
        }
        Gap::OldStaticKey { credential, age_days } => {
            json!({ "kind": "old_static_key", "credential": credential, "age_days": age_days })
        }
    }
}

fn span(span: &Span) -> (Option<String>, Option<String>) {
    (time(span.seen.map(|(first, _)| first)), time(span.seen.map(|(_, last)| last)))
}

fn time(time: Option<EventTime>) -> Option<String> {
    time.map(|time| time.to_string())
}
