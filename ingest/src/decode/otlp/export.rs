//! An export request: resources, scopes and what they recorded. The whole of one line is read before its rows are
//! written, because a resource may stand behind its spans, and a caller behind who it called.

use std::borrow::Cow;

use ambit_schemas::EventTime;

use super::attributes::{Call, Resource, Text};
use super::{ids, jsonrpc};
use crate::decode::format::Shape;
use crate::json::{Fault, Json};

/// Calls of one export that are held. Real exports carry some hundreds of spans; the rest of a monstrous one is
/// rejected span by span.
const MAX_CALLS: usize = 65_536;
/// Spans of one export that are held as possible callers.
const MAX_LINKS: usize = 262_144;

/// What one line holds.
#[derive(Debug, Default)]
pub(super) struct Export<'a> {
    pub(super) resources: Vec<Resource<'a>>,
    pub(super) scopes: Vec<Text<'a>>,
    pub(super) calls: Vec<Record<'a>>,
    /// Every span, for finding callers.
    pub(super) links: Vec<Link>,
    /// Spans and log records that are no GenAI or MCP call, and lists of metrics.
    pub(super) others: u64,
    /// Calls beyond what is held.
    pub(super) overflowing: u64,
    /// A list that is none.
    pub(super) unreadable: Option<&'static str>,
    pub(super) shape: Shape,
}

/// A span or a log record that is a call.
#[derive(Debug, Default)]
pub(super) struct Record<'a> {
    pub(super) call: Call<'a>,
    pub(super) trace: Option<u128>,
    pub(super) span: Option<u64>,
    pub(super) parent: Option<u64>,
    pub(super) kind: Kind,
    /// Where the log says nothing that can be read as a time.
    pub(super) time: Option<EventTime>,
    pub(super) is_error: bool,
    pub(super) is_log: bool,
    pub(super) resource: usize,
    pub(super) scope: usize,
}

/// A span's place in its trace.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub(super) trace: u128,
    pub(super) span: u64,
    pub(super) parent: Option<u64>,
    /// The call of this span, if it is one that names an agent.
    pub(super) agent: Option<usize>,
}

/// On which side of a call a span was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Kind {
    /// Inside a program, or unsaid.
    #[default]
    Internal,
    /// By who answers.
    Server,
    /// By who asks.
    Client,
}

impl Kind {
    fn of(text: &str) -> Self {
        match text {
            "2" | "SPAN_KIND_SERVER" | "5" | "SPAN_KIND_CONSUMER" => Self::Server,
            "3" | "SPAN_KIND_CLIENT" | "4" | "SPAN_KIND_PRODUCER" => Self::Client,
            _ => Self::Internal,
        }
    }

    /// The same as protobuf has it.
    pub(super) const fn of_number(number: u64) -> Self {
        match number {
            2 | 5 => Self::Server,
            3 | 4 => Self::Client,
            _ => Self::Internal,
        }
    }
}

impl<'a> Export<'a> {
    /// Reads a line to its end.
    pub(super) fn read(json: &mut Json<'a>) -> Result<Self, Fault> {
        let mut export = Self::default();
        json.object(|json, key| {
            export.shape.note(key);
            match key {
                b"resourceSpans" | b"resource_spans" | b"resourceLogs" | b"resource_logs" => {
                    export.list("resourceSpans", json, Self::read_resource)
                }
                // What was counted is no event: the export counts as one thing that is none.
                b"resourceMetrics" | b"resource_metrics" => {
                    export.others += 1;
                    json.skip()
                }
                _ => json.skip(),
            }
        })?;
        json.end()?;
        Ok(export)
    }

