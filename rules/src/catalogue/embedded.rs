//! The shipped files. A test asserts that none of `rules/catalogue` is missing here.

use ambit_schemas::vocabulary::Check;

/// `(path from the project's root, text)`.
macro_rules! catalogue {
    ($($name:literal)+) => {
        &[$((concat!("rules/catalogue/", $name, ".yaml"), include_str!(concat!("../../catalogue/", $name, ".yaml"))),)+]
    };
}

macro_rules! fixtures {
    ($($check:ident)+) => {
        &[$(
            fixtures!(@ $check, "positive"),
            fixtures!(@ $check, "benign"),
        )+]
    };
    (@ $check:ident, $kind:literal) => {
        FixtureFile {
            check: Check::$check,
            positive: matches!($kind.as_bytes(), b"positive"),
            path: concat!("rules/catalogue/", stringify!($check), "/", $kind, ".yaml"),
            text: include_str!(concat!("../../catalogue/", stringify!($check), "/", $kind, ".yaml")),
        }
    };
}

/// A shipped fixture.
#[derive(Debug, Clone, Copy)]
pub struct FixtureFile {
    /// The check it is about.
    pub check: Check,
    /// Whether the check must fire; else it must not.
    pub positive: bool,
    /// Its path from the project's root.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
}

pub(super) const CATALOGUE: &[(&str, &str)] = catalogue![
    "detector" "D01" "D02" "D03" "D04" "D05" "D06" "D08" "D09" "D10" "L02" "L03" "L05" "L07" "H01" "H02" "H03" "H04" "H05" "H06" "H07" "H08" "H09" "H10" "C01" "C02" "C03" "C04" "C05" "M01"
];

/// Every shipped fixture, two for each catalogue file.
pub const FIXTURES: &[FixtureFile] = fixtures![
    D01 D02 D03 D04 D05 D06 D08 D09 D10 L02 L03 L05 L07 H01 H02 H03 H04 H05 H06 H07 H08 H09 H10 C01 C02 C03 C04 C05 M01
];
