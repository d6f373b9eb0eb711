//! What sources say of themselves and of their partitions, taken in.

use std::time::Duration;

use super::health::Health;
use super::ledger::Ledger;
use super::message::Signal;
use super::metrics::Metrics;
use super::partitions::Partitions;
#[cfg(feature = "kafka")]
use super::partitions::upstream;

/// What hears it.
#[derive(Debug)]
pub(super) struct Hearing<'a> {
    pub(super) names: &'a [String],
    pub(super) partitions: &'a mut Partitions,
    #[cfg_attr(not(feature = "objects"), expect(dead_code, reason = "only stores of objects have a ledger"))]
    pub(super) ledgers: &'a mut [Ledger],
    pub(super) health: &'a Health,
    pub(super) metrics: &'a Metrics,
}

/// Takes a signal in, at the time to which sources were listened to; `true` if it changes what a checkpoint must hold.
pub(super) fn hear(hearing: Hearing<'_>, (source, signal): (usize, Signal), now: Duration) -> bool {
    let Hearing { partitions, health, metrics, .. } = hearing;
    let name = hearing.names.get(source).map_or("", String::as_str);
    let part = format!("source {name}");
    match signal {
        Signal::Found(partition) => partitions.found(source, &partition, now),
        #[cfg(feature = "objects")]
        Signal::Unordered(partition) => partitions.unordered(source, &partition, now),
        #[cfg(feature = "objects")]
        Signal::Forgotten(forgotten) => {
            return hearing.ledgers.get_mut(source).is_some_and(|ledger| ledger.forget(&forgotten));
        }
        Signal::CaughtUp(partition) => partitions.caught_up(source, &partition, now),
        Signal::Finished(partition) => partitions.finished(source, &partition, now),
        Signal::Gone(partition) => {
            partitions.gone(source, &partition, now);
            return true;
        }
        Signal::Restarted(partition) => {
            metrics.events.restarted.with_label_values(&[name]).inc();
            partitions.restarted(source, &partition, now);
            tracing::info!("{part}: a file was cut short or replaced; it is read from its start");
        }
        #[cfg(feature = "kafka")]
        Signal::Empty(partition) => partitions.empty(source, &partition, now),
        #[cfg(feature = "kafka")]
        Signal::Silent(partition) => partitions.silent(source, &partition, now),
        #[cfg(feature = "kafka")]
        Signal::Answers(partition) => partitions.answers(source, &partition, now),
        #[cfg(feature = "kafka")]
        Signal::Carries(carrier, upstreams) => {
            upstream::hear(partitions, (source, &carrier), &upstreams, now);
        }
        // Of a group that is shared, which is for the role that hands on.
        #[cfg(feature = "kafka")]
        Signal::Elsewhere(_) | Signal::Joined(_) | Signal::Left(_) => {}
        Signal::Trouble(what) => {
            if health.ill(&part, what.as_str()) {
                tracing::warn!("{part}: {what}");
            }
        }
        Signal::Well => {
            if health.well(&part) {
                tracing::info!("{part} works again");
            }
        }
    }
    false
}
