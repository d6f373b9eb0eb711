//! Audit logs of MCP gateways, in the shape that ToolHive writes.
//!
//! With a delegated token (RFC 8693) the current actor is the principal; who acted before it and the subject of the
//! token stand in `on_behalf_of`, nearest first. Prior actors are for the record: nothing decides by them. Without one
//! the subject is the principal. What was asked and answered is never read.

mod event;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ambit_schemas::vocabulary::{ActionClass, Outcome, PrincipalKind, Source};

use self::event::Event;
use super::cloudtrail::clients::Clients;
use super::cloudtrail::is_address;
use super::fields::moment;
use super::otlp::operations;
use super::text::{filled, join};
use super::{Format, Output, reason, uri};
use crate::actions::table::{self, BadLine};
use crate::json::Json;
use crate::record::{RawRecord, Reason};

/// Where no component says which server it was.
const UNNAMED: &str = "-";

static METHODS: LazyLock<(BTreeMap<&'static str, &'static str>, Vec<BadLine>)> = LazyLock::new(|| {
    let (mut methods, mut bad) = (BTreeMap::new(), Vec::new());
    let text = include_str!("../../data/mcp_events.txt");
    table::read("mcp_events.txt", text, &mut bad, |[kind, method]| {
        methods.insert(kind, method).is_none().then_some(())
    });
    (methods, bad)
});

/// Decodes audit events. Holds only buffers.
#[derive(Debug, Default)]
pub(super) struct Mcp {
    action: String,
    resource: String,
    group: String,
    client: String,
    clients: Clients,
}

impl Mcp {
    pub(super) fn decode(&mut self, record: &RawRecord<'_>, out: &mut Output<'_>) -> Result<(), Reason> {
        let text = simdutf8::basic::from_utf8(record.bytes).map_err(|_utf8| Reason::Utf8)?;
        let mut json = Json::of_text(text);
        let mut event = Event::default();
        event.read(&mut json).map_err(|fault| reason(fault, json.at()))?;
        out.expect(event.shape, Format::Mcp)?;
        let kind = event.kind.as_deref().ok_or(Reason::Missing("type"))?;
        let (outcome, error) = outcome(event.outcome.as_deref());
        let method = METHODS.0.get(kind).copied().unwrap_or(kind.strip_prefix("mcp_").unwrap_or(kind));
        // A request that was turned away before anything read it has no method, and is still a refusal.
        let is_refusal = method == "-" && outcome == Outcome::Denied;
        let meaning = operations::mcp(if is_refusal { "initialize" } else { method });
        let meaning = meaning.filter(|_| method != "-" || is_refusal);
        let Some((meaning, class)) = meaning.and_then(|meaning| Some((meaning, meaning.class?))) else {
            out.ignore();
            return Ok(());
        };
        let time = event.time.as_deref().ok_or(Reason::Missing("logged_at"))?;
        let time = moment(time).ok_or(Reason::Unreadable("logged_at"))?;
        let target = event.target.as_deref().filter(|_| event.target_kind.as_deref() != Some("endpoint"));
        let server = event.component.as_deref().map(uri::host).and_then(filled).unwrap_or(UNNAMED);
        let tool = target.filter(|_| class == ActionClass::ToolInvoke);
        self.write(if is_refusal { kind } else { method }, server, target, tool);
        let is_interactive = self.write_client(&event);
        let subject = event.user_id.as_deref().or(event.user.as_deref());
        let mut actors = event.acting();
        let actor = actors.next();
        let chain = actors.chain(subject.filter(|_| actor.is_some())).collect::<Vec<_>>();
        let mut row = record.row(Source::McpAudit, event.id.as_deref().unwrap_or_default(), time);
        row.action = &self.action;
        row.action_class = class;
        row.access_level = meaning.access_level;
        row.sensitivity = meaning.sensitivity;
        row.resource_kind = Some(meaning.resource_kind);
        (row.outcome, row.error_code) = (outcome, error);
        row.principal = actor.or(subject);
        row.on_behalf_of = &chain;
        // Agents and programs have opaque ids; a person's name has an address in it, but so has a service account's.
        let person = event
            .user
            .as_deref()
            .is_some_and(|user| user.contains('@') && !user.ends_with(".gserviceaccount.com"));
        row.principal_kind = row.principal.map(|_| match actor {
            None if person => PrincipalKind::Human,
            _ => PrincipalKind::Agent,
        });
        row.agent = actor.or(event.client.as_deref());
        row.auth_method = actor.map(|_| "delegation");
        row.interactive = is_interactive;
        row.resource = filled(&self.resource);
        row.resource_group = filled(&self.group);
        row.source_address = event.address.as_deref().filter(|address| {
            event.address_kind.as_deref().is_none_or(|kind| kind == "network") && is_address(address)
        });
        row.client = filled(&self.client);
        (row.tool, row.tool_server) = (tool, Some(server));
        row.session = event.session.as_deref();
        out.row(&row)
    }

    fn write(&mut self, method: &str, server: &str, target: Option<&str>, tool: Option<&str>) {
        for text in [&mut self.action, &mut self.resource, &mut self.group] {
            text.clear();
        }
        match (tool, target) {
            (Some(tool), _) => {
                join(&mut self.action, ["tool:", server, "/", tool]);
                join(&mut self.resource, [server, "/", tool]);
                self.group.push_str(&self.resource);
            }
            (None, Some(target)) if target.contains("://") || uri::opaque(target).is_some() => {
                join(&mut self.action, ["mcp:", method]);
                uri::write(target, &mut self.resource, &mut self.group);
            }
            (None, target) => {
                join(&mut self.action, ["mcp:", method]);
                self.resource.push_str(server);
                if let Some(target) = target {
                    join(&mut self.resource, ["/", target]);
                }
                self.group.push_str(&self.resource);
            }
        }
    }

    /// The program of the client as it names itself, else by its user agent; returns whether a person sat at it.
    fn write_client(&mut self, event: &Event<'_>) -> bool {
        self.client.clear();
        let named = event.client.as_deref().filter(|name| name.len() <= 40);
        let (by_agent, is_interactive) = self.clients.get(event.user_agent.as_deref());
        match (named, by_agent) {
            (Some(name), _) => {
                self.client.push_str(name);
                let major = event.client_version.as_deref().and_then(|version| version.split('.').next());
                if let Some(major) = major.filter(|major| major.len() <= 4) {
                    join(&mut self.client, ["/", major]);
                }
            }
            (None, Some(agent)) => self.client.push_str(agent),
            (None, None) => {}
        }
        is_interactive
    }
}

fn outcome(word: Option<&str>) -> (Outcome, Option<&str>) {
    match word {
        Some("success") => (Outcome::Success, None),
        Some("denied") => (Outcome::Denied, word),
        Some("failure" | "error") => (Outcome::Failure, word),
        _ => (Outcome::Unknown, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_a_method_that_means_something() {
        assert_eq!(METHODS.1, []);
        let methods = METHODS.0.values().filter(|method| **method != "-");
        assert!(
            methods.clone().count() > 10 && methods.copied().all(|method| operations::mcp(method).is_some())
        );
    }
}
