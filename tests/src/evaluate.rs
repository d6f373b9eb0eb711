//! The evaluation: replays labelled worlds and says what was found, what was missed, and how often Ambit cried wolf, for
//! it and for simple methods on the same events. `docs/evaluation.md` says how each figure is made.

pub mod alarm;
pub mod args;
pub mod daily;
pub mod interval;
pub mod label;
pub mod page;
pub mod pooled;
pub mod program;
pub mod real;
pub mod run;
pub mod simple;
pub mod target;
pub mod verdict;
pub mod world;
