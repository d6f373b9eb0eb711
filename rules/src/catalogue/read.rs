//! Catalogue texts to checked entries.

use std::collections::BTreeMap;

use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::{Check, Confidence, Severity};
use serde_saphyr::Spanned;

use super::template::Template;
use super::text::{EntryText, ParameterText, VariantText};
use super::{Analytic, COMMON_SLOTS, Catalogue, Entry, ParameterEntry, Variant};
use crate::error::{Place, RuleError, line_of};
use crate::mapping::{Framework, Mappings};

/// The id under which the detector's own parameters stand.
const DETECTOR: &str = "detector";

/// Reads the shipped files, each a complete document.
pub(super) fn shipped(files: &[(&str, &str)], mappings: Mappings) -> Result<Catalogue, RuleError> {
    let mut catalogue = Catalogue { entries: BTreeMap::new(), detector: Vec::new(), mappings };
    for (file, text) in files {
        let place = Place { file };
        let text: EntryText = serde_saphyr::from_str(text).map_err(|error| place.yaml(&error))?;
        if text.id.value == DETECTOR {
            catalogue.detector = new_parameters(place, DETECTOR, &text)?;
            continue;
        }
        let entry = new_entry(place, &text, &catalogue.mappings)?;
        catalogue.entries.insert(entry.check, entry);
    }
    Ok(catalogue)
}

/// Lays one directory over a catalogue.
pub(super) fn overridden(
    mut catalogue: Catalogue,
    files: &[(String, String)],
) -> Result<Catalogue, RuleError> {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for (file, text) in files {
        let place = Place { file };
        let documents: Vec<EntryText> =
            serde_saphyr::from_multiple(text).map_err(|error| place.yaml(&error))?;
        for document in documents {
            let line = line_of(&document.id);
            if let Some(earlier) = seen.insert(document.id.value.clone(), format!("{file}:{line}")) {
                let problem = format!("`{}` is already overridden at {earlier}", document.id.value);
                return Err(place.error(line, "id", problem, "keep one of the two"));
            }
            override_one(place, &mut catalogue, document)?;
        }
    }
    Ok(catalogue)
}

fn override_one(place: Place<'_>, catalogue: &mut Catalogue, text: EntryText) -> Result<(), RuleError> {
    fixed_stay_fixed(place, &text)?;
    if text.id.value == DETECTOR {
        let only_parameters = text.title.is_none()
            && text.enabled.is_none()
            && text.severity.is_none()
            && text.confidence.is_none()
            && text.sentence.is_none()
            && text.variants.is_none()
            && text.remediation.is_none();
        if !only_parameters {
            let problem = "the detector itself has parameters only".into();
            return Err(place.error(line_of(&text.id), "id", problem, "remove the other keys"));
        }
        return override_parameters(place, &mut catalogue.detector, text.parameters.as_deref());
    }
    let check = known_check(place, &text.id)?;
    let Some(entry) = catalogue.entries.get_mut(&check) else { return Err(unknown_id(place, &text.id)) };
    if let Some(title) = text.title {
        entry.title = title.value;
    }
    if let Some(enabled) = text.enabled {
        entry.enabled = enabled;
    }
    if let Some(severity) = &text.severity {
        entry.severity = parse_severity(place, severity)?;
    }
    if let Some(confidence) = &text.confidence {
        entry.confidence = parse_confidence(place, confidence)?;
    }
    if let Some(sentence) = &text.sentence {
        entry.sentence = template(place, "sentence", sentence, &entry.slots)?;
        // The shipped variants would speak instead of the operator's own sentence.
        entry.variants.clear();
    }
    if let Some(variants) = &text.variants {
        entry.variants = parse_variants(place, variants, &entry.slots)?;
    }
    if let Some(steps) = &text.remediation {
        entry.remediation = parse_steps(place, steps, &entry.slots)?;
    }
    override_parameters(place, &mut entry.parameters, text.parameters.as_deref())
}

/// What a finding is, where it maps to and what the core tells of it are not the operator's to change.
fn fixed_stay_fixed(place: Place<'_>, text: &EntryText) -> Result<(), RuleError> {
    let given = [
        ("type", text.analytic.as_ref().map(line_of)),
        ("severity_logic", text.severity_logic.as_ref().map(line_of)),
        ("slots", text.slots.as_ref().map(|slots| slots.first().map_or(0, line_of))),
        ("mappings", text.mappings.as_ref().map(line_of)),
        ("benign", text.benign.as_ref().map(line_of)),
        ("fixtures", text.fixtures.as_ref().map(line_of)),
    ];
    for (field, line) in given {
        if let Some(line) = line {
            return Err(place.error(line, field, "cannot be overridden".into(), "remove it"));
        }
    }
    Ok(())
}

