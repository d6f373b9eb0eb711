//! A seeded generator of labelled logs in the sources' own formats. It writes what clouds, vaults and agents write, and
//! beside it the truth about what was put in; it knows nothing of the detector that will read them. The same seed
//! gives the same bytes: there is no clock, no hash order and no floating point in here.

pub mod calendar;
pub mod cloudtrail;
pub mod history;
pub mod ids;
pub mod inventory;
pub mod json;
pub mod labels;
pub mod rng;
pub mod spans;
pub mod story;
pub mod vault;
pub mod world;

pub use history::{History, WriteError};
