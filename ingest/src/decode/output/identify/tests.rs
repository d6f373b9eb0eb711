use ambit_schemas::vocabulary::{CredentialKind, Outcome, PrincipalKind, Source};

use super::*;

const TIME: EventTime = EventTime(1_700_000_000_123_456);

/// A row in which every text and time is there and says something else.
fn full<'r>(on_behalf_of: &'r [&'r str]) -> EventRow<'r> {
    EventRow {
        action: "action",
        outcome: Outcome::Denied,
        error_code: Some("error"),
        principal: Some("principal"),
        principal_kind: Some(PrincipalKind::Human),
        principal_alias: Some("alias"),
        on_behalf_of,
        credential: Some("credential"),
        credential_kind: Some(CredentialKind::OauthToken),
        credential_issued_at: Some(TIME.plus_micros(1)),
        credential_expires_at: Some(TIME.plus_micros(2)),
        parent_credential: Some("parent"),
        issued_credential: Some("issued"),
        issued_kind: Some(CredentialKind::StoredSecret),
        issued_expires_at: Some(TIME.plus_micros(3)),
        auth_method: Some("method"),
        resource: Some("resource"),
        resource_group: Some("group"),
        resource_kind: Some("kind"),
        account: Some("account"),
        region: Some("region"),
        source_address: Some("address"),
        client: Some("client"),
        via_service: Some("service"),
        model_provider: Some("provider"),
        model: Some("model"),
        tool: Some("tool"),
        tool_server: Some("server"),
        agent: Some("agent"),
        session: Some("session"),
        task: Some("task"),
        ..EventRow::new(Source::AzureActivity, "", TIME)
    }
}

fn bytes(row: &EventRow<'_>) -> Vec<u8> {
    let mut bytes = b"of the last".to_vec();
    write(&mut bytes, row);
    bytes
}

#[test]
fn the_bytes_are_the_same_for_ever() {
    let mut expect = vec![4, 2, 8, 8, 10];
    let time = |at: i64| at.to_le_bytes();
    expect.extend(time(1_700_000_000_123_456));
    for (code, at) in [(25, 1), (26, 2), (27, 3)] {
        expect.push(code);
        expect.extend(time(1_700_000_000_123_456 + at));
    }
    expect
        .extend(b"\x01\x06action\x02\x05error\x03\x09principal\x04\x05alias\x05\x0acredential\x06\x06parent");
    expect.extend(b"\x07\x06issued\x08\x06method\x09\x08resource\x0a\x05group\x0b\x04kind\x0c\x07account");
    expect.extend(b"\x0d\x06region\x0e\x07address\x0f\x06client\x10\x07service\x11\x08provider\x12\x05model");
    expect.extend(b"\x13\x04tool\x14\x06server\x15\x05agent\x16\x07session\x17\x04task");
    expect.extend(b"\x18\x03one\x18\x05other");
    assert_eq!(bytes(&full(&["one", "other"])), expect);
    let id = |row: &EventRow<'_>| Identifier::default().event_id(row).to_owned();
    assert_eq!(id(&full(&["one", "other"])), "3bd4e3cb05343534063bd65396423b08");
    assert_eq!(id(&EventRow::new(Source::Ocsf, "", EventTime(0))), "afca62fb8303dfc845a4ba1f92b8c9b5");
}

#[test]
fn a_long_text_has_a_longer_length() {
    for (length, expect) in [
        (0, &[0][..]),
        (127, &[0x7f][..]),
        (128, &[0x80, 1][..]),
        (300, &[0xac, 2][..]),
        (16_384, &[0x80, 0x80, 1][..]),
    ] {
        let text = "x".repeat(length);
        let row = EventRow { action: &text, ..EventRow::new(Source::Ocsf, "", TIME) };
        let found = bytes(&row);
        assert_eq!(found.get(13..14 + expect.len()), Some(&[&[1], expect].concat()[..]), "{length}");
        assert_eq!(found.len(), 14 + expect.len() + length);
    }
}

/// A change of a row.
type Change = for<'r> fn(&mut EventRow<'r>);

#[test]
fn whatever_is_said_makes_another_id() {
    let changes: &[Change] = &[
        |row| row.source = Source::Ocsf,
        |row| row.time = row.time.plus_micros(1),
        |row| row.action = "",
        |row| row.outcome = Outcome::Success,
        |row| row.error_code = None,
        |row| row.error_code = Some(""),
        |row| row.principal = None,
        |row| row.principal_kind = None,
        |row| row.principal_alias = None,
        |row| row.on_behalf_of = &[],
        |row| row.on_behalf_of = &["oneother"],
        |row| row.on_behalf_of = &["other", "one"],
        |row| row.credential = None,
        |row| row.credential_kind = None,
        |row| row.credential_issued_at = None,
        |row| row.credential_expires_at = None,
        |row| row.credential_expires_at = row.credential_issued_at,
        |row| row.parent_credential = None,
        |row| row.issued_credential = None,
        |row| row.issued_kind = None,
        |row| row.issued_expires_at = None,
        |row| row.auth_method = None,
        |row| row.resource = None,
        |row| row.resource = Some("other"),
        |row| row.resource_group = None,
        |row| row.resource_kind = None,
        |row| row.account = None,
        |row| (row.account, row.region) = (Some("accountregion"), None),
        |row| (row.model, row.tool) = (row.tool, row.model),
        |row| row.region = None,
        |row| row.source_address = None,
        |row| row.client = None,
        |row| row.via_service = None,
        |row| row.model_provider = None,
        |row| row.model = None,
        |row| row.tool = None,
        |row| row.tool_server = None,
        |row| row.agent = None,
        |row| row.session = None,
        |row| row.task = None,
    ];
    let mut all = vec![bytes(&full(&["one", "other"]))];
    for change in changes {
        let mut row = full(&["one", "other"]);
        change(&mut row);
        all.push(bytes(&row));
    }
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn no_code_is_given_twice() {
    fn check(what: &str, codes: impl Iterator<Item = u8>) {
        let mut codes = codes.filter(|code| *code != codes::NONE).collect::<Vec<_>>();
        codes.sort_unstable();
        assert_eq!(codes, (1..=u8::try_from(codes.len()).unwrap()).collect::<Vec<_>>(), "{what}");
    }
    check("columns", Column::ALL.iter().map(|column| codes::column(*column)));
    check("sources", Source::ALL.iter().map(|source| codes::source(*source)));
    check("outcomes", Outcome::ALL.iter().map(|outcome| codes::outcome(*outcome)));
    check("principals", PrincipalKind::ALL.iter().map(|kind| codes::principal(*kind)));
    check("credentials", CredentialKind::ALL.iter().map(|kind| codes::credential(*kind)));
}
