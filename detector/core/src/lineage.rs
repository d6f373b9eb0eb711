//! What crosses workloads: credentials and where they came from, aliases, secrets that were read, and the edges between
//! identities. One owner for all of it.

mod alias;
mod assume;
mod beginnings;
mod credential;
mod crossing;
mod duties;
mod ending;
pub(crate) mod glance;
mod issue;
mod notices;
mod path;
mod room;
mod secret;
mod sharing;
mod table;
mod token;
pub(crate) mod view;

use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::DAY_MICROS;
use ambit_schemas::vocabulary::{ActionClass, Check, CredentialKind};
use ambit_schemas::{Column, RuleSet};

use alias::Aliases;
use assume::Assumed;
use beginnings::Beginnings;
use credential::{Credential, Use, lasts};
use crossing::Homes;
use duties::Duties;
use ending::Endings;
use issue::{Asker, Issue, SecretHop};
use notices::Notices;
use secret::SecretReads;
use table::Credentials;

use crate::codec::codec_struct;
use crate::draft::Draft;
use crate::engine::Scene;
use crate::loaded::Row;
use crate::symbol::{Symbol, Symbols};

/// What a Vault puts a response in, and the token to it.
const WRAPPING: &str = "vault.wrapping";

/// The one owner of lineage.
#[derive(Debug)]
pub(crate) struct Lineage {
    memory: Memory,
    homes: Homes,
    notices: Option<Notices>,
    /// The most entries of each table; by the rules of today, whatever they were when the memory was made.
    most: usize,
}

/// All that lineage remembers.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    credentials: Credentials,
    aliases: Aliases,
    secrets: SecretReads,
    assumed: Assumed,
    beginnings: Beginnings,
    endings: Endings,
    duties: Duties,
}
codec_struct!(Memory { credentials, aliases, secrets, assumed, beginnings, endings, duties });

/// What the credential of an event says about who is behind it.
#[derive(Debug, Clone, Copy, Default)]
struct Standing {
    /// The workload at the root of its chain, if it is another.
    root: Option<Symbol>,
    /// Whether the credential came from a secret that another workload read.
    hopped: bool,
    /// Whether the use was news.
    is_news: bool,
}

impl Standing {
    fn of(credential: &Credential, row: &Row<'_>, scene: &Scene<'_>) -> Self {
        Self {
            root: credential.causal_root().filter(|root| *root != scene.workload.name),
            hopped: credential.is_hopped() && row.ids.via_service.is_none(),
            is_news: false,
        }
    }
}

impl Lineage {
    pub(crate) fn new(rules: &RuleSet) -> Self {
        let most = rules.count(Parameter::Credentials);
        Self { memory: Memory::default(), homes: Homes::default(), notices: None, most }
    }

    /// All that must outlive a restart.
    pub(crate) const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Goes on with what was remembered.
    pub(crate) fn restore(&mut self, memory: Memory) {
        self.memory = memory;
    }

    /// The workload of an event whose principal alone does not tell: by who holds its credential, then by its alias,
    /// then by the credential's parent, then a name made of the alias. `None` leaves it unattributed.
    pub(crate) fn owner(&self, row: &Row<'_>, symbols: &mut Symbols) -> Option<Symbol> {
        let alias = alias::of(row);
        let credentials = &self.memory.credentials;
        let held = |column| row.text(column).and_then(|id| credentials.get(id)).and_then(|held| held.holder);
        held(Column::Credential)
            .or_else(|| alias.and_then(|alias| self.memory.aliases.get(alias)))
            .or_else(|| held(Column::ParentCredential))
            .or_else(|| alias.and_then(alias::discovered_name).map(|name| symbols.intern(&name)))
    }

    /// Notes an event of nobody that is known, or of the platform: it may still hand out or revoke a credential.
    pub(crate) fn observe_unowned(&mut self, row: &Row<'_>) {
        // A service that acts for the platform is no root of anything.
        let principal = row.text(Column::Principal).filter(|_| row.ids.workload.is_none());
        self.note_issue(row, Asker { principal, ..Asker::default() });
        self.note_revocation(row);
    }

