//! Service accounts of a cluster as the subjects of its tokens, in the forms in which logs have them.

/// The namespace and the name: of `system:serviceaccount:NAMESPACE:NAME`, as the cluster and its issuer say it, also behind
/// a pool; and of a pool of GKE, which is the project's and says not which cluster of it:
/// `PROJECT.svc.id.goog[NAMESPACE/NAME]` and
/// `principal://iam.googleapis.com/…/workloadIdentityPools/PROJECT.svc.id.goog/subject/ns/NAMESPACE/sa/NAME`
/// (<https://cloud.google.com/iam/docs/principal-identifiers>).
pub(crate) fn service_account(subject: &str) -> Option<(&str, &str)> {
    let (pool, within) = subject.rsplit_once("/subject/").unwrap_or(("", subject));
    if let Some(account) = within.strip_prefix("system:serviceaccount:") {
        return account.split_once(':');
    }
    if pool.ends_with(".svc.id.goog") {
        return within.strip_prefix("ns/")?.split_once("/sa/");
    }
    let (_, account) = within.split_once(".svc.id.goog[")?;
    account.strip_suffix(']')?.split_once('/')
}

/// The project of a pool of GKE.
pub(crate) fn project(subject: &str) -> Option<&str> {
    let pool = subject.rsplit_once("/subject/").map_or(subject, |(pool, _)| pool);
    let (before, _) = pool.split_once(".svc.id.goog")?;
    Some(before.rsplit('/').next().unwrap_or(before))
}

/// Whether a subject stands behind a pool that anybody's tokens may be for: Google's log does not say who issues them.
pub(crate) fn is_behind_pool(subject: &str) -> bool {
    subject.rsplit_once("/subject/").is_some_and(|(pool, _)| !pool.ends_with(".svc.id.goog"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_told_in_every_form() {
        let pool = "principal://iam.googleapis.com/projects/123/locations/global/workloadIdentityPools";
        for (subject, expect) in [
            ("system:serviceaccount:ml:rag".to_owned(), Some(("ml", "rag"))),
            (format!("{pool}/eks/subject/system:serviceaccount:ml:rag"), Some(("ml", "rag"))),
            ("acme.svc.id.goog[ml/rag]".to_owned(), Some(("ml", "rag"))),
            (format!("{pool}/acme.svc.id.goog/subject/ns/ml/sa/rag"), Some(("ml", "rag"))),
            (format!("{pool}/other/subject/ns/ml/sa/rag"), None),
            (format!("{pool}/gh/subject/repo:acme/app:ref:refs/heads/main"), None),
            ("system:serviceaccount:ml".to_owned(), None),
            ("acme.svc.id.goog[ml]".to_owned(), None),
            ("rag@acme.iam.gserviceaccount.com".to_owned(), None),
        ] {
            assert_eq!(service_account(&subject), expect, "{subject}");
        }
    }
}
