//! Rule text to [`ambit_schemas::RuleSet`]: the catalogue of findings, the framework mappings, and the fixtures that
//! prove each catalogue file. No IO: texts come in as `(name, text)` pairs.

pub mod catalogue;
mod error;
pub mod fixture;
pub mod mapping;

pub use catalogue::{Analytic, Catalogue, Entry, ParameterEntry};
pub use error::RuleError;
pub use fixture::{Expectation, Fixture};
pub use mapping::{Attack, Framework, Mappings, Reference};
