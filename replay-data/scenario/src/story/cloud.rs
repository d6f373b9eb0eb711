//! What the cloud does by itself: services, and roles of their own.

use ambit_schemas::EventTime;

use super::organisation::{DEV, PROD};
use super::schedule::Schedule;
use super::world::World;
use crate::calendar::{Day, after};
use crate::cloudtrail;
use crate::cloudtrail::{Account, Call, Place, Role, Session, Wanted, named};
use crate::json::text;
use crate::rng::Rng;

/// The cloud's own day.
pub(super) fn plan(schedule: &mut Schedule, rng: &mut Rng, day: Day) {
    for hour in (0..24).step_by(3) {
        schedule.at(day.at(hour, 27, rng.range(0, 59)), trail_looks_at_its_bucket);
        schedule.at(day.at(hour, 33, rng.range(0, 59)), scales);
    }
    for hour in [4, 12, 20] {
        schedule.at(day.at(hour, 48, rng.range(0, 59)), records_configuration);
        schedule.at(day.at(hour, 52, rng.range(0, 59)), trail_looks_at_its_bucket_in_dev);
    }
}

fn bucket_acl(account: Account, bucket: &str) -> Call {
    Call::read("s3", "GetBucketAcl")
        .asking([
            ("bucketName", text(bucket)),
            ("Host", text(format!("{bucket}.s3.{}.amazonaws.com", account.region))),
            ("acl", text("")),
        ])
        .on(account.id, "AWS::S3::Bucket", format!("arn:aws:s3:::{bucket}"))
}

fn looks_at_bucket(world: &mut World, time: EventTime, account: Account, bucket: &str) {
    let rng = Rng::stream(world.seed, &format!("cloudtrail/{}/{}", account.id, time.0));
    let mut session = Session::of_service("cloudtrail.amazonaws.com", account, rng);
    world.trail.call(&mut session, time, bucket_acl(account, bucket));
}

fn trail_looks_at_its_bucket(world: &mut World, time: EventTime) {
    looks_at_bucket(world, time, PROD, "acme-cloudtrail");
}

fn trail_looks_at_its_bucket_in_dev(world: &mut World, time: EventTime) {
    looks_at_bucket(world, time, DEV, "acme-dev-cloudtrail");
}

fn own_session(world: &World, time: EventTime, role: &Role, (host, name): (&'static str, &str)) -> Session {
    let mut rng = Rng::stream(world.seed, &format!("{host}/{}", time.0));
    let place = Place { address: host.into(), agent: host.into(), endpoint: None };
    cloudtrail::own_role(&mut rng, after(time, -60), host, &Wanted { role, name, secs: 3_600, place })
}

/// Auto Scaling counts its instances, and now and then replaces one.
fn scales(world: &mut World, time: EventTime) {
    let role = world.org.autoscaling.clone();
    let mut session = own_session(world, time, &role, ("autoscaling.amazonaws.com", "AutoScaling"));
    let by = "autoscaling.amazonaws.com";
    world.trail.call(&mut session, time, named("ec2", "DescribeInstanceStatus", "", "").through(by));
    if session.rng.chance(200) {
        let template =
            Call::write("ec2", "RunInstances").asking([("launchTemplate", text("eks-prod-gpu"))]).through(by);
        world.trail.call(&mut session, after(time, 4), template);
    }
}

fn records_configuration(world: &mut World, time: EventTime) {
    let role = world.org.config.clone();
    let by = "config.amazonaws.com";
    let mut session = own_session(world, time, &role, (by, "AWSConfig-Describe"));
    let calls = [
        ("iam", "ListRoles"),
        ("s3", "ListBuckets"),
        ("sagemaker", "ListEndpoints"),
        ("ec2", "DescribeSecurityGroups"),
    ];
    let calls =
        calls.into_iter().map(|(service, action)| named(service, action, "", "").through(by)).collect();
    world.calls(&mut session, time, calls, (200, 900));
}
