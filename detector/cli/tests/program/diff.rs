use serde_json::{Value, json};

use super::place::{Place, check_json, samples};

/// Replays the samples with further arguments.
fn replay(place: &Place, arguments: &str) {
    let (logs, inventory) = (samples(""), samples("workloads.yaml"));
    place.run(&format!("replay {logs} --inventory {inventory} {arguments}")).ends_with(0);
}

#[test]
fn two_sets_of_rules_are_compared() {
    let place = Place::new();
    place
        .write("rules/H01.yaml", "id: H01\nseverity: low\n")
        .write("rules/C02.yaml", "id: C02\nenabled: false\n");
    replay(&place, "--findings a");
    replay(&place, "--findings b --rules rules");
    let same = place.run("diff a a --json").ends_with(0).json();
    check_json(&same, &[("/only_in_a", json!([])), ("/only_in_b", json!([])), ("/changed", json!([]))]);
    assert!(same["same"].as_u64() > Some(20));
    let difference = place.run("diff a b --json").ends_with(0).json();
    let checks = |list: &str| {
        let list = difference[list].as_array().unwrap();
        list.iter().map(|finding| finding["check"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(checks("only_in_a").iter().all(|check| check == "C02") && !checks("only_in_a").is_empty());
    assert_eq!(checks("only_in_b"), Vec::<String>::new());
    assert_eq!(checks("changed"), ["H01"]);
    check_json(
        &difference["changed"][0],
        &[("/changed/severity", json!({ "a": "Medium", "b": "Low" })), ("/changed/count", Value::Null)],
    );
    place.run("diff a b").ends_with(0).prints(&["only in B: 0", "severity: Medium -> Low"]);
    place.run("diff b a --fail-on high").ends_with(0);
    place.run("diff b a --fail-on low").ends_with(1);
}

#[test]
fn what_is_no_finding_is_told_with_its_line() {
    let place = Place::new();
    place.write("a", "").write("b", "\n{\"a\":1}\n").write("c", "{");
    place.run("diff a b").ends_with(3).says(&["b:2", "no finding"]);
    place.run("diff a c").ends_with(3).says(&["c:1"]);
    place.run("diff a absent").ends_with(3).says(&["absent"]);
    place.run("diff a").ends_with(2);
}
