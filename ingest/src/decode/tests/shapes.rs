//! Records as others hand them on: in their envelopes, behind their words, in the columns of their tables.

use serde_json::{Value, json};

use super::overlooked::{check_one, merged, rows};
use crate::decode::shown::{Shown, check, decode};
use crate::{Format, Reader, Settings};

fn cloudtrail() -> Value {
    json!({
        "eventVersion": "1.09", "eventID": "e", "eventTime": "2026-03-01T10:00:00Z", "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject", "awsRegion": "us-east-1", "recipientAccountId": "111122223333",
        "userIdentity": {
            "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/a", "accountId": "111122223333",
            "accessKeyId": "AKIAEXAMPLEEXAMPLE12"
        },
        "requestParameters": {"bucketName": "b", "key": "k"}
    })
}

fn google() -> Value {
    json!({
        "insertId": "i", "timestamp": "2026-03-01T11:00:00Z", "logName": "projects/acme/logs/x",
        "protoPayload": {
            "authenticationInfo": {"principalEmail": "rag@acme.iam.gserviceaccount.com"},
            "serviceName": "storage.googleapis.com", "methodName": "storage.objects.get",
            "resourceName": "projects/_/buckets/b/objects/o"
        }
    })
}

fn vault() -> Value {
    json!({
        "time": "2026-03-01T14:00:00Z", "type": "response", "auth": {"accessor": "a", "display_name": "x"},
        "request": {
            "id": "r", "operation": "read", "mount_type": "kv", "mount_point": "secret/", "path": "secret/data/prod/db",
            "client_token_accessor": "a"
        },
        "response": {"mount_type": "kv"}
    })
}

/// RFC 4648, for what Pub/Sub does.
fn base64(text: &str) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let three = |three: &[u8]| {
        let number = (0..3).fold(0, |sum, at| sum << 8 | three.get(at).map_or(0, |byte| usize::from(*byte)));
        let digit =
            |at: usize| if at > three.len() { '=' } else { char::from(DIGITS[number >> (18 - 6 * at) & 63]) };
        [0, 1, 2, 3].map(digit)
    };
    text.as_bytes().chunks(3).flat_map(three).collect()
}

fn placeless(mut row: Shown) -> Shown {
    row.remove("origin_offset");
    row.remove("origin");
    row
}

/// What the reader makes of a file.
fn of_file(text: &str) -> Vec<Shown> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    std::fs::write(&path, text).unwrap();
    let mut reader = Reader::open(&[path], Settings::default()).unwrap();
    let mut found = Vec::new();
    for delivery in reader.by_ref() {
        assert_eq!(delivery.rejects, [], "{text}");
        found.extend((0..delivery.batch.len()).map(|row| crate::decode::shown::shown(&delivery.batch, row)));
    }
    found
}

/// Checks that a record within others is the row that it is alone, told by its shape or by the operator, in a message and
/// in a file, at the place of what it stands in.
#[track_caller]
fn check_within(format: Format, record: &Value, within: &str) {
    let alone = rows(record).into_iter().map(placeless).collect::<Vec<_>>();
    assert_eq!(alone.len(), 1);
    let other = json!({"a": 1}).to_string();
    for format in [None, Some(format)] {
        let (found, tally, rejects) = decode(format, [other.as_bytes(), within.as_bytes()]);
        assert_eq!((tally.rows, rejects.len()), (1, 1), "{format:?}: {rejects:?} {within}");
        assert_eq!(found[0]["origin_offset"], "1", "{within}");
        assert_eq!(found.into_iter().map(placeless).collect::<Vec<_>>(), alone, "{within}");
    }
    let twice = of_file(&format!("{within}\n{within}\n")).into_iter().map(placeless).collect::<Vec<_>>();
    assert_eq!(twice, [alone.clone(), alone].concat(), "{within}");
}

