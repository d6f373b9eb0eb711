//! A record of Azure's diagnostic settings, of the activity log's own interface, or of an export with other spellings:
//! what all of them have in common.

use std::borrow::Cow;

use crate::decode::fields::{Text, inside, text};
use crate::decode::format::Shape;
use crate::json::{Fault, Json};

/// What stands around the properties.
#[derive(Debug, Default)]
pub(super) struct Record<'a> {
    pub(super) shape: Shape,
    pub(super) time: Text<'a>,
    pub(super) operation: Text<'a>,
    pub(super) category: Text<'a>,
    pub(super) result: Text<'a>,
    pub(super) result_detail: Text<'a>,
    pub(super) status: Text<'a>,
    pub(super) sub_status: Text<'a>,
    pub(super) status_code: Text<'a>,
    pub(super) resource: Text<'a>,
    pub(super) uri: Text<'a>,
    pub(super) address: Text<'a>,
    pub(super) event_id: Text<'a>,
    pub(super) tenant: Text<'a>,
    pub(super) subscription: Text<'a>,
    pub(super) location: Text<'a>,
    pub(super) caller: Text<'a>,
    pub(super) identity: Document<'a>,
    pub(super) claims: Document<'a>,
    pub(super) properties: Document<'a>,
}

/// An object, or the text of one: some exports write objects into strings.
#[derive(Debug, Default)]
pub(super) struct Document<'a>(Text<'a>);

impl<'a> Document<'a> {
    pub(super) fn read(json: &mut Json<'a>) -> Result<Self, Fault> {
        if json.peek() == b'{' {
            return Ok(Self(json.raw()?.map(Cow::Borrowed)));
        }
        Ok(Self(text(json)?.filter(|text| text.starts_with('{'))))
    }

    /// Reads the members. What stood in a string and is no object after all has none.
    pub(super) fn members<'d>(&'d self, member: impl FnMut(&mut Json<'d>, &'d [u8]) -> Result<(), Fault>) {
        let mut json = Json::of_text(self.0.as_deref().unwrap_or("{}"));
        // The text of the record was checked; that of a string need not be whole, and what was read of it stays.
        let _ended: Result<(), Fault> = json.object(member);
    }
}

impl<'a> Record<'a> {
    /// Reads a record to its end.
    pub(super) fn read(json: &mut Json<'a>) -> Result<Self, Fault> {
        let mut record = Self::default();
        json.object(|json, key| {
            let mut value = json.clone();
            if record.shape.note_with(key, json)? {
                record.category = inside(&mut value, b"value")?;
                return Ok(());
            }
            record.member(json, key)
        })?;
        json.end()?;
        Ok(record)
    }

    fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"identity" => self.identity = Document::read(json)?,
            b"claims" => self.claims = Document::read(json)?,
            b"properties" => self.properties = Document::read(json)?,
            b"httpRequest" | b"http_request" => {
                let address = client_address(json)?;
                self.address = self.address.take().or(address);
            }
            b"callerIpAddress" | b"calleripaddress" | b"ipAddress" => {
                let address = text(json)?;
                self.address = address.or(self.address.take());
            }
            _ => return self.text(json, key),
        }
        Ok(())
    }

    fn text(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        let field = match key {
            b"time" | b"eventTimestamp" | b"event_timestamp" => &mut self.time,
            b"operationName" | b"operationname" | b"operation_name" => &mut self.operation,
            b"resultType" | b"resulttype" | b"result" => &mut self.result,
            b"resultSignature" | b"resultsignature" | b"statusText" => &mut self.result_detail,
            b"status" => &mut self.status,
            b"subStatus" | b"sub_status" => &mut self.sub_status,
            b"statusCode" => &mut self.status_code,
            b"resourceId" | b"resourceid" | b"resource_id" => &mut self.resource,
            b"uri" => &mut self.uri,
            b"eventDataId" | b"event_data_id" => &mut self.event_id,
            b"tenantId" | b"tenantid" | b"tenant_id" => &mut self.tenant,
            b"subscriptionId" | b"subscription_id" => &mut self.subscription,
            b"location" => &mut self.location,
            b"caller" => &mut self.caller,
            _ => return json.skip(),
        };
        *field = inside(json, b"value")?;
        Ok(())
    }
}

fn client_address<'a>(json: &mut Json<'a>) -> Result<Text<'a>, Fault> {
    let mut address = None;
    json.object(|json, key| {
        match key {
            b"clientIpAddress" | b"client_ip_address" => address = text(json)?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(address)
}
