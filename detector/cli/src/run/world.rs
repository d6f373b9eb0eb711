//! What people wrote and may change while the daemon runs: rules, inventory with its change records, decisions.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ambit_rules::Catalogue;
use ambit_schemas::{Decisions, Inventory, RuleSet};

use super::metrics::Metrics;
use crate::config::Config;
use crate::decisions::DecisionLog;
use crate::{inventory, rules};

/// All of it, read and checked.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) catalogue: Catalogue,
    pub(crate) rules: RuleSet,
    pub(crate) inventory: Inventory,
    pub(crate) decisions: Decisions,
}

impl World {
    /// Reads it.
    ///
    /// # Errors
    /// When any of it is wrong.
    pub(crate) fn load(config: &Config) -> anyhow::Result<Self> {
        let catalogue = rules::load(&config.rules)?;
        let local = config.checkpoint.local.as_deref();
        Ok(Self {
            rules: catalogue.rule_set(config.budget)?,
            inventory: inventory::load(config.inventory.as_deref())?,
            decisions: local.map(|folder| DecisionLog::new(folder).load()).transpose()?.unwrap_or_default(),
            catalogue,
        })
    }

    /// Reads it anew; a bad one is refused, and the old one goes on.
    pub(crate) fn reload(config: &Config, metrics: &Metrics) -> Option<Box<Self>> {
        let (result, world) = match Self::load(config) {
            Ok(world) => ("done", Some(Box::new(world))),
            Err(error) => {
                tracing::error!("what changed is not taken: {error:#}");
                ("refused", None)
            }
        };
        metrics.outside.reloads.with_label_values(&[result]).inc();
        if world.is_some() {
            tracing::info!("rules, inventory and decisions were read anew");
        }
        world
    }
}

/// How the files looked.
type Stamps = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// Notices that the files were changed.
#[derive(Debug)]
pub(crate) struct Watch {
    paths: Vec<PathBuf>,
    stamps: Stamps,
    /// A change that was seen once: it is acted on when it is seen again, because an editor may still be writing.
    fresh: Option<Stamps>,
}

impl Watch {
    pub(crate) fn new(config: &Config) -> Self {
        let paths = config.inventory.iter().chain(&config.rules).cloned();
        let decisions = config.checkpoint.local.iter().map(|folder| folder.join("decisions.ndjson"));
        let paths = paths.chain(decisions).collect::<Vec<_>>();
        Self { stamps: stamps(&paths), fresh: None, paths }
    }

    /// Whether they have changed since the last time, and are still as they were at the last look.
    pub(crate) fn changed(&mut self) -> bool {
        let now = stamps(&self.paths);
        if now == self.stamps {
            self.fresh = None;
            return false;
        }
        if self.fresh.as_ref() != Some(&now) {
            self.fresh = Some(now);
            return false;
        }
        self.fresh = None;
        self.stamps = now;
        true
    }
}

fn stamps(paths: &[PathBuf]) -> Stamps {
    let mut stamps = Stamps::new();
    for path in paths {
        note(path, &mut stamps);
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            note(&entry.path(), &mut stamps);
        }
    }
    stamps
}

fn note(path: &Path, stamps: &mut Stamps) {
    if let Ok(metadata) = path.metadata() {
        stamps.insert(path.to_owned(), (metadata.len(), metadata.modified().ok()));
    }
}
