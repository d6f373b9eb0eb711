//! The vocabulary of `ambit-schemas` as state.

use std::sync::Arc;

use ambit_schemas::finding::{
    Activity, AtomChange, BaselineState, ChangeQuote, Comparison, DecisionQuote, Evidence, Finding,
    FindingUid, Hop, Reach, Score, Subject, SubjectKind,
};
use ambit_schemas::vocabulary::{
    Check, Confidence, CredentialKind, DecisionKind, Maturity, Plane, Severity, Source,
};
use ambit_schemas::{EventTime, Position};

use super::{Codec, CodecError, Reader};

codec_words!(Check, Confidence, CredentialKind, DecisionKind, Maturity, Plane, Severity, Source);
codec_struct!(AtomChange { plane, text, sensitivity, first_seen, explained_by, event_id, surprise_nats });
codec_struct!(BaselineState { maturity, mature_since, version });
codec_struct!(ChangeQuote { id, kind, approved_by, from, to });
codec_struct!(Comparison { parameter, baseline, live });
codec_struct!(DecisionQuote { kind, by, reason, at });
codec_struct!(Evidence { event_id, time, source, action, resource, credential, source_address, position });
codec_struct!(Hop { workload, credential, via, time, event_id });
codec_struct!(Reach { before, live, origin });
codec_struct!(Score { statistic, value, threshold, null, budget_share, delay_floor_days });
codec_struct!(Subject { kind, value });
codec_struct!(Finding {
    uid,
    check,
    activity,
    subject,
    time,
    created,
    start,
    end,
    count,
    severity,
    confidence,
    workload,
    owner,
    environment,
    facts,
    added,
    removed,
    reach,
    path,
    change,
    decision,
    score,
    comparisons,
    baseline,
    revoke,
    evidence,
    evidence_omitted,
    correlation,
});

impl Codec for EventTime {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self(i64::take(reader)?))
    }
}

impl Codec for FindingUid {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self(u128::take(reader)?))
    }
}

impl Codec for Position {
    fn put(&self, out: &mut Vec<u8>) {
        self.origin.to_string().put(out);
        self.partition.put(out);
        self.offset.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let origin: Arc<str> = String::take(reader)?.into();
        Ok(Self { origin, partition: Codec::take(reader)?, offset: i64::take(reader)? })
    }
}

impl Codec for SubjectKind {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_str().to_owned().put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let word = String::take(reader)?;
        let kinds = [
            Self::Credential,
            Self::Atom,
            Self::Edge,
            Self::Target,
            Self::Day,
            Self::LogSource,
            Self::Identity,
            Self::Step,
        ];
        kinds.into_iter().find(|kind| kind.as_str() == word).ok_or(CodecError::Malformed("subject"))
    }
}

impl Codec for Activity {
    fn put(&self, out: &mut Vec<u8>) {
        (*self as u8).put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        match u8::take(reader)? {
            0 => Ok(Self::Create),
            1 => Ok(Self::Update),
            2 => Ok(Self::Close),
            _ => Err(CodecError::Malformed("activity")),
        }
    }
}
