//! C01, separation of duties broken: one actor changes how a model is served and grants others access.
//!
//! People share the role that single sign-on gives them, so the actor is not the workload but the person behind it, as
//! far as the log names one.

use std::collections::BTreeMap;

use ambit_schemas::Column;
use ambit_schemas::finding::{Evidence, SubjectKind};
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::DAY_MICROS;
use ambit_schemas::vocabulary::{ActionClass, Check};

use super::room::make_room;
use crate::codec::codec_struct;
use crate::draft::{Draft, evidence};
use crate::engine::{Scene, subject};
use crate::loaded::Row;
use crate::verbs::takes_away;

/// From this sensitivity on a change of permissions that names no identity gives power over a platform all the same: an
/// access entry of a cluster, an assignment of an account.
const PLATFORM_LEVEL: u8 = 3;

/// The last change of one kind that an actor made.
#[derive(Debug)]
struct Deed {
    proof: Evidence,
    /// The workload that was changed or given access, if it is known; else the resource.
    target: String,
}
codec_struct!(Deed { proof, target });

/// What an actor did last on either side of the line.
#[derive(Debug, Default)]
struct Deeds {
    serving: Option<Deed>,
    grant: Option<Deed>,
}
codec_struct!(Deeds { serving, grant });

impl Deeds {
    fn last_micros(&self) -> i64 {
        let deeds = [self.serving.as_ref(), self.grant.as_ref()];
        deeds.into_iter().flatten().map(|deed| deed.proof.time.micros()).max().unwrap_or(i64::MIN)
    }
}

/// By actor, bounded.
#[derive(Debug, Default)]
pub(super) struct Duties {
    actors: BTreeMap<String, Deeds>,
    /// Actors that were forgotten for want of room.
    pub(super) evicted: u64,
}
codec_struct!(Duties { actors, evicted });

impl Duties {
    /// Notes a change and drafts C01 if the same actor made the other kind within the window.
    pub(super) fn observe(&mut self, row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
        let serves = row.class == ActionClass::ModelChange;
        if !row.succeeded() || row.ids.via_service.is_some() || !(serves || grants(row, scene)) {
            return;
        }
        let target = row.ids.target_workload.map(|target| scene.symbols.text(target));
        let target = target.or_else(|| row.text(Column::Resource)).unwrap_or("-").to_owned();
        let deed = Deed { proof: evidence(row), target };
        let actor = actor(row, scene);
        if !self.actors.contains_key(&actor) {
            let most = scene.rules.count(Parameter::Credentials);
            self.evicted += make_room(&mut self.actors, most, Deeds::last_micros);
        }
        let deeds = self.actors.entry(actor.clone()).or_default();
        if serves {
            deeds.serving = Some(deed);
        } else {
            deeds.grant = Some(deed);
        }
        let window_micros = scene.rules.days_micros(Parameter::DutiesWindowDays);
        if let (Some(serving), Some(grant)) = (&deeds.serving, &deeds.grant)
            && serving.proof.time.micros_since(grant.proof.time).abs() <= window_micros
        {
            let other = if serves { grant } else { serving };
            let mut draft = draft(&actor, serving, grant, scene);
            draft.evidence.push(other.proof.clone());
            draft.sensitivity = row.sensitivity;
            draft.revoke = row.text(Column::Credential).map(str::to_owned).into_iter().collect();
            draft.correlation = row.text(Column::Credential).map(str::to_owned);
            drafts.push(draft);
        }
    }

    pub(super) fn close_day(&mut self, day: i64, window_days: i64) {
        self.actors.retain(|_, deeds| day - deeds.last_micros().div_euclid(DAY_MICROS) <= window_days);
    }

    /// Actors held.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.actors.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.actors.keys().map(|actor| actor.len() + 48 + size_of::<Deeds>() + 512).sum()
    }
}

/// Whether an event gives somebody else access. What one gives to oneself is C03's.
fn grants(row: &Row<'_>, scene: &Scene<'_>) -> bool {
    let changes = matches!(row.class, ActionClass::PermissionsChange | ActionClass::TrustChange);
    let other = match row.ids.target_workload {
        Some(target) => target != scene.workload.name,
        None => row.sensitivity >= PLATFORM_LEVEL,
    };
    changes && other && !takes_away(scene.word(row.ids.action))
}

/// Who it was: the person that began the chain, the person of the session, else the workload.
fn actor(row: &Row<'_>, scene: &Scene<'_>) -> String {
    let session = || row.text(Column::Session).filter(|_| scene.workload.human).map(str::to_owned);
    row.caller().map(str::to_owned).or_else(session).unwrap_or_else(|| scene.name.to_owned())
}

fn draft(actor: &str, serving: &Deed, grant: &Deed, scene: &Scene<'_>) -> Draft {
    let times = [serving.proof.time, grant.proof.time];
    let names = [scene.name, serving.target.as_str(), grant.target.as_str()];
    let own = scene.inventory.changes.iter().find(|change| {
        names.contains(&change.workload.as_str())
            && times.iter().any(|time| change.from <= *time && *time <= change.to)
            && change.approved_by.as_deref().is_some_and(|by| by == actor || by == scene.name)
    });
    let about = subject(SubjectKind::Identity, actor);
    let mut draft = Draft::new(Check::C01, scene.name.to_owned(), about)
        .fact("actor", actor)
        .fact("serving_action", serving.proof.action.clone())
        .fact("serving_target", serving.target.clone())
        .fact("grant_action", grant.proof.action.clone())
        .fact("grant_target", grant.target.clone())
        .fact("approval", if own.is_some() { "own" } else { "none of its own" })
        .fact("record", own.map_or("-", |change| change.id.as_str()));
    if own.is_some() {
        draft.severity = scene.rules.check(Check::C01).map(|rule| rule.severity.raised());
    }
    draft
}
