//! The checkpoints: are there any, how old are they, are they whole, and can this program go on from them?

use ambit_core::{Detector, Snapshot};
use ambit_schemas::time::SECOND_MICROS;

use super::Notes;
use crate::clock;
#[cfg(feature = "kafka")]
use crate::config::Role;
use crate::config::{Config, Kept};
use crate::run::checkpoint::{self, Seen};
use crate::run::world::World;

const ABOUT: &str = "checkpoints";

/// Looks at all that are kept, newest first.
pub(super) fn look(config: &Config, world: Option<&World>, notes: &mut Notes) {
    let kept = &config.checkpoint.kept;
    if matches!(kept, Kept::Folder(path) if !path.is_dir()) {
        return;
    }
    #[cfg(feature = "kafka")]
    if matches!(config.role, Role::Detect(_)) {
        return cuts(kept, notes);
    }
    let seen = match checkpoint::look(kept) {
        Ok(seen) => seen,
        Err(error) => return notes.ill(ABOUT, format!("{error:#}")),
    };
    let (mut any, mut whole) = (false, false);
    for Seen { name, bytes, modified, state } in seen {
        any = true;
        let age = clock::wall().micros_since(modified).max(0) / SECOND_MICROS;
        let what = format!("{name}: {bytes} bytes, {age} s old");
        match state {
            Err(error) => notes.look(ABOUT, format!("{what}, DAMAGED: {error:#}")),
            Ok(snapshot) => {
                let version = snapshot.version;
                let what = format!("{what}, whole, state of version {version}");
                match world.and_then(|world| refusal(&snapshot, world)) {
                    // The daemon takes the newest whole one.
                    Some(why) if !whole => {
                        notes.ill(ABOUT, format!("{what}: cannot be continued from: {why}"));
                    }
                    Some(why) => notes.look(ABOUT, format!("{what}: cannot be continued from: {why}")),
                    None => notes.well(ABOUT, what),
                }
                whole = true;
            }
        }
    }
    if !any {
        notes.look(ABOUT, format!("{kept} holds none yet"));
    } else if !whole {
        notes.ill(ABOUT, format!(
            "every one in {kept} is damaged, and the daemon will not start: restore them from a backup, or move them away \
             to begin anew"
        ));
    }
}

/// Those of daemons that share the shards.
#[cfg(feature = "kafka")]
fn cuts(kept: &Kept, notes: &mut Notes) {
    match checkpoint::cuts::look(kept) {
        Err(error) => notes.ill(ABOUT, format!("{error:#}")),
        Ok(moments) if moments.is_empty() => {
            notes.look(ABOUT, format!("{kept} holds no moment yet of which every shard was stored"));
        }
        Ok(moments) => {
            for (at, count) in moments {
                notes.well(ABOUT, format!("every shard as it was at {at}, by {count} daemons"));
            }
        }
    }
}

/// Why a state cannot be continued from.
fn refusal(snapshot: &Snapshot, world: &World) -> Option<String> {
    let restored = Detector::restore(world.rules.clone(), world.inventory.clone(), snapshot);
    restored.err().map(|error| error.to_string())
}
