//! What a batch brings, by kind of log.

use ambit_schemas::vocabulary::Source;
use ambit_schemas::{Column, EventBatch, EventTime};

use super::message::Data;
use super::metrics::{Metrics, secs};
use crate::config::Lateness;

/// Counts what came of a configured source, and says what could not be read.
pub(super) fn came(data: &Data, name: &str, metrics: &Metrics) {
    metrics.events.bytes.with_label_values(&[name]).inc_by(data.bytes);
    if let Some(reject) = data.rejects.first() {
        let count = data.rejects.len();
        metrics.events.rejected.with_label_values(&[name]).inc_by(count as u64);
        tracing::warn!(
            "source {name}: {count} could not be read; the first: {}: {}",
            reject.position,
            reject.reason
        );
    }
}

/// Counts a batch by kind of log; gives its latest event, and how late its kinds may be.
pub(super) fn note(
    batch: &EventBatch,
    (metrics, lateness): (&Metrics, Lateness),
    watermark: EventTime,
) -> (Option<EventTime>, i64) {
    let kinds = batch.words::<Source>(Column::Source).unwrap_or_default();
    let column = batch.dict(Column::Source);
    let watermark = watermark.micros();
    let mut tallies = vec![(0, 0, i64::MIN); kinds.len()];
    for (row, time) in batch.times().iter().enumerate() {
        if let Some((count, late, last)) = column.key(row).and_then(|key| tallies.get_mut(key)) {
            *count += 1;
            *late += u64::from(*time < watermark);
            *last = (*last).max(*time);
        }
    }
    let (mut latest, mut lateness_micros) = (None, 0);
    for (kind, (count, late, last)) in kinds.iter().zip(tallies).filter(|(_, (count, ..))| *count > 0) {
        let label = [kind.as_str()];
        metrics.events.ingested.with_label_values(&label).inc_by(count);
        metrics.events.late.with_label_values(&label).inc_by(late);
        let gauge = metrics.events.last_event.with_label_values(&label);
        gauge.set(gauge.get().max(secs(EventTime(last))));
        latest = latest.max(Some(EventTime(last)));
        let own = if is_cloud(*kind) { lateness.cloud_micros } else { lateness.other_micros };
        lateness_micros = lateness_micros.max(own);
    }
    (latest, lateness_micros)
}

/// Whether a cloud delivers these logs.
const fn is_cloud(kind: Source) -> bool {
    match kind {
        Source::AwsCloudtrail
        | Source::AwsBedrockInvocation
        | Source::GcpAudit
        | Source::AzureActivity
        | Source::EntraSignin
        | Source::EntraAudit
        | Source::AzureKeyvault => true,
        Source::K8sAudit | Source::VaultAudit | Source::OtelGenai | Source::McpAudit | Source::Ocsf => false,
    }
}
