//! Kubernetes audit events (`audit.k8s.io/v1`), as files, webhook batches and CloudWatch have them, and as Azure wraps
//! them in a diagnostic record.
//!
//! Every request is logged at several stages; the last counts, which is `ResponseComplete`, or `Panic` where the server
//! fell over it. A shell in a pod has its last stage when it is left, so it counts when it is entered
//! (`ResponseStarted`), and what is said of it at its end is a repeat of that. The log names no cluster: `--label cluster=`
//! says it, or the cloud's envelope. Who called is the principal, because the credential is theirs; whom they
//! impersonated stands in `on_behalf_of`.

mod actions;
mod annotation;
mod event;

use ambit_schemas::vocabulary::{ActionClass, CredentialKind, Outcome, PrincipalKind, Source};
use ambit_schemas::{EventRow, EventTime};

pub(super) use self::actions::google as meaning_at_google;
use self::event::{Event, Subject, User};
use super::cloudtrail::clients::Clients;
use super::cloudtrail::group::segment;
use super::fields::moment;
use super::text::{filled, join};
use super::{Format, Output, members, reason};
use crate::actions::plane::Meaning;
use crate::json::Json;
use crate::record::{RawRecord, Reason};

/// The stages at which a request is counted.
const COUNTED: [&str; 2] = ["ResponseComplete", "Panic"];
/// The stage at which one is counted that lasts.
const STARTED: &str = "ResponseStarted";
/// The label that names the cluster.
pub(super) const CLUSTER: &str = "cluster";
/// What stands before every kind of the plane.
const PLANE: &str = "k8s.";

/// Decodes audit events. Holds only buffers.
#[derive(Debug, Default)]
pub(super) struct Kubernetes {
    texts: Texts,
    clients: Clients,
}

/// Texts of a row that do not stand in the event as they are.
#[derive(Debug, Default)]
struct Texts {
    action: String,
    resource: String,
    group: String,
    kind: String,
    account: String,
    target: String,
    secret: String,
}

/// What was worked out about an event before its row is put together.
#[derive(Debug, Clone, Copy)]
struct Facts<'a> {
    event: &'a Event<'a>,
    verb: &'a str,
    meaning: Meaning,
    keeps_name: bool,
    cluster: &'a str,
    time: EventTime,
}

impl Kubernetes {
    pub(super) fn decode(&mut self, record: &RawRecord<'_>, out: &mut Output<'_>) -> Result<(), Reason> {
        let text = simdutf8::basic::from_utf8(record.bytes).map_err(|_utf8| Reason::Utf8)?;
        let mut json = Json::of_text(text);
        let mut event = Event::default();
        event.read(&mut json).map_err(|fault| reason(fault, json.at()))?;
        out.expect(event.shape, Format::Kubernetes)?;
        if event.is_list {
            // Its events are cut out of it and come one by one.
            return Err(Reason::UnknownShape);
        }
        let Some(wrapped) = event.wrapped.as_deref().filter(|_| event.verb.is_none()) else {
            return self.event(&event, &event, record, out);
        };
        let mut json = Json::of_text(wrapped);
        let mut inner = Event::default();
        inner.read(&mut json).map_err(|_fault| Reason::Unreadable("properties.log"))?;
        self.event(&inner, &event, record, out)
    }

