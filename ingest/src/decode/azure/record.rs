//! A record of Azure's diagnostic settings, of the activity log's own interface, or of an export with other spellings:
//! what all of them have in common.

use std::cell::OnceCell;

use super::claims::Claims;
use super::column::{self, Column};
use crate::decode::fields::{Text, inside_into, text, text_into};
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
pub(super) struct Document<'a> {
    /// As it stands in the record.
    raw: Option<&'a str>,
    /// What a string says, once somebody asks.
    said: OnceCell<String>,
}

impl<'a> Document<'a> {
    pub(super) fn read(json: &mut Json<'a>) -> Result<Self, Fault> {
        Ok(Self { raw: json.raw()?, said: OnceCell::new() })
    }

    /// The object that was stepped over since a place; there may be white space before it.
    fn since(json: &Json<'a>, start: usize) -> Result<Self, Fault> {
        Ok(Self { raw: Some(json.since(start)?), said: OnceCell::new() })
    }

    /// The text of the object; whatever else stood in its place has no members.
    fn text(&self) -> Option<&str> {
        let raw = self.raw?;
        if !raw.starts_with('"') {
            return Some(raw);
        }
        let said = self.said.get_or_init(|| match Json::of_text(raw).text() {
            Ok(Some(said)) => said.into_owned(),
            _ => String::new(),
        });
        said.starts_with('{').then_some(said)
    }

    /// Reads the members. What stood in a string and is no object after all has none.
    pub(super) fn members<'d>(&'d self, member: impl FnMut(&mut Json<'d>, &'d [u8]) -> Result<(), Fault>) {
        let Some(text) = self.text() else { return };
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
#[derive(Debug, Default)]
pub(super) struct Read<'a, P> {
    pub(super) record: Record<'a>,
    properties: P,
    claims: Claims<'a>,
    /// They have to be read from [`Record::properties`]: they stand in a string, or twice.
    has_properties_left: bool,
    /// They have to be read from the record: in a string, twice, or claims that stand behind the identity, which is read
    /// after them.
    has_claims_left: bool,
}

