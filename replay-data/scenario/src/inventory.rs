//! The inventory that goes with a history: `workloads.yaml`, as an operator would keep it.

use std::fmt::{self, Display, Formatter, Write as _};

use ambit_schemas::EventTime;

/// An environment and the AWS accounts in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// The name.
    pub name: &'static str,
    /// The accounts' ids.
    pub accounts: Vec<&'static str>,
    /// The Kubernetes clusters.
    pub clusters: Vec<&'static str>,
}

/// A workload as registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The name.
    pub name: &'static str,
    /// The team that answers for it.
    pub owner: &'static str,
    /// Its home.
    pub environment: &'static str,
    /// What part it plays.
    pub component: &'static str,
    /// Provider and name of its model.
    pub model: Option<(&'static str, &'static str)>,
    /// Kind and pattern of each identity.
    pub identities: Vec<(&'static str, String)>,
    /// Its declared reach.
    pub boundary: Option<Boundary>,
    /// When it was retired.
    pub retired_at: Option<EventTime>,
}

/// A declared reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundary {
    /// Action and, where it matters, resource.
    pub allow: Vec<(&'static str, Option<&'static str>)>,
    /// The kinds of credential it may use.
    pub kinds: Vec<&'static str>,
    /// The greatest age of a credential: `12h`.
    pub max_age: Option<&'static str>,
}

/// A change record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The id in the operator's system.
    pub id: &'static str,
    /// The workload it is for.
    pub workload: &'static str,
    /// `deploy`, `permission`, `model_swap`, `serving`, `promotion` or `rotation`.
    pub kind: &'static str,
    /// First moment.
    pub from: EventTime,
    /// Last moment.
    pub to: EventTime,
    /// Who said yes.
    pub approved_by: &'static str,
}

/// Everything that goes into the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Environments.
    pub environments: Vec<Environment>,
    /// Workloads.
    pub workloads: Vec<Registration>,
    /// Vault path and the access key id it holds.
    pub secrets: Vec<(&'static str, String)>,
    /// Resource pattern and sensitivity.
    pub sensitivity: Vec<(&'static str, u8)>,
    /// Credential and when it was revoked.
    pub revoked: Vec<(String, EventTime)>,
    /// Change records.
    pub changes: Vec<Change>,
}

/// The YAML text.
impl Display for Inventory {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("version: 1\nenvironments:\n")?;
        for environment in &self.environments {
            writeln!(f, "{environment}")?;
        }
        f.write_str("workloads:\n")?;
        for workload in &self.workloads {
            f.write_str(&workload.yaml()?)?;
        }
        f.write_str("secrets:\n")?;
        for (path, key) in &self.secrets {
            writeln!(f, "  - {{ vault: {path}, holds: {key} }}")?;
        }
        f.write_str("sensitivity:\n")?;
        for (resource, level) in &self.sensitivity {
            writeln!(f, "  - {{ resource: \"{resource}\", level: {level} }}")?;
        }
        f.write_str("revoked:\n")?;
        for (credential, at) in &self.revoked {
            writeln!(f, "  - {{ credential: {credential}, at: {at} }}")?;
        }
        f.write_str("changes:\n")?;
        for change in &self.changes {
            writeln!(f, "{change}")?;
        }
        Ok(())
    }
}

impl Display for Environment {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "  - name: {}\n    match:", self.name)?;
        for account in &self.accounts {
            write!(f, "\n      - {{ aws_account: \"{account}\" }}")?;
        }
        for cluster in &self.clusters {
            write!(f, "\n      - {{ k8s_cluster: {cluster} }}")?;
        }
        Ok(())
    }
}

impl Registration {
    fn yaml(&self) -> Result<String, fmt::Error> {
        let mut out = String::new();
        writeln!(out, "  - name: {}", self.name)?;
        writeln!(out, "    owner: {}", self.owner)?;
        writeln!(out, "    environment: {}", self.environment)?;
        writeln!(out, "    component: {}", self.component)?;
        if let Some((provider, name)) = self.model {
            writeln!(out, "    model: {{ provider: {provider}, name: {name} }}")?;
        }
        writeln!(out, "    identities:")?;
        for (kind, pattern) in &self.identities {
            writeln!(out, "      - {{ {kind}: \"{pattern}\" }}")?;
        }
        if let Some(boundary) = &self.boundary {
            boundary.yaml(&mut out)?;
        }
        if let Some(at) = self.retired_at {
            writeln!(out, "    retired_at: {at}")?;
        }
        Ok(out)
    }
}

impl Boundary {
    fn yaml(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "    boundary:\n      allow:")?;
        for (action, resource) in &self.allow {
            match resource {
                Some(resource) => {
                    writeln!(out, "        - {{ action: \"{action}\", resource: \"{resource}\" }}")?;
                }
                None => writeln!(out, "        - {{ action: \"{action}\" }}")?,
            }
        }
        if self.kinds.is_empty() {
            return Ok(());
        }
        let age = self.max_age.map(|age| format!(", max_age: {age}")).unwrap_or_default();
        writeln!(out, "      credentials: {{ kinds: [{}]{age} }}", self.kinds.join(", "))
    }
}

impl Display for Change {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { id, workload, kind, from, to, approved_by } = self;
        write!(
            f,
            "  - {{ id: {id}, workload: {workload}, kind: {kind}, from: {from}, to: {to}, approved_by: {approved_by} }}"
        )
    }
}
