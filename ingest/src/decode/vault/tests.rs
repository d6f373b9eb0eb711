use std::collections::BTreeSet;
use std::io::Read;
use std::sync::LazyLock;

use ambit_schemas::EventTime;
use proptest::prelude::*;
use serde_json::Value;

use super::actions::bad_lines;
use crate::Format;
use crate::decode::shown::{Shown, check, decode, refusal, samples};

/// What a real OpenBao server wrote; `tests/fixtures/record_vault.py` says how.
fn recorded() -> &'static [String] {
    static LINES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let bytes = &include_bytes!("../../../tests/fixtures/vault/openbao-audit.jsonl.gz")[..];
        let mut text = String::new();
        flate2::read::GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
        text.lines().map(str::to_owned).collect()
    });
    &LINES
}

fn rows(lines: &[String]) -> Vec<Shown> {
    let (rows, tally, rejects) = decode(None, lines.iter().map(String::as_bytes));
    assert_eq!((tally.read, tally.rejected, rejects.len()), (lines.len() as u64, 0, 0), "{rejects:?}");
    rows
}

/// The rows of the nth line with that type, operation and path, and the line.
fn find(place: &str) -> (Vec<Shown>, Value) {
    let [kind, operation, path, nth] = place.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let fits = |line: &&String| {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |pointer| line.pointer(pointer).and_then(Value::as_str);
        text("/type") == Some(kind)
            && text("/request/operation") == Some(operation)
            && text("/request/path") == Some(path)
    };
    let line =
        recorded().iter().filter(fits).nth(nth.parse().unwrap()).unwrap_or_else(|| panic!("no {place}"));
    (rows(std::slice::from_ref(line)), serde_json::from_str(line).unwrap())
}

/// The line's own values in the place of references to them.
fn filled_in(word: &str, line: &Value) -> String {
    let Some((head, reference)) = word.split_once('@') else { return word.to_owned() };
    if let Some(secs) = reference.strip_prefix('+') {
        let time = EventTime::parse_rfc3339(line["time"].as_str().unwrap()).unwrap();
        return format!("{head}{}", time.plus_micros(secs.parse::<i64>().unwrap() * 1_000_000));
    }
    let (pointer, tail) = reference.split_once('~').unwrap_or((reference, ""));
    match line.pointer(pointer) {
        Some(Value::String(text)) => format!("{head}{text}{tail}"),
        Some(Value::Number(secs)) => format!("{head}{}", EventTime::from_secs(secs.as_i64().unwrap())),
        other => panic!("{pointer}: {other:?}"),
    }
}

#[test]
fn the_recorded_lines_are_what_was_read_off_them() {
    let text = include_str!("../../../tests/fixtures/vault/expected.txt");
    let rag = text.lines().filter_map(|line| line.strip_prefix("rag: ")).collect::<Vec<_>>().join(" ");
    let lines =
        text.lines().filter(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with("rag:"));
    let mut cases: Vec<(&str, Vec<String>)> = Vec::new();
    for line in lines {
        let (_, rows) = match line.strip_prefix("  ") {
            None => {
                cases.push((line, vec![String::new()]));
                continue;
            }
            Some("and") => {
                cases.last_mut().unwrap().1.push(String::new());
                continue;
            }
            Some(_) => cases.last_mut().unwrap(),
        };
        let words = line.split_whitespace().map(|word| if word == "rag" { &rag } else { word });
        rows.last_mut().unwrap().extend(words.flat_map(|word| [" ", word]));
    }
    assert!(cases.len() > 70, "{}", cases.len());
    for (place, expect) in &cases {
        let (rows, line) = find(place);
        assert_eq!(rows.len(), expect.len(), "{place}");
        for (row, expect) in rows.iter().zip(expect) {
            let expect = expect.split_whitespace().map(|word| filled_in(word, &line)).collect::<Vec<_>>();
            check(place, row, &expect.join(" "));
        }
    }
}

#[test]
fn the_samples_name_everybody() {
    let rows = rows(&samples("vault"));
    let nobody = |row: &&Shown| !row.contains_key("principal") && row["action_class"] != "session_start";
    assert_eq!(rows.iter().find(nobody), None);
    let logins =
        rows.iter().filter(|row| row["action_class"] == "session_start" && row["outcome"] == "success");
    assert!(logins.clone().count() > 100);
    assert!(
        logins
            .clone()
            .all(|row| row.contains_key("issued_credential") && row.contains_key("principal_alias"))
    );
}