    fn event(
        &mut self,
        event: &Event<'_>,
        envelope: &Event<'_>,
        record: &RawRecord<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), Reason> {
        let stage = event.stage.as_deref();
        if stage.is_some_and(|stage| stage != STARTED && !COUNTED.contains(&stage)) {
            out.ignore();
            return Ok(());
        }
        let times = [&event.received, &event.staged, &envelope.enveloped];
        let time = times.into_iter().find_map(|time| time.as_deref());
        let time = time.ok_or(Reason::Missing("requestReceivedTimestamp"))?;
        let time = moment(time).ok_or(Reason::Unreadable("requestReceivedTimestamp"))?;
        let verb = event.verb.as_deref().ok_or(Reason::Missing("verb"))?;
        let label = out.settings.labels.get(CLUSTER).map(String::as_str);
        let by_cloud = envelope.cluster.as_deref().and_then(|id| id.rsplit('/').next());
        let cluster = label.or(by_cloud).unwrap_or("-");
        let texts = &mut self.texts;
        let object = &event.object;
        texts.write_kind(event);
        let group = object.group.as_deref().unwrap_or_default();
        let (known, keeps_name) = actions::meaning(verb, group, texts.name());
        if stage == Some(STARTED) && known.meaning.class != ActionClass::Exec {
            out.ignore();
            return Ok(());
        }
        let facts = Facts { event, verb, meaning: known.meaning, keeps_name, cluster, time };
        texts.write(&facts);
        let mut row = texts.row(&facts, record);
        if row.principal.is_some_and(|name| name.starts_with("aks:")) && by_cloud.is_some() {
            row.principal_kind = Some(PrincipalKind::Service);
        }
        (row.client, row.interactive) = self.clients.get(event.user_agent.as_deref());
        let on_behalf_of = event.impersonated.name.as_deref();
        let chain = on_behalf_of.as_slice();
        row.on_behalf_of = chain;
        let names = event.subjects.iter().filter(|_| row.action_class == ActionClass::PermissionsChange);
        let names = names.filter_map(subject).collect::<Vec<_>>();
        members::rows(&row, names.iter().map(String::as_str), out)?;
        annotated(&row, event, out)
    }
}

