//! Canonical events as messages: those of one workload in one partition of the topic, whoever writes them.

use std::io;

use ambit_schemas::hash::stable_hash128;
use ambit_schemas::{Column, EventBatch};

use crate::kafka::transaction::Letter;
use crate::normalize::line;

/// What tells whose an event is, where no workload is known: what is one identity's stays together.
const KEYS: [Column; 4] = [Column::Workload, Column::PrincipalAlias, Column::Principal, Column::Credential];

/// The events of a batch, for a topic of so many partitions.
///
/// # Errors
/// Never: they are written to memory.
pub(super) fn of(batch: &EventBatch, partitions: i32) -> io::Result<Vec<Letter>> {
    let columns = KEYS.map(|column| batch.dict(column));
    let letter = |row: usize| {
        let known = columns.iter().find_map(|column| column.get(row));
        let key = known.unwrap_or_else(|| batch.event_ids().value(row)).to_owned();
        let mut payload = Vec::new();
        line(&mut payload, batch, row)?;
        Ok(Letter { partition: Some(partition(&key, partitions)), key, payload, header: None })
    };
    (0..batch.len()).map(letter).collect()
}

/// The partition of a key.
fn partition(key: &str, partitions: i32) -> i32 {
    let count = u128::try_from(partitions).unwrap_or(1).max(1);
    i32::try_from(stable_hash128([key.as_bytes()]) % count).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use ambit_schemas::vocabulary::Source;
    use ambit_schemas::{EventBatchBuilder, EventRow, EventTime};

    use super::*;

    #[test]
    fn what_is_of_one_workload_goes_one_way() {
        let mut builder = EventBatchBuilder::new();
        let event = |id, workload, principal| EventRow {
            action: "aws:s3:GetObject",
            workload,
            principal,
            origin: "f",
            ..EventRow::new(Source::AwsCloudtrail, id, EventTime::from_millis(1))
        };
        for (id, workload, principal) in
            [("a", Some("w"), Some("p")), ("b", Some("w"), None), ("c", None, Some("p")), ("d", None, None)]
        {
            builder.push(&event(id, workload, principal));
        }
        let letters = of(&builder.finish().unwrap(), 7).unwrap();
        assert_eq!(
            letters.iter().map(|letter| letter.key.as_str()).collect::<Vec<_>>(),
            ["w", "w", "p", "d"]
        );
        assert_eq!(letters[0].partition, letters[1].partition);
        let all = (0..100)
            .map(|number| partition(&number.to_string(), 7))
            .collect::<std::collections::BTreeSet<_>>();
        assert_eq!(all.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
        assert!(letters[0].payload.starts_with(br#"{"event_id":"a","time":"#));
        assert!(letters[0].payload.ends_with(b"}"));
    }
}
