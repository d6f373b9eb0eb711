//! Words that names are made of. None holds a digit: an id in a name would be cut out of every template.

/// Teams, which own workloads, buckets, tables and queues.
pub(super) const TEAMS: [&str; 24] = [
    "search",
    "support",
    "billing",
    "catalog",
    "fraud",
    "growth",
    "identity",
    "shipping",
    "claims",
    "forecast",
    "pricing",
    "content",
    "vision",
    "speech",
    "translate",
    "legal",
    "risk",
    "partner",
    "warehouse",
    "loyalty",
    "insight",
    "platform",
    "mobile",
    "returns",
];

/// What a workload does, and the component that makes it.
pub(super) const ROLES: [(&str, &str); 36] = [
    ("retriever", "retrieval"),
    ("agent", "inference"),
    ("ingest", "retrieval"),
    ("planner", "orchestrator"),
    ("summarizer", "inference"),
    ("indexer", "retrieval"),
    ("classifier", "inference"),
    ("trainer", "training"),
    ("evaluator", "evaluation"),
    ("shipper", "logging"),
    ("deployer", "deployment"),
    ("gateway", "tool"),
    ("router", "orchestrator"),
    ("embedder", "inference"),
    ("reranker", "inference"),
    ("scorer", "inference"),
    ("crawler", "retrieval"),
    ("labeler", "training"),
    ("monitor", "evaluation"),
    ("exporter", "platform"),
    ("scheduler", "orchestrator"),
    ("converter", "tool"),
    ("moderator", "inference"),
    ("responder", "inference"),
    ("archiver", "logging"),
    ("enricher", "retrieval"),
    ("matcher", "inference"),
    ("tuner", "training"),
    ("auditor", "evaluation"),
    ("publisher", "platform"),
    ("extractor", "retrieval"),
    ("assistant", "inference"),
    ("dispatcher", "orchestrator"),
    ("resolver", "tool"),
    ("sampler", "evaluation"),
    ("importer", "platform"),
];

/// What tells several workloads of one team and role apart.
pub(super) const VARIANTS: [&str; 8] =
    ["", "-emea", "-apac", "-retail", "-wholesale", "-trial", "-internal", "-beta"];

/// What data is about: buckets, tables, queues.
pub(super) const THINGS: [&str; 30] = [
    "documents",
    "passages",
    "orders",
    "sessions",
    "events",
    "profiles",
    "invoices",
    "tickets",
    "images",
    "prompts",
    "features",
    "models",
    "reports",
    "feedback",
    "metrics",
    "snapshots",
    "embeddings",
    "transcripts",
    "catalogue",
    "contracts",
    "messages",
    "uploads",
    "results",
    "jobs",
    "labels",
    "offers",
    "addresses",
    "payments",
    "reviews",
    "audits",
];

/// First folders in buckets, folders of parameters.
pub(super) const FOLDERS: [&str; 40] = [
    "raw",
    "clean",
    "daily",
    "incoming",
    "outgoing",
    "processed",
    "index",
    "shards",
    "manifests",
    "backup",
    "archive",
    "staging",
    "curated",
    "public",
    "partners",
    "regional",
    "sample",
    "golden",
    "drafts",
    "final",
    "chunks",
    "tables",
    "queries",
    "rankings",
    "thumbnails",
    "layouts",
    "schemas",
    "policies",
    "rules",
    "calendar",
    "limits",
    "flags",
    "routing",
    "quotas",
    "templates",
    "themes",
    "locales",
    "mappings",
    "weights",
    "lookups",
];

/// What secrets are for.
pub(super) const PURPOSES: [&str; 16] = [
    "database",
    "warehouse",
    "opensearch",
    "mailgateway",
    "paymentapi",
    "ticketing",
    "webhooks",
    "cache",
    "broker",
    "vectorstore",
    "licences",
    "signing",
    "partnerapi",
    "telemetry",
    "searchapi",
    "crm",
];

/// MCP servers and their tools.
pub(super) const SERVERS: [(&str, [&str; 6]); 8] = [
    ("search", ["query", "fetch", "suggest", "related", "count", "explain"]),
    ("crm", ["find_customer", "list_orders", "add_note", "get_account", "list_cases", "update_case"]),
    ("tickets", ["create_ticket", "get_ticket", "comment", "assign", "close_ticket", "list_queue"]),
    ("warehouse", ["check_stock", "reserve", "list_bins", "forecast", "get_shipment", "track"]),
    ("docs", ["read_page", "list_pages", "append_block", "search_pages", "get_history", "export_page"]),
    ("calendar", ["list_events", "create_event", "find_slot", "cancel_event", "get_rooms", "invite"]),
    ("analytics", ["run_report", "list_reports", "get_metric", "segment", "compare", "annotate"]),
    ("pricing", ["get_price", "quote", "list_discounts", "simulate", "get_margin", "history"]),
];

/// Models of Bedrock.
pub(super) const MODELS: [&str; 6] = [
    "anthropic.claude-sonnet-4-20250514-v1:0",
    "amazon.titan-embed-text-v2:0",
    "amazon.nova-lite-v1:0",
    "meta.llama3-3-70b-instruct-v1:0",
    "mistral.mistral-large-2407-v1:0",
    "cohere.embed-english-v3",
];

/// Clients in pods, on machines, in functions.
pub(super) const CLIENTS: [&str; 4] = [
    "Boto3/1.40.21 md/Botocore#1.40.21 ua/2.1 os/linux#6.1.148-173.267.amzn2023.x86_64 md/arch#x86_64 lang/python#3.12.11 md/pyimpl#CPython m/b,Z,D cfg/retry-mode#standard Botocore/1.40.21",
    "aws-sdk-js/3.864.0 ua/2.1 os/linux#6.1.148-173.267.amzn2023.x86_64 lang/js md/nodejs#22.18.0",
    "aws-sdk-go-v2/1.37.2 ua/2.1 os/linux lang/go#1.24.5 md/GOOS#linux md/GOARCH#amd64",
    "aws-sdk-java/2.32.11 ua/2.1 os/Linux#6.1.148 lang/java#21.0.8 md/OpenJDK_64-Bit_Server_VM",
];

/// What somebody with a stolen session works with.
pub(super) const ATTACKER_CLIENT: &str = "aws-cli/2.28.6 md/awscrt#0.27.4 ua/2.1 os/linux#6.8.0-1031-aws md/arch#x86_64 lang/python#3.13.4 md/pyimpl#CPython m/E,b cfg/retry-mode#standard md/installer#exe md/prompt#off";

/// Python's Vault client.
pub(super) const VAULT_CLIENT: &str = "python-requests/2.32.4";
