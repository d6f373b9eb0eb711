//! The classes that a level and a verb do not tell.

use super::check;
use crate::actions::{ActionClass as C, aws};

#[test]
fn serving_changes() {
    check(
        "sagemaker.amazonaws.com",
        "CreateEndpoint UpdateEndpoint DeleteEndpoint CreateEndpointConfig DeleteEndpointConfig CreateModel \
         UpdateEndpointWeightsAndCapacities UpdateInferenceComponent CreateCluster UpdateModelPackage",
        C::ModelChange,
        "write",
        2,
    );
    check(
        "bedrock.amazonaws.com",
        "CreateProvisionedModelThroughput UpdateProvisionedModelThroughput DeleteProvisionedModelThroughput \
         CreateInferenceProfile CreateCustomModelDeployment UpdateAgent CreateAgentActionGroup PrepareAgent \
         PutFoundationModelEntitlement PutUseCaseForModelAccess CreateFoundationModelAgreement CreatePromptRouter",
        C::ModelChange,
        "write",
        2,
    );
    check(
        "bedrock-agentcore",
        "UpdateGatewayTarget CreateAgentRuntime DeleteGateway",
        C::ModelChange,
        "write",
        2,
    );
    check("bedrock.amazonaws.com", "InvokeModel InvokeModelWithResponseStream", C::ModelInvoke, "read", 1);
    check("bedrock-runtime.amazonaws.com", "Converse ConverseStream", C::ModelInvoke, "read", 1);
    check("runtime.sagemaker.amazonaws.com", "InvokeEndpoint", C::ModelInvoke, "read", 1);
    check("bedrock.amazonaws.com", "CreateGuardrail CreateEvaluationJob", C::Write, "write", 1);
    check("sagemaker.amazonaws.com", "CreateTransformJob", C::ModelInvoke, "write", 1);
}

#[test]
fn grants_and_trust() {
    let iam = "iam.amazonaws.com";
    check(
        iam,
        "AttachRolePolicy AttachUserPolicy AttachGroupPolicy PutRolePolicy PutUserPolicy PutGroupPolicy \
         CreatePolicyVersion SetDefaultPolicyVersion AddUserToGroup AddRoleToInstanceProfile CreateUser \
         DeleteRolePermissionsBoundary DeactivateMFADevice",
        C::PermissionsChange,
        "permissions",
        3,
    );
    check(iam, "DetachRolePolicy DeleteUserPolicy CreatePolicy", C::PermissionsChange, "permissions", 2);
    check(iam, "UpdateAssumeRolePolicy CreateRole UpdateSAMLProvider", C::TrustChange, "permissions", 3);
    check("lambda.amazonaws.com", "AddPermission20150331v2", C::TrustChange, "permissions", 3);
    check("rolesanywhere.amazonaws.com", "CreateTrustAnchor CreateProfile", C::TrustChange, "permissions", 3);
    check("kms.amazonaws.com", "PutKeyPolicy CreateGrant", C::PermissionsChange, "permissions", 3);
    check("s3.amazonaws.com", "PutBucketPolicy DeleteBucketPolicy", C::PermissionsChange, "permissions", 2);
    check("s3.amazonaws.com", "PutBucketAcl PutObjectAcl", C::PermissionsChange, "permissions", 2);
    check("s3.amazonaws.com", "DeleteBucketPublicAccessBlock", C::PermissionsChange, "permissions", 2);
    check("secretsmanager.amazonaws.com", "PutResourcePolicy", C::PermissionsChange, "permissions", 3);
    check("cloudtrail.amazonaws.com", "PutResourcePolicy", C::PermissionsChange, "permissions", 2);
    check(
        "ec2.amazonaws.com",
        "ModifySnapshotAttribute ModifyImageAttribute",
        C::PermissionsChange,
        "permissions",
        3,
    );
    check("rds.amazonaws.com", "ModifyDBSnapshotAttribute", C::PermissionsChange, "permissions", 3);
    check(
        "ec2.amazonaws.com",
        "ReplaceIamInstanceProfileAssociation",
        C::PermissionsChange,
        "permissions",
        3,
    );
    check(
        "eks.amazonaws.com",
        "AssociateAccessPolicy CreateAccessEntry",
        C::PermissionsChange,
        "permissions",
        3,
    );
}

