//! The event that handed a credential out: who asked, and with what.

use ambit_schemas::{Column, EventTime};

use crate::codec::codec_struct;
use crate::loaded::Row;
use crate::symbol::Symbol;

/// A secret that was read by one workload and then used by another, as far as it goes into a path.
#[derive(Debug, Clone)]
pub(super) struct SecretHop {
    pub(super) reader: Symbol,
    /// What the reader read it with.
    pub(super) credential: Option<String>,
    pub(super) secret: String,
    pub(super) time: EventTime,
    pub(super) event_id: String,
}
codec_struct!(SecretHop { reader, credential, secret, time, event_id });

/// The event that handed a credential out.
#[derive(Debug, Clone)]
pub(super) struct Issue {
    pub(super) event_id: String,
    pub(super) time: EventTime,
    pub(super) action: String,
    /// The credential that was used to ask for it.
    pub(super) parent: Option<String>,
    /// The workload that asked.
    pub(super) by: Option<Symbol>,
    /// Who asked, as logged, where no workload is known for it.
    pub(super) principal: Option<String>,
    /// How the parent had come to whoever asked, if it was read from a secret.
    pub(super) hop: Option<Box<SecretHop>>,
    /// Whether it ends when its parent is revoked, as far as the request says: an orphan does not.
    pub(super) ends_with_parent: bool,
}
codec_struct!(Issue { event_id, time, action, parent, by, principal, hop, ends_with_parent });

/// Who asks for a credential.
#[derive(Debug, Default)]
pub(super) struct Asker<'a> {
    /// The workload.
    pub(super) by: Option<Symbol>,
    /// Its name as logged, where no workload is known for it.
    pub(super) principal: Option<&'a str>,
    /// The secret from which it has the credential that it asks with.
    pub(super) hop: Option<Box<SecretHop>>,
}

impl Issue {
    pub(super) fn of(row: &Row<'_>, asker: Asker<'_>) -> Self {
        let parent = row.text(Column::Credential).or_else(|| row.text(Column::ParentCredential));
        let own = row.text(Column::IssuedCredential);
        Self {
            event_id: row.event_id().to_owned(),
            time: row.time,
            action: row.text(Column::Action).unwrap_or_default().to_owned(),
            parent: parent.filter(|parent| Some(*parent) != own).map(str::to_owned),
            by: asker.by,
            principal: asker.principal.map(str::to_owned),
            hop: asker.hop,
            ends_with_parent: row.text(Column::Resource).is_none_or(|path| !path.ends_with("/create-orphan")),
        }
    }

    /// Takes in what another record of the same issue says: an assumption over accounts is logged in both, and the
    /// one that names the caller's credential tells more. What is known is never lost, whichever comes first. False if
    /// the other record is about an asker that is another, and is left aside.
    pub(super) fn merge(&mut self, other: Self) -> bool {
        if self.parent.is_none() && other.parent.is_some() {
            let older = std::mem::replace(self, other);
            self.by = self.by.or(older.by);
            self.principal = self.principal.take().or(older.principal);
            return true;
        }
        if self.by.is_some() && self.by != other.by {
            return false;
        }
        self.by = other.by;
        self.principal = self.principal.take().or(other.principal);
        true
    }

    pub(super) fn bytes(&self) -> usize {
        let texts = [self.parent.as_ref(), self.principal.as_ref()];
        let hop = self.hop.as_ref().map_or(0, |hop| hop.bytes());
        size_of::<Self>()
            + self.event_id.len()
            + self.action.len()
            + hop
            + texts.iter().flatten().map(|t| t.len()).sum::<usize>()
    }
}

impl SecretHop {
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.secret.len()
            + self.event_id.len()
            + self.credential.as_ref().map_or(0, String::len)
    }
}
