//! What agents write: OTLP JSON lines as the file exporter of a collector does, one a run of an agent, with the agent's
//! own span, the model's and the tool's. For the samples a real SDK does this.

use ambit_schemas::EventTime;

use super::deed::{Deed, Kind};
use super::member::Member;
use super::vault::Line;
use crate::calendar::{Day, after_millis};
use crate::ids;
use crate::json::{Json, map, text};
use crate::rng::Rng;
use crate::spans::{Context, Kind as SpanKind, context};

/// A run of an agent being written.
struct Run<'a> {
    member: &'a Member,
    root: Context,
    conversation: String,
    clock: EventTime,
    spans: Vec<Json>,
}

/// A run in which an agent does one thing; gives the event id of the span that shows it.
pub(super) fn run(
    log: &mut Vec<Line>,
    member: &Member,
    (deed, failed): (&Deed, bool),
    time: EventTime,
    rng: &mut Rng,
) -> String {
    let root = context(rng, None);
    let conversation = format!("conv_{}", ids::hex(rng, 24));
    let mut run = Run { member, root, conversation, clock: time, spans: Vec::new() };
    let shown = run.step(deed, failed, rng);
    let event_id = format!("{}/{}", shown.trace, shown.span);
    run.close(time);
    let exported = after_millis(run.clock, rng.range(200, 9_000));
    let resource = map([("attributes", resource(member, Day(time.day())))]);
    let scope = map([("name", text("acme.agents")), ("version", text("1.4.0"))]);
    let scopes = Json::List(vec![map([("scope", scope), ("spans", Json::List(run.spans))])]);
    let line =
        map([("resourceSpans", Json::List(vec![map([("resource", resource), ("scopeSpans", scopes)])]))]);
    log.push(Line { time: exported, text: line.line() });
    event_id
}

impl Run<'_> {
    fn step(&mut self, deed: &Deed, failed: bool, rng: &mut Rng) -> Context {
        let mut attributes = Vec::new();
        let name = if deed.kind == Kind::Tool {
            attributes.push(("gen_ai.operation.name", text("execute_tool")));
            attributes.push(("gen_ai.tool.name", text(&deed.part)));
            attributes.push(("gen_ai.tool.type", text("function")));
            attributes.push(("gen_ai.tool.call.id", text(format!("tooluse_{}", ids::hex(rng, 22)))));
            attributes.push(("mcp.method.name", text("tools/call")));
            attributes.push(("mcp.session.id", text(ids::uuid(rng))));
            attributes.push(("server.address", text(&deed.on)));
            format!("tools/call {}", deed.part)
        } else {
            attributes.push(("gen_ai.operation.name", text("chat")));
            attributes.push(("gen_ai.provider.name", text("aws.bedrock")));
            attributes.push(("gen_ai.request.model", text(&deed.on)));
            attributes.push(("gen_ai.usage.input_tokens", Json::Number(rng.range(80, 6_000))));
            attributes.push(("gen_ai.response.model", text(&deed.on)));
            attributes.push(("gen_ai.usage.output_tokens", Json::Number(rng.range(20, 900))));
            attributes.push(("server.address", text("bedrock-runtime.us-east-1.amazonaws.com")));
            format!("chat {}", deed.on)
        };
        if failed {
            attributes.push(("error.type", text("permission_denied")));
        }
        attributes.extend(self.agent());
        let start = self.clock;
        self.clock = after_millis(start, rng.range(20, 4_000));
        let own = context(rng, Some(&self.root));
        let parent = Some(self.root.span.clone());
        self.push(&own, parent, (name, SpanKind::Client), (start, attributes));
        own
    }

    fn agent(&self) -> [(&'static str, Json); 2] {
        [("gen_ai.agent.name", text(&self.member.name)), ("gen_ai.conversation.id", text(&self.conversation))]
    }

    fn close(&mut self, start: EventTime) {
        self.clock = after_millis(self.clock, 4);
        let mut attributes = vec![
            ("gen_ai.operation.name", text("invoke_agent")),
            ("gen_ai.provider.name", text("aws.bedrock")),
        ];
        attributes.extend(self.agent());
        let root = self.root.clone();
        let name = format!("invoke_agent {}", self.member.name);
        self.push(&root, None, (name, SpanKind::Internal), (start, attributes));
    }

    fn push(
        &mut self,
        own: &Context,
        parent: Option<String>,
        (name, kind): (String, SpanKind),
        (start, attributes): (EventTime, Vec<(&'static str, Json)>),
    ) {
        let nanos = |time: EventTime| text(format!("{}000", time.micros()));
        let kind = match kind {
            SpanKind::Internal => 1,
            SpanKind::Server => 2,
            SpanKind::Client => 3,
        };
        let span = map([("traceId", text(&own.trace)), ("spanId", text(&own.span))])
            .with_some("parentSpanId", parent)
            .with("name", name)
            .with("kind", kind)
            .with("startTimeUnixNano", nanos(start))
            .with("endTimeUnixNano", nanos(self.clock))
            .with("attributes", written(attributes))
            .with("status", map([]))
            .with("flags", 256);
        self.spans.push(span);
    }
}

/// Attributes as OTLP writes them: each with the type of its value, whole numbers as text.
fn written(attributes: Vec<(&'static str, Json)>) -> Json {
    let value = |value: Json| match value {
        Json::Number(number) => map([("intValue", text(number.to_string()))]),
        value => map([("stringValue", value)]),
    };
    Json::List(
        attributes.into_iter().map(|(key, held)| map([("key", text(key)), ("value", value(held))])).collect(),
    )
}

fn resource(member: &Member, day: Day) -> Json {
    let week = day.0.div_euclid(7);
    let mut rng = Rng::stream(0, &format!("pod/{}/{week}", member.name));
    let pod = format!("{}-{}-{}", member.name, ids::hex(&mut rng, 10), ids::hex(&mut rng, 5));
    written(vec![
        ("telemetry.sdk.language", text("python")),
        ("telemetry.sdk.name", text("opentelemetry")),
        ("telemetry.sdk.version", text("1.45.2")),
        ("service.instance.id", text(ids::uuid(&mut rng))),
        ("service.name", text(&member.name)),
        ("service.version", text(format!("2.{week}.0"))),
        ("deployment.environment.name", text(member.site.name)),
        ("cloud.provider", text("aws")),
        ("cloud.platform", text("aws_eks")),
        ("cloud.account.id", text(member.site.account.id)),
        ("cloud.region", text(member.site.account.region)),
        ("k8s.cluster.name", text(member.site.cluster)),
        ("k8s.namespace.name", text(format!("ml-{}", member.team))),
        ("k8s.pod.name", text(pod)),
    ])
}
