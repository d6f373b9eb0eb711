//! The worked example of `docs/drift.md`: what the statistic of drift does in the samples, as a table and a figure.

use std::fmt::Write as _;

use ambit_core::Detector;
use ambit_schemas::EventTime;
use ambit_schemas::finding::Finding;
use ambit_schemas::time::DAY_MICROS;
use ambit_schemas::vocabulary::Check;

use super::state::{EVENTS, drain, inventory, rules};
use crate::tidy::{generated, written};

const WORKLOAD: &str = "feature-trainer";
const DOCUMENT: &str = "docs/drift.md";
const FIGURE: &str = "docs/drift-example.svg";
/// The first day that is shown: a week before the first new thing.
const SHOWN_FROM: &str = "2026-03-19";

/// One day of the example.
#[derive(Debug)]
struct Day {
    date: String,
    /// What was reached for the first time.
    first: Vec<String>,
    /// The statistic at the day's end; where an alarm reset it, what it had come to.
    statistic: f64,
    alarm: bool,
}

fn date(time: EventTime) -> String {
    time.to_string()[..10].to_owned()
}

fn is_drift(finding: &Finding) -> bool {
    finding.check == Check::D01 && finding.workload == WORKLOAD
}

/// The days of the samples, one by one, and the last transition of the drift.
fn days() -> (Vec<Day>, f64, Finding) {
    let mut detector = Detector::new(rules(), inventory());
    detector.push(&EVENTS);
    let times = EVENTS.times();
    let (first, last) = (EventTime(times[0]).day(), EventTime(times[times.len() - 1]).day());
    let (mut days, mut threshold, mut found) = (Vec::new(), 0.0, Vec::new());
    for day in first..=last {
        let date = date(EventTime::from_day(day));
        detector.advance(EventTime::from_day(day).plus_micros(DAY_MICROS - 1));
        drain(&mut detector, &mut found);
        let Some(view) = detector.baseline(WORKLOAD).filter(|_| date.as_str() >= SHOWN_FROM) else {
            continue;
        };
        let Some((statistic, alarms_at)) = view.suspicion.drift else { continue };
        threshold = alarms_at;
        let new = view.atoms.iter().filter(|atom| self::date(atom.first_seen) == date);
        let first = new.map(|atom| atom.text.clone()).collect();
        days.push(Day { date, first, statistic, alarm: false });
    }
    found.retain(is_drift);
    note_alarms(&mut days, &found);
    (days, threshold, found.pop().expect("the samples hold a drift"))
}

/// An alarm is where the finding has a new score: a recurrence without a new crossing keeps the one before it.
fn note_alarms(days: &mut [Day], found: &[Finding]) {
    let mut told = None;
    for finding in found {
        let Some(score) = finding.score.as_ref().filter(|score| told != Some(score.value)) else { continue };
        told = Some(score.value);
        if let Some(day) = days.iter_mut().find(|day| day.date == date(finding.time)) {
            (day.alarm, day.statistic) = (true, score.value);
        }
    }
}

fn table(days: &[Day]) -> String {
    let mut table = "| day | reached for the first time | statistic | |\n|---|---|---|---|\n".to_owned();
    for day in days.iter().filter(|day| day.alarm || !day.first.is_empty()) {
        let first = day.first.iter().map(|atom| format!("`{atom}`")).collect::<Vec<_>>().join(", ");
        let alarm = if day.alarm { "**alarm**" } else { "" };
        writeln!(table, "| {} | {first} | {:.1} | {alarm} |", day.date, day.statistic).unwrap();
    }
    table
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 330.0;
const LEFT: f64 = 60.0;
const BOTTOM: f64 = 280.0;
const TOP: f64 = 30.0;
/// Powers of ten from the bottom to the top.
const LEAST: f64 = -1.0;
const MOST: f64 = 4.0;

fn height(statistic: f64) -> f64 {
    let log = statistic.max(10_f64.powf(LEAST)).log10().min(MOST);
    BOTTOM - (log - LEAST) / (MOST - LEAST) * (BOTTOM - TOP)
}

/// The statistic by day on a logarithmic scale, the threshold, a mark for each day that brought something new.
#[expect(clippy::cast_precision_loss, reason = "a few dozen days")]
fn figure(days: &[Day], threshold: f64) -> String {
    let step = (WIDTH - LEFT - 20.0) / (days.len() as f64 - 1.0);
    let x = |index: usize| LEFT + step * index as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <title>The statistic of drift of {WORKLOAD}, by day</title>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n"
    );
    for power in -1..=4 {
        let (value, y) = (10_f64.powi(power), height(10_f64.powi(power)));
        writeln!(svg, "<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>", WIDTH - 20.0, LEFT - 6.0, y + 4.0).unwrap();
    }
    let y = height(threshold);
    writeln!(svg, "<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#b00\" stroke-dasharray=\"6 4\"/><text x=\"{}\" y=\"{:.1}\" fill=\"#b00\">alarm at {threshold:.0}</text>", WIDTH - 20.0, LEFT + 6.0, y - 5.0).unwrap();
    let points =
        days.iter().enumerate().map(|(index, day)| format!("{:.1},{:.1}", x(index), height(day.statistic)));
    writeln!(
        svg,
        "<polyline fill=\"none\" stroke=\"#06c\" stroke-width=\"2\" points=\"{}\"/>",
        points.collect::<Vec<_>>().join(" ")
    )
    .unwrap();
    for (index, day) in days.iter().enumerate() {
        let (x, y) = (x(index), height(day.statistic));
        if day.alarm {
            writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"#b00\"/>").unwrap();
        }
        if !day.first.is_empty() {
            writeln!(svg, "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{BOTTOM}\" y2=\"{}\" stroke=\"#080\" stroke-width=\"3\"/>", BOTTOM - 10.0).unwrap();
        }
        if index % 4 == 0 {
            writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                BOTTOM + 18.0,
                &day.date[5..]
            )
            .unwrap();
        }
    }
    writeln!(svg, "<text x=\"{LEFT}\" y=\"{}\"><tspan fill=\"#06c\">statistic</tspan> at the end of each day; <tspan fill=\"#080\">green</tspan>: something new was reached; <tspan fill=\"#b00\">red</tspan>: alarm, after which it begins at 0 again</text>\n</svg>", HEIGHT - 12.0).unwrap();
    svg
}

fn quoted(finding: &Finding) -> String {
    let catalogue = ambit_rules::Catalogue::embedded().unwrap();
    let facts = ambit_rules::catalogue::facts(finding);
    let added = finding.added.iter().map(|atom| format!("`{}`", atom.text)).collect::<Vec<_>>().join(", ");
    format!(
        "> {}\n\nIts list: {added}. Its reach score went from {} to {}.\n",
        catalogue.entry(Check::D01).unwrap().sentence(&facts),
        finding.reach.before.unwrap_or_default(),
        finding.reach.live.unwrap_or_default(),
    )
}

#[test]
fn the_example_of_the_document_is_what_the_samples_give() {
    let (days, threshold, last) = days();
    assert!(days.iter().any(|day| day.alarm));
    generated::check(DOCUMENT, "days", &table(&days));
    generated::check(DOCUMENT, "finding", &quoted(&last));
    written(FIGURE, &figure(&days, threshold));
}
