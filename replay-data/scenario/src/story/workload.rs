//! A running workload: how it gets its AWS session and its Vault token, and how it keeps them fresh.

use ambit_schemas::EventTime;

use crate::calendar::after;
use crate::cloudtrail;
use crate::cloudtrail::{Call, Federation, Place, Role, Session, Trail, Wanted};
use crate::ids;
use crate::rng::Rng;
use crate::vault::{Ask, Client, VaultPlan};

/// How a workload comes to its AWS session.
#[derive(Debug, Clone)]
pub(super) enum Way {
    /// A pod or a pipeline with a web identity.
    Federated(Federation),
    /// A cloud service assumes the role for it: EC2, SageMaker.
    Given(&'static str),
}

/// What a workload is made of.
#[derive(Debug)]
pub(super) struct Blueprint {
    /// Its name everywhere.
    pub name: &'static str,
    /// Its AWS role.
    pub role: Role,
    /// How it gets a session.
    pub way: Way,
    /// The first two numbers of its addresses.
    pub network: &'static str,
    /// Its AWS client.
    pub agent: &'static str,
    /// How long its AWS sessions last.
    pub session_secs: i64,
    /// What it reads from Vault whenever it has logged in; no login at all when `None`.
    pub vault: Option<VaultHabit>,
}

/// How a workload uses Vault.
#[derive(Debug, Clone)]
pub(super) struct VaultHabit {
    /// How long a token is used before the next login.
    pub secs: i64,
    /// The client.
    pub agent: &'static str,
    /// Paths read after each login.
    pub reads: &'static [&'static str],
}

/// A running workload.
#[derive(Debug)]
pub(super) struct Workload {
    /// What it is made of.
    pub made: Blueprint,
    /// Its chance.
    pub rng: Rng,
    session: Option<Session>,
    token: Option<(String, EventTime)>,
    address: String,
    logins: u64,
}

impl Workload {
    /// A workload that has not done anything yet.
    pub(super) fn new(seed: u64, made: Blueprint) -> Self {
        let rng = Rng::stream(seed, &format!("workload/{}", made.name));
        Self { made, rng, session: None, token: None, address: String::new(), logins: 0 }
    }

    /// Where it runs: a new address with every session, as pods come and go.
    fn place(&mut self) -> Place {
        // A machine keeps its address; pods and functions do not.
        self.address = match self.made.way {
            Way::Given("ec2.amazonaws.com") => format!("{}.7.31", self.made.network),
            _ => format!("{}.{}.{}", self.made.network, self.rng.range(0, 31), self.rng.range(4, 251)),
        };
        let account = self.made.role.account;
        Place {
            address: self.address.clone(),
            agent: self.made.agent.into(),
            endpoint: Some((account.endpoint, account.id)),
        }
    }

    /// Its AWS session, begun anew when the last one is about to end.
    pub(super) fn aws(&mut self, trail: &mut Trail, time: EventTime) -> &mut Session {
        let fresh = self.session.take().filter(|session| session.holds_at(time));
        let session = fresh.unwrap_or_else(|| self.begin(trail, after(time, -2)));
        self.session.insert(session)
    }

    fn begin(&mut self, trail: &mut Trail, time: EventTime) -> Session {
        let place = self.place();
        let name = match &self.made.way {
            Way::Federated(_) if self.made.name == "ci-deploy" || self.made.name == "infra-terraform" => {
                format!("GitHubActions-{}", self.rng.range(20_000_000_000, 23_000_000_000))
            }
            Way::Federated(_) => format!("botocore-session-{}", time.0 / 1_000_000),
            Way::Given("ec2.amazonaws.com") => "i-0c47b19e8d25f360a".into(),
            Way::Given(_) => "SageMaker".into(),
        };
        let wanted = Wanted { role: &self.made.role, name: &name, secs: self.made.session_secs, place };
        match &self.made.way {
            Way::Federated(who) => cloudtrail::federate(trail, &mut self.rng, time, who, &wanted),
            Way::Given(host) => cloudtrail::hand_over(trail, &mut self.rng, time, host, &wanted),
        }
    }

    /// Makes a call and gives its event id; one in a hundred calls to a model is throttled first and tried again.
    pub(super) fn call(&mut self, trail: &mut Trail, time: EventTime, call: Call) -> String {
        let throttled = call.service == "bedrock" && self.rng.chance(10);
        let session = self.aws(trail, time);
        if !throttled {
            return trail.call(session, time, call);
        }
        trail.call(session, time, call.clone().throttled());
        trail.call(session, after(time, 1), call)
    }

    /// Ends the session: the next call begins a new one.
    pub(super) fn forget_session(&mut self) {
        self.session = None;
    }

    /// Somebody else took the Vault token away: the next need begins with a login.
    pub(super) fn forget_token(&mut self) {
        self.token = None;
    }

    /// Where its Vault client stands.
    pub(super) fn client(&mut self) -> Client {
        if self.address.is_empty() {
            self.place();
        }
        let agent = self.made.vault.as_ref().map_or("", |habit| habit.agent);
        Client { address: self.address.clone(), agent }
    }

    /// Its Vault token, after a login and the usual reads when the last one has served its time.
    pub(super) fn token(&mut self, vault: &mut VaultPlan, time: EventTime) -> String {
        if let Some((token, until)) = &self.token
            && time < *until
        {
            return token.clone();
        }
        let Some(habit) = self.made.vault.clone() else { return String::new() };
        let client = self.client();
        self.logins += 1;
        let token = format!("{}/{}", self.made.name, self.logins);
        vault.ask(time, &client, None, Ask::Login { role: self.made.name, gives: token.clone() });
        let mut moment = time;
        for path in habit.reads {
            moment = moment.plus_micros(self.rng.range(20_000, 400_000));
            vault.ask(moment, &client, Some(&token), Ask::Read(path));
        }
        self.token = Some((token.clone(), after(time, habit.secs)));
        token
    }

    /// Gives the Vault token back.
    pub(super) fn log_out(&mut self, vault: &mut VaultPlan, time: EventTime) {
        let client = self.client();
        if let Some((token, _)) = self.token.take() {
            vault.ask(time, &client, Some(&token), Ask::RevokeSelf);
        }
    }

    /// Renews the Vault token while it is still good.
    pub(super) fn renew(&mut self, vault: &mut VaultPlan, time: EventTime) {
        let client = self.client();
        if let Some((token, until)) = &self.token
            && time < *until
        {
            vault.ask(time, &client, Some(token), Ask::Renew);
        }
    }

    /// A handle of its own for a child token.
    pub(super) fn child_handle(&mut self) -> String {
        format!("{}/child/{}", self.made.name, ids::hex(&mut self.rng, 8))
    }
}