    /// Notes an event of a workload and drafts what it shows.
    pub(crate) fn observe(&mut self, row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
        let name = scene.workload.name;
        let id = row.text(Column::Credential);
        let standing = id.map(|id| self.look_at_use(id, row, scene, drafts));
        self.memory.endings.observe(row, scene, drafts);
        self.memory.duties.observe(row, scene, drafts);
        if standing.is_none_or(|standing| standing.is_news) {
            self.learn_alias(row, name);
        }
        let standing = standing.unwrap_or_default();
        let hop = self.hop(id, standing);
        let asker = Asker { by: Some(name), principal: None, hop: hop.cloned().map(Box::new) };
        let is_first_told = self.note_issue(row, asker);
        if let Some(secret) = stored_secret(row).filter(|_| !scene.workload.human) {
            self.memory.secrets.read(secret, row, scene, drafts);
        }
        if let Some(edge) = self.memory.assumed.edge(row, scene).filter(|_| is_first_told) {
            let hop = self.hop(id, standing);
            drafts.push(assume::draft(&edge, row, scene, &self.memory.credentials, hop));
        }
        crossing::run(standing.root, &mut self.homes, row, scene, drafts);
        self.note_revocation(row);
        self.complete(standing, row, scene, drafts);
    }

    fn learn_alias(&mut self, row: &Row<'_>, name: Symbol) {
        if row.ids.workload.is_some()
            && let Some(alias) = row.text(Column::PrincipalAlias)
        {
            self.memory.aliases.learn(alias, name, row.time, self.most);
        }
    }

    /// The secret hop by which the credential of an event came to its user.
    fn hop(&self, id: Option<&str>, standing: Standing) -> Option<&SecretHop> {
        let id = id.filter(|_| standing.hopped)?;
        self.memory.credentials.get(id).and_then(Credential::hop)
    }

    /// Notes the use of a credential and what it shows.
    fn look_at_use(
        &mut self,
        id: &str,
        row: &Row<'_>,
        scene: &Scene<'_>,
        drafts: &mut Vec<Draft>,
    ) -> Standing {
        let Memory { credentials, secrets, assumed, beginnings, .. } = &mut self.memory;
        let noted = credentials.note_use(id, row, scene, || {
            let issued_at = row.moment(Column::CredentialIssuedAt)?;
            let by_role = row.text(Column::Principal).map(assume::role);
            let found = by_role.and_then(|role| assumed.issue(&role, issued_at));
            found.or_else(|| assumed.issue(scene.name, issued_at)).cloned()
        });
        let Some(credential) = credentials.at(noted.slot) else { return Standing::default() };
        if let Some(news) = noted.news.filter(|_| !scene.workload.human) {
            let used = Use { credential, news };
            token::run(&used, row, scene, beginnings, drafts);
            sharing::run(&used, row, scene, drafts);
            if let Some(hop) = secret::hops(secrets, &used, (row, scene), credentials, drafts) {
                credentials.note_hop(noted.slot, hop);
            }
        }
        let notices = self.notices.get_or_insert_with(|| Notices::of(scene.inventory));
        if let Some(credential) = credentials.at(noted.slot) {
            notices::run(notices, (credentials, credential), row, scene, drafts);
        }
        if let Some(draft) = credentials.at(noted.slot).and_then(|used| ending::expired(used, row, scene)) {
            drafts.push(draft);
            credentials.forget_end(noted.slot);
        }
        let Some(credential) = credentials.at(noted.slot) else { return Standing::default() };
        Standing { is_news: noted.news.is_some(), ..Standing::of(credential, row, scene) }
    }

    /// Remembers a credential that was handed out, and to whom. False if it is known already that another asked for it:
    /// then this record is the same assumption in the log of another account.
    fn note_issue(&mut self, row: &Row<'_>, asker: Asker<'_>) -> bool {
        let assumes = row.class == ActionClass::Assume;
        let id = row.text(Column::IssuedCredential);
        if !row.succeeded() || (id.is_none() && !assumes) || is_secret(row) {
            return true;
        }
        // A token belongs to whom it names; else a child token or a login's token belongs to who asked for it. A key is
        // made for others, and what is wrapped belongs to whoever unwraps it.
        let for_others =
            assumes || lasts(row.issued_kind) || row.text(Column::ResourceKind) == Some(WRAPPING);
        let holder = row.ids.target_workload.or(asker.by.filter(|_| !for_others));
        let issue = Issue::of(row, asker);
        if id.is_some() {
            return self.memory.credentials.note_issue(row, holder, issue, self.most);
        }
        let role = row.text(Column::Resource).filter(|resource| resource.contains(":role/"));
        if let Some(role) = role.or_else(|| row.text(Column::TargetWorkload)) {
            self.memory.assumed.note_keyless(assume::role(role), issue, self.most);
        }
        true
    }

