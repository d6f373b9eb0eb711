//! Which way a change goes, by the verb of its action: the class says that permissions or trust were changed, and not
//! whether somebody got more or less of them.

/// Verbs that only take away.
const TAKING: &[&str] = &["delete", "detach", "remove", "revoke", "disassociate", "disable", "deregister"];

/// Whether an action takes rights away rather than giving some: `aws:iam:DetachRolePolicy`, `vault:delete`.
pub(crate) fn takes_away(action: &str) -> bool {
    let name = action.rsplit(':').next().unwrap_or(action);
    let begins = |verb: &&str| name.get(..verb.len()).is_some_and(|head| head.eq_ignore_ascii_case(verb));
    // A limit that is taken away gives more.
    TAKING.iter().any(begins) && !name.ends_with("PermissionsBoundary")
}

#[cfg(test)]
mod tests {
    use super::takes_away;

    #[test]
    fn a_verb_tells_giving_from_taking() {
        for (action, taken) in [
            ("aws:iam:DetachRolePolicy", true),
            ("aws:lambda:RemovePermission", true),
            ("vault:delete", true),
            ("aws:iam:AttachRolePolicy", false),
            ("aws:iam:DeleteRolePermissionsBoundary", false),
            ("aws:iam:UpdateAssumeRolePolicy", false),
            ("vault:update", false),
            ("", false),
        ] {
            assert_eq!(takes_away(action), taken, "{action}");
        }
    }
}
