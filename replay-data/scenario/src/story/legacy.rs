//! What the acquisition left: one account, one user, one old key, and the archived record of how the key was made.

use ambit_schemas::EventTime;

use super::organisation::{INES, LEGACY};
use super::schedule::Schedule;
use super::world::World;
use crate::calendar::{Day, after, american};
use crate::cloudtrail;
use crate::cloudtrail::{Call, Place, Session, get_object, list_objects};
use crate::json::{map, text};
use crate::labels::Label;
use crate::rng::Rng;
use ambit_schemas::vocabulary::Check;

const OLD_BOTO: &str = "Boto3/1.26.90 Python/3.8.16 Linux/4.14.355-276.639.amzn2.x86_64 Botocore/1.29.90";

/// When the old key was made.
pub(super) fn key_made() -> EventTime {
    Day::date(2025, 11, 18).at(14, 6, 12)
}

/// Three times a day for six weeks, and the day on which the key was made.
pub(super) fn plan(schedule: &mut Schedule) {
    schedule.at(key_made(), makes_user_and_key);
    schedule.at(super::first_day().at(6, 30, 0), tells_of_the_old_key);
    for day in super::first_day().0..=super::last_day().0 {
        for hour in [6, 14, 21] {
            schedule.at(Day(day).at(hour, 31, 17), reads_knowledge_base);
        }
    }
}

fn makes_user_and_key(world: &mut World, time: EventTime) {
    let mut rng = Rng::stream(world.seed, "legacy/admin");
    let role = world.org.legacy_admin.clone();
    let user = world.org.legacy_rag.clone();
    let mut session = cloudtrail::sign_in(&mut world.trail, &mut rng, after(time, -240), &INES, &role);
    let made = map([
        ("path", text("/")),
        ("arn", text(user.arn())),
        ("userId", text(&user.id)),
        ("createDate", text(american(after(time, -60)))),
        ("userName", text(&user.name)),
    ]);
    let create =
        Call::write("iam", "CreateUser").asking([("userName", text(&user.name))]).answering([("user", made)]);
    let policy = Call::write("iam", "PutUserPolicy").asking([
        ("userName", text(&user.name)),
        ("policyName", text("read-knowledge-base")),
        ("policyDocument", text(
            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"s3:ListBucket\"],\"Resource\":[\"arn:aws:s3:::acme-legacy-kb\",\"arn:aws:s3:::acme-legacy-kb/*\"]}]}",
        )),
    ]);
    let key = map([
        ("userName", text(&user.name)),
        ("accessKeyId", text(&user.key)),
        ("status", text("Active")),
        ("createDate", text(american(time))),
    ]);
    let issue = Call::write("iam", "CreateAccessKey")
        .asking([("userName", text(&user.name))])
        .answering([("accessKey", key)]);
    world.trail.call(&mut session, after(time, -60), create);
    world.trail.call(&mut session, after(time, -30), policy);
    world.trail.call(&mut session, time, issue);
}

fn reads_knowledge_base(world: &mut World, time: EventTime) {
    let rng = Rng::stream(world.seed, &format!("legacy/{}", time.0));
    let place = Place { address: "198.51.100.201".into(), agent: OLD_BOTO.into(), endpoint: None };
    let mut session = Session::of_user(&world.org.legacy_rag, place, rng);
    let key = format!("articles/article-{:04}.html", session.rng.range(1, 700));
    let calls =
        vec![list_objects(LEGACY, "acme-legacy-kb", "articles/"), get_object(LEGACY, "acme-legacy-kb", &key)];
    world.calls(&mut session, time, calls, (300, 2_000));
}

fn tells_of_the_old_key(world: &mut World, time: EventTime) {
    world.labels.push(
        Label::new("old-key", "legacy-rag", "A static key of 18 November 2025 is still in daily use.", time)
            .until(super::last_day().at(21, 31, 59))
            .raises(&[Check::H01]),
    );
}
