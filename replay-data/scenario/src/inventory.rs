//! The inventory that goes with a history: `workloads.yaml`, as an operator would keep it.

use std::fmt::{self, Display, Formatter, Write as _};

use ambit_schemas::EventTime;

/// An environment and the AWS accounts in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment<'a> {
    /// The name.
    pub name: &'a str,
    /// The accounts' ids.
    pub accounts: Vec<&'a str>,
    /// The Kubernetes clusters.
    pub clusters: Vec<&'a str>,
}

/// A workload as registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration<'a> {
    /// The name.
    pub name: &'a str,
    /// The team that answers for it.
    pub owner: &'a str,
    /// Its home.
    pub environment: &'a str,
    /// What part it plays.
    pub component: &'a str,
    /// Provider and name of its model.
    pub model: Option<(&'a str, &'a str)>,
    /// Kind and pattern of each identity.
    pub identities: Vec<(&'a str, String)>,
    /// Its declared reach.
    pub boundary: Option<Boundary<'a>>,
    /// When it was retired.
    pub retired_at: Option<EventTime>,
}

/// A declared reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundary<'a> {
    /// Action and, where it matters, resource.
    pub allow: Vec<(&'a str, Option<&'a str>)>,
    /// The kinds of credential it may use.
    pub kinds: Vec<&'a str>,
    /// The greatest age of a credential: `12h`.
    pub max_age: Option<&'a str>,
}

/// A change record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<'a> {
    /// The id in the operator's system.
    pub id: &'a str,
    /// The workload it is for.
    pub workload: &'a str,
    /// `deploy`, `permission`, `model_swap`, `serving`, `promotion` or `rotation`.
    pub kind: &'a str,
    /// First moment.
    pub from: EventTime,
    /// Last moment.
    pub to: EventTime,
    /// Who said yes.
    pub approved_by: &'a str,
}

/// Everything that goes into the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory<'a> {
    /// Environments.
    pub environments: Vec<Environment<'a>>,
    /// Workloads.
    pub workloads: Vec<Registration<'a>>,
    /// `vault` or `aws_secret`, the place, and the access key id it holds.
    pub secrets: Vec<(&'a str, String, String)>,
    /// Resource pattern and sensitivity.
    pub sensitivity: Vec<(String, u8)>,
    /// Credential and when it was revoked.
    pub revoked: Vec<(String, EventTime)>,
    /// Change records.
    pub changes: Vec<Change<'a>>,
}

/// The YAML text.
impl Display for Inventory<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("version: 1\nenvironments:\n")?;
        for environment in &self.environments {
            writeln!(f, "{environment}")?;
        }
        f.write_str("workloads:\n")?;
        for workload in &self.workloads {
            f.write_str(&workload.yaml()?)?;
        }
        list(f, "secrets", &self.secrets, |(store, place, key)| {
            format!("  - {{ {store}: {place}, holds: {key} }}")
        })?;
        list(f, "sensitivity", &self.sensitivity, |(resource, level)| {
            format!("  - {{ resource: \"{resource}\", level: {level} }}")
        })?;
        list(f, "revoked", &self.revoked, |(credential, at)| {
            format!("  - {{ credential: {credential}, at: {at} }}")
        })?;
        list(f, "changes", &self.changes, Change::to_string)
    }
}

/// A section of the file; without entries there is none.
fn list<T>(f: &mut Formatter<'_>, name: &str, items: &[T], line: impl Fn(&T) -> String) -> fmt::Result {
    if items.is_empty() {
        return Ok(());
    }
    writeln!(f, "{name}:")?;
    for item in items {
        writeln!(f, "{}", line(item))?;
    }
    Ok(())
}

impl Display for Environment<'_> {
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

impl Registration<'_> {
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

impl Boundary<'_> {
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

impl Display for Change<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { id, workload, kind, from, to, approved_by } = self;
        write!(
            f,
            "  - {{ id: {id}, workload: {workload}, kind: {kind}, from: {from}, to: {to}, approved_by: {approved_by} }}"
        )
    }
}
