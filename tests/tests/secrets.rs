//! Secrets never leave: whatever stands in a record and is not on the list of what is kept is in no byte that Ambit
//! writes.

mod carriers;
mod kept;
mod leaves;
mod program;

use ambit_ingest::Format;

use carriers::telling;

/// Names at whose places no text is ever kept, whatever the list says.
const NEVER: &[&str] = &[
    "password",
    "passwd",
    "secretaccesskey",
    "secretstring",
    "secretbinary",
    "sessiontoken",
    "client_token",
    "clienttoken",
    "authorization",
    "assertion",
    "samlassertion",
    "webidentitytoken",
    "prompt",
    "completion",
    "messages",
    "arguments",
    "instructions",
    "body",
    "inputbodyjson",
    "outputbodyjson",
    "plaintext",
    "privatekey",
    "certificatebody",
    "userdata",
    "policydocument",
    "errormessage",
];

#[test]
fn no_place_of_a_secret_is_on_the_list_of_what_is_kept() {
    for (source, places) in kept::listed() {
        for path in places.keys() {
            // The name of a template of prompts is a name, what Azure calls an authorization is the role that allowed it,
            // and of a JSON-RPC message in a body the method and the name are read.
            let small = path.to_ascii_lowercase();
            let small =
                small.replace("gen_ai.prompt.name", "").replace("identity.authorization.evidence.", "");
            let small = small.replace("logrecords[].body.stringvalue->", "");
            let secret = small.split(['.', '[', ']', '>', '-']).find(|part| NEVER.contains(part));
            assert_eq!(secret, None, "{source} keeps {path}");
        }
    }
}

/// Secrets at places whose text is kept for what stands before them.
const WITHIN: &[&str] = &[
    r#"{"time":"2026-05-01T08:00:00Z","type":"request","auth":{},"request":{"id":"1","operation":"read","client_token":"x","path":"auth/token/lookup/hvs.PLANTED","mount_type":"token","mount_point":"auth/token/"}}"#,
    r#"{"time":"2026-05-01T08:00:00Z","type":"request","auth":{},"request":{"id":"1","operation":"update","client_token":"x","path":"auth/token/revoke/hvs.PLANTED","mount_type":"token","mount_point":"auth/token/"}}"#,
    r#"{"time":"2026-05-01T08:00:00Z","type":"request","auth":{},"request":{"id":"1","operation":"read","client_token":"x","path":"kv/data/a","headers":{"authorization":["Bearer PLANTED"],"x-vault-token":["PLANTED"]}}}"#,
    r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000001","startTimeUnixNano":"1777622400000000000","attributes":[{"key":"mcp.method.name","value":{"stringValue":"resources/read"}},{"key":"mcp.resource.uri","value":{"stringValue":"https://user:PLANTED@host/a?token=PLANTED#PLANTED"}}]}]}]}]}"#,
    r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1777622400000000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"execute_tool"}}],"body":{"stringValue":"{\"jsonrpc\":\"2.0\",\"method\":\"tools/call\",\"params\":{\"name\":\"run\",\"arguments\":{\"key\":\"PLANTED\"}}}"}}]}]}]}"#,
    r#"{"audit_id":"1","type":"mcp_resource_read","logged_at":"2026-05-01T08:00:00Z","outcome":"success","component":"srv","subjects":{"user":"u"},"target":{"type":"resource","name":"s3://key:PLANTED@bucket/a?X-Amz-Signature=PLANTED"},"data":{"request":"PLANTED"}}"#,
    r#"{"time":"2026-05-01T08:00:00Z","operationName":"GetBlob","category":"StorageRead","statusCode":200,"uri":"https://acme.blob.core.windows.net/c/b?sv=1&sig=PLANTED","callerIpAddress":"10.0.0.1:1","resourceId":"/subscriptions/1/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acme/blobServices/default?sig=PLANTED"}"#,
    r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"1","stage":"ResponseComplete","requestReceivedTimestamp":"2026-05-01T08:00:00Z","verb":"get","user":{"username":"u"},"requestURI":"/oauth?token=PLANTED"}"#,
    r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"1","stage":"ResponseComplete","requestReceivedTimestamp":"2026-05-01T08:00:00Z","verb":"create","user":{"username":"u"},"objectRef":{"resource":"pods","namespace":"n","name":"p","subresource":"exec","apiVersion":"v1"},"requestURI":"/api/v1/namespaces/n/pods/p/exec?command=PLANTED"}"#,
    r#"{"eventVersion":"1.08","eventID":"1","eventTime":"2026-05-01T08:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","userIdentity":{"type":"AWSAccount","principalId":"","accountId":"ANONYMOUS_PRINCIPAL"},"requestParameters":{"bucketName":"b","key":"k","X-Amz-Security-Token":"PLANTED","X-Amz-Signature":"PLANTED"}}"#,
    r#"{"class_uid":6003,"activity_id":2,"time":1777622760000,"metadata":{"version":"1.8.0","uid":"e"},"actor":{"user":{"name":"u"}},"api":{"operation":"GetBlob","request":{"uid":"1","data":"PLANTED"}},"resources":[{"uid":"https://a/b?sig=PLANTED"}],"http_request":{"url":{"url_string":"https://a/b?sig=PLANTED"},"http_headers":[{"name":"Authorization","value":"PLANTED"}]}}"#,
];

#[test]
fn a_secret_behind_what_is_kept_is_cut_off() {
    for record in WITHIN {
        assert!(Format::of(record.as_bytes()).is_some(), "{record}");
        let rows = crate::conformance::row::of_record(record);
        assert!(!rows.0.is_empty(), "{record}: {rows:?}");
        assert!(telling(&[(*record).to_owned()], "planted").is_empty(), "{rows:?}");
    }
}
