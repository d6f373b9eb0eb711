use ambit_schemas::vocabulary::Check;

use super::{Framework, Mappings, TEXT};

fn shipped() -> Mappings {
    Mappings::embedded().unwrap()
}

fn ids(check: Check, framework: Framework) -> Vec<String> {
    let mappings = shipped();
    let found = mappings.references(check).filter(|reference| reference.framework == framework);
    found.map(|reference| reference.id.to_owned()).collect()
}

#[test]
fn every_finding_maps_to_every_framework_but_health() {
    for check in Check::ALL {
        let given: Vec<Framework> =
            Framework::ALL.iter().copied().filter(|framework| !ids(*check, *framework).is_empty()).collect();
        if *check == Check::M01 {
            assert_eq!(given, [Framework::Nist80053]);
            continue;
        }
        // ATLAS has no technique for some of them.
        let missing: Vec<&Framework> =
            Framework::ALL.iter().filter(|framework| !given.contains(framework)).collect();
        assert!(missing.iter().all(|framework| **framework == Framework::Atlas), "{check}: {missing:?}");
    }
}

#[test]
fn no_finding_claims_what_these_logs_cannot_show() {
    for check in Check::ALL {
        let claimed = ids(*check, Framework::OwaspAsi);
        assert!(!claimed.iter().any(|id| id == "ASI01" || id == "ASI06"), "{check}");
    }
}

#[test]
fn every_framework_is_there_with_its_version() {
    let mappings = shipped();
    for framework in Framework::ALL {
        let table = mappings.frameworks.get(framework).unwrap();
        assert!(!table.version.is_empty() && !table.entries.is_empty(), "{framework:?}");
    }
    assert_eq!(mappings.version(), 1);
}

#[test]
fn an_id_that_points_at_nothing_is_refused() {
    let text = TEXT.replacen("attack: [T1580]", "attack: [T1581]", 1);
    let error = Mappings::parse("x.yaml", &text).unwrap_err().to_string();
    assert!(error.contains("catalogue.D02.attack") && error.contains("`T1581`"), "{error}");
    let text = TEXT.replacen("PR.AC-4: [PR.AA-05]", "PR.AC-4: [PR.AA-99]", 1);
    assert!(Mappings::parse("x.yaml", &text).unwrap_err().to_string().contains("aliases.PR.AC-4"));
}

#[test]
fn older_ids_are_understood() {
    let mappings = shipped();
    for (old, new) in [
        ("PR.AC-4", vec!["PR.AA-05"]),
        ("PR.AA-05", vec!["PR.AA-05"]),
        ("PR.AC-1", vec!["PR.AA-01", "PR.AA-05"]),
        ("PR.XX-1", vec![]),
    ] {
        assert_eq!(mappings.resolve(Framework::NistCsf, old), new, "{old}");
    }
}

#[test]
fn a_technique_is_told_from_its_part() {
    let mappings = shipped();
    let told: Vec<_> =
        mappings.attacks(Check::L02).into_iter().map(|one| (one.technique, one.sub_technique)).collect();
    let (parent, part) = ("Use Alternate Authentication Material", "Application Access Token");
    assert_eq!(
        told,
        [
            (("T1550", parent), Some(("T1550.001", part))),
            (("AML.T0091", parent), Some(("AML.T0091.000", part))),
        ]
    );
    let told = mappings.attacks(Check::D02);
    assert_eq!(told[0].technique, ("T1580", "Cloud Infrastructure Discovery"));
    assert_eq!(told[1].technique, ("AML.T0075", "Cloud Service Discovery"));
    assert!(told.iter().all(|one| one.sub_technique.is_none()));
}
