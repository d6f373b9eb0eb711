//! Acme's accounts, roles, users, buckets and people.

use crate::cloudtrail::{Account, Person, Role, User};

/// Production.
pub(super) const PROD: Account =
    Account { id: "111122223333", region: "us-east-1", endpoint: "vpce-0b7d2e41c95f3a680" };
/// Development.
pub(super) const DEV: Account =
    Account { id: "444455556666", region: "us-east-1", endpoint: "vpce-0e18c6a4d2f97b053" };
/// What an acquisition left behind.
pub(super) const LEGACY: Account =
    Account { id: "777788889999", region: "us-east-1", endpoint: "vpce-03f5a91e7c2d84b60" };

/// The organisation's trail in production.
pub(super) const TRAIL: &str = "acme-prod-trail";
/// The key that encrypts production's buckets.
pub(super) const BUCKET_KEY: &str = "5f2c9a7e-41b8-4d3a-9c06-e7d1b8a3f524";

/// The model that talks.
pub(super) const CHAT_MODEL: &str = "anthropic.claude-sonnet-4-20250514-v1:0";
/// The model that embeds.
pub(super) const EMBED_MODEL: &str = "amazon.titan-embed-text-v2:0";
/// The model that judges in evaluations.
pub(super) const JUDGE_MODEL: &str = "anthropic.claude-3-7-sonnet-20250219-v1:0";

/// Boto3 in a pod.
pub(super) const BOTO: &str = "Boto3/1.40.21 md/Botocore#1.40.21 ua/2.1 os/linux#6.1.148-173.267.amzn2023.x86_64 md/arch#x86_64 lang/python#3.12.11 md/pyimpl#CPython m/b,Z,D cfg/retry-mode#standard Botocore/1.40.21";
/// The Go SDK in a log shipper.
pub(super) const VECTOR: &str =
    "aws-sdk-rust/1.3.8 ua/2.1 api/s3/1.101.0 os/linux lang/rust/1.88.0 m/E,b app/vector";
/// The JavaScript SDK in a tool.
pub(super) const NODE: &str = "aws-sdk-js/3.864.0 ua/2.1 os/linux#6.1.148-173.267.amzn2023.x86_64 lang/js md/nodejs#22.18.0 api/lambda#3.864.0";
/// Terraform.
pub(super) const TERRAFORM: &str = "APN/1.0 HashiCorp/1.0 Terraform/1.12.2 (+https://www.terraform.io) terraform-provider-aws/6.7.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.37.2 ua/2.1 os/linux lang/go#1.24.5 md/GOOS#linux md/GOARCH#amd64";
/// The command line in a pipeline.
pub(super) const CLI: &str = "aws-cli/2.28.6 md/awscrt#0.27.4 ua/2.1 os/linux#6.8.0-1031-aws md/arch#x86_64 lang/python#3.13.4 md/pyimpl#CPython m/E,b cfg/retry-mode#standard md/installer#exe md/prompt#off";
/// A browser.
pub(super) const BROWSER: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Safari/537.36";
/// Python's Vault client.
pub(super) const HVAC: &str = "python-requests/2.32.4";
/// The Vault agent beside a pod.
pub(super) const VAULT_AGENT: &str = "OpenBao-Agent/2.3.1";

/// On call this month and the next.
pub(super) const MARIA: Person =
    Person { mail: "maria.lindqvist@acme.example", address: "198.51.100.24", browser: BROWSER };
/// Develops agents.
pub(super) const TOMAS: Person =
    Person { mail: "tomas.okafor@acme.example", address: "198.51.100.61", browser: BROWSER };
/// Leads the platform team.
pub(super) const INES: Person =
    Person { mail: "ines.carvalho@acme.example", address: "198.51.100.24", browser: BROWSER };

const SSO: &str = "/aws-reserved/sso.amazonaws.com/";

/// The roles and users that are not a running workload's own.
#[derive(Debug)]
pub(super) struct Organisation {
    /// On-call people in production.
    pub on_call: Role,
    /// Developers in the development account.
    pub developer: Role,
    /// Administrators of what is left of the acquisition.
    pub legacy_admin: Role,
    /// The role of the tools that the orchestrator runs.
    pub tools: Role,
    /// The role of the tool that quotes refunds.
    pub quote_tools: Role,
    /// A read-only role in production that was made for evaluations.
    pub eval_readonly: Role,
    /// Auto Scaling's own role.
    pub autoscaling: Role,
    /// Config's own role.
    pub config: Role,
    /// The user whose key lies in Vault for the retriever.
    pub index_writer: User,
    /// The old retriever's user.
    pub legacy_rag: User,
}

impl Organisation {
    /// Acme under a seed.
    pub(super) fn new(seed: u64) -> Self {
        let role = |account, path, name| Role::new(seed, account, path, name);
        Self {
            on_call: role(PROD, SSO, "AWSReservedSSO_OnCall_6c1f0d2a9b47e835"),
            developer: role(DEV, SSO, "AWSReservedSSO_Developer_a83e5b7d10c4f962"),
            legacy_admin: role(LEGACY, SSO, "AWSReservedSSO_Administrator_2d94b6e1f75a03c8"),
            tools: role(PROD, "/", "mcp-tools"),
            quote_tools: role(PROD, "/", "quote-tools"),
            eval_readonly: role(PROD, "/", "eval-readonly"),
            autoscaling: role(
                PROD,
                "/aws-service-role/autoscaling.amazonaws.com/",
                "AWSServiceRoleForAutoScaling",
            ),
            config: role(PROD, "/aws-service-role/config.amazonaws.com/", "AWSServiceRoleForConfig"),
            index_writer: User::new(seed, PROD, "rag-index-writer"),
            legacy_rag: User::new(seed, LEGACY, "legacy-rag"),
        }
    }
}
