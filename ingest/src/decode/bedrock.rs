//! AWS Bedrock model-invocation logs. They hold prompts and answers, which are stepped over unread: a row says who
//! called which model, and nothing of what was said.

use std::borrow::Cow;

use ambit_schemas::vocabulary::{Outcome, Source};

use super::cloudtrail::group::group;
use super::cloudtrail::operation::Operations;
use super::fields::{Text, inside, moment, text_into};
use super::format::Shape;
use super::text::{filled, join};
use super::{Format, Output, reason, session_arn};
use crate::json::{Fault, Json};
use crate::record::{RawRecord, Reason};

/// The kind of a model, as CloudTrail's rows have it.
const MODEL: &str = "aws.bedrock.model";

/// Decodes invocations. Holds only buffers.
#[derive(Debug, Default)]
pub(super) struct Bedrock {
    action: String,
    resource: String,
    group: String,
    operations: Operations,
}

/// The fields that are looked at.
#[derive(Debug, Default)]
struct Invocation<'a> {
    shape: Shape,
    kind: Text<'a>,
    time: Text<'a>,
    account: Text<'a>,
    arn: Text<'a>,
    region: Text<'a>,
    id: Text<'a>,
    operation: Text<'a>,
    model: Text<'a>,
    error: Text<'a>,
}

impl<'a> Invocation<'a> {
    fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            let field = match key {
                b"schemaType" => {
                    self.shape.add(const { Shape::of(b"schemaType") });
                    &mut self.kind
                }
                b"timestamp" => &mut self.time,
                b"accountId" => &mut self.account,
                b"region" => &mut self.region,
                b"requestId" => &mut self.id,
                b"operation" => &mut self.operation,
                b"modelId" => {
                    self.shape.add(const { Shape::of(b"modelId") });
                    &mut self.model
                }
                b"errorCode" => &mut self.error,
                b"identity" => {
                    self.arn = inside(json, b"arn")?;
                    return Ok(());
                }
                _ => {
                    self.shape.note(key);
                    return json.skip();
                }
            };
            text_into(json, field)
        })?;
        json.end()
    }
}

impl Bedrock {
    pub(super) fn decode(&mut self, record: &RawRecord<'_>, out: &mut Output<'_>) -> Result<(), Reason> {
        let text = simdutf8::basic::from_utf8(record.bytes).map_err(|_utf8| Reason::Utf8)?;
        let mut json = Json::of_text(text);
        let mut invocation = Invocation::default();
        invocation.read(&mut json).map_err(|fault| reason(fault, json.at()))?;
        out.expect(invocation.shape, Format::Bedrock)?;
        if invocation.kind.as_deref().is_some_and(|kind| kind != "ModelInvocationLog") {
            out.ignore();
            return Ok(());
        }
        let time = invocation.time.as_deref().ok_or(Reason::Missing("timestamp"))?;
        let time = moment(time).ok_or(Reason::Unreadable("timestamp"))?;
        let operation = invocation.operation.as_deref().ok_or(Reason::Missing("operation"))?;
        let model = invocation.model.as_deref().ok_or(Reason::Missing("modelId"))?;
        let known = self.operations.get("bedrock", operation);
        let (entry, sensitivity) = (known.entry, known.sensitivity(known.entry.class, Some(MODEL)));
        self.write(operation, model, invocation.region.as_deref());
        let who = invocation.arn.as_deref().map(session_arn::principal);
        let mut row =
            record.row(Source::AwsBedrockInvocation, invocation.id.as_deref().unwrap_or_default(), time);
        row.action = &self.action;
        row.action_class = entry.class;
        row.access_level = entry.access_level;
        row.sensitivity = sensitivity;
        if let Some(error) = invocation.error.as_deref() {
            let is_denied = error.contains("AccessDenied") || error.contains("Unauthorized");
            row.outcome = if is_denied { Outcome::Denied } else { Outcome::Failure };
            row.error_code = Some(error);
        }
        if let Some((principal, kind, session)) = &who {
            row.principal = Some(match principal {
                Cow::Borrowed(arn) => arn,
                Cow::Owned(arn) => arn,
            });
            (row.principal_kind, row.session) = (*kind, *session);
        }
        row.resource = filled(&self.resource);
        row.resource_group = filled(&self.group);
        row.resource_kind = Some(MODEL);
        row.account = invocation.account.as_deref();
        row.region = invocation.region.as_deref();
        row.model_provider = Some("aws.bedrock");
        row.model = Some(model.rsplit('/').next().unwrap_or(model));
        out.row(&row)
    }

    /// The same names that CloudTrail's record of the call gives.
    fn write(&mut self, operation: &str, model: &str, region: Option<&str>) {
        for text in [&mut self.action, &mut self.resource, &mut self.group] {
            text.clear();
        }
        join(&mut self.action, ["aws:bedrock:", operation]);
        if model.starts_with("arn:") {
            self.resource.push_str(model);
        } else {
            let region = region.unwrap_or_default();
            join(&mut self.resource, ["arn:aws:bedrock:", region, "::foundation-model/"]);
            self.resource.push_str(model);
        }
        group(&mut self.group, &self.resource, Some(MODEL));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::format::tests::check_shape;

    #[test]
    fn every_key_that_tells_a_shape_is_noted() {
        check_shape(|json| {
            let mut read = Invocation::default();
            read.read(json).unwrap();
            read.shape
        });
    }
}
