//! What a method means, how a call ended and who is a service's own agent: the tables `data/gcp_*.txt`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ambit_schemas::inventory::Glob;
use ambit_schemas::vocabulary::Outcome;

use super::names;
use crate::actions::plane::{Known, Plane};
use crate::actions::table::{self, BadLine};

#[derive(Debug, Default)]
struct Tables {
    actions: Plane,
    codes: BTreeMap<&'static str, (Outcome, &'static str)>,
    methods: Vec<(Glob, Outcome)>,
    agents: Vec<Glob>,
    bad: Vec<BadLine>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables {
        actions: Plane::read("gcp_actions.txt", include_str!("../../../data/gcp_actions.txt")),
        ..Tables::default()
    };
    let Tables { codes, methods, agents, bad, .. } = &mut tables;
    let text = include_str!("../../../data/gcp_outcomes.txt");
    table::read("gcp_outcomes.txt", text, bad, |[by, key, outcome, name]| {
        let outcome = Outcome::parse(outcome)?;
        match by {
            "code" => codes.insert(key, (outcome, name)).is_none().then_some(()),
            "method" => {
                methods.push((Glob::new(key), outcome));
                Some(())
            }
            _ => None,
        }
    });
    let text = include_str!("../../../data/gcp_agents.txt");
    table::read("gcp_agents.txt", text, bad, |[pattern, _why]| {
        agents.push(Glob::new(pattern));
        Some(())
    });
    tables
});

/// The meaning of an action.
pub(in crate::decode) fn action(action: &str) -> Known {
    let plain = action.strip_prefix("gcp:").unwrap_or(action);
    TABLES.actions.of(plain, names::verb(plain))
}

/// How a call ended whose method says so already.
pub(super) fn outcome_of_method(action: &str) -> Option<Outcome> {
    let plain = action.strip_prefix("gcp:").unwrap_or(action);
    TABLES.methods.iter().find(|(method, _)| method.matches(plain)).map(|(_, outcome)| *outcome)
}

/// How a call ended, by its status, by what its method says already and by whether a permission was refused.
pub(super) fn outcome(
    status: Option<&str>,
    by_method: Option<Outcome>,
    is_refused: bool,
) -> (Outcome, Option<&str>) {
    match status {
        None | Some("0") => {
            let fallback = if is_refused { Outcome::Denied } else { Outcome::Success };
            (by_method.unwrap_or(fallback), None)
        }
        Some(code) => {
            let (outcome, name) = TABLES.codes.get(code).copied().unwrap_or((Outcome::Failure, code));
            (outcome, Some(name))
        }
    }
}

/// Whether an account is one that Google runs its own services with.
pub(super) fn is_service_agent(email: &str) -> bool {
    TABLES.agents.iter().any(|agent| agent.matches(email))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_tables_is_understood() {
        assert_eq!((&*TABLES.actions.bad, &*TABLES.bad), (&[][..], &[][..]));
    }
}
