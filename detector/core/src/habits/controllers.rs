//! Who has control over a workload: D05, ownership or trust drift.
//!
//! These atoms stand apart from the sightings: what others do to a workload is no drift of its own.

use crate::atom::AtomId;
use crate::codec::codec_struct;

/// Controllers remembered of one workload.
const CONTROLLERS: usize = 256;

/// The control atoms of one workload, in the order in which they were seen.
#[derive(Debug, Default)]
pub(crate) struct Controllers {
    atoms: Vec<AtomId>,
}
codec_struct!(Controllers { atoms });

impl Controllers {
    /// Notes an atom; whether it is new. `None` where the table is full: then it is new to nobody, and to be counted.
    pub(crate) fn note(&mut self, atom: AtomId) -> Option<bool> {
        if self.atoms.contains(&atom) {
            return Some(false);
        }
        if self.atoms.len() >= CONTROLLERS {
            return None;
        }
        self.atoms.push(atom);
        Some(true)
    }

    pub(super) const fn bytes(&self) -> usize {
        self.atoms.capacity() * size_of::<AtomId>()
    }
}
