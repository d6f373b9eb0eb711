//! A catalogue document as it is written. A shipped file and an override have the same shape, so that a copied file
//! can be cut down to what changes.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntryText {
    pub(super) id: Spanned<String>,
    pub(super) title: Option<Spanned<String>>,
    #[serde(rename = "type")]
    pub(super) analytic: Option<Spanned<String>>,
    pub(super) enabled: Option<bool>,
    pub(super) severity: Option<Spanned<String>>,
    pub(super) confidence: Option<Spanned<String>>,
    pub(super) severity_logic: Option<Spanned<String>>,
    pub(super) sentence: Option<Spanned<String>>,
    pub(super) variants: Option<Vec<VariantText>>,
    pub(super) slots: Option<Vec<Spanned<String>>>,
    pub(super) parameters: Option<Vec<ParameterText>>,
    pub(super) mappings: Option<Spanned<BTreeMap<String, BTreeMap<String, String>>>>,
    pub(super) remediation: Option<Vec<Spanned<String>>>,
    pub(super) benign: Option<Spanned<String>>,
    pub(super) fixtures: Option<Spanned<FixturesText>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VariantText {
    pub(super) when: BTreeMap<String, String>,
    pub(super) sentence: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ParameterText {
    pub(super) name: Spanned<String>,
    pub(super) value: Spanned<f64>,
    pub(super) unit: Option<String>,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) meaning: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FixturesText {
    pub(super) positive: String,
    pub(super) benign: String,
}
