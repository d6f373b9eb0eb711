//! Which entries of which public frameworks each finding speaks of: one versioned table, with older ids as aliases.

use std::collections::BTreeMap;

use ambit_schemas::vocabulary::Check;
use serde::Deserialize;

use crate::error::{Place, RuleError};

const FILE: &str = "rules/mappings/frameworks.yaml";
const TEXT: &str = include_str!("../mappings/frameworks.yaml");

/// A framework of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Framework {
    /// OWASP Non-Human Identities Top 10.
    OwaspNhi,
    /// OWASP Top 10 for Agentic Applications.
    OwaspAsi,
    /// MITRE ATT&CK Enterprise.
    Attack,
    /// MITRE ATLAS.
    Atlas,
    /// NIST SP 800-53.
    #[serde(rename = "nist_800_53")]
    Nist80053,
    /// NIST Cybersecurity Framework.
    NistCsf,
    /// CSA MAESTRO layers.
    Maestro,
    /// NIST AI Risk Management Framework.
    NistAiRmf,
    /// NIST SP 800-207, zero trust.
    #[serde(rename = "nist_800_207")]
    Nist800207,
}

impl Framework {
    /// Every framework.
    pub const ALL: &'static [Self] = &[
        Self::OwaspNhi,
        Self::OwaspAsi,
        Self::Attack,
        Self::Atlas,
        Self::Nist80053,
        Self::NistCsf,
        Self::Maestro,
        Self::NistAiRmf,
        Self::Nist800207,
    ];

    /// The frameworks that the catalogue files repeat for their readers.
    pub(crate) const REPEATED: &'static [Self] =
        &[Self::OwaspNhi, Self::OwaspAsi, Self::Attack, Self::Atlas, Self::Nist80053];

    /// The key in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OwaspNhi => "owasp_nhi",
            Self::OwaspAsi => "owasp_asi",
            Self::Attack => "attack",
            Self::Atlas => "atlas",
            Self::Nist80053 => "nist_800_53",
            Self::NistCsf => "nist_csf",
            Self::Maestro => "maestro",
            Self::NistAiRmf => "nist_ai_rmf",
            Self::Nist800207 => "nist_800_207",
        }
    }
}

/// The checked table.
#[derive(Debug, Clone)]
pub struct Mappings {
    version: u32,
    frameworks: BTreeMap<Framework, Table>,
    checks: BTreeMap<Check, BTreeMap<Framework, Vec<String>>>,
}

/// One framework's entries.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    title: String,
    version: String,
    entries: BTreeMap<String, String>,
    #[serde(default)]
    aliases: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TableText {
    version: u32,
    frameworks: BTreeMap<Framework, Table>,
    catalogue: BTreeMap<String, BTreeMap<Framework, Vec<String>>>,
}

/// An entry of a framework that a finding speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The framework.
    pub framework: Framework,
    /// The framework's title.
    pub framework_title: &'a str,
    /// The framework's version.
    pub version: &'a str,
    /// The entry's id.
    pub id: &'a str,
    /// The entry's own title.
    pub title: &'a str,
    /// The title of the technique that this one is a part of.
    pub parent_title: Option<&'a str>,
}

/// A technique of ATT&CK or ATLAS, as `finding_info.attacks[]` wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attack<'a> {
    /// ATT&CK or ATLAS.
    pub framework: Framework,
    /// The framework's version.
    pub version: &'a str,
    /// Id and name of the technique.
    pub technique: (&'a str, &'a str),
    /// Id and name of the sub-technique.
    pub sub_technique: Option<(&'a str, &'a str)>,
}

impl Reference<'_> {
    /// `Technique: Sub-technique`, or the title alone.
    pub fn full_title(&self) -> String {
        match self.parent_title {
            Some(parent) => format!("{parent}: {}", self.title),
            None => self.title.into(),
        }
    }
}

impl Mappings {
    /// The shipped table.
    ///
    /// # Errors
    /// Never, as a test shows.
    pub fn embedded() -> Result<Self, RuleError> {
        Self::parse(FILE, TEXT)
    }

