//! What runs by the clock in production: log shipping, pipelines, drift checks, weekly and monthly jobs.

use ambit_schemas::EventTime;

use super::organisation::{PROD, TRAIL};
use super::schedule::Schedule;
use super::world::World;
use crate::calendar::{Day, OFFICE, after, after_millis, day_of};
use crate::cloudtrail::{
    Call, describe_endpoint, get_object, invoke_model, list_objects, named, put_object, update_function_code,
};
use crate::ids;
use crate::json::{Json, text};
use crate::rng::Rng;
use crate::vault::Ask;

/// When summarizer was switched off.
pub(super) fn summarizer_retired() -> EventTime {
    Day::date(2026, 3, 15).start()
}

/// When kb-sync goes live.
pub(super) fn kb_sync_live() -> Day {
    Day::date(2026, 3, 30)
}

/// The day of all of them.
pub(super) fn plan(schedule: &mut Schedule, rng: &mut Rng, day: Day) {
    let mut moment = day.at(0, 2, rng.range(0, 59));
    while day_of(moment) == day {
        schedule.at(moment, ships_logs);
        moment = after(moment, rng.range(24 * 60, 32 * 60));
    }
    if day.is_workday() {
        schedule.at(day.at(5, 20, rng.range(0, 59)), checks_drift);
        for _ in 0..rng.range(1, 2) {
            schedule.at(day.moment(rng, &OFFICE), pipeline);
        }
    }
    if day.weekday() == 0 {
        schedule.at(day.at(6, 0, rng.range(0, 59)), reports);
    }
    if day == Day::date(2026, 3, 2) || day == Day::date(2026, 4, 1) {
        schedule.at(day.at(4, 0, rng.range(0, 59)), exports_bills);
    }
    if day.start() < summarizer_retired() {
        schedule.at(day.at(7, 0, rng.range(0, 59)), summarises);
        schedule.at(day.at(19, 0, rng.range(0, 59)), summarises);
    }
    if day > kb_sync_live() {
        for hour in (1..24).step_by(4) {
            schedule.at(day.at(hour, 50, rng.range(0, 59)), syncs);
        }
    }
}

fn dated(time: EventTime) -> String {
    time.to_string()[..10].replace('-', "/")
}

fn ships_logs(world: &mut World, time: EventTime) {
    let hour = &time.to_string()[11..13];
    let key = format!("eks-prod/{}/{hour}/{}.json.gz", dated(time), ids::uuid(&mut world.shipper.rng));
    world.shipper.call(&mut world.trail, time, put_object(PROD, "acme-logs-archive", &key));
    if world.shipper.rng.chance(60) {
        let look = named("logs", "DescribeLogGroups", "logGroupNamePrefix", "/aws/eks/eks-prod");
        world.shipper.call(&mut world.trail, after(time, 3), look);
    }
}

/// The calls that every deployment makes.
pub(super) fn deployment_calls(rng: &mut Rng) -> Vec<Call> {
    const FUNCTIONS: [&str; 3] = ["crm-lookup", "order-status", "ticket-router"];
    let function = *rng.pick(&FUNCTIONS);
    let version = format!("sha-{}", ids::hex(rng, 12));
    let image = Call::write("ecr", "PutImage")
        .asking([
            ("registryId", text(PROD.id)),
            ("repositoryName", text(function)),
            ("imageTag", text(&version)),
        ])
        .on(
            PROD.id,
            "AWS::ECR::Repository",
            format!("arn:aws:ecr:us-east-1:{}:repository/{function}", PROD.id),
        );
    vec![
        named("ecr", "GetAuthorizationToken", "", ""),
        named("ecr", "BatchCheckLayerAvailability", "repositoryName", function),
        image,
        named("eks", "DescribeCluster", "name", "eks-prod"),
        put_object(PROD, "acme-releases", &format!("{function}/{version}/manifest.json")),
        update_function_code(PROD, function, &version),
    ]
}

/// A pipeline: fetch the registry's password, build, push, roll out; now and then hand a pod a fresh secret id.
fn pipeline(world: &mut World, time: EventTime) {
    world.deploy.forget_session();
    let token = world.deploy.token(&mut world.vault, time);
    let mut rng = world.deploy.rng.fork();
    let mut moment = after(time, 4);
    for call in deployment_calls(&mut rng) {
        world.deploy.call(&mut world.trail, moment, call);
        moment = after_millis(moment, rng.range(2_000, 40_000));
    }
    if rng.chance(330) {
        let roles = ["rag-retriever", "support-agent", "agent-orchestrator"];
        let role = *rng.pick(&roles);
        hand_secret_id(world, moment, &token, role);
    }
    world.deploy.log_out(&mut world.vault, after(moment, 12));
    world.deploy.forget_session();
}

