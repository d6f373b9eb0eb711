//! What an operation means, and how results end: the tables `data/azure_*.txt`.

use std::sync::LazyLock;

use ambit_schemas::vocabulary::{AccessLevel, ActionClass, Outcome};

use crate::actions::plane::{Known, Meaning, Plane};
use crate::actions::table::{self, BadLine};

#[derive(Debug, Default)]
struct Tables {
    actions: Plane,
    /// Whether the whole word is meant, the word, and the outcome.
    outcomes: Vec<(bool, &'static str, Outcome)>,
    bad: Vec<BadLine>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables {
        actions: Plane::read("azure_actions.txt", include_str!("../../../data/azure_actions.txt")),
        ..Tables::default()
    };
    let Tables { outcomes, bad, .. } = &mut tables;
    let text = include_str!("../../../data/azure_outcomes.txt");
    table::read("azure_outcomes.txt", text, bad, |[how, word, outcome]| {
        let whole = match how {
            "is" => true,
            "has" => false,
            _ => return None,
        };
        outcomes.push((whole, word, Outcome::parse(outcome)?));
        Some(())
    });
    tables
});

/// The meaning of an action, which has its plane before it.
pub(in crate::decode) fn action(action: &str) -> Known {
    named(action, action)
}

/// The meaning of an action whose name was written otherwise: in small letters nobody sees where its verb ends.
pub(super) fn named(action: &str, name: &str) -> Known {
    let plain = action.strip_prefix("azure:").unwrap_or(action);
    let verb = match plain.strip_suffix("/action") {
        // The verb of an action is the part before the word; all of it is small letters.
        Some(_) => None,
        None => name.rsplit(['/', ':', '_']).next(),
    };
    let known = TABLES.actions.of(plain, verb);
    let Meaning { class, resource_kind, .. } = known.meaning;
    match class {
        ActionClass::Read | ActionClass::List | ActionClass::SecretRead => known,
        _ if plain.ends_with("/read") => {
            Known { meaning: Meaning::new(ActionClass::Read, AccessLevel::Read, resource_kind), ..known }
        }
        _ => known,
    }
}

