//! One event after another, in order: who it was, what is new about it, and what the checks say.

mod drafted;
pub(crate) mod glance;

use ambit_schemas::finding::{FindingUid, Subject};
use ambit_schemas::inventory;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::DAY_MICROS;
use ambit_schemas::vocabulary::{Maturity, Outcome, PrincipalKind};
use ambit_schemas::{Decisions, EventTime, Inventory, RuleSet};

use crate::atom::Atoms;
use crate::baseline::mature;
use crate::baseline::peers::{DaySummary, Fleet};
use crate::baseline::sight::{Change, News, Sight};
use crate::checks::controllers::{self, Control};
use crate::checks::silence::LogSources;
use crate::checks::{self, NewAtom};
use crate::counts::{Counts, Since, Totals, count, tallies};
use crate::decided::Decided;
use crate::draft::Draft;
use crate::early::Early;
use crate::habits::{self, Lore, Turns};
use crate::ledger::Ledger;
use crate::lineage::Lineage;
use crate::loaded::Row;
use crate::part::Peers;
use crate::register::Register;
use crate::shards::{Place, Shards};
use crate::symbol::{Symbol, Symbols};
use crate::workload::Workload;

/// The name that the resolver gives to cloud services acting on their own.
pub(crate) const PLATFORM: &str = "platform";

