//! What was read and is not handed on yet.

use std::collections::{BTreeMap, BTreeSet};

use ambit_ingest::source::Mark;
use rdkafka::{Offset, TopicPartitionList};

use crate::config::{From, Source};
use crate::kafka::transaction::{Fault, Letter, Membership, ReadUpTo, Transactions};
use crate::run::partitions::upstream::{PROGRESS, Standing, Upstream};
use crate::source::kafka::number;

/// It, by the places of the sources.
#[derive(Debug, Default)]
pub(in crate::run) struct Held {
    letters: Vec<(usize, Letter)>,
    bytes: usize,
    /// The offset behind the last message that was read of each partition of a topic.
    read: BTreeMap<usize, BTreeMap<i32, i64>>,
    members: BTreeMap<usize, Membership>,
    /// Partitions that others of the group have.
    elsewhere: BTreeMap<usize, BTreeSet<String>>,
    /// What was told the last time.
    told: BTreeSet<String>,
}

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.letters.is_empty() && self.read.is_empty()
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn add(&mut self, source: usize, letters: Vec<Letter>) {
        self.bytes += letters.iter().map(|letter| letter.key.len() + letter.payload.len()).sum::<usize>();
        self.letters.extend(letters.into_iter().map(|letter| (source, letter)));
    }

    /// Notes how far a source was read; gives back the mark of one that no group keeps.
    pub(super) fn read_up_to(
        &mut self,
        (source, sources): (usize, &[Source]),
        mark: Option<Mark>,
    ) -> Option<Mark> {
        let From::Kafka { topic, .. } = &sources.get(source)?.from else { return mark };
        let mark = mark?;
        let partition = number(topic, &mark.partition)?;
        self.read.entry(source).or_default().insert(partition, mark.offset);
        None
    }

    /// A group has us.
    pub(super) fn join(&mut self, source: usize, membership: Membership) {
        self.members.insert(source, membership);
    }

    pub(super) fn elsewhere(&mut self, source: usize, names: BTreeSet<String>) {
        self.elsewhere.insert(source, names);
    }

    /// A group has us no longer: what was read for it and not handed on is others' to read, and to tell of.
    pub(super) fn leave(&mut self, source: usize, name: &str) {
        self.letters.retain(|(of, _)| *of != source);
        self.bytes = self.letters.iter().map(|(_, letter)| letter.key.len() + letter.payload.len()).sum();
        self.read.remove(&source);
        self.members.remove(&source);
        self.elsewhere.remove(&source);
        let prefix = format!("{name}/");
        self.told.retain(|told| !told.starts_with(&prefix));
    }

    /// What is to be told, with what was told and is over, and what others have.
    pub(super) fn with_finished(&self, mut upstreams: Vec<Upstream>) -> Vec<Upstream> {
        let standing = |name: &String, standing| Upstream {
            name: name.clone(),
            latest_micros: None,
            lateness_micros: 0,
            standing,
        };
        let live = upstreams.iter().map(|upstream| upstream.name.clone()).collect::<BTreeSet<_>>();
        upstreams.extend(self.told.difference(&live).map(|name| standing(name, Standing::Finished)));
        let elsewhere = self.elsewhere.values().flatten().filter(|name| !live.contains(*name));
        upstreams.extend(elsewhere.map(|name| standing(name, Standing::Elsewhere)));
        upstreams
    }

    /// Writes all of it to the topic, with what is to be told through each of its partitions. A fault names the source.
    pub(super) fn write(
        &self,
        topic: &Transactions,
        (upstreams, partitions): (&[Upstream], i32),
        sources: &[Source],
        goes_on: &dyn Fn() -> bool,
    ) -> Result<(), Fault> {
        let told = serde_json::to_string(upstreams).map_err(|error| Fault::Fatal(error.to_string()))?;
        let telling = (0..partitions).map(|partition| Letter {
            partition: Some(partition),
            key: String::new(),
            payload: Vec::new(),
            header: Some((PROGRESS, told.clone())),
        });
        let telling = telling.collect::<Vec<_>>();
        let (mut read, mut places) = (Vec::new(), Vec::new());
        for (source, offsets) in &self.read {
            // Nobody has told us that we are of the group, so what we read is not ours.
            let membership = self.members.get(source).ok_or(Fault::Left(*source))?;
            let From::Kafka { topic, .. } = &sources[*source].from else { continue };
            let mut list = TopicPartitionList::new();
            for (partition, offset) in offsets {
                let added = list.add_partition_offset(topic, *partition, Offset::Offset(*offset));
                added.map_err(|error| Fault::Fatal(error.to_string()))?;
            }
            read.push(ReadUpTo { membership, offsets: list });
            places.push(*source);
        }
        let letters = self.letters.iter().map(|(_, letter)| letter).chain(&telling);
        topic.write(letters, &read, goes_on).map_err(|fault| match fault {
            Fault::Left(place) => Fault::Left(places[place]),
            fault => fault,
        })
    }

    /// All of it was handed on, and this was told; gives the number of events.
    pub(super) fn clear(&mut self, upstreams: Vec<Upstream>) -> u64 {
        let count = self.letters.len() as u64;
        self.letters.clear();
        self.bytes = 0;
        self.read.clear();
        let live = upstreams.into_iter();
        let live = live.filter(|one| !matches!(one.standing, Standing::Finished | Standing::Elsewhere));
        self.told = live.map(|upstream| upstream.name).collect();
        count
    }
}