    /// The elements of a list; absent and null are empty ones.
    fn list(
        &mut self,
        name: &'static str,
        json: &mut Json<'a>,
        element: impl Fn(&mut Self, &mut Json<'a>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if !matches!(json.peek(), b'[' | b'n') {
            self.unreadable = Some(name);
        }
        json.array(|json| element(self, json))
    }

    fn read_resource(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        let (index, calls) = (self.resources.len(), self.calls.len());
        self.resources.push(Resource::default());
        json.object(|json, key| {
            match key {
                b"resource" => {
                    let resource = Resource::read(json)?;
                    if let Some(held) = self.resources.get_mut(index) {
                        *held = resource;
                    }
                }
                b"scopeSpans"
                | b"scope_spans"
                | b"instrumentationLibrarySpans"
                | b"scopeLogs"
                | b"scope_logs" => {
                    self.list("scopeSpans", json, Self::read_scope)?;
                }
                _ => json.skip()?,
            }
            Ok(())
        })?;
        if self.calls.len() == calls {
            self.resources.truncate(index);
        }
        Ok(())
    }

    fn read_scope(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        let (index, calls) = (self.scopes.len(), self.calls.len());
        self.scopes.push(None);
        json.object(|json, key| {
            match key {
                b"scope" | b"instrumentationLibrary" => {
                    let name = scope_name(json)?;
                    if let Some(held) = self.scopes.get_mut(index) {
                        *held = name;
                    }
                }
                b"spans" => self.list("spans", json, |export, json| export.read_record(json, false))?,
                b"logRecords" | b"log_records" => {
                    self.list("logRecords", json, |export, json| export.read_record(json, true))?;
                }
                _ => json.skip()?,
            }
            Ok(())
        })?;
        if self.calls.len() == calls {
            self.scopes.truncate(index);
        }
        Ok(())
    }

    fn read_record(&mut self, json: &mut Json<'a>, is_log: bool) -> Result<(), Fault> {
        let mut record = Record { is_log, ..Record::default() };
        record.read(json)?;
        self.hold(record);
        Ok(())
    }

    /// Holds a record that is a call, and counts one that is not.
    pub(super) fn hold(&mut self, mut record: Record<'a>) {
        record.resource = self.resources.len().saturating_sub(1);
        record.scope = self.scopes.len().saturating_sub(1);
        let is_call = record.call.is_call();
        let held = is_call && self.calls.len() < MAX_CALLS;
        if let (Some(trace), Some(span), false) = (record.trace, record.span, record.is_log)
            && self.links.len() < MAX_LINKS
        {
            let agent = (held && record.call.agent().is_some()).then_some(self.calls.len());
            self.links.push(Link { trace, span, parent: record.parent, agent });
        }
        if held {
            self.calls.push(record);
        } else if is_call {
            self.overflowing += 1;
        } else {
            self.others += 1;
        }
    }
}

impl<'a> Record<'a> {
    fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        let (mut observed, mut body, mut name) = (None, None, None);
        let is_log = self.is_log;
        json.object(|json, key| {
            match key {
                b"traceId" | b"trace_id" => self.trace = json.text()?.as_deref().and_then(ids::trace),
                b"spanId" | b"span_id" => self.span = json.text()?.as_deref().and_then(ids::span),
                b"parentSpanId" | b"parent_span_id" => {
                    self.parent = json.text()?.as_deref().and_then(ids::span);
                }
                b"kind" => self.kind = json.text()?.as_deref().map_or(Kind::Internal, Kind::of),
                b"startTimeUnixNano" | b"start_time_unix_nano" | b"timeUnixNano" | b"time_unix_nano" => {
                    self.time = json.text()?.as_deref().and_then(ids::nanos);
                }
                b"observedTimeUnixNano" | b"observed_time_unix_nano" => {
                    observed = json.text()?.as_deref().and_then(ids::nanos);
                }
                b"body" if is_log => body = body_text(json)?,
                b"name" if !is_log => name = json.text()?,
                b"status" => self.is_error = is_error(json)?,
                b"attributes" => self.call.read(json)?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        self.time = self.time.or(observed);
        self.call.target_by_name(name.as_deref());
        if let Some(body) = body {
            jsonrpc::read(&body, self);
        }
        Ok(())
    }
}

/// The text of a body, which is looked at for a message of MCP and for nothing else.
fn body_text<'a>(json: &mut Json<'a>) -> Result<Text<'a>, Fault> {
    let mut text = None;
    json.object(|json, key| {
        match key {
            b"stringValue" | b"string_value" => text = json.text()?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(text)
}

/// The status without its message, which may quote anything.
fn is_error(json: &mut Json<'_>) -> Result<bool, Fault> {
    let mut is_error = false;
    json.object(|json, key| {
        match key {
            b"code" => is_error = matches!(json.text()?.as_deref(), Some("2" | "STATUS_CODE_ERROR")),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(is_error)
}

fn scope_name<'a>(json: &mut Json<'a>) -> Result<Option<Cow<'a, str>>, Fault> {
    let mut name = None;
    json.object(|json, key| {
        match key {
            b"name" => name = json.text()?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(name)
}
