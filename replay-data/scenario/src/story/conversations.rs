//! What agents say and do: one conversation gives spans of several services and the cloud calls beneath them.

use ambit_schemas::EventTime;

use super::organisation::{BUCKET_KEY, CHAT_MODEL, EMBED_MODEL, NODE, PROD};
use super::runs::{MONITOR, ORCHESTRATOR, RAG, Run, SEARCH_MCP, SUPPORT, Tool, on, register};
use super::world::World;
use crate::calendar::{after, after_millis};
use crate::cloudtrail;
use crate::cloudtrail::{
    Place, Session, Wanted, decrypt, get_item, get_object, invoke_function, invoke_model, list_objects,
};
use crate::ids;
use crate::json::{Json, text};
use crate::spans::{Context, Kind, Span, context};
use crate::vault::Ask;

const SEARCH: Tool = on("search-mcp.ml-tools.svc.cluster.local", "search_docs");
const GET_TICKET: Tool = on("ticket-mcp.ml-tools.svc.cluster.local", "get_ticket");
const LIST_TICKETS: Tool = on("ticket-mcp.ml-tools.svc.cluster.local", "list_tickets");
/// New with CHG-2114.
pub(super) const ADD_NOTE: Tool = on("ticket-mcp.ml-tools.svc.cluster.local", "add_note");
const CRM_LOOKUP: Tool = on("crm-mcp.ml-tools.svc.cluster.local", "crm_lookup");
const ORDER_STATUS: Tool = on("crm-mcp.ml-tools.svc.cluster.local", "order_status");
/// New with CHG-2121.
pub(super) const REFUND_QUOTE: Tool = on("crm-mcp.ml-tools.svc.cluster.local", "refund_quote");

/// A customer writes to support-agent.
pub(super) fn support(world: &mut World, time: EventTime) {
    let rng = world.support.rng.fork();
    let mut run = Run::open(world, rng, SUPPORT, time, None);
    world.support.token(&mut world.vault, run.clock);
    world.support.call(&mut world.trail, run.clock, get_item(PROD, "support-sessions", "conversation_id"));
    for turn in 0..run.rng.range(1, 2) {
        let ask = invoke_model(PROD, CHAT_MODEL, true);
        world.support.call(&mut world.trail, run.clock, ask);
        run.model(world, "chat", CHAT_MODEL);
        if run.rng.chance(700) {
            let call = run.tool(world, SEARCH);
            served(world, &mut run, &call);
            retrieve(world, &mut run, &call);
        }
        if run.rng.chance(if turn == 0 { 350 } else { 150 }) {
            let tools: &[Tool] = if world.notes_released {
                &[GET_TICKET, LIST_TICKETS, ADD_NOTE]
            } else {
                &[GET_TICKET, LIST_TICKETS]
            };
            let tool = *run.rng.pick(tools);
            run.tool(world, tool);
        }
        let answer = invoke_model(PROD, CHAT_MODEL, true);
        world.support.call(&mut world.trail, run.clock, answer);
        run.model(world, "chat", CHAT_MODEL);
    }
    if run.rng.chance(150) {
        let key = format!("attachments/{}/{}.png", &run.clock.to_string()[..10], ids::uuid(&mut run.rng));
        world.support.call(&mut world.trail, run.clock, get_object(PROD, "acme-support-attachments", &key));
    }
    if run.rng.chance(300) {
        gateway(world, &mut run, time);
    }
    run.close(world);
}

/// The web framework's own span: no GenAI in it.
fn gateway(world: &mut World, run: &mut Run, time: EventTime) {
    let context = context(&mut run.rng, Some(&run.root));
    run.parent = Some(context.clone());
    world.spans.spans.push(Span {
        context,
        parent: None,
        resource: run.resource.clone(),
        scope: "opentelemetry.instrumentation.fastapi",
        name: "POST /v1/conversations".into(),
        kind: Kind::Server,
        start: after_millis(time, -6),
        end: after_millis(run.clock, 9),
        attributes: vec![
            ("http.request.method", text("POST")),
            ("http.route", text("/v1/conversations")),
            ("http.response.status_code", Json::Number(200)),
        ],
        error: None,
    });
}

/// The search server's own span of a call that it serves; one in three calls is sampled there.
fn served(world: &mut World, run: &mut Run, call: &Context) {
    if !run.rng.chance(330) {
        return;
    }
    let resource = register(world, SEARCH_MCP, run.clock);
    let context = context(&mut run.rng, Some(call));
    world.spans.spans.push(Span {
        context,
        parent: Some(call.span.clone()),
        resource,
        scope: "acme.mcp",
        name: "tools/call search_docs".into(),
        kind: Kind::Server,
        start: after_millis(run.clock, -250),
        end: after_millis(run.clock, -4),
        attributes: vec![
            ("mcp.method.name", text("tools/call")),
            ("gen_ai.operation.name", text("execute_tool")),
            ("gen_ai.tool.name", text("search_docs")),
            ("mcp.protocol.version", text("2025-06-18")),
        ],
        error: None,
    });
}