    fn note_revocation(&mut self, row: &Row<'_>) {
        if let Some(id) = notices::revoked_by(row) {
            self.memory.credentials.revoke(id, row, self.most);
        } else if let Some(id) = notices::reinstated_by(row) {
            self.memory.credentials.reinstate(id, row);
        }
    }

    /// Gives every draft of an event with a known chain of credentials its path and its root.
    fn complete(&self, standing: Standing, row: &Row<'_>, scene: &Scene<'_>, drafts: &mut [Draft]) {
        let Some(id) = row.text(Column::Credential).filter(|_| !drafts.is_empty()) else { return };
        let hop = self.hop(Some(id), standing);
        let path = path::up_to(&self.memory.credentials, hop, row, scene);
        for draft in
            drafts.iter_mut().filter(|draft| draft.check != Check::C04 || draft.workload == scene.name)
        {
            if draft.path.is_empty() && path.len() > 1 {
                draft.path.clone_from(&path);
                draft.correlation = path::root_credential(&path);
                path::revoke_from_root(draft);
            }
            draft.correlation.get_or_insert_with(|| id.to_owned());
        }
    }

    /// Forgets what a closed UTC day makes forgettable.
    pub(crate) fn close_day(&mut self, day: i64, rules: &RuleSet) {
        let secret_days = rules
            .days_micros(Parameter::SecretHopDays)
            .max(rules.days_micros(Parameter::SharedCredentialDays));
        let memory = &mut self.memory;
        memory.secrets.close_day(day, secret_days / DAY_MICROS);
        memory.credentials.close_day(day);
        memory.assumed.close_day(day);
        memory.aliases.close_day(day);
        memory.beginnings.close_day(day);
        memory.endings.close_day(day);
        memory.duties.close_day(day, rules.days_micros(Parameter::DutiesWindowDays) / DAY_MICROS);
    }

    /// Credentials, aliases, secrets, edges, workloads' networks, ends of sessions and actors forgotten for want of room.
    pub(crate) const fn evicted(&self) -> u64 {
        let Memory { credentials, aliases, secrets, assumed, beginnings, endings, duties } = &self.memory;
        let held = credentials.evicted + aliases.evicted + secrets.evicted + assumed.evicted;
        held + beginnings.evicted + endings.evicted + duties.evicted
    }

    /// Parts of them forgotten for want of room: networks and users of a credential, readers of a secret.
    pub(crate) const fn dropped(&self) -> u64 {
        let Memory { credentials, secrets, beginnings, .. } = &self.memory;
        credentials.dropped + secrets.dropped + beginnings.dropped
    }

    /// Entries of each table, for tests of its bound.
    #[cfg(test)]
    pub(crate) fn sizes(&self) -> [usize; 8] {
        let Memory { credentials, aliases, secrets, assumed, beginnings, endings, duties } = &self.memory;
        let (edges, keyless) = assumed.len();
        [
            credentials.len(),
            aliases.len(),
            secrets.len(),
            edges,
            keyless,
            beginnings.len(),
            endings.len(),
            duties.len(),
        ]
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        let Memory { credentials, aliases, secrets, assumed, beginnings, endings, duties } = &self.memory;
        let held = credentials.bytes() + aliases.bytes() + secrets.bytes() + assumed.bytes();
        held + beginnings.bytes() + endings.bytes() + duties.bytes()
    }
}

/// Whether an event reads a stored secret, which is no credential of anybody.
fn is_secret(row: &Row<'_>) -> bool {
    row.issued_kind == Some(CredentialKind::StoredSecret)
        || (row.issued_kind.is_none() && row.class == ActionClass::SecretRead)
}

/// The stored secret that a workload read by itself.
fn stored_secret<'a>(row: &Row<'a>) -> Option<&'a str> {
    let reads = row.issued_kind == Some(CredentialKind::StoredSecret) && row.succeeded();
    row.text(Column::IssuedCredential).filter(|_| reads && row.ids.via_service.is_none())
}
