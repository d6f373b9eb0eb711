//! The closed vocabularies of the canonical event. Each is a plain enum with the name it has on the wire.

/// Declares a closed vocabulary: an enum, its wire names, and both directions between them.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every value, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The value of a wire name, or `None`.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl Vocabulary for $name {
            const NAMES: &'static [&'static str] = &[$($text,)+];
            fn index(self) -> usize { self as usize }
            fn from_index(index: usize) -> Option<Self> { Self::ALL.get(index).copied() }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }
    };
}

/// What every closed vocabulary offers to columns: a dense index and its names.
pub trait Vocabulary: Copy + Sized + 'static {
    /// The wire names, by index.
    const NAMES: &'static [&'static str];
    /// The dense index of this value.
    fn index(self) -> usize;
    /// The value of a dense index.
    fn from_index(index: usize) -> Option<Self>;
}

vocabulary! {
    /// The log a record came from.
    Source {
        /// AWS CloudTrail, management and data events.
        AwsCloudtrail = "aws.cloudtrail",
        /// AWS Bedrock model-invocation logs.
        AwsBedrockInvocation = "aws.bedrock_invocation",
        /// GCP Cloud Audit Logs.
        GcpAudit = "gcp.audit",
        /// Azure Activity.
        AzureActivity = "azure.activity",
        /// Microsoft Entra sign-ins.
        EntraSignin = "entra.signin",
        /// Microsoft Entra audit.
        EntraAudit = "entra.audit",
        /// Azure Key Vault.
        AzureKeyvault = "azure.keyvault",
        /// Kubernetes audit.
        K8sAudit = "k8s.audit",
        /// HashiCorp Vault or OpenBao audit.
        VaultAudit = "vault.audit",
        /// OpenTelemetry GenAI and MCP spans and logs.
        OtelGenai = "otel.genai",
        /// MCP gateway audit.
        McpAudit = "mcp.audit",
        /// OCSF events that another pipeline normalised.
        Ocsf = "ocsf",
    }
}

vocabulary! {
    /// What an action does, across clouds.
    ActionClass {
        /// Reads data.
        Read = "read",
        /// Lists or describes.
        List = "list",
        /// Changes data or configuration.
        Write = "write",
        /// Removes.
        Delete = "delete",
        /// Changes what an identity may do.
        PermissionsChange = "permissions_change",
        /// Changes who may become or invoke an identity.
        TrustChange = "trust_change",
        /// Hands out a credential.
        CredentialIssue = "credential_issue",
        /// Proves possession of a credential and nothing else (a login, a caller-identity call).
        CredentialUse = "credential_use",
        /// Becomes another identity.
        Assume = "assume",
        /// Reads a stored secret.
        SecretRead = "secret_read",
        /// Takes a credential out of service.
        TokenRevoke = "token_revoke",
        /// Calls a model.
        ModelInvoke = "model_invoke",
        /// Changes an endpoint, a deployment, routing or a GPU pool.
        ModelChange = "model_change",
        /// Calls a tool.
        ToolInvoke = "tool_invoke",
        /// Runs code on a machine, in a pod or a function.
        Exec = "exec",
        /// Changes logging or a guardrail.
        LoggingChange = "logging_change",
        /// Changes the network's reach.
        NetworkChange = "network_change",
        /// Begins a session.
        SessionStart = "session_start",
        /// Ends a session.
        SessionEnd = "session_end",
    }
}

vocabulary! {
    /// AWS's access levels, used for every source.
    AccessLevel {
        /// Lists.
        List = "list",
        /// Reads.
        Read = "read",
        /// Writes.
        Write = "write",
        /// Manages permissions.
        Permissions = "permissions",
        /// Tags.
        Tagging = "tagging",
    }
}

