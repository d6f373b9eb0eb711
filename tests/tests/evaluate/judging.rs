//! Which alarm shows which attack.

use ambit_schemas::EventTime;
use ambit_tests::evaluate::alarm::{Alarm, of_lines};
use ambit_tests::evaluate::label::Label;
use ambit_tests::evaluate::verdict::{Standing, judge, standing};
use serde_json::json;

use super::{alarm, at, label};

fn world() -> Vec<Label> {
    [
        "drip of a 10-20 raises D01 may D03",
        "self_grant of b 12-12 raises C03 D05",
        "deploy_unrecorded of c 15-15 raises may D02 D06",
    ]
    .map(label)
    .to_vec()
}

#[test]
fn an_alarm_is_worth_what_the_labels_say() {
    let attack = |name: &str| Standing::Attack(name.to_owned());
    let check =
        |text: &str, expected: Standing| assert_eq!(standing(&alarm(text), &world()), expected, "{text}");
    check("D01 of a at 15 08:00", attack("drip-a"));
    check("D02 of a at 15 08:00", attack("drip-a"));
    check("D03 of a at 15 08:00", attack("drip-a"));
    check("D10 of a at 15 08:00", attack("drip-a"));
    check("C04 of a at 15 08:00", Standing::Unexpected);
    // Three days later the alarm is still the attack's; before it and afterwards it is not.
    check("D01 of a at 23 00:00", attack("drip-a"));
    check("D01 of a at 23 00:01", Standing::FalseAlarm);
    check("D01 of a at 9 23:59", Standing::FalseAlarm);
    check("C03 of b at 12 00:00", attack("self_grant-b"));
    check("D02 of b at 12 00:00", attack("self_grant-b"));
    // What benign life may raise is no surprise, but a statistic that calls for it spends the budget.
    check("D06 of c at 15 10:00", Standing::Allowed("deploy_unrecorded-c".to_owned()));
    check("D02 of c at 15 10:00", Standing::FalseAlarm);
    check("D10 of c at 15 10:00", Standing::FreeRatchet);
    check("D03 of c at 15 10:00", Standing::Unexpected);
    check("M01 of a at 15 10:00", Standing::Record);
}

#[test]
fn a_lateral_finding_is_about_each_hop() {
    let path = |text: &str| Alarm { hops: vec!["root".to_owned(), "b".to_owned()], ..alarm(text) };
    let labels = [label("secret_hop of b 12-12 raises L05 C03")];
    let expected = Standing::Attack("secret_hop-b".to_owned());
    assert_eq!(standing(&path("L05 of far at 12 01:00"), &labels), expected);
    assert_eq!(standing(&path("C03 of far at 12 01:00"), &labels), Standing::Unexpected);
}

/// For one attack: whether it is found, when, what is missing, whether anything was noticed.
fn check(alarms: &[&str], incident: usize, expected: (bool, Option<EventTime>, &[&str], bool)) {
    let alarms_of_text = alarms.iter().map(|text| alarm(text)).collect::<Vec<_>>();
    let verdict = judge(&alarms_of_text, &world(), true);
    let attack = &verdict.attacks[incident];
    let missing = attack.missing.iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!((attack.is_found(), attack.found, missing.as_slice(), attack.noticed), expected, "{alarms:?}");
}

#[test]
fn an_attack_is_found_by_what_had_to_find_it() {
    check(&[], 0, (false, None, &["D01"], false));
    check(&["D01 of a at 15 08:00", "D01 of a at 14 08:00"], 0, (true, Some(at("14 08:00")), &[], true));
    check(&["C05 of a at 15 08:00"], 0, (true, Some(at("15 08:00")), &["D01"], true));
    // What is only allowed is noticed, but does not count.
    check(&["D03 of a at 15 08:00"], 0, (false, None, &["D01"], true));
    check(&["M01 of a at 15 08:00", "D01 of b at 15 08:00"], 0, (false, None, &["D01"], false));
    // Rules have to name it, each of them.
    check(&["D02 of b at 12 09:00"], 1, (false, Some(at("12 09:00")), &["C03", "D05"], true));
    check(&["C03 of b at 12 09:00"], 1, (false, Some(at("12 09:00")), &["D05"], true));
    check(&["C03 of b at 12 09:00", "D05 of b at 12 10:00"], 1, (true, Some(at("12 09:00")), &[], true));
}

#[test]
fn the_other_end_of_a_hop_explains_but_has_not_to_be_found() {
    let owner = Label { benign: false, ..label("secret_hop_owner of b 12-12 raises may D03") };
    let alarms = [alarm("D03 of b at 12 09:00"), alarm("D02 of b at 12 09:00")];
    for by_name in [true, false] {
        let verdict = judge(&alarms, std::slice::from_ref(&owner), by_name);
        assert!(verdict.attacks.is_empty());
        let shown = Standing::Attack("secret_hop_owner-b".to_owned());
        assert!(verdict.alarms.iter().all(|judged| judged.standing == shown), "{verdict:?}");
    }
}

#[test]
fn a_simple_method_needs_no_names() {
    let alarms = [Alarm { check: "new-terms-7".to_owned(), ..alarm("D02 of b at 13 00:00") }];
    let verdict = judge(&alarms, &world(), false);
    assert!(verdict.attacks[1].is_found() && !verdict.attacks[0].is_found());
}

#[test]
fn the_first_line_says_when_and_the_last_what() {
    let line = |uid: &str, time: &str, severity: u8, text: &str| {
        json!({
            "time": at(time).millis(),
            "severity_id": severity,
            "confidence_id": 2,
            "finding_info": { "uid": uid, "desc": text, "analytic": { "uid": "L05" } },
            "resources": [{ "name": "b" }],
            "unmapped": {
                "path": [{ "workload": "a" }, { "workload": "b" }],
                "score": { "statistic": "s", "budget_share": 0.2 },
            },
        })
        .to_string()
    };
    let lines = [
        line("1", "12 09:00", 3, "begins"),
        line("2", "12 10:00", 2, "another"),
        line("1", "14 09:00", 4, "grew"),
    ];
    let alarms = of_lines(&lines.join("\n")).unwrap();
    let [grown, other] = alarms.as_slice() else { panic!("{alarms:?}") };
    assert_eq!((grown.time, grown.again.as_slice()), (at("12 09:00"), [at("14 09:00")].as_slice()));
    assert_eq!((grown.gravity, grown.sentence.as_str()), ([4, 2], "grew"));
    assert_eq!(
        (grown.hops.as_slice(), grown.share.clone()),
        (["a".to_owned(), "b".to_owned()].as_slice(), Some(("s".to_owned(), 0.2)))
    );
    assert_eq!(other.uid, "2");
    // A recurrence proves a second attack; only the first line is judged as an alarm.
    let later = label("secret_hop of b 14-14 raises L05");
    assert_eq!(later.found(&alarms), Some(at("14 09:00")));
    assert_eq!(standing(grown, std::slice::from_ref(&later)), Standing::Unexpected);
    let error = of_lines("{\"time\":1}").unwrap_err();
    assert!(format!("{error:#}").contains("line 1"), "{error:#}");
}