#[test]
fn the_same_name_before_and_after_the_login() {
    let principals = |rows: Vec<Shown>| rows.into_iter().filter_map(|row| row.get("principal").cloned());
    let found = principals(rows(recorded())).collect::<BTreeSet<_>>();
    let named = found.iter().filter(|name| !name.starts_with("entity:") && !name.starts_with("accessor:"));
    let expected = "agents/planner approle/rag-retriever jwt/ci-deploy kubernetes/rag token/batch-job token/root userpass/ann";
    assert_eq!(named.map(String::as_str).collect::<Vec<_>>().join(" "), expected);
}

/// What holds of every line, told by another reader of JSON.
#[test]
fn every_line_says_what_stands_in_it() {
    let mut next = rows(recorded()).into_iter().peekable();
    for line in recorded() {
        let line: Value = serde_json::from_str(line).unwrap();
        let text =
            |pointer: &str| line.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
        let row = next.next().unwrap();
        let (kind, place) = (text("/type").unwrap(), text("/request/path").unwrap());
        let or_dash = |value: Option<&str>| value.unwrap_or("-").to_owned();
        let time = EventTime::parse_rfc3339(text("/time").unwrap()).unwrap();
        check(
            place,
            &row,
            &format!(
                "time={time} action=vault:{} credential={} source_address={} source=vault.audit",
                text("/request/operation").unwrap(),
                or_dash(text("/request/client_token_accessor")),
                or_dash(text("/request/remote_address"))
            ),
        );
        match text("/request/id") {
            Some(id) => assert_eq!(row["event_id"], format!("{id}:{kind}")),
            None => assert!(row["event_id"].len() == 32, "{row:?}"),
        }
        assert_eq!(row["outcome"] == "unknown", kind == "request", "{place}");
        if line.get("error").is_some() {
            assert!(row["outcome"] != "success" && row.contains_key("error_code"), "{place}");
        }
        let wrapped = next.next_if(|row| row["event_id"].ends_with("#2"));
        assert_eq!(wrapped.is_some(), line.pointer("/response/wrap_info").is_some(), "{place}");
    }
    assert_eq!(next.next(), None);
}

