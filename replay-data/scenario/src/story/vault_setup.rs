//! What lies in acme's Vault before the story begins: policies, approles, people and secrets.

use crate::calendar::Day;
use crate::vault::Setup;

/// A token's lifetime: a working shift.
const SHIFT_SECS: i64 = 8 * 3_600;

const APPROLES: &[(&str, &[&str])] = &[
    ("rag-retriever", &["rag"]),
    ("agent-orchestrator", &["orchestrator"]),
    ("support-agent", &["support", "support-search"]),
    // Once upon a time evaluations ran against the retriever's test index. The rule was never taken back.
    ("eval-runner", &["eval", "eval-rag-index"]),
    ("feature-trainer", &["features"]),
    ("summarizer", &["summarizer"]),
    ("ci-deploy", &["ci"]),
];

const SECRETS: &[(&str, &[&str])] = &[
    ("kv/data/rag/aws", &["access_key", "secret_key"]),
    ("kv/data/rag/opensearch", &["user", "password"]),
    ("kv/data/orchestrator/search-api", &["token"]),
    ("kv/data/orchestrator/task-queue", &["url", "password"]),
    ("kv/data/support/ticketing", &["token"]),
    ("kv/data/eval/judge-api", &["token"]),
    ("kv/data/eval/datasets", &["user", "password"]),
    ("kv/data/features/warehouse", &["user", "password"]),
    ("kv/data/summarizer/smtp", &["user", "password"]),
    ("kv/data/ci/registry", &["user", "password"]),
];

/// The setup, in an order in which it can be carried out.
pub(super) fn setup() -> Vec<Setup> {
    let rule = |path: &str, may: &str| format!("path \"{path}\" {{ capabilities = [{may}] }}\n");
    let read = "\"read\"";
    let child = rule("auth/token/create", "\"create\", \"update\"");
    let policies = [
        ("rag", rule("kv/data/rag/*", read)),
        ("orchestrator", rule("kv/data/orchestrator/*", read) + &child),
        ("support", rule("kv/data/support/*", read)),
        ("support-search", rule("kv/data/orchestrator/search-api", read)),
        ("eval", rule("kv/data/eval/*", read)),
        ("eval-rag-index", rule("kv/data/rag/*", read) + &rule("kv/metadata/*", "\"list\"")),
        ("features", rule("kv/data/features/*", read)),
        ("summarizer", rule("kv/data/summarizer/*", read)),
        ("ci", rule("kv/data/ci/*", read) + &rule("auth/approle/role/+/secret-id", "\"create\", \"update\"")),
        (
            "operator",
            rule("kv/*", "\"create\", \"update\", \"list\"")
                + &rule("auth/token/lookup-accessor", "\"update\"")
                + &rule("auth/token/revoke-accessor", "\"update\""),
        ),
    ];
    let written = Day::date(2026, 1, 14).at(10, 20, 0);
    let policies = policies.into_iter().map(|(name, rules)| Setup::Policy { name, rules });
    let secrets = SECRETS.iter().map(|(path, fields)| Setup::Secret { path, fields, at: written });
    let roles =
        APPROLES.iter().map(|(name, policies)| Setup::AppRole { name, policies, ttl_secs: SHIFT_SECS });
    policies
        .chain(secrets)
        .chain(roles)
        .chain([Setup::Person { name: "maria.lindqvist", policies: &["operator"] }])
        .collect()
}
