//! A role logs in, reads a secret, makes a child token that reads it too, wraps an answer, is refused, and the child is
//! revoked: who did what with which credential must be readable from the server's own audit log.

use ambit_tests::openbao::{OpenBao, Request, text};
use ambit_tests::provided;
use serde_json::{Value, json};

use super::{normalize, only, replay};

const SECRET: &str = "planted-secret-value";

pub(super) fn get<'a>(path: &'a str, token: &'a str) -> Request<'a> {
    Request { method: "GET", path, token: Some(token), wrap_secs: None }
}

pub(super) fn post<'a>(path: &'a str, token: &'a str) -> Request<'a> {
    Request { method: "POST", ..get(path, token) }
}

/// A role `rag-retriever` that may read `kv/data/rag/*`, and a secret there.
pub(super) fn set_up(server: &OpenBao) {
    let root = server.root_token();
    server.expect(post("sys/auth/approle", root), &json!({ "type": "approle" })).unwrap();
    server
        .expect(post("sys/mounts/kv", root), &json!({ "type": "kv", "options": { "version": "2" } }))
        .unwrap();
    let policy = r#"path "kv/data/rag/*" { capabilities = ["read"] }
                    path "auth/token/create" { capabilities = ["update"] }"#;
    server.expect(post("sys/policies/acl/rag", root), &json!({ "policy": policy })).unwrap();
    let role = json!({ "token_policies": ["rag"], "token_ttl": "1h" });
    server.expect(post("auth/approle/role/rag-retriever", root), &role).unwrap();
    // A new versioned store refuses requests until it has been upgraded in the background.
    let secret = json!({ "data": { "access_key": SECRET } });
    let stored = |_: &usize| server.send(post("kv/data/rag/aws", root), &secret).unwrap().0 == 200;
    assert!((0..10_000).find(stored).is_some(), "the key-value store does not come up");
}

struct Story {
    accessor: String,
    entity: String,
    child_accessor: String,
    /// What may not stand in anything that Ambit writes.
    secrets: Vec<String>,
}

fn act(server: &OpenBao) -> Story {
    let root = server.root_token();
    let role_id = server.expect(get("auth/approle/role/rag-retriever/role-id", root), &Value::Null).unwrap();
    let secret_id =
        server.expect(post("auth/approle/role/rag-retriever/secret-id", root), &json!({})).unwrap();
    let secret_id = text(&secret_id["data"]["secret_id"]).unwrap();
    let login = Request { method: "POST", path: "auth/approle/login", ..Request::default() };
    let proof = json!({ "role_id": role_id["data"]["role_id"], "secret_id": secret_id });
    let login = server.expect(login, &proof).unwrap()["auth"].clone();
    let token = text(&login["client_token"]).unwrap();
    server.expect(get("kv/data/rag/aws", &token), &Value::Null).unwrap();
    assert_eq!(server.send(get("kv/data/finance/db", &token), &Value::Null).unwrap().0, 403);
    let child =
        server.expect(post("auth/token/create", &token), &json!({ "ttl": "10m" })).unwrap()["auth"].clone();
    let child_token = text(&child["client_token"]).unwrap();
    server.expect(get("kv/data/rag/aws", &child_token), &Value::Null).unwrap();
    let wrapped = Request { wrap_secs: Some(60), ..get("kv/data/rag/aws", &token) };
    let wrapped = server.expect(wrapped, &Value::Null).unwrap();
    let wrapping_token = text(&wrapped["wrap_info"]["token"]).unwrap();
    server.expect(post("sys/wrapping/unwrap", &wrapping_token), &Value::Null).unwrap();
    let accessor = json!({ "accessor": child["accessor"] });
    server.expect(post("auth/token/revoke-accessor", root), &accessor).unwrap();
    assert_eq!(server.send(get("kv/data/rag/aws", &child_token), &Value::Null).unwrap().0, 403);
    Story {
        accessor: text(&login["accessor"]).unwrap(),
        entity: text(&login["entity_id"]).unwrap(),
        child_accessor: text(&child["accessor"]).unwrap(),
        secrets: vec![SECRET.into(), secret_id, token, child_token, wrapping_token, root.into()],
    }
}

/// The hash under which the audit device writes a value.
fn audited(server: &OpenBao, value: &str) -> String {
    let answer =
        server.expect(post("sys/audit-hash/to-file", server.root_token()), &json!({ "input": value }));
    text(&answer.unwrap()["data"]["hash"]).unwrap()
}

#[test]
fn an_audit_log_of_a_real_server_says_who_did_what_with_which_credential() {
    let Some(bao) = provided::program("bao", "the audit log of a real OpenBao").unwrap() else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = OpenBao::start(&bao, folder.path()).unwrap();
    set_up(&server);
    let story = act(&server);
    let (accessor, child) = (audited(&server, &story.accessor), audited(&server, &story.child_accessor));
    let log = std::fs::read_to_string(server.audit_log()).unwrap();
    drop(server);

    let (events, printed) = normalize(folder.path(), "audit.log");
    // A record that hands out two things has a further row, whose id ends in `#2`.
    let records = events.iter().filter(|event| !event["event_id"].as_str().unwrap().contains('#')).count();
    assert_eq!(records, log.lines().count());
    for secret in &story.secrets {
        assert!(!printed.contains(secret), "a secret was written out");
    }
    let role = "approle/rag-retriever";
    let login = only(&events, &[("action_class", "session_start"), ("outcome", "success")]);
    assert_eq!((&login["principal"], &login["issued_credential"]), (&json!(role), &json!(accessor)));
    let read = only(&events, &[("issued_credential", "vault:kv/data/rag/aws"), ("credential", &child)]);
    assert_eq!(read["principal"], json!(format!("entity:{}", story.entity)));
    assert_eq!(read["action_class"], "secret_read");
    let made = only(&events, &[("issued_credential", &child)]);
    assert_eq!((&made["principal"], &made["credential"]), (&json!(role), &json!(accessor)));
    let refused = only(&events, &[("outcome", "denied"), ("credential", &accessor)]);
    assert_eq!(
        (&refused["principal"], &refused["resource"]),
        (&json!(role), &json!("vault:kv/data/finance/db"))
    );
    only(&events, &[("action_class", "token_revoke"), ("outcome", "success")]);

    let summary = replay(folder.path(), "audit.log");
    assert_eq!(summary["events_read"], log.lines().count());
    assert_eq!(summary["events_rejected"], 0);
    assert!(summary["by_source"]["vault.audit"].is_object() || summary["by_source"]["vault.audit"].is_u64());
}
