//! A workload writes a policy into its own role, and reads something sensitive with the new right.

use super::{Scheme, choice};
use crate::calendar::{CUSTOMERS, Day, after};
use crate::world::deed::{Deed, Kind};
use crate::world::member::{Act, Member};

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","secretsmanager:GetSecretValue"],"Resource":"*"}]}"#;

/// What it does on a day.
pub(super) fn acts(scheme: &mut Scheme, member: &Member, day: Day) -> Vec<Act> {
    if scheme.age(day) != 0 {
        return Vec::new();
    }
    let time = day.moment(&mut scheme.rng, &CUSTOMERS);
    let grant = Deed::new(Kind::GrantItself, "maintenance-access", POLICY);
    let mut acts = vec![Act::own(time, grant).of(scheme.incident)];
    for (step, deed) in (1..).zip(choice::several(2, member, &mut scheme.rng, choice::sensitive)) {
        acts.push(Act::own(after(time, step * 240), deed).of(scheme.incident));
    }
    acts
}