    fn parse(file: &str, text: &str) -> Result<Self, RuleError> {
        let place = Place { file };
        let text: TableText = serde_saphyr::from_str(text).map_err(|error| place.yaml(&error))?;
        let wrong = |field: &str, problem: String| place.error(0, field, problem, "correct the table");
        let mut checks = BTreeMap::new();
        for (name, ids) in text.catalogue {
            let check =
                Check::parse(&name).ok_or_else(|| wrong("catalogue", format!("no finding `{name}`")))?;
            checks.insert(check, ids);
        }
        let table = Self { version: text.version, frameworks: text.frameworks, checks };
        match table.dangling() {
            Some((field, id)) => Err(wrong(&field, format!("`{id}` is no entry of the framework"))),
            None => Ok(table),
        }
    }

    /// The first id that points at nothing.
    fn dangling(&self) -> Option<(String, String)> {
        let used = self.checks.iter().flat_map(|(check, frameworks)| {
            frameworks.iter().flat_map(move |(framework, ids)| {
                ids.iter().map(move |id| (*framework, format!("catalogue.{check}"), id))
            })
        });
        let aliased = self.frameworks.iter().flat_map(|(framework, table)| {
            table.aliases.iter().flat_map(move |(alias, ids)| {
                ids.iter().map(move |id| (*framework, format!("aliases.{alias}"), id))
            })
        });
        let known = |framework: &Framework, id: &String| {
            self.frameworks.get(framework).is_some_and(|table| table.entries.contains_key(id))
        };
        used.chain(aliased)
            .find(|(framework, _, id)| !known(framework, id))
            .map(|(framework, place, id)| (format!("{place}.{}", framework.as_str()), id.clone()))
    }

    /// The version of the table.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// What a finding speaks of, by framework, then in the table's order.
    pub fn references(&self, check: Check) -> impl Iterator<Item = Reference<'_>> {
        let frameworks = self.checks.get(&check).into_iter().flatten();
        frameworks.flat_map(|(framework, ids)| ids.iter().filter_map(|id| self.reference(*framework, id)))
    }

    /// The techniques of ATT&CK and ATLAS of a finding.
    pub fn attacks(&self, check: Check) -> Vec<Attack<'_>> {
        self.references(check)
            .filter(|reference| matches!(reference.framework, Framework::Attack | Framework::Atlas))
            .map(|reference| {
                let own = (reference.id, reference.title);
                let parent = parent_id(reference.framework, reference.id).zip(reference.parent_title);
                Attack {
                    framework: reference.framework,
                    version: reference.version,
                    technique: parent.unwrap_or(own),
                    sub_technique: parent.map(|_| own),
                }
            })
            .collect()
    }

    /// The current ids of an id that may be an older version's.
    pub fn resolve(&self, framework: Framework, id: &str) -> Vec<&str> {
        let Some(table) = self.frameworks.get(&framework) else { return Vec::new() };
        if let Some((id, _)) = table.entries.get_key_value(id) {
            return vec![id];
        }
        table.aliases.get(id).into_iter().flatten().map(String::as_str).collect()
    }

    fn reference<'a>(&'a self, framework: Framework, id: &str) -> Option<Reference<'a>> {
        let table = self.frameworks.get(&framework)?;
        let (id, title) = table.entries.get_key_value(id)?;
        let parent = parent_id(framework, id).and_then(|parent| table.entries.get(parent));
        Some(Reference {
            framework,
            framework_title: &table.title,
            version: &table.version,
            id,
            title,
            parent_title: parent.map(String::as_str),
        })
    }
}

/// `T1078` of `T1078.004`, `AML.T0091` of `AML.T0091.000`.
fn parent_id(framework: Framework, id: &str) -> Option<&str> {
    let dots = match framework {
        Framework::Attack => 1,
        Framework::Atlas => 2,
        _ => return None,
    };
    if id.matches('.').count() < dots {
        return None;
    }
    id.rsplit_once('.').map(|(parent, _)| parent)
}

#[cfg(test)]
mod tests;
