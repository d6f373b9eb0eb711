//! The attributes that are looked at, of resources and of spans. Everything else is stepped over unread: prompts,
//! messages, tool arguments and results among it.

use std::borrow::Cow;

use crate::decode::uri;
use crate::json::{Fault, Json};

/// No name, id or address is longer; a text that is was put in the wrong place, and is not kept.
const MAX_VALUE_BYTES: usize = 512;

pub(super) type Text<'a> = Option<Cow<'a, str>>;

/// Where the value of an attribute goes.
pub(super) trait Slots<'a> {
    /// The place for the attribute of that name, if it is wanted.
    fn slot(&mut self, name: &str) -> Option<&mut Text<'a>>;
}

/// What a resource says of the program.
#[derive(Debug, Default)]
pub(super) struct Resource<'a> {
    pub(super) service: Text<'a>,
    pub(super) account: Text<'a>,
    pub(super) cluster: Text<'a>,
    pub(super) namespace: Text<'a>,
    pub(super) region: Text<'a>,
    pub(super) environment: Text<'a>,
    environment_old: Text<'a>,
    pub(super) pod_address: Text<'a>,
}

/// What a span or a log record says of a call.
#[derive(Debug, Default)]
pub(super) struct Call<'a> {
    pub(super) operation: Text<'a>,
    provider: Text<'a>,
    provider_old: Text<'a>,
    model_asked: Text<'a>,
    model_answering: Text<'a>,
    pub(super) tool: Text<'a>,
    pub(super) agent_name: Text<'a>,
    pub(super) agent_id: Text<'a>,
    pub(super) conversation: Text<'a>,
    pub(super) data_source: Text<'a>,
    pub(super) memory_store: Text<'a>,
    pub(super) workflow: Text<'a>,
    pub(super) prompt_name: Text<'a>,
    pub(super) task: Text<'a>,
    pub(super) mcp_method: Text<'a>,
    pub(super) mcp_session: Text<'a>,
    pub(super) mcp_resource: Text<'a>,
    mcp_server: Text<'a>,
    peer: Text<'a>,
    server_address: Text<'a>,
    pub(super) client_address: Text<'a>,
    pub(super) user_agent: Text<'a>,
    pub(super) error_type: Text<'a>,
}

impl<'a> Resource<'a> {
    /// Reads a resource.
    pub(super) fn read(json: &mut Json<'a>) -> Result<Self, Fault> {
        let mut resource = Self::default();
        json.object(|json, key| if key == b"attributes" { read(json, &mut resource) } else { json.skip() })?;
        resource.settle();
        Ok(resource)
    }

    /// What is left to say when all attributes were read.
    pub(super) fn settle(&mut self) {
        // What an SDK puts where it was told no name.
        self.service = self.service.take().filter(|name| !name.starts_with("unknown_service"));
        self.environment = self.environment.take().or(self.environment_old.take());
    }
}

impl<'a> Slots<'a> for Resource<'a> {
    fn slot(&mut self, name: &str) -> Option<&mut Text<'a>> {
        Some(match name.as_bytes() {
            b"service.name" => &mut self.service,
            b"cloud.account.id" => &mut self.account,
            b"cloud.region" => &mut self.region,
            b"k8s.cluster.name" => &mut self.cluster,
            b"k8s.namespace.name" => &mut self.namespace,
            b"k8s.pod.ip" => &mut self.pod_address,
            b"deployment.environment.name" => &mut self.environment,
            b"deployment.environment" => &mut self.environment_old,
            _ => return None,
        })
    }
}

impl<'a> Call<'a> {
    /// Reads the attributes of a span or a log record.
    pub(super) fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        read(json, self)
    }
}

