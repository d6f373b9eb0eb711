//! Atoms: the small things a workload can be seen to reach, bounded in number and never a raw identifier.

use std::hash::BuildHasher;

use ambit_schemas::Column;
use ambit_schemas::vocabulary::{ActionClass, CredentialKind, Plane, Vocabulary};
use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::codec::{Codec, CodecError, Numbers, Reader, codec_struct};
use crate::loaded::Row;
use crate::symbol::{Symbol, Symbols};

/// A text that an atom does not have.
const NONE: u32 = u32::MAX;

/// An atom by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct AtomId(pub(crate) u32);

/// What makes two sightings the same atom. `scope` is the service, the issuer, the tool server or the model's provider;
/// `target` the resource group, the tool, the model family or the other party; numbers are symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct AtomKey {
    plane: u8,
    class: u8,
    kind: u8,
    scope: u32,
    target: u32,
    environment: u32,
}
codec_struct!(AtomKey { plane, class, kind, scope, target, environment });

impl AtomKey {
    /// The plane.
    pub(crate) fn plane(&self) -> Plane {
        Plane::from_index(self.plane.into()).unwrap_or(Plane::Privilege)
    }

    /// The action class.
    pub(crate) fn class(&self) -> ActionClass {
        ActionClass::from_index(self.class.into()).unwrap_or(ActionClass::Read)
    }

    /// What reach is summed by: everything but the target and the credential's kind.
    pub(crate) const fn breadth(&self) -> (u8, u32, u8, u32) {
        (self.plane, self.scope, self.class, self.environment)
    }

    /// The symbols in it.
    pub(crate) fn symbols(&self) -> impl Iterator<Item = Symbol> + use<> {
        [self.scope, self.target, self.environment].into_iter().filter(|number| *number != NONE).map(Symbol)
    }

    /// The scope: for a tool atom its server.
    pub(crate) const fn scope(&self) -> u32 {
        self.scope
    }

    /// The atom in words.
    pub(crate) fn text(&self, symbols: &Symbols) -> String {
        let word = |number: u32| if number == NONE { "-" } else { symbols.text(Symbol(number)) };
        let kind = CredentialKind::from_index(self.kind.into()).map_or("-", CredentialKind::as_str);
        let (scope, target, environment) = (word(self.scope), word(self.target), word(self.environment));
        match self.plane() {
            Plane::Privilege => format!("{scope} · {} · {target} · {environment} · {kind}", self.class()),
            Plane::Credential => format!("{scope} · {kind} · {target}"),
            Plane::Delegation => format!("{target} -> {scope}"),
            Plane::Control => format!("{scope} · {} · {target}", self.class()),
            _ => format!("{scope} · {target}"),
        }
    }
}

/// Tenths of the weight of a plane and class in the reach score (detector.md, section 1).
pub(crate) const fn weight_tenths(plane: Plane, class: ActionClass) -> i64 {
    match plane {
        Plane::Privilege => match class {
            ActionClass::List
            | ActionClass::CredentialUse
            | ActionClass::SessionStart
            | ActionClass::SessionEnd => 1,
            ActionClass::Read
            | ActionClass::SecretRead
            | ActionClass::ModelInvoke
            | ActionClass::ToolInvoke => 5,
            ActionClass::PermissionsChange | ActionClass::TrustChange => 30,
            _ => 10,
        },
        Plane::Credential | Plane::Delegation => 10,
        Plane::Tool | Plane::Model => 5,
        Plane::Network | Plane::Control => 0,
    }
}

/// Numbers atoms in event order.
#[derive(Debug, Default)]
pub(crate) struct Atoms {
    keys: Vec<AtomKey>,
    index: HashTable<u32>,
    /// By action symbol: the symbol of its service, worked out once.
    services: Vec<u32>,
}

impl Atoms {
    /// The key of an atom.
    pub(crate) fn key(&self, atom: AtomId) -> &AtomKey {
        &self.keys[atom.0 as usize]
    }