fn override_parameters(
    place: Place<'_>,
    held: &mut [ParameterEntry],
    texts: Option<&[ParameterText]>,
) -> Result<(), RuleError> {
    for text in texts.unwrap_or_default() {
        let suffix = |entry: &ParameterEntry| entry.parameter.name().split_once('.').map(|(_, name)| name);
        let names: Vec<&str> = held.iter().filter_map(suffix).collect();
        let known =
            format!("known here: {}", if names.is_empty() { "none".into() } else { names.join(", ") });
        let Some(entry) = held.iter_mut().find(|entry| suffix(entry) == Some(text.name.value.as_str()))
        else {
            let problem = format!("there is no parameter `{}`", text.name.value);
            return Err(place.error(line_of(&text.name), "parameters", problem, &known));
        };
        entry.value = in_range(place, text, entry.min, entry.max)?;
    }
    Ok(())
}

fn new_entry(place: Place<'_>, text: &EntryText, mappings: &Mappings) -> Result<Entry, RuleError> {
    let check = known_check(place, &text.id)?;
    let slots: Vec<String> =
        required(place, text, "slots", text.slots.as_ref())?.iter().map(|slot| slot.value.clone()).collect();
    let analytic = required(place, text, "type", text.analytic.as_ref())?;
    let fixtures = required(place, text, "fixtures", text.fixtures.as_ref())?;
    for (path, kind) in [(&fixtures.value.positive, "positive"), (&fixtures.value.benign, "benign")] {
        if *path != format!("{check}/{kind}.yaml") {
            let problem = format!("the {kind} fixture of {check} stands in {check}/{kind}.yaml");
            return Err(place.error(line_of(fixtures), "fixtures", problem, "correct the path"));
        }
    }
    let mapped = required(place, text, "mappings", text.mappings.as_ref())?;
    same_mappings(place, check, mapped, mappings)?;
    let sentence = required(place, text, "sentence", text.sentence.as_ref())?;
    let steps = required(place, text, "remediation", text.remediation.as_ref())?;
    Ok(Entry {
        check,
        title: required(place, text, "title", text.title.as_ref())?.value.clone(),
        analytic: match analytic.value.as_str() {
            "rule" => Analytic::Rule,
            "statistical" => Analytic::Statistical,
            other => {
                let problem = format!("`{other}` is no analytic type");
                return Err(place.error(line_of(analytic), "type", problem, "write rule or statistical"));
            }
        },
        enabled: text.enabled.unwrap_or(true),
        severity: parse_severity(place, required(place, text, "severity", text.severity.as_ref())?)?,
        confidence: parse_confidence(place, required(place, text, "confidence", text.confidence.as_ref())?)?,
        severity_logic: required(place, text, "severity_logic", text.severity_logic.as_ref())?.value.clone(),
        parameters: new_parameters(place, check.as_str(), text)?,
        benign: required(place, text, "benign", text.benign.as_ref())?.value.clone(),
        sentence: template(place, "sentence", sentence, &slots)?,
        variants: parse_variants(place, text.variants.as_deref().unwrap_or_default(), &slots)?,
        remediation: parse_steps(place, steps, &slots)?,
        slots,
    })
}

/// Exactly the parameters of a section: none missing, none unknown, none twice.
fn new_parameters(place: Place<'_>, id: &str, text: &EntryText) -> Result<Vec<ParameterEntry>, RuleError> {
    let texts = required(place, text, "parameters", text.parameters.as_ref())?;
    let mut entries: Vec<ParameterEntry> = Vec::with_capacity(texts.len());
    for one in texts {
        let name = format!("{id}.{}", one.name.value);
        let known = Parameter::ALL.iter().find(|parameter| parameter.name() == name);
        let twice = entries.iter().any(|entry| entry.parameter.name() == name);
        let (Some(parameter), false) = (known, twice) else {
            let problem = format!("`{name}` is unknown or stands here twice");
            return Err(place.error(line_of(&one.name), "parameters", problem, "remove it"));
        };
        let (Some(unit), Some(min), Some(max), Some(meaning)) = (&one.unit, one.min, one.max, &one.meaning)
        else {
            let problem = format!("`{name}` needs unit, min, max and meaning");
            return Err(place.error(line_of(&one.name), "parameters", problem, "add what is missing"));
        };
        let value = in_range(place, one, min, max)?;
        let (unit, meaning) = (unit.clone(), meaning.clone());
        entries.push(ParameterEntry { parameter: *parameter, value, unit, min, max, meaning });
    }
    let section = format!("{id}.");
    let missing = Parameter::ALL.iter().find(|parameter| {
        parameter.name().starts_with(&section) && !entries.iter().any(|entry| entry.parameter == **parameter)
    });
    match missing {
        Some(parameter) => {
            let problem = format!("`{}` is missing", parameter.name());
            Err(place.error(line_of(&text.id), "parameters", problem, "add it"))
        }
        None => Ok(entries),
    }
}

