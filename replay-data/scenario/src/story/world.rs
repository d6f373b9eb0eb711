//! Acme at a moment: who runs, what has been logged, and the truth so far.

use ambit_schemas::EventTime;

use super::organisation::{BOTO, CLI, DEV, HVAC, LEGACY, Organisation, PROD, TERRAFORM, VAULT_AGENT, VECTOR};
use super::vault_setup;
use super::workload::{Blueprint, VaultHabit, Way, Workload};
use crate::calendar::after_millis;
use crate::cloudtrail::{Account, Call, Federation, Place, Role, Session, Trail, User};
use crate::labels::Label;
use crate::rng::Rng;
use crate::spans::SpanPlan;
use crate::vault::VaultPlan;

const EKS_PROD: &str = "oidc.eks.us-east-1.amazonaws.com/id/4C1F7A93E0B25D86A3F1709BE4D2C658";
const EKS_DEV: &str = "oidc.eks.us-east-1.amazonaws.com/id/9A60D2B7F3184E5CB7C05E1D8A42F936";
const GITHUB: &str = "token.actions.githubusercontent.com";
const HOUR: i64 = 3_600;

/// Everything that jobs change.
#[derive(Debug)]
pub(super) struct World {
    /// The seed.
    pub seed: u64,
    /// What CloudTrail has recorded.
    pub trail: Trail,
    /// What Vault is to be asked.
    pub vault: VaultPlan,
    /// What agents are to write.
    pub spans: SpanPlan,
    /// What was put in.
    pub labels: Vec<Label>,
    /// Roles and users that do not run by themselves.
    pub org: Organisation,
    /// Retrieves passages for everybody.
    pub rag: Workload,
    /// Talks to customers.
    pub support: Workload,
    /// Plans tasks and hands them out.
    pub orchestrator: Workload,
    /// Asks every model a question every two hours.
    pub monitor: Workload,
    /// Carries logs to the archive.
    pub shipper: Workload,
    /// Builds and deploys.
    pub deploy: Workload,
    /// Compares what is with what should be.
    pub terraform: Workload,
    /// Evaluates, in development.
    pub eval: Workload,
    /// Trains, in development.
    pub trainer: Workload,
    /// Summarised until it was retired.
    pub summarizer: Workload,
    /// Copies the knowledge base, from the end of March.
    pub kb_sync: Workload,
    /// Reports every Monday.
    pub weekly_report: Workload,
    /// Exports bills every first of the month.
    pub billing_export: Workload,
    /// Somebody's experiment that nobody registered.
    pub data_sync: Workload,
    /// The session of the orchestrator's tools.
    pub tools: Option<Session>,
    /// The session of the tool that quotes refunds.
    pub quote_tools: Option<Session>,
    /// Whether support-agent may add notes to tickets yet.
    pub notes_released: bool,
    /// Whether refunds can be quoted yet.
    pub quotes_released: bool,
}

impl World {
    /// Acme on the morning of the first day.
    pub(super) fn new(seed: u64) -> Self {
        let workload = |made: Blueprint| Workload::new(seed, made);
        Self {
            seed,
            trail: Trail::default(),
            vault: VaultPlan { setup: vault_setup::setup(), requests: Vec::new() },
            spans: SpanPlan::default(),
            labels: Vec::new(),
            org: Organisation::new(seed),
            rag: workload(rag(seed)),
            support: workload(support(seed)),
            orchestrator: workload(orchestrator(seed)),
            monitor: workload(pod(seed, PROD, "model-monitor", "system:serviceaccount:ml-ops:model-monitor")),
            shipper: workload(given(seed, PROD, "log-shipper", ("ec2.amazonaws.com", VECTOR))),
            deploy: workload(pipeline(seed, "ci-deploy", "repo:acme/ai-platform:ref:refs/heads/main", CLI)),
            terraform: workload(pipeline(
                seed,
                "infra-terraform",
                "repo:acme/infrastructure:ref:refs/heads/main",
                TERRAFORM,
            )),
            eval: workload(eval(seed)),
            trainer: workload(trainer(seed)),
            summarizer: workload(summarizer(seed)),
            kb_sync: workload(pod(seed, PROD, "kb-sync", "system:serviceaccount:ml-rag:kb-sync")),
            weekly_report: workload(given(seed, PROD, "weekly-report", ("lambda.amazonaws.com", BOTO))),
            billing_export: workload(given(seed, PROD, "billing-export", ("lambda.amazonaws.com", BOTO))),
            data_sync: workload(given(seed, DEV, "data-sync-poc", ("lambda.amazonaws.com", BOTO))),
            tools: None,
            quote_tools: None,
            notes_released: false,
            quotes_released: false,
        }
    }

