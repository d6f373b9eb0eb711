//! `workloads:`

use ambit_schemas::inventory::{Allow, Boundary, Glob, IdentityPattern, PLATFORM, Workload};
use ambit_schemas::vocabulary::{CredentialKind, Vocabulary};

use super::super::field::{Field, list};
use super::super::problem::Problems;
use super::reference;

const COMPONENTS: &[&str] = &[
    "inference",
    "retrieval",
    "orchestrator",
    "tool",
    "evaluation",
    "logging",
    "deployment",
    "training",
    "platform",
];

const IDENTITIES: &[&str] = &[
    "aws_role",
    "aws_user",
    "k8s_service_account",
    "gcp_service_account",
    "azure_app",
    "vault_role",
    "agent",
    "service",
    "spiffe",
];

pub(super) fn workload(item: &Field<'_>, environments: &[&str], problems: &mut Problems) -> Option<Workload> {
    const KNOWN: &[&str] =
        &["name", "owner", "environment", "component", "model", "identities", "boundary", "retired_at"];
    let fields = item.fields(KNOWN, problems)?;
    let name = fields.need("name", problems).and_then(|field| name(&field, problems));
    let mut text = |key| fields.get(key).and_then(|field| field.text(problems)).map(str::to_owned);
    let owner = text("owner");
    let home = fields.get("environment");
    let environment = home.and_then(|field| reference(&field, environments, "environments", problems));
    let component = fields.get("component").and_then(|field| field.word(COMPONENTS, problems));
    let model = fields.get("model").and_then(|field| model(&field, problems));
    let identities = fields.need("identities", problems).map(|field| identities(&field, problems));
    let boundary = fields.get("boundary").and_then(|field| boundary(&field, problems));
    let retired_at = fields.get("retired_at").and_then(|field| field.time(problems));
    Some(Workload {
        name: name?,
        owner,
        environment,
        component: component.map(str::to_owned),
        model,
        identities: identities?,
        boundary,
        retired_at,
    })
}

fn name(field: &Field<'_>, problems: &mut Problems) -> Option<String> {
    let name = field.text(problems)?;
    if name == PLATFORM {
        field.wrong(problems, "is the name of the clouds' own services; choose another");
        return None;
    }
    Some(name.to_owned())
}

fn model(field: &Field<'_>, problems: &mut Problems) -> Option<(String, String)> {
    let fields = field.fields(&["provider", "name"], problems)?;
    let mut text = |key| fields.need(key, problems)?.text(problems).map(str::to_owned);
    let (provider, name) = (text("provider"), text("name"));
    Some((provider?, name?))
}

fn identities(field: &Field<'_>, problems: &mut Problems) -> Vec<IdentityPattern> {
    let Some(items) = field.items(problems) else { return Vec::new() };
    if items.is_empty() {
        field.wrong(problems, format!("must hold at least one of {}", list(IDENTITIES)));
    }
    items.iter().filter_map(|item| identity(item, problems)).collect()
}

fn identity(item: &Field<'_>, problems: &mut Problems) -> Option<IdentityPattern> {
    let fields = item.fields(IDENTITIES, problems)?;
    let mut given = fields.given();
    let Some((key, field)) = given.next() else {
        item.wrong(problems, format!("names no identity; give one of {}", list(IDENTITIES)));
        return None;
    };
    if let Some((second, _)) = given.next() {
        let message = format!(
            "has two keys, `{key}` and `{second}`; any identity that fits counts, so make an item of each"
        );
        item.wrong(problems, message);
        return None;
    }
    let glob = field.glob(problems)?;
    if let Some(fix) = misshapen(key, glob.as_str()) {
        field.wrong(problems, fix);
    }
    pattern(key, glob)
}

fn pattern(key: &str, glob: Glob) -> Option<IdentityPattern> {
    Some(match key {
        "aws_role" => IdentityPattern::AwsRole(glob),
        "aws_user" => IdentityPattern::AwsUser(glob),
        "k8s_service_account" => IdentityPattern::K8sServiceAccount(glob),
        "gcp_service_account" => IdentityPattern::GcpServiceAccount(glob),
        "azure_app" => IdentityPattern::AzureApp(glob),
        "vault_role" => IdentityPattern::VaultRole(glob),
        "agent" => IdentityPattern::Agent(glob),
        "service" => IdentityPattern::Service(glob),
        "spiffe" => IdentityPattern::Spiffe(glob),
        _ => return None,
    })
}

/// What to write instead of a text that no log can ever show. A pattern with a star may match anything.
fn misshapen(key: &str, text: &str) -> Option<&'static str> {
    if key == "vault_role" && text.starts_with("auth/") {
        return Some("write the mount without `auth/`, as in approle/rag-retriever");
    }
    if text.contains('*') {
        return None;
    }
    let is_arn = |kind: &str| text.starts_with("arn:") && text.contains(kind);
    match key {
        "aws_role" if !is_arn(":role/") => {
            Some("write the role's ARN, as in arn:aws:iam::111122223333:role/rag")
        }
        "aws_user" if !is_arn(":user/") => {
            Some("write the user's ARN, as in arn:aws:iam::111122223333:user/rag")
        }
        "k8s_service_account" if text.split('/').count() != 3 => {
            Some("write cluster/namespace/name, as in eks-prod/ml-rag/retriever; `*` stands for any cluster")
        }
        "gcp_service_account" if !text.contains('@') => Some("write the account's e-mail address"),
        "vault_role" if !text.contains('/') => Some("write mount/role, as in approle/rag-retriever"),
        "spiffe" if !text.starts_with("spiffe://") => {
            Some("write the whole id, as in spiffe://acme/ns/ml/sa/rag")
        }
        _ => None,
    }
}

fn boundary(field: &Field<'_>, problems: &mut Problems) -> Option<Boundary> {
    let fields = field.fields(&["allow", "credentials"], problems)?;
    let items = fields.get("allow").and_then(|field| field.items(problems));
    let allow = items.map(|items| items.iter().filter_map(|item| allowed(item, problems)).collect());
    let mut boundary = Boundary { allow, ..Boundary::default() };
    if let Some(credentials) = fields.get("credentials") {
        let fields = credentials.fields(&["kinds", "max_age"], problems)?;
        let kinds = fields.get("kinds").and_then(|field| field.items(problems)).unwrap_or_default();
        boundary.credential_kinds = kinds
            .iter()
            .filter_map(|kind| CredentialKind::parse(kind.word(CredentialKind::NAMES, problems)?))
            .collect();
        boundary.credential_max_age_secs = fields.get("max_age").and_then(|age| age.duration_secs(problems));
    }
    Some(boundary)
}

fn allowed(item: &Field<'_>, problems: &mut Problems) -> Option<Allow> {
    let fields = item.fields(&["action", "resource"], problems)?;
    let action = fields.need("action", problems).and_then(|field| field.glob(problems));
    let resource = fields.get("resource").and_then(|field| field.glob(problems));
    Some(Allow { action: action?, resource })
}
