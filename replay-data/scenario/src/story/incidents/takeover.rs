//! The night of 7 April. A poisoned evaluation set makes eval-runner open a shell. Whoever sits behind it tries the
//! runner's AWS role in production, finds that its Vault policy still reaches the retriever's secret, takes the static
//! key out, empties what it can, becomes the deploy role, gives it everything, and stops the trail.

use ambit_schemas::EventTime;
use ambit_schemas::vocabulary::Check;

use crate::calendar::{Day, after};
use crate::cloudtrail;
use crate::cloudtrail::{
    Place, Session, Wanted, attach_role_policy, detach_role_policy, get_object, list_buckets, list_objects,
    named, set_key_status, start_logging, stop_logging,
};
use crate::labels::Label;
use crate::rng::Rng;
use crate::story::Silence;
use crate::story::organisation::{CLI, JUDGE_MODEL, MARIA, PROD, TRAIL};
use crate::story::runs::{EVAL, Run, on};
use crate::story::schedule::Schedule;
use crate::story::world::World;
use crate::vault::{Ask, Client};

/// What else a stolen identity may show: new reach, new secrets, and a hand at a command line.
const TAKEN_OVER: &[Check] = &[Check::D02, Check::D03, Check::H07];

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const OUTSIDE: &str = "203.0.113.45";
const STOLEN_CLI: &str = "aws-cli/2.31.9 md/awscrt#0.27.6 ua/2.1 os/linux#6.12.38+kali-amd64 md/arch#x86_64 lang/python#3.13.7 md/pyimpl#CPython m/E,b cfg/retry-mode#standard md/installer#exe md/prompt#off";

const fn evening() -> Day {
    // 2026-04-07, as days since 1970-01-01.
    Day(20_550)
}

const fn morning() -> Day {
    Day(20_551)
}

/// When the trail is stopped.
const fn stopped() -> EventTime {
    evening().at(23, 21, 8)
}

/// When it is started again.
const fn started() -> EventTime {
    morning().at(9, 6, 40)
}

/// From then until then production's trail writes nothing.
pub(super) const fn silence() -> Silence {
    Silence { account: PROD, from: stopped(), to: started() }
}

/// Plans the night and the morning after.
pub(super) fn plan(schedule: &mut Schedule) {
    let evening = evening();
    schedule.at(evening.at(21, 40, 3), opens_a_shell);
    schedule.at(evening.at(21, 52, 30), tries_production);
    schedule.at(evening.at(22, 8, 15), reads_the_secret);
    schedule.at(evening.at(22, 31, 2), uses_the_key);
    schedule.at(evening.at(22, 58, 44), becomes_the_deploy_role);
    schedule.at(started(), cleans_up);
}

fn outside() -> Place {
    Place { address: OUTSIDE.into(), agent: STOLEN_CLI.into(), endpoint: None }
}

fn opens_a_shell(world: &mut World, time: EventTime) {
    let rng = world.eval.rng.fork();
    let mut run = Run::open(world, rng, EVAL, time, None);
    run.model(world, "chat", JUDGE_MODEL);
    let sandbox = on("code-sandbox.ml-eval.svc.cluster.local", "run_shell");
    let mut events = Vec::new();
    for _ in 0..3 {
        let call = run.tool(world, sandbox);
        events.push(format!("{}/{}", call.trace, call.span));
        run.model(world, "chat", JUDGE_MODEL);
    }
    let end = run.clock;
    run.close(world);
    let what = "A poisoned evaluation set makes eval-runner open a shell on a tool server it never used.";
    let label = Label::new("takeover", "eval-runner", what, time).until(end).by(events);
    world.labels.push(label.raises(&[Check::D06]).may_raise(TAKEN_OVER));
}

