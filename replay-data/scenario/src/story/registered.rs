//! Acme's inventory: who is registered, with which identities, and what is known about changes and secrets.

use super::changes;
use super::incidents;
use super::operations::summarizer_retired;
use super::organisation::{DEV, LEGACY, PROD};
use super::world::World;
use crate::inventory::{Boundary, Environment, Inventory, Registration};

/// Name, owner, environment, component.
type Head = (&'static str, &'static str, &'static str, &'static str);

/// The whole inventory.
pub(super) fn inventory(world: &World) -> Inventory<'static> {
    let mut workloads = production(world);
    workloads.extend(scheduled(world));
    workloads.extend(development_and_legacy(world));
    let key = &world.org.index_writer.key;
    Inventory {
        environments: vec![
            Environment { name: "prod", accounts: vec![PROD.id], clusters: vec!["eks-prod"] },
            Environment { name: "dev", accounts: vec![DEV.id], clusters: vec!["eks-dev"] },
            Environment { name: "legacy", accounts: vec![LEGACY.id], clusters: vec![] },
        ],
        workloads,
        secrets: vec![("vault", "kv/data/rag/aws".into(), key.clone())],
        sensitivity: vec![
            ("arn:aws:s3:::acme-finance-exports*".into(), 3),
            ("arn:aws:s3:::acme-hr-archive*".into(), 3),
            ("arn:aws:s3:::acme-customer-data*".into(), 3),
        ],
        revoked: vec![(key.clone(), incidents::key_revoked())],
        changes: changes::records(),
    }
}

fn register(
    (name, owner, environment, component): Head,
    identities: Vec<(&'static str, String)>,
) -> Registration<'static> {
    Registration {
        name,
        owner,
        environment,
        component,
        model: None,
        identities,
        boundary: None,
        retired_at: None,
    }
}

fn agent(name: &str) -> [(&'static str, String); 2] {
    [("agent", name.to_owned()), ("service", name.to_owned())]
}

fn production(world: &World) -> Vec<Registration<'static>> {
    let org = &world.org;
    let pod = |account: &str| ("k8s_service_account", account.to_owned());
    let claude = Some(("aws.bedrock", "anthropic.claude-sonnet-4"));
    let mut rag = vec![
        ("aws_role", world.rag.made.role.arn()),
        ("aws_user", org.index_writer.arn()),
        pod("eks-prod/ml-rag/retriever"),
        ("vault_role", "approle/rag-retriever".into()),
    ];
    rag.extend(agent("rag-retriever"));
    let mut orchestrator = vec![
        ("aws_role", world.orchestrator.made.role.arn()),
        pod("eks-prod/ml-agents/orchestrator"),
        ("vault_role", "approle/agent-orchestrator".into()),
    ];
    orchestrator.extend(agent("agent-orchestrator"));
    let mut support = vec![
        ("aws_role", world.support.made.role.arn()),
        pod("eks-prod/ml-support/agent"),
        ("vault_role", "approle/support-agent".into()),
    ];
    support.extend(agent("support-agent"));
    let mut monitor = vec![("aws_role", world.monitor.made.role.arn()), pod("eks-prod/ml-ops/model-monitor")];
    monitor.extend(agent("model-monitor"));
    let tools = vec![
        ("aws_role", org.tools.arn()),
        ("service", "search-mcp".into()),
        ("service", "crm-mcp".into()),
        ("service", "ticket-mcp".into()),
    ];
    vec![
        Registration {
            model: Some(("aws.bedrock", "amazon.titan-embed-text")),
            ..register(("rag-retriever", "team-search", "prod", "retrieval"), rag)
        },
        Registration {
            model: claude,
            ..register(("agent-orchestrator", "team-agents", "prod", "orchestrator"), orchestrator)
        },
        Registration {
            model: claude,
            ..register(("support-agent", "team-support", "prod", "inference"), support)
        },
        register(("mcp-tools", "team-agents", "prod", "tool"), tools),
        register(("quote-tools", "team-agents", "prod", "tool"), vec![("aws_role", org.quote_tools.arn())]),
        register(("model-monitor", "team-platform", "prod", "evaluation"), monitor),
    ]
}

fn scheduled(world: &World) -> Vec<Registration<'static>> {
    let role = |workload: &super::workload::Workload| ("aws_role", workload.made.role.arn());
    let shipper = Boundary {
        allow: vec![
            ("aws:s3:PutObject", Some("arn:aws:s3:::acme-logs-archive/*")),
            ("aws:logs:*", None),
            ("aws:sts:*", None),
        ],
        kinds: vec!["sts_session"],
        max_age: Some("12h"),
    };
    let deploy = vec![role(&world.deploy), ("vault_role", "approle/ci-deploy".into())];
    let summarizer = vec![
        role(&world.summarizer),
        ("k8s_service_account", "eks-prod/ml-batch/summarizer".into()),
        ("vault_role", "approle/summarizer".into()),
    ];
    vec![
        Registration {
            boundary: Some(shipper),
            ..register(("log-shipper", "team-platform", "prod", "logging"), vec![role(&world.shipper)])
        },
        register(("ci-deploy", "team-platform", "prod", "deployment"), deploy),
        register(("infra-terraform", "team-platform", "prod", "deployment"), vec![role(&world.terraform)]),
        register(("weekly-report", "team-finance", "prod", "platform"), vec![role(&world.weekly_report)]),
        register(("billing-export", "team-finance", "prod", "platform"), vec![role(&world.billing_export)]),
        register(
            ("kb-sync", "team-search", "prod", "retrieval"),
            vec![role(&world.kb_sync), ("k8s_service_account", "eks-prod/ml-rag/kb-sync".into())],
        ),
        Registration {
            model: Some(("aws.bedrock", "amazon.nova-lite")),
            retired_at: Some(summarizer_retired()),
            ..register(("summarizer", "team-support", "prod", "inference"), summarizer)
        },
    ]
}

fn development_and_legacy(world: &World) -> Vec<Registration<'static>> {
    let mut eval = vec![
        ("aws_role", world.eval.made.role.arn()),
        ("k8s_service_account", "eks-dev/ml-eval/runner".into()),
        ("vault_role", "approle/eval-runner".into()),
    ];
    eval.extend(agent("eval-runner"));
    let trainer = vec![
        ("aws_role", world.trainer.made.role.arn()),
        ("k8s_service_account", "eks-dev/ml-train/trainer".into()),
        ("vault_role", "approle/feature-trainer".into()),
    ];
    let legacy = Boundary {
        allow: vec![
            ("aws:s3:GetObject", Some("arn:aws:s3:::acme-legacy-kb/*")),
            ("aws:s3:ListObjects", Some("arn:aws:s3:::acme-legacy-kb*")),
        ],
        kinds: Vec::new(),
        max_age: None,
    };
    vec![
        register(("eval-runner", "team-ml-quality", "dev", "evaluation"), eval),
        register(
            ("eval-readonly", "team-ml-quality", "prod", "evaluation"),
            vec![("aws_role", world.org.eval_readonly.arn())],
        ),
        register(("feature-trainer", "team-features", "dev", "training"), trainer),
        Registration {
            boundary: Some(legacy),
            ..register(
                ("legacy-rag", "team-search", "legacy", "retrieval"),
                vec![("aws_user", world.org.legacy_rag.arn())],
            )
        },
    ]
}
