use std::fmt::Write;

use ambit_schemas::{EventBatchBuilder, EventRow};
use proptest::prelude::*;

use super::*;
use crate::inventory::read_inventory;

const INVENTORY: &str = "
version: 1
workloads:
- {name: rag, owner: search, component: retrieval, identities: [{agent: rag}]}
- {name: idle, identities: [{agent: idle}]}
- {name: old, owner: ops, retired_at: 2026-01-02T00:00:00Z, identities: [{agent: old}]}
";

/// An event: `day workload source kind principal credential credential_kind [issues kind to]`.
fn row(line: &'static str) -> EventRow<'static> {
    let words = line.split_whitespace().map(|word| (word != "-").then_some(word)).collect::<Vec<_>>();
    let word = |at: usize| words.get(at).copied().flatten();
    let day: i64 = word(0).unwrap().parse().unwrap();
    let start = EventTime::parse_rfc3339("2026-01-01T00:00:00Z").unwrap();
    EventRow {
        workload: word(1),
        principal_kind: word(3).map(|kind| PrincipalKind::parse(kind).unwrap()),
        principal: word(4),
        credential: word(5),
        credential_kind: word(6).map(|kind| CredentialKind::parse(kind).unwrap()),
        issued_credential: word(7),
        issued_kind: word(8).map(|kind| CredentialKind::parse(kind).unwrap()),
        target_workload: word(9),
        environment: word(10),
        outcome: word(11).map_or(Outcome::Success, |outcome| Outcome::parse(outcome).unwrap()),
        origin: "t",
        ..EventRow::new(
            Source::parse(word(2).unwrap()).unwrap(),
            "e",
            EventTime(start.day() * 86_400_000_000 + day * 86_400_000_000),
        )
    }
}

fn census<'i>(rows: &[EventRow<'_>], sizes: &[usize], inventory: &'i Inventory) -> Census<'i> {
    let mut census = Census::new(inventory, None);
    let mut rows = rows;
    for size in sizes.iter().copied().chain([usize::MAX]) {
        let (now, later) = rows.split_at(size.min(rows.len()));
        let mut builder = EventBatchBuilder::new();
        for row in now {
            builder.push(row);
        }
        census.add(&builder.finish().unwrap());
        rows = later;
    }
    census
}

fn span(span: &Span) -> String {
    let days = |time: EventTime| time.to_string()[5..10].to_owned();
    let seen = span.seen.map(|(first, last)| format!(" {}..{}", days(first), days(last)));
    format!("×{}{}", span.events, seen.unwrap_or_default())
}

fn shown(report: &Report) -> String {
    let mut text = String::new();
    for entry in &report.workloads {
        let place = entry.environments_seen.join(",");
        writeln!(text, "{} {place} {} {:?}", entry.name, span(&entry.span), entry.gaps).unwrap();
        for identity in &entry.identities {
            writeln!(text, "  {} {} {}", identity.source, identity.principal, span(&identity.span)).unwrap();
        }
        for key in &entry.credentials {
            let issued = key.issued_at.map_or("-".to_owned(), |time| time.to_string()[5..10].to_owned());
            writeln!(text, "  {} issued {issued} {} age {:?}", key.id, span(&key.span), key.age_days)
                .unwrap();
        }
    }
    for identity in &report.unresolved {
        writeln!(text, "? {} {} {}", identity.source, identity.principal, span(&identity.span)).unwrap();
    }
    let Report { events, platform_events, nameless_events, left_out_events, .. } = report;
    write!(text, "{events} {platform_events} {nameless_events} {left_out_events}").unwrap();
    text
}

const STORY: &[&str] = &[
    "0 ci aws.cloudtrail role arn:ci ASIA1 sts_session AKIA1 static_key rag prod",
    "0 ci aws.cloudtrail role arn:ci ASIA1 sts_session AKIA2 static_key rag prod denied",
    "1 rag aws.cloudtrail user arn:rag AKIA1 static_key - - - prod",
    "2 rag vault.audit vault_role approle/rag hmac1 vault_token - - - prod unknown",
    "2 rag vault.audit vault_role approle/rag hmac1 vault_token - - - prod",
    "9 rag otel.genai agent rag - - - - - dev",
    "3 old aws.cloudtrail role arn:old AKIA9 static_key",
    "4 ana aws.cloudtrail human arn:ana ASIA2 console_session",
    "4 platform aws.cloudtrail service ecs.amazonaws.com",
    "5 - vault.audit vault_role entity:e1 hmac2 vault_token",
    "6 - aws.cloudtrail",
    "10 platform aws.cloudtrail service ecs.amazonaws.com",
];

