//! The tables.

use std::collections::BTreeMap;

use super::{cell, table};
use crate::evaluate::pooled::{CHANNELS, Pooled};
use crate::evaluate::run::Report;
use crate::evaluate::verdict::Standing;

/// What the first table leaves out.
pub(super) const NOTE: &str = "Recall: found of all, and the median delay to the first alarm. A simple method calls when \
a day ends, and any alarm of the workload in the incident's time counts for it. An isolation forest is not among them.";

/// All methods.
pub(super) fn methods(report: &Report) -> String {
    let rows = report.methods.iter().map(|method| {
        let kind = |kind: &str| cell::recall_and_delay(&method.recall(|attack| attack.label.kind == kind));
        let rules = method.recall(|attack| !attack.label.is_statistical());
        let count = method.false_alarms(None);
        vec![
            method.threshold.map_or_else(
                || method.method.clone(),
                |threshold| format!("{} > {threshold:.2}", method.method),
            ),
            format!("{:.3} ({count})", method.rate(count)),
            kind("burst"),
            kind("drip"),
            kind("shift"),
            kind("poisoner"),
            kind("probing"),
            cell::recall(&rules),
            cell::precision(method.precision_by_world()),
        ]
    });
    let header = [
        "method",
        "false alarms a workload-month",
        "burst",
        "drip",
        "shift",
        "poisoner",
        "probing",
        "deterministic",
        "precision at 20",
    ];
    table(&header, rows.collect())
}

/// Ambit by kind of attack.
pub(super) fn kinds(ambit: &Pooled) -> String {
    let rows = ambit.recalls().into_iter().map(|(kind, recall)| {
        vec![
            kind,
            recall.of.to_string(),
            cell::recall(&recall),
            cell::proportion_interval(recall.found, recall.of),
            format!("{}/{}", recall.named.0, recall.named.1),
            format!("{}/{}", recall.noticed, recall.of),
            cell::delay(recall.median()),
            cell::delay(recall.ninth_decile()),
        ]
    });
    let header = [
        "attack",
        "incidents",
        "found",
        "95% interval",
        "by each named check",
        "anything raised",
        "median delay",
        "90% within",
    ];
    table(&header, rows.collect())
}

/// Ambit's false alarms by channel.
pub(super) fn channels(ambit: &Pooled, budget: f64) -> String {
    let mut rows = Vec::new();
    for (name, checks, design) in CHANNELS {
        let share = ambit.share(checks, design);
        rows.push(channel(ambit, name, Some((share, budget)), ambit.false_alarms(Some(checks))));
    }
    rows.push(channel(ambit, "all", Some((1.0, budget)), ambit.false_alarms(None)));
    rows.push(channel(ambit, "ratchet D10, no budget", None, ambit.standing(&Standing::FreeRatchet).len()));
    let unexpected = ambit.standing(&Standing::Unexpected).len();
    rows.push(channel(ambit, "unexpected deterministic", None, unexpected));
    let header =
        ["channel", "share", "allowed", "false alarms", "a workload-month", "95% interval", "over its share"];
    table(&header, rows)
}

/// The unexpected findings by check; nothing where there are none.
pub(super) fn unexpected(ambit: &Pooled) -> Option<String> {
    let mut by_check = BTreeMap::<&str, usize>::new();
    for (_, judged) in ambit.standing(&Standing::Unexpected) {
        *by_check.entry(&judged.alarm.check).or_default() += 1;
    }
    let counts = by_check.iter().map(|(check, count)| format!("{check} {count}")).collect::<Vec<_>>();
    (!counts.is_empty()).then(|| format!("Unexpected deterministic findings by check: {}", counts.join(", ")))
}

fn channel(ambit: &Pooled, name: &str, granted: Option<(f64, f64)>, count: usize) -> Vec<String> {
    let rate = ambit.rate(count);
    let nothing = || cell::NOTHING.to_owned();
    vec![
        name.to_owned(),
        granted.map_or_else(nothing, |(share, _)| format!("{:.1}%", share * 100.0)),
        granted.map_or_else(nothing, |(share, budget)| format!("{:.4}", share * budget)),
        count.to_string(),
        format!("{rate:.4}"),
        cell::rate_interval(count, ambit.months),
        granted.map_or_else(nothing, |(share, budget)| format!("{:.2}", rate / (share * budget))),
    ]
}

/// Ambit by budget.
pub(super) fn budgets(report: &Report) -> String {
    let rows = report.budgets.iter().map(|(budget, ambit)| {
        let kind = |kind: &str| cell::recall_and_delay(&ambit.recall(|attack| attack.label.kind == kind));
        let count = ambit.false_alarms(None);
        let rate = ambit.rate(count);
        vec![
            budget.to_string(),
            format!("{rate:.4} ({count})"),
            cell::rate_interval(count, ambit.months),
            format!("{:.2}", rate / budget),
            kind("burst"),
            kind("drip"),
            kind("shift"),
            kind("poisoner"),
            kind("probing"),
        ]
    });
    let header = [
        "budget",
        "realised",
        "95% interval",
        "over the budget",
        "burst",
        "drip",
        "shift",
        "poisoner",
        "probing",
    ];
    table(&header, rows.collect())
}