fn tries_production(world: &mut World, time: EventTime) {
    let held = world.eval.aws(&mut world.trail, time).clone();
    let place = Place { agent: CLI.into(), ..held.place.clone() };
    let mut pod = held.moved_to(place.clone(), Rng::stream(world.seed, "takeover/pod"));
    world.trail.call(&mut pod, after(time, 20), named("sts", "GetCallerIdentity", "", ""));
    let role = world.org.eval_readonly.clone();
    let wanted = Wanted { role: &role, name: "eval", secs: 3_600, place };
    let (mut session, assumed) = cloudtrail::assume(&mut world.trail, &mut pod, after(time, 65), &wanted);
    let refused = "User: arn:aws:sts::111122223333:assumed-role/eval-readonly/eval is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::acme-finance-exports/2026-q1/ledger-march.csv\" because no identity-based policy allows the s3:GetObject action";
    let calls = vec![
        list_buckets(PROD),
        list_objects(PROD, "acme-docs", "kb/"),
        get_object(PROD, "acme-docs", "kb/handbook/doc-0007.md"),
        get_object(PROD, "acme-finance-exports", "2026-q1/ledger-march.csv").denied(refused),
    ];
    let mut events = vec![assumed];
    events.extend(world.calls(&mut session, after(time, 90), calls, (4_000, 40_000)));
    let what = "From there it assumes a role in production that was made for evaluations, and looks around.";
    let label = Label::new("takeover", "eval-runner", what, time).until(after(time, 300)).by(events);
    world.labels.push(label.raises(&[Check::L03, Check::L07]).may_raise(TAKEN_OVER));
}

fn reads_the_secret(world: &mut World, time: EventTime) {
    let token = world.eval.token(&mut world.vault, time);
    let pod: Client = world.eval.client();
    world.vault.ask(after(time, 25), &pod, Some(&token), Ask::List("kv/metadata"));
    world.vault.ask(after(time, 48), &pod, Some(&token), Ask::List("kv/metadata/rag"));
    let read = world.vault.ask(after(time, 71), &pod, Some(&token), Ask::Read("kv/data/rag/aws"));
    let what = "Its Vault role still reaches the retriever's static AWS key, and it reads it.";
    let label = Label::new("takeover", "eval-runner", what, time).until(after(time, 71)).by(vec![read]);
    world.labels.push(label.raises(&[Check::H05]).may_raise(TAKEN_OVER));
}

fn uses_the_key(world: &mut World, time: EventTime) {
    const BUCKETS: [(&str, &str, i64); 8] = [
        ("acme-customer-data", "profiles", 6),
        ("acme-finance-exports", "2026-q1", 5),
        ("acme-hr-archive", "contracts", 4),
        ("acme-tickets-export", "daily", 3),
        ("acme-model-artifacts", "support-ranker", 2),
        ("acme-support-attachments", "attachments", 2),
        ("acme-billing-reports", "monthly", 2),
        ("acme-docs", "kb", 2),
    ];
    let user = world.org.index_writer.clone();
    let mut session = Session::of_user(&user, outside(), Rng::stream(world.seed, "takeover/key"));
    let refused = "User: arn:aws:iam::111122223333:user/rag-index-writer is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::111122223333:user/ because no identity-based policy allows the iam:ListUsers action";
    let mut calls = vec![
        named("sts", "GetCallerIdentity", "", ""),
        list_buckets(PROD),
        named("iam", "ListUsers", "", "").denied(refused),
    ];
    for (bucket, prefix, objects) in BUCKETS {
        calls.push(list_objects(PROD, bucket, &format!("{prefix}/")));
        for object in 0..objects {
            calls.push(get_object(PROD, bucket, &format!("{prefix}/object-{object:03}")));
        }
    }
    let events = world.calls(&mut session, time, calls, (900, 42_000));
    let evidence = events.clone();
    let what = "The retriever's static key is used from the internet and empties eight buckets.";
    let label = Label::new("takeover", "rag-retriever", what, time).until(after(time, 1_500)).by(events);
    world.labels.push(label.raises(&[Check::D02]).may_raise(&[Check::H05, Check::C05, Check::H07]));
    let what = "The key that is used there is the one that eval-runner read from Vault.";
    let label = Label::new("takeover", "eval-runner", what, time).until(after(time, 1_500)).by(evidence);
    world.labels.push(label.raises(&[Check::L05]));
}

