mod spans;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::Format;
use crate::decode::shown::{Shown, check, decode, refusal, samples};

/// What the real SDK and the exporter's encoder wrote; `tests/fixtures/record_otlp.py` says how.
const RECORDED: &str = include_str!("../../../tests/fixtures/otlp/genai-traces.jsonl");
/// The texts that stand in prompts, arguments, results and messages there.
const PLANTED: [&str; 6] = [
    "planted prompt text",
    "planted-tool-argument",
    "planted tool result",
    "planted-uri-signature",
    "planted status message",
    "planted system instructions",
];

fn recorded(line: usize) -> &'static str {
    RECORDED.lines().nth(line).unwrap()
}

fn rows(line: &str) -> Vec<Shown> {
    let (rows, _, rejects) = decode(None, [line.as_bytes()]);
    assert_eq!(rejects, []);
    rows
}

/// The row of the span of that name (the nth of them) in a recorded line.
fn of_span(line: usize, name: &str, nth: usize) -> Shown {
    let value: Value = serde_json::from_str(recorded(line)).unwrap();
    let spans = value["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
    let span =
        spans.iter().filter(|span| span["name"] == name).nth(nth).unwrap_or_else(|| panic!("no {name}"));
    let id = format!("{}:{}", span["traceId"].as_str().unwrap(), span["spanId"].as_str().unwrap());
    let rows = rows(recorded(line));
    let row =
        rows.into_iter().find(|row| row["event_id"] == id).unwrap_or_else(|| panic!("no row of {name}"));
    let nanos: i64 = span["startTimeUnixNano"].as_str().unwrap().parse().unwrap();
    assert_eq!(row["time"], ambit_schemas::EventTime::from_nanos(nanos).to_string());
    row
}

/// Where the retriever's spans come from.
const HERE: &str = "account=111122223333 region=eu-west-1 environment=prod source_address=10.20.3.4 \
    client=opentelemetry.instrumentation.langchain source=otel.genai credential=- interactive=false";
/// The retriever as an agent.
const AGENT: &str = "principal=rag-retriever principal_kind=agent principal_alias=asst_7Qm agent=rag-retriever \
    session=conv-1";

#[test]
fn one_request_of_an_agent() {
    for (span, expect) in [
        (
            "chat claude",
            "action=gen_ai:chat action_class=model_invoke access_level=read outcome=success \
            model_provider=aws.bedrock model=anthropic.claude-sonnet-4 resource_kind=model tool=- tool_server=- \
            resource=aws.bedrock/anthropic.claude-sonnet-4 on_behalf_of=-",
        ),
        (
            "execute_tool search",
            "action=tool:-/search action_class=tool_invoke access_level=write tool=search \
            tool_server=- resource=-/search resource_kind=tool outcome=success",
        ),
        (
            "embeddings titan",
            "action=gen_ai:embeddings action_class=model_invoke model=amazon.titan-embed-text-v2:0",
        ),
        (
            "retrieval docs",
            "action=gen_ai:retrieval action_class=read resource=kb-finance resource_group=kb-finance \
            resource_kind=data_source",
        ),
        ("execute_tool write_file", "action=tool:-/write_file outcome=denied error_code=PermissionError"),
        (
            "invoke_agent rag-retriever",
            "action=gen_ai:invoke_agent action_class=session_start resource=rag-retriever \
            resource_kind=agent target_workload=- on_behalf_of=-",
        ),
    ] {
        check(span, &of_span(0, span, 0), &format!("{HERE} {AGENT} {expect}"));
    }
    // This span names no agent; that of its grandparent's parent has the program's own name.
    check(
        "tools/call",
        &of_span(0, "tools/call search", 0),
        &format!(
            "{HERE} action=tool:search-mcp.ml-rag.svc/search \
        action_class=tool_invoke principal=rag-retriever principal_kind=service principal_alias=- on_behalf_of=- \
        tool=search tool_server=search-mcp.ml-rag.svc session=mcp-77 resource=search-mcp.ml-rag.svc/search"
        ),
    );
}

#[test]
fn a_server_calls_its_own_tools() {
    let here = "principal=search-mcp principal_kind=service principal_alias=- tool_server=search-mcp account=eks-prod/ml-rag \
        source_address=10.20.3.4 client=python-httpx/0 session=mcp-77 agent=-";
    for (span, expect) in [
        ("initialize", "action=mcp:initialize action_class=session_start"),
        (
            "tools/list",
            "action=mcp:tools/list action_class=list access_level=list tool=- resource=search-mcp",
        ),
        (
            "tools/call search",
            "action=tool:search-mcp/search action_class=tool_invoke tool=search outcome=success",
        ),
        ("tools/call delete_index", "outcome=failure error_code=tool_error tool=delete_index"),
        (
            "resources/read",
            "action=mcp:resources/read action_class=read resource_kind=mcp_resource \
            resource=https://files.acme.example/q3/report.pdf resource_group=https://files.acme.example/q3/*",
        ),
        ("prompts/get", "action=mcp:prompts/get resource=search-mcp/analyze"),
    ] {
        check(span, &of_span(2, span, 0), &format!("{here} {expect}"));
    }
}

#[test]
fn old_names_and_delegation() {
    let here = "account=444455556666 environment=production client=crewai region=- source_address=-";
    for (span, expect) in [
        (
            "invoke_agent planner",
            "principal=planner principal_kind=agent principal_alias=agent-1 on_behalf_of=- \
            model_provider=azure.ai.openai action_class=session_start",
        ),
        ("invoke_agent writer", "principal=writer principal_alias=orchestrator on_behalf_of=planner"),
        (
            "chat gpt-4o",
            "principal=writer on_behalf_of=planner model_provider=azure.ai.openai model=gpt-4o \
            resource=azure.ai.openai/gpt-4o",
        ),
        (
            "invoke_agent billing",
            "action=gen_ai:invoke_agent action_class=tool_invoke principal=orchestrator \
            principal_kind=service tool=billing tool_server=agents.partner.example target_workload=billing \
            resource=billing agent=billing on_behalf_of=planner",
        ),
        (
            "create_agent scratch",
            "action=gen_ai:create_agent action_class=write principal=orchestrator tool=- \
            target_workload=scratch on_behalf_of=planner",
        ),
        (
            "chat",
            "principal=orchestrator principal_kind=service model_provider=gcp.vertex_ai outcome=denied \
            error_code=403 on_behalf_of=-",
        ),
    ] {
        check(span, &of_span(3, span, 0), &format!("{here} {expect}"));
    }
}

#[test]
fn who_has_no_name() {
    check(
        "id only",
        &of_span(4, "execute_tool ls", 0),
        "principal=agent-9f principal_kind=agent principal_alias=- \
        agent=agent-9f",
    );
    // The SDK's own stand-in for a name is none.
    check(
        "nobody",
        &of_span(4, "completion", 0),
        "principal=- principal_kind=- action=gen_ai:text_completion",
    );
}

#[test]
fn every_span_is_counted() {
    let (rows, tally, rejects) = decode(None, RECORDED.lines().map(str::as_bytes));
    assert_eq!((tally.read, tally.rows, tally.ignored, tally.rejected), (45, 35, 10, 0), "{rejects:?}");
    assert_eq!(rows.len(), 35);
}

#[test]
fn the_samples_name_everybody() {
    let lines = samples("otel");
    let (rows, tally, rejects) = decode(None, lines.iter().map(String::as_bytes));
    assert_eq!((rejects, tally.read), (vec![], tally.rows + tally.ignored));
    assert!(rows.len() > 1_000 && rows.iter().all(|row| row.contains_key("principal")));
    let tools = rows.iter().filter(|row| row["action_class"] == "tool_invoke");
    assert!(tools.clone().count() > 500 && tools.clone().all(|row| row.contains_key("tool")));
}

#[test]
fn both_forms_of_json_are_the_same() {
    // The last line is the server's line again, as protobuf's own mapping writes it with the names of proto fields.
    let clean =
        |row: Shown| row.into_iter().filter(|(column, _)| *column != "origin_offset").collect::<Vec<_>>();
    let [hex, base64] = [2, 6].map(|line| rows(recorded(line)).into_iter().map(clean).collect::<Vec<_>>());
    assert_eq!(hex, base64);
    assert_eq!(rows(recorded(0)).len(), rows(recorded(5)).len());
}

#[test]
fn a_log_event_is_the_same_record_as_its_span() {
    let [event] = &rows(recorded(1))[..] else { panic!("one event") };
    let span = of_span(0, "chat claude", 0);
    let apart = |column: &&str| *column != "time" && *column != "on_behalf_of";
    for column in span.keys().copied().filter(|column| apart(column)) {
        assert_eq!(event.get(column), span.get(column), "{column}");
    }
}

/// A span with these attributes, and others beside it.
fn export(resource: &Value, spans: &[Value]) -> String {
    let attributes = |pairs: &Value| -> Value {
        let pairs = pairs.as_object().unwrap().iter();
        pairs.map(|(key, value)| json!({ "value": { "stringValue": value }, "key": key })).collect()
    };
    let spans = spans.iter().enumerate().map(|(index, span)| {
        let mut span = span.clone();
        let fields = span.as_object_mut().unwrap();
        let own = fields.remove("attributes").unwrap_or_else(|| json!({}));
        fields.insert("attributes".into(), attributes(&own));
        fields.entry("traceId").or_insert_with(|| json!("0af7651916cd43dd8448eb211c80319c"));
        fields.entry("spanId").or_insert_with(|| json!(format!("{:016x}", index + 1)));
        fields.entry("startTimeUnixNano").or_insert_with(|| json!(1_795_334_657_076_033_878_i64));
        span
    });
    // The resource stands behind its spans.
    json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans.collect::<Vec<_>>() }],
        "resource": { "attributes": attributes(resource) } }] })
    .to_string()
}

