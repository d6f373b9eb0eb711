//! Whose models a workload calls: H09, provider swap, same reach.

use ambit_schemas::finding::Evidence;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::DAY_MICROS;
use ambit_schemas::vocabulary::{ActionClass, Plane};
use ambit_schemas::{EventTime, RuleSet};

use super::Lore;
use crate::atom::AtomId;
use crate::codec::codec_struct;
use crate::draft::evidence;
use crate::loaded::Row;
use crate::symbol::Symbol;
use crate::workload::Sightings;

/// Providers remembered of one workload.
const PROVIDERS: usize = 8;
/// Credentials that are compared.
const CREDENTIALS: usize = 64;
/// Days after which a swap that does not come to an end is none: both providers are in use.
const PENDING_DAYS: i64 = 60;

/// A provider whose models were called.
#[derive(Debug)]
struct Provider {
    name: Symbol,
    first: EventTime,
    last_day: i64,
}
codec_struct!(Provider { name, first, last_day });

/// A new provider beside an established one, until the old one is seen no more.
#[derive(Debug)]
struct Pending {
    from: Symbol,
    to: Symbol,
    at: EventTime,
    sensitivity: u8,
    proof: Evidence,
    /// What the workload could obtain before, in the order of the atoms' numbers.
    held: Vec<AtomId>,
}
codec_struct!(Pending { from, to, at, sensitivity, proof, held });

/// The providers of one workload, bounded; the one that was not called for longest makes room.
#[derive(Debug, Default)]
pub(crate) struct Providers {
    known: Vec<Provider>,
    pending: Option<Box<Pending>>,
}
codec_struct!(Providers { known, pending });

/// A swap that left every credential in place.
#[derive(Debug)]
pub(crate) struct Swap {
    pub(crate) from: Symbol,
    pub(crate) to: Symbol,
    pub(crate) at: EventTime,
    pub(crate) sensitivity: u8,
    pub(crate) proof: Evidence,
    pub(crate) held: Vec<AtomId>,
    /// UTC days without the old provider.
    pub(crate) days: i64,
}

impl Providers {
    /// Notes a model that was called. The first call of a new provider opens a comparison if another is established.
    pub(super) fn note(&mut self, row: &Row<'_>, is_mature: bool, sightings: &Sightings, lore: Lore<'_>) {
        let called = row.class == ActionClass::ModelInvoke && row.succeeded();
        let Some(name) = row.ids.model_provider.filter(|_| called) else { return };
        let day = row.time.day();
        if let Some(known) = self.known.iter_mut().find(|known| known.name == name) {
            known.last_day = known.last_day.max(day);
            return;
        }
        let established = self.established(row.time, lore.rules).map(|provider| provider.name);
        if let Some(from) = established.filter(|_| is_mature && self.pending.is_none()) {
            self.pending = Some(Box::new(Pending {
                from,
                to: name,
                at: row.time,
                sensitivity: row.sensitivity,
                proof: evidence(row),
                held: held(sightings, day, lore),
            }));
        }
        if self.known.len() >= PROVIDERS
            && let Some(oldest) = (0..self.known.len()).min_by_key(|slot| self.known[*slot].last_day)
        {
            self.known.remove(oldest);
        }
        self.known.push(Provider { name, first: row.time, last_day: day });
    }

    /// The provider that has been called for long enough and was called last.
    fn established(&self, now: EventTime, rules: &RuleSet) -> Option<&Provider> {
        let needed_micros = rules.days_micros(Parameter::ProviderEstablishedDays);
        let old = self.known.iter().filter(|known| now.micros_since(known.first) >= needed_micros);
        old.max_by_key(|known| (known.last_day, std::cmp::Reverse(known.first)))
    }

    /// Looks at a swap when a UTC day closes: once the old provider was not called for the window, everything that could
    /// be obtained before must have been obtained since, or something was given up and all is well.
    pub(crate) fn close_day(&mut self, day: i64, sightings: &Sightings, rules: &RuleSet) -> Option<Swap> {
        let pending = self.pending.as_deref()?;
        let last = |name| self.known.iter().find(|known| known.name == name).map(|known| known.last_day);
        let quiet_since = last(pending.from).unwrap_or(i64::MIN).max(pending.at.day());
        let days = day - quiet_since;
        if days < rules.days_micros(Parameter::ProviderWindowDays) / DAY_MICROS {
            if day - pending.at.day() > PENDING_DAYS {
                self.pending = None;
            }
            return None;
        }
        let goes_on = last(pending.to).is_some_and(|last| last > quiet_since);
        let used_since = |atom: &AtomId| {
            sightings
                .iter()
                .any(|sighting| sighting.atom == *atom && i64::from(sighting.last_day) > quiet_since)
        };
        let kept = !pending.held.is_empty() && pending.held.iter().all(used_since);
        let pending = *self.pending.take()?;
        (goes_on && kept).then_some(Swap {
            from: pending.from,
            to: pending.to,
            at: pending.at,
            sensitivity: pending.sensitivity,
            proof: pending.proof,
            held: pending.held,
            days,
        })
    }

    pub(super) fn bytes(&self) -> usize {
        let pending = self.pending.as_ref();
        let held = pending.map_or(0, |pending| pending.held.capacity() * size_of::<AtomId>());
        let pending = pending.map_or(0, |_| size_of::<Pending>() + 256);
        self.known.capacity() * size_of::<Provider>() + pending + held
    }
}

/// The credentials that a workload has obtained in the days of its live reach.
fn held(sightings: &Sightings, day: i64, lore: Lore<'_>) -> Vec<AtomId> {
    let reach_days = lore.rules.days_micros(Parameter::ReachDays) / DAY_MICROS;
    let mut held = sightings
        .iter()
        .filter(|sighting| i64::from(sighting.last_day) > day - reach_days)
        .map(|sighting| sighting.atom)
        .filter(|atom| lore.atoms.key(*atom).plane() == Plane::Credential)
        .collect::<Vec<_>>();
    held.sort_unstable();
    held.truncate(CREDENTIALS);
    held
}
