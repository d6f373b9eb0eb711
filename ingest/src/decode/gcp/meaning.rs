//! What a method means, how a call ended and who is a service's own agent: the tables `data/gcp_*.txt`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ambit_schemas::inventory::Glob;
use ambit_schemas::vocabulary::Outcome;

use super::names;
use crate::actions::plane::{How, Known, Plane};
use crate::actions::table::{self, BadLine};
use crate::decode::k8s;

/// What stands before every action on a cluster.
pub(super) const CLUSTER: &str = "gcp:k8s.";

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
    if action.starts_with(CLUSTER) {
        return request(action);
    }
    let plain = action.strip_prefix("gcp:").unwrap_or(action);
    TABLES.actions.of(plain, names::verb(plain))
}

/// The meaning of a request to a cluster by its method, or by its action, which does not tell the group.
pub(super) fn request(method: &str) -> Known {
    let found = names::request(method)
        .and_then(|(package, resource, verb)| k8s::meaning_at_google(verb, package, &resource));
    found.map_or_else(Known::nothing, |meaning| Known { meaning, how: How::Table })
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

    const METHODS: &[(&str, &str)] = &[
        (
            "aiplatform.PredictionService.PredictLongRunning generativelanguage.PredictionService.Predict \
                 generativelanguage.GenerativeService.BatchEmbedContents \
                 generativelanguage.GenerativeService.BatchGenerateContent \
                 aiplatform.JobService.CreateBatchPredictionJob aiplatform.LlmBidiService.BidiGenerateContent",
            "model_invoke read 1",
        ),
        ("aiplatform.ExtensionExecutionService.ExecuteExtension", "tool_invoke write 1"),
        ("aiplatform.ExtensionRegistryService.ImportExtension", "model_change write 2"),
        (
            "iam.Policies.CreatePolicy iam.Policies.UpdatePolicy iam.Policies.DeletePolicy \
                 iam.PolicyBindings.CreatePolicyBinding iam.PolicyBindings.DeletePolicyBinding \
                 iam.PrincipalAccessBoundaryPolicies.UpdatePrincipalAccessBoundaryPolicy \
                 privilegedaccessmanager.PrivilegedAccessManager.CreateGrant \
                 privilegedaccessmanager.PrivilegedAccessManager.ApproveGrant \
                 privilegedaccessmanager.PrivilegedAccessManager.CreateEntitlement \
                 admin.AdminService.grantAdminPrivilege admin.AdminService.turnOff2StepVerification",
            "permissions_change permissions 3",
        ),
        ("iam.Policies.GetPolicy iam.PolicyBindings.GetPolicyBinding", "read read 1"),
        (
            "developerconnect.DeveloperConnect.FetchReadToken \
                 developerconnect.DeveloperConnect.FetchReadWriteToken \
                 cloudbuild.RepositoryManager.FetchReadWriteToken \
                 privateca.CertificateAuthorityService.CreateCertificate \
                 iam.OauthClients.CreateOauthClientCredential \
                 iam.WorkforcePools.CreateWorkforcePoolProviderScimToken cloudsql.users.create \
                 cloudsql.users.update cloudsql.sslCerts.create",
            "credential_issue write 2",
        ),
        ("privateca.CertificateAuthorityService.CreateCertificateAuthority", "write write 1"),
        ("admin.AdminService.changePassword", "credential_issue write 3"),
        ("cloudsql.users.delete iam.OauthClients.DeleteOauthClientCredential", "token_revoke write 1"),
        ("cloudsql.users.list", "list list 0"),
        ("parametermanager.ParameterManager.RenderParameterVersion", "secret_read read 2"),
        ("parametermanager.ParameterManager.GetParameterVersion", "read read 1"),
        (
            "compute.networkFirewallPolicies.insert compute.networkFirewallPolicies.addAssociation \
                 compute.regionNetworkFirewallPolicies.addRule compute.firewallPolicies.patchRule \
                 compute.packetMirrorings.insert compute.instances.addAccessConfig",
            "network_change write 2",
        ),
        (
            "compute.networkFirewallPolicies.get compute.networkFirewallPolicies.getRule \
                 compute.firewallPolicies.getAssociation compute.networkFirewallPolicies.getIamPolicy \
                 compute.routers.get compute.packetMirrorings.get",
            "read read 1",
        ),
        (
            "compute.networkFirewallPolicies.list compute.networkFirewallPolicies.aggregatedList \
                 compute.regionNetworkFirewallPolicies.list compute.firewallPolicies.listAssociations \
                 compute.routers.aggregatedList",
            "list list 0",
        ),
        ("compute.networkFirewallPolicies.setIamPolicy", "permissions_change permissions 2"),
        (
            "firestore.Firestore.Listen firestore.Firestore.RunQuery datastore.Datastore.RunQuery \
                 artifactregistry.Docker-GetManifest artifactregistry.Docker-HeadManifest",
            "read read 1",
        ),
        (
            "firestore.Firestore.Write firestore.Firestore.Commit artifactregistry.Docker-PutManifest",
            "write write 1",
        ),
        ("monitoring.AlertPolicyService.DeleteAlertPolicy", "logging_change write 3"),
        // A cluster's own requests go by the Kubernetes table.
        (
            "k8s.mutatingwebhookconfigurations.create k8s.validatingwebhookconfigurations.delete",
            "logging_change permissions 3",
        ),
        ("k8s.certificatesigningrequests.approval.patch", "credential_issue permissions 3"),
        ("k8s.certificatesigningrequests.create", "credential_issue write 3"),
        ("k8s.networkpolicies.delete k8s.networkpolicies.deletecollection", "network_change write 2"),
        ("k8s.clusterrolebindings.deletecollection", "permissions_change permissions 3"),
        ("k8s.apiservices.create", "permissions_change permissions 2"),
        ("k8s.nodes.proxy.get", "exec write 3"),
        ("k8s.pods.exec.get k8s.pods.portforward.create k8s.services.proxy.create", "exec write 2"),
        ("k8s.secrets.watch", "secret_read read 2"),
        ("k8s.clusterrolebindings.list k8s.networkpolicies.watch", "list list 0"),
        ("k8s.clusterroles.get k8s.pods.log.get", "read read 1"),
    ];

    #[test]
    fn methods_mean_what_google_says_of_them() {
        for (methods, expected) in METHODS {
            for method in methods.split(' ') {
                let meaning = action(&format!("gcp:{method}")).meaning;
                let found = format!("{} {} {}", meaning.class, meaning.access_level, meaning.sensitivity);
                assert_eq!(found, *expected, "{method}");
            }
        }
    }

    #[test]
    fn a_group_tells_resources_of_one_name_apart() {
        for (method, class) in [
            ("io.kserve.serving.v1beta1.inferenceservices.create", "model_change"),
            ("io.seldon.mlops.v1alpha1.pipelines.create", "model_change"),
            ("dev.tekton.v1.pipelines.create", "write"),
            ("com.nvidia.v1.clusterpolicies.patch", "model_change"),
            ("io.kyverno.v1.clusterpolicies.patch", "logging_change"),
            ("sh.karpenter.v1.nodepools.create", "model_change"),
            ("io.k8s.authorization.rbac.v1.clusterrolebindings.create", "permissions_change"),
            ("io.k8s.core.v1.pods.exec.create", "exec"),
        ] {
            assert_eq!(request(method).meaning.class.as_str(), class, "{method}");
        }
    }

    #[test]
    fn every_line_of_the_tables_is_understood() {
        assert_eq!((&*TABLES.actions.bad, &*TABLES.bad), (&[][..], &[][..]));
    }
}