#[test]
fn what_hands_records_on_is_opened() {
    let record = cloudtrail();
    let (text, records) = (record.to_string(), json!({"Records": [record.clone()]}).to_string());
    let bridge = json!({
        "version": "0", "id": "x", "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3", "account": "1",
        "time": "2026-03-01T10:00:01Z", "region": "us-east-1", "resources": [], "detail": record.clone()
    });
    let topic = |message: &str| json!({"Type": "Notification", "MessageId": "m", "TopicArn": "t", "Message": message});
    for within in [
        bridge.clone(),
        topic(&text),
        topic(&records),
        topic(&bridge.to_string()),
        json!({"eventData": record.clone(), "version": "1"}),
        json!({"eventData": text, "version": "1"}),
    ] {
        check_within(Format::CloudTrail, &record, &within.to_string());
    }
    let record = google();
    let message =
        json!({"data": base64(&record.to_string()), "messageId": "1", "publishTime": "2026-03-01T11:00:01Z"});
    check_within(Format::Gcp, &record, &json!({"message": message, "subscription": "s"}).to_string());
    let pulled = json!({"receivedMessages": [{"ackId": "a", "message": message}]}).to_string();
    let found = of_file(&pulled).into_iter().map(placeless).collect::<Vec<_>>();
    assert_eq!(found, rows(&record).into_iter().map(placeless).collect::<Vec<_>>());
    for data in ["", "e30=", "!", "/w=="] {
        let (found, tally, rejects) =
            decode(None, [json!({"message": {"data": data}}).to_string().as_bytes()]);
        assert_eq!((found.len(), tally.read, rejects.len()), (0, 1, 1), "{data}");
    }
}

#[test]
fn what_collects_logs_puts_words_around_them() {
    let record = vault();
    let text = record.to_string();
    for within in [
        json!({"log": format!("{text}\n"), "stream": "stdout", "time": "2026-03-01T14:00:01Z"}),
        json!({"date": 1.0, "log": text}),
        json!({"log": {"file": {"path": "/x"}, "offset": 1}, "message": text}),
        // Whoever fills a field hides nothing that stands in another.
        json!({"log": "{x", "message": text}),
        json!({"message": "{\"a\":1}", "log": text}),
    ] {
        check_within(Format::Vault, &record, &within.to_string());
    }
    // What some program says in its own words is not a record of whom it names.
    for within in
        [json!({"message": format!("GET /?q={text}")}), json!({"log": format!("x {}", cloudtrail())})]
    {
        let (found, _, rejects) = decode(None, [within.to_string().as_bytes()]);
        assert_eq!((found.len(), rejects.len()), (0, 1), "{within}");
    }
    let alone = rows(&record).into_iter().map(placeless).collect::<Vec<_>>();
    for words in
        ["<14>Jan  1 00:00:00 host vault[1]: ", "<134>1 2026-03-01T14:00:00Z host vault 1 - - ", "@cee: "]
    {
        let line = format!("{words}{text}");
        let found = of_file(&format!("{line}\n{line}\r\n{text}\n")).into_iter().map(placeless);
        assert_eq!(
            found.collect::<Vec<_>>(),
            [alone.clone(), alone.clone(), alone.clone()].concat(),
            "{words}"
        );
        let (found, _, rejects) = decode(None, [line.as_bytes()]);
        assert_eq!(
            (found.into_iter().map(placeless).collect::<Vec<_>>(), rejects),
            (alone.clone(), Vec::new())
        );
    }
}