impl<'a> Slots<'a> for Call<'a> {
    fn slot(&mut self, name: &str) -> Option<&mut Text<'a>> {
        Some(match name.as_bytes() {
            b"gen_ai.operation.name" => &mut self.operation,
            b"gen_ai.provider.name" => &mut self.provider,
            b"gen_ai.system" => &mut self.provider_old,
            b"gen_ai.request.model" => &mut self.model_asked,
            b"gen_ai.response.model" => &mut self.model_answering,
            b"gen_ai.tool.name" => &mut self.tool,
            b"gen_ai.agent.name" => &mut self.agent_name,
            b"gen_ai.agent.id" => &mut self.agent_id,
            b"gen_ai.conversation.id" => &mut self.conversation,
            b"gen_ai.data_source.id" => &mut self.data_source,
            b"gen_ai.memory.store.id" => &mut self.memory_store,
            b"gen_ai.workflow.name" => &mut self.workflow,
            b"gen_ai.prompt.name" => &mut self.prompt_name,
            b"gen_ai.task.id" | b"a2a.task.id" | b"mcp.task.id" | b"task.id" => &mut self.task,
            b"mcp.method.name" => &mut self.mcp_method,
            b"mcp.session.id" => &mut self.mcp_session,
            b"mcp.resource.uri" => &mut self.mcp_resource,
            b"mcp.server.name" => &mut self.mcp_server,
            b"service.peer.name" | b"peer.service" => &mut self.peer,
            b"server.address" => &mut self.server_address,
            b"client.address" => &mut self.client_address,
            b"user_agent.original" => &mut self.user_agent,
            b"error.type" => &mut self.error_type,
            _ => return None,
        })
    }
}

impl Call<'_> {
    /// Whether this is a GenAI or MCP call at all. An agent's name alone is context that a span inherited.
    pub(super) const fn is_call(&self) -> bool {
        self.operation.is_some() || self.mcp_method.is_some() || self.tool.is_some() || self.is_model_call()
    }

    const fn is_model_call(&self) -> bool {
        self.model_asked.is_some() && (self.provider.is_some() || self.provider_old.is_some())
    }

    /// What a span calls, where only the span's own name says so: by the conventions it is the method and its target, and
    /// the official SDK of MCP names the tool of a client's span nowhere else.
    pub(super) fn target_by_name(&mut self, name: Option<&str>) {
        let (method, slot) = match self.mcp_method.as_deref() {
            Some("tools/call") => ("tools/call ", &mut self.tool),
            Some("prompts/get") => ("prompts/get ", &mut self.prompt_name),
            _ => return,
        };
        let target = name.and_then(|name| name.split_once(method)).map(|(_, target)| target);
        if let Some(target) = target.filter(|target| slot.is_none() && target.bytes().all(is_of_a_name)) {
            keep(slot, Some(Cow::Owned(target.to_owned())));
        }
    }

    /// The agent that the span names.
    pub(super) fn agent(&self) -> Option<&str> {
        self.agent_name.as_deref().or(self.agent_id.as_deref())
    }

    /// The provider's name as the span has it.
    pub(super) fn provider(&self) -> Option<&str> {
        self.provider.as_deref().or(self.provider_old.as_deref())
    }

    /// The model that was asked for, else the one that answered.
    pub(super) fn model(&self) -> Option<&str> {
        self.model_asked.as_deref().or(self.model_answering.as_deref())
    }

    /// The server of a tool or another MCP method, as its client names it.
    pub(super) fn server(&self) -> Option<&str> {
        let name = self.mcp_server.as_deref().or(self.peer.as_deref()).or(self.server_address.as_deref());
        name.map(uri::host).filter(|name| !name.is_empty())
    }
}

/// Whether a byte may stand in the name of a tool by the specification of MCP.
const fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/')
}

/// Reads a list of attributes into the slots that want them. The key may stand behind the value.
fn read<'a>(json: &mut Json<'a>, slots: &mut impl Slots<'a>) -> Result<(), Fault> {
    json.array(|json| {
        let (mut name, mut early) = (None, None);
        json.object(|json, member| {
            match (member, &name) {
                (b"key", _) => name = json.text()?,
                (b"value", None) => early = json.raw()?,
                (b"value", Some(name)) => put(slots.slot(name), json)?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        match (name, early) {
            (Some(name), Some(value)) => put(slots.slot(&name), &mut Json::of_text(value)),
            _ => Ok(()),
        }
    })
}

/// Puts the text of an attribute's value where it is wanted; none of arrays, maps and bytes.
fn put<'a>(slot: Option<&mut Text<'a>>, json: &mut Json<'a>) -> Result<(), Fault> {
    let Some(slot) = slot else { return json.skip() };
    let mut text = None;
    json.object(|json, key| {
        match key {
            b"stringValue" | b"string_value" | b"intValue" | b"int_value" => text = json.text()?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    keep(slot, text);
    Ok(())
}

/// Keeps a value that may be a name.
pub(super) fn keep<'a>(slot: &mut Text<'a>, text: Text<'a>) {
    if let Some(text) = text.filter(|text| !text.is_empty() && text.len() <= MAX_VALUE_BYTES) {
        *slot = Some(text);
    }
}
