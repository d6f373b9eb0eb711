//! A baseline as people look at it: plain data, read and never written.

use ambit_schemas::EventTime;
use ambit_schemas::finding::Reach;
use ambit_schemas::vocabulary::{Maturity, Plane};

use crate::atom::Atoms;
use crate::baseline::drift::DriftNull;
use crate::baseline::peers::EVERYBODY;
use crate::baseline::ratchet::step;
use crate::baseline::reach::{lives, ratchet_tenths, reach};
use crate::decided::accepted;
use crate::engine::{Engine, PLATFORM};
use crate::symbol::Symbol;
use crate::workload::{Mark, Sighting, Workload};

/// What is normal for a workload.
#[derive(Debug, Clone, PartialEq)]
pub struct BaselineView {
    /// Its name.
    pub workload: String,
    /// The event time that this is told for.
    pub as_of: EventTime,
    /// Whether the inventory has it.
    pub registered: bool,
    /// How far the baseline has come.
    pub maturity: Maturity,
    /// When it matured.
    pub mature_since: Option<EventTime>,
    /// UTC days that have taught it.
    pub version: u32,
    /// Its first event.
    pub first: EventTime,
    /// Its last event.
    pub last: EventTime,
    /// Whom it is compared with.
    pub peers: PeersView,
    /// The reach score.
    pub reach: Reach,
    /// What the ratchet looks at.
    pub ratchet: RatchetView,
    /// How suspicious it looks.
    pub suspicion: SuspicionView,
    /// Its atoms by plane and words.
    pub atoms: Vec<AtomView>,
    /// Sightings that found the table full.
    pub overflowed: u64,
}

/// The peers of a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeersView {
    /// Its own group by component and home; `None` where the whole fleet stands in for it.
    pub group: Option<String>,
    /// How many others there are.
    pub others: u32,
}

/// The ratchet: the reach of privileges and credentials against the origin's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatchetView {
    /// Of the origin, in tenths; `None` before the baseline matured.
    pub origin_tenths: Option<i64>,
    /// Now, in tenths.
    pub live_tenths: i64,
    /// The step that the live reach has passed, 0 to 3.
    pub step: u8,
    /// When a person last made the reach of then the origin.
    pub resealed: Option<EventTime>,
}

/// How suspicious a workload looks, and whether learning stands still for it.
#[derive(Debug, Clone, PartialEq)]
pub struct SuspicionView {
    /// The statistic of drift now, and the one at which it alarms; `None` before the baseline matured.
    pub drift: Option<(f64, f64)>,
    /// The statistics that keep the baseline from learning.
    pub standing_still: Vec<&'static str>,
}

/// The last decision that accepted an atom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// Its number in the log.
    pub seq: u64,
    /// Who decided.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The event time at which it ends.
    pub until: Option<EventTime>,
    /// Whether it has not ended yet.
    pub lasts: bool,
}

/// One atom of a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtomView {
    /// Its plane.
    pub plane: Plane,
    /// The atom in words.
    pub text: String,
    /// The greatest sensitivity it was seen with.
    pub sensitivity: u8,
    /// When it was first seen.
    pub first_seen: EventTime,
    /// The start of the last UTC day it was used on.
    pub last_day: EventTime,
    /// UTC days of use.
    pub days: u16,
    /// Used so lately that it is part of the live reach.
    pub live: bool,
    /// What is known of it: `origin`, `used again`, `explained`, `learned`, `periodic`.
    pub marks: Vec<&'static str>,
    /// Learned by itself.
    pub learned: bool,
    /// Accepted by a person.
    pub accepted: Option<Acceptance>,
    /// The event that brought it, where that is still known.
    pub event_id: Option<String>,
    /// The change record or the decision that explains it, where that is still known.
    pub explained_by: Option<String>,
}

impl AtomView {
    /// Whether it is part of the baseline: learned, or accepted for now.
    pub fn is_baseline(&self) -> bool {
        self.learned || self.accepted.as_ref().is_some_and(|accepted| accepted.lasts)
    }
}

/// The workloads that are known, by name.
pub(crate) fn names(engine: &Engine) -> Vec<&str> {
    let machines = engine.shards.iter().filter(|workload| !workload.human);
    let mut names = machines.map(|workload| engine.symbols.text(workload.name)).collect::<Vec<_>>();
    names.retain(|name| *name != PLATFORM);
    names.sort_unstable();
    names
}