vocabulary! {
    /// How the action ended.
    Outcome {
        /// It was done.
        Success = "success",
        /// It was refused for want of permission.
        Denied = "denied",
        /// It failed for another reason.
        Failure = "failure",
        /// The record does not say: a request without its response.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// What sort of identity acted.
    PrincipalKind {
        /// An assumable role.
        Role = "role",
        /// A user with credentials of its own; machine or human cannot be told.
        User = "user",
        /// A service account (Kubernetes, GCP).
        ServiceAccount = "service_account",
        /// An Azure managed identity.
        ManagedIdentity = "managed_identity",
        /// An Entra service principal.
        ServicePrincipal = "service_principal",
        /// An AI agent.
        Agent = "agent",
        /// A service: a cloud's own, or the `service.name` of telemetry.
        Service = "service",
        /// A person.
        Human = "human",
        /// A Vault or OpenBao login role, alias or entity.
        VaultRole = "vault_role",
        /// A root account or root token.
        Root = "root",
        /// A SPIFFE identity.
        Spiffe = "spiffe",
    }
}

vocabulary! {
    /// What sort of credential was used or handed out.
    CredentialKind {
        /// A long-lived key.
        StaticKey = "static_key",
        /// A temporary AWS session.
        StsSession = "sts_session",
        /// An OIDC or JWT token.
        OidcToken = "oidc_token",
        /// A Vault or OpenBao token.
        VaultToken = "vault_token",
        /// A Kubernetes service-account token.
        K8sToken = "k8s_token",
        /// An API key.
        ApiKey = "api_key",
        /// A client certificate.
        Certificate = "certificate",
        /// An OAuth access token.
        OauthToken = "oauth_token",
        /// A browser session of a cloud console.
        ConsoleSession = "console_session",
        /// A stored secret, of which only the name is known.
        StoredSecret = "stored_secret",
        /// A lease of dynamic credentials.
        Lease = "lease",
    }
}

vocabulary! {
    /// The catalogue's ids.
    Check {
        /// Privilege drift.
        D01 = "D01",
        /// Reach burst.
        D02 = "D02",
        /// Credential reach growth.
        D03 = "D03",
        /// Sensitive-use shift.
        D04 = "D04",
        /// Ownership or trust drift.
        D05 = "D05",
        /// Tool surface growth.
        D06 = "D06",
        /// Grant widened, unused.
        D07 = "D07",
        /// Declared boundary broken.
        D08 = "D08",
        /// Promoted without reset.
        D09 = "D09",
        /// Cumulative ratchet.
        D10 = "D10",
        /// Orchestrator pivot.
        L01 = "L01",
        /// Token reuse.
        L02 = "L02",
        /// New role chain.
        L03 = "L03",
        /// Delegation anomaly.
        L04 = "L04",
        /// Secret hop.
        L05 = "L05",
        /// Confused deputy.
        L06 = "L06",
        /// Environment crossing.
        L07 = "L07",
        /// Runtime pivot.
        L08 = "L08",
        /// Fan-out.
        L09 = "L09",
        /// New external edge.
        L10 = "L10",
        /// Static secret in use.
        H01 = "H01",
        /// Token outlives its task.
        H02 = "H02",
        /// Dormant or orphan wakes.
        H03 = "H03",
        /// Used after revocation or leak.
        H04 = "H04",
        /// Shared credential.
        H05 = "H05",
        /// Unregistered identity.
        H06 = "H06",
        /// Human use of a machine identity.
        H07 = "H07",
        /// Authentication downgrade.
        H08 = "H08",
        /// Provider swap, same reach.
        H09 = "H09",
        /// Retired, still live.
        H10 = "H10",
        /// Separation of duties broken.
        C01 = "C01",
        /// Unapproved serving change.
        C02 = "C02",
        /// Self-grant.
        C03 = "C03",
        /// Logging or guardrail removed.
        C04 = "C04",
        /// Denied probing.
        C05 = "C05",
        /// Detector health.
        M01 = "M01",
    }
}

vocabulary! {
    /// The planes of reach.
    Plane {
        /// What it does to resources.
        Privilege = "privilege",
        /// What credentials it holds or can obtain.
        Credential = "credential",
        /// Which tools it calls.
        Tool = "tool",
        /// Which models it calls.
        Model = "model",
        /// Where it comes from.
        Network = "network",
        /// Who acts through whom.
        Delegation = "delegation",
        /// Who may change, impersonate or invoke it.
        Control = "control",
    }
}

vocabulary! {
    /// How far a workload's baseline has come.
    Maturity {
        /// Nothing but deterministic checks is said of it yet.
        Learning = "learning",
        /// The origin snapshot is sealed; drift is measured.
        Mature = "mature",
        /// It has been silent for long.
        Stale = "stale",
    }
}

vocabulary! {
    /// How grave a finding is; OCSF `severity_id` is the index plus one.
    Severity {
        /// For the record.
        Informational = "informational",
        /// Worth a look this week.
        Low = "low",
        /// Worth a look today.
        Medium = "medium",
        /// Worth a look now.
        High = "high",
        /// Wake somebody.
        Critical = "critical",
    }
}

vocabulary! {
    /// How sure a finding is; OCSF `confidence_id` is the index plus one.
    Confidence {
        /// A candidate.
        Low = "low",
        /// Likely.
        Medium = "medium",
        /// Certain as far as the log is.
        High = "high",
    }
}

vocabulary! {
    /// What a person decided.
    DecisionKind {
        /// Reach is part of the baseline.
        Accept = "accept",
        /// A finding is not wanted.
        Dismiss = "dismiss",
        /// A finding is graver than it looks.
        Escalate = "escalate",
    }
}

impl Severity {
    /// OCSF `severity_id`: 1 informational to 5 critical.
    pub const fn ocsf_id(self) -> u8 {
        self as u8 + 1
    }

    /// One step less grave; informational stays.
    #[must_use]
    pub const fn lowered(self) -> Self {
        match self {
            Self::Informational | Self::Low => Self::Informational,
            Self::Medium => Self::Low,
            Self::High => Self::Medium,
            Self::Critical => Self::High,
        }
    }

    /// One step graver; critical stays.
    #[must_use]
    pub const fn raised(self) -> Self {
        match self {
            Self::Informational => Self::Low,
            Self::Low => Self::Medium,
            Self::Medium => Self::High,
            Self::High | Self::Critical => Self::Critical,
        }
    }
}
