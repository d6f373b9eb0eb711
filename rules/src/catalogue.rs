//! The catalogue: what each finding is called, what it says, how grave it is, with which parameters it is found, and
//! what to do about it.

mod embedded;
mod read;
mod template;
mod text;

use std::collections::BTreeMap;

use ambit_schemas::Finding;
use ambit_schemas::RuleSet;
use ambit_schemas::ruleset::{CheckRule, Parameter, RuleSetError};
use ambit_schemas::vocabulary::{Check, Confidence, Severity};

use crate::error::RuleError;
use crate::mapping::Mappings;
pub use embedded::{FIXTURES, FixtureFile};
use template::Template;

/// Slots that every finding fills from its own fields.
pub const COMMON_SLOTS: &[&str] = &["workload", "owner", "environment", "time", "change_record"];

/// The checked catalogue.
#[derive(Debug, Clone)]
pub struct Catalogue {
    entries: BTreeMap<Check, Entry>,
    detector: Vec<ParameterEntry>,
    mappings: Mappings,
}

/// How a finding comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Analytic {
    /// A fact that is so or not.
    Rule,
    /// A statistic against a null.
    Statistical,
}

impl Analytic {
    /// OCSF `finding_info.analytic.type_id`.
    pub const fn ocsf_type_id(self) -> u8 {
        match self {
            Self::Rule => 1,
            Self::Statistical => 3,
        }
    }
}

/// One finding of the catalogue.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its id.
    pub check: Check,
    /// Its title.
    pub title: String,
    /// How it comes about.
    pub analytic: Analytic,
    /// Whether it runs.
    pub enabled: bool,
    /// Its severity before any circumstance changes it.
    pub severity: Severity,
    /// Its confidence before any circumstance changes it.
    pub confidence: Confidence,
    /// What changes the severity, in words.
    pub severity_logic: String,
    /// The slots of its own, besides [`COMMON_SLOTS`].
    pub slots: Vec<String>,
    /// Its parameters.
    pub parameters: Vec<ParameterEntry>,
    /// What innocent behaviour looks like it.
    pub benign: String,
    sentence: Template,
    variants: Vec<Variant>,
    remediation: Vec<Template>,
}

/// A sentence for a circumstance.
#[derive(Debug, Clone)]
struct Variant {
    when: BTreeMap<String, String>,
    sentence: Template,
}

/// A parameter with its value and what it means.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterEntry {
    /// Which.
    pub parameter: Parameter,
    /// Its value: the shipped default, unless a file overrode it.
    pub value: f64,
    /// The unit of the value.
    pub unit: String,
    /// The least value that makes sense.
    pub min: f64,
    /// The greatest value that makes sense.
    pub max: f64,
    /// What it does.
    pub meaning: String,
}

impl Catalogue {
    /// The shipped catalogue.
    ///
    /// # Errors
    /// Never, as a test shows; the shipped texts go through the same reader as any other.
    pub fn embedded() -> Result<Self, RuleError> {
        read::shipped(embedded::CATALOGUE, Mappings::embedded()?)
    }

    /// This catalogue with one directory of overrides, given as `(file name, text)`. A document names an `id` and what
    /// changes: `title`, `enabled`, `severity`, `confidence`, `sentence`, `variants`, `remediation`, or the `value` of
    /// some `parameters`. A later directory wins over an earlier one.
    ///
    /// # Errors
    /// An unknown id, key, slot or parameter, a value out of its range, or an id that two documents of the directory
    /// override.
    pub fn with_dir(self, files: &[(String, String)]) -> Result<Self, RuleError> {
        read::overridden(self, files)
    }

    /// What the detector is told.
    ///
    /// # Errors
    /// A parameter without a usable value, which the reader has excluded.
    pub fn rule_set(&self, budget: f64) -> Result<RuleSet, RuleSetError> {
        let rule = |entry: &Entry| CheckRule {
            enabled: entry.enabled,
            severity: entry.severity,
            confidence: entry.confidence,
        };
        let checks = self.entries.values().map(|entry| (entry.check, rule(entry))).collect();
        RuleSet::new(budget, checks, |parameter| {
            self.parameters().find(|entry| entry.parameter == parameter).map(|entry| entry.value)
        })
    }

    /// The entry of a check that has a catalogue file.
    pub fn entry(&self, check: Check) -> Option<&Entry> {
        self.entries.get(&check)
    }

    /// All entries, in the order of their ids as declared in [`Check`].
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// All parameters: the detector's own first, then by check.
    pub fn parameters(&self) -> impl Iterator<Item = &ParameterEntry> {
        self.detector.iter().chain(self.entries.values().flat_map(|entry| &entry.parameters))
    }

    /// Which framework entries the findings speak of.
    pub fn mappings(&self) -> &Mappings {
        &self.mappings
    }
}

impl Entry {
    /// The plain sentence, with the slots filled. A slot without a fact shows its name in braces.
    pub fn sentence<K: AsRef<str>>(&self, facts: &[(K, String)]) -> String {
        self.template(facts).fill(|slot| fact(facts, slot))
    }

    /// What to do, in order: what to revoke first stands first.
    pub fn remediation<K: AsRef<str>>(&self, facts: &[(K, String)]) -> Vec<String> {
        self.remediation.iter().map(|step| step.fill(|slot| fact(facts, slot))).collect()
    }

    /// The slots of the sentence and the remediation that the facts leave open.
    pub fn open_slots<K: AsRef<str>>(&self, facts: &[(K, String)]) -> Vec<&str> {
        let templates = std::iter::once(self.template(facts)).chain(&self.remediation);
        let mut open: Vec<&str> =
            templates.flat_map(Template::slots).filter(|slot| fact(facts, slot).is_none()).collect();
        open.sort_unstable();
        open.dedup();
        open
    }

    fn template<K: AsRef<str>>(&self, facts: &[(K, String)]) -> &Template {
        let fits = |variant: &&Variant| {
            variant.when.iter().all(|(slot, value)| fact(facts, slot) == Some(value.as_str()))
        };
        self.variants.iter().find(fits).map_or(&self.sentence, |variant| &variant.sentence)
    }
}

/// The facts of a finding: its own, and the [`COMMON_SLOTS`] where its own do not name them. `change_record` is half a
/// sentence: `change record CHG-1042 (deploy) explains it`, or that none does.
pub fn facts(finding: &Finding) -> Vec<(String, String)> {
    let mut facts = finding.facts.clone();
    let common = [
        ("workload", finding.workload.clone()),
        ("owner", finding.owner.clone().unwrap_or_else(|| "nobody".into())),
        ("environment", finding.environment.clone().unwrap_or_else(|| "an undeclared environment".into())),
        ("time", finding.time.to_string()),
        ("change_record", change_record(finding)),
    ];
    for (slot, value) in common {
        if fact(&facts, slot).is_none() {
            facts.push((slot.into(), value));
        }
    }
    facts
}

fn change_record(finding: &Finding) -> String {
    finding.change.as_ref().map_or_else(
        || "no change record explains it".into(),
        |change| format!("change record {} ({}) explains it", change.id, change.kind),
    )
}

fn fact<'a, K: AsRef<str>>(facts: &'a [(K, String)], slot: &str) -> Option<&'a str> {
    facts.iter().find(|(name, _)| name.as_ref() == slot).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests;