/// The baseline of a workload at an event time.
pub(crate) fn baseline(engine: &Engine, name: &str, as_of: EventTime) -> Option<BaselineView> {
    let symbol = engine.symbols.get(name)?;
    let workload = engine.shards.by_name(symbol, &engine.symbols).filter(|workload| !workload.human)?;
    let rules = &engine.rules;
    let origin_tenths = workload.origin_tenths;
    let live_tenths = ratchet_tenths(workload, &engine.atoms, as_of.day(), rules);
    let (own, others) = engine.shards.fleet.company(workload.peers, rules);
    let group = own && workload.peers != EVERYBODY;
    let mut atoms =
        workload.sightings.iter().map(|held| atom(held, (engine, name, workload), as_of)).collect::<Vec<_>>();
    atoms.sort_by(|one, other| (one.plane, &one.text).cmp(&(other.plane, &other.text)));
    Some(BaselineView {
        workload: name.to_owned(),
        as_of,
        registered: workload.registered.is_some(),
        maturity: workload.maturity,
        mature_since: workload.mature_since,
        version: workload.active_days,
        first: workload.first,
        last: workload.last,
        peers: PeersView {
            group: group.then(|| engine.symbols.text(Symbol(workload.peers.0)).to_owned()),
            others,
        },
        reach: reach(workload, &engine.atoms, as_of, EventTime::from_day(as_of.day()), rules),
        ratchet: RatchetView {
            origin_tenths,
            live_tenths,
            step: origin_tenths.map_or(0, |origin| step(live_tenths, origin, rules)),
            resealed: workload.resealed,
        },
        suspicion: suspicion(engine, workload),
        atoms,
        overflowed: workload.overflowed,
    })
}

fn suspicion(engine: &Engine, workload: &Workload) -> SuspicionView {
    let (rules, history) = (&engine.rules, &workload.drift);
    let null = DriftNull::new(history, &engine.shards.fleet.rate(workload.peers, history, rules), rules);
    let drift =
        (workload.maturity != Maturity::Learning).then(|| (history.statistic(&null), null.threshold()));
    let elevated = [
        ("drift", workload.drift.is_elevated(rules)),
        ("shift", workload.shift.is_elevated(rules)),
        ("probing", workload.probing.is_elevated(rules)),
    ];
    let standing_still = elevated.into_iter().filter(|(_, elevated)| *elevated).map(|(name, _)| name);
    SuspicionView { drift, standing_still: standing_still.collect() }
}

fn atom(held: &Sighting, (engine, name, workload): (&Engine, &str, &Workload), as_of: EventTime) -> AtomView {
    let atoms: &Atoms = &engine.atoms;
    let key = atoms.key(held.atom);
    let decisions = (&engine.decided.decisions, name);
    let decision = accepted(decisions, held.atom, (atoms, &engine.symbols), as_of);
    let marks = [
        ("origin", Mark::Origin),
        ("used again", Mark::Consolidated),
        ("explained", Mark::Explained),
        ("learned", Mark::Learned),
        ("periodic", Mark::Periodic),
    ];
    let news = workload.young.iter().chain(&workload.drift.news).find(|news| news.atom == held.atom);
    AtomView {
        plane: key.plane(),
        text: key.text(&engine.symbols),
        sensitivity: held.sensitivity,
        first_seen: held.first_seen,
        last_day: EventTime::from_day(i64::from(held.last_day)),
        days: held.days,
        live: lives(held, as_of.day(), &engine.rules),
        marks: marks.into_iter().filter(|(_, mark)| held.is(*mark)).map(|(name, _)| name).collect(),
        learned: held.is(Mark::Learned),
        accepted: decision.map(|decision| Acceptance {
            seq: decision.seq(),
            by: decision.by().to_owned(),
            reason: decision.reason().to_owned(),
            until: decision.until(),
            lasts: decision.lasts(as_of),
        }),
        event_id: news.map(|news| news.event_id.clone()).filter(|id| !id.is_empty()),
        explained_by: news.and_then(|news| news.explained_by.clone()),
    }
}