impl Texts {
    fn row<'t>(&'t self, facts: &Facts<'t>, record: &RawRecord<'t>) -> EventRow<'t> {
        let Facts { event, meaning, .. } = *facts;
        let id = event.id.as_deref().unwrap_or_default();
        let mut row = record.row(Source::K8sAudit, id, facts.time);
        row.action = &self.action;
        row.resource_kind = filled(&self.kind);
        meaning.put(&mut row);
        (row.outcome, row.error_code) = outcome(event);
        put_who(&mut row, &event.user);
        row.resource = filled(&self.resource);
        row.resource_group = filled(&self.group);
        row.target_workload = filled(&self.target);
        if row.resource_kind == Some("k8s.service_account") && row.target_workload.is_none() {
            // A listing is of no account in particular.
            row.resource_kind = filled(&self.kind);
        }
        row.account = filled(&self.account);
        row.source_address = event.source_address.as_deref();
        self.put_issued(&mut row, facts);
        row
    }

    fn put_issued<'t>(&'t self, row: &mut EventRow<'t>, facts: &Facts<'t>) {
        if row.outcome != Outcome::Success {
            return;
        }
        match (row.action_class, row.resource_kind) {
            // A listing does not say which secrets it found.
            (ActionClass::SecretRead, Some("k8s.secret")) if facts.verb == "get" => {
                row.issued_credential = filled(&self.secret);
                row.issued_kind = row.issued_credential.map(|_| CredentialKind::StoredSecret);
                return;
            }
            (ActionClass::CredentialIssue, Some("k8s.service_account")) => {
                row.issued_credential = facts.event.issued_id.as_deref();
                row.issued_kind = Some(CredentialKind::K8sToken);
                row.issued_expires_at = facts.event.token_expires.as_deref().and_then(moment);
            }
            (ActionClass::CredentialIssue, Some("k8s.certificate_request")) => {
                row.issued_kind = Some(CredentialKind::Certificate);
            }
            _ => return,
        }
        row.parent_credential = row.credential;
    }

    /// The kind of the resource, which is its name: a path is one of many kinds.
    fn write_kind(&mut self, event: &Event<'_>) {
        self.kind.clear();
        let object = &event.object;
        match (&object.resource, &object.subresource) {
            (Some(resource), Some(below)) => join(&mut self.kind, [PLANE, resource, "/", below]),
            (Some(resource), None) => join(&mut self.kind, [PLANE, resource]),
            (None, _) => join(&mut self.kind, [PLANE, "nonresource"]),
        }
    }

    /// The resource's name with its subresource, as the table and the action have it; `nonresource` for a path.
    fn name(&self) -> &str {
        self.kind.get(PLANE.len()..).unwrap_or_default()
    }

    fn write(&mut self, facts: &Facts<'_>) {
        let Facts { event, verb, meaning, keeps_name, cluster, .. } = *facts;
        let object = &event.object;
        for text in [&mut self.action, &mut self.account, &mut self.target, &mut self.secret] {
            text.clear();
        }
        join(&mut self.action, ["k8s:", verb, ":"]);
        self.write_place(event, meaning.resource_kind, keeps_name);
        match object.resource {
            Some(_) => self.action.push_str(self.kind.get(PLANE.len()..).unwrap_or_default()),
            // The first part of a path: what stands behind it may be anything.
            None => self.action.push_str(self.group.as_str()),
        }
        // Resources of others may have the names of Kubernetes' own.
        let foreign =
            object.group.as_deref().filter(|group| group.contains('.') && !group.ends_with(".k8s.io"));
        if let Some(group) = foreign {
            join(&mut self.action, [".", group]);
        }
        let namespace = object.namespace.as_deref();
        match (namespace, cluster) {
            (Some(namespace), cluster) => join(&mut self.account, [cluster, "/", namespace]),
            (None, "-") => {}
            (None, cluster) => self.account.push_str(cluster),
        }
        if let (Some(namespace), Some(name)) = (namespace, object.name.as_deref()) {
            match meaning.resource_kind {
                "k8s.service_account" => {
                    join(&mut self.target, ["system:serviceaccount:", namespace, ":"]);
                    self.target.push_str(name);
                }
                "k8s.secret" => {
                    write_secret(&mut self.secret, cluster, namespace, name);
                }
                _ => {}
            }
        }
    }

    /// The object, and the same without names that are made up as objects come.
    fn write_place(&mut self, event: &Event<'_>, kind: &str, keeps_name: bool) {
        self.resource.clear();
        self.group.clear();
        let object = &event.object;
        if object.resource.is_none() {
            let path = event.uri.as_deref().unwrap_or_default();
            let path = path.split('?').next().unwrap_or_default();
            self.resource.push_str(path);
            self.group.push('/');
            segment(&mut self.group, path.trim_start_matches('/').split('/').next().unwrap_or_default());
            return;
        }
        if let Some(namespace) = object.namespace.as_deref() {
            join(&mut self.resource, [namespace, "/"]);
        }
        let is_account = kind == "k8s.service_account" && object.name.is_some();
        if !is_account {
            self.resource.push_str(object.resource.as_deref().unwrap_or_default());
        }
        self.group.push_str(&self.resource);
        if let Some(name) = object.name.as_deref() {
            let slash = if is_account { "" } else { "/" };
            join(&mut self.resource, [slash, name]);
            if keeps_name {
                self.group.push_str(slash);
                segment(&mut self.group, name);
            }
        }
    }
}

/// The credential that a secret is: `k8s:eks-prod/shop/db`.
pub(super) fn write_secret(into: &mut String, cluster: &str, namespace: &str, name: &str) {
    join(into, ["k8s:", cluster, "/", namespace, "/", name]);
}

/// A further row for each identity of a cloud that a service account gets: it is the annotation that was acted on.
fn annotated(row: &EventRow<'_>, event: &Event<'_>, out: &mut Output<'_>) -> Result<(), Reason> {
    let is_account =
        row.resource_kind == Some("k8s.service_account") && row.action_class == ActionClass::Write;
    let (true, Some(account)) = (is_account && !row.event_id.is_empty(), row.resource) else { return Ok(()) };
    for (index, (annotation, identity)) in event.annotations.identities().enumerate() {
        let event_id = format!("{}#{}", row.event_id, index + 2);
        let group = format!("{account}/{annotation}");
        let resource = format!("{group}={identity}");
        out.further_row(&EventRow {
            event_id: &event_id,
            resource: Some(&resource),
            resource_group: Some(&group),
            resource_kind: Some("k8s.cloud_identity"),
            ..*row
        })?;
    }
    Ok(())
}