#[test]
fn rights_that_the_reference_calls_writes() {
    let resource_policies =
        aws::inside::reference().actions().filter(|(_, name)| name.ends_with("ResourcePolicy"));
    for (service, name) in
        resource_policies.filter(|(_, name)| name.starts_with("Put") || name.starts_with("Del"))
    {
        let entry = aws(service, &name);
        assert_eq!(
            (entry.class, entry.access_level.as_str()),
            (C::PermissionsChange, "permissions"),
            "{service} {name}"
        );
    }
    check("codeartifact", "PutDomainPermissionsPolicy", C::PermissionsChange, "permissions", 2);
    check("cognito-idp.amazonaws.com", "AdminAddUserToGroup", C::PermissionsChange, "permissions", 2);
    check(
        "es.amazonaws.com",
        "UpdateDomainConfig UpdateElasticsearchDomainConfig",
        C::PermissionsChange,
        "permissions",
        2,
    );
    check("organizations.amazonaws.com", "MoveAccount AttachPolicy", C::PermissionsChange, "permissions", 3);
    check(
        "iam.amazonaws.com",
        "EnableOrganizationsRootCredentialsManagement EnableOrganizationsRootSessions",
        C::TrustChange,
        "permissions",
        3,
    );
    check(
        "sso-directory.amazonaws.com",
        "AddMemberToGroup DeleteMfaDeviceForUser",
        C::PermissionsChange,
        "permissions",
        3,
    );
}

#[test]
fn only_what_weakens_is_a_logging_change() {
    let removed = |source, names| check(source, names, C::LoggingChange, "write", 3);
    removed("cloudtrail.amazonaws.com", "StopLogging DeleteTrail UpdateTrail PutEventSelectors");
    removed("guardduty.amazonaws.com", "DeleteDetector UpdateDetector StopMonitoringMembers CreateIPSet");
    removed(
        "config.amazonaws.com",
        "StopConfigurationRecorder DeleteConfigurationRecorder DeleteDeliveryChannel",
    );
    removed("logs.amazonaws.com", "DeleteLogGroup DeleteLogStream");
    removed("config.amazonaws.com", "PutConfigurationRecorder PutDeliveryChannel DisassociateResourceTypes");
    removed("guardduty.amazonaws.com", "DeleteThreatIntelSet UpdateThreatIntelSet DeleteThreatEntitySet");
    removed("monitoring.amazonaws.com", "DisableAlarmActions DeleteInsightRules");
    removed(
        "securityhub.amazonaws.com",
        "CreateAutomationRule BatchUpdateAutomationRules UpdateConfigurationPolicy",
    );
    check("events.amazonaws.com", "DisableRule", C::LoggingChange, "write", 2);
    // Ordinary work: what deploys and scales sets times of keeping and removes its own alarms and rules again, and findings
    // get notes and tickets. Each of them would be a finding of C04.
    for (source, names, class) in [
        ("monitoring.amazonaws.com", "DeleteAlarms", C::Delete),
        ("events.amazonaws.com", "DeleteRule RemoveTargets", C::Delete),
        ("logs.amazonaws.com", "PutRetentionPolicy", C::Write),
        ("securityhub.amazonaws.com", "BatchUpdateFindings", C::Write),
        ("eks.amazonaws.com", "UpdateClusterConfig", C::Write),
    ] {
        check(source, names, class, "write", 1);
    }
    check("events.amazonaws.com", "PutRule PutTargets EnableRule", C::Write, "write", 1);
    check("guardduty.amazonaws.com", "DeleteIPSet DeleteFilter", C::Delete, "write", 1);
    removed("ec2.amazonaws.com", "DeleteFlowLogs");
    removed("route53resolver.amazonaws.com", "DeleteResolverQueryLogConfig");
    removed(
        "bedrock.amazonaws.com",
        "DeleteModelInvocationLoggingConfiguration DeleteGuardrail UpdateGuardrail",
    );
    removed("bedrock.amazonaws.com", "PutModelInvocationLoggingConfiguration");
    removed("organizations.amazonaws.com", "LeaveOrganization");
    removed("securityhub.amazonaws.com", "DisableSecurityHub BatchDisableStandards");
    removed("s3.amazonaws.com", "PutBucketLogging");
    check("cloudtrail.amazonaws.com", "StartLogging CreateTrail", C::Write, "write", 1);
    check("guardduty.amazonaws.com", "CreateDetector", C::Write, "write", 1);
    check("ec2.amazonaws.com", "CreateFlowLogs", C::Write, "write", 1);
}

