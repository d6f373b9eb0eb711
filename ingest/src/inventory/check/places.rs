//! `environments:`

use ambit_schemas::inventory::{Environment, Glob, PlacePattern};

use super::super::field::{Field, Fields, list};
use super::super::problem::Problems;

const PLACES: &[&str] = &[
    "aws_account",
    "gcp_project",
    "azure_subscription",
    "k8s_cluster",
    "k8s_namespace",
    "vault_namespace",
    "otel_environment",
];

pub(super) fn environment(item: &Field<'_>, problems: &mut Problems) -> Option<Environment> {
    let fields = item.fields(&["name", "match"], problems)?;
    let name = fields.need("name", problems).and_then(|name| name.text(problems));
    let entries = fields.need("match", problems)?;
    let items = entries.items(problems)?;
    let places = items.iter().filter_map(|entry| place(entry, problems)).collect::<Vec<_>>();
    if items.is_empty() {
        entries.wrong(problems, format!("must name at least one place by {}", list(PLACES)));
    }
    Some(Environment { name: name?.to_owned(), places })
}

fn place(entry: &Field<'_>, problems: &mut Problems) -> Option<PlacePattern> {
    let fields = entry.fields(PLACES, problems)?;
    let keys = fields.given().map(|(key, _)| key).collect::<Vec<_>>();
    match keys.as_slice() {
        ["k8s_cluster" | "k8s_namespace"]
        | ["k8s_cluster", "k8s_namespace"]
        | ["k8s_namespace", "k8s_cluster"] => {
            let mut part = |key| fields.get(key).and_then(|field| field.glob(problems));
            Some(PlacePattern::K8s { cluster: part("k8s_cluster"), namespace: part("k8s_namespace") })
        }
        [_] => single(&fields, problems),
        [] => {
            entry.wrong(problems, format!("names no place; give one of {}", list(PLACES)));
            None
        }
        _ => {
            let message = "names several places at once; only `k8s_cluster` and `k8s_namespace` go together, so make \
                           an item of each";
            entry.wrong(problems, message);
            None
        }
    }
}

fn single(fields: &Fields<'_>, problems: &mut Problems) -> Option<PlacePattern> {
    let (key, field) = fields.given().next()?;
    let glob = field.glob(problems)?;
    match key {
        "aws_account" => {
            account(&field, &glob, problems);
            Some(PlacePattern::AwsAccount(glob))
        }
        "gcp_project" => Some(PlacePattern::GcpProject(glob)),
        "azure_subscription" => Some(PlacePattern::AzureSubscription(glob)),
        "vault_namespace" => Some(PlacePattern::VaultNamespace(glob)),
        "otel_environment" => Some(PlacePattern::OtelEnvironment(glob)),
        _ => None,
    }
}

fn account(field: &Field<'_>, glob: &Glob, problems: &mut Problems) {
    let text = glob.as_str();
    let is_id = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_id && !text.contains('*') {
        field.wrong(problems, "is no AWS account id; write its 12 digits, in quotes");
    }
}
