//! People on call: on about every third workday, for each account, somebody signs in through single sign-on and looks
//! around in the console, for two to six calls.

use crate::calendar::{Day, OFFICE, after};
use crate::cloudtrail;
use crate::cloudtrail::{Person, Role, Trail, named};
use crate::rng::Rng;
use crate::world::accounts::Site;

const BROWSER: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Safari/537.36";
const PEOPLE: [Person; 5] = [
    Person { mail: "maria.lindqvist@acme.example", address: "198.51.100.24", browser: BROWSER },
    Person { mail: "tomas.okafor@acme.example", address: "198.51.100.61", browser: BROWSER },
    Person { mail: "ines.carvalho@acme.example", address: "198.51.100.24", browser: BROWSER },
    Person { mail: "yuki.tanabe@acme.example", address: "203.0.113.87", browser: BROWSER },
    Person { mail: "amir.haddad@acme.example", address: "203.0.113.14", browser: BROWSER },
];
const LOOKS: [(&str, &str); 8] = [
    ("monitoring", "GetMetricData"),
    ("monitoring", "DescribeAlarms"),
    ("logs", "DescribeLogGroups"),
    ("logs", "FilterLogEvents"),
    ("eks", "ListClusters"),
    ("lambda", "ListFunctions20150331"),
    ("sagemaker", "ListEndpoints"),
    ("sqs", "ListQueues"),
];

/// Somebody looks around in an account, on some days.
pub(in crate::world) fn on_call(trail: &mut Trail, seed: u64, site: &Site, day: Day) {
    let mut rng = Rng::stream(seed, &format!("on-call/{}/{}", site.account.id, day.iso()));
    if !day.is_workday() || !rng.chance(330) {
        return;
    }
    let time = day.moment(&mut rng, &OFFICE);
    let person = *rng.pick(&PEOPLE);
    let role = Role::new(
        seed,
        site.account,
        "/aws-reserved/sso.amazonaws.com/",
        "AWSReservedSSO_OnCall_6c1f0d2a9b47e835",
    );
    let mut session = cloudtrail::sign_in(trail, &mut rng, time, &person, &role);
    let mut moment = after(time, 6);
    for _ in 0..rng.range(2, 6) {
        let (service, action) = *rng.pick(&LOOKS);
        trail.call(&mut session, moment, named(service, action, "", ""));
        moment = after(moment, rng.range(2, 60));
    }
}
