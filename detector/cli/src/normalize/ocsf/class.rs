//! Which class an event is of, and which of its activities.

use ambit_schemas::EventRow;
use ambit_schemas::vocabulary::{ActionClass, CredentialKind};

use super::account;

/// The classes that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    ApiActivity,
    Authentication,
    AuthorizeSession,
    UserAccess,
    AccountChange,
    EntityManagement,
}

impl Class {
    pub(super) const fn uid(self) -> u32 {
        match self {
            Self::AccountChange => 3001,
            Self::Authentication => 3002,
            Self::AuthorizeSession => 3003,
            Self::EntityManagement => 3004,
            Self::UserAccess => 3005,
            Self::ApiActivity => 6003,
        }
    }

    pub(super) const fn caption(self) -> &'static str {
        match self {
            Self::AccountChange => "Account Change",
            Self::Authentication => "Authentication",
            Self::AuthorizeSession => "Authorize Session",
            Self::EntityManagement => "Entity Management",
            Self::UserAccess => "User Access Management",
            Self::ApiActivity => "API Activity",
        }
    }

    pub(super) const fn category(self) -> (u32, &'static str) {
        match self {
            Self::ApiActivity => (6, "Application Activity"),
            _ => (3, "Identity & Access Management"),
        }
    }

    /// Whether the class has a place for what was acted on.
    pub(super) const fn has_resource(self) -> bool {
        matches!(self, Self::ApiActivity | Self::UserAccess | Self::EntityManagement)
    }
}

/// An activity of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Activity {
    pub(super) id: u32,
    pub(super) name: &'static str,
}

impl Activity {
    pub(super) const fn new(id: u32, name: &'static str) -> Self {
        Self { id, name }
    }

    /// An activity that the class has no number for.
    const fn other(name: &'static str) -> Self {
        Self { id: 99, name }
    }

    /// The name that the schema has for the number.
    pub(super) const fn caption(self) -> &'static str {
        if self.id == 99 { "Other" } else { self.name }
    }
}

const CREATE: Activity = Activity::new(1, "Create");
const READ: Activity = Activity::new(2, "Read");
const UPDATE: Activity = Activity::new(3, "Update");
const DELETE: Activity = Activity::new(4, "Delete");

/// The class and the activity of an event.
pub(super) fn of(row: &EventRow<'_>) -> (Class, Activity) {
    use ActionClass as A;
    if let Some(activity) = account::change(row.action) {
        return (Class::AccountChange, activity);
    }
    match row.action_class {
        A::Read | A::List | A::SecretRead => (Class::ApiActivity, READ),
        A::Write => (Class::ApiActivity, if verb(row.action) == Verb::Create { CREATE } else { UPDATE }),
        A::Delete => (Class::ApiActivity, DELETE),
        A::ModelInvoke => (Class::ApiActivity, Activity::other("Model Invocation")),
        A::ToolInvoke => (Class::ApiActivity, Activity::other("Tool Invocation")),
        A::Exec => (Class::ApiActivity, Activity::other("Execution")),
        A::SessionStart => (Class::Authentication, Activity::new(1, "Logon")),
        A::SessionEnd => (Class::Authentication, Activity::new(2, "Logoff")),
        A::CredentialUse => (Class::Authentication, Activity::other("Credential Use")),
        A::CredentialIssue if lasts(row) => (Class::AccountChange, Activity::other("Credential Issue")),
        A::CredentialIssue => (Class::Authentication, Activity::new(3, "Authentication Ticket")),
        A::TokenRevoke => (Class::AccountChange, Activity::other("Credential Revocation")),
        A::Assume => (Class::AuthorizeSession, Activity::new(1, "Assign Privileges")),
        A::PermissionsChange if is_identity(row) => (Class::UserAccess, access(row.action)),
        A::PermissionsChange | A::TrustChange | A::ModelChange | A::LoggingChange | A::NetworkChange => {
            // Without an entity there is nothing to manage; the call was made all the same.
            let class = row.resource.map_or(Class::ApiActivity, |_| Class::EntityManagement);
            let activity = match verb(row.action) {
                Verb::Create => CREATE,
                Verb::Delete => DELETE,
                Verb::Give | Verb::Take | Verb::Other => UPDATE,
            };
            (class, activity)
        }
    }
}

/// Whether what was handed out, or was refused, lasts until somebody takes it back: then the account changed, not a session
/// began.
fn lasts(row: &EventRow<'_>) -> bool {
    let is_key = matches!(row.resource_kind, Some("gcp.service_account_key" | "gcp.api_key"));
    // Sessions are of another service there.
    is_key
        || row.action.starts_with("aws:iam:")
        || matches!(
            row.issued_kind,
            Some(
                CredentialKind::StaticKey
                    | CredentialKind::ApiKey
                    | CredentialKind::Certificate
                    | CredentialKind::StoredSecret
            )
        )
}

/// Whether the target is somebody.
pub(super) fn is_identity(row: &EventRow<'_>) -> bool {
    let kind = row.resource_kind.and_then(|kind| kind.rsplit('.').next());
    row.target_workload.is_some()
        || row.resource.is_some()
            && matches!(
                kind,
                Some("role" | "user" | "group" | "service_account" | "app" | "entity" | "agent")
            )
}

fn access(action: &str) -> Activity {
    match verb(action) {
        Verb::Give | Verb::Create => Activity::new(1, "Assign Privileges"),
        Verb::Take | Verb::Delete => Activity::new(2, "Revoke Privileges"),
        Verb::Other => Activity::other("Change Privileges"),
    }
}

/// What the beginning of an operation's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Create,
    Delete,
    Give,
    Take,
    Other,
}

