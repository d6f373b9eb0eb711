//! The columns that OCSF has no place for, under their own names.

use ambit_schemas::vocabulary::{AccessLevel, ActionClass, CredentialKind, PrincipalKind};
use ambit_schemas::{Column, EventRow};

use super::class::Class;
use super::{is_address, subject};
use crate::ocsf::json::Json;

pub(super) fn fields<'a>(row: &EventRow<'a>, class: Class, in_cloud: bool) -> Json<'a> {
    let unless = |mapped: bool, text: Option<&'a str>| text.filter(|_| !mapped);
    let model = class == Class::ApiActivity && subject::names_model(row);
    let address = row.source_address.is_some_and(is_address);
    let chain = row.on_behalf_of.iter().map(|name| Json::from(*name)).collect::<Vec<_>>();
    let sensitivity = (row.sensitivity > 0).then_some(row.sensitivity);
    let columns: [(Column, Json<'a>); 30] = [
        (Column::ActionClass, ActionClass::as_str(row.action_class).into()),
        (Column::AccessLevel, AccessLevel::as_str(row.access_level).into()),
        (Column::PrincipalKind, row.principal_kind.map(PrincipalKind::as_str).into()),
        (Column::PrincipalAlias, unless(row.principal.is_some(), row.principal_alias).into()),
        (Column::Workload, row.workload.into()),
        (Column::OnBehalfOf, (!chain.is_empty()).then_some(Json::Array(chain)).into()),
        (Column::Interactive, row.interactive.then_some(true).into()),
        (Column::CredentialKind, row.credential_kind.map(CredentialKind::as_str).into()),
        (Column::ParentCredential, row.parent_credential.into()),
        (Column::IssuedCredential, row.issued_credential.into()),
        (Column::IssuedKind, row.issued_kind.map(CredentialKind::as_str).into()),
        (Column::IssuedExpiresAt, row.issued_expires_at.map(|time| time.to_string()).into()),
        (Column::AuthMethod, unless(class == Class::Authentication, row.auth_method).into()),
        (Column::Resource, unless(class.has_resource(), row.resource).into()),
        (Column::ResourceGroup, row.resource_group.into()),
        (
            Column::ResourceKind,
            unless(class.has_resource() && row.resource.is_some(), row.resource_kind).into(),
        ),
        (Column::TargetWorkload, row.target_workload.into()),
        (Column::Sensitivity, sensitivity.into()),
        (Column::Account, unless(in_cloud, row.account).into()),
        (Column::Region, unless(in_cloud, row.region).into()),
        (Column::Environment, row.environment.into()),
        (Column::SourceAddress, unless(address, row.source_address).into()),
        (Column::ModelProvider, unless(model, row.model_provider).into()),
        (Column::Model, unless(model, row.model).into()),
        (Column::Tool, row.tool.into()),
        (Column::ToolServer, row.tool_server.into()),
        (Column::Agent, row.agent.into()),
        (Column::Task, row.task.into()),
        (Column::Origin, row.origin.into()),
        (Column::OriginPartition, row.origin_partition.into()),
    ];
    let offset = (Column::OriginOffset, row.origin_offset.into());
    let there = columns.into_iter().chain([offset]).filter(|(_, value)| !matches!(value, Json::Null));
    Json::Object(there.map(|(column, value)| (column.name(), value)).collect())
}
