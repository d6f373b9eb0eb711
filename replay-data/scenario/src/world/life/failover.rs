//! A failover: once in a world of 30 days or more, for one day and one production account, half of the workloads work in
//! the other region, from its networks. Nothing else about them changes.

use crate::calendar::Day;
use crate::cloudtrail::Account;
use crate::rng::Rng;
use crate::world::accounts::{SECOND_NETWORK, SITES};
use crate::world::member::Member;

/// The day of the failover.
#[derive(Debug, Clone, Copy)]
pub(in crate::world) struct Failover {
    day: Option<Day>,
}

impl Failover {
    /// Draws the day.
    pub(in crate::world) fn plan(seed: u64, first: Day, days: i64) -> Self {
        let mut rng = Rng::stream(seed, "failover");
        let day = (days >= 30).then(|| Day(first.0 + days / 2 + rng.range(0, days / 4)));
        Self { day }
    }

    /// Whether a workload works in the other region on a day.
    pub(in crate::world) fn moves(&self, member: &Member, day: Day) -> bool {
        self.day == Some(day)
            && member.site.account == SITES[0].account
            && Rng::stream(0, &format!("failover/{}", member.name)).chance(500)
    }

    /// The account as a workload reaches it on a day, and the second number of its addresses.
    pub(in crate::world) fn place(&self, member: &Member, day: Day) -> (Account, u8) {
        if self.moves(member, day) {
            (member.site.failed_over(), member.network + SECOND_NETWORK)
        } else {
            (member.site.account, member.network)
        }
    }
}
