//! Topics of Kafka in, for every command that takes a PATH.

#[cfg(feature = "kafka")]
mod address;
#[cfg(feature = "kafka")]
mod asking;
#[cfg(feature = "kafka")]
mod reading;

#[cfg(feature = "kafka")]
pub(super) use self::{address::Topic, reading::take};

const SCHEME: &str = "kafka://";

/// Whether a PATH is the URL of a topic.
pub(super) fn is_topic(text: &str) -> bool {
    text.starts_with(SCHEME)
}

/// There is none in this build.
#[cfg(not(feature = "kafka"))]
#[derive(Debug)]
pub(super) enum Topic {}

#[cfg(not(feature = "kafka"))]
impl Topic {
    /// # Errors
    /// Always.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let shown = text.split('?').next().unwrap_or_default();
        let what = "this program was built without Kafka: build it with `--features kafka`";
        Err(crate::exit::usage(format!("{shown}: {what}")))
    }
}

/// Such a topic is refused before.
#[cfg(not(feature = "kafka"))]
pub(super) fn take(
    topic: &Topic,
    _: ambit_ingest::Settings,
    _: &mut super::Intake<'_>,
) -> anyhow::Result<()> {
    match *topic {}
}
