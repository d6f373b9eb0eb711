//! `ambit doctor`: why nothing happens. It looks at what the configuration names, and asks the daemon if one runs.

mod kept;
mod live;
mod places;

use std::io::{self, Write};

use crate::args::DoctorArgs;
use crate::config::{self, Overrides};
use crate::exit::Exit;
use crate::run::world::World;

/// What was found, in the order in which it was looked at.
#[derive(Debug, Default)]
struct Notes(Vec<Note>);

#[derive(Debug)]
struct Note {
    verdict: Verdict,
    about: String,
    what: String,
}

/// How a part fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Well,
    /// It may be meant, and explains why little is found.
    Look,
    Ill,
}

impl Notes {
    fn well(&mut self, about: impl Into<String>, what: impl Into<String>) {
        self.0.push(Note { verdict: Verdict::Well, about: about.into(), what: what.into() });
    }

    fn look(&mut self, about: impl Into<String>, what: impl Into<String>) {
        self.0.push(Note { verdict: Verdict::Look, about: about.into(), what: what.into() });
    }

    fn ill(&mut self, about: impl Into<String>, what: impl Into<String>) {
        self.0.push(Note { verdict: Verdict::Ill, about: about.into(), what: what.into() });
    }
}

/// Runs the command.
pub(crate) fn run(args: &DoctorArgs) -> anyhow::Result<Exit> {
    let config = config::load(&args.config, &Overrides::default())?;
    let mut notes = Notes::default();
    notes.well("configuration", format!("{} is good", args.config.display()));
    let loaded = match World::load(&config) {
        Ok(loaded) => {
            let known = loaded.inventory.workloads.len();
            notes.well("rules and inventory", format!("good; the inventory names {known} workloads"));
            Some(loaded)
        }
        Err(error) => {
            notes.ill("rules and inventory", format!("{error:#}"));
            None
        }
    };
    places::look(&config, &mut notes);
    kept::look(&config, loaded.as_ref(), &mut notes);
    live::look(&config, &mut notes);
    let mut out = anstream::stdout().lock();
    for Note { verdict, about, what } in &notes.0 {
        let word = match verdict {
            Verdict::Well => "well",
            Verdict::Look => "look",
            Verdict::Ill => "ILL ",
        };
        writeln!(out, "{word}  {about}: {what}")?;
    }
    out.flush()?;
    drop(out);
    io::stdout().flush()?;
    let ill = notes.0.iter().any(|note| note.verdict == Verdict::Ill);
    Ok(if ill { Exit::Config } else { Exit::Done })
}
