//! What is asked of a Vault or OpenBao server, as a plan: a real server carries it out, so that every id, accessor and
//! hash in the audit log is the server's own.

use ambit_schemas::EventTime;

use crate::json::{Json, map, text};

/// What must be there before the first request; it is not part of the recorded log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setup {
    /// A policy and its rules.
    Policy {
        /// The name.
        name: &'static str,
        /// The rules, in HCL.
        rules: String,
    },
    /// An approle of the mount `approle/`.
    AppRole {
        /// The name.
        name: &'static str,
        /// The policies of its tokens.
        policies: &'static [&'static str],
        /// How long a token lives, in seconds.
        ttl_secs: i64,
    },
    /// A person of the mount `userpass/`.
    Person {
        /// The user name.
        name: &'static str,
        /// The policies of the tokens.
        policies: &'static [&'static str],
    },
    /// A secret of the kv-v2 mount `kv/`; the values are made up where it is carried out.
    Secret {
        /// The path with the mount: `kv/data/rag/aws`.
        path: &'static str,
        /// The fields.
        fields: &'static [&'static str],
        /// When it was written.
        at: EventTime,
    },
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Log in through `approle/`; the token gets the handle `gives`.
    Login {
        /// The approle.
        role: &'static str,
        /// The token's handle.
        gives: String,
    },
    /// Log in through `userpass/`.
    PersonLogin {
        /// The user.
        name: &'static str,
        /// The token's handle.
        gives: String,
    },
    /// Read a path.
    Read(&'static str),
    /// List a path.
    List(&'static str),
    /// Write new values into a kv-v2 path.
    Write {
        /// The path.
        path: &'static str,
        /// The fields.
        fields: &'static [&'static str],
    },
    /// Make a child token.
    Child {
        /// How long it lives, in seconds.
        ttl_secs: i64,
        /// The token's handle.
        gives: String,
    },
    /// Renew one's own token.
    Renew,
    /// Give one's own token back.
    RevokeSelf,
    /// Take another token away, by accessor.
    Revoke {
        /// That token's handle.
        token: String,
    },
    /// Order a wrapped secret id for an approle.
    WrapSecretId {
        /// The approle.
        role: &'static str,
        /// The wrapping token's handle.
        gives: String,
    },
    /// Unwrap what a wrapping token holds; no token of one's own is needed.
    Unwrap {
        /// The wrapping token's handle.
        token: String,
    },
}

/// A request with everything around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// When.
    pub time: EventTime,
    /// The handle of the token it carries, where it carries one.
    pub with: Option<String>,
    /// The address it comes from.
    pub from: String,
    /// The client.
    pub agent: &'static str,
    /// What.
    pub ask: Ask,
}

/// Where a client stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The address.
    pub address: String,
    /// The client software.
    pub agent: &'static str,
}

/// Everything for one server.
#[derive(Debug, Clone, Default)]
pub struct VaultPlan {
    /// What is there before.
    pub setup: Vec<Setup>,
    /// The requests, in the order in which they were planned.
    pub requests: Vec<Request>,
}

impl VaultPlan {
    /// Plans a request and gives its name in the labels.
    pub fn ask(&mut self, time: EventTime, from: &Client, with: Option<&str>, ask: Ask) -> String {
        self.requests.push(Request {
            time,
            with: with.map(str::to_owned),
            from: from.address.clone(),
            agent: from.agent,
            ask,
        });
        label(self.requests.len() - 1)
    }

    /// The plan, a JSON object a line: the setup, then the requests by time.
    pub fn lines(&self) -> Vec<Json> {
        let mut order: Vec<usize> = (0..self.requests.len()).collect();
        order.sort_by_key(|index| (self.requests[*index].time, *index));
        let requests = order.into_iter().map(|index| self.requests[index].json(&label(index)));
        self.setup.iter().map(Setup::json).chain(requests).collect()
    }
}

fn label(index: usize) -> String {
    format!("vault-plan:{index}")
}

impl Setup {
    fn json(&self) -> Json {
        let list = |values: &[&str]| crate::json::texts(values);
        match self {
            Self::Policy { name, rules } => {
                map([("setup", text("policy")), ("name", text(*name)), ("rules", text(rules))])
            }
            Self::AppRole { name, policies, ttl_secs } => map([
                ("setup", text("approle")),
                ("name", text(*name)),
                ("policies", list(policies)),
                ("ttl_secs", Json::Number(*ttl_secs)),
            ]),
            Self::Person { name, policies } => {
                map([("setup", text("person")), ("name", text(*name)), ("policies", list(policies))])
            }
            Self::Secret { path, fields, at } => map([
                ("setup", text("secret")),
                ("path", text(*path)),
                ("fields", list(fields)),
                ("at", text(at.to_string())),
            ]),
        }
    }
}

impl Request {
    fn json(&self, label: &str) -> Json {
        let head = map([("label", text(label)), ("at", text(self.time.to_string()))])
            .with_some("with", self.with.clone())
            .with("from", self.from.as_str())
            .with("agent", self.agent);
        match &self.ask {
            Ask::Login { role, gives } => {
                head.with("do", "login").with("role", *role).with("gives", gives.as_str())
            }
            Ask::PersonLogin { name, gives } => {
                head.with("do", "person_login").with("name", *name).with("gives", gives.as_str())
            }
            Ask::Read(path) => head.with("do", "read").with("path", *path),
            Ask::List(path) => head.with("do", "list").with("path", *path),
            Ask::Write { path, fields } => {
                head.with("do", "write").with("path", *path).with("fields", crate::json::texts(fields))
            }
            Ask::Child { ttl_secs, gives } => {
                head.with("do", "child").with("ttl_secs", *ttl_secs).with("gives", gives.as_str())
            }
            Ask::Renew => head.with("do", "renew"),
            Ask::RevokeSelf => head.with("do", "revoke_self"),
            Ask::Revoke { token } => head.with("do", "revoke").with("token", token.as_str()),
            Ask::WrapSecretId { role, gives } => {
                head.with("do", "wrap_secret_id").with("role", *role).with("gives", gives.as_str())
            }
            Ask::Unwrap { token } => head.with("do", "unwrap").with("token", token.as_str()),
        }
    }
}