/// What a result's word or number means; `None` if it means nothing.
pub(super) fn outcome(result: &str) -> Option<Outcome> {
    let word = result.trim().to_ascii_lowercase();
    if let Ok(number) = word.parse::<u32>()
        && (100..600).contains(&number)
    {
        return Some(match number {
            401 | 403 => Outcome::Denied,
            400.. => Outcome::Failure,
            _ => Outcome::Success,
        });
    }
    let fits =
        |(whole, own, _): &&(bool, &str, Outcome)| if *whole { word == *own } else { word.contains(own) };
    TABLES.outcomes.iter().find(fits).map(|(_, _, outcome)| *outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks class, level and sensitivity of an operation, which the record has in any case.
    fn check(plane: &str, operation: &str, expected: &str) {
        let name = format!("azure:{plane}{operation}");
        let action = if plane.is_empty() { name.to_ascii_lowercase() } else { name.clone() };
        let meaning = named(&action, &name).meaning;
        let found = format!("{} {} {}", meaning.class, meaning.access_level, meaning.sensitivity);
        assert_eq!(found, expected, "{operation}");
    }

    const OPERATIONS: &[(&str, &str, &str)] = &[
        (
            "Microsoft.MachineLearningServices/workspaces/",
            "serverlessEndpoints/listKeys/action batchEndpoints/listKeys/action onlineEndpoints/listKeys/action \
                 listKeys/action listStorageAccountKeys/action listNotebookAccessToken/action",
            "secret_read read 2",
        ),
        (
            "Microsoft.MachineLearningServices/workspaces/",
            "onlineEndpoints/regenerateKeys/action",
            "credential_issue write 2",
        ),
        (
            "Microsoft.MachineLearningServices/workspaces/",
            "batchEndpoints/score/action onlineEndpoints/score/action",
            "model_invoke read 1",
        ),
        (
            "Microsoft.MachineLearningServices/workspaces/",
            "onlineEndpoints/write batchEndpoints/delete serverlessEndpoints/write \
                 onlineEndpoints/deployments/write models/versions/write",
            "model_change write 2",
        ),
        (
            "Microsoft.",
            "MachineLearningServices/workspaces/serverlessEndpoints/read CognitiveServices/accounts/raiPolicies/read \
                 SecurityInsights/alertRules/read Insights/dataCollectionRules/read Authorization/denyAssignments/read \
                 Authorization/roleEligibilityScheduleRequests/read Authorization/policyExemptions/read \
                 ManagedServices/registrationDefinitions/read Authorization/roleManagementPolicies/read",
            "read read 1",
        ),
        (
            "Microsoft.",
            "Web/sites/publishxml/action Web/sites/slots/publishxml/action DocumentDB/databaseAccounts/readonlykeys/action \
                 OperationalInsights/workspaces/sharedKeys/action Logic/workflows/triggers/listCallbackUrl/action \
                 ApiManagement/service/namedValues/listValue/action Devices/iotHubs/listkeys/Action \
                 BotService/botServices/channels/listChannelWithKeys/action Maps/accounts/listSas/action",
            "secret_read read 2",
        ),
        (
            "Microsoft.",
            "ContainerRegistry/registries/generateCredentials/action App/containerApps/getAuthToken/action \
                 Compute/restorePointCollections/restorePoints/retrieveSasUris/action \
                 Search/searchServices/createQueryKey/action",
            "credential_issue write 2",
        ),
        (
            "Microsoft.ManagedServices/",
            "registrationAssignments/write registrationDefinitions/write registrationAssignments/delete",
            "trust_change permissions 3",
        ),
        (
            "Microsoft.Authorization/",
            "roleManagementPolicies/write roleManagementPolicyAssignments/write",
            "permissions_change permissions 3",
        ),
        (
            "Microsoft.",
            "Sql/servers/administrators/write DBforPostgreSQL/flexibleServers/administrators/write \
                 DocumentDB/databaseAccounts/sqlRoleAssignments/write DocumentDB/databaseAccounts/sqlRoleDefinitions/delete",
            "permissions_change permissions 2",
        ),
        (
            "Microsoft.",
            "Resources/deploymentScripts/write HybridCompute/machines/extensions/write \
                 Compute/virtualMachineScaleSets/virtualMachines/extensions/write \
                 Compute/virtualMachineScaleSets/virtualMachines/runCommands/write \
                 MachineLearningServices/workspaces/jobs/write",
            "exec write 2",
        ),
        (
            "Microsoft.",
            "SecurityInsights/dataConnectors/delete OperationalInsights/workspaces/purge/action \
                 Sql/servers/auditingSettings/write Sql/servers/databases/extendedAuditingSettings/write \
                 Insights/scheduledQueryRules/delete Security/pricings/delete SecurityInsights/alertRules/write \
                 Insights/dataCollectionRules/delete CognitiveServices/accounts/raiPolicies/write",
            "logging_change write 3",
        ),
    ];

    #[test]
    fn operations_mean_what_azure_says_of_them() {
        for (provider, operations, expected) in OPERATIONS {
            for operation in operations.split(' ') {
                check("", &format!("{provider}{operation}"), expected);
            }
        }
    }

    #[test]
    fn operations_of_storage_begin_with_their_verb() {
        for (operations, expected) in [
            (
                "ReadFile GetBlob GetFile GetPathStatus GetPathAccessControl QueryEntities GetMessages PeekMessages \
                 QueryBlobContents GetContainerACL GetBlobTags GetSomethingNew",
                "read read 1",
            ),
            (
                "ListFilesystemDir ListFilesystems ListBlobs ListFiles QueryTables ListSomethingNew",
                "list list 0",
            ),
            (
                "DeleteFile DeleteFilesystem DeletePathFile DeletePathDir DeleteEntity DeleteContainer DeleteMessage \
                 DeleteSomethingNew",
                "delete write 1",
            ),
            (
                "AppendFile FlushFile RenamePathFile CreatePathFile InsertEntity PutMessage PutBlobFromURL CopyBlobFromURL \
                 SetBlobTier UndeleteBlob SomethingNew",
                "write write 1",
            ),
            (
                "SetPathAccessControl SetPathAccessControlRecursive SetContainerACL SetTableACL SetQueueACL SetShareACL",
                "permissions_change permissions 2",
            ),
            ("GetUserDelegationKey", "credential_issue write 2"),
        ] {
            operations.split(' ').for_each(|operation| check("", operation, expected));
        }
    }

    #[test]
    fn a_vault_and_the_directory_name_everything_themselves() {
        for (operations, expected) in [
            ("SecretGet SecretBackup CertificateBackup", "secret_read read 2"),
            ("KeyRelease KeyBackup", "secret_read read 3"),
            (
                "VaultList VaultListDeleted SecretListVersions CertificateIssuersList StorageList",
                "list list 0",
            ),
            (
                "VaultGet VaultGetDeleted KeyRotationPolicyGet CertificateIssuerGet CertificateContactsGet CertificatePendingGet \
                 SecretGetDeleted KeyNearExpiryEventGridNotification",
                "read read 1",
            ),
            (
                "KeyRotationPolicySet KeyRotateIfDue CertificatePolicySet CertificatePendingUpdate VaultRecover",
                "write write 1",
            ),
            (
                "KeyDelete CertificateIssuerDelete CertificateContactsDelete StorageSasDefinitionDelete",
                "delete write 1",
            ),
            (
                "VaultPut VaultAccessPolicyChangedEventGridNotification RoleAssignmentCreate",
                "permissions_change permissions 3",
            ),
            ("StorageRegenerateKey", "credential_issue write 3"),
        ] {
            operations.split(' ').for_each(|operation| check("keyvault:", operation, expected));
        }
        for (operations, expected) in [
            (
                "Add a partner to cross-tenant access setting;Update a partner cross-tenant access setting;\
                 Update the company default cross-tenant access setting;Add partner to company;Add verified domain",
                "trust_change permissions 3",
            ),
            (
                "Disable Strong Authentication;Update named location;Update role setting in PIM",
                "permissions_change permissions 3",
            ),
            ("Reset user password;Update PasswordProfile", "credential_issue write 3"),
            ("Read BitLocker key", "secret_read read 2"),
        ] {
            for operation in operations.split(';') {
                let meaning = action(&format!("entra:{operation}")).meaning;
                let found = format!("{} {} {}", meaning.class, meaning.access_level, meaning.sensitivity);
                assert_eq!(found, expected, "{operation}");
            }
        }
    }

    #[test]
    fn every_line_of_the_tables_is_understood() {
        assert_eq!((&*TABLES.actions.bad, &*TABLES.bad), (&[][..], &[][..]));
    }
}