#[test]
fn a_row_of_a_table_is_the_record_that_it_was() {
    let expect = "time=2026-03-01T10:00:00Z principal=arn:aws:iam::111122223333:user/a principal_kind=user \
                  credential=AKIAEXAMPLEEXAMPLE12 action=aws:s3:GetObject resource=arn:aws:s3:::b/k";
    check_one(&cloudtrail(), expect);
    check_one(&merged(cloudtrail(), &json!({"eventTime": 1_772_359_200_000_i64})), expect);
    let texts = ["userIdentity", "requestParameters"];
    let texts = texts.map(|key| (key.to_owned(), cloudtrail()[key].to_string().into()));
    let row = merged(cloudtrail(), &Value::Object(texts.into_iter().collect()));
    check_one(&merged(row, &json!({"eventTime": "2026-03-01 10:00:00.000"})), expect);
    check_one(&merged(cloudtrail(), &json!({"userIdentity": "{"})), "principal=-");
    let bigquery = json!({"timestamp": "2026-03-01 11:00:00.123456 UTC"});
    check_one(&merged(google(), &bigquery), "time=2026-03-01T11:00:00.123456Z");
}

#[test]
fn keys_may_be_written_with_escapes() {
    let plain = rows(&cloudtrail());
    let text = cloudtrail().to_string();
    for (key, escaped) in [("eventName", "\\u0065ventName"), ("eventTime", "event\\u0054ime")] {
        let text = text.replace(&format!("\"{key}\""), &format!("\"{escaped}\""));
        let (found, _, rejects) = decode(None, [text.as_bytes()]);
        assert_eq!((&found, rejects), (&plain, Vec::new()), "{text}");
    }
}

#[test]
fn metrics_are_no_events() {
    let metrics = json!({"resourceMetrics": [{"resource": {}, "scopeMetrics": []}]}).to_string();
    for format in [None, Some(Format::Otlp)] {
        let (found, tally, rejects) = decode(format, [metrics.as_bytes()]);
        assert_eq!((found.len(), tally.read, tally.ignored, rejects.len()), (0, 1, 1, 0));
    }
}

#[test]
fn no_secret_stands_in_an_address() {
    let tool = |more: Value| {
        json!({
            "audit_id": "a", "logged_at": "2026-03-01T08:00:00Z", "type": "mcp_tool_call", "outcome": "success",
            "component": "crm", "subjects": {"user_id": "u-1"}, "target": {"type": "tool", "name": "search"}
        })
        .as_object()
        .cloned()
        .map(|record| merged(Value::Object(record), &more))
        .unwrap()
    };
    let read =
        |name: &str| tool(json!({"type": "mcp_resource_read", "target": {"type": "resource", "name": name}}));
    check_one(
        &tool(json!({"component": "https://mcp.zapier.com/api/mcp/s/SECRET/mcp"})),
        "tool_server=mcp.zapier.com action=tool:mcp.zapier.com/search resource=mcp.zapier.com/search",
    );
    check_one(&read("data:text/plain;base64,U0VDUkVU"), "resource=data:* resource_group=data:*");
    check_one(&read("postgres:user:pw@h/db"), "resource=postgres:* resource_group=postgres:*");
    check_one(&read("notes"), "resource=crm/notes");
    let span = |attributes: &[(&str, &str)]| {
        let attributes =
            attributes.iter().map(|(key, value)| json!({"key": key, "value": {"stringValue": value}}));
        json!({"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": [{
            "traceId": "8e832599f83920b96c7d428fd4ef8ef8", "spanId": "ddde879cf5bd4f65", "kind": 3,
            "startTimeUnixNano": "1772359200000000000", "attributes": attributes.collect::<Vec<_>>()
        }]}]}]})
    };
    check_one(
        &span(&[
            ("mcp.method.name", "tools/call"),
            ("gen_ai.tool.name", "x"),
            ("server.address", "https://mcp.zapier.com/api/mcp/s/SECRET/mcp"),
        ]),
        "tool_server=mcp.zapier.com action=tool:mcp.zapier.com/x resource=mcp.zapier.com/x",
    );
    check_one(
        &span(&[
            ("mcp.method.name", "resources/read"),
            ("mcp.resource.uri", "data:text/plain;base64,U0VDUkVU"),
        ]),
        "resource=data:* resource_group=data:*",
    );
}

