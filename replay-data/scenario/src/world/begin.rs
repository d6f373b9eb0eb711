//! How a workload comes to its AWS session. It begins a new one every few hours, from a new address where pods come and
//! go; one session in ten moves to a neighbour's address in the same network while it lives, as autoscaling does it.

use ambit_schemas::EventTime;

use super::member::{Member, Way};
use super::perform::Stand;
use crate::calendar::after;
use crate::cloudtrail::{self, Federation, Place, Role, Session, Trail, Wanted};
use crate::ids;
use crate::rng::Rng;

/// Takes the session of a workload, begun anew when the last one is about to end or belongs to another region.
pub(super) fn session(trail: &mut Trail, member: &mut Member, stand: Stand, time: EventTime) -> Session {
    let held = member.holds.session.take();
    let held = held.filter(|session| session.holds_at(time) && session.account().region == stand.0.region);
    match held {
        Some(mut session) if member.way == Way::Pod && member.holds.rng.chance(12) => {
            session.place.address = address(member, stand.1);
            session
        }
        Some(session) => session,
        None => begin(trail, member, stand, after(time, -2)),
    }
}

/// Gives a workload an address.
pub(super) fn settle(member: &mut Member, network: u8) {
    member.holds.address = address(member, network);
}

fn address(member: &mut Member, network: u8) -> String {
    match member.way {
        Way::Machine => {
            let mut rng = Rng::stream(0, &format!("machine/{}", member.name));
            format!("10.{network}.{}.{}", rng.range(32, 250), rng.range(4, 251))
        }
        Way::Pod | Way::Function => {
            let rng = &mut member.holds.rng;
            format!("10.{network}.{}.{}", rng.range(0, 31), rng.range(4, 251))
        }
    }
}

fn begin(trail: &mut Trail, member: &mut Member, (account, network): Stand, time: EventTime) -> Session {
    settle(member, network);
    let role = Role { account, ..member.role.clone() };
    let place = Place {
        address: member.holds.address.clone(),
        agent: member.client.into(),
        endpoint: Some((account.endpoint, account.id)),
    };
    let name = match member.way {
        Way::Pod => format!("botocore-session-{}", time.micros() / 1_000_000),
        Way::Machine => {
            format!("i-0{}", ids::hex(&mut Rng::stream(0, &format!("machine/{}", member.name)), 16))
        }
        Way::Function => member.name.clone(),
    };
    let wanted = Wanted { role: &role, name: &name, secs: member.session_secs, place };
    let rng = &mut member.holds.rng;
    match member.way {
        Way::Pod => {
            let subject = format!("system:serviceaccount:ml-{}:{}", member.team, member.name);
            let who = Federation { provider: member.site.issuer.into(), subject: subject.into() };
            cloudtrail::federate(trail, rng, time, &who, &wanted)
        }
        Way::Machine => cloudtrail::hand_over(trail, rng, time, "ec2.amazonaws.com", &wanted),
        Way::Function => cloudtrail::hand_over(trail, rng, time, "lambda.amazonaws.com", &wanted),
    }
}
