//! One agent's run as spans: the root, the questions to models, the calls of tools and of other agents.

use ambit_schemas::EventTime;

use super::world::World;
use crate::calendar::{after_millis, day_of};
use crate::ids;
use crate::json::{Json, text, texts};
use crate::rng::Rng;
use crate::spans::{Context, Kind, Span, context};

/// Stands for what must never leave the log: a search of the samples' findings for it finds nothing.
const SENSITIVE_ARGUMENTS: &str = "{\"customer\":\"SENSITIVE-EXAMPLE jane.doe@customer.example\"}";

/// A service that emits spans: its name, Kubernetes namespace, account and cluster.
#[derive(Debug, Clone, Copy)]
pub(super) struct Emitter {
    /// `service.name`, and the agent's name where it is an agent.
    pub name: &'static str,
    /// The namespace.
    pub namespace: &'static str,
    /// The account.
    pub account: &'static str,
    /// The cluster.
    pub cluster: &'static str,
    /// The environment.
    pub environment: &'static str,
    /// Whether it still uses the older attribute names.
    pub older_names: bool,
}

const fn in_prod(name: &'static str, namespace: &'static str) -> Emitter {
    Emitter {
        name,
        namespace,
        account: "111122223333",
        cluster: "eks-prod",
        environment: "prod",
        older_names: false,
    }
}

/// Talks to customers.
pub(super) const SUPPORT: Emitter = in_prod("support-agent", "ml-support");
/// Retrieves; its instrumentation is the older one.
pub(super) const RAG: Emitter = Emitter { older_names: true, ..in_prod("rag-retriever", "ml-rag") };
/// Plans tasks.
pub(super) const ORCHESTRATOR: Emitter = in_prod("agent-orchestrator", "ml-agents");
/// Watches models.
pub(super) const MONITOR: Emitter = in_prod("model-monitor", "ml-ops");
/// Serves the search tools.
pub(super) const SEARCH_MCP: Emitter = in_prod("search-mcp", "ml-tools");
/// Evaluates, in development.
pub(super) const EVAL: Emitter = Emitter {
    name: "eval-runner",
    namespace: "ml-eval",
    account: "444455556666",
    cluster: "eks-dev",
    environment: "dev",
    older_names: false,
};

/// A tool on a server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tool {
    /// The server's address; none for a tool inside the process.
    pub server: Option<&'static str>,
    /// The tool.
    pub name: &'static str,
}

/// A tool on an MCP server.
pub(super) const fn on(server: &'static str, name: &'static str) -> Tool {
    Tool { server: Some(server), name }
}

/// One agent's run: its root span is open, its clock goes on with every step.
#[derive(Debug)]
pub(super) struct Run {
    who: Emitter,
    /// The pod that emits its spans.
    pub resource: String,
    conversation: String,
    mcp_session: String,
    /// The span above the root.
    pub parent: Option<Context>,
    start: EventTime,
    /// The ids of the root span.
    pub root: Context,
    /// Now.
    pub clock: EventTime,
    /// The run's chance.
    pub rng: Rng,
}

impl Run {
    /// Opens a run, below another span or on its own.
    pub(super) fn open(
        world: &mut World,
        mut rng: Rng,
        who: Emitter,
        time: EventTime,
        parent: Option<&Context>,
    ) -> Self {
        let resource = register(world, who, time);
        let root = context(&mut rng, parent);
        Self {
            who,
            resource,
            conversation: format!("conv_{}", ids::hex(&mut rng, 24)),
            mcp_session: ids::hex(&mut rng, 32),
            parent: parent.cloned(),
            start: time,
            root,
            clock: after_millis(time, 3),
            rng,
        }
    }

    fn provider(&self) -> (&'static str, Json) {
        (if self.who.older_names { "gen_ai.system" } else { "gen_ai.provider.name" }, text("aws.bedrock"))
    }

    fn agent(&self) -> Vec<(&'static str, Json)> {
        let mut attributes = vec![("gen_ai.agent.name", text(self.who.name))];
        if !self.who.older_names {
            attributes.push(("gen_ai.agent.id", text(format!("agt_{}_01", self.who.name.replace('-', "_")))));
        }
        attributes.push(("gen_ai.conversation.id", text(&self.conversation)));
        attributes
    }