#[test]
fn a_story_in_words() {
    let inventory = read_inventory("w", INVENTORY.as_bytes()).unwrap();
    let rows = STORY.iter().copied().map(row).collect::<Vec<_>>();
    let expect = "\
idle  ×0 [NeverSeen, NoOwner]
old  ×1 01-04..01-04 [ActsRetired]
  aws.cloudtrail arn:old ×1 01-04..01-04
  AKIA9 issued - ×1 01-04..01-04 age Some(7)
rag dev,prod ×3 01-02..01-10 [OldStaticKey { credential: \"AKIA1\", age_days: 10 }]
  aws.cloudtrail arn:rag ×1 01-02..01-02
  vault.audit approle/rag ×1 01-03..01-03
  otel.genai rag ×1 01-10..01-10
  AKIA1 issued 01-01 ×1 01-02..01-02 age Some(10)
  hmac1 issued - ×1 01-03..01-03 age Some(8)
ana  ×1 01-05..01-05 []
  aws.cloudtrail arn:ana ×1 01-05..01-05
  ASIA2 issued - ×1 01-05..01-05 age Some(6)
ci prod ×2 01-01..01-01 [Unregistered]
  aws.cloudtrail arn:ci ×2 01-01..01-01
  ASIA1 issued - ×2 01-01..01-01 age Some(10)
? vault.audit entity:e1 ×1 01-06..01-06
11 2 1 0";
    assert_eq!(shown(&census(&rows, &[], &inventory).report(10)), expect);
}

#[test]
fn without_an_inventory_nothing_is_unregistered() {
    let inventory = Inventory::default();
    let report = census(&[row("0 ci aws.cloudtrail role arn:ci")], &[], &inventory).report(90);
    assert_eq!(report.workloads[0].gaps, []);
    assert_eq!(Census::new(&inventory, None).report(90).as_of, None);
}

#[test]
fn an_object_of_entra_is_its_application() {
    let inventory = Inventory::default();
    let signin = EventRow { principal_alias: Some("obj"), ..row("1 app entra.signin service_principal app") };
    let rows = [
        row("0 obj azure.activity service_principal obj key1 static_key"),
        signin,
        row("2 obj entra.audit service_principal obj"),
        // Another object, and a name that only looks like it.
        row("3 obj-2 azure.activity service_principal obj-2"),
        row("3 obj-3 aws.cloudtrail role obj"),
    ];
    let expect = "\
app  ×3 01-01..01-03 []
  azure.activity obj ×1 01-01..01-01
  entra.signin app ×1 01-02..01-02
  entra.audit obj ×1 01-03..01-03
  key1 issued - ×1 01-01..01-01 age Some(3)
obj-2  ×1 01-04..01-04 []
  azure.activity obj-2 ×1 01-04..01-04
obj-3  ×1 01-04..01-04 []
  aws.cloudtrail obj ×1 01-04..01-04
5 0 0 0";
    assert_eq!(shown(&census(&rows, &[], &inventory).report(90)), expect);
}

#[test]
fn what_finds_no_room_is_counted() {
    let inventory = Inventory::default();
    let names = (0..300).map(|n| format!("key-{n:03}")).collect::<Vec<_>>();
    let rows = names.iter().map(|name| EventRow {
        principal: Some(name),
        credential: Some(name),
        ..row("0 ci aws.cloudtrail role - - sts_session")
    });
    let mut rows = rows.collect::<Vec<_>>();
    rows.push(row("0 ci aws.cloudtrail user x AKIA1 static_key"));
    for _ in 0..2 {
        let report = census(&rows, &[7, 100], &inventory).report(90);
        let entry = &report.workloads[0];
        assert_eq!(
            (entry.identities.len(), entry.identity_events_left_out, report.left_out_events),
            (256, 45, 0)
        );
        assert_eq!((entry.credentials.len(), entry.credentials_left_out), (256, true));
        assert_eq!(
            (entry.credentials[0].id.as_str(), entry.credentials[255].id.as_str()),
            ("AKIA1", "key-254")
        );
        rows.reverse();
    }
}

proptest! {
    #[test]
    fn order_and_cut_do_not_matter(
        lines in prop::collection::vec(prop::sample::select(STORY), 0..40).prop_shuffle(),
        sizes in prop::collection::vec(0..9_usize, 0..9),
    ) {
        let inventory = read_inventory("w", INVENTORY.as_bytes()).unwrap();
        let mut rows = lines.iter().copied().map(row).collect::<Vec<_>>();
        let report = census(&rows, &sizes, &inventory).report(10);
        rows.sort_by_key(|row| (row.time, row.principal, row.outcome));
        prop_assert_eq!(census(&rows, &[], &inventory).report(10), report);
    }

    #[test]
    fn a_bounded_table_keeps_the_same_for_any_order(keys in prop::collection::vec(0..12_u16, 0..40)) {
        let mut kept = Kept::<u16, u32>::new(4);
        for key in &keys {
            if let Some(count) = kept.entry(*key) {
                *count += 1;
            }
        }
        let distinct = keys.iter().copied().collect::<BTreeSet<_>>();
        let count = |key: u16| u32::try_from(keys.iter().filter(|other| **other == key).count()).unwrap();
        let expect = distinct.iter().take(4).map(|key| (*key, count(*key))).collect::<Vec<_>>();
        prop_assert_eq!(kept.iter().map(|(key, count)| (*key, *count)).collect::<Vec<_>>(), expect);
        prop_assert_eq!(kept.overflowed(), distinct.len() > 4);
    }
}
