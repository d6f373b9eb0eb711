//! Who acts, with which credential, from where.

use ambit_schemas::EventTime;

use crate::calendar::whole_seconds;
use crate::ids;
use crate::json::{Json, map, text};
use crate::rng::Rng;

/// An AWS account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Its twelve digits.
    pub id: &'static str,
    /// The region in which it mostly lives.
    pub region: &'static str,
    /// The VPC endpoint through which its workloads reach AWS.
    pub endpoint: &'static str,
}

/// A role that can be assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The account it is in.
    pub account: Account,
    /// The path with its slashes, `/` mostly.
    pub path: &'static str,
    /// The name.
    pub name: String,
    /// The unique id, `AROA…`.
    pub id: String,
}

impl Role {
    /// A role; its unique id follows from the seed and its ARN.
    pub fn new(seed: u64, account: Account, path: &'static str, name: &str) -> Self {
        let id = ids::role_id(&mut Rng::stream(seed, &format!("role/{}{path}{name}", account.id)));
        Self { account, path, name: name.into(), id }
    }

    /// The ARN.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:role{}{}", self.account.id, self.path, self.name)
    }

    /// The ARN of a session of it.
    pub fn session_arn(&self, session: &str) -> String {
        format!("arn:aws:sts::{}:assumed-role/{}/{session}", self.account.id, self.name)
    }
}

/// A user with a long-lived key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The account it is in.
    pub account: Account,
    /// The name.
    pub name: String,
    /// The unique id, `AIDA…`.
    pub id: String,
    /// The key's public id, `AKIA…`.
    pub key: String,
}

impl User {
    /// A user; its ids follow from the seed and its name.
    pub fn new(seed: u64, account: Account, name: &str) -> Self {
        let mut rng = Rng::stream(seed, &format!("user/{}/{name}", account.id));
        Self { account, name: name.into(), id: ids::user_id(&mut rng), key: ids::long_lived_key(&mut rng) }
    }

    /// The ARN.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:user/{}", self.account.id, self.name)
    }
}

/// A person who comes through single sign-on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// The login name.
    pub mail: &'static str,
    /// The address of the office or the home.
    pub address: &'static str,
    /// The browser.
    pub browser: &'static str,
}

/// Where a session is used from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The source address, or a service's host name.
    pub address: String,
    /// The whole user agent.
    pub agent: String,
    /// The VPC endpoint on the way, as endpoint and account.
    pub endpoint: Option<(&'static str, &'static str)>,
}

/// How a role session came about, as far as its later records show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// By `AssumeRole`.
    Assumed,
    /// By a web identity; the ARN of the provider.
    Federated(String),
    /// Handed to an EC2 instance.
    Instance,
    /// In the console, through single sign-on.
    Console,
    /// By a cloud service for its own role; the service.
    Service(&'static str),
}

/// A session of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleSession {
    /// The role.
    pub role: Role,
    /// The session's name.
    pub name: String,
    /// The temporary key's public id, `ASIA…`.
    pub key: String,
    /// When it began.
    pub created: EventTime,
    /// When it ends.
    pub expires: EventTime,
    /// How it came about.
    pub start: Start,
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A session of a role.
    Role(Box<RoleSession>),
    /// A user with a long-lived key.
    User(Box<User>),
    /// A cloud service on its own; its host name.
    Service(&'static str, Account),
}

/// An identity at a place: all that is needed to act.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who.
    pub identity: Identity,
    /// From where.
    pub place: Place,
    /// Where its ids come from.
    pub rng: Rng,
}

impl Session {
    /// A user's key in somebody's hands.
    pub fn of_user(user: &User, place: Place, rng: Rng) -> Self {
        Self { identity: Identity::User(Box::new(user.clone())), place, rng }
    }

    /// A cloud service that acts on its own.
    pub fn of_service(host: &'static str, account: Account, rng: Rng) -> Self {
        let place = Place { address: host.into(), agent: host.into(), endpoint: None };
        Self { identity: Identity::Service(host, account), place, rng }
    }

    /// The same credential in other hands.
    #[must_use]
    pub fn moved_to(&self, place: Place, rng: Rng) -> Self {
        Self { identity: self.identity.clone(), place, rng }
    }

    /// The account of the identity.
    pub fn account(&self) -> Account {
        match &self.identity {
            Identity::Role(session) => session.role.account,
            Identity::User(user) => user.account,
            Identity::Service(_, account) => *account,
        }
    }

    /// Whether the session still holds, with some minutes to spare.
    pub fn holds_at(&self, time: EventTime) -> bool {
        match &self.identity {
            Identity::Role(session) => time.micros_since(session.expires) < -300_000_000,
            Identity::User(_) | Identity::Service(..) => true,
        }
    }
}

impl Identity {
    /// The `userIdentity` element; `invoked_by` names a service that calls for the identity.
    pub fn json(&self, invoked_by: Option<&str>) -> Json {
        let identity = match self {
            Self::Role(session) => session.json(),
            Self::User(user) => map([
                ("type", text("IAMUser")),
                ("principalId", text(&user.id)),
                ("arn", text(user.arn())),
                ("accountId", text(user.account.id)),
                ("accessKeyId", text(&user.key)),
                ("userName", text(&user.name)),
            ]),
            Self::Service(host, _) => {
                return map([("type", text("AWSService")), ("invokedBy", text(*host))]);
            }
        };
        identity.with_some("invokedBy", invoked_by)
    }
}

impl RoleSession {
    fn json(&self) -> Json {
        let issuer = map([
            ("type", text("Role")),
            ("principalId", text(&self.role.id)),
            ("arn", text(self.role.arn())),
            ("accountId", text(self.role.account.id)),
            ("userName", text(&self.role.name)),
        ]);
        let attributes =
            map([("creationDate", text(whole_seconds(self.created))), ("mfaAuthenticated", text("false"))]);
        let federation = match &self.start {
            Start::Federated(provider) => {
                map([("federatedProvider", text(provider)), ("attributes", map([]))])
            }
            _ => Json::Null,
        };
        let delivery = matches!(self.start, Start::Instance).then_some("2.0");
        let context = map([("sessionIssuer", issuer)])
            .with_some("webIdFederationData", federation)
            .with("attributes", attributes)
            .with_some("ec2RoleDelivery", delivery);
        let own = match self.start {
            Start::Service(host) => Some(host),
            _ => None,
        };
        map([
            ("type", text("AssumedRole")),
            ("principalId", text(format!("{}:{}", self.role.id, self.name))),
            ("arn", text(self.role.session_arn(&self.name))),
            ("accountId", text(self.role.account.id)),
            ("accessKeyId", text(&self.key)),
            ("sessionContext", context),
        ])
        .with_some("invokedBy", own)
    }
}