/// The pipeline orders a wrapped secret id; the pod that it is for unwraps it.
pub(super) fn hand_secret_id(world: &mut World, time: EventTime, token: &str, role: &'static str) {
    let pipeline = world.deploy.client();
    let wrapper = format!("wrapped/{}", time.0);
    let order = Ask::WrapSecretId { role, gives: wrapper.clone() };
    world.vault.ask(time, &pipeline, Some(token), order);
    let pod = match role {
        "rag-retriever" => world.rag.client(),
        "support-agent" => world.support.client(),
        _ => world.orchestrator.client(),
    };
    world.vault.ask(after(time, 9), &pod, None, Ask::Unwrap { token: wrapper });
}

/// Terraform compares what is with what should be.
fn checks_drift(world: &mut World, time: EventTime) {
    world.terraform.forget_session();
    let mut calls = vec![
        named("sts", "GetCallerIdentity", "", ""),
        named("ec2", "DescribeVpcs", "", ""),
        named("ec2", "DescribeSubnets", "", ""),
        named("eks", "DescribeCluster", "name", "eks-prod"),
        named("cloudtrail", "DescribeTrails", "", ""),
        named("cloudtrail", "GetTrailStatus", "name", TRAIL),
        named("kms", "ListAliases", "", ""),
        describe_endpoint("support-ranker"),
    ];
    for role in ["rag-retriever", "support-agent", "agent-orchestrator"] {
        calls.push(named("iam", "GetRole", "roleName", role));
    }
    let mut rng = world.terraform.rng.fork();
    let mut moment = time;
    for call in calls {
        world.terraform.call(&mut world.trail, moment, call);
        moment = after_millis(moment, rng.range(80, 1_200));
    }
}

fn reports(world: &mut World, time: EventTime) {
    let query = Call::write("athena", "StartQueryExecution")
        .asking([("queryString", text("HIDDEN_DUE_TO_SECURITY_REASONS")), ("workGroup", text("reporting"))])
        .answering([("queryExecutionId", text(ids::uuid(&mut world.weekly_report.rng)))]);
    let key = format!("weekly/{}.csv", &time.to_string()[..10]);
    let results = named("athena", "GetQueryResults", "queryExecutionId", "HIDDEN_DUE_TO_SECURITY_REASONS");
    world.weekly_report.call(&mut world.trail, time, query);
    world.weekly_report.call(&mut world.trail, after(time, 95), results);
    world.weekly_report.call(
        &mut world.trail,
        after(time, 97),
        put_object(PROD, "acme-billing-reports", &key),
    );
}

fn exports_bills(world: &mut World, time: EventTime) {
    let costs = Call::read("ce", "GetCostAndUsage").asking([("granularity", text("MONTHLY"))]);
    world.billing_export.call(&mut world.trail, time, costs);
    for part in 0..3 {
        let key = format!("monthly/{}/part-{part}.csv", &time.to_string()[..7]);
        let moment = after(time, 20 + part);
        world.billing_export.call(&mut world.trail, moment, put_object(PROD, "acme-billing-reports", &key));
    }
}

/// Summarizer reads yesterday's tickets and shortens them; it is also what a forgotten timer starts again.
pub(super) fn summarises(world: &mut World, time: EventTime) {
    world.summarizer.token(&mut world.vault, time);
    let mut rng = world.summarizer.rng.fork();
    for item in 0..3 {
        let key = format!("daily/{}/batch-{:02}.json", &time.to_string()[..10], rng.range(0, 40));
        let moment = after(time, 2 + item * 6);
        world.summarizer.call(&mut world.trail, moment, get_object(PROD, "acme-tickets-export", &key));
        let ask = invoke_model(PROD, "amazon.nova-lite-v1:0", false);
        world.summarizer.call(&mut world.trail, after(moment, 1), ask);
    }
}

/// Kb-sync copies the knowledge base into the index bucket.
pub(super) fn syncs(world: &mut World, time: EventTime) {
    world.kb_sync.call(&mut world.trail, time, list_objects(PROD, "acme-docs", "kb/"));
    let mut rng = world.kb_sync.rng.fork();
    for item in 0..2 {
        let key = format!("kb/faq/doc-{:04}.md", rng.range(1, 900));
        let moment = after(time, 2 + item * 3);
        world.kb_sync.call(&mut world.trail, moment, get_object(PROD, "acme-docs", &key));
        let copy = format!("kb-sync/doc-{:04}.bin", rng.range(1, 900));
        world.kb_sync.call(&mut world.trail, after(moment, 1), put_object(PROD, "acme-rag-index", &copy));
    }
}

/// A role for a new workload, as terraform makes it.
pub(super) fn create_role(name: &str, trust: &str) -> Call {
    Call::write("iam", "CreateRole")
        .asking([
            ("roleName", text(name)),
            ("path", text("/")),
            ("assumeRolePolicyDocument", text(trust)),
            ("maxSessionDuration", Json::Number(21_600)),
        ])
        .answering([("role", crate::json::map([("roleName", text(name)), ("path", text("/"))]))])
}
