//! Whose hands are on a workload's identity: H07, human use of a machine identity.

use ambit_schemas::Column;
use ambit_schemas::vocabulary::{CredentialKind, Outcome, PrincipalKind};

use crate::codec::codec_struct;
use crate::loaded::Row;

/// Clients that a person types into, as far as their name tells: scripts use them too, which is why only a workload that
/// never did is reported.
const SHELLS: &[&str] = &[
    "aws-cli",
    "aws-shell",
    "AWSPowerShell",
    "AWS-PowerShell",
    "gcloud",
    "google-cloud-sdk",
    "AZURECLI",
    "AzurePowershell",
    "kubectl",
    "k9s",
    "openbao-cli",
    "vault-cli",
];

/// How a person shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hands {
    /// A console or a browser.
    Console,
    /// A command line.
    Shell,
}

impl Hands {
    /// The words of the finding.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Shell => "command line",
        }
    }
}

/// One kind of hands on one identity.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// Whether they were there before the baseline matured: then they belong there.
    usual: bool,
    /// The last UTC day on which they were reported, and how sensitive the worst of that day was.
    reported: Option<(i64, u8)>,
}
codec_struct!(Seen { usual, reported });

/// Both kinds.
#[derive(Debug, Default)]
pub(super) struct HandsSeen {
    console: Seen,
    shell: Seen,
}
codec_struct!(HandsSeen { console, shell });

/// A person was there where none ever was.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Touch {
    pub(crate) hands: Hands,
}

impl HandsSeen {
    /// Reported once a UTC day, and again when something more sensitive was done. An identity that people used through a
    /// console all along may be used through a shell; the reverse is news.
    pub(super) fn note(&mut self, row: &Row<'_>, is_mature: bool) -> Option<Touch> {
        let hands = hands(row)?;
        if row.outcome == Outcome::Unknown {
            return None;
        }
        let console_usual = self.console.usual;
        let seen = match hands {
            Hands::Console => &mut self.console,
            Hands::Shell => &mut self.shell,
        };
        if !is_mature {
            seen.usual = true;
        }
        if seen.usual || console_usual {
            return None;
        }
        let today = (row.time.day(), if row.succeeded() { row.sensitivity } else { 0 });
        if seen.reported.is_some_and(|(day, level)| day == today.0 && level >= today.1) {
            return None;
        }
        seen.reported = Some(today);
        Some(Touch { hands })
    }
}

fn hands(row: &Row<'_>) -> Option<Hands> {
    if row.is_interactive() || row.credential_kind == Some(CredentialKind::ConsoleSession) {
        return Some(Hands::Console);
    }
    let client = row.text(Column::Client)?;
    let product = client.split('/').next().unwrap_or(client);
    SHELLS.iter().any(|shell| shell.eq_ignore_ascii_case(product)).then_some(Hands::Shell)
}

/// Whether the identity is meant for a machine: the inventory says so, or nothing but a machine has its kind. A user, a
/// Vault login and a root account may be a person's.
pub(super) fn is_machine(row: &Row<'_>, is_registered: bool) -> bool {
    use PrincipalKind::{Agent, ManagedIdentity, Role, Service, ServiceAccount, ServicePrincipal, Spiffe};
    let by_kind = [Role, ServiceAccount, ManagedIdentity, ServicePrincipal, Agent, Service, Spiffe].map(Some);
    is_registered || by_kind.contains(&row.principal_kind)
}
