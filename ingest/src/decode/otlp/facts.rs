//! What a call means, who made it and on what: the columns of its row.

use ambit_schemas::vocabulary::{ActionClass, Outcome, PrincipalKind, Source};
use ambit_schemas::{EventRow, EventTime};

use super::Texts;
use super::attributes::{Call, Resource};
use super::export::{Export, Kind, Record};
use super::operations::{self, Meaning};
use crate::decode::cloudtrail::group::segment;
use crate::decode::text::{filled, join};
use crate::decode::uri;
use crate::record::{RawRecord, Reason};

/// Where no name says which server a tool belongs to, or which model was called.
const UNNAMED: &str = "-";
/// Longest `error.type` that is kept: it is a code, and a longer one is a message.
const MAX_ERROR_CODE_BYTES: usize = 64;

/// A call with what surrounds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) record: &'a Record<'a>,
    pub(super) call: &'a Call<'a>,
    pub(super) scope: Option<&'a str>,
    resource: &'a Resource<'a>,
    meaning: Meaning,
    class: ActionClass,
    time: EventTime,
}

impl<'a> Facts<'a> {
    /// `None` for what is no event of its own, such as a ping.
    pub(super) fn of(export: &'a Export<'a>, record: &'a Record<'a>) -> Result<Option<Self>, Reason> {
        let call = &record.call;
        let operation = || match (call.operation.as_deref(), &call.tool) {
            (Some(name), _) => name,
            (None, Some(_)) => "execute_tool",
            (None, None) => "inference",
        };
        let meaning = match &call.mcp_method {
            Some(method) => operations::mcp(method),
            None => operations::operation(operation(), record.kind == Kind::Client),
        };
        let Some(meaning) = meaning else { return Ok(None) };
        let Some(class) = meaning.class else { return Ok(None) };
        let time = record.time.ok_or(Reason::Missing("startTimeUnixNano"))?;
        let resource = export.resources.get(record.resource).ok_or(Reason::Missing("resource"))?;
        let scope = export.scopes.get(record.scope).and_then(|scope| scope.as_deref());
        Ok(Some(Self { record, call, scope, resource, meaning, class, time }))
    }

    /// Whether the agent of the span is what is acted on, rather than who acts.
    fn agent_is_target(&self) -> bool {
        self.meaning.resource_kind == "agent" && self.class != ActionClass::SessionStart
    }

    /// Whether the program is the MCP server that was called.
    fn is_mcp_server(&self) -> bool {
        self.call.mcp_method.is_some() && self.record.kind == Kind::Server
    }

