//! A JSON-RPC message of MCP as the body of a log record: its method, what it names, and the trace that its sender put
//! into `params._meta`. Arguments and results are stepped over.

use std::borrow::Cow;

use super::attributes::{Text, keep};
use super::export::Record;
use super::ids;
use crate::decode::fields::text;
use crate::json::{Fault, Json};

/// What a message says.
#[derive(Debug, Default)]
struct Message<'m> {
    version: Text<'m>,
    method: Text<'m>,
    name: Text<'m>,
    uri: Text<'m>,
    trace_parent: Text<'m>,
}

impl<'m> Message<'m> {
    fn read(json: &mut Json<'m>) -> Result<Self, Fault> {
        let mut message = Self::default();
        json.object(|json, key| {
            match key {
                b"jsonrpc" => message.version = text(json)?,
                b"method" => message.method = text(json)?,
                b"params" => json.object(|json, key| message.parameter(json, key))?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        Ok(message)
    }

    fn parameter(&mut self, json: &mut Json<'m>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"name" => self.name = text(json)?,
            b"uri" => self.uri = text(json)?,
            b"_meta" => json.object(|json, key| {
                match key {
                    b"traceparent" => self.trace_parent = text(json)?,
                    _ => json.skip()?,
                }
                Ok(())
            })?,
            _ => json.skip()?,
        }
        Ok(())
    }
}

/// Fills in what the record's own attributes leave open, if the body is such a message.
pub(super) fn read(body: &str, record: &mut Record<'_>) {
    if !body.starts_with('{') || !body.contains("\"jsonrpc\"") {
        return;
    }
    let Ok(message) = Message::read(&mut Json::of_text(body)) else { return };
    if message.version.is_none() {
        return;
    }
    let call = &mut record.call;
    let is_tool = message.method.as_deref() == Some("tools/call");
    let is_prompt = message.method.as_deref() == Some("prompts/get");
    let name = message.name.filter(|_| is_tool || is_prompt);
    fill(if is_prompt { &mut call.prompt_name } else { &mut call.tool }, name);
    fill(&mut call.mcp_method, message.method);
    fill(&mut call.mcp_resource, message.uri);
    // `00-<trace>-<span>-01`
    let mut parts = message.trace_parent.as_deref().unwrap_or_default().split('-').skip(1);
    if record.trace.is_none() {
        record.trace = parts.next().and_then(ids::trace);
        record.span = record.trace.and_then(|_| parts.next().and_then(ids::span));
    }
}

fn fill(slot: &mut Text<'_>, found: Text<'_>) {
    if slot.is_none() {
        keep(slot, found.map(|text| Cow::Owned(text.into_owned())));
    }
}