fn becomes_the_deploy_role(world: &mut World, time: EventTime) {
    let user = world.org.index_writer.clone();
    let mut key = Session::of_user(&user, outside(), Rng::stream(world.seed, "takeover/chain"));
    let role = world.deploy.made.role.clone();
    let wanted = Wanted { role: &role, name: "GitHubActions-maintenance", secs: 3_600, place: outside() };
    let (mut session, assumed) = cloudtrail::assume(&mut world.trail, &mut key, time, &wanted);
    let what = "With the key it becomes the deploy role, which trusts the whole account.";
    let label = Label::new("takeover", "rag-retriever", what, time).by(vec![assumed]);
    world.labels.push(label.raises(&[Check::L03]).may_raise(&[Check::D02]));

    let grant_at = evening().at(23, 4, 17);
    let looks = vec![
        named("sts", "GetCallerIdentity", "", ""),
        named("iam", "ListAttachedRolePolicies", "roleName", "ci-deploy"),
        named("iam", "GetRole", "roleName", "ci-deploy"),
    ];
    world.calls(&mut session, after(time, 60), looks, (5_000, 30_000));
    let granted = world.trail.call(&mut session, grant_at, attach_role_policy(&role, ADMINISTRATOR));
    let what = "The deploy role attaches administrator access to itself.";
    let label = Label::new("takeover", "ci-deploy", what, grant_at).by(vec![granted]);
    world.labels.push(label.raises(&[Check::C03]).may_raise(&[Check::D02, Check::L03]));

    world.trail.call(&mut session, after(stopped(), -40), named("cloudtrail", "DescribeTrails", "", ""));
    let stop = world.trail.call(&mut session, stopped(), stop_logging(PROD, TRAIL));
    let what = "It stops the trail of production.";
    let label = Label::new("takeover", "ci-deploy", what, stopped()).by(vec![stop]);
    world.labels.push(label.raises(&[Check::C04]).may_raise(&[Check::D02]));
    let what = "Production's trail is silent for almost ten hours, while agents go on logging.";
    let label = Label::new("takeover", format!("aws.cloudtrail/{}", PROD.id), what, stopped());
    world.labels.push(label.until(started()).raises(&[Check::C04]));
    // What happens now nobody records.
    let unseen =
        (0..20).map(|object| get_object(PROD, "acme-hr-archive", &format!("contracts/object-{object:03}")));
    world.calls(&mut session, after(stopped(), 30), unseen.collect(), (900, 20_000));
}

/// Somebody on call notices the silence in the morning.
fn cleans_up(world: &mut World, time: EventTime) {
    let mut rng = Rng::stream(world.seed, "takeover/cleans-up");
    let on_call = world.org.on_call.clone();
    let mut session = cloudtrail::sign_in(&mut world.trail, &mut rng, after(time, -190), &MARIA, &on_call);
    let deploy = world.deploy.made.role.clone();
    let user = world.org.index_writer.clone();
    let calls = vec![
        start_logging(PROD, TRAIL),
        detach_role_policy(&deploy, ADMINISTRATOR),
        set_key_status(&user, false),
    ];
    world.calls(&mut session, time, calls, (40_000, 90_000));
    let desk = Client { address: "10.30.2.14".into(), agent: "openbao-cli/2.3.1" };
    let token = "maria/1";
    let login = Ask::PersonLogin { name: "maria.lindqvist", gives: token.into() };
    world.vault.ask(after(time, 600), &desk, None, login);
    let fields = &["access_key", "secret_key"];
    world.vault.ask(after(time, 660), &desk, Some(token), Ask::Write { path: "kv/data/rag/aws", fields });
    let eval = world.eval.token(&mut world.vault, after(time, 690));
    world.vault.ask(after(time, 700), &desk, Some(token), Ask::Revoke { token: eval });
    world.eval.forget_token();
    let what = "The trail runs again, the grant and the key are taken back, the secret is rotated.";
    world.labels.push(Label::new("takeover", "platform", what, time).until(after(time, 700)));
}

/// When the stolen key was switched off.
pub(in crate::story) const fn key_revoked() -> EventTime {
    after(started(), 240)
}