    /// The agent that acts, if one is named.
    fn own_agent(&self) -> Option<&'a str> {
        if self.agent_is_target() || self.is_mcp_server() { None } else { self.call.agent() }
    }

    /// Who acts: the agent, else the program.
    pub(super) fn principal(&self) -> Option<(&'a str, PrincipalKind)> {
        let agent = self.own_agent().map(|agent| (agent, PrincipalKind::Agent));
        agent.or_else(|| Some((self.resource.service.as_deref()?, PrincipalKind::Service)))
    }

    /// The agent that a server was called by, where its span bears the name: it may have come along as baggage.
    pub(super) fn caller(&self) -> Option<&'a str> {
        if self.is_mcp_server() { self.call.agent() } else { None }
    }

    /// The server of the tool or the MCP method, as the caller names it; a server is named by itself.
    fn server(&self) -> &'a str {
        let name = if self.is_mcp_server() { self.resource.service.as_deref() } else { self.call.server() };
        name.unwrap_or(UNNAMED)
    }

    /// The tool that is called: an agent over the network is one.
    fn tool(&self) -> Option<&'a str> {
        if self.class != ActionClass::ToolInvoke {
            return None;
        }
        if self.agent_is_target() { self.call.agent() } else { self.call.tool.as_deref() }
    }

    pub(super) fn write_action(&self, out: &mut String) {
        out.clear();
        match (&self.call.mcp_method, &self.call.operation, self.tool()) {
            (_, _, Some(tool)) if !self.agent_is_target() => {
                join(out, ["tool:", self.server(), "/", tool]);
            }
            (Some(method), _, _) => join(out, ["mcp:", method]),
            (None, Some(operation), _) => {
                join(out, ["gen_ai:", operation]);
                out.make_ascii_lowercase();
            }
            (None, None, _) => out.push_str("gen_ai:inference"),
        }
    }

    /// What was acted on, and the same without ids.
    pub(super) fn write_resource(&self, out: &mut String, group: &mut String) {
        let call = self.call;
        let named = |name: Option<&'a str>| name.unwrap_or(UNNAMED);
        match self.meaning.resource_kind {
            "tool" if call.tool.is_some() => {
                join(out, [self.server(), "/", named(call.tool.as_deref())]);
            }
            "model" => {
                let provider = call.provider().map(operations::provider);
                join(out, [provider.as_deref().unwrap_or(UNNAMED), "/", named(call.model())]);
            }
            "mcp_prompt" => {
                join(out, [self.server(), "/", named(call.prompt_name.as_deref())]);
            }
            "mcp_resource" => {
                return uri::write(call.mcp_resource.as_deref().unwrap_or_else(|| self.server()), out, group);
            }
            "agent" => out.push_str(call.agent().unwrap_or_default()),
            "data_source" => out.push_str(call.data_source.as_deref().unwrap_or_default()),
            "memory_store" => out.push_str(call.memory_store.as_deref().unwrap_or_default()),
            "workflow" => out.push_str(call.workflow.as_deref().unwrap_or_default()),
            _ if call.mcp_method.is_some() || self.meaning.resource_kind == "tool" => {
                out.push_str(self.server());
            }
            _ => {}
        }
        match self.meaning.resource_kind {
            "model" | "agent" | "data_source" | "memory_store" | "workflow" => segment(group, out),
            _ => group.push_str(out),
        }
    }

    /// The provider of the model.
    pub(super) fn write_provider(&self, out: &mut String) {
        out.clear();
        out.push_str(&self.call.provider().map(operations::provider).unwrap_or_default());
    }

    /// The cluster, and the namespace in it if that is known too: what stands for an account outside the clouds.
    pub(super) fn write_cluster(&self, out: &mut String) {
        out.clear();
        out.push_str(self.resource.cluster.as_deref().unwrap_or_default());
        if let Some(namespace) = self.resource.namespace.as_deref().filter(|_| !out.is_empty()) {
            join(out, ["/", namespace]);
        }
    }

    fn outcome(&self) -> (Outcome, Option<&'a str>) {
        match self.call.error_type.as_deref() {
            Some(error) => {
                let outcome = if operations::is_denial(error) { Outcome::Denied } else { Outcome::Failure };
                let is_code = error.len() <= MAX_ERROR_CODE_BYTES && !error.contains(char::is_whitespace);
                (outcome, Some(if is_code { error } else { "_OTHER" }))
            }
            None if self.record.is_error => (Outcome::Failure, Some("_OTHER")),
            None => (Outcome::Success, None),
        }
    }

    pub(super) fn row<'t>(
        &'t self,
        raw: &'t RawRecord<'_>,
        texts: &'t Texts,
        chain: &'t [&str],
    ) -> EventRow<'t> {
        let (outcome, error_code) = self.outcome();
        let mut row = raw.row(Source::OtelGenai, &texts.event_id, self.time);
        row.action = &texts.action;
        row.action_class = self.class;
        row.access_level = self.meaning.access_level;
        row.outcome = outcome;
        row.error_code = error_code;
        row.on_behalf_of = chain;
        row.resource = filled(&texts.resource);
        row.resource_group = filled(&texts.group);
        row.resource_kind = Some(self.meaning.resource_kind);
        row.sensitivity = self.meaning.sensitivity;
        self.put_who(&mut row);
        self.put_where(&mut row, texts);
        self.put_what(&mut row, texts);
        row
    }

    fn put_who<'t>(&'t self, row: &mut EventRow<'t>) {
        let principal = self.principal();
        row.principal = principal.map(|(name, _)| name);
        row.principal_kind = principal.map(|(_, kind)| kind);
        if let Some(agent) = self.own_agent() {
            let id = self.call.agent_id.as_deref().filter(|id| *id != agent);
            row.principal_alias = id.or(self.resource.service.as_deref());
        }
        if self.agent_is_target() {
            row.target_workload = self.call.agent();
        }
        row.agent = self.call.agent();
    }

    fn put_where<'t>(&'t self, row: &mut EventRow<'t>, texts: &'t Texts) {
        let resource = self.resource;
        row.account = resource.account.as_deref().or_else(|| filled(&texts.cluster));
        row.region = resource.region.as_deref();
        row.environment = resource.environment.as_deref();
        let address = match self.record.kind {
            Kind::Server => &self.call.client_address,
            Kind::Internal | Kind::Client => &resource.pod_address,
        };
        row.source_address = address.as_deref();
    }

    fn put_what<'t>(&'t self, row: &mut EventRow<'t>, texts: &'t Texts) {
        let call = self.call;
        row.model_provider = filled(&texts.provider);
        row.model = call.model();
        row.tool = self.tool();
        let has_server = call.mcp_method.is_some() || row.tool.is_some();
        row.tool_server = has_server.then(|| self.server());
        let conversation = call.conversation.as_deref().or(call.mcp_session.as_deref());
        row.session = conversation.or_else(|| filled(&texts.session));
        row.task = call.task.as_deref();
    }
}