    /// Calls of a session, one after the other, so many milliseconds apart; gives the event ids.
    pub(super) fn calls(
        &mut self,
        session: &mut Session,
        time: EventTime,
        calls: Vec<Call>,
        gap_millis: (i64, i64),
    ) -> Vec<String> {
        let mut moment = time;
        let mut ids = Vec::with_capacity(calls.len());
        for call in calls {
            ids.push(self.trail.call(session, moment, call));
            moment = after_millis(moment, session.rng.range(gap_millis.0, gap_millis.1));
        }
        ids
    }

    /// A user's key in a pod.
    pub(super) fn user_session(&self, user: &User, address: String, name: &str) -> Session {
        let account = user.account;
        let endpoint = (account != LEGACY).then_some((account.endpoint, account.id));
        let place = Place { address, agent: BOTO.into(), endpoint };
        Session::of_user(user, place, Rng::stream(self.seed, name))
    }
}

fn pod(seed: u64, account: Account, name: &'static str, subject: &'static str) -> Blueprint {
    let (provider, network) = if account == DEV { (EKS_DEV, "10.40") } else { (EKS_PROD, "10.20") };
    Blueprint {
        name,
        role: Role::new(seed, account, "/", name),
        way: Way::Federated(Federation { provider: provider.into(), subject: subject.into() }),
        network,
        agent: BOTO,
        session_secs: 6 * HOUR,
        vault: None,
    }
}

fn given(seed: u64, account: Account, name: &'static str, by: (&'static str, &'static str)) -> Blueprint {
    let (host, agent) = by;
    let network = if account == DEV { "10.40" } else { "10.20" };
    Blueprint {
        name,
        role: Role::new(seed, account, "/", name),
        way: Way::Given(host),
        network,
        agent,
        session_secs: 6 * HOUR,
        vault: None,
    }
}

fn pipeline(seed: u64, name: &'static str, subject: &'static str, agent: &'static str) -> Blueprint {
    let vault = (name == "ci-deploy").then_some(VaultHabit {
        secs: HOUR,
        agent: HVAC,
        reads: &["kv/data/ci/registry"],
    });
    Blueprint {
        name,
        role: Role::new(seed, PROD, "/", name),
        way: Way::Federated(Federation { provider: GITHUB.into(), subject: subject.into() }),
        network: "10.30",
        agent,
        session_secs: HOUR,
        vault,
    }
}

fn rag(seed: u64) -> Blueprint {
    let vault = VaultHabit { secs: 6 * HOUR, agent: HVAC, reads: &["kv/data/rag/opensearch"] };
    Blueprint {
        vault: Some(vault),
        ..pod(seed, PROD, "rag-retriever", "system:serviceaccount:ml-rag:retriever")
    }
}

fn support(seed: u64) -> Blueprint {
    let vault = VaultHabit { secs: 6 * HOUR, agent: VAULT_AGENT, reads: &["kv/data/support/ticketing"] };
    Blueprint {
        vault: Some(vault),
        ..pod(seed, PROD, "support-agent", "system:serviceaccount:ml-support:agent")
    }
}

fn orchestrator(seed: u64) -> Blueprint {
    let reads: &[&str] = &["kv/data/orchestrator/task-queue", "kv/data/orchestrator/search-api"];
    let vault = VaultHabit { secs: 6 * HOUR, agent: HVAC, reads };
    Blueprint {
        vault: Some(vault),
        ..pod(seed, PROD, "agent-orchestrator", "system:serviceaccount:ml-agents:orchestrator")
    }
}

fn eval(seed: u64) -> Blueprint {
    let reads: &[&str] = &["kv/data/eval/judge-api", "kv/data/eval/datasets"];
    let vault = VaultHabit { secs: 4 * HOUR, agent: HVAC, reads };
    Blueprint { vault: Some(vault), ..pod(seed, DEV, "eval-runner", "system:serviceaccount:ml-eval:runner") }
}

fn trainer(seed: u64) -> Blueprint {
    let vault = VaultHabit { secs: HOUR, agent: HVAC, reads: &["kv/data/features/warehouse"] };
    Blueprint {
        vault: Some(vault),
        ..pod(seed, DEV, "feature-trainer", "system:serviceaccount:ml-train:trainer")
    }
}

fn summarizer(seed: u64) -> Blueprint {
    let vault = VaultHabit { secs: 12 * HOUR, agent: HVAC, reads: &["kv/data/summarizer/smtp"] };
    Blueprint {
        vault: Some(vault),
        ..pod(seed, PROD, "summarizer", "system:serviceaccount:ml-batch:summarizer")
    }
}
