//! One event after another, in order: who it was, what is new about it, and what the checks say.

use ambit_schemas::finding::{Activity, Finding, FindingUid, Subject};
use ambit_schemas::inventory;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::DAY_MICROS;
use ambit_schemas::vocabulary::{Check, Maturity, PrincipalKind};
use ambit_schemas::{EventTime, Inventory, RuleSet};

use crate::atom::Atoms;
use crate::baseline::burst::FleetBurst;
use crate::baseline::mature;
use crate::baseline::reach::reach;
use crate::changes;
use crate::checks::controllers::{self, Control};
use crate::checks::silence::LogSources;
use crate::checks::{self, NewAtom};
use crate::counts::{Counts, Totals};
use crate::draft::{Draft, evidence};
use crate::habits::{self, Lore, Turns};
use crate::ledger::Ledger;
use crate::lineage::Lineage;
use crate::loaded::Row;
use crate::symbol::{Symbol, Symbols};
use crate::workload::{Workload, WorkloadId, Workloads, registered};

/// The name that the resolver gives to cloud services acting on their own.
pub(crate) const PLATFORM: &str = "platform";

/// All state but the waiting rows.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) rules: RuleSet,
    pub(crate) inventory: Inventory,
    pub(crate) symbols: Symbols,
    pub(crate) atoms: Atoms,
    pub(crate) workloads: Workloads,
    pub(crate) fleet: FleetBurst,
    pub(crate) lineage: Lineage,
    pub(crate) log_sources: LogSources,
    pub(crate) ledger: Ledger,
    pub(crate) totals: Totals,
    /// The open UTC day.
    pub(crate) day: Option<i64>,
    /// The latest event looked at.
    pub(crate) latest: Option<EventTime>,
}

/// What the checks may know of the workload that acted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// What is known of it.
    pub(crate) workload: &'a Workload,
    /// Its inventory entry.
    pub(crate) registered: Option<&'a inventory::Workload>,
    /// The atom that this event brought, if it is new to the workload.
    pub(crate) new_atom: Option<&'a NewAtom>,
    /// What the event shows against the workload's habits.
    pub(crate) turns: &'a Turns,
    /// The control that it has shown over another workload.
    pub(crate) control: Option<&'a Control>,
    /// The workload that is acted on, if it is known.
    pub(crate) target: Option<&'a Workload>,
    /// Whether the event is within its window: late ones run only what needs none.
    pub(crate) windowed: bool,
    pub(crate) inventory: &'a Inventory,
    pub(crate) rules: &'a RuleSet,
    pub(crate) symbols: &'a Symbols,
    pub(crate) atoms: &'a Atoms,
}

impl Scene<'_> {
    /// Whether the workload's baseline speaks yet.
    pub(crate) fn is_mature(&self) -> bool {
        self.workload.maturity == Maturity::Mature
    }

    /// The text of a symbol, or a dash.
    pub(crate) fn word(&self, symbol: Option<Symbol>) -> &str {
        symbol.map_or("-", |symbol| self.symbols.text(symbol))
    }
}

impl Engine {
    pub(crate) fn new(rules: RuleSet, inventory: Inventory) -> Self {
        Self {
            symbols: Symbols::new(rules.count(Parameter::Symbols)),
            atoms: Atoms::default(),
            workloads: Workloads::new(&rules),
            fleet: FleetBurst::default(),
            lineage: Lineage::new(&rules),
            log_sources: LogSources::default(),
            ledger: Ledger::new(&rules),
            totals: Totals::default(),
            day: None,
            latest: None,
            rules,
            inventory,
        }
    }

    /// Looks at one event. `now` is when it is looked at, in event time: its own time, or later where it had to wait.
    pub(crate) fn observe(&mut self, row: &Row<'_>, now: EventTime) {
        self.close_days_before(now.day());
        let windowed = self.day.is_none_or(|day| row.time.day() >= day);
        self.day = Some(self.day.map_or(now.day(), |day| day.max(now.day())));
        self.latest = self.latest.max(Some(row.time));
        self.totals.events += 1;
        self.totals.count(row.source);
        let mut drafts = Vec::new();
        if windowed
            && let Some((uid, proof)) = self.log_sources.saw(row, &self.rules, &self.symbols, &mut drafts)
        {
            self.ledger.close(uid, row.time, Some(proof));
        }
        let name = row.ids.workload.or_else(|| self.lineage.owner(row, &mut self.symbols));
        match name {
            None => {
                self.totals.unattributed += 1;
                self.lineage.observe_unowned(row);
            }
            Some(name) if self.symbols.text(name) == PLATFORM => {
                self.totals.platform += 1;
                self.lineage.observe_unowned(row);
            }
            Some(name) => self.observe_workload(row, name, windowed, &mut drafts),
        }
        for draft in drafts {
            self.raise(draft, Some(row), row.time);
        }
    }

