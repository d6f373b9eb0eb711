//! What agents do, as a plan of spans: a real OpenTelemetry SDK writes them, with these ids and these times.

use std::collections::BTreeMap;

use ambit_schemas::EventTime;

use crate::ids;
use crate::json::{Json, map, text};
use crate::rng::Rng;

/// OpenTelemetry's span kinds, as far as agents use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Work inside the process.
    Internal,
    /// A call to somebody else.
    Client,
    /// The answer to somebody else's call.
    Server,
}

/// A position in a trace: what a child span needs of its parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// 32 hexadecimal digits.
    pub trace: String,
    /// 16 hexadecimal digits.
    pub span: String,
}

/// One span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Its own ids.
    pub context: Context,
    /// The parent's span id.
    pub parent: Option<String>,
    /// The handle of the resource that emits it.
    pub resource: String,
    /// The instrumentation that makes it.
    pub scope: &'static str,
    /// The name.
    pub name: String,
    /// The kind.
    pub kind: Kind,
    /// First moment.
    pub start: EventTime,
    /// Last moment.
    pub end: EventTime,
    /// The attributes, in order.
    pub attributes: Vec<(&'static str, Json)>,
    /// What went wrong.
    pub error: Option<&'static str>,
}

/// All spans and the resources that emit them.
#[derive(Debug, Clone, Default)]
pub struct SpanPlan {
    /// Resource attributes by handle.
    pub resources: BTreeMap<String, Vec<(&'static str, String)>>,
    /// The spans, in the order in which they were planned.
    pub spans: Vec<Span>,
}

/// Ids for a new span, in the parent's trace or in a new one.
pub fn context(rng: &mut Rng, parent: Option<&Context>) -> Context {
    let trace = parent.map_or_else(|| ids::hex(rng, 32), |parent| parent.trace.clone());
    Context { trace, span: ids::hex(rng, 16) }
}

impl SpanPlan {
    /// The plan, a JSON object a line: the resources, then the spans by their end, as an exporter sees them.
    pub fn lines(&self) -> Vec<Json> {
        let resources = self.resources.iter().map(|(handle, attributes)| {
            let attributes =
                attributes.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect();
            map([("resource", text(handle)), ("attributes", Json::Map(attributes))])
        });
        let mut order: Vec<&Span> = self.spans.iter().collect();
        order.sort_by_key(|span| (span.end, span.context.span.clone()));
        resources.chain(order.into_iter().map(Span::json)).collect()
    }
}

impl Span {
    fn json(&self) -> Json {
        let kind = match self.kind {
            Kind::Internal => "internal",
            Kind::Client => "client",
            Kind::Server => "server",
        };
        let attributes =
            self.attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        map([("trace", text(&self.context.trace)), ("span", text(&self.context.span))])
            .with_some("parent", self.parent.clone())
            .with("from", self.resource.as_str())
            .with("scope", self.scope)
            .with("name", self.name.as_str())
            .with("kind", kind)
            .with("start", self.start.to_string())
            .with("end", self.end.to_string())
            .with("attributes", Json::Map(attributes))
            .with_some("error", self.error)
    }
}
