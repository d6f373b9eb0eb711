//! Changes with a record: benign, and quoted by whatever notices them.

use ambit_schemas::EventTime;

use super::conversations::{ADD_NOTE, REFUND_QUOTE, tool_call};
use super::operations;
use super::organisation::PROD;
use super::runs::{ORCHESTRATOR, Run, SUPPORT};
use super::schedule::Schedule;
use super::world::World;
use crate::calendar::{Day, after, after_millis};
use crate::cloudtrail::{
    create_endpoint_config, describe_endpoint, invoke_function, put_role_policy, update_endpoint,
};
use crate::inventory::Change;
use crate::labels::Label;
use ambit_schemas::vocabulary::Check;

const APPROVER: &str = "ines.carvalho@acme.example";

struct Release {
    id: &'static str,
    workload: &'static str,
    kind: &'static str,
    day: (i64, i64),
    hours: (i64, i64),
}

const fn release(
    id: &'static str,
    what: (&'static str, &'static str),
    day: (i64, i64),
    hours: (i64, i64),
) -> Release {
    Release { id, workload: what.0, kind: what.1, day, hours }
}

const RELEASES: [Release; 12] = [
    release("CHG-2098", ("ci-deploy", "serving"), (3, 5), (13, 16)),
    release("CHG-2103", ("rag-retriever", "deploy"), (3, 10), (9, 12)),
    release("CHG-2104", ("ci-deploy", "serving"), (3, 12), (13, 16)),
    release("CHG-2109", ("ci-deploy", "serving"), (3, 19), (13, 16)),
    release("CHG-2114", ("support-agent", "deploy"), (3, 25), (12, 18)),
    release("CHG-2117", ("ci-deploy", "serving"), (3, 26), (13, 16)),
    release("CHG-2121", ("agent-orchestrator", "deploy"), (3, 27), (8, 12)),
    release("CHG-2124", ("infra-terraform", "permission"), (3, 30), (7, 10)),
    release("CHG-2126", ("kb-sync", "deploy"), (3, 30), (7, 18)),
    release("CHG-2128", ("ci-deploy", "serving"), (4, 2), (13, 16)),
    release("CHG-2133", ("rag-retriever", "rotation"), (4, 8), (9, 12)),
    release("CHG-2135", ("ci-deploy", "serving"), (4, 9), (13, 16)),
];

/// The change records of the story.
pub(super) fn records() -> Vec<Change<'static>> {
    RELEASES
        .iter()
        .map(|release| {
            let day = Day::date(2026, release.day.0, release.day.1);
            Change {
                id: release.id,
                workload: release.workload,
                kind: release.kind,
                from: day.at(release.hours.0, 0, 0),
                to: day.at(release.hours.1, 0, 0),
                approved_by: APPROVER,
            }
        })
        .collect()
}

/// What is done under the records.
pub(super) fn plan(schedule: &mut Schedule) {
    for release in RELEASES.iter().filter(|release| release.kind == "serving") {
        schedule.at(Day::date(2026, release.day.0, release.day.1).at(14, 12, 0), serves_new_ranker);
    }
    schedule.at(Day::date(2026, 3, 10).at(9, 40, 0), releases_retriever);
    schedule.at(Day::date(2026, 3, 25).at(13, 5, 0), releases_notes);
    schedule.at(Day::date(2026, 3, 27).at(9, 15, 0), releases_quotes);
    schedule.at(Day::date(2026, 3, 30).at(8, 20, 0), makes_role_for_kb_sync);
    schedule.at(Day::date(2026, 3, 30).at(9, 50, 0), begins_kb_sync);
}

/// The pipeline puts another model behind an endpoint.
pub(super) fn serve(world: &mut World, time: EventTime, endpoint: &str, model: &str) -> Vec<String> {
    world.deploy.forget_session();
    let token = world.deploy.token(&mut world.vault, time);
    let config = format!("{endpoint}-{}", time.0 / 1_000_000);
    let calls = [
        describe_endpoint(endpoint),
        create_endpoint_config(PROD, &config, model),
        update_endpoint(PROD, endpoint, &config),
        describe_endpoint(endpoint),
    ];
    let mut moment = after(time, 5);
    let mut events = Vec::new();
    for call in calls {
        events.push(world.deploy.call(&mut world.trail, moment, call));
        moment = after_millis(moment, world.deploy.rng.range(3_000, 30_000));
    }
    if token.is_empty() {
        return events;
    }
    world.deploy.log_out(&mut world.vault, moment);
    world.deploy.forget_session();
    events
}

