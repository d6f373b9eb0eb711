//! L05, and what follows from a stolen secret.

use ambit_schemas::Inventory;
use ambit_schemas::inventory::{Glob, Secret};
use ambit_schemas::vocabulary::{ActionClass, Check, CredentialKind};

use super::known;
use crate::tests::kit::{Event, assume, check, key, read_secret, sts, using};

fn holding(holds: Option<&str>, holds_for: Option<&str>) -> Vec<Secret> {
    let text = |text: Option<&str>| text.map(str::to_owned);
    vec![Secret { stored: Glob::new("vault:kv/aws"), holds: text(holds), holds_for: text(holds_for) }]
}

#[test]
fn a_secret_that_names_its_key_speaks_of_no_other() {
    let reads = read_secret("eval", 1.0, "vault:kv/aws");
    let uses = |id: &str| key("rag", 2.0, id, "203.0.113.5");
    for (holds, holds_for, id, expected) in [
        (Some("AKIA1"), Some("rag"), "AKIA2", false),
        (Some("AKIA1"), Some("rag"), "AKIA1", true),
        (None, Some("rag"), "AKIA2", true),
        (None, Some("other"), "AKIA2", false),
    ] {
        let inventory = Inventory { secrets: holding(holds, holds_for), ..known(&["rag", "eval"]) };
        let expect = [(Check::L05, "eval", id)];
        check(&[reads.clone(), uses(id)], &inventory, if expected { &expect } else { &[] });
    }
}

/// The reader's trail goes on through the stolen key into the role that was assumed with it; the rightful user's does
/// not.
#[test]
fn a_secret_hop_is_the_root_of_what_follows() {
    let secrets = holding(Some("AKIA1"), None);
    let inventory = Inventory { secrets, ..known(&["rag", "eval", "deploy"]) };
    let from = |event: Event, address: &str| Event { address: Some(address.into()), ..event };
    let act = |hours: f64, credential: &str, group: &str| Event {
        group: group.into(),
        ..sts("deploy", hours, credential, "10.7.0.1")
            .doing("aws:sagemaker:UpdateEndpoint", ActionClass::ModelChange)
    };
    let with_key = |hours: f64, child: &str, address: &str| Event {
        credential_kind: Some(CredentialKind::StaticKey),
        ..from(assume("rag", hours, "AKIA1", "deploy", child), address)
    };
    let events = [
        key("rag", 1.0, "AKIA1", "10.5.0.1"),
        read_secret("eval", 2.0, "vault:kv/aws"),
        with_key(3.0, "ASIA3", "10.5.0.1"),
        key("rag", 4.0, "AKIA1", "203.0.113.5"),
        with_key(5.0, "ASIA5", "203.0.113.5"),
        with_key(6.0, "ASIA6", "10.5.0.1"),
        act(7.0, "ASIA5", "stolen"),
        act(7.1, "ASIA3", "before"),
        act(7.2, "ASIA6", "rightful"),
    ];
    let findings = check(
        &events,
        &inventory,
        &[
            (Check::L05, "eval", "eval -> vault:kv/aws -> AKIA1"),
            (Check::C02, "deploy", "stolen"),
            (Check::C02, "deploy", "before"),
            (Check::C02, "deploy", "rightful"),
        ],
    );
    let path = |subject: &str| {
        let found = findings.iter().find(|finding| finding.subject.value.ends_with(subject)).unwrap();
        let hops = found.path.iter().map(|hop| hop.workload.as_str()).collect::<Vec<_>>();
        (hops, found.correlation.as_deref())
    };
    assert_eq!(path("stolen"), (vec!["eval", "rag", "deploy"], Some("token-eval")));
    assert_eq!(path("before"), (vec!["rag", "deploy"], Some("AKIA1")));
    assert_eq!(path("rightful"), (vec!["rag", "deploy"], Some("AKIA1")));
    let stolen = findings.iter().find(|finding| finding.subject.value.ends_with("stolen")).unwrap();
    assert_eq!(stolen.revoke, ["token-eval", "AKIA1", "ASIA5"]);
    assert_eq!(stolen.path[0].via, "read vault:kv/aws");
}

