//! What the tests of the whole house stand on: an OCSF validator made from the published schema, the binary, and the
//! real servers that logs are recorded from. The tests themselves are one binary, `tests/main.rs`.

pub mod binary;
pub mod broker;
pub mod daemon;
pub mod evaluate;
pub mod guarded;
pub mod load;
pub mod logs;
pub mod ocsf;
pub mod openbao;
pub mod provided;
pub mod proxy;
pub mod replay;
