//! `ambit diff A B`: the findings of two replays against each other. What would today's rules have found?

mod findings;
mod page;

use std::collections::BTreeMap;
use std::io::{self, Write};

use ambit_schemas::vocabulary::Severity;
use serde_json::{Map, Value, json};

use self::findings::{Told, read};
use crate::args::DiffArgs;
use crate::exit::Exit;
use crate::output;

/// What two sets of findings have and lack.
#[derive(Debug, Default)]
struct Difference {
    only_in_a: Vec<Told>,
    only_in_b: Vec<Told>,
    changed: Vec<Changed>,
    same: usize,
}

/// A finding of both sets that says something else in the second.
#[derive(Debug)]
struct Changed {
    finding: Told,
    /// By field: what the first set says, and the second.
    fields: BTreeMap<&'static str, (Value, Value)>,
}

/// Runs the command.
pub(crate) fn run(args: &DiffArgs) -> anyhow::Result<Exit> {
    let difference = compare(read(&args.a)?, read(&args.b)?);
    if args.json {
        writeln!(io::stdout().lock(), "{:#}", document(&difference))?;
    } else {
        output::print_page(|out, width| page::print(out, width, &difference))?;
    }
    let grave = |severity: Severity| {
        difference.only_in_b.iter().any(|finding| finding.severity_id >= i64::from(severity.ocsf_id()))
    };
    Ok(if args.fail_on.is_some_and(grave) { Exit::Found } else { Exit::Done })
}

/// The last line of each uid is the finding; sets in the order of time, then uid.
fn compare(a: BTreeMap<String, Told>, mut b: BTreeMap<String, Told>) -> Difference {
    let mut difference = Difference::default();
    for (uid, one) in a {
        let Some(other) = b.remove(&uid) else {
            difference.only_in_a.push(one);
            continue;
        };
        let fields = other.fields_unlike(&one);
        if fields.is_empty() {
            difference.same += 1;
        } else {
            difference.changed.push(Changed { finding: other, fields });
        }
    }
    difference.only_in_b = b.into_values().collect();
    difference.only_in_a.sort_by(Told::in_time);
    difference.only_in_b.sort_by(Told::in_time);
    difference.changed.sort_by(|one, other| one.finding.in_time(&other.finding));
    difference
}

fn document(difference: &Difference) -> Value {
    let told = |findings: &[Told]| findings.iter().map(Told::document).collect::<Vec<_>>();
    let changed = difference.changed.iter().map(|changed| {
        let fields = changed.fields.iter();
        let fields = fields.map(|(field, (a, b))| ((*field).to_owned(), json!({ "a": a, "b": b })));
        let mut document = changed.finding.document();
        document["changed"] = Value::Object(fields.collect::<Map<_, _>>());
        document
    });
    json!({
        "only_in_a": told(&difference.only_in_a),
        "only_in_b": told(&difference.only_in_b),
        "changed": changed.collect::<Vec<_>>(),
        "same": difference.same,
    })
}
