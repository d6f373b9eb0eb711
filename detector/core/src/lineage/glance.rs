//! What one event shows of its credential by what is known now, without any of it being noted.

use ambit_schemas::Column;
use ambit_schemas::vocabulary::ActionClass;

use super::credential::{Credential, Use};
use super::notices::{self, Notices};
use super::{Lineage, Standing, crossing, ending, secret, sharing};
use crate::draft::Draft;
use crate::engine::Scene;
use crate::loaded::Row;

/// Drafts H02, H04, H05 and L05 of a credential's use, and L07. What lineage remembers stays as it is.
pub(crate) fn glance(lineage: &mut Lineage, row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    let standing = row.text(Column::Credential).map(|id| at_use(lineage, id, row, scene, drafts));
    let standing = standing.unwrap_or_default();
    let begins_or_ends = matches!(row.class, ActionClass::SessionStart | ActionClass::SessionEnd);
    if !begins_or_ends && !scene.workload.human {
        drafts.extend(lineage.memory.endings.ended(row, scene));
    }
    crossing::run(standing.root, &mut lineage.homes, row, scene, drafts);
    lineage.complete(standing, row, scene, drafts);
}

fn at_use(
    lineage: &mut Lineage,
    id: &str,
    row: &Row<'_>,
    scene: &Scene<'_>,
    drafts: &mut Vec<Draft>,
) -> Standing {
    let credentials = &lineage.memory.credentials;
    let known = credentials.get(id);
    let routine = known.filter(|credential| credential.is_routine(row, scene.workload.name));
    // What a use would change is looked at on a copy.
    let mut copy;
    let credential = if let Some(credential) = routine {
        credential
    } else {
        copy = known.cloned().unwrap_or_else(|| Credential::new(id, row.time));
        let news = copy.note_use(row, scene);
        if news.is_any() && !scene.workload.human {
            let used = Use { credential: &copy, news };
            sharing::run(&used, row, scene, drafts);
            let hop = secret::hops(&lineage.memory.secrets, &used, (row, scene), credentials, drafts);
            if let Some(hop) = hop {
                copy.follows(hop);
            }
        }
        &copy
    };
    let notices = lineage.notices.get_or_insert_with(|| Notices::of(scene.inventory));
    notices::run(notices, (credentials, credential), row, scene, drafts);
    drafts.extend(ending::expired(credential, row, scene));
    Standing::of(credential, row, scene)
}
