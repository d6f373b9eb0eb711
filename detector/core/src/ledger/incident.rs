//! An incident as the ledger remembers it.

use ambit_schemas::EventTime;
use ambit_schemas::finding::Finding;

use crate::codec::{Codec, CodecError, Reader, decode, encode};

/// The finding of an incident. Most are at rest, for days or for ever: those are kept as the bytes of a snapshot, without room
/// for each of their texts.
#[derive(Debug)]
pub(super) struct Incident {
    /// The last evidence.
    pub(super) end: EventTime,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// Changed since its last transition: it may change again soon.
    Changing(Box<Finding>),
    AtRest(Box<[u8]>),
}

impl Incident {
    pub(super) fn changing(finding: Finding) -> Self {
        Self { end: finding.end, content: Content::Changing(Box::new(finding)) }
    }

    pub(super) fn at_rest(finding: &Finding) -> Self {
        Self { end: finding.end, content: Content::AtRest(encode(finding).into_boxed_slice()) }
    }

    /// As it stands. Nothing would mean that the bytes that were written here cannot be read here.
    pub(super) fn finding(&self) -> Option<Finding> {
        match &self.content {
            Content::Changing(finding) => Some(finding.as_ref().clone()),
            Content::AtRest(bytes) => decode(bytes).ok(),
        }
    }

    /// The same, without a copy of what changes.
    pub(super) fn into_finding(self) -> Option<Finding> {
        match self.content {
            Content::Changing(finding) => Some(*finding),
            Content::AtRest(bytes) => decode(&bytes).ok(),
        }
    }

    /// Bytes that it takes; of one that changes, what it takes at rest, three times.
    pub(super) fn bytes(&self) -> usize {
        match &self.content {
            Content::Changing(finding) => encode(finding.as_ref()).len() * 3,
            Content::AtRest(bytes) => bytes.len(),
        }
    }
}

/// As a finding, whichever way it is kept.
impl Codec for Incident {
    fn put(&self, out: &mut Vec<u8>) {
        match &self.content {
            Content::Changing(finding) => finding.put(out),
            Content::AtRest(bytes) => out.extend_from_slice(bytes),
        }
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Finding::take(reader).map(|finding| Self::at_rest(&finding))
    }
}