#[test]
fn credentials() {
    check(
        "sts.amazonaws.com",
        "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity",
        C::Assume,
        "write",
        1,
    );
    check("sts.amazonaws.com", "AssumeRoot", C::Assume, "write", 3);
    check("sts.amazonaws.com", "GetCallerIdentity", C::CredentialUse, "read", 0);
    check("sts.amazonaws.com", "GetSessionToken GetFederationToken", C::CredentialIssue, "read", 2);
    check("iam.amazonaws.com", "CreateAccessKey CreateLoginProfile", C::CredentialIssue, "permissions", 3);
    check("iam.amazonaws.com", "DeleteAccessKey", C::TokenRevoke, "permissions", 1);
    check("ec2.amazonaws.com", "GetPasswordData", C::CredentialIssue, "read", 3);
    check("cognito-identity.amazonaws.com", "GetCredentialsForIdentity", C::CredentialIssue, "write", 2);
    check("ecr.amazonaws.com", "GetAuthorizationToken", C::CredentialIssue, "read", 1);
    check("sso.amazonaws.com", "GetRoleCredentials", C::CredentialIssue, "read", 2);
    check("sso.amazonaws.com", "CreateToken CreateTokenWithIAM", C::CredentialIssue, "write", 2);
    check(
        "sso-directory.amazonaws.com",
        "ResetPassword UpdatePassword",
        C::CredentialIssue,
        "permissions",
        3,
    );
    check("lightsail.amazonaws.com", "CreateBucketAccessKey ImportKeyPair", C::CredentialIssue, "write", 3);
    // It tells the ids of keys only.
    check("lightsail.amazonaws.com", "GetBucketAccessKeys", C::Read, "read", 1);
    for (source, names, level) in [
        ("acm-pca", "IssueCertificate", "write"),
        ("airflow", "CreateWebLoginToken CreateCliToken", "write"),
        ("appstream2", "CreateStreamingURL", "write"),
        ("cognito-idp", "AdminSetUserPassword", "write"),
        ("datazone", "GetEnvironmentCredentials", "read"),
        ("ec2", "ImportKeyPair CreateKeyPair", "write"),
        ("elasticmapreduce", "GetClusterSessionCredentials GetPersistentAppUIPresignedURL", "write"),
        ("emr-containers", "GetManagedEndpointSessionCredentials", "write"),
        ("finspace", "GetProgrammaticAccessCredentials", "read"),
        ("finspace-api", "GetProgrammaticAccessCredentials", "read"),
        ("iot", "CreateCertificateFromCsr CreateKeysAndCertificate", "write"),
        ("transfer", "ImportSshPublicKey", "write"),
    ] {
        check(source, names, C::CredentialIssue, level, 2);
    }
    check("acm.amazonaws.com", "ExportCertificate", C::SecretRead, "read", 2);
    check("acm.amazonaws.com", "GetCertificate", C::Read, "read", 1);
    check("signin.amazonaws.com", "GetSigninToken", C::CredentialIssue, "write", 2);
    check("signin.amazonaws.com", "ConsoleLogin", C::SessionStart, "write", 0);
    check("secretsmanager.amazonaws.com", "GetSecretValue BatchGetSecretValue", C::SecretRead, "read", 2);
    check("ssm.amazonaws.com", "GetParameter GetParameters", C::SecretRead, "read", 2);
}

#[test]
fn code_and_network() {
    check("ssm.amazonaws.com", "SendCommand StartSession ResumeSession", C::Exec, "write", 2);
    check(
        "ssm.amazonaws.com",
        "StartChangeRequestExecution RegisterTaskWithMaintenanceWindow",
        C::Exec,
        "write",
        2,
    );
    for (source, names) in [
        ("batch", "SubmitJob"),
        ("elasticmapreduce", "RunJobFlow AddJobFlowSteps"),
        ("emr-containers", "StartJobRun"),
        ("glue", "StartJobRun RunStatement"),
        ("sagemaker", "CreateProcessingJob CreateTrainingJob CreateHyperParameterTuningJob"),
    ] {
        check(source, names, C::Exec, "write", 2);
    }
    check("ssm.amazonaws.com", "TerminateSession", C::SessionEnd, "write", 0);
    check("ec2-instance-connect.amazonaws.com", "SendSSHPublicKey", C::Exec, "write", 2);
    check("ecs.amazonaws.com", "ExecuteCommand", C::Exec, "write", 2);
    check("lambda.amazonaws.com", "Invoke", C::Exec, "write", 1);
    check(
        "ec2.amazonaws.com",
        "AuthorizeSecurityGroupIngress CreateSecurityGroup CreateRoute CreateNetworkAclEntry CreateVpc \
         AttachInternetGateway CreateTrafficMirrorSession DeleteNetworkAcl",
        C::NetworkChange,
        "write",
        2,
    );
    check("ec2.amazonaws.com", "DescribeSecurityGroups DescribeVpcs", C::List, "list", 0);
    check("rds.amazonaws.com", "AuthorizeDBSecurityGroupIngress", C::NetworkChange, "write", 2);
    check("wafv2.amazonaws.com", "DeleteWebACL UpdateIPSet", C::NetworkChange, "write", 2);
}
