//! Columns of the tables of Log Analytics, and members of what the interfaces of Entra give, as what they are in a record of
//! diagnostic settings.

/// The longest name of a property that is looked at.
const MAX_NAME: usize = 48;

/// What a column is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Column<'k> {
    /// Nothing that is looked at.
    Nothing,
    /// A member of the record.
    Record(&'static [u8]),
    /// The name of the operation, if none was told better.
    Operation,
    Properties,
    Claims,
    Identity,
    /// A single claim of the identity.
    Claim(&'k [u8]),
    Property(Name),
}

/// The name of a property as a record of diagnostic settings has it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Name {
    bytes: [u8; MAX_NAME],
    len: usize,
}

impl Name {
    fn of(key: &[u8]) -> Option<Self> {
        let mut bytes = [0; MAX_NAME];
        bytes.get_mut(..key.len())?.copy_from_slice(key);
        if let Some(first) = bytes.first_mut() {
            first.make_ascii_lowercase();
        }
        Some(Self { bytes, len: key.len() })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// What a column is by its name, and the byte with which its value begins.
pub(super) fn of(key: &[u8], first: u8) -> Column<'_> {
    let has_value = matches!(first, b'"' | b'{');
    Column::Record(match key {
        // Of a table this is the workspace.
        b"TenantId" => return Column::Nothing,
        // What the activity log calls by this name is a caption there.
        b"OperationName" | b"ActivityDisplayName" | b"activityDisplayName" => return Column::Operation,
        b"Properties" | b"Properties_d" if has_value => return Column::Properties,
        b"Claims" | b"Claims_d" if has_value => return Column::Claims,
        b"Identity" if first == b'{' => return Column::Identity,
        // A text in the place of an object would count as its code.
        b"Status" | b"Identity" if first != b'{' => return Column::Nothing,
        b"TimeGenerated" => b"time",
        b"OperationNameValue" => b"operationName",
        b"ResultType" => b"resultType",
        b"ResultSignature" => b"resultSignature",
        b"StatusText" => b"statusText",
        b"StatusCode" => b"statusCode",
        b"ActivityStatusValue" => b"status",
        b"ActivitySubstatusValue" => b"subStatus",
        b"ResourceId" | b"_ResourceId" => b"resourceId",
        b"CallerIPAddress" | b"CallerIpAddress" | b"IPAddress" => b"callerIpAddress",
        b"EventDataId" => b"eventDataId",
        b"AADTenantId" | b"resourceTenantId" => b"tenantId",
        b"SubscriptionId" => b"subscriptionId",
        b"Location" => b"location",
        b"Caller" => b"caller",
        b"Uri" => b"uri",
        b"ResourceIdentity" => return property(b"resourceId"),
        _ => return property(key),
    })
}

/// A property. The table of all resources writes types behind names: `httpStatusCode_d`, `identity_claim_appid_g`.
fn property(key: &[u8]) -> Column<'_> {
    let suffixes: [&[u8]; 4] = [b"_s", b"_d", b"_g", b"_b"];
    let plain = suffixes.into_iter().find_map(|suffix| key.strip_suffix(suffix)).unwrap_or(key);
    match plain.strip_prefix(b"identity_claim_") {
        Some(claim) => Column::Claim(claim.rsplit(|byte| *byte == b'_').next().unwrap_or(claim)),
        None => Name::of(plain).map_or(Column::Nothing, Column::Property),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_what_it_is_elsewhere() {
        for (key, expect) in [
            ("AppId", "appId"),
            ("httpStatusCode_d", "httpStatusCode"),
            ("id_s", "id"),
            ("ResourceIdentity", "resourceId"),
            ("createdDateTime", "createdDateTime"),
        ] {
            let Column::Property(name) = of(key.as_bytes(), b'"') else { panic!("{key}") };
            assert_eq!(name.as_bytes(), expect.as_bytes());
        }
        assert_eq!(of(b"identity_claim_appid_g", b'"'), Column::Claim(b"appid"));
        let long = b"identity_claim_http_schemas_microsoft_com_identity_claims_objectidentifier_g";
        assert_eq!(of(long, b'"'), Column::Claim(b"objectidentifier"));
        assert_eq!(of(b"TimeGenerated", b'"'), Column::Record(b"time"));
        assert_eq!(of(b"TenantId", b'"'), Column::Nothing);
        assert_eq!(of(&[b'x'; 99], b'"'), Column::Nothing);
    }
}
