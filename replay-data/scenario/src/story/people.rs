//! People, through single sign-on and the console.

use ambit_schemas::EventTime;

use super::organisation::{INES, MARIA, TOMAS};
use super::world::World;
use crate::calendar::after;
use crate::cloudtrail;
use crate::cloudtrail::{Call, named};
use crate::rng::Rng;

/// Somebody on call looks at production.
pub(super) fn looks_around(world: &mut World, time: EventTime) {
    const LOOKS: [(&str, &str); 7] = [
        ("monitoring", "GetMetricData"),
        ("monitoring", "DescribeAlarms"),
        ("logs", "DescribeLogGroups"),
        ("logs", "FilterLogEvents"),
        ("eks", "ListClusters"),
        ("lambda", "ListFunctions20150331"),
        ("sagemaker", "ListEndpoints"),
    ];
    let mut rng = Rng::stream(world.seed, &format!("on-call/{}", time.0));
    let person = *rng.pick(&[MARIA, MARIA, INES]);
    let role = world.org.on_call.clone();
    let mut session = cloudtrail::sign_in(&mut world.trail, &mut rng, time, &person, &role);
    let calls = looks(&mut rng, &LOOKS, 4);
    world.calls(&mut session, after(time, 6), calls, (1_500, 60_000));
}

/// A developer works in the development account.
pub(super) fn develops(world: &mut World, time: EventTime) {
    const LOOKS: [(&str, &str); 5] = [
        ("bedrock", "ListFoundationModels"),
        ("s3", "ListBuckets"),
        ("sagemaker", "ListTrainingJobs"),
        ("logs", "FilterLogEvents"),
        ("lambda", "ListFunctions20150331"),
    ];
    let mut rng = Rng::stream(world.seed, &format!("developer/{}", time.0));
    let role = world.org.developer.clone();
    let mut session = cloudtrail::sign_in(&mut world.trail, &mut rng, time, &TOMAS, &role);
    let calls = looks(&mut rng, &LOOKS, 3);
    world.calls(&mut session, after(time, 6), calls, (1_500, 60_000));
}

fn looks(rng: &mut Rng, pool: &[(&'static str, &'static str)], most: i64) -> Vec<Call> {
    (0..rng.range(2, most))
        .map(|_| {
            let (service, action) = *rng.pick(pool);
            named(service, action, "", "")
        })
        .collect()
}