const VERBS: &[(&str, Verb)] = &[
    ("create", Verb::Create),
    ("insert", Verb::Create),
    ("register", Verb::Create),
    ("provision", Verb::Create),
    ("delete", Verb::Delete),
    ("remove", Verb::Delete),
    ("destroy", Verb::Delete),
    ("deregister", Verb::Delete),
    ("add", Verb::Give),
    ("attach", Verb::Give),
    ("assign", Verb::Give),
    ("associate", Verb::Give),
    ("authorize", Verb::Give),
    ("grant", Verb::Give),
    ("detach", Verb::Take),
    ("disassociate", Verb::Take),
    ("revoke", Verb::Take),
    ("unassign", Verb::Take),
];

/// Kubernetes names the verb before the resource, everybody else last.
fn verb(action: &str) -> Verb {
    let word = match action.strip_prefix("k8s:") {
        Some(rest) => rest.split(':').next(),
        None => action.rsplit([':', '.', '/']).next(),
    };
    let word = word.unwrap_or_default();
    let begins = |verb: &str| word.get(..verb.len()).is_some_and(|start| start.eq_ignore_ascii_case(verb));
    VERBS.iter().find(|(verb, _)| begins(verb)).map_or(Verb::Other, |(_, verb)| *verb)
}

#[cfg(test)]
mod tests {
    use ambit_schemas::EventTime;
    use ambit_schemas::vocabulary::Source;

    use super::*;

    #[test]
    fn the_class_and_the_activity_follow_from_what_was_done() {
        for (action, class, resource, expected) in [
            ("aws:s3:GetObject", "read", "-", "6003 2 Read"),
            ("aws:s3:PutObject", "write", "x", "6003 3 Update"),
            ("aws:s3:CreateBucket", "write", "x", "6003 1 Create"),
            ("gcp:storage.objects.create", "write", "x", "6003 1 Create"),
            ("k8s:create:pods/exec", "exec", "x", "6003 99 Execution"),
            ("k8s:create:pods", "write", "x", "6003 1 Create"),
            ("vault:delete", "delete", "x", "6003 4 Delete"),
            ("aws:sts:AssumeRole", "assume", "aws.role x", "3003 1 Assign Privileges"),
            ("vault:login", "session_start", "x", "3002 1 Logon"),
            ("aws:sts:GetCallerIdentity", "credential_use", "-", "3002 99 Credential Use"),
            ("aws:sts:GetSessionToken", "credential_issue", "-", "3002 3 Authentication Ticket"),
            ("aws:iam:ChangePassword", "credential_issue", "aws.user x", "3001 3 Password Change"),
            ("aws:iam:UpdateLoginProfile", "credential_issue", "aws.user x", "3001 4 Password Reset"),
            ("aws:iam:CreateLoginProfile", "credential_issue", "aws.user x", "3001 99 Credential Issue"),
            ("aws:iam:CreateAccessKey", "credential_issue", "-", "3001 99 Credential Issue"),
            ("aws:iam:CreateUser", "permissions_change", "aws.user x", "3001 1 Create"),
            ("aws:iam:CreateRole", "trust_change", "aws.role x", "3001 1 Create"),
            ("aws:iam:DeleteUser", "permissions_change", "aws.user x", "3001 6 Delete"),
            ("aws:iam:EnableMFADevice", "permissions_change", "aws.user x", "3001 10 MFA Factor Enable"),
            ("aws:iam:DeactivateMFADevice", "permissions_change", "aws.user x", "3001 11 MFA Factor Disable"),
            ("gcp:iam.DisableServiceAccount", "token_revoke", "x", "3001 5 Disable"),
            ("entra:Reset user password", "credential_issue", "azure.user x", "3001 4 Password Reset"),
            ("aws:iam:DeleteAccessKey", "token_revoke", "aws.user x", "3001 99 Credential Revocation"),
            ("aws:iam:AttachRolePolicy", "permissions_change", "aws.role x", "3005 1 Assign Privileges"),
            ("aws:iam:DeleteUserPolicy", "permissions_change", "aws.user x", "3005 2 Revoke Privileges"),
            ("aws:iam:PutRolePolicy", "permissions_change", "aws.role x", "3005 99 Change Privileges"),
            ("aws:s3:PutBucketPolicy", "permissions_change", "aws.s3.bucket x", "3004 3 Update"),
            ("aws:iam:UpdateAssumeRolePolicy", "trust_change", "aws.role x", "3004 3 Update"),
            ("aws:cloudtrail:DeleteTrail", "logging_change", "aws.trail x", "3004 4 Delete"),
            ("aws:cloudtrail:DeleteTrail", "logging_change", "-", "6003 4 Delete"),
        ] {
            let (kind, resource) = resource.split_once(' ').unwrap_or(("", resource));
            let row = EventRow {
                action,
                action_class: ActionClass::parse(class).unwrap(),
                resource: (resource != "-").then_some(resource),
                resource_kind: (!kind.is_empty()).then_some(kind),
                ..EventRow::new(Source::AwsCloudtrail, "e", EventTime::from_millis(1))
            };
            let (class, activity) = of(&row);
            assert_eq!(format!("{} {} {}", class.uid(), activity.id, activity.name), expected, "{action}");
        }
    }

    #[test]
    fn a_key_that_lasts_changes_the_account() {
        for kind in CredentialKind::ALL {
            let row = EventRow {
                action_class: ActionClass::CredentialIssue,
                issued_kind: Some(*kind),
                ..EventRow::new(Source::AwsCloudtrail, "e", EventTime::from_millis(1))
            };
            let expected = if kind.as_str().contains("session")
                || kind.as_str().contains("token")
                || *kind == CredentialKind::Lease
            {
                Class::Authentication
            } else {
                Class::AccountChange
            };
            assert_eq!(of(&row).0, expected, "{kind}");
        }
    }
}
