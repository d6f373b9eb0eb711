//! A labelled world of any size: workloads that live, change and now and then are attacked, day by day. Unlike the
//! [`crate::story`] it writes all three sources by itself, and holds no more than a day and what is still on its
//! way. The same settings give the same bytes.

mod accounts;
mod attacks;
mod begin;
mod deed;
mod delivery;
mod fleet;
mod habit;
mod life;
mod member;
mod perform;
mod register;
mod spans;
mod truth;
mod vault;
mod words;

use std::collections::BTreeMap;

use crate::calendar::Day;
use crate::json::{Json, map, text};
use crate::story;

use accounts::SITES;
use attacks::Schemes;
use delivery::Mailbox;
use life::{Failover, Rollouts};
use member::{Act, How, Member};
use perform::Logs;
use truth::{Incident, Truth};

pub use attacks::Attack;
pub use delivery::{DayFiles, LogFile};

/// The most workloads of a world.
pub const MOST_WORKLOADS: usize = fleet::MOST;

/// What a world is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// Workloads, at most [`MOST_WORKLOADS`].
    pub workloads: usize,
    /// Days, from Monday, 2 March 2026 on.
    pub days: i64,
    /// Which attacks there are.
    pub attacks: Vec<Attack>,
}

/// A world that is being lived, one day at a time.
#[derive(Debug)]
pub struct World {
    settings: Settings,
    members: Vec<Member>,
    rollouts: Rollouts,
    failover: Failover,
    schemes: Schemes,
    truth: Truth,
    mailbox: Mailbox,
    next: Day,
    records: BTreeMap<&'static str, i64>,
}

impl World {
    /// A world on the eve of its first day.
    pub fn new(settings: Settings) -> Self {
        let first = story::first_day();
        let mut truth = Truth::default();
        let mut members = fleet::members(&settings, first);
        let schemes = attacks::plan(&settings, first, &mut members, &mut truth);
        Self {
            rollouts: Rollouts::plan(settings.seed, first, Day(first.0 + settings.days - 1)),
            failover: Failover::plan(settings.seed, first, settings.days),
            members,
            schemes,
            truth,
            mailbox: Mailbox::default(),
            next: first,
            records: BTreeMap::new(),
            settings,
        }
    }

    /// `workloads.yaml`; the same on every day.
    pub fn inventory(&self) -> String {
        register::inventory(&self.members, &self.schemes.extras).to_string()
    }

    /// The labels of what has come to pass, an object each.
    pub fn labels(&self) -> Vec<Json> {
        self.truth.labels()
    }

    /// Attacks that were asked for and never came to pass: the world was too short or too small for them.
    pub fn absent(&self) -> Vec<Attack> {
        let counts = self.truth.counts();
        let asked = self.settings.attacks.iter();
        asked.filter(|attack| !counts.contains_key(attack.as_str())).copied().collect()
    }

    /// `world.json`: what the world was to be, and what it came to.
    pub fn summary(&self) -> Json {
        let counts = |counts: &BTreeMap<&'static str, i64>| {
            Json::Map(counts.iter().map(|(name, count)| ((*name).to_owned(), (*count).into())).collect())
        };
        let attacks = self.settings.attacks.iter().map(|attack| text(attack.as_str())).collect();
        map([
            ("seed", text(self.settings.seed.to_string())),
            ("workloads", i64::try_from(self.members.len()).unwrap_or(i64::MAX).into()),
            ("days", self.settings.days.into()),
            ("first_day", text(story::first_day().iso())),
            ("attacks", Json::List(attacks)),
            ("records", counts(&self.records)),
            ("labels", counts(&self.truth.counts())),
        ])
    }

    fn live(&mut self, day: Day) {
        let mut logs = Logs::default();
        for site in &SITES {
            life::on_call(&mut logs.trail, self.settings.seed, site, day);
        }
        for index in 0..self.members.len() {
            if self.members[index].born > day {
                continue;
            }
            let acts = self.acts(index, day);
            let member = &mut self.members[index];
            let stand = self.failover.place(member, day);
            perform::perform(&mut logs, member, stand, acts, &mut self.truth);
            member.tidy(day);
        }
        for (source, count) in [
            ("cloudtrail", logs.trail.entries.len()),
            ("vault", logs.vault.len()),
            ("otel", logs.spans.len()),
        ] {
            *self.records.entry(source).or_default() += i64::try_from(count).unwrap_or(0);
        }
        self.mailbox.post(logs, self.settings.seed);
    }

    /// All that a workload does on a day, in order.
    fn acts(&mut self, index: usize, day: Day) -> Vec<Act> {
        let seed = self.settings.seed;
        let member = &mut self.members[index];
        let mut rng = member.stream(seed, &day.iso());
        let volume = life::volume(member, day, &mut rng);
        let mut acts = habit::acts(&member.habits, &member.tempo, volume, day, &mut rng);
        for act in &mut acts {
            if rng.below(400) == 0 && act.deed.plane(member.is_agent) == deed::Plane::Aws {
                act.how = How::Throttled;
            }
        }
        acts.extend(life::deploy(member, day, &mut rng, &mut self.truth));
        acts.extend(self.rollouts.acts(member, day, seed, &mut self.truth));
        acts.extend(life::novelty(member, day, &mut rng));
        acts.extend(life::denials(member, day, &mut rng));
        mark(&mut acts, member, (day, volume, self.failover), &mut self.truth);
        if let Some(incident) = self.schemes.extras.unregistered.get(&index).filter(|_| member.born == day) {
            belong(&mut acts, *incident);
        }
        for scheme in self.schemes.by_member.get_mut(&index).into_iter().flatten() {
            acts.extend(scheme.acts(member, day));
        }
        acts.sort_by(|a, b| (a.time, &a.deed).cmp(&(b.time, &b.deed)));
        acts
    }
}

/// Labels days on which all of a workload's life is out of the ordinary, though benign.
fn mark(
    acts: &mut [Act],
    member: &Member,
    (day, volume, failover): (Day, habit::Volume, Failover),
    truth: &mut Truth,
) {
    let (kind, what) = if failover.moves(member, day) {
        ("failover", "Its region failed, and it worked in another for a day.")
    } else if volume.0 >= 150 {
        ("batch", "The turn of the month doubled its volume.")
    } else if member.born == day && day > story::first_day() {
        ("new_workload", "It was new.")
    } else {
        return;
    };
    let incident = truth.open(Incident::benign(kind, &member.name, what));
    belong(acts, incident);
}

/// What belongs to no incident yet belongs to this one.
fn belong(acts: &mut [Act], incident: usize) {
    for act in acts.iter_mut().filter(|act| act.incidents[0].is_none()) {
        act.incidents[0] = Some(incident);
    }
}

impl Iterator for World {
    type Item = DayFiles;

    /// The files of the next day. One day more than were lived: what arrives after the last.
    fn next(&mut self) -> Option<DayFiles> {
        let end = Day(story::first_day().0 + self.settings.days);
        let day = self.next;
        if day > end {
            return None;
        }
        if day < end {
            self.live(day);
        }
        self.next = Day(day.0 + 1);
        Some(self.mailbox.collect(day))
    }
}

#[cfg(test)]
mod tests;
