//! OpenTelemetry GenAI and MCP spans, and the log events of the same conventions, as OTLP JSON and protobuf.
//!
//! One line or body is an export of many spans; each span is a record. The conventions are still in development, so old and
//! new names are taken, and both ways in which JSON writes ids and enums. Prompts, messages, arguments, results and
//! status messages are never read.

mod attributes;
mod callers;
mod export;
mod facts;
mod ids;
mod jsonrpc;
pub(super) mod operations;
mod protobuf;
mod wire;

use self::callers::Callers;
use self::export::Export;
use self::facts::Facts;
pub use self::protobuf::Signal;
use self::wire::Wire;
use super::cloudtrail::clients::Clients;
use super::text::hex;
use super::{Format, Output, reason};
use crate::json::{Fault, Json};
use crate::record::{RawRecord, Reason};

/// Decodes exports. Holds only buffers.
#[derive(Debug, Default)]
pub(super) struct Otlp {
    texts: Texts,
    clients: Clients,
}

/// Texts of a row that do not stand in the span as they are.
#[derive(Debug, Default)]
struct Texts {
    event_id: String,
    action: String,
    resource: String,
    group: String,
    session: String,
    cluster: String,
    provider: String,
}

impl Otlp {
    pub(super) fn decode(&mut self, raw: &RawRecord<'_>, out: &mut Output<'_>) -> Result<(), Reason> {
        let text = simdutf8::basic::from_utf8(raw.bytes).map_err(|_utf8| Reason::Utf8)?;
        let mut json = Json::of_text(text);
        let export = Export::read(&mut json).map_err(|fault| reason(fault, json.at()))?;
        out.expect(export.shape, Format::Otlp)?;
        self.rows(&export, raw, out);
        Ok(())
    }

    /// Decodes a body of protobuf, which has no shape to tell it by.
    pub(super) fn decode_protobuf(
        &mut self,
        signal: Signal,
        raw: &RawRecord<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), Reason> {
        let export = protobuf::read(Wire::new(raw.bytes), signal).map_err(|fault| match fault {
            Fault::Cut => Reason::Truncated,
            Fault::Broken | Fault::TooDeep => Reason::Protobuf,
        })?;
        self.rows(&export, raw, out);
        Ok(())
    }

    fn rows(&mut self, export: &Export<'_>, raw: &RawRecord<'_>, out: &mut Output<'_>) {
        for _ in 0..export.others {
            out.ignore();
        }
        for _ in 0..export.overflowing {
            out.reject(raw, Reason::Unsupported("more GenAI spans in one export than are held"));
        }
        if let Some(list) = export.unreadable {
            out.reject(raw, Reason::Unreadable(list));
        }
        let callers = Callers::new(export);
        let mut chain = Vec::new();
        for record in &export.calls {
            let facts = match Facts::of(export, record) {
                Ok(Some(facts)) => facts,
                Ok(None) => {
                    out.ignore();
                    continue;
                }
                Err(reason) => {
                    out.reject(raw, reason);
                    continue;
                }
            };
            let own = facts.principal().map(|(name, _)| name);
            callers.agents(record, (own, facts.caller()), &mut chain);
            if let Err(reason) = self.write(&facts, &chain, raw, out) {
                out.reject(raw, reason);
            }
        }
    }

    fn write(
        &mut self,
        facts: &Facts<'_>,
        chain: &[&str],
        raw: &RawRecord<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), Reason> {
        let texts = &mut self.texts;
        facts.write_action(&mut texts.action);
        texts.resource.clear();
        texts.group.clear();
        facts.write_resource(&mut texts.resource, &mut texts.group);
        facts.write_cluster(&mut texts.cluster);
        facts.write_provider(&mut texts.provider);
        texts.session.clear();
        if let Some(trace) = facts.record.trace {
            hex(&mut texts.session, trace, 32);
        }
        texts.event_id.clear();
        match (facts.record.trace, facts.record.span) {
            (Some(trace), Some(span)) => {
                hex(&mut texts.event_id, trace, 32);
                texts.event_id.push(':');
                hex(&mut texts.event_id, span.into(), 16);
            }
            (Some(_), None) if !facts.record.is_log => return Err(Reason::Missing("spanId")),
            (None, _) if !facts.record.is_log => return Err(Reason::Missing("traceId")),
            // The event id of a log record outside any span is made of what it says.
            _ => {}
        }
        let mut row = facts.row(raw, &self.texts, chain);
        let (client, _) = self.clients.get(facts.call.user_agent.as_deref());
        row.client = client.or(facts.scope);
        out.row(&row)
    }
}

#[cfg(test)]
mod tests;
