//! What the tests of the whole house stand on: an OCSF validator made from the published schema, and the means to run
//! the binary. The tests themselves are one binary, `tests/main.rs`.

pub mod ocsf;
