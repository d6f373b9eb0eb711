//! The report as one JSON object, for further work: each attack and each alarm with its text.

use serde_json::{Value, json};

use super::{Report, text};
use crate::evaluate::interval;
use crate::evaluate::pooled::{CHANNELS, Pooled, Recall};
use crate::evaluate::target::Bound;
use crate::evaluate::verdict::{JudgedAlarm, JudgedAttack, Standing};

/// The object.
pub(super) fn of(report: &Report) -> Value {
    json!({
        "header": report.header,
        "budget": report.budget,
        "methods": report.methods.iter().map(|pooled| method(pooled, report.budget)).collect::<Value>(),
        "budgets": report
            .budgets
            .iter()
            .map(|(budget, pooled)| json!({ "budget": budget, "result": method(pooled, *budget) }))
            .collect::<Value>(),
        "targets": report
            .targets
            .iter()
            .map(|target| {
                let (bound, value) = match target.bound {
                    Bound::AtMost(value) => ("at_most", value),
                    Bound::AtLeast(value) => ("at_least", value),
                };
                json!({
                    "what": target.what,
                    bound: value,
                    "measured": target.measured,
                    "missed_by": target.missed_by(),
                })
            })
            .collect::<Value>(),
    })
}

fn method(pooled: &Pooled, budget: f64) -> Value {
    let count = pooled.false_alarms(None);
    json!({
        "method": pooled.method,
        "threshold": pooled.threshold,
        "workload_months": pooled.months,
        "false_alarms": count,
        "false_alarm_rate": rate(pooled, count),
        "channels": CHANNELS
            .iter()
            .map(|(name, checks, design)| {
                let (count, share) = (pooled.false_alarms(Some(checks)), pooled.share(checks, *design));
                json!({
                    "channel": name,
                    "share": share,
                    "false_alarms": count,
                    "false_alarm_rate": rate(pooled, count),
                    "over_share": pooled.rate(count) / (share * budget),
                })
            })
            .collect::<Value>(),
        "recall": pooled.recalls().iter().map(|(kind, found)| (kind.clone(), recall(found))).collect::<Value>(),
        "precision_at_20": {
            "by_world": pooled.precision_by_world().part(),
            "pooled": pooled.precision_pooled().part(),
        },
        "attacks": pooled.attacks().map(|(seed, judged)| attack(seed, judged)).collect::<Value>(),
        "alarms": pooled.alarms().map(|(seed, judged)| alarm(seed, judged)).collect::<Value>(),
    })
}

fn rate(pooled: &Pooled, count: usize) -> Value {
    let (least, most) = interval::poisson(count);
    let months = pooled.months.max(f64::MIN_POSITIVE);
    json!({ "rate": pooled.rate(count), "interval_95": [least / months, most / months] })
}

#[expect(clippy::cast_precision_loss, reason = "delays of weeks")]
fn recall(recall: &Recall) -> Value {
    let days = |micros: i64| micros as f64 / ambit_schemas::time::DAY_MICROS as f64;
    let (least, most) = interval::proportion(recall.found, recall.of);
    json!({
        "incidents": recall.of,
        "found": recall.found,
        "interval_95": [least, most],
        "by_named_checks": recall.named.0,
        "that_name_checks": recall.named.1,
        "anything_raised": recall.noticed,
        "median_delay_days": recall.median().map(days),
        "ninth_decile_delay_days": recall.ninth_decile().map(days),
    })
}

fn attack(seed: u64, judged: &JudgedAttack) -> Value {
    json!({
        "seed": seed,
        "incident": judged.label.incident,
        "kind": judged.label.kind,
        "workload": judged.label.workload,
        "from": judged.label.from.to_string(),
        "to": judged.label.to.to_string(),
        "what": judged.label.what,
        "is_found": judged.is_found(),
        "found_at": text(judged.found),
        "missing_checks": judged.missing,
        "anything_raised": judged.noticed,
    })
}

fn alarm(seed: u64, judged: &JudgedAlarm) -> Value {
    let (standing, shows) = match &judged.standing {
        Standing::Attack(incident) => ("attack", Some(incident)),
        Standing::FalseAlarm => ("false_alarm", None),
        Standing::FreeRatchet => ("ratchet", None),
        Standing::Allowed(incident) => ("allowed", Some(incident)),
        Standing::Unexpected => ("unexpected", None),
        Standing::Record => ("record", None),
    };
    json!({
        "seed": seed,
        "uid": judged.alarm.uid,
        "check": judged.alarm.check,
        "workload": judged.alarm.workload,
        "time": judged.alarm.time.to_string(),
        "sentence": judged.alarm.sentence,
        "standing": standing,
        "shows": shows,
        "near_benign": judged.near,
    })
}