/// The retriever embeds the question, reads the passages and answers.
fn retrieve(world: &mut World, caller: &mut Run, call: &Context) {
    const SECTIONS: [&str; 5] = ["handbook", "product", "api", "faq", "troubleshooting"];
    let rng = world.rag.rng.fork();
    let mut run = Run::open(world, rng, RAG, after_millis(caller.clock, -240), Some(call));
    world.rag.token(&mut world.vault, run.clock);
    world.rag.call(&mut world.trail, run.clock, invoke_model(PROD, EMBED_MODEL, false));
    run.model(world, "embeddings", EMBED_MODEL);
    if run.rng.chance(200) {
        world.rag.call(&mut world.trail, run.clock, list_objects(PROD, "acme-docs", "kb/"));
    }
    for _ in 0..run.rng.range(1, 2) {
        let section = *run.rng.pick(&SECTIONS);
        let key = format!("kb/{section}/doc-{:04}.md", run.rng.range(1, 900));
        world.rag.call(&mut world.trail, run.clock, get_object(PROD, "acme-docs", &key));
        if run.rng.chance(150) {
            world.rag.call(&mut world.trail, run.clock, decrypt(PROD, BUCKET_KEY, "acme-docs"));
        }
    }
    caller.clock = after_millis(run.clock, 20);
    run.close(world);
}

/// The orchestrator plans a task, runs a tool under a role of its own, and asks the retriever.
pub(super) fn orchestrated_task(world: &mut World, time: EventTime) {
    let rng = world.orchestrator.rng.fork();
    let mut run = Run::open(world, rng, ORCHESTRATOR, time, None);
    let token = world.orchestrator.token(&mut world.vault, run.clock);
    if run.rng.chance(330) {
        child_token(world, &run, &token);
    }
    world.orchestrator.call(&mut world.trail, run.clock, invoke_model(PROD, CHAT_MODEL, false));
    run.model(world, "chat", CHAT_MODEL);
    if world.quotes_released && run.rng.chance(250) {
        tool_call(world, &mut run, REFUND_QUOTE, "refund-quote");
    } else if run.rng.chance(500) {
        tool_call(world, &mut run, CRM_LOOKUP, "crm-lookup");
    } else {
        tool_call(world, &mut run, ORDER_STATUS, "order-status");
    }
    if run.rng.chance(500) {
        let call = run.delegate(world, RAG.name);
        retrieve(world, &mut run, &call);
    }
    world.orchestrator.call(&mut world.trail, run.clock, invoke_model(PROD, CHAT_MODEL, false));
    run.model(world, "chat", CHAT_MODEL);
    run.close(world);
}

/// A token for one task only, which reads one secret and is left to expire.
fn child_token(world: &mut World, run: &Run, token: &str) {
    let client = world.orchestrator.client();
    let gives = world.orchestrator.child_handle();
    let ask = Ask::Child { ttl_secs: 900, gives: gives.clone() };
    world.vault.ask(after_millis(run.clock, 100), &client, Some(token), ask);
    world.vault.ask(after(run.clock, 1), &client, Some(&gives), Ask::Read("kv/data/orchestrator/search-api"));
}

/// A tool that runs under a role which the orchestrator assumes for it.
pub(super) fn tool_call(world: &mut World, run: &mut Run, tool: Tool, function: &str) {
    let quotes = function == "refund-quote";
    let held = if quotes { world.quote_tools.take() } else { world.tools.take() };
    let held = held.filter(|session| session.holds_at(run.clock));
    let mut session = held.unwrap_or_else(|| assume_tools(world, run, quotes));
    world.trail.call(&mut session, after_millis(run.clock, 40), invoke_function(PROD, function));
    run.tool(world, tool);
    let slot = if quotes { &mut world.quote_tools } else { &mut world.tools };
    *slot = Some(session);
}

fn assume_tools(world: &mut World, run: &mut Run, quotes: bool) -> Session {
    let role = if quotes { world.org.quote_tools.clone() } else { world.org.tools.clone() };
    let address = format!("10.20.{}.{}", run.rng.range(0, 31), run.rng.range(4, 251));
    let place = Place { address, agent: NODE.into(), endpoint: Some((PROD.endpoint, PROD.id)) };
    let name = format!("task-{}", ids::hex(&mut run.rng, 10));
    let wanted = Wanted { role: &role, name: &name, secs: 3_600, place };
    let by = world.orchestrator.aws(&mut world.trail, run.clock);
    cloudtrail::assume(&mut world.trail, by, run.clock, &wanted).0
}

/// The monitor's question: a conversation of one sentence.
pub(super) fn canary(world: &mut World, time: EventTime) {
    let rng = world.monitor.rng.fork();
    let mut run = Run::open(world, rng, MONITOR, time, None);
    run.model(world, "chat", CHAT_MODEL);
    run.close(world);
}