    fn observe_workload(&mut self, row: &Row<'_>, name: Symbol, windowed: bool, drafts: &mut Vec<Draft>) {
        let (id, new) = {
            let (inventory, symbols) = (&self.inventory, &self.symbols);
            self.workloads.get_or_add(name, row.time, || registered(inventory, symbols.text(name)))
        };
        if new
            && row.principal_kind == Some(PrincipalKind::Human)
            && let Some(workload) = self.workloads.get_mut(id)
        {
            workload.human = true;
        }
        let mut turns = Turns::default();
        if windowed {
            let lore = Lore {
                rules: &self.rules,
                inventory: &self.inventory,
                symbols: &self.symbols,
                atoms: &self.atoms,
            };
            if let Some(workload) = self.workloads.get_mut(id) {
                mature(workload, row.time, lore.rules);
                turns = habits::note(workload, row, lore);
            }
            self.workloads.touch(id, row.time);
        }
        let new_atom = if windowed { self.sight(row, id, name) } else { None };
        let control = if windowed { self.sight_control(row, name) } else { None };
        let Some(workload) = self.workloads.get(id) else { return };
        let scene = Scene {
            name: self.symbols.text(name),
            workload,
            registered: workload.registered.and_then(|index| self.inventory.workloads.get(index as usize)),
            new_atom: new_atom.as_ref(),
            turns: &turns,
            control: control.as_ref(),
            target: row.ids.target_workload.and_then(|target| self.workloads.by_name(target)),
            windowed,
            inventory: &self.inventory,
            rules: &self.rules,
            symbols: &self.symbols,
            atoms: &self.atoms,
        };
        checks::run(row, &scene, &self.fleet, drafts);
        self.lineage.observe(row, &scene, drafts);
        if drafts.iter().any(|draft| draft.check == Check::D02)
            && let Some(workload) = self.workloads.get_mut(id)
        {
            workload.burst.alarmed = true;
        }
    }

    /// Notes what a successful move of the workload's own reached; the atom, if it is new to it.
    fn sight(&mut self, row: &Row<'_>, id: WorkloadId, name: Symbol) -> Option<NewAtom> {
        let workload = self.workloads.get_mut(id)?;
        if workload.human || !row.succeeded() || row.ids.via_service.is_some() {
            return None;
        }
        let most = self.rules.count(Parameter::AtomsPerWorkload);
        let overflowed_before = workload.overflowed;
        let delegated = row.on_behalf_of().first().map(|caller| self.symbols.intern(caller));
        if let Some(caller) = delegated.filter(|caller| *caller != name) {
            let atom = self.atoms.delegation(caller, name);
            checks::new_atom(workload, atom, row, most);
        }
        let new = self
            .atoms
            .of(row, &mut self.symbols)
            .and_then(|atom| checks::new_atom(workload, atom, row, most));
        self.totals.atoms_overflowed += workload.overflowed - overflowed_before;
        let mut new = new?;
        let record = changes::covering(&self.inventory, self.symbols.text(name), row.time, &[]);
        new.explained_by = record.filter(|_| new.sensitivity < 3).map(|record| record.id.clone());
        let whole = f64::from(crate::baseline::burst::QUARTERS);
        let weight =
            if new.explained_by.is_some() { self.rules.value(Parameter::BurstExplainedWeight) } else { 1.0 };
        workload.burst.met(&new, quarters(weight * whole));
        Some(new)
    }

    /// Notes on the workload that is acted on who has control over it.
    fn sight_control(&mut self, row: &Row<'_>, actor: Symbol) -> Option<Control> {
        let Self { workloads, atoms, symbols, rules, totals, .. } = self;
        controllers::sight(row, actor, (workloads, atoms, symbols), rules, totals)
    }

    /// Closes the UTC days before `day`, one after another.
    pub(crate) fn close_days_before(&mut self, day: i64) {
        let Some(open) = self.day.filter(|open| *open < day) else { return };
        // Beyond the longest memory of any window an empty day changes nothing more.
        let memory = 3 * self.rules.days_micros(Parameter::StaleDays) / DAY_MICROS + 1;
        for closing in open..day.min(open.saturating_add(memory)) {
            self.close_day(closing);
        }
        self.day = Some(day);
    }

    fn close_day(&mut self, day: i64) {
        self.fleet.close_day(day, &mut self.workloads, &self.rules);
        let stale_days = self.rules.days_micros(Parameter::StaleDays) / DAY_MICROS;
        for workload in self.workloads.iter_mut() {
            if workload.maturity == Maturity::Mature && day - workload.last_day >= stale_days {
                workload.maturity = Maturity::Stale;
            }
        }
        self.judge_providers(day);
        self.lineage.close_day(day, &self.rules);
        self.judge_health();
        self.ledger.flush_day();
    }

    /// H09: which swaps of a model provider have left everything else as it was.
    fn judge_providers(&mut self, day: i64) {
        let mut swapped = Vec::new();
        for workload in self.workloads.iter_mut() {
            let swap = workload.habits.providers.close_day(day, &workload.sightings, &self.rules);
            swapped.extend(swap.map(|swap| (workload.name, swap)));
        }
        // In the order of names, because a restart gives the workloads other places.
        swapped.sort_by_key(|(name, _)| *name);
        for (name, swap) in swapped {
            let at = swap.at;
            let draft = checks::provider::draft(self.symbols.text(name), swap, &self.atoms, &self.symbols);
            self.raise(draft, None, at);
        }
    }