/// All state but the waiting rows.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) rules: RuleSet,
    pub(crate) inventory: Register,
    pub(crate) decided: Decided,
    pub(crate) symbols: Symbols,
    pub(crate) atoms: Atoms,
    pub(crate) shards: Shards,
    pub(crate) lineage: Lineage,
    pub(crate) log_sources: LogSources,
    pub(crate) ledger: Ledger,
    pub(crate) early: Early,
    /// Where other detectors have some of the shards: what is said of days between us.
    pub(crate) peers: Option<Peers>,
    pub(crate) totals: Totals,
    pub(crate) since: Since,
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
    /// What this event changed in the workload's baseline.
    pub(crate) news: &'a News,
    /// What the fleet is known to do.
    pub(crate) fleet: &'a Fleet,
    /// What the event shows against the workload's habits.
    pub(crate) turns: &'a Turns,
    /// The control that it has shown over another workload.
    pub(crate) control: Option<&'a Control>,
    /// The workload that is acted on, if it is known.
    pub(crate) target: Option<&'a Workload>,
    /// Whether the event is within its window: late ones run only what needs none.
    pub(crate) windowed: bool,
    pub(crate) inventory: &'a Register,
    pub(crate) decisions: &'a Decisions,
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
            shards: Shards::new(&rules),
            lineage: Lineage::new(&rules),
            log_sources: LogSources::default(),
            ledger: Ledger::new(&rules),
            early: Early::default(),
            peers: None,
            totals: Totals::default(),
            since: Since::default(),
            day: None,
            latest: None,
            rules,
            inventory: Register::of(inventory),
            decided: Decided::default(),
        }
    }

    /// Looks at one event. `now` is when it is looked at, in event time: its own time, or later where it had to wait.
    pub(crate) fn observe(&mut self, row: &Row<'_>, now: EventTime) {
        self.close_days_before(now.day());
        self.seal_origins(now);
        let windowed = self.day.is_none_or(|day| row.time.day() >= day);
        self.day = Some(self.day.map_or(now.day(), |day| day.max(now.day())));
        self.latest = self.latest.max(Some(row.time));
        self.totals.events += 1;
        count(&mut self.totals.by_source, row.source);
        let mut drafts = Vec::new();
        if windowed && let Some(ended) = self.log_sources.saw(row, &self.rules, &self.symbols, &mut drafts) {
            self.ledger.close(ended.uid, row.time, Some((ended.proof, &ended.facts)));
        }
        let name = row.ids.workload.or_else(|| self.lineage.owner(row, &mut self.symbols));
        match name {
            None => {
                self.totals.unattributed += 1;
                count(&mut self.since.unattributed, row.source);
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
        let human = row.principal_kind == Some(PrincipalKind::Human);
        let found = self.shards.get_or_add(name, row.time, &self.inventory, &mut self.symbols);
        let place = found.map(|(place, _)| place);
        if let Some((place, true)) = found.filter(|_| human)
            && let Some((workload, ..)) = self.shards.open(place)
        {
            workload.human = true;
        }
        let lived = place.filter(|_| windowed);
        let turns = lived.map_or_else(Turns::default, |place| self.live(row, place));
        let news = lived.map_or_else(News::default, |place| self.sight(row, place, name));
        let control = if windowed { self.sight_control(row, name) } else { None };
        // Another detector's: lineage looks at it all the same, and so do checks of whom it acts on.
        let ghost = place
            .is_none()
            .then(|| self.shards.ghost(name, (row.time, human), (&self.inventory, &self.symbols)));
        let own = place.and_then(|place| self.shards.get(place));
        let Some(workload) = own.or(ghost.as_ref()) else { return };
        let scene = Scene {
            name: self.symbols.text(name),
            workload,
            registered: workload.registered.and_then(|index| self.inventory.workloads.get(index as usize)),
            new_atom: news.atom.as_ref(),
            news: &news,
            fleet: &self.shards.fleet,
            turns: &turns,
            control: control.as_ref(),
            target: row.ids.target_workload.and_then(|target| self.shards.by_name(target, &self.symbols)),
            windowed,
            inventory: &self.inventory,
            decisions: &self.decided.decisions,
            rules: &self.rules,
            symbols: &self.symbols,
            atoms: &self.atoms,
        };
        if own.is_some() || scene.target.is_some() {
            checks::run(row, &scene, drafts);
        }
        self.lineage.observe(row, &scene, drafts);
        if !drafts.is_empty()
            && let Some(place) = place
            && let Some((workload, ..)) = self.shards.open(place)
        {
            let alarms = drafts.iter().filter(|draft| draft.workload == self.symbols.text(name));
            let alarms = checks::note_alarms(workload, alarms, row.time.day(), &self.rules);
            self.shards.tally_mut(place).alarms += alarms;
        }
    }

    /// Brings a workload up to an event, and notes what the event shows against its habits.
    fn live(&mut self, row: &Row<'_>, place: Place) -> Turns {
        let lore = Lore {
            rules: &self.rules,
            inventory: &self.inventory,
            symbols: &self.symbols,
            atoms: &self.atoms,
        };
        let mut turns = Turns::default();
        if let Some((workload, _, summary)) = self.shards.open(place) {
            mature(workload, row.time, (lore.atoms, lore.rules), summary);
            turns = habits::note(workload, row, lore);
        }
        self.shards.touch(place, row.time);
        turns
    }

    /// Notes what a move of the workload's own reached, or was refused.
    fn sight(&mut self, row: &Row<'_>, place: Place, name: Symbol) -> News {
        let mut news = News::default();
        let Some((workload, fleet, summary)) = self.shards.open(place) else { return news };
        if workload.human || row.ids.via_service.is_some() {
            return news;
        }
        let main = self.atoms.of(row, &mut self.symbols);
        if row.outcome == Outcome::Denied {
            if main.is_some_and(|atom| workload.probing.note(atom)) {
                news.note(Change::Refused);
            }
            return news;
        }
        if !row.succeeded() {
            return news;
        }
        let caller = row.caller().map(|caller| self.symbols.intern(caller)).filter(|caller| *caller != name);
        let delegation = caller.map(|caller| self.atoms.delegation(caller, name));
        let network = self.atoms.network(row);
        let overflowed_before = workload.overflowed;
        let mut sight = Sight {
            row,
            name: self.symbols.text(name),
            symbols: &self.symbols,
            atoms: &self.atoms,
            inventory: &self.inventory,
            decisions: &self.decided.decisions,
            rules: &self.rules,
            fleet,
            summary,
        };
        for atom in delegation.into_iter().chain(network).chain(main) {
            sight.see(workload, atom, &mut news);
        }
        let overflowed = workload.overflowed - overflowed_before;
        self.shards.tally_mut(place).atoms_overflowed += overflowed;
        news
    }

    /// Notes on the workload that is acted on who has control over it.
    fn sight_control(&mut self, row: &Row<'_>, actor: Symbol) -> Option<Control> {
        let target = controllers::controlled(row, actor)?;
        let place = self.shards.place_of(target, &self.symbols)?;
        let (workload, fleet, summary) = self.shards.open(place).filter(|(workload, ..)| !workload.human)?;
        let atom = self.atoms.control(actor, row, &mut self.symbols);
        let mut news = News::default();
        let mut sight = Sight {
            row,
            name: self.symbols.text(target),
            symbols: &self.symbols,
            atoms: &self.atoms,
            inventory: &self.inventory,
            decisions: &self.decided.decisions,
            rules: &self.rules,
            fleet,
            summary,
        };
        let new = sight.see(workload, atom, &mut news);
        Some(Control { atom, new })
    }

    /// Beyond the longest memory of any window an empty day changes nothing more.
    pub(crate) fn memory_days(&self) -> i64 {
        3 * self.rules.days_micros(Parameter::StaleDays) / DAY_MICROS + 1
    }

    /// Closes the UTC days before `day`, one after another.
    pub(crate) fn close_days_before(&mut self, day: i64) {
        let Some(open) = self.day.filter(|open| *open < day) else { return };
        for closing in open..day.min(open.saturating_add(self.memory_days())) {
            self.close_day(closing);
        }
        self.day = Some(day);
    }

    /// Makes the reach of then the origin where a person decided so, by an event time.
    pub(crate) fn seal_origins(&mut self, now: EventTime) {
        self.decided.seal_origins(now, &mut self.shards, (&self.symbols, &self.atoms, &self.rules));
    }

    fn close_day(&mut self, day: i64) {
        self.close_shards(day);
        let mut sum = DaySummary::default();
        self.shards.take_days().iter().for_each(|(_, said)| sum.add(&said.summary));
        self.seal_day(day, &sum);
    }

    /// Closes a UTC day for the shards that are ours.
    pub(crate) fn close_shards(&mut self, day: i64) {
        self.seal_origins(EventTime::from_day(day + 1).plus_micros(-1));
        self.shards.close_day(day, &self.atoms, &self.rules);
    }

    /// Seals a closed day with what all shards have said of it.
    pub(crate) fn seal_day(&mut self, day: i64, sum: &DaySummary) {
        let end = EventTime::from_day(day + 1);
        self.shards.fleet.seal(sum);
        self.judge_providers(day);
        self.lineage.close_day(day, &self.rules);
        self.judge_health();
        self.ledger.flush_day(end);
        self.ledger.close_quiet(day, checks::quiet_days(&self.rules));
    }

    /// H09: which swaps of a model provider have left everything else as it was.
    fn judge_providers(&mut self, day: i64) {
        let mut swapped = Vec::new();
        for workload in self.shards.iter_mut() {
            let swap = workload.habits.providers.close_day(day, &workload.sightings, &self.rules);
            swapped.extend(swap.map(|swap| (workload.name, swap)));
        }
        // In the order of names, because a restart gives the workloads other places.
        swapped.sort_by_key(|(name, _)| self.symbols.text(*name).to_owned());
        for (name, swap) in swapped {
            let at = swap.at;
            let draft = checks::provider::draft(self.symbols.text(name), swap, &self.atoms, &self.symbols);
            self.raise(draft, None, at);
        }
    }

    /// M01: what keeps the detector from seeing all.
    fn judge_health(&mut self) {
        let Some(time) = self.latest else { return };
        let mut counts = tallies(self);
        if let Some(peers) = &self.peers {
            counts.stand(&peers.standing);
        }
        for (draft, unwell) in checks::health::drafts(&counts, self.rules.budget) {
            let uid = FindingUid::new(&self.rules.tenant, draft.check, &draft.workload, &draft.subject);
            match (unwell, self.ledger.is_open(uid)) {
                // The same words every day would be noise: it is said again when it changes.
                (true, _) if !self.ledger.says(uid, &draft.facts) => self.raise(draft, None, time),
                (false, true) => self.ledger.close(uid, time, None),
                _ => {}
            }
        }
    }

    /// The end of input, at a watermark.
    pub(crate) fn finish(&mut self, watermark: EventTime) {
        self.judge_health();
        self.ledger.flush_day(self.latest.map_or(watermark, |latest| latest.max(watermark)));
    }

    /// Hands a draft to the ledger, as a finding.
    fn raise(&mut self, draft: Draft, row: Option<&Row<'_>>, time: EventTime) {
        if self.shards.are_ours(&draft.workload)
            && let Some(finding) = drafted::finding(self, draft, row, time)
        {
            self.early.confirm(finding.uid);
            self.ledger.raise(finding);
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        let mut counts = tallies(self);
        counts.workload_bytes = self.shards.bytes() as u64;
        counts.lineage_bytes = self.lineage.bytes() as u64;
        let shared = (self.symbols.bytes() + self.atoms.bytes()) as u64;
        counts.finding_bytes = self.ledger.bytes() as u64;
        counts.state_bytes = counts.workload_bytes + counts.lineage_bytes + counts.finding_bytes + shared;
        counts
    }
}

/// A subject of a kind.
pub(crate) fn subject(kind: ambit_schemas::finding::SubjectKind, value: impl Into<String>) -> Subject {
    Subject { kind, value: value.into() }
}