#[test]
fn the_chain_of_callers() {
    let agent = |name: &str, span: u64, parent: u64| {
        json!({ "spanId": format!("{span:016x}"), "parentSpanId": format!("{parent:016x}"),
            "attributes": { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name } })
    };
    let plain = json!({ "spanId": format!("{:016x}", 9), "parentSpanId": format!("{:016x}", 2) });
    let line =
        export(&json!({}), &[agent("c", 3, 9), plain, agent("b", 2, 1), agent("a", 1, 0), agent("a", 4, 3)]);
    let rows = rows(&line);
    check("c, through a span of another kind", &rows[0], "principal=c on_behalf_of=b,a");
    check("b", &rows[1], "principal=b on_behalf_of=a");
    check("a", &rows[2], "principal=a on_behalf_of=-");
    check("a again", &rows[3], "principal=a on_behalf_of=c,b");
    // An export that goes in circles ends.
    let line = export(&json!({}), &[agent("x", 1, 2), agent("y", 2, 1)]);
    check("circle", &self::rows(&line)[0], "on_behalf_of=y");
}

#[test]
fn a_bad_span_costs_only_itself() {
    let chat = json!({ "gen_ai.operation.name": "chat" });
    let line = export(
        &json!({ "service.name": "svc" }),
        &[
            json!({ "attributes": chat, "traceId": "00000000000000000000000000000000" }),
            json!({ "attributes": chat, "spanId": "xyz" }),
            json!({ "attributes": chat, "startTimeUnixNano": "soon" }),
            json!({ "attributes": chat, "startTimeUnixNano": "1000000000" }),
            json!({ "attributes": chat, "kind": { "odd": true }, "status": [], "name": 7, "events": "none" }),
            json!({ "attributes": { "http.method": "GET" }, "traceId": "nonsense" }),
        ],
    );
    let (rows, tally, rejects) = decode(None, [line.as_bytes()]);
    let reasons = rejects.iter().map(|reject| reject.reason.to_string()).collect::<Vec<_>>();
    assert_eq!(
        reasons,
        [
            "no field `traceId`",
            "no field `spanId`",
            "no field `startTimeUnixNano`",
            "implausible time 1970-01-01T00:00:01Z"
        ]
    );
    assert_eq!((rows.len(), tally.read, tally.ignored, tally.rejected), (1, 6, 1, 4));
    let odd = r#"{"resourceSpans":[{"resource":7,"scopeSpans":[{"spans":[{"attributes":"x"},5,null,{}]}]},{"scopeSpans":null},[]]}"#;
    let (rows, tally, _) = decode(None, [odd.as_bytes()]);
    assert_eq!((rows.len(), tally.read, tally.ignored), (0, 4, 4));
    for (record, field) in [
        (r#"{"resourceSpans":7}"#, "resourceSpans"),
        (r#"{"resourceSpans":[{"scopeSpans":{}}]}"#, "scopeSpans"),
        (r#"{"resource_spans":[{"scope_spans":[{"spans":"x"}]}]}"#, "spans"),
        (r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":1}]}]}"#, "logRecords"),
    ] {
        assert_eq!(refusal(None, record.as_bytes()), format!("unreadable field `{field}`"));
    }
    assert_eq!(refusal(Some(Format::Otlp), &line.as_bytes()[..line.len() / 2]), "cut off");
}

#[test]
fn no_prompt_gets_out() {
    let (rows, ..) = decode(None, RECORDED.lines().map(str::as_bytes));
    let shown = format!("{rows:?}");
    for planted in PLANTED {
        assert!(RECORDED.contains(planted), "{planted} is in the input");
        assert!(!shown.contains(planted), "{planted} is in a row");
    }
    // A prompt that was put where a name belongs.
    let prompt = "tell me everything about ".repeat(30);
    let line = export(
        &json!({ "service.name": prompt }),
        &[json!({ "name": prompt, "status": { "message": prompt },
        "attributes": { "gen_ai.operation.name": "chat", "gen_ai.tool.name": prompt, "gen_ai.agent.name": prompt } })],
    );
    assert!(!format!("{:?}", self::rows(&line)).contains("everything"));
}

#[test]
fn a_log_outside_any_span_has_an_id_of_its_own() {
    let line = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"0","observedTimeUnixNano":"1795334657076033878","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}}]},{"timeUnixNano":"1795334657076033878","body":{"stringValue":"hello"}}]}]}]}"#;
    let (rows, tally, _) = decode(None, [line.as_bytes()]);
    assert_eq!((rows.len(), tally.read, tally.ignored), (1, 2, 1));
    assert_eq!((rows[0]["event_id"].len(), &*rows[0]["time"]), (32, "2026-11-22T08:04:17.076033Z"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_bytes_are_counted(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let (_, tally, rejects) = decode(Some(Format::Otlp), [&bytes[..]]);
        prop_assert_eq!(rejects.len() as u64, tally.rejected);
    }

    #[test]
    fn a_damaged_export_is_counted(
        line in 0..7_usize,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = recorded(line).as_bytes().to_vec();
        for (place, byte) in &damage {
            let place = place.index(bytes.len());
            bytes[place] = *byte;
        }
        bytes.truncate(end.index(bytes.len() * 4).max(1));
        let (rows, tally, rejects) = decode(Some(Format::Otlp), [&bytes[..]]);
        prop_assert_eq!(rejects.len() as u64, tally.rejected);
        prop_assert_eq!(tally.read, tally.rejected + tally.ignored + rows.len() as u64);
    }
}
