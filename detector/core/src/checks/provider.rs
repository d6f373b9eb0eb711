//! H09, provider swap, same reach: the models come from somebody else, and every credential is as before. Said when a
//! UTC day closes, because that something is *not* given up shows only after a while.

use ambit_schemas::finding::{Comparison, SubjectKind};
use ambit_schemas::vocabulary::Check;

use crate::atom::Atoms;
use crate::draft::Draft;
use crate::engine::subject;
use crate::habits::Swap;
use crate::symbol::Symbols;

/// Credentials that the sentence names.
const NAMED: usize = 3;

pub(crate) fn draft(workload: &str, swap: Swap, atoms: &Atoms, symbols: &Symbols) -> Draft {
    let (from, to) = (symbols.text(swap.from), symbols.text(swap.to));
    let mut texts = swap.held.iter().map(|atom| atoms.key(*atom).text(symbols)).collect::<Vec<_>>();
    texts.sort_unstable();
    let named = texts.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = texts.len().saturating_sub(NAMED);
    let listed = if more > 0 { format!("{named} and {more} more") } else { named };
    let about = subject(SubjectKind::Edge, format!("{from} -> {to}"));
    let mut draft = Draft::new(Check::H09, workload.to_owned(), about)
        .fact("old_provider", from)
        .fact("new_provider", to)
        .fact("swapped", swap.at.to_string())
        .fact("days", swap.days.to_string())
        .fact("credentials", listed);
    draft.comparisons.push(Comparison {
        parameter: "model provider".into(),
        baseline: from.to_owned(),
        live: to.to_owned(),
    });
    let count = texts.len().to_string();
    draft.comparisons.push(Comparison {
        parameter: "credentials of before that are still obtained".into(),
        baseline: count.clone(),
        live: count,
    });
    draft.sensitivity = swap.sensitivity;
    draft.evidence.push(swap.proof);
    draft
}