#[test]
fn a_role_assumed_with_a_stolen_key_has_the_reader_in_its_path() {
    let inventory = Inventory { secrets: holding(Some("AKIA1"), None), ..known(&["rag", "eval", "deploy"]) };
    let stolen = Event {
        credential_kind: Some(CredentialKind::StaticKey),
        address: Some("203.0.113.5".into()),
        principal: Some("arn:aws:iam::111122223333:user/rag".into()),
        resource: Some("arn:aws:iam::444455556666:role/deploy".into()),
        ..assume("rag", 3.0, "AKIA1", "deploy", "ASIA5")
    };
    let events = [read_secret("eval", 2.0, "vault:kv/aws"), stolen];
    let proofs = events.each_ref().map(|event| event.id.as_str());
    let findings =
        check(&events, &inventory, &[(Check::L05, "eval", "AKIA1"), (Check::L03, "rag", "rag -> deploy")]);
    let found = findings.iter().find(|finding| finding.check == Check::L03).unwrap();
    let shown = found.path.iter().map(|hop| hop.event_id.as_str()).collect::<Vec<_>>();
    assert_eq!(shown, [proofs[0], proofs[1], proofs[1]]);
    let hops = found.path.iter().map(|hop| hop.workload.as_str()).collect::<Vec<_>>();
    assert_eq!((hops, found.correlation.as_deref()), (vec!["eval", "rag", "deploy"], Some("token-eval")));
}

#[test]
fn unwrapping_reads_no_stored_secret() {
    let inventory = known(&["rag", "eval"]);
    let unwrap = |name: &str, hours: f64| Event {
        issued: None,
        ..read_secret(name, hours, "vault:sys/wrapping/unwrap")
    };
    check(&[unwrap("rag", 1.0), unwrap("eval", 2.0)], &inventory, &[]);
}

/// Somebody asks for a token and has it wrapped; who unwraps it is not the one who asked, and what came out has its
/// chain.
#[test]
fn what_was_unwrapped_is_a_credential_of_whoever_unwrapped_it() {
    let inventory = known(&["ci", "rag"]);
    let token = |id: &str| Some((id.to_owned(), CredentialKind::VaultToken));
    let wrapping = |event: Event| Event { resource_kind: Some("vault.wrapping".into()), ..event };
    let wraps = wrapping(Event {
        issued: token("wrap-1"),
        ..using("ci", 1.0, "token-ci", CredentialKind::VaultToken, "10.0.0.1")
            .doing("vault:update", ActionClass::CredentialIssue)
    });
    let unwraps = wrapping(Event {
        workload: None,
        principal: Some("accessor:wrap-1".into()),
        issued: token("token-new"),
        ..using("x", 2.0, "wrap-1", CredentialKind::VaultToken, "10.9.0.1")
            .doing("vault:update", ActionClass::CredentialIssue)
    });
    let act = using("rag", 3.0, "token-new", CredentialKind::VaultToken, "10.9.0.1")
        .doing("vault:update", ActionClass::ModelChange);
    let events = [wraps, unwraps.clone(), act];
    let mut detector = crate::Detector::new(crate::tests::rules(), inventory.clone());
    detector.push(&crate::tests::kit::batch(&events[..2]));
    detector.close();
    assert_eq!(detector.counts().unattributed, 1, "the unwrapping is nobody's");
    let findings = check(&events, &inventory, &[(Check::C02, "rag", "")]);
    let hops = findings[0].path.iter().map(|hop| hop.credential.as_deref().unwrap()).collect::<Vec<_>>();
    assert_eq!(
        (hops, findings[0].path[0].workload.as_str()),
        (vec!["token-ci", "wrap-1", "token-new"], "ci")
    );
}
