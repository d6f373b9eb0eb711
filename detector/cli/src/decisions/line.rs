//! One line of the log.

use ambit_schemas::decisions::{Decision, Ruling};
use ambit_schemas::vocabulary::{DecisionKind, Plane, Severity};
use ambit_schemas::{Decisions, EventTime};
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::args::uid;

/// What the first line has for the hash before it.
pub(crate) const NONE_BEFORE: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// What stands between the content of a line and its own hash, which is its last field.
const HASH_FIELD: &str = ",\"hash\":\"";

/// A decision as it is written, without its own hash. The order of the fields is that of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    /// Its number, from 1.
    pub(crate) seq: u64,
    /// When, by the clock.
    pub(crate) time: String,
    pub(crate) kind: String,
    pub(crate) by: String,
    pub(crate) reason: String,
    /// The watermark of the state that was decided on: the event time from which the decision holds.
    pub(crate) as_of: String,
    /// The event time at which it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) workload: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) finding: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) check: Option<String>,
    /// How grave the finding was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) severity: Option<String>,
    /// The version of the baseline that was decided on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) atoms: Vec<Atom>,
    /// Whether the present reach becomes the origin.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) origin: bool,
    /// The hash of the line before.
    pub(crate) prev: String,
}

/// An atom of reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Atom {
    pub(crate) plane: String,
    pub(crate) atom: String,
}

/// The hash of a line: over the hash before it and its content.
fn hash(prev: &str, content: &str) -> String {
    let digest = Sha256::new().chain_update(prev).chain_update("\n").chain_update(content).finalize();
    format!("{digest:x}")
}

impl Line {
    /// A line by its author, with nothing decided yet.
    pub(crate) fn new(by: String, reason: &str, as_of: EventTime, time: EventTime) -> Self {
        Self {
            by,
            reason: reason.to_owned(),
            as_of: as_of.to_string(),
            time: time.to_string(),
            ..Self::default()
        }
    }

    /// The line's text with its hash, and the hash.
    pub(crate) fn sealed(&self) -> anyhow::Result<(String, String)> {
        let content = serde_json::to_string(self)?;
        let hash = hash(&self.prev, &content);
        let open = content.strip_suffix('}').context("a decision is an object")?;
        Ok((format!("{open}{HASH_FIELD}{hash}\"}}"), hash))
    }

    /// Checks a line that must have a number and a hash before it; gives it with its own hash.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(crate) fn open(bytes: &[u8], seq: u64, prev: &str) -> Result<(Self, String), String> {
        let text = std::str::from_utf8(bytes).map_err(|_bad| "the line is not UTF-8".to_owned())?;
        let (open, rest) = text.rsplit_once(HASH_FIELD).ok_or("the line does not end with its hash")?;
        let stated = rest.strip_suffix("\"}").ok_or("the line does not end with its hash")?;
        let content = format!("{open}}}");
        let hash = hash(prev, &content);
        if hash != stated {
            return Err(
                "the hash does not fit: the line, or one before it, was changed or taken out".to_owned()
            );
        }
        let line = serde_json::from_str::<Self>(&content)
            .map_err(|error| format!("the line is no decision that this version knows: {error}"))?;
        if line.seq != seq || line.prev != prev {
            return Err(format!("the line is not the {seq}. of this log"));
        }
        Ok((line, hash))
    }

    /// Adds what it says to the decisions.
    pub(super) fn add_to(self, decisions: &mut Decisions) -> anyhow::Result<()> {
        let moment = |text: &str, name| {
            EventTime::parse_rfc3339(text).with_context(|| format!("`{name}` is no RFC 3339 time"))
        };
        let until = self.until.as_deref().map(|until| moment(until, "until")).transpose()?;
        let span = (moment(&self.as_of, "as_of")?, until);
        let at = moment(&self.time, "time")?;
        let decision =
            Decision::new(self.seq, (self.by, self.reason), at, span).context("`by` or `reason`")?;
        let kind =
            DecisionKind::parse(&self.kind).context("`kind` is no decision that this version knows")?;
        if kind == DecisionKind::Accept {
            let workload = self.workload.context("`workload` is absent")?;
            let atoms = self.atoms.into_iter().map(|atom| {
                let plane =
                    Plane::parse(&atom.plane).with_context(|| format!("no plane `{}`", atom.plane))?;
                Ok((plane, atom.atom))
            });
            let atoms = atoms.collect::<anyhow::Result<Vec<_>>>()?;
            decisions.accept(&workload, atoms, self.origin, decision);
            return Ok(());
        }
        let Some(Ok(uid)) = self.finding.as_deref().map(uid) else { bail!("`finding` is no uid") };
        let severity = self
            .severity
            .map(|name| Severity::parse(&name).with_context(|| format!("`severity` has no step `{name}`")));
        decisions.rule(uid, Ruling { kind, severity: severity.transpose()?, decision });
        Ok(())
    }
}
