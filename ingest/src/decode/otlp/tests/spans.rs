//! Spans one by one, and the columns that each must become.

use super::*;

#[track_caller]
fn check_span(span: Value, expect: &str) {
    let line = export(&json!({ "service.name": "svc", "k8s.cluster.name": "c1" }), &[span]);
    check(&line, &rows(&line)[0], expect);
}

#[test]
fn other_spans() {
    check_span(
        json!({ "attributes": { "gen_ai.tool.name": "ls" } }),
        "action=tool:-/ls action_class=tool_invoke \
        principal=svc account=c1 time=2026-11-22T08:04:17.076033Z",
    );
    check_span(
        json!({ "attributes": { "gen_ai.system": "xai", "gen_ai.request.model": "grok" } }),
        "action=gen_ai:inference action_class=model_invoke model_provider=x_ai",
    );
    check_span(
        json!({ "attributes": { "gen_ai.operation.name": "summon", "gen_ai.agent.id": "a" } }),
        "action=gen_ai:summon action_class=write resource=- principal=a",
    );
    check_span(
        json!({ "attributes": { "mcp.method.name": "vendor/new", "mcp.server.name": "crm" }, "kind": 3 }),
        "action=mcp:vendor/new action_class=write resource=crm tool_server=crm principal=svc",
    );
    check_span(
        json!({ "attributes": { "mcp.method.name": "tools/call", "gen_ai.tool.name": "t", "peer.service": "crm",
        "server.address": "10.0.0.1", "gen_ai.agent.name": "bot", "gen_ai.task.id": "task-1" }, "kind": "SPAN_KIND_CLIENT" }),
        "action=tool:crm/t principal=bot principal_alias=svc task=task-1",
    );
    check_span(
        json!({ "attributes": { "mcp.method.name": "tools/call" }, "kind": 3, "name": "MCP send tools/call search" }),
        "action=tool:-/search tool=search",
    );
    check_span(
        json!({ "attributes": { "mcp.method.name": "tools/call" }, "kind": 3, "name": "tools/call a {\"PLANTED\":1}" }),
        "action=mcp:tools/call tool=-",
    );
    check_span(
        json!({ "attributes": { "mcp.method.name": "tools/call", "gen_ai.tool.name": "t", "gen_ai.agent.name": "bot" }, "kind": 2 }),
        "action=tool:svc/t principal=svc agent=bot on_behalf_of=bot",
    );
    check_span(
        json!({ "attributes": { "mcp.method.name": "resources/read",
        "mcp.resource.uri": "postgres://user:PLANTED@db:5432/customers/schema#PLANTED" } }),
        "resource=postgres://db:5432/customers/schema resource_group=postgres://db:5432/customers/*",
    );
    check_span(
        json!({ "attributes": { "mcp.method.name": "resources/read", "mcp.resource.uri": "file:///srv/a.txt" } }),
        "resource=file:///srv/a.txt resource_group=file:///srv/*",
    );
    check_span(
        json!({ "attributes": { "gen_ai.operation.name": "chat" }, "status": { "code": 2, "message": "PLANTED" } }),
        "outcome=failure error_code=_OTHER model=-",
    );
    check_span(
        json!({ "attributes": { "gen_ai.operation.name": "chat", "error.type": "Incorrect API key PLANTED" } }),
        "outcome=failure error_code=_OTHER",
    );
    check_span(
        json!({ "attributes": { "gen_ai.operation.name": "search_memory", "gen_ai.memory.store.id": "profiles" } }),
        "action_class=read resource=profiles resource_kind=memory_store",
    );
    check_span(
        json!({ "attributes": { "gen_ai.operation.name": "chat", "gen_ai.conversation.id": "" } }),
        "session=0af7651916cd43dd8448eb211c80319c",
    );
}