fn line(kind: &str, request: &str, rest: &str) -> Vec<u8> {
    format!(r#"{{"time":"2026-03-01T09:00:00.5Z","type":"{kind}","request":{{{request}}}{rest}}}"#)
        .into_bytes()
}

#[track_caller]
fn check_line(request: &str, rest: &str, expect: &str) {
    let (rows, _, rejects) = decode(None, [&line("response", request, rest)[..]]);
    assert_eq!(rejects, []);
    check(request, &rows[0], expect);
}

#[test]
fn other_servers_and_other_settings() {
    // Servers of before 2022 name no mount.
    check_line(
        r#""id":"1","operation":"read","path":"secret/data/rag/aws","client_token":"hmac-sha256:1","client_token_accessor":"a1""#,
        r#","auth":{"accessor":"a1","display_name":"approle","metadata":{"role_name":"rag"}},"response":{"data":{"data":{"x":"hmac-sha256:2"}}}"#,
        "issued_credential=vault:secret/data/rag/aws action_class=secret_read principal=approle/rag credential=a1 event_id=1:response",
    );
    check_line(
        r#""id":"2","operation":"update","path":"auth/ci/approle/login","mount_point":"auth/ci/approle/","mount_type":"approle""#,
        r#","auth":{},"response":{"auth":{"accessor":"a2","display_name":"ci-approle","metadata":{"role_name":"rag"},"entity_id":"e","token_ttl":60}}"#,
        "principal=ci/approle/rag principal_alias=entity:e issued_credential=a2 credential=- resource_group=auth/ci/approle/login",
    );
    check_line(
        r#""id":"3","operation":"update","path":"auth/cert/login","mount_point":"auth/cert/","mount_type":"cert""#,
        r#","auth":{"accessor":"a3","display_name":"cert-web","metadata":{"cert_name":"web"}}"#,
        "principal=cert/web principal_alias=-",
    );
    // The token stands in the path of old clients.
    check_line(
        r#""id":"4","operation":"update","path":"auth/token/lookup/s.PLANTEDTOKEN","mount_point":"auth/token/","mount_type":"token","client_token_accessor":"a4""#,
        "",
        "resource=vault:auth/token/lookup/* resource_group=auth/token/lookup/* credential=a4 action_class=read",
    );
    // A header that the operator had hashed, and one that is the product's own.
    check_line(
        r#""id":"5","operation":"read","path":"sys/health","headers":{"User-Agent":["hmac-sha256:9"]}"#,
        "",
        "client=- interactive=false principal=- action_class=read resource_kind=vault.system",
    );
    // A dynamic secret of a cloud: the lease is what can be revoked.
    check_line(
        r#""id":"6","operation":"read","path":"aws/creds/deploy","mount_point":"aws/","mount_type":"aws","client_token_accessor":"a6""#,
        r#","auth":{"accessor":"a6","display_name":"userpass-jo-ann","metadata":{"username":"jo-ann"}},"response":{"secret":{"lease_id":"aws/creds/deploy/x1"},"data":{"access_key":"hmac-sha256:3"}}"#,
        "issued_credential=aws/creds/deploy/x1 issued_kind=lease parent_credential=a6 action_class=credential_issue principal=userpass/jo-ann",
    );
    check_line(
        r#""id":"7","operation":"update","path":"sys/leases/revoke/aws/creds/deploy/x1","mount_point":"sys/","mount_type":"system","client_token_accessor":"a6""#,
        "",
        "resource=aws/creds/deploy/x1 action_class=token_revoke resource_kind=vault.lease",
    );
    // Whoever writes a policy that it holds grants to itself.
    check_line(
        r#""id":"8","operation":"update","path":"sys/policies/acl/ops","mount_point":"sys/","mount_type":"system","client_token_accessor":"a8""#,
        r#","auth":{"accessor":"a8","display_name":"approle","policies":["default","ops"],"metadata":{"role_name":"ops"}}"#,
        "target_workload=approle/ops action_class=permissions_change",
    );
    // A token that was renewed beyond its first end.
    check_line(
        r#""id":"9","operation":"read","path":"kv/x","mount_point":"kv/","mount_type":"kv","client_token_accessor":"a9""#,
        r#","auth":{"accessor":"a9","display_name":"token","token_issue_time":"2026-03-01T08:00:00+01:00","token_ttl":60}"#,
        "credential_issued_at=2026-03-01T07:00:00Z credential_expires_at=-",
    );
    check_line(
        r#""id":"é\"\n\u00e9","operation":"read","path":"kv/caf\u00e9","mount_point":"kv/","mount_type":"kv""#,
        "",
        "resource=vault:kv/café",
    );
}

/// Paths that another name, or another way to the same place, must not make harmless.
#[test]
fn a_path_means_the_same_whichever_name_is_in_it() {
    const TABLE: &[(&str, &str, &str)] = &[
        ("update", "system sys policies/acl/admin", "permissions_change 3 sys/policies/acl/admin"),
        ("update", "system sys policies/acl/a/b", "permissions_change 3 sys/policies/acl/a/b"),
        ("update", "system sys policy/a/b", "permissions_change 3 sys/policy/a/b"),
        ("delete", "system sys policies/egp/a/b", "permissions_change 3 sys/policies/egp/a/b"),
        ("read", "system sys policies/acl/a/b", "read 1 sys/policies/acl/a/b"),
        ("delete", "system sys audit/a/file", "logging_change 3 sys/audit/a/file"),
        ("update", "system sys audit/a/file", "write 3 sys/audit/a/file"),
        ("update", "system sys auth/team/approle", "trust_change 3 sys/auth/team/approle"),
        ("update", "system sys auth/team/approle/tune", "trust_change 3 sys/auth/team/approle/tune"),
        ("read", "system sys auth/team/approle/tune", "read 1 sys/auth/team/approle/tune"),
        ("update", "system sys mounts/auth/approle/tune", "trust_change 3 sys/mounts/auth/approle/tune"),
        ("read", "system sys mounts/auth/approle/tune", "read 1 sys/mounts/auth/approle/tune"),
        ("update", "system sys mounts/team/x/kv/tune", "write 2 sys/mounts/team/x/kv/tune"),
        ("delete", "system sys mounts/team/x/kv", "delete 1 sys/mounts/team/x/kv"),
        ("update", "system sys generate-recovery-token/attempt", "write 3 sys/generate-recovery-token/*"),
        ("update", "ldap auth/ldap login/sales/ann", "session_start 0 auth/ldap/login/sales/*"),
        ("update", "pki pki issuer/x/sign-verbatim", "credential_issue 2 pki/issuer/*/sign-verbatim"),
        ("update", "pki pki issuer/x/sign-verbatim/web", "credential_issue 2 pki/issuer/*/sign-verbatim/web"),
        ("update", "pki pki issuer/x/sign-intermediate", "credential_issue 2 pki/issuer/*/sign-intermediate"),
        ("update", "pki pki issuer/x/sign-self-issued", "credential_issue 2 pki/issuer/*/sign-self-issued"),
        ("update", "pki pki root/sign-self-issued", "credential_issue 2 pki/root/sign-self-issued"),
        (
            "update",
            "pki pki roles/web/acme/order/1/finalize",
            "credential_issue 2 pki/roles/web/acme/order/*/finalize",
        ),
        ("update", "pki pki roles/web", "trust_change 3 pki/roles/web"),
        ("read", "transit transit byok-export/to/from", "secret_read 3 transit/byok-export/to/from"),
        ("read", "cubbyhole cubbyhole response", "secret_read 2 cubbyhole/response"),
        ("read", "cubbyhole cubbyhole own", "read 1 cubbyhole/*"),
        (
            "update",
            "ldap ldap library/team/set/check-out",
            "credential_issue 2 ldap/library/team/set/check-out",
        ),
        ("update", "ad ad library/set/check-out", "credential_issue 2 ad/library/set/check-out"),
        ("read", "ldap ldap static-cred/team/x", "secret_read 2 ldap/static-cred/team/x"),
        ("read", "ldap ldap creds/team/x", "credential_issue 2 ldap/creds/team/x"),
        ("update", "ldap ldap role/team/x", "permissions_change 3 ldap/role/team/x"),
        (
            "update",
            "kmip kmip scope/s/role/r/credential/generate",
            "credential_issue 2 kmip/scope/s/role/r/credential/generate",
        ),
    ];
    for (operation, place, expect) in TABLE {
        let [kind, mount, path] = place.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let [class, sensitivity, group] = expect.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let request = format!(
            r#""id":"1","operation":"{operation}","path":"{mount}/{path}","mount_point":"{mount}/","mount_type":"{kind}""#
        );
        let expect = format!("action_class={class} sensitivity={sensitivity} resource_group={group}");
        check_line(&request, r#","auth":{}"#, &expect);
    }
    check_line(
        r#""id":"8","operation":"update","path":"sys/policies/acl/a/ops","mount_point":"sys/","mount_type":"system","client_token_accessor":"a8""#,
        r#","auth":{"accessor":"a8","display_name":"approle","policies":["default","a/ops"],"metadata":{"role_name":"ops"}}"#,
        "target_workload=approle/ops action_class=permissions_change",
    );
}

#[test]
fn what_is_no_audit_line() {
    let request = r#""id":"1","operation":"read","path":"kv/x""#;
    let vault = Some(Format::Vault);
    for (record, reason) in [
        (line("event", request, ""), "an audit line that is neither request nor response"),
        (br#"{"request":{},"time":"2026-03-01T09:00:00Z"}"#.to_vec(), "no field `type`"),
        (br#"{"type":"request","time":"2026-03-01T09:00:00Z"}"#.to_vec(), "no field `request`"),
        (br#"{"type":"request","request":{}}"#.to_vec(), "no field `time`"),
        (br#"{"type":"request","request":{},"time":"yesterday"}"#.to_vec(), "unreadable field `time`"),
        (line("request", r#""path":"kv/x""#, ""), "no field `request.operation`"),
        (line("request", r#""operation":"read""#, ""), "no field `request.path`"),
        (
            br#"{"type":"request","request":{"operation":"read","path":"x"},"time":"1970-01-01T00:00:00Z"}"#
                .to_vec(),
            "implausible time 1970-01-01T00:00:00Z",
        ),
    ] {
        assert_eq!(refusal(vault, &record), reason, "{}", String::from_utf8_lossy(&record));
    }
}

#[test]
fn a_mixed_log_is_told_line_by_line() {
    let span = include_str!("../../../tests/fixtures/otlp/genai-traces.jsonl").lines().nth(4).unwrap();
    // Of two shapes: what it is must not depend on what stood before it.
    let both = r#"{"time":"2026-03-01T09:00:00Z","type":"response","request":{"operation":"read","path":"x"},
        "eventName":"GetObject","eventSource":"s3.amazonaws.com","eventTime":"2026-03-01T09:00:00Z","eventID":"e"}"#;
    let audit = &recorded()[6..9];
    let sources = |records: &[&str]| {
        let (rows, _, rejects) = decode(None, records.iter().map(|record| record.as_bytes()));
        let sources = rows.iter().map(|row| row["source"].clone()).collect::<Vec<_>>().join(" ");
        (sources, rejects.len())
    };
    let (vault, otel, aws) = ("vault.audit", "otel.genai otel.genai", "aws.cloudtrail");
    for (records, expect, rejected) in [
        (vec![&*audit[0], span, &audit[1], span, both], format!("{vault} {otel} {vault} {otel} {aws}"), 0),
        (vec![both, &audit[2], both, span], format!("{aws} {vault} {aws} {otel}"), 0),
        (
            vec![&audit[0], "{}", &audit[1], r#"{"a":"#, span, "{\"resourceSpans\":7}"],
            format!("{vault} {vault} {otel}"),
            3,
        ),
    ] {
        assert_eq!(sources(&records), (expect, rejected));
    }
}

#[test]
fn no_secret_gets_out() {
    let planted = "PLANTEDSECRETVALUE";
    // As with `log_raw`: nothing is hashed.
    let raw = format!(
        r#"{{"time":"2026-03-01T09:00:00Z","type":"response","auth":{{"client_token":"{planted}","accessor":"a","metadata":{{"role_name":"r","note":"{planted}"}}}},"request":{{"id":"1","operation":"update","path":"auth/token/renew/{planted}","mount_type":"token","mount_point":"auth/token/","client_token":"{planted}","client_token_accessor":"a","data":{{"password":"{planted}","token":"{planted}"}},"headers":{{"x-vault-token":["{planted}"]}}}},"response":{{"auth":{{"client_token":"{planted}","accessor":"b"}},"data":{{"data":{{"key":"{planted}"}},"secret_id":"{planted}","private_key":"{planted}","ttl":"{planted}","expiration":"{planted}"}},"wrap_info":{{"token":"{planted}","accessor":"c"}},"warnings":["{planted}"]}},"error":"bad token {planted}"}}"#
    );
    let (failed, _, rejects) = decode(None, [raw.as_bytes()]);
    assert_eq!((failed.len(), rejects.len()), (1, 0));
    let success = raw.replace(&format!(r#","error":"bad token {planted}""#), "");
    let (succeeded, ..) = decode(None, [success.as_bytes()]);
    assert_eq!(succeeded.len(), 2);
    assert!(!format!("{failed:?}{succeeded:?}").contains(planted), "{failed:?}{succeeded:?}");
    // Nor what a failure's reason says.
    let broken = raw.replace("\"type\":\"response\"", "\"type\":\"PLANTEDSECRETVALUE\"");
    assert!(!refusal(None, broken.as_bytes()).contains(planted));
    // The client's tokens are HMACs even in the recorded log, and still stay there.
    let tokens = recorded().iter().filter_map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        Some(line.pointer("/request/client_token")?.as_str()?.to_owned())
    });
    let shown = format!("{:?}", rows(recorded()));
    assert!(tokens.filter(|token| !token.is_empty()).all(|token| !shown.contains(&token)));
}

#[test]
fn every_line_of_the_tables_is_understood() {
    assert_eq!(bad_lines(), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes_are_a_row_or_a_reject(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let (rows, tally, rejects) = decode(Some(Format::Vault), [&bytes[..]]);
        prop_assert_eq!(tally.read, tally.rejected + u64::from(!rows.is_empty()));
        prop_assert_eq!(rejects.len() as u64, tally.rejected);
    }

    #[test]
    fn a_damaged_line_is_a_row_or_a_reject(
        index in any::<prop::sample::Index>(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = recorded()[index.index(recorded().len())].clone().into_bytes();
        for (place, byte) in &damage {
            let place = place.index(bytes.len());
            bytes[place] = *byte;
        }
        bytes.truncate(end.index(bytes.len() * 4).max(1));
        let (rows, tally, _) = decode(Some(Format::Vault), [&bytes[..]]);
        prop_assert_eq!(tally.read, tally.rejected + u64::from(!rows.is_empty()));
    }
}
