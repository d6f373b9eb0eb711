//! Where the sessions of a workload begin. A workload behind a gateway and private endpoints shows two networks in one
//! session, and there is no theft in that. What tells them apart: some of its sessions *begin* in either network, but
//! whoever stole a session never has its first use, and so cannot teach this.

use std::collections::BTreeMap;

use super::room::make_room;
use crate::codec::codec_struct;
use crate::network::Network;
use crate::symbol::Symbol;

/// Networks remembered of one workload.
const NETWORKS: usize = 16;
/// Earlier days on which sessions must have begun in a network. A credential begins once, so as many days are at least
/// as many credentials.
const DAYS: u8 = 2;
/// Days for which a network is remembered in which no session began.
const MEMORY_DAYS: i64 = 35;

/// A network in which sessions of a workload began.
#[derive(Debug, Clone, Copy)]
struct Beginning {
    network: Network,
    /// Distinct days; more than one above [`DAYS`] are not told apart.
    days: u8,
    last_day: i64,
}
codec_struct!(Beginning { network, days, last_day });

/// By workload, bounded.
#[derive(Debug, Default)]
pub(super) struct Beginnings {
    workloads: BTreeMap<Symbol, Vec<Beginning>>,
    /// Workloads that were forgotten for want of room.
    pub(super) evicted: u64,
    /// Networks of workloads that were forgotten for want of room.
    pub(super) dropped: u64,
}
codec_struct!(Beginnings { workloads, evicted, dropped });

impl Beginnings {
    /// Notes that a session of a workload began in a network.
    pub(super) fn note(&mut self, workload: Symbol, network: Network, day: i64, most: usize) {
        if !self.workloads.contains_key(&workload) {
            let last =
                |known: &Vec<Beginning>| known.iter().map(|held| held.last_day).max().unwrap_or(i64::MIN);
            self.evicted += make_room(&mut self.workloads, most, last);
        }
        let known = self.workloads.entry(workload).or_default();
        if let Some(held) = known.iter_mut().find(|held| held.network == network) {
            if held.last_day < day {
                held.last_day = day;
                held.days = held.days.saturating_add(1).min(DAYS + 1);
            }
            return;
        }
        if known.len() >= NETWORKS
            && let Some(oldest) = (0..known.len()).min_by_key(|slot| known[*slot].last_day)
        {
            known.remove(oldest);
            self.dropped += 1;
        }
        known.push(Beginning { network, days: 1, last_day: day });
    }

    /// Whether sessions of the workload began in the network on enough days before this one.
    pub(super) fn is_home(&self, workload: Symbol, network: Network, day: i64) -> bool {
        let known = self.workloads.get(&workload).into_iter().flatten();
        known.filter(|held| held.network == network).any(|held| {
            let today = u8::from(held.last_day >= day);
            held.days - today >= DAYS
        })
    }

    pub(super) fn close_day(&mut self, day: i64) {
        self.workloads.retain(|_, known| {
            known.retain(|held| day - held.last_day <= MEMORY_DAYS);
            !known.is_empty()
        });
    }

    /// Workloads held.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.workloads.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.workloads.values().map(|known| 48 + known.capacity() * size_of::<Beginning>()).sum()
    }
}
