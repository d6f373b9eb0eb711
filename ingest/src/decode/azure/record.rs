//! A record of Azure's diagnostic settings, of the activity log's own interface, or of an export with other spellings:
//! what all of them have in common.

use std::borrow::Cow;

use super::claims::Claims;
use crate::decode::fields::{Text, inside, inside_into, text, text_into};
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

    /// The object that was stepped over since a place; there may be white space before it.
    fn since(json: &Json<'a>, start: usize) -> Result<Self, Fault> {
        Ok(Self(Some(Cow::Borrowed(json.since(start)?))))
    }

    /// Reads the members. What stood in a string and is no object after all has none.
    pub(super) fn members<'d>(&'d self, member: impl FnMut(&mut Json<'d>, &'d [u8]) -> Result<(), Fault>) {
        let Some(text) = self.0.as_deref() else { return };
        let mut json = Json::of_text(text);
        // The text of the record was checked; that of a string need not be whole, and what was read of it stays.
        let _ended: Result<(), Fault> = json.object(member);
    }
}

/// What one of the logs wants of the properties.
pub(super) trait Properties<'a>: Default {
    /// Whether it tells by claims who acted.
    const HAS_CLAIMS: bool;

    /// Reads a member of the properties.
    fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault>;
}

/// A record, and what was read of the objects in it on the way: most of a record is in them, and to step over an object
/// and come back takes as long as to read it.
#[derive(Debug)]
pub(super) struct Read<'a, P> {
    pub(super) record: Record<'a>,
    /// `None` where they have to be read from [`Record::properties`]: they stand in a string, or twice.
    pub(super) properties: Option<P>,
    /// `None` where they have to be read from the record: in a string, twice, or claims that stand behind the identity,
    /// which is read after them.
    pub(super) claims: Option<Claims<'a>>,
}

impl<'a, P: Properties<'a>> Read<'a, P> {
    /// Reads a record to its end.
    pub(super) fn new(json: &mut Json<'a>) -> Result<Self, Fault> {
        let (properties, claims) = (Some(P::default()), Some(Claims::default()));
        let mut read = Self { record: Record::default(), properties, claims };
        let (mut has_properties, mut seen) = (false, Seen::default());
        json.object(|json, key| {
            let mut value = json.clone();
            if read.record.shape.note_with(key, json)? {
                read.record.category = inside(&mut value, b"value")?;
                return Ok(());
            }
            match key {
                b"properties" => read.read_properties(json, &mut has_properties),
                b"identity" | b"claims" if !P::HAS_CLAIMS => json.skip(),
                b"identity" => read.read_identity(json, &mut seen),
                b"claims" => read.read_claims(json, &mut seen),
                _ => read.record.member(json, key),
            }
        })?;
        json.end()?;
        Ok(read)
    }

    fn read_properties(&mut self, json: &mut Json<'a>, seen: &mut bool) -> Result<(), Fault> {
        let is_again = std::mem::replace(seen, true);
        match &mut self.properties {
            Some(properties) if !is_again && json.peek() == b'{' => {
                json.object(|json, key| properties.member(json, key))
            }
            _ => {
                self.properties = None;
                self.record.properties = Document::read(json)?;
                Ok(())
            }
        }
    }

    fn read_claims(&mut self, json: &mut Json<'a>, seen: &mut Seen) -> Result<(), Fault> {
        let is_again = std::mem::replace(&mut seen.claims, true) || seen.identity;
        let start = json.at();
        match &mut self.claims {
            Some(claims) if !is_again && json.peek() == b'{' => {
                json.object(|json, key| claims.claim(json, key))?;
                self.record.claims = Document::since(json, start)?;
            }
            _ => {
                self.claims = None;
                self.record.claims = Document::read(json)?;
            }
        }
        Ok(())
    }

    fn read_identity(&mut self, json: &mut Json<'a>, seen: &mut Seen) -> Result<(), Fault> {
        let is_again = std::mem::replace(&mut seen.identity, true);
        let start = json.at();
        match &mut self.claims {
            Some(claims) if !is_again && json.peek() == b'{' => {
                json.object(|json, key| claims.member(json, key))?;
                self.record.identity = Document::since(json, start)?;
            }
            _ => {
                self.claims = None;
                self.record.identity = Document::read(json)?;
            }
        }
        Ok(())
    }
}

/// Which of the objects that tell who acted were met.
#[derive(Debug, Default)]
struct Seen {
    identity: bool,
    claims: bool,
}

impl<'a> Record<'a> {
    fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
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
        inside_into(json, b"value", field)
    }
}

fn client_address<'a>(json: &mut Json<'a>) -> Result<Text<'a>, Fault> {
    let mut address = None;
    json.object(|json, key| {
        match key {
            b"clientIpAddress" | b"client_ip_address" => text_into(json, &mut address)?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(address)
}
