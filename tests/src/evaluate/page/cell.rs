//! Figures as text.

use ambit_schemas::time::{DAY_MICROS, HOUR_MICROS};

use crate::evaluate::interval;
use crate::evaluate::pooled::{Precision, Recall};

/// What stands where there is nothing to say.
pub(super) const NOTHING: &str = "-";

/// A delay in hours below two days, else in days.
#[expect(clippy::cast_precision_loss, reason = "delays of weeks")]
pub(super) fn delay(micros: Option<i64>) -> String {
    match micros {
        None => NOTHING.to_owned(),
        Some(micros) if micros < 2 * DAY_MICROS => format!("{:.1} h", micros as f64 / HOUR_MICROS as f64),
        Some(micros) => format!("{:.1} d", micros as f64 / DAY_MICROS as f64),
    }
}

/// `0.97 (29/30)`.
pub(super) fn recall(recall: &Recall) -> String {
    recall
        .part()
        .map_or_else(|| NOTHING.to_owned(), |part| format!("{part:.2} ({}/{})", recall.found, recall.of))
}

/// The same, with the median delay.
pub(super) fn recall_and_delay(found: &Recall) -> String {
    match found.median() {
        None => recall(found),
        median => format!("{} {}", recall(found), delay(median)),
    }
}

/// `0.85 (17/20)`.
pub(super) fn precision(precision: Precision) -> String {
    precision.part().map_or_else(
        || NOTHING.to_owned(),
        |part| format!("{part:.2} ({}/{})", precision.true_alarms, precision.of),
    )
}

/// The interval of a proportion.
pub(super) fn proportion_interval(found: usize, of: usize) -> String {
    let (least, most) = interval::proportion(found, of);
    format!("{least:.2}-{most:.2}")
}

/// The interval of a rate.
pub(super) fn rate_interval(count: usize, months: f64) -> String {
    if months <= 0.0 {
        return NOTHING.to_owned();
    }
    let (least, most) = interval::poisson(count);
    format!("{:.3}-{:.3}", least / months, most / months)
}
