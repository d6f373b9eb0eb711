//! Second names of identities: a Vault entity, an agent's id. Learnt where one record shows both names.

use std::collections::BTreeMap;

use ambit_schemas::{Column, EventTime};

use super::room::make_room;
use crate::codec::codec_struct;
use crate::loaded::Row;
use crate::symbol::Symbol;

/// Days after which an alias that nobody used is forgotten.
const MEMORY_DAYS: i64 = 90;
/// Days for which a name stands against another without being confirmed.
const STANDS_DAYS: i64 = 7;

/// Alias to workload, and the last day on which a record confirmed it.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    names: BTreeMap<String, (Symbol, i64)>,
    /// Aliases that were forgotten for want of room.
    pub(super) evicted: u64,
}
codec_struct!(Aliases { names, evicted });

/// The alias by which an event may be known: its second name, else a principal that is no name of its own.
pub(super) fn of<'a>(row: &Row<'a>) -> Option<&'a str> {
    row.text(Column::PrincipalAlias).or_else(|| row.text(Column::Principal))
}

/// `vault:<entity id>`, the name of a Vault identity of which nothing else is known.
pub(super) fn discovered_name(alias: &str) -> Option<String> {
    alias.strip_prefix("entity:").map(|id| format!("vault:{id}"))
}

impl Aliases {
    pub(super) fn get(&self, alias: &str) -> Option<Symbol> {
        self.names.get(alias).map(|(name, _)| *name)
    }

    /// Learns a name. The first one stands while records confirm it: else whoever logs in once with somebody's entity
    /// would own all that it does.
    pub(super) fn learn(&mut self, alias: &str, name: Symbol, time: EventTime, most: usize) {
        let day = time.day();
        if let Some((known, last)) = self.names.get_mut(alias) {
            if *known == name {
                *last = day.max(*last);
            } else if day - *last > STANDS_DAYS {
                (*known, *last) = (name, day);
            }
            return;
        }
        self.evicted += make_room(&mut self.names, most, |(_, last)| *last);
        self.names.insert(alias.to_owned(), (name, day));
    }

    pub(super) fn close_day(&mut self, day: i64) {
        self.names.retain(|_, (_, last)| day - *last <= MEMORY_DAYS);
    }

    /// Aliases held.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.names.keys().map(|alias| alias.len() + 64).sum()
    }
}
