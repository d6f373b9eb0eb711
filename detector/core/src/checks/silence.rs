//! The quiet half of C04: a log source that falls silent while another of the same account goes on.

use std::collections::BTreeMap;

use ambit_schemas::finding::{Comparison, Evidence, FindingUid, SubjectKind};
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::HOUR_MICROS;
use ambit_schemas::vocabulary::{Check, Source};
use ambit_schemas::{EventTime, RuleSet};

use crate::codec::codec_struct;
use crate::draft::{Draft, Fact, evidence};
use crate::engine::subject;
use crate::loaded::Row;
use crate::symbol::{Symbol, Symbols};

/// What is known of one source in one account.
#[derive(Debug)]
struct Stream {
    first: EventTime,
    last: EventTime,
    longest_gap_micros: i64,
    silent: bool,
}
codec_struct!(Stream { first, last, longest_gap_micros, silent });

impl Stream {
    /// When its silence would mean something; `None` while it has too little history.
    fn deadline(&self, rules: &RuleSet) -> Option<EventTime> {
        let history = self.last.micros_since(self.first);
        if self.silent || history < rules.days_micros(Parameter::SilenceHistoryDays) {
            return None;
        }
        Some(self.last.plus_micros(longest_allowed(self.longest_gap_micros, rules)))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a gap in microseconds; the cast saturates"
)]
fn longest_allowed(longest_gap_micros: i64, rules: &RuleSet) -> i64 {
    let floor = rules.value(Parameter::SilenceGapHours) * HOUR_MICROS as f64;
    let grown = rules.value(Parameter::SilenceGapFactor) * longest_gap_micros as f64;
    floor.max(grown) as i64
}

/// An account's sources, and when the next of them would be silent too long.
#[derive(Debug, Default)]
struct Account {
    streams: BTreeMap<Source, Stream>,
    deadline: Option<EventTime>,
}
codec_struct!(Account { streams, deadline });

/// The log sources of every account.
#[derive(Debug, Default)]
pub(crate) struct LogSources {
    accounts: BTreeMap<Symbol, Account>,
}
codec_struct!(LogSources { accounts });

impl LogSources {
    /// Notes an event, and drafts a finding for each other source of its account that has been silent too long. Only an
    /// event can say so: at the end of input nothing is silent. Gives the silence that this event ends, with the proof.
    pub(crate) fn saw(
        &mut self,
        row: &Row<'_>,
        rules: &RuleSet,
        symbols: &Symbols,
        drafts: &mut Vec<Draft>,
    ) -> Option<Ended> {
        let name = row.ids.account?;
        let account = self.accounts.entry(name).or_default();
        if account.deadline.is_some_and(|deadline| row.time > deadline) {
            for (source, stream) in account.streams.iter_mut().filter(|(source, _)| **source != row.source) {
                if stream.deadline(rules).is_some_and(|deadline| row.time > deadline) {
                    stream.silent = true;
                    drafts.push(silent(*source, stream, symbols.text(name), row, rules));
                }
            }
            account.deadline = account.streams.values().filter_map(|stream| stream.deadline(rules)).min();
        }
        let stream = account.streams.entry(row.source).or_insert(Stream {
            first: row.time,
            last: row.time,
            longest_gap_micros: 0,
            silent: false,
        });
        let ended = std::mem::take(&mut stream.silent);
        if !ended {
            // A silence that was a finding must not teach what is normal.
            stream.longest_gap_micros = stream.longest_gap_micros.max(row.time.micros_since(stream.last));
        }
        let silent_since = stream.last;
        stream.last = stream.last.max(row.time);
        if account.deadline.is_none() {
            account.deadline = stream.deadline(rules);
        }
        let log = ended.then(|| log_source(row.source, symbols.text(name)))?;
        let about = subject(SubjectKind::LogSource, log.clone());
        Some(Ended {
            uid: FindingUid::new(&rules.tenant, Check::C04, &log, &about),
            facts: facts("over", silent_since, &log, (symbols.text(name), row)),
            proof: evidence(row),
        })
    }
}

/// A silence that is over.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The finding that told of it.
    pub(crate) uid: FindingUid,
    /// What there is to say of all of it.
    pub(crate) facts: [Fact; 5],
    /// The event that ended it.
    pub(crate) proof: Evidence,
}

/// What a silence is told with, from its last event to a row.
fn facts(what: &str, since: EventTime, log: &str, (account, row): (&str, &Row<'_>)) -> [Fact; 5] {
    [
        ("what", what.to_owned()),
        ("target", log.to_owned()),
        ("action", format!("last event before it {since}")),
        ("gap_hours", hours(row.time.micros_since(since))),
        ("account", account.to_owned()),
    ]
}

fn hours(micros: i64) -> String {
    (micros / HOUR_MICROS).to_string()
}

fn log_source(source: Source, account: &str) -> String {
    format!("{source}/{account}")
}

fn silent(source: Source, stream: &Stream, account: &str, row: &Row<'_>, rules: &RuleSet) -> Draft {
    let log = log_source(source, account);
    let mut draft = Draft::new(Check::C04, log.clone(), subject(SubjectKind::LogSource, log.clone()));
    draft.facts = facts("silent", stream.last, &log, (account, row)).into();
    draft.comparisons.push(Comparison {
        parameter: "hours without an event".into(),
        baseline: format!(
            "longest {}, allowed {}",
            hours(stream.longest_gap_micros),
            hours(longest_allowed(stream.longest_gap_micros, rules))
        ),
        live: hours(row.time.micros_since(stream.last)),
    });
    draft
}