fn in_range(place: Place<'_>, text: &ParameterText, min: f64, max: f64) -> Result<f64, RuleError> {
    let value = text.value.value;
    if (min..=max).contains(&value) {
        return Ok(value);
    }
    let field = format!("parameters.{}", text.name.value);
    let fix = format!("write a number from {min} to {max}");
    Err(place.error(line_of(&text.value), &field, format!("{value} is out of range"), &fix))
}

fn known_check(place: Place<'_>, id: &Spanned<String>) -> Result<Check, RuleError> {
    Check::parse(&id.value).ok_or_else(|| unknown_id(place, id))
}

fn unknown_id(place: Place<'_>, id: &Spanned<String>) -> RuleError {
    let problem = format!("`{}` is not in the catalogue", id.value);
    place.error(line_of(id), "id", problem, "name a finding of the catalogue, such as H01, or `detector`")
}

fn required<'a, T>(
    place: Place<'_>,
    text: &EntryText,
    field: &str,
    value: Option<&'a T>,
) -> Result<&'a T, RuleError> {
    let missing = || place.error(line_of(&text.id), field, "is missing".into(), "add it");
    value.ok_or_else(missing)
}

fn parse_severity(place: Place<'_>, text: &Spanned<String>) -> Result<Severity, RuleError> {
    let fix = "write informational, low, medium, high or critical";
    let unknown = || place.error(line_of(text), "severity", format!("`{}` is no severity", text.value), fix);
    Severity::parse(&text.value).ok_or_else(unknown)
}

fn parse_confidence(place: Place<'_>, text: &Spanned<String>) -> Result<Confidence, RuleError> {
    let fix = "write low, medium or high";
    let unknown =
        || place.error(line_of(text), "confidence", format!("`{}` is no confidence", text.value), fix);
    Confidence::parse(&text.value).ok_or_else(unknown)
}

fn parse_variants(
    place: Place<'_>,
    texts: &[VariantText],
    slots: &[String],
) -> Result<Vec<Variant>, RuleError> {
    let mut variants = Vec::with_capacity(texts.len());
    for text in texts {
        for slot in text.when.keys() {
            known_slot(place, "variants.when", line_of(&text.sentence), slot, slots)?;
        }
        let sentence = template(place, "variants.sentence", &text.sentence, slots)?;
        variants.push(Variant { when: text.when.clone(), sentence });
    }
    Ok(variants)
}

fn parse_steps(
    place: Place<'_>,
    texts: &[Spanned<String>],
    slots: &[String],
) -> Result<Vec<Template>, RuleError> {
    texts.iter().map(|text| template(place, "remediation", text, slots)).collect()
}

fn template(
    place: Place<'_>,
    field: &str,
    text: &Spanned<String>,
    slots: &[String],
) -> Result<Template, RuleError> {
    let line = line_of(text);
    let template =
        Template::parse(&text.value).map_err(|problem| place.error(line, field, problem, "correct it"))?;
    for slot in template.slots() {
        known_slot(place, field, line, slot, slots)?;
    }
    Ok(template)
}

fn known_slot(
    place: Place<'_>,
    field: &str,
    line: u64,
    slot: &str,
    slots: &[String],
) -> Result<(), RuleError> {
    if COMMON_SLOTS.contains(&slot) || slots.iter().any(|known| known == slot) {
        return Ok(());
    }
    let known = format!("known here: {}, {}", COMMON_SLOTS.join(", "), slots.join(", "));
    Err(place.error(line, field, format!("there is no slot `{{{slot}}}`"), &known))
}

/// The file repeats for its reader what the mapping table says; they must not part.
fn same_mappings(
    place: Place<'_>,
    check: Check,
    text: &Spanned<BTreeMap<String, BTreeMap<String, String>>>,
    mappings: &Mappings,
) -> Result<(), RuleError> {
    let mut table: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for framework in Framework::REPEATED {
        table.insert(framework.as_str().into(), BTreeMap::new());
    }
    for reference in mappings.references(check) {
        if let Some(ids) = table.get_mut(reference.framework.as_str()) {
            ids.insert(reference.id.into(), reference.full_title());
        }
    }
    if table == text.value {
        return Ok(());
    }
    let problem = format!("they differ from the mapping table, which says {table:?}");
    Err(place.error(line_of(text), "mappings", problem, "make both equal"))
}