#[test]
fn a_client_names_itself_and_is_nobody_for_it() {
    let call = |more: Value| {
        let record = json!({
            "audit_id": "a", "logged_at": "2026-03-01T08:00:00Z", "type": "mcp_tool_call", "outcome": "success",
            "component": "crm", "target": {"type": "tool", "name": "search"}
        });
        rows(&merged(record, &more)).remove(0)
    };
    let subjects = || json!({"user_id": "u-1", "user": "u", "client_name": "rag-retriever"});
    let nested = json!({"sub": "agent-77", "act": {"sub": "agent-66"}});
    let listed = json!({"chain": [{"sub": "agent-77"}, {"sub": "agent-66"}]});
    let delegated = "principal=agent-77 principal_kind=agent principal_alias=- on_behalf_of=agent-66,u-1 client=rag-retriever";
    for (more, expect) in [
        (json!({"subjects": subjects(), "delegation": listed}), delegated),
        (json!({"subjects": subjects(), "act": nested}), delegated),
        (json!({"subjects": subjects(), "act": nested, "delegation": listed}), delegated),
        (json!({"subjects": subjects(), "delegation": listed, "act": nested}), delegated),
        (json!({"subjects": merged(subjects(), &json!({"act": nested})), "act": nested}), delegated),
        (
            json!({"subjects": {"user_id": "1047123", "user": "rag@acme-prod.iam.gserviceaccount.com"}}),
            "principal=1047123 principal_kind=agent principal_alias=-",
        ),
        (
            json!({"subjects": {"user_id": "7", "user": "ann@acme.example"}}),
            "principal=7 principal_kind=human",
        ),
    ] {
        check(&more.to_string(), &call(more.clone()), expect);
    }
}

#[test]
fn rows_of_log_analytics_are_the_records_that_they_were() {
    let id = "/subscriptions/S1/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acme";
    let claims = json!({"appid": "app-1", "idtyp": "app", "uti": "token-1"});
    let activity = json!({
        "TenantId": "workspace", "TimeGenerated": "2026-03-01T10:00:00.1234567Z", "OperationName": "List Storage Account Keys",
        "OperationNameValue": "MICROSOFT.STORAGE/STORAGEACCOUNTS/LISTKEYS/ACTION", "ActivityStatusValue": "Success",
        "ActivitySubstatusValue": "OK", "Caller": "x", "CallerIpAddress": "203.0.113.1", "CategoryValue": "Administrative",
        "Claims": claims.to_string(), "EventDataId": "event-1", "SubscriptionId": "s1", "Type": "AzureActivity", "_ResourceId": id
    });
    check_one(
        &activity,
        &format!(
            "source=azure.activity event_id=event-1 time=2026-03-01T10:00:00.123456Z principal=app-1 credential=token-1 \
             action=azure:microsoft.storage/storageaccounts/listkeys/action outcome=success action_class=secret_read \
             resource={id} account=s1 source_address=203.0.113.1"
        ),
    );
    let least = json!({
        "TimeGenerated": "2026-03-01T10:00:00Z", "ActivityStatusValue": "Failure", "Caller": "x", "Type": "AzureActivity",
        "OperationNameValue": "MICROSOFT.STORAGE/STORAGEACCOUNTS/LISTKEYS/ACTION"
    });
    check_one(&least, "source=azure.activity outcome=failure principal=x account=-");
    let sign_in = json!({
        "AADTenantId": "tenant", "TenantId": "workspace", "TimeGenerated": "2026-03-01T10:00:00Z", "Id": "sign-in-1",
        "OperationName": "Sign-in activity", "Category": "ServicePrincipalSignInLogs", "ResultType": "0", "AppId": "app-1",
        "ServicePrincipalId": "object-1", "ServicePrincipalCredentialKeyId": "key-1", "ClientCredentialType": "clientSecret",
        "UniqueTokenIdentifier": "token-1", "IPAddress": "203.0.113.1", "ResourceIdentity": "graph",
        "ResourceDisplayName": "Microsoft Graph", "Type": "AADServicePrincipalSignInLogs"
    });
    check_one(
        &sign_in,
        "source=entra.signin event_id=sign-in-1 principal=app-1 principal_alias=object-1 credential=key-1 \
         issued_credential=token-1 outcome=success account=tenant resource=graph source_address=203.0.113.1",
    );
    let audit = json!({
        "AADTenantId": "tenant", "TimeGenerated": "2026-03-01T10:00:00Z", "Id": "audit-1", "Category": "Policy", "Result": "success",
        "OperationName": "Add policy", "ActivityDisplayName": "Add policy", "InitiatedBy": {"app": {"appId": "app-1"}},
        "TargetResources": [{"id": "policy-1", "type": "Policy"}], "Type": "AuditLogs", "ResourceId": "/tenants/t"
    });
    let expect = "source=entra.audit event_id=audit-1 principal=app-1 outcome=success resource=policy-1 account=tenant";
    check_one(&audit, expect);
    let vault = json!({
        "TimeGenerated": "2026-03-01T10:00:00Z", "ResourceId": "/SUBSCRIPTIONS/S1/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V", "Category": "AuditEvent", "OperationName": "SecretGet",
        "ResultType": "Success", "CallerIPAddress": "203.0.113.1", "id_s": "https://v.vault.azure.net/secrets/db/1",
        "httpStatusCode_d": 200, "identity_claim_appid_g": "app-1", "identity_claim_oid_g": "object-1", "Type": "AzureDiagnostics"
    });
    check_one(
        &vault,
        "source=azure.keyvault principal=app-1 principal_alias=object-1 outcome=success action_class=secret_read \
         resource=https://v.vault.azure.net/secrets/db",
    );
}

