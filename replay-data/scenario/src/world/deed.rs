//! What a workload can do: an action on something that stays the same from one use to the next. A deed is what a
//! detector may see as one thing, an object or an item is not.

use crate::calendar::{day_of, whole_seconds};
use crate::cloudtrail::{self, Account, Call, named};
use crate::ids;
use crate::rng::Rng;
use ambit_schemas::EventTime;

/// The action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Reads objects of a folder in a bucket.
    ReadObject,
    /// Writes objects into a folder of a bucket.
    WriteObject,
    /// Lists a bucket.
    ListObjects,
    /// Reads items of a table.
    GetItem,
    /// Writes items of a table.
    PutItem,
    /// Reads many items of a table.
    Query,
    /// Polls a queue.
    Receive,
    /// Puts messages into a queue.
    Send,
    /// Publishes to a topic.
    Publish,
    /// Decrypts with a key.
    Decrypt,
    /// Reads a secret of Secrets Manager.
    Secret,
    /// Reads a parameter.
    Parameter,
    /// Starts a state machine.
    StartMachine,
    /// Calls a model.
    Model,
    /// Reads a secret of Vault.
    Kv,
    /// Calls a tool of an MCP server.
    Tool,
    /// Assumes another role, by its ARN.
    Assume,
    /// Looks at something: the service, the action and the parameter that names it.
    Look(&'static str, &'static str, &'static str),
    /// Writes a policy into its own role.
    GrantItself,
    /// Stops a trail.
    StopTrail,
    /// Starts a trail.
    StartTrail,
}

/// An action on something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Deed {
    /// The action.
    pub kind: Kind,
    /// The bucket, table, queue, topic, key, secret, server or model.
    pub on: String,
    /// The folder of a bucket or parameter, the tool, the topic of a Vault path; empty elsewhere.
    pub part: String,
}

/// Which log shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plane {
    /// CloudTrail.
    Aws,
    /// The audit log of Vault.
    Vault,
    /// Spans.
    Agent,
}

impl Deed {
    /// A deed.
    pub(super) fn new(kind: Kind, on: impl Into<String>, part: impl Into<String>) -> Self {
        Self { kind, on: on.into(), part: part.into() }
    }

    /// A look at something; at everything when `name` is empty.
    pub(super) fn look(
        service: &'static str,
        action: &'static str,
        parameter: &'static str,
        name: &str,
    ) -> Self {
        Self::new(Kind::Look(service, action, parameter), name, "")
    }

    /// Which log shows it; an agent calls its models through its own instrumentation.
    pub(super) const fn plane(&self, agent: bool) -> Plane {
        match self.kind {
            Kind::Kv => Plane::Vault,
            Kind::Tool => Plane::Agent,
            Kind::Model if agent => Plane::Agent,
            _ => Plane::Aws,
        }
    }

    /// Whether it gives away something that others can use, or restricted data.
    pub(super) fn is_sensitive(&self) -> bool {
        match self.kind {
            Kind::Secret | Kind::Kv => true,
            Kind::ReadObject => is_restricted(&self.on),
            _ => false,
        }
    }

    /// The API call, for what CloudTrail shows.
    pub(super) fn call(&self, owner: Account, time: EventTime, rng: &mut Rng) -> Call {
        let on = self.on.as_str();
        match self.kind {
            Kind::ReadObject => cloudtrail::get_object(owner, on, &self.object(time, rng)),
            Kind::WriteObject => cloudtrail::put_object(owner, on, &self.object(time, rng)),
            Kind::ListObjects => cloudtrail::list_objects(owner, on, &format!("{}/", self.part)),
            Kind::GetItem => cloudtrail::get_item(owner, on, "id"),
            Kind::PutItem => cloudtrail::put_item(owner, on, "id"),
            Kind::Query => cloudtrail::query(owner, on),
            Kind::Receive => cloudtrail::receive_message(owner, on),
            Kind::Send => cloudtrail::send_message(owner, on),
            Kind::Publish => cloudtrail::publish(owner, on),
            Kind::Decrypt => cloudtrail::decrypt_with(owner, on),
            Kind::Secret => cloudtrail::get_secret_by_arn(owner, on, &suffix(on)),
            Kind::Parameter => cloudtrail::get_parameter(&format!("/{on}/{}/value", self.part)),
            Kind::StartMachine => cloudtrail::start_execution(owner, on),
            Kind::Model => cloudtrail::invoke_model(owner, on, rng.chance(300)),
            Kind::Look(service, action, parameter) => named(service, action, parameter, on),
            Kind::StopTrail => cloudtrail::stop_logging(owner, on),
            Kind::StartTrail => cloudtrail::start_logging(owner, on),
            // Shown by other logs, or made by what follows from them.
            Kind::Kv | Kind::Tool | Kind::Assume | Kind::GrantItself => {
                Call::read("sts", "GetCallerIdentity")
            }
        }
    }

    fn object(&self, time: EventTime, rng: &mut Rng) -> String {
        let ending = *rng.pick(&["json", "parquet", "txt", "jsonl.gz"]);
        let name = ids::hex(rng, 12);
        if rng.chance(400) {
            return format!("{}/{}/{name}.{ending}", self.part, day_of(time).iso());
        }
        format!("{}/{}-{name}.{ending}", self.part, &whole_seconds(time)[..10])
    }
}

/// Whether a bucket holds what the inventory calls restricted.
pub(super) fn is_restricted(bucket: &str) -> bool {
    bucket.ends_with("-restricted")
}

/// What Secrets Manager put behind a secret's name.
pub(super) fn suffix(name: &str) -> String {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    Rng::stream(0, &format!("secret/{name}")).text(LETTERS, 6)
}
