//! `ambit hunt`: SQL over what is kept: the archive's events, findings, and what a state knows of workloads, their reach
//! and their credentials.

#![cfg(feature = "hunt")]

mod answer;
mod archive;
mod findings;
mod known;

use std::io::IsTerminal;
use std::path::PathBuf;

use self::answer::Shape;
use crate::args::{Answer, HuntArgs};
use crate::exit::{Exit, usage};
use crate::output::{self, Target};
use ambit_history::{Hunt, HuntError};

/// Runs the command.
pub(crate) fn run(args: &HuntArgs) -> anyhow::Result<Exit> {
    let shape = shape(args);
    if shape == Shape::Parquet && args.out == Target::Stdout {
        return Err(usage("Parquet is no stream: give --out a file"));
    }
    let read = args.archive.iter().chain(&args.findings).chain(&args.state);
    output::check_spares(&[("--out", Some(&args.out))], &read.map(PathBuf::as_path).collect::<Vec<_>>())?;
    let hunt = Hunt::new(args.memory)?;
    if let Some(path) = &args.archive {
        archive::open(&hunt, path)?;
    }
    if !args.findings.is_empty() {
        let rows = findings::read(&args.findings)?;
        hunt.table("findings", rows.schema(), vec![rows])?;
    }
    if let Some(state) = args.state() {
        let detector = crate::baseline::detector(&state)?;
        for (name, rows) in known::tables(&detector)? {
            hunt.table(name, rows.schema(), vec![rows])?;
        }
    }
    let wrong = |error| match error {
        HuntError::Query(error) => usage(hint(args, &error)),
        error => error.into(),
    };
    let rows = hunt.ask(&args.sql).map_err(wrong)?;
    let schema = rows.schema();
    let rows = rows.map(|batch| batch.map_err(wrong));
    if shape == Shape::Table {
        let table = answer::table(&schema, rows, args.memory)?;
        match args.out {
            Target::Stdout => output::print_page(|page, width| table.print(page, width))?,
            Target::File(_) => args.out.create_whole(|out| Ok(table.print(out, None)?))?,
        }
        return Ok(Exit::Done);
    }
    args.out.create_whole(|out| match shape {
        Shape::Csv => answer::csv(out, &schema, rows),
        Shape::Parquet => answer::parquet(out, &schema, rows),
        Shape::Table | Shape::Lines => answer::lines(out, rows),
    })?;
    Ok(Exit::Done)
}

/// What was asked for, else what the name of the output says, else a table for people and lines for programs.
fn shape(args: &HuntArgs) -> Shape {
    let by_name = match &args.out {
        Target::File(path) => path.extension().and_then(|ending| ending.to_str()),
        Target::Stdout => None,
    };
    match (args.format, by_name) {
        (Some(Answer::Table), _) => Shape::Table,
        (Some(Answer::Csv), _) | (None, Some("csv")) => Shape::Csv,
        (Some(Answer::Parquet), _) | (None, Some("parquet")) => Shape::Parquet,
        (None, _) if args.out == Target::Stdout && std::io::stdout().is_terminal() => Shape::Table,
        (Some(Answer::Ndjson) | None, _) => Shape::Lines,
    }
}

/// A table that is asked for and not there is most often one whose flag was not given.
fn hint(args: &HuntArgs, error: &str) -> String {
    let absent = [
        ("events", args.archive.is_none(), "--archive DIR|URL"),
        ("findings", args.findings.is_empty(), "--findings F"),
        ("workloads", args.state.is_none(), "--state DIR"),
        ("reach", args.state.is_none(), "--state DIR"),
        ("credentials", args.state.is_none(), "--state DIR"),
    ];
    let asked = absent.iter().find(|(table, absent, _)| *absent && error.contains(&format!(".{table}'")));
    asked.map_or_else(|| error.to_owned(), |(table, _, flag)| format!("{error}; `{table}` comes with {flag}"))
}
