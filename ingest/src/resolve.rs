//! Which workload acted, on which workload, in which environment, and how sensitive that is to the operator. Each
//! answer depends on its own row and the inventory alone, so that batches may be cut anywhere; what only the history
//! can tell (a Vault entity, an accessor, the unique id of another account's role) is left to the detector's lineage.
//!
//! What a decoder leaves for the resolver:
//! - `principal`, `principal_kind`, `principal_alias` as the columns say;
//! - `account`: of Kubernetes the cluster, or `cluster/namespace` (`-` for what is unknown), of Vault the namespace;
//! - `environment`: what telemetry claims for itself (`deployment.environment.name`);
//! - `target_workload`: the identity that is acted on, named as a principal of the same source would be. Where it is
//!   empty, a resource whose kind is an identity's is taken instead.

mod identity;
mod place;
mod target;
mod workload;

use std::sync::Arc;

use ambit_schemas::vocabulary::{PrincipalKind, Source};
use ambit_schemas::{Column, EventBatch, Inventory, SchemaError};
use arrow::array::{ArrayRef, RecordBatch, UInt8Array};

use crate::decode::Labels;
use crate::distinct::Distinct;
use crate::subject;
use place::Scene;
use workload::{Found, How, Registry, Who};

/// What became of the rows. All are numbers of rows, so they add up over any cut of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ResolveCounts {
    /// Rows looked at: the sum of the five below.
    pub rows: u64,
    /// Rows of a workload of the inventory.
    pub registered: u64,
    /// Rows of a workload that is named after its own identity.
    pub discovered: u64,
    /// Rows of the clouds' own services.
    pub platform: u64,
    /// Rows that show only an id which lineage may know.
    pub pending: u64,
    /// Rows that name nobody.
    pub nameless: u64,
    /// Rows of a workload of the inventory where an entry of another was equally exact, so that file order decided.
    pub ties: u64,
    /// Rows that happened in no environment of the inventory.
    pub without_environment: u64,
}

/// Fills the columns `workload`, `target_workload`, `environment` and `sensitivity`.
#[derive(Debug)]
pub struct Resolver<'i> {
    inventory: &'i Inventory,
    labels: Labels,
    registry: Registry<'i>,
    counts: ResolveCounts,
}

const WHO: [Column; 5] =
    [Column::Source, Column::PrincipalKind, Column::Principal, Column::PrincipalAlias, Column::Account];
const WHERE: [Column; 3] = [Column::Source, Column::Account, Column::Environment];
const WHOM: [Column; 7] = [
    Column::Source,
    Column::TargetWorkload,
    Column::ResourceKind,
    Column::Resource,
    Column::Account,
    Column::Principal,
    Column::PrincipalAlias,
];

/// The word of a closed vocabulary; batches are checked, so the default is never used.
fn source(text: Option<&str>) -> Source {
    text.and_then(Source::parse).unwrap_or(Source::Ocsf)
}

impl<'i> Resolver<'i> {
    /// A resolver by an inventory and labels; with an empty inventory everything is discovered. The labels `cluster`,
    /// `namespace`, `account`, `project` and `subscription` stand in for what a record does not say.
    pub fn new(inventory: &'i Inventory, labels: Labels) -> Self {
        Self { inventory, labels, registry: Registry::new(inventory), counts: ResolveCounts::default() }
    }

    /// The counts so far.
    pub const fn counts(&self) -> ResolveCounts {
        self.counts
    }

    /// Resolves a batch. What stands in the columns already is replaced, so a batch may be resolved again.
    ///
    /// # Errors
    /// When Arrow refuses the new columns, which means more than 2 GiB of names in one batch.
    pub fn resolve(&mut self, batch: &EventBatch) -> Result<EventBatch, SchemaError> {
        let replaced = [
            (Column::Workload, self.workloads(batch)?),
            (Column::Environment, self.environments(batch)?),
            (Column::TargetWorkload, self.targets(batch)?),
            (Column::Sensitivity, self.sensitivities(batch)),
        ];
        let (schema, mut columns, _) = batch.as_record_batch().clone().into_parts();
        for (column, array) in replaced {
            columns[column.index()] = array;
        }
        EventBatch::try_new(RecordBatch::try_new(schema, columns)?)
    }

