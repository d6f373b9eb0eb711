//! Second names: who may say whose they are, and for how long.

use ambit_schemas::vocabulary::{Check, CredentialKind};

use super::known;
use crate::tests::kit::{Event, check, day, using};
use ambit_schemas::vocabulary::ActionClass;

const ENTITY: &str = "entity:e1";

/// A record that shows both a workload and its entity.
fn shows(name: &str, hours: f64) -> Event {
    let token = format!("token-{name}-{hours}");
    Event { alias: Some(ENTITY.into()), ..using(name, hours, &token, CredentialKind::VaultToken, "10.0.0.1") }
}

/// A record of the entity alone; its C02 says whose it was taken for.
fn alone(hours: f64, credential: &str) -> Event {
    let event = using("x", hours, credential, CredentialKind::VaultToken, "10.0.0.1");
    let event = event.doing("vault:update", ActionClass::ModelChange);
    Event { workload: None, principal: Some(ENTITY.into()), ..event }
}

#[test]
fn the_first_name_stands_while_it_is_confirmed() {
    let inventory = known(&["rag", "eval"]);
    check(&[shows("rag", 1.0), shows("eval", 2.0), alone(3.0, "t")], &inventory, &[(Check::C02, "rag", "")]);
    let confirmed =
        [shows("rag", 1.0), shows("rag", day(6)), shows("eval", day(12)), alone(day(12) + 1.0, "t")];
    check(&confirmed, &inventory, &[(Check::C02, "rag", "")]);
    let old = [shows("rag", 1.0), shows("eval", day(9)), alone(day(9) + 1.0, "t")];
    check(&old, &inventory, &[(Check::C02, "eval", "")]);
}

#[test]
fn a_credential_speaks_before_an_alias() {
    let inventory = known(&["rag", "eval"]);
    let used = using("eval", 2.0, "t", CredentialKind::VaultToken, "10.0.0.1");
    check(&[shows("rag", 1.0), used, alone(3.0, "t")], &inventory, &[(Check::C02, "eval", "")]);
}