#[test]
fn the_interfaces_of_azure_give_lists() {
    let sign_in = |more: Value| {
        let record = json!({
            "id": "sign-in-1", "createdDateTime": "2026-03-01T10:00:00Z", "appId": "app-1", "ipAddress": "203.0.113.1",
            "resourceDisplayName": "Microsoft Graph", "resourceId": "graph", "status": {"errorCode": 0, "failureReason": "Other."}
        });
        merged(record, &more)
    };
    check_one(
        &sign_in(json!({"servicePrincipalId": "object-1", "signInEventTypes": ["servicePrincipal"]})),
        "source=entra.signin event_id=sign-in-1 time=2026-03-01T10:00:00Z principal=app-1 principal_alias=object-1 \
         principal_kind=service_principal outcome=success resource=graph source_address=203.0.113.1",
    );
    check_one(
        &sign_in(
            json!({"userPrincipalName": "ann@acme.example", "userId": "u", "status": {"errorCode": 50126}}),
        ),
        "principal=ann@acme.example principal_kind=human outcome=failure error_code=50126",
    );
    let audit = json!({
        "id": "audit-1", "category": "ApplicationManagement", "activityDateTime": "2026-03-01T10:00:00Z", "result": "success",
        "activityDisplayName": "Add service principal", "initiatedBy": {"app": null, "user": {"userPrincipalName": "ann@acme.example"}},
        "targetResources": [{"id": "object-1", "type": "ServicePrincipal"}]
    });
    let expect = "source=entra.audit event_id=audit-1 time=2026-03-01T10:00:00Z principal=ann@acme.example outcome=success \
                  resource=object-1 target_workload=object-1";
    check_one(&audit, expect);
    let list = json!({"@odata.context": "x", "value": [audit.clone(), audit.clone()]}).to_string();
    let alone = rows(&audit).into_iter().map(placeless).collect::<Vec<_>>();
    let found = of_file(&format!("{list}\n")).into_iter().map(placeless).collect::<Vec<_>>();
    assert_eq!(found, [alone.clone(), alone].concat());
}
