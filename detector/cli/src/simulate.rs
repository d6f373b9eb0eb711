//! `ambit simulate`: a labelled world in the sources' own formats, or as the canonical events that these become.

mod canonical;
mod raw;

use std::fs;
use std::io::Write as _;
use std::path::Path;

use ambit_scenario::world::{Attack, DayFiles, Settings, World};
use anyhow::Context as _;

use self::canonical::Canonical;
use self::raw::Raw;
use crate::args::{Form, SimulateArgs};
use crate::exit::Exit;
use crate::inventory;
use crate::output::Target;
use crate::progress::Progress;

/// So many days are enough for three weeks of baselines and the longest attack, and so many workloads for a victim each.
const ROOMY: i64 = 60;
const INVENTORY: &str = "workloads.yaml";

/// Runs the command.
pub(crate) fn run(args: &SimulateArgs) -> anyhow::Result<Exit> {
    let out = args.out.as_path();
    prepare(out)?;
    let mut world = World::new(Settings {
        seed: args.seed,
        workloads: usize::try_from(args.workloads)?,
        days: args.days,
        attacks: args.attacks.0.clone(),
    });
    write(&out.join(INVENTORY), &[world.inventory()])?;
    let inventory = inventory::load(Some(&out.join(INVENTORY)))?;
    let progress = Progress::simulating(u64::try_from(args.days)?);
    let mut into: Box<dyn FnMut(DayFiles) -> anyhow::Result<()> + '_> = match args.form {
        Form::Raw => {
            let raw = Raw::new(out);
            Box::new(move |day| raw.write(day))
        }
        Form::Canonical => {
            let mut canonical = Canonical::new(out, &inventory)?;
            Box::new(move |day| canonical.write(&day))
        }
    };
    for day in world.by_ref() {
        into(day)?;
        progress.advance(1);
    }
    let absent: Vec<&str> = world.absent().into_iter().map(Attack::as_str).collect();
    if !absent.is_empty() {
        tracing::warn!(
            "{} days of {} workloads have no room for: {}; {ROOMY} of each have all attacks",
            args.days,
            args.workloads,
            absent.join(", ")
        );
    }
    let labels: Vec<String> = world.labels().iter().map(|label| format!("{}\n", label.line())).collect();
    write(&out.join("labels.ndjson"), &labels)?;
    write(&out.join("world.json"), &[format!("{}\n", world.summary().line())])?;
    Ok(Exit::Done)
}

/// Makes the folder. What lies in it already would be read as part of the world.
fn prepare(out: &Path) -> anyhow::Result<()> {
    let failed = || format!("--out {}: cannot be written", out.display());
    fs::create_dir_all(out).with_context(failed)?;
    let is_empty = fs::read_dir(out).with_context(failed)?.next().is_none();
    anyhow::ensure!(is_empty, "--out {}: is not empty; give another folder or empty it", out.display());
    Ok(())
}

fn write(path: &Path, pieces: &[String]) -> anyhow::Result<()> {
    let mut file = Target::File(path.to_owned()).create()?;
    let written = pieces.iter().try_for_each(|piece| file.write_all(piece.as_bytes()));
    written.and_then(|()| file.flush()).with_context(|| format!("cannot write {}", path.display()))
}