    fn child(
        &mut self,
        world: &mut World,
        name: String,
        kind: Kind,
        attributes: Vec<(&'static str, Json)>,
    ) -> Context {
        let millis = match kind {
            Kind::Client => self.rng.range(300, 2_800),
            Kind::Internal | Kind::Server => self.rng.range(2, 90),
        };
        let context = context(&mut self.rng, Some(&self.root));
        let start = self.clock;
        self.clock = after_millis(start, millis);
        world.spans.spans.push(Span {
            context: context.clone(),
            parent: Some(self.root.span.clone()),
            resource: self.resource.clone(),
            scope: "acme.agents",
            name,
            kind,
            start,
            end: self.clock,
            attributes,
            error: None,
        });
        context
    }

    /// A question to a model.
    pub(super) fn model(
        &mut self,
        world: &mut World,
        operation: &'static str,
        model: &'static str,
    ) -> Context {
        let mut attributes = vec![("gen_ai.operation.name", text(operation)), self.provider()];
        attributes.push(("gen_ai.request.model", text(model)));
        attributes.extend(self.agent());
        attributes.push(("gen_ai.usage.input_tokens", Json::Number(self.rng.range(80, 6_000))));
        if operation == "chat" {
            attributes.push(("gen_ai.response.model", text(model)));
            attributes.push(("gen_ai.usage.output_tokens", Json::Number(self.rng.range(20, 900))));
            attributes.push(("gen_ai.response.finish_reasons", texts(&["end_turn"])));
        }
        attributes.push(("server.address", text("bedrock-runtime.us-east-1.amazonaws.com")));
        self.child(world, format!("{operation} {model}"), Kind::Client, attributes)
    }

    /// A call of a tool.
    pub(super) fn tool(&mut self, world: &mut World, tool: Tool) -> Context {
        let mut attributes = vec![
            ("gen_ai.operation.name", text("execute_tool")),
            ("gen_ai.tool.name", text(tool.name)),
            ("gen_ai.tool.type", text("function")),
            ("gen_ai.tool.call.id", text(format!("tooluse_{}", ids::hex(&mut self.rng, 22)))),
        ];
        attributes.extend(self.agent());
        if self.rng.chance(30) {
            // Somebody left the capture of arguments on. Nothing of it may come out anywhere.
            attributes.push(("gen_ai.tool.call.arguments", text(SENSITIVE_ARGUMENTS)));
        }
        let Some(server) = tool.server else {
            return self.child(world, format!("execute_tool {}", tool.name), Kind::Internal, attributes);
        };
        attributes.push(("mcp.method.name", text("tools/call")));
        attributes.push(("mcp.session.id", text(&self.mcp_session)));
        attributes.push(("mcp.protocol.version", text("2025-06-18")));
        attributes.push(("network.transport", text("tcp")));
        attributes.push(("server.address", text(server)));
        self.child(world, format!("tools/call {}", tool.name), Kind::Client, attributes)
    }

    /// Another agent is called.
    pub(super) fn delegate(&mut self, world: &mut World, to: &'static str) -> Context {
        let attributes = vec![
            ("gen_ai.operation.name", text("invoke_agent")),
            self.provider(),
            ("gen_ai.agent.name", text(to)),
            ("gen_ai.conversation.id", text(&self.conversation)),
        ];
        self.child(world, format!("invoke_agent {to}"), Kind::Client, attributes)
    }

    /// Closes the root span.
    pub(super) fn close(mut self, world: &mut World) {
        let mut attributes = vec![("gen_ai.operation.name", text("invoke_agent")), self.provider()];
        attributes.extend(self.agent());
        self.clock = after_millis(self.clock, 4);
        world.spans.spans.push(Span {
            context: self.root,
            parent: self.parent.map(|parent| parent.span),
            resource: self.resource,
            scope: "acme.agents",
            name: format!("invoke_agent {}", self.who.name),
            kind: Kind::Internal,
            start: self.start,
            end: self.clock,
            attributes,
            error: None,
        });
    }
}

/// The handle of the pod that emits spans in that week, with its attributes.
pub(super) fn register(world: &mut World, who: Emitter, time: EventTime) -> String {
    let week = (day_of(time).0 - super::first_day().0).div_euclid(7);
    let handle = format!("{}/{week}", who.name);
    if !world.spans.resources.contains_key(&handle) {
        let mut rng = Rng::stream(world.seed, &format!("pod/{handle}"));
        let pod = format!("{}-{}-{}", who.name, ids::hex(&mut rng, 10), ids::hex(&mut rng, 5));
        let attributes = vec![
            ("service.name", who.name.into()),
            ("service.version", format!("2.{}.0", 14 + week)),
            ("service.instance.id", ids::uuid(&mut rng)),
            ("deployment.environment.name", who.environment.into()),
            ("cloud.provider", "aws".into()),
            ("cloud.platform", "aws_eks".into()),
            ("cloud.account.id", who.account.into()),
            ("cloud.region", "us-east-1".into()),
            ("k8s.cluster.name", who.cluster.into()),
            ("k8s.namespace.name", who.namespace.into()),
            ("k8s.pod.name", pod),
        ];
        world.spans.resources.insert(handle.clone(), attributes);
    }
    handle
}
