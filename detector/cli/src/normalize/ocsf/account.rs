//! Changes of accounts that OCSF has a number for: the operations, by the action that they are here.

use super::class::Activity;

const CREATE: Activity = Activity::new(1, "Create");
const ENABLE: Activity = Activity::new(2, "Enable");
const PASSWORD_CHANGE: Activity = Activity::new(3, "Password Change");
const PASSWORD_RESET: Activity = Activity::new(4, "Password Reset");
const DISABLE: Activity = Activity::new(5, "Disable");
const DELETE: Activity = Activity::new(6, "Delete");
const FACTOR_ENABLE: Activity = Activity::new(10, "MFA Factor Enable");
const FACTOR_DISABLE: Activity = Activity::new(11, "MFA Factor Disable");

const CHANGES: &[(&str, Activity)] = &[
    ("aws:iam:CreateUser", CREATE),
    ("aws:iam:CreateRole", CREATE),
    ("aws:iam:DeleteUser", DELETE),
    ("aws:iam:DeleteRole", DELETE),
    ("aws:iam:ChangePassword", PASSWORD_CHANGE),
    ("aws:iam:UpdateLoginProfile", PASSWORD_RESET),
    ("aws:iam:EnableMFADevice", FACTOR_ENABLE),
    ("aws:iam:DeactivateMFADevice", FACTOR_DISABLE),
    ("gcp:iam.CreateServiceAccount", CREATE),
    ("gcp:iam.DeleteServiceAccount", DELETE),
    ("gcp:iam.EnableServiceAccount", ENABLE),
    ("gcp:iam.DisableServiceAccount", DISABLE),
    ("entra:Add user", CREATE),
    ("entra:Add service principal", CREATE),
    ("entra:Invite external user", CREATE),
    ("entra:Delete user", DELETE),
    ("entra:Remove service principal", DELETE),
    ("entra:Enable account", ENABLE),
    ("entra:Disable account", DISABLE),
    ("entra:Change user password", PASSWORD_CHANGE),
    ("entra:Reset user password", PASSWORD_RESET),
];

/// The activity of an action that changes an account as such.
pub(super) fn change(action: &str) -> Option<Activity> {
    CHANGES.iter().find(|(known, _)| *known == action).map(|(_, activity)| *activity)
}
