//! What the running daemon says of itself.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Notes;
use crate::config::{Config, Role};
use crate::sink::agent;

const PATIENCE: Duration = Duration::from_secs(5);
/// A checkpoint this many intervals old is late.
const INTERVALS: f64 = 10.0;

/// Asks it.
pub(super) fn look(config: &Config, notes: &mut Notes) {
    let base = format!("http://{}", config.http.listen);
    let Some((_, ready)) = get(&format!("{base}/readyz")) else {
        return notes
            .look("daemon", format!("nobody answers on {base}: it does not run, or listens elsewhere"));
    };
    let ready = serde_json::from_str::<serde_json::Value>(&ready).unwrap_or_default();
    for (part, state) in ready["parts"].as_object().into_iter().flatten() {
        if let Some(state) = state.as_str().filter(|state| *state != "works") {
            notes.ill(part.as_str(), state);
        }
    }
    if ready["ready"] == true {
        notes.well("daemon", "it runs, and every part of it works");
    }
    match get(&format!("{base}/metrics")) {
        Some((200, page)) => judge(&Page::read(&page), config, notes),
        _ => notes.ill("daemon", format!("{base}/metrics does not answer")),
    }
}

fn get(url: &str) -> Option<(u16, String)> {
    let mut response = agent(PATIENCE).get(url).call().ok()?;
    let text = response.body_mut().read_to_string().ok()?;
    Some((response.status().as_u16(), text))
}

/// A page of metrics: each series by its name and labels.
struct Page(BTreeMap<String, f64>);

impl Page {
    fn read(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let series = lines.filter_map(|line| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        });
        Self(series.collect())
    }

    /// The sum of the series of a name.
    fn sum(&self, name: &str) -> f64 {
        let with_labels = format!("{name}{{");
        let own = self.0.iter().filter(|(series, _)| *series == name || series.starts_with(&with_labels));
        own.map(|(_, value)| value).sum()
    }
}

fn judge(page: &Page, config: &Config, notes: &mut Notes) {
    let taken = page.sum("ambit_events_ingested_total");
    let rejected = page.sum("ambit_events_rejected_total");
    if taken == 0.0 && rejected == 0.0 {
        notes.ill("daemon", "no event has come since it was started: look at the sources above");
    } else if taken == 0.0 {
        notes.ill("daemon", format!("{rejected} records came and none could be read: is `format` right?"));
    } else {
        notes.well("daemon", format!("{taken} events have come, {rejected} records could not be read"));
    }
    match config.role {
        Role::All | Role::Detect(_) => judge_detection(page, taken, config, notes),
        Role::Ingest(_) => {
            notes.well("events", format!("{} were handed on", page.sum("ambit_events_handed_on_total")));
        }
    }
    let lag = page.sum("ambit_kafka_lag");
    if lag > 0.0 {
        notes.look("kafka", format!("{lag} messages are not read yet"));
    }
}

/// What a daemon says of the way from events to findings.
fn judge_detection(page: &Page, taken: f64, config: &Config, notes: &mut Notes) {
    let late = page.sum("ambit_events_late_total");
    if late > taken / 100.0 {
        notes.look("watermark", format!(
            "{late} events came too late to be counted: raise `detector.lateness_secs` or find what delays them"
        ));
    }
    let (watermark, pending) =
        (page.sum("ambit_watermark_timestamp_seconds"), page.sum("ambit_pending_events"));
    if watermark == 0.0 && taken > 0.0 {
        notes.look(
            "watermark",
            "a source has something unread that holds all others back, or has only just begun",
        );
    } else if watermark > 0.0 {
        let lag = page.sum("ambit_watermark_lag_seconds");
        notes.well("watermark", format!("{lag:.0} s behind the clock; {pending} events wait for it"));
    }
    let (learning, all) = (page.sum("ambit_workloads{maturity=\"learning\"}"), page.sum("ambit_workloads"));
    if all > 0.0 && (learning - all).abs() < 0.5 {
        notes.look(
            "baselines",
            format!("all {all} workloads are still learning: only deterministic checks speak"),
        );
    } else {
        notes.well("baselines", format!("{learning} of {all} workloads are still learning"));
    }
    let (made, now) =
        (page.sum("ambit_checkpoint_timestamp_seconds"), crate::run::metrics::secs(crate::clock::wall()));
    if made > 0.0
        && pending > 0.0
        && now - made > INTERVALS * config.checkpoint.interval.as_secs_f64().max(6.0)
    {
        notes.look("checkpoint store", format!("the last checkpoint is {:.0} s old", now - made));
    }
}
