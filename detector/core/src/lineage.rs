//! What crosses workloads: credentials and where they came from, aliases, secrets that were read, and the edges between
//! identities. One owner for all of it.

mod alias;
mod assume;
mod credential;
mod crossing;
mod network;
mod path;
mod secret;
mod sharing;
mod token;

use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::DAY_MICROS;
use ambit_schemas::vocabulary::{ActionClass, Check};
use ambit_schemas::{Column, RuleSet};

use alias::Aliases;
use assume::Assumed;
use credential::Credentials;
use secret::SecretReads;

use crate::codec::codec_struct;
use crate::draft::Draft;
use crate::engine::Scene;
use crate::loaded::Row;
use crate::symbol::{Symbol, Symbols};

/// The one owner of lineage.
#[derive(Debug)]
pub(crate) struct Lineage {
    credentials: Credentials,
    aliases: Aliases,
    secrets: SecretReads,
    assumed: Assumed,
}
codec_struct!(Lineage { credentials, aliases, secrets, assumed });

impl Lineage {
    pub(crate) fn new(rules: &RuleSet) -> Self {
        let most = rules.count(Parameter::Credentials).max(1);
        Self {
            credentials: Credentials::new(most),
            aliases: Aliases::new(most),
            secrets: SecretReads::new(most),
            assumed: Assumed::new(most),
        }
    }

    /// The workload of an event whose principal alone does not tell: by its alias, then by who holds its credential or
    /// the credential's parent, then a name made of the alias. `None` leaves it unattributed.
    pub(crate) fn owner(&self, row: &Row<'_>, symbols: &mut Symbols) -> Option<Symbol> {
        let alias = alias::of(row);
        let by_alias = alias.and_then(|alias| self.aliases.get(alias));
        let held =
            |column| row.text(column).and_then(|id| self.credentials.get(id)).and_then(|held| held.holder);
        by_alias
            .or_else(|| held(Column::Credential))
            .or_else(|| held(Column::ParentCredential))
            .or_else(|| alias.and_then(alias::discovered_name).map(|name| symbols.intern(&name)))
    }

    /// Notes an event of nobody that is known, or of the platform: it may still hand out or revoke a credential.
    pub(crate) fn observe_unowned(&mut self, row: &Row<'_>) {
        self.note_issue(row, None);
        self.note_revocation(row);
    }

    /// Notes an event of a workload and drafts what it shows.
    pub(crate) fn observe(&mut self, row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
        let name = scene.workload.name;
        if row.ids.workload.is_some()
            && let Some(alias) = row.text(Column::PrincipalAlias)
        {
            self.aliases.learn(alias, name, row.time);
        }
        let root = row.text(Column::Credential).and_then(|id| self.look_at_use(id, row, scene, drafts));
        self.note_issue(row, Some(name));
        if row.class == ActionClass::SecretRead && row.succeeded() && !scene.workload.human {
            self.secrets.read(row, scene, drafts);
        }
        if let Some(edge) = self.assumed.edge(row, scene) {
            drafts.push(assume::draft(&edge, row, scene, &self.credentials));
        }
        crossing::run(root, row, scene, drafts);
        self.note_revocation(row);
        self.complete(row, scene, drafts);
    }

    /// Notes the use of a credential and what it shows; gives the workload at the root of its chain, if it is another.
    fn look_at_use(
        &mut self,
        id: &str,
        row: &Row<'_>,
        scene: &Scene<'_>,
        drafts: &mut Vec<Draft>,
    ) -> Option<Symbol> {
        if self.credentials.get(id).is_none()
            && let Some(issued_at) = row.moment(Column::CredentialIssuedAt)
        {
            let issue = self.assumed.issue(scene.workload.name, issued_at);
            self.credentials.adopt(id, issue, row);
        }
        let used = self.credentials.note_use(id, row, scene);
        if used.is_news() && !scene.workload.human {
            token::run(&used, row, scene, drafts);
            sharing::run(&used, row, scene, drafts);
            secret::hops(&self.secrets, &used, row, scene, drafts);
        }
        used.root
    }

    /// Remembers a credential that was handed out, and to whom.
    fn note_issue(&mut self, row: &Row<'_>, by: Option<Symbol>) {
        if !row.succeeded() {
            return;
        }
        let assumes = row.class == ActionClass::Assume;
        // A token belongs to whom it names; else a child token or a login's token belongs to who asked for it.
        let holder = row.ids.target_workload.or(if assumes { None } else { by });
        if let Some(id) = row.text(Column::IssuedCredential)
            && row.class != ActionClass::SecretRead
        {
            self.credentials.note_issue(id, row, holder, by);
        } else if assumes && let Some(target) = holder {
            self.assumed.note_keyless(target, row, by);
        }
    }

    fn note_revocation(&mut self, row: &Row<'_>) {
        if row.class == ActionClass::TokenRevoke
            && row.succeeded()
            && let Some(id) = row.text(Column::Resource)
        {
            self.credentials.revoke(id, row.time);
        }
    }

    /// Gives every draft of an event with a known chain of credentials its path and its root.
    fn complete(&self, row: &Row<'_>, scene: &Scene<'_>, drafts: &mut [Draft]) {
        let Some(id) = row.text(Column::Credential).filter(|_| !drafts.is_empty()) else { return };
        let most = scene.rules.count(Parameter::RoleChainDepth);
        let chain = path::chain(&self.credentials, id, most, scene.symbols);
        for draft in
            drafts.iter_mut().filter(|draft| draft.check != Check::C04 || draft.workload == scene.name)
        {
            if draft.correlation.is_none() || chain.len() > 1 {
                let root = chain.first().and_then(|hop| hop.credential.clone());
                draft.correlation = root.or_else(|| Some(id.to_owned()));
            }
            if draft.path.is_empty() && chain.len() > 1 {
                draft.path.clone_from(&chain);
                draft.path.push(path::here(row, scene));
                path::revoke_from_root(draft);
            }
        }
    }

    /// Forgets what a closed UTC day makes forgettable.
    pub(crate) fn close_day(&mut self, day: i64, rules: &RuleSet) {
        let secret_days = rules
            .days_micros(Parameter::SecretHopDays)
            .max(rules.days_micros(Parameter::SharedCredentialDays));
        self.secrets.close_day(day, secret_days / DAY_MICROS);
        self.credentials.close_day(day);
        self.assumed.close_day(day);
        self.aliases.close_day(day);
    }

    /// Credentials, aliases, secrets and edges forgotten for want of room.
    pub(crate) const fn evicted(&self) -> u64 {
        self.credentials.evicted + self.aliases.evicted + self.secrets.evicted + self.assumed.evicted
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.credentials.bytes() + self.aliases.bytes() + self.secrets.bytes() + self.assumed.bytes()
    }
}