    fn workloads(&mut self, batch: &EventBatch) -> Result<ArrayRef, SchemaError> {
        let Self { labels, registry, counts, .. } = self;
        let labels = &*labels;
        let distinct = Distinct::of(batch, WHO);
        let found = distinct.answers(batch, WHO, |[source_name, kind, principal, alias, account], rows| {
            let source = source(source_name);
            let kind = kind.and_then(PrincipalKind::parse);
            let cluster = Scene::new(source, account, None).cluster_name(labels);
            // A pool of GKE is its project's, wherever it acts.
            let account = principal.and_then(subject::project).or(account);
            let scene = Scene::new(source, account, None);
            let found = registry.actor(&Who { source, kind, principal, alias, cluster, scene }, labels);
            counts.note(&found, rows);
            found.name
        });
        Ok(distinct.column(&found)?)
    }

    fn environments(&mut self, batch: &EventBatch) -> Result<ArrayRef, SchemaError> {
        let distinct = Distinct::of(batch, WHERE);
        let found = distinct.answers(batch, WHERE, |[source_name, account, claimed], rows| {
            let scene = Scene::new(source(source_name), account, claimed);
            let environment = scene.environment(self.inventory, &self.labels);
            self.counts.without_environment += if environment.is_none() { rows } else { 0 };
            environment
        });
        Ok(distinct.column(&found)?)
    }

    fn targets(&mut self, batch: &EventBatch) -> Result<ArrayRef, SchemaError> {
        let Self { labels, registry, .. } = self;
        let distinct = Distinct::of(batch, WHOM);
        let found = distinct.answers(
            batch,
            WHOM,
            |[source_name, given, kind, resource, account, actor, alias], _| {
                let source = source(source_name);
                // Azure acts by application and is acted on by object: the actor's other name is the actor.
                let is_actor = alias.is_some() && (given == alias || given.is_none() && resource == alias);
                let given = if is_actor { actor } else { given };
                let scene = Scene::new(source, account, None);
                // Other resources have no path that a request leaves out, and most resources are others.
                let actor = actor.filter(|_| matches!(kind, Some("aws.role" | "aws.user")));
                let resource = resource.map(|resource| target::by_full_name(resource, actor));
                let target = target::identity(source, given, kind.zip(resource), scene.cluster_name(labels))?;
                registry.target(target)
            },
        );
        Ok(distinct.column(&found)?)
    }

    fn sensitivities(&self, batch: &EventBatch) -> ArrayRef {
        let levels = batch.sensitivity();
        if self.inventory.sensitivity.is_empty() {
            return Arc::new(levels.clone());
        }
        let distinct = Distinct::of(batch, [Column::Resource]);
        let overrides = distinct
            .answers(batch, [Column::Resource], |[resource], _| self.inventory.sensitivity(resource?));
        let rows = distinct.rows().iter().zip(levels.values());
        Arc::new(rows.map(|(number, level)| overrides[*number].unwrap_or(*level)).collect::<UInt8Array>())
    }
}

impl ResolveCounts {
    fn note(&mut self, found: &Found<'_>, rows: u64) {
        self.rows += rows;
        *match found.how {
            How::Registered { .. } => &mut self.registered,
            How::Discovered => &mut self.discovered,
            How::Platform => &mut self.platform,
            How::Pending => &mut self.pending,
            How::Nameless => &mut self.nameless,
        } += rows;
        if let How::Registered { tie: true } = found.how {
            self.ties += rows;
        }
    }
}

#[cfg(test)]
mod tests;