/// How a request ended: by its status, else by what the authorizer decided.
fn outcome<'e>(event: &'e Event<'_>) -> (Outcome, Option<&'e str>) {
    let Some(status) = &event.status else {
        return match event.decision.as_deref() {
            Some("forbid") => (Outcome::Denied, None),
            _ => (Outcome::Unknown, None),
        };
    };
    let code = status.code.as_deref();
    let error = || status.reason.as_deref().or(code);
    match code.and_then(|code| code.parse::<u16>().ok()) {
        Some(401 | 403) => (Outcome::Denied, error()),
        Some(400..) => (Outcome::Failure, error()),
        None if status.word.as_deref() == Some("Failure") => (Outcome::Failure, error()),
        _ => (Outcome::Success, None),
    }
}

/// The service account, the cloud's role behind the user, or the user; and the credential that shows who it is.
fn put_who<'t>(row: &mut EventRow<'t>, user: &'t User<'_>) {
    row.principal = user.arn.as_deref().or(user.name.as_deref());
    row.principal_kind = row.principal.map(kind);
    row.session = user.session.as_deref().or(user.pod.as_deref());
    row.credential = user.credential.as_deref().or(user.access_key.as_deref());
    let is_account = row.principal_kind == Some(PrincipalKind::ServiceAccount);
    (row.credential_kind, row.auth_method) = match (row.credential, row.principal) {
        (Some(id), _) if id.starts_with("X509") => {
            (Some(CredentialKind::Certificate), Some("client_certificate"))
        }
        (Some(id), _) if id.starts_with("AKIA") => (Some(CredentialKind::StaticKey), Some("aws_iam")),
        (Some(id), _) if id.starts_with("ASIA") => (Some(CredentialKind::StsSession), Some("aws_iam")),
        (_, Some(_)) if is_account => (Some(CredentialKind::K8sToken), Some("service_account_token")),
        (Some(_), _) => (Some(CredentialKind::K8sToken), None),
        (None, Some("system:anonymous")) => (None, Some("anonymous")),
        (None, _) => (None, None),
    };
}

/// What sort of identity a name is.
fn kind(name: &str) -> PrincipalKind {
    let in_arn = |kind: &str| name.starts_with("arn:") && name.contains(kind);
    if name.starts_with("system:serviceaccount:") {
        PrincipalKind::ServiceAccount
    } else if in_arn(":role/") {
        PrincipalKind::Role
    } else if name == "system:anonymous" || in_arn(":user/") {
        PrincipalKind::User
    } else if is_own(name) {
        PrincipalKind::Service
    } else {
        PrincipalKind::User
    }
}

/// Whether a name is one of the cluster's own parts. Names with `system:` are reserved for them, but for who joins with a
/// bootstrap token; those with `eks:` are reserved at EKS only, so only its own count
/// (<https://docs.aws.amazon.com/eks/latest/userguide/default-roles-users.html>).
fn is_own(name: &str) -> bool {
    const EKS: &[&str] = &[
        "addon-manager",
        "authenticator",
        "az-poller",
        "certificate-controller",
        "cloud-controller-manager",
        "cluster-bootstrap",
        "cluster-event-watcher",
        "coredns-autoscaler",
        "extension-metrics-apiserver",
        "fargate-manager",
        "fargate-scheduler",
        "k8s-metrics",
        "kms-storage-migrator",
        "kube-proxy-windows",
        "network-policy-controller",
        "node-manager",
        "nodewatcher",
        "pod-identity-mutating-webhook",
        "service-operations",
        "support-engineer",
        "tagging-controller",
        "vpc-resource-controller",
    ];
    match name.split_once(':') {
        Some(("system", rest)) => !rest.starts_with("bootstrap:"),
        Some(("eks", rest)) => EKS.contains(&rest),
        _ => false,
    }
}

/// A subject of a binding as a principal would be named. A group is nobody in particular.
fn subject(subject: &Subject<'_>) -> Option<String> {
    let name = subject.name.as_deref()?;
    match (subject.kind.as_deref(), subject.namespace.as_deref()) {
        (Some("ServiceAccount"), Some(namespace)) => {
            Some(format!("system:serviceaccount:{namespace}:{name}"))
        }
        (Some("User"), _) => Some(name.to_owned()),
        _ => None,
    }
}
