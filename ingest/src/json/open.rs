//! Which containers are open: a stack of one bit a level.

#![expect(clippy::inline_always, reason = "measured: a call for each bracket of a record")]

use super::{Fault, MAX_DEPTH};

/// The open containers, innermost last.
#[derive(Debug, Default)]
pub(super) struct Open {
    levels: [u64; MAX_DEPTH / 64],
    depth: usize,
    /// Whether the innermost is an object.
    pub(super) object: bool,
}

impl Open {
    #[inline(always)]
    pub(super) fn push(&mut self, object: bool) -> Result<(), Fault> {
        let bit = 1_u64 << (self.depth % 64);
        let word = self.levels.get_mut(self.depth / 64).ok_or(Fault::TooDeep)?;
        *word = if self.object { *word | bit } else { *word & !bit };
        self.depth += 1;
        self.object = object;
        Ok(())
    }

    /// Leaves the innermost container; returns whether it was the outermost.
    #[inline(always)]
    pub(super) fn pop(&mut self) -> bool {
        self.depth = self.depth.saturating_sub(1);
        let word = self.levels.get(self.depth / 64).copied().unwrap_or(0);
        self.object = word >> (self.depth % 64) & 1 == 1;
        self.depth == 0
    }
}