    /// M01: what keeps the detector from seeing all.
    fn judge_health(&mut self) {
        let Some(time) = self.latest else { return };
        for (draft, unwell) in checks::health::drafts(&self.tallies()) {
            let uid = FindingUid::new(&self.rules.tenant, draft.check, &draft.workload, &draft.subject);
            match (unwell, self.ledger.is_open(uid)) {
                // The same words every day would be noise: it is said again when it changes.
                (true, _) if !self.ledger.says(uid, &draft.facts) => self.raise(draft, None, time),
                (false, true) => self.ledger.close(uid, time, None),
                _ => {}
            }
        }
    }

    /// The end of input.
    pub(crate) fn finish(&mut self) {
        self.judge_health();
        self.ledger.flush_day();
    }

    /// Turns a draft into a finding: adds the workload's standing, the change record and the proof, and hands it to the
    /// ledger.
    fn raise(&mut self, draft: Draft, row: Option<&Row<'_>>, time: EventTime) {
        let Some(rule) = self.rules.check(draft.check) else { return };
        let uid = FindingUid::new(&self.rules.tenant, draft.check, &draft.workload, &draft.subject);
        let target = row.and_then(|row| row.ids.target_workload).map(|symbol| self.symbols.text(symbol));
        let change = changes::explaining(&self.inventory, &draft, time, target);
        let known = self.symbols.get(&draft.workload).and_then(|name| self.workloads.by_name(name));
        let entry = self.inventory.by_name(&draft.workload);
        let happened_in =
            row.and_then(|row| row.ids.environment).map(|symbol| self.symbols.text(symbol).to_owned());
        // A recurrence on the same day that brings no atom cannot have moved the reach: the ledger keeps the last one.
        let moved =
            !draft.added.is_empty() || self.ledger.last(uid).is_none_or(|last| last.day() != time.day());
        let reach_days = self.rules.days_micros(Parameter::ReachDays) / DAY_MICROS;
        let reach = match known.filter(|_| moved) {
            Some(workload) => reach(workload, &self.atoms, time, EventTime::from_day(time.day()), reach_days),
            None => draft.reach,
        };
        let mut proofs = draft.evidence;
        proofs.extend(row.map(evidence));
        let start = proofs.iter().map(|proof| proof.time).min().unwrap_or(time);
        let severity =
            changes::severity(draft.severity.unwrap_or(rule.severity), change.is_some(), draft.sensitivity);
        self.ledger.raise(Finding {
            uid,
            check: draft.check,
            activity: Activity::Create,
            subject: draft.subject,
            time,
            created: time,
            start,
            end: time,
            count: 1,
            severity,
            confidence: draft.confidence.unwrap_or(rule.confidence),
            owner: entry.and_then(|entry| entry.owner.clone()),
            environment: entry.and_then(|entry| entry.environment.clone()).or(happened_in),
            facts: draft.facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            added: draft.added,
            removed: Vec::new(),
            reach,
            path: draft.path,
            change: change.map(changes::quote),
            score: draft.score,
            comparisons: draft.comparisons,
            baseline: known.map(Workload::baseline),
            revoke: draft.revoke,
            evidence: proofs,
            evidence_omitted: 0,
            correlation: draft.correlation,
            workload: draft.workload,
        });
    }

    pub(crate) fn counts(&self) -> Counts {
        let mut counts = self.tallies();
        counts.workload_bytes = self.workloads.bytes() as u64;
        counts.lineage_bytes = self.lineage.bytes() as u64;
        let shared = (self.symbols.bytes() + self.atoms.bytes()) as u64;
        counts.state_bytes = counts.workload_bytes + counts.lineage_bytes + shared;
        counts
    }

    /// The counts without the bytes, which take a walk over all state.
    fn tallies(&self) -> Counts {
        let totals = self.totals.clone();
        let mut counts = Counts {
            events: totals.events,
            by_source: totals.by_source(),
            duplicates: totals.duplicates,
            paired: totals.paired,
            late: totals.late,
            unattributed: totals.unattributed,
            platform: totals.platform,
            atoms_overflowed: totals.atoms_overflowed,
            workloads_evicted: self.workloads.evicted,
            credentials_evicted: self.lineage.evicted(),
            credential_parts_dropped: self.lineage.dropped(),
            symbols_overflowed: self.symbols.overflowed,
            findings_forgotten: self.ledger.forgotten,
            findings_open: self.ledger.len() as u64,
            ..Counts::default()
        };
        for workload in self.workloads.iter().filter(|workload| !workload.human) {
            *counts.workloads.entry(workload.maturity).or_default() += 1;
        }
        counts
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a weight is checked: finite, not negative"
)]
fn quarters(weight: f64) -> u32 {
    weight.round() as u32
}

/// A subject of a kind.
pub(crate) fn subject(kind: ambit_schemas::finding::SubjectKind, value: impl Into<String>) -> Subject {
    Subject { kind, value: value.into() }
}
