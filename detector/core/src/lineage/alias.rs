//! Second names of identities: a Vault entity, an agent's id. Learnt where one record shows both names.

use std::collections::BTreeMap;

use ambit_schemas::{Column, EventTime};

use crate::codec::codec_struct;
use crate::loaded::Row;
use crate::symbol::Symbol;

/// Days after which an alias that nobody used is forgotten.
const MEMORY_DAYS: i64 = 90;

/// Alias to workload, bounded.
#[derive(Debug)]
pub(super) struct Aliases {
    names: BTreeMap<String, (Symbol, i64)>,
    most: usize,
    pub(super) evicted: u64,
}
codec_struct!(Aliases { names, most, evicted });

/// The alias by which an event may be known: its second name, else a principal that is no name of its own.
pub(super) fn of<'a>(row: &Row<'a>) -> Option<&'a str> {
    row.text(Column::PrincipalAlias).or_else(|| row.text(Column::Principal))
}

/// `vault:<entity id>`, the name of a Vault identity of which nothing else is known.
pub(super) fn discovered_name(alias: &str) -> Option<String> {
    alias.strip_prefix("entity:").map(|id| format!("vault:{id}"))
}

impl Aliases {
    pub(super) const fn new(most: usize) -> Self {
        Self { names: BTreeMap::new(), most, evicted: 0 }
    }

    pub(super) fn get(&self, alias: &str) -> Option<Symbol> {
        self.names.get(alias).map(|(name, _)| *name)
    }

    pub(super) fn learn(&mut self, alias: &str, name: Symbol, time: EventTime) {
        if let Some(known) = self.names.get_mut(alias) {
            *known = (name, time.day());
        } else if self.names.len() < self.most {
            self.names.insert(alias.to_owned(), (name, time.day()));
        } else {
            self.evicted += 1;
        }
    }

    pub(super) fn close_day(&mut self, day: i64) {
        self.names.retain(|_, (_, last)| day - *last <= MEMORY_DAYS);
    }

    pub(super) fn bytes(&self) -> usize {
        self.names.keys().map(|alias| alias.len() + 64).sum()
    }
}
