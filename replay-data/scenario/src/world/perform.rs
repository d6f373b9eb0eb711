//! Acts become records: sessions are begun and renewed on the way, tokens fetched, runs of agents opened and closed.

use ambit_schemas::EventTime;

use super::deed::{Deed, Kind, Plane};
use super::member::{Act, How, Member};
use super::truth::Truth;
use super::vault::{self, Line};
use super::words::ATTACKER_CLIENT;
use super::{begin, spans};
use crate::calendar::after;
use crate::cloudtrail::{self, Account, Place, Role, Session, Trail, Wanted};

/// What is being logged on a day.
#[derive(Debug, Default)]
pub(super) struct Logs {
    /// CloudTrail.
    pub trail: Trail,
    /// Vault.
    pub vault: Vec<Line>,
    /// Spans.
    pub spans: Vec<Line>,
}

/// Where a workload stands on a day: the account with its region, and the second number of its addresses.
pub(super) type Stand = (Account, u8);

/// Does what a workload does on a day, in order.
pub(super) fn perform(logs: &mut Logs, member: &mut Member, stand: Stand, acts: Vec<Act>, truth: &mut Truth) {
    for act in acts {
        let event_id = match act.deed.plane(member.is_agent) {
            Plane::Aws => aws(logs, member, stand, &act),
            Plane::Vault => ask_vault(logs, member, stand, &act),
            Plane::Agent => {
                let mut rng = member.holds.rng.fork();
                let failed = act.how == How::Refused;
                spans::run(&mut logs.spans, member, (&act.deed, failed), act.time, &mut rng)
            }
        };
        for incident in act.incidents.into_iter().flatten() {
            truth.note(incident, act.time, event_id.clone());
        }
    }
}

fn aws(logs: &mut Logs, member: &mut Member, stand: Stand, act: &Act) -> String {
    let mut session = match &act.how {
        How::Key(address) => key_session(member, address),
        _ => begin::session(&mut logs.trail, member, stand, act.time),
    };
    if let How::From(address) = &act.how {
        let away = elsewhere(address);
        let mut moved = session.moved_to(away, member.holds.rng.fork());
        let event_id = call(logs, member, &mut moved, (stand.0, act));
        member.holds.session = Some(session);
        return event_id;
    }
    let event_id = call(logs, member, &mut session, (stand.0, act));
    if !matches!(act.how, How::Key(_)) {
        member.holds.session = Some(session);
    }
    event_id
}

/// A place that is none of the organisation's.
fn elsewhere(address: &str) -> Place {
    Place { address: address.into(), agent: ATTACKER_CLIENT.into(), endpoint: None }
}

/// The long-lived key of a workload's user, in its own hands or in others'.
fn key_session(member: &mut Member, address: &str) -> Session {
    let rng = member.holds.rng.fork();
    let place = if address.is_empty() {
        let address = format!("10.{}.0.9", member.network);
        Place { address, agent: member.client.into(), endpoint: None }
    } else {
        elsewhere(address)
    };
    match &member.user {
        Some(user) => Session::of_user(user, place, rng),
        None => Session::of_service("sts.amazonaws.com", member.site.account, rng),
    }
}

fn call(
    logs: &mut Logs,
    member: &mut Member,
    session: &mut Session,
    (owner, act): (Account, &Act),
) -> String {
    let Act { time, deed, how, .. } = act;
    match deed.kind {
        Kind::Assume => return assume(logs, member, session, (deed, *time)),
        Kind::GrantItself => {
            let call = cloudtrail::put_role_policy(&member.role, &deed.on, &deed.part);
            return logs.trail.call(session, *time, call);
        }
        _ => {}
    }
    let call = deed.call(owner, *time, &mut member.holds.rng);
    match how {
        How::Refused => {
            let name = call.name;
            let who = member.role.session_arn("session");
            let message = format!("User: {who} is not authorized to perform: {}:{name}", call.service);
            logs.trail.call(session, *time, call.denied(message))
        }
        How::Throttled => {
            logs.trail.call(session, *time, call.clone().throttled());
            logs.trail.call(session, after(*time, 1), call)
        }
        _ => logs.trail.call(session, *time, call),
    }
}

/// Becomes another role, writes a result with it or looks around, and drops it.
fn assume(logs: &mut Logs, member: &mut Member, session: &mut Session, at: (&Deed, EventTime)) -> String {
    let (deed, time) = at;
    let account = session.account();
    let own = member.second_role.clone().filter(|role| role.arn() == deed.on);
    let own = own.map(|role| Role { account, ..role });
    let is_own = own.is_some();
    let Some(role) = own.or_else(|| role_of(&deed.on, session)) else { return String::new() };
    let place = session.place.clone();
    let name = format!("{}-{}", member.name, time.micros() / 1_000_000);
    let wanted = Wanted { role: &role, name: &name, secs: 3_600, place };
    let (mut there, event_id) = cloudtrail::assume(&mut logs.trail, session, time, &wanted);
    let result = if is_own {
        Deed::new(Kind::WriteObject, format!("acme-{}-results", member.team), "final")
    } else {
        Deed::new(Kind::Query, deed.part.as_str(), "")
    };
    let call = result.call(role.account, time, &mut member.holds.rng);
    logs.trail.call(&mut there, after(time, 2), call);
    event_id
}

/// The role of an ARN in one of the organisation's accounts.
fn role_of(arn: &str, session: &Session) -> Option<Role> {
    let (head, name) = arn.split_once(":role/")?;
    let id = head.rsplit(':').next()?;
    let home = session.account();
    let account = super::accounts::SITES.iter().map(|site| site.account).find(|account| account.id == id);
    Some(Role::new(0, account.unwrap_or(home), "/", name))
}

fn ask_vault(logs: &mut Logs, member: &mut Member, stand: Stand, act: &Act) -> String {
    let mut rng = member.holds.rng.fork();
    let network = format!("10.{}.", stand.1);
    if !member.holds.address.starts_with(&network) {
        // Its first call, or its region failed.
        begin::settle(member, stand.1);
    }
    let address = match &act.how {
        How::From(address) => address.clone(),
        _ => member.holds.address.clone(),
    };
    let token = member.holds.token.take().filter(|token| token.holds_at(act.time, &network));
    let token = token
        .unwrap_or_else(|| vault::login(&mut logs.vault, member, &address, after(act.time, -1), &mut rng));
    let path = format!("kv/data/{}/{}/main", act.deed.on, act.deed.part);
    let event_id = vault::read(&mut logs.vault, (member, &address), &token, (&path, act.time), &mut rng);
    member.holds.token = Some(token);
    event_id
}