impl<'a, P: Properties<'a>> Read<'a, P> {
    /// Reads a record to its end.
    pub(super) fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        let (mut has_properties, mut seen) = (false, Seen::default());
        let record = json.clone();
        json.object(|json, key| match key {
            b"properties" => self.read_properties(json, &mut has_properties),
            b"identity" | b"claims" if !P::HAS_CLAIMS => json.skip(),
            b"identity" => self.read_identity(json, &mut seen),
            b"claims" => self.read_claims(json, &mut seen),
            _ => self.record.top_member(json, key),
        })?;
        json.end()?;
        if !has_properties && self.record.shape.is_flat() {
            return self.read_columns(record);
        }
        Ok(())
    }

    /// Reads a record without an envelope: what the interfaces of Entra give, and rows of the tables of Log Analytics.
    #[cold]
    fn read_columns(&mut self, mut json: Json<'a>) -> Result<(), Fault> {
        let (mut has_properties, mut seen) = (false, Seen::default());
        json.object(|json, key| match column::of(key, json.peek()) {
            Column::Nothing => json.skip(),
            Column::Record(name) => self.record.member(json, name).map(|_shape| ()),
            Column::Operation if self.record.operation.is_some() => json.skip(),
            Column::Operation => text_into(json, &mut self.record.operation),
            Column::Properties => self.read_properties(json, &mut has_properties),
            Column::Claims | Column::Claim(_) | Column::Identity if !P::HAS_CLAIMS => json.skip(),
            Column::Claims => self.read_claims(json, &mut seen),
            Column::Identity => self.read_identity(json, &mut seen),
            Column::Claim(name) => self.claims.claim(json, name),
            Column::Property(name) => self.properties.member(json, name.as_bytes()),
        })
    }

    /// What was read of the properties on the way; `None` where that is not all.
    pub(super) fn properties(&self) -> Option<&P> {
        (!self.has_properties_left).then_some(&self.properties)
    }

    /// What was read on the way of who acted; `None` where that is not all.
    pub(super) fn claims(&self) -> Option<&Claims<'a>> {
        (!self.has_claims_left).then_some(&self.claims)
    }

    fn read_properties(&mut self, json: &mut Json<'a>, seen: &mut bool) -> Result<(), Fault> {
        self.has_properties_left |= std::mem::replace(seen, true) || json.peek() != b'{';
        if self.has_properties_left {
            self.record.properties = Document::read(json)?;
            return Ok(());
        }
        json.object(|json, key| self.properties.member(json, key))
    }

    fn read_claims(&mut self, json: &mut Json<'a>, seen: &mut Seen) -> Result<(), Fault> {
        let is_again = std::mem::replace(&mut seen.claims, true) || seen.identity;
        self.has_claims_left |= is_again || json.peek() != b'{';
        let start = json.at();
        self.record.claims = if self.has_claims_left {
            Document::read(json)?
        } else {
            json.object(|json, key| self.claims.claim(json, key))?;
            Document::since(json, start)?
        };
        Ok(())
    }

    fn read_identity(&mut self, json: &mut Json<'a>, seen: &mut Seen) -> Result<(), Fault> {
        let is_again = std::mem::replace(&mut seen.identity, true);
        self.has_claims_left |= is_again || json.peek() != b'{';
        let start = json.at();
        self.record.identity = if self.has_claims_left {
            Document::read(json)?
        } else {
            json.object(|json, key| self.claims.member(json, key))?;
            Document::since(json, start)?
        };
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
    fn top_member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match self.member(json, key)? {
            Some(shape) => self.shape.add(shape),
            None if self.shape.note_into(key, json, &mut self.category)? => {}
            None => json.skip()?,
        }
        Ok(())
    }

    /// Reads a member that is looked at, and returns what it tells of the shape; `None` if it is another, which is not
    /// stepped over.
    fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<Option<Shape>, Fault> {
        let mut shape = Shape::default();
        let field = match key {
            b"time" | b"eventTimestamp" | b"event_timestamp" => &mut self.time,
            b"operationName" | b"operationname" | b"operation_name" => {
                shape = const { Shape::of(b"operationName") };
                &mut self.operation
            }
            b"resultType" | b"resulttype" | b"result" => &mut self.result,
            b"resultSignature" | b"resultsignature" | b"statusText" => &mut self.result_detail,
            b"status" => &mut self.status,
            b"subStatus" | b"sub_status" => &mut self.sub_status,
            b"statusCode" => &mut self.status_code,
            b"resourceId" | b"resourceid" | b"resource_id" => {
                shape = const { Shape::of(b"resourceId") };
                &mut self.resource
            }
            b"uri" => &mut self.uri,
            b"eventDataId" | b"event_data_id" => &mut self.event_id,
            b"tenantId" | b"tenantid" | b"tenant_id" => &mut self.tenant,
            b"subscriptionId" | b"subscription_id" => &mut self.subscription,
            b"location" => &mut self.location,
            b"caller" => &mut self.caller,
            b"httpRequest" | b"http_request" => {
                let address = client_address(json)?;
                self.address = self.address.take().or(address);
                return Ok(Some(shape));
            }
            b"callerIpAddress" | b"calleripaddress" => {
                self.read_address(json)?;
                return Ok(Some(const { Shape::of(b"callerIpAddress") }));
            }
            b"ipAddress" => {
                self.read_address(json)?;
                return Ok(Some(shape));
            }
            _ => return Ok(None),
        };
        inside_into(json, b"value", field)?;
        Ok(Some(shape))
    }

    fn read_address(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        let address = text(json)?;
        self.address = address.or(self.address.take());
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::format::tests::check_shape;

    #[derive(Debug, Default)]
    struct Nothing;

    impl<'a> Properties<'a> for Nothing {
        const HAS_CLAIMS: bool = true;

        fn member(&mut self, json: &mut Json<'a>, _key: &[u8]) -> Result<(), Fault> {
            json.skip()
        }
    }

    #[test]
    fn every_key_that_tells_a_shape_is_noted() {
        check_shape(|json| {
            let mut read = Read::<Nothing>::default();
            read.read(json).unwrap();
            read.record.shape
        });
    }
}
