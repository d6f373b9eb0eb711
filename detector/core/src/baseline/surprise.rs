//! How surprising an atom is, in nats, for people only: Pitman-Yor with the peers as base measure (detector.md, section
//! 4.1). No alarm depends on it.

use super::peers::{Fleet, PeerKey};
use crate::atom::AtomId;
use crate::workload::Sightings;
use ambit_schemas::RuleSet;

/// The concentration: how many observations the base measure is worth.
const THETA: f64 = 1.0;
/// The most discount.
const MOST_DISCOUNT: f64 = 0.9;

/// −ln of the chance of the next new thing of a workload being this atom, the atom itself left out of what was seen.
#[expect(clippy::cast_precision_loss, reason = "counts of atoms stay far below 2^52")]
pub(crate) fn surprise_nats(
    sightings: &Sightings,
    atom: AtomId,
    fleet: &Fleet,
    peers: PeerKey,
    rules: &RuleSet,
) -> f64 {
    let (mut once, mut twice, mut kinds, mut days) = (0_u64, 0_u64, 0_u64, 0_u64);
    for sighting in sightings.iter().filter(|sighting| sighting.atom != atom) {
        once += u64::from(sighting.days == 1);
        twice += u64::from(sighting.days == 2);
        kinds += 1;
        days += u64::from(sighting.days);
    }
    let discount = if once == 0 { 0.0 } else { once as f64 / (once + 2 * twice) as f64 };
    let discount = discount.min(MOST_DISCOUNT);
    let unseen = (THETA + discount * kinds as f64) / (days as f64 + THETA);
    -(unseen * fleet.share_of_holders(peers, atom, rules)).ln()
}