    /// The atoms, by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (AtomId, &AtomKey)> {
        (0..).map(AtomId).zip(&self.keys)
    }

    /// The number of an atom of another detector, whose symbols are those of `numbers`.
    pub(crate) fn adopt(&mut self, key: &AtomKey, numbers: &Numbers) -> Result<AtomId, CodecError> {
        let known = |symbol: u32| match symbol {
            NONE => Ok(NONE),
            symbol => numbers.symbols.get(&symbol).copied().ok_or(CodecError::Malformed("symbol")),
        };
        let (scope, target, environment) = (known(key.scope)?, known(key.target)?, known(key.environment)?);
        Ok(self.intern(AtomKey { scope, target, environment, ..*key }))
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.keys.capacity() * size_of::<AtomKey>() + self.index.capacity() * 5 + self.services.capacity() * 4
    }

    fn intern(&mut self, key: AtomKey) -> AtomId {
        let (hash, keys) = (hash(&key), &self.keys);
        if let Some(slot) = self.index.find(hash, |slot| keys[*slot as usize] == key) {
            return AtomId(*slot);
        }
        let slot = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        self.keys.push(key);
        let keys = &self.keys;
        self.index.insert_unique(hash, slot, |slot| self::hash(&keys[*slot as usize]));
        AtomId(slot)
    }

    /// `s3` of `aws:s3:GetObject`, `vault` of `vault:read`.
    fn service(&mut self, action: Option<Symbol>, symbols: &mut Symbols) -> u32 {
        let Some(Symbol(action)) = action else { return NONE };
        let slot = action as usize;
        if slot >= self.services.len() {
            self.services.resize(slot + 1, NONE);
        }
        if self.services[slot] == NONE {
            let text = symbols.text(Symbol(action));
            let mut parts = text.split(':');
            let first = parts.next().unwrap_or_default();
            let service =
                if matches!(first, "aws" | "gcp" | "azure") { parts.next().unwrap_or(first) } else { first };
            let service = service.to_owned();
            self.services[slot] = symbols.intern(&service).0;
        }
        self.services[slot]
    }

    /// The atom that a successful event is a sighting of: one an event, on the plane that says most. `None` where it
    /// reaches nothing (a caller-identity call).
    pub(crate) fn of(&mut self, row: &Row<'_>, symbols: &mut Symbols) -> Option<AtomId> {
        let ids = &row.ids;
        let number = |symbol: Option<Symbol>| symbol.map_or(NONE, |symbol| symbol.0);
        let class = small(row.class.index());
        let plain = |plane: Plane, scope, target| AtomKey {
            plane: small(plane.index()),
            class,
            kind: u8::MAX,
            scope,
            target,
            environment: NONE,
        };
        let kind = |kind: Option<CredentialKind>| kind.map_or(u8::MAX, |kind| small(kind.index()));
        let key = match row.class {
            ActionClass::ToolInvoke => plain(Plane::Tool, number(ids.tool_server), number(ids.tool)),
            ActionClass::ModelInvoke if ids.model.is_some() => {
                let family = symbols.intern(&model_family(row.text(Column::Model).unwrap_or_default()));
                plain(Plane::Model, number(ids.model_provider), family.0)
            }
            ActionClass::CredentialUse | ActionClass::SessionStart | ActionClass::SessionEnd => return None,
            _ if row.issued_kind.is_some() => AtomKey {
                kind: kind(row.issued_kind),
                ..plain(Plane::Credential, self.service(ids.action, symbols), number(ids.resource_group))
            },
            _ => AtomKey {
                kind: kind(row.credential_kind),
                environment: number(ids.environment),
                ..plain(Plane::Privilege, self.service(ids.action, symbols), number(ids.resource_group))
            },
        };
        Some(self.intern(key))
    }

    /// The atom of where an event came from and with which client; `None` where the log does not say.
    pub(crate) fn network(&mut self, row: &Row<'_>) -> Option<AtomId> {
        let network = row.ids.network?;
        let client = row.ids.client.map_or(NONE, |client| client.0);
        Some(self.intern(AtomKey {
            plane: small(Plane::Network.index()),
            class: u8::MAX,
            kind: u8::MAX,
            scope: network.0,
            target: client,
            environment: NONE,
        }))
    }

    /// The atom of controlling a workload: `actor · permissions_change · iam`.
    pub(crate) fn control(&mut self, actor: Symbol, row: &Row<'_>, symbols: &mut Symbols) -> AtomId {
        let target = self.service(row.ids.action, symbols);
        self.intern(AtomKey {
            plane: small(Plane::Control.index()),
            class: small(row.class.index()),
            kind: u8::MAX,
            scope: actor.0,
            target,
            environment: NONE,
        })
    }

    /// The atom of acting for another: `caller -> workload`.
    pub(crate) fn delegation(&mut self, caller: Symbol, workload: Symbol) -> AtomId {
        self.intern(AtomKey {
            plane: small(Plane::Delegation.index()),
            class: small(ActionClass::ToolInvoke.index()),
            kind: u8::MAX,
            scope: workload.0,
            target: caller.0,
            environment: NONE,
        })
    }
}

/// `claude` of `us.anthropic.claude-sonnet-4-20250514-v1:0`, `gpt` of `gpt-4o`: what a model is, whatever its version.
fn model_family(model: &str) -> String {
    let name = model.rsplit('/').next().unwrap_or(model);
    let vendorless =
        name.rsplit_once('.').filter(|(_, tail)| tail.starts_with(|c: char| c.is_ascii_alphabetic()));
    let name = vendorless.map_or(name, |(_, tail)| tail);
    name.split(['-', ':', '@']).next().unwrap_or(name).to_ascii_lowercase()
}

/// Closed vocabularies are far smaller than 255 words.
fn small(index: usize) -> u8 {
    u8::try_from(index).unwrap_or(u8::MAX)
}

fn hash(key: &AtomKey) -> u64 {
    FixedState::default().hash_one(key)
}

impl Codec for AtomId {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let number = u32::take(reader)?;
        reader.atom(number).map(Self)
    }
}

impl Codec for Atoms {
    fn put(&self, out: &mut Vec<u8>) {
        self.keys.put(out);
        self.services.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let keys = Vec::<AtomKey>::take(reader)?;
        let mut atoms = Self { services: Vec::take(reader)?, ..Self::default() };
        for key in keys {
            atoms.intern(key);
        }
        Ok(atoms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_its_family() {
        for (model, family) in [
            ("anthropic.claude-sonnet-4-20250514-v1:0", "claude"),
            ("us.anthropic.claude-3-5-haiku-20241022-v1:0", "claude"),
            ("arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0", "titan"),
            ("gpt-4o", "gpt"),
            ("gpt-4.1-mini", "gpt"),
            ("", ""),
        ] {
            assert_eq!(model_family(model), family, "{model}");
        }
    }
}
