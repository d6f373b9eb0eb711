//! The bytes by which ids know columns and words. They are written down one by one because ids must stay the same when a
//! column or a word is added: what is new gets the next number, and no number is given again.

use ambit_schemas::Column;
use ambit_schemas::vocabulary::{CredentialKind, Outcome, PrincipalKind, Source};

/// Stands for a kind that the row does not tell, and for a column that ids are not made of.
pub(super) const NONE: u8 = 0;

/// The byte before what a column says.
pub(super) const fn column(column: Column) -> u8 {
    match column {
        Column::Action => 1,
        Column::ErrorCode => 2,
        Column::Principal => 3,
        Column::PrincipalAlias => 4,
        Column::Credential => 5,
        Column::ParentCredential => 6,
        Column::IssuedCredential => 7,
        Column::AuthMethod => 8,
        Column::Resource => 9,
        Column::ResourceGroup => 10,
        Column::ResourceKind => 11,
        Column::Account => 12,
        Column::Region => 13,
        Column::SourceAddress => 14,
        Column::Client => 15,
        Column::ViaService => 16,
        Column::ModelProvider => 17,
        Column::Model => 18,
        Column::Tool => 19,
        Column::ToolServer => 20,
        Column::Agent => 21,
        Column::Session => 22,
        Column::Task => 23,
        Column::OnBehalfOf => 24,
        Column::CredentialIssuedAt => 25,
        Column::CredentialExpiresAt => 26,
        Column::IssuedExpiresAt => 27,
        _ => NONE,
    }
}

/// The byte of a source.
pub(super) const fn source(source: Source) -> u8 {
    match source {
        Source::AwsCloudtrail => 1,
        Source::AwsBedrockInvocation => 2,
        Source::GcpAudit => 3,
        Source::AzureActivity => 4,
        Source::EntraSignin => 5,
        Source::EntraAudit => 6,
        Source::AzureKeyvault => 7,
        Source::K8sAudit => 8,
        Source::VaultAudit => 9,
        Source::OtelGenai => 10,
        Source::McpAudit => 11,
        Source::Ocsf => 12,
    }
}

/// The byte of an outcome.
pub(super) const fn outcome(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Success => 1,
        Outcome::Denied => 2,
        Outcome::Failure => 3,
        Outcome::Unknown => 4,
    }
}

/// The byte of what sort of identity acted.
pub(super) const fn principal(kind: PrincipalKind) -> u8 {
    match kind {
        PrincipalKind::Role => 1,
        PrincipalKind::User => 2,
        PrincipalKind::ServiceAccount => 3,
        PrincipalKind::ManagedIdentity => 4,
        PrincipalKind::ServicePrincipal => 5,
        PrincipalKind::Agent => 6,
        PrincipalKind::Service => 7,
        PrincipalKind::Human => 8,
        PrincipalKind::VaultRole => 9,
        PrincipalKind::Root => 10,
        PrincipalKind::Spiffe => 11,
    }
}

/// The byte of what sort of credential it was.
pub(super) const fn credential(kind: CredentialKind) -> u8 {
    match kind {
        CredentialKind::StaticKey => 1,
        CredentialKind::StsSession => 2,
        CredentialKind::OidcToken => 3,
        CredentialKind::VaultToken => 4,
        CredentialKind::K8sToken => 5,
        CredentialKind::ApiKey => 6,
        CredentialKind::Certificate => 7,
        CredentialKind::OauthToken => 8,
        CredentialKind::ConsoleSession => 9,
        CredentialKind::StoredSecret => 10,
        CredentialKind::Lease => 11,
    }
}