fn serves_new_ranker(world: &mut World, time: EventTime) {
    let model = format!("support-ranker-{}", &time.to_string()[..10]);
    let events = serve(world, time, "support-ranker", &model);
    let what = "The weekly ranking model goes live under a change record.";
    let label = Label::new("serving-approved", "ci-deploy", what, time).by(events);
    world.labels.push(label.until(after(time, 180)).may_raise(&[Check::C02]));
}

fn releases_retriever(world: &mut World, time: EventTime) {
    let token = world.deploy.token(&mut world.vault, time);
    operations::hand_secret_id(world, after(time, 30), &token, "rag-retriever");
    world.deploy.log_out(&mut world.vault, after(time, 60));
    world.rag.forget_session();
    let what = "A new version of the retriever; nothing changes in what it reaches.";
    world.labels.push(Label::new("deploy-retriever", "rag-retriever", what, time));
}

fn releases_notes(world: &mut World, time: EventTime) {
    world.notes_released = true;
    let rng = world.support.rng.fork();
    let mut run = Run::open(world, rng, SUPPORT, time, None);
    run.tool(world, ADD_NOTE);
    run.close(world);
    let what = "A new version of support-agent may add notes to tickets; the change record says so.";
    world.labels.push(Label::new("deploy-notes", "support-agent", what, time).may_raise(&[Check::D06]));
}

fn releases_quotes(world: &mut World, time: EventTime) {
    world.quotes_released = true;
    let rng = world.orchestrator.rng.fork();
    let mut run = Run::open(world, rng, ORCHESTRATOR, time, None);
    tool_call(world, &mut run, REFUND_QUOTE, "refund-quote");
    run.close(world);
    let what = "The orchestrator assumes the role of a new tool; the change record says so.";
    let label = Label::new("deploy-quotes", "agent-orchestrator", what, time);
    world.labels.push(label.may_raise(&[Check::L03, Check::D06]));
}

fn makes_role_for_kb_sync(world: &mut World, time: EventTime) {
    let role = world.kb_sync.made.role.clone();
    let trust = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Federated\":\"arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/4C1F7A93E0B25D86A3F1709BE4D2C658\"},\"Action\":\"sts:AssumeRoleWithWebIdentity\"}]}";
    let may = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"s3:ListBucket\",\"s3:PutObject\"],\"Resource\":[\"arn:aws:s3:::acme-docs/kb/*\",\"arn:aws:s3:::acme-rag-index/kb-sync/*\"]}]}";
    world.terraform.forget_session();
    world.terraform.call(&mut world.trail, time, operations::create_role("kb-sync", trust));
    let write = put_role_policy(&role, "kb-sync", may);
    let event = world.terraform.call(&mut world.trail, after(time, 2), write);
    let what = "Terraform makes the role of a new workload, under a change record and not for itself.";
    world.labels.push(
        Label::new("role-for-kb-sync", "infra-terraform", what, time)
            .may_raise(&[Check::D10])
            .by(vec![event]),
    );
}

fn begins_kb_sync(world: &mut World, time: EventTime) {
    operations::syncs(world, time);
    world.kb_sync.call(&mut world.trail, after(time, 40), invoke_function(PROD, "order-status").denied(
        "User: arn:aws:sts::111122223333:assumed-role/kb-sync/smoke-test is not authorized to perform: lambda:InvokeFunction because no identity-based policy allows the lambda:InvokeFunction action",
    ));
    let what =
        "Kb-sync begins; for two weeks there is no baseline to compare it with, and the detector says so.";
    let label = Label::new("new-workload", "ambit", what, time).until(super::last_day().at(21, 50, 59));
    world.labels.push(label.raises(&[Check::M01]));
}
