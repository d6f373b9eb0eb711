//! The clients of the user agents seen so far.

use std::borrow::Cow;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::client::client;

/// User agents that are remembered; of more the memory is emptied.
const MAX_AGENTS: usize = 4_096;
/// Longer ones are forged, and not worth the room.
const MAX_AGENT: usize = 1 << 10;

/// A memory of [`client`]: a log has few user agents, and to look for the product in one takes longer than to find it
/// here.
#[derive(Debug, Default)]
pub(super) struct Clients {
    all: Vec<(Box<str>, Option<Box<str>>)>,
    index: HashTable<(u64, usize)>,
}

impl Clients {
    /// As [`client`].
    pub(super) fn get<'c>(&'c mut self, agent: &'c str) -> Option<Cow<'c, str>> {
        if agent.len() > MAX_AGENT {
            return client(agent);
        }
        let at = self.find(agent);
        self.all[at].1.as_deref().map(Cow::Borrowed)
    }

    fn find(&mut self, agent: &str) -> usize {
        let hash = FixedState::default().hash_one(agent);
        let all = &self.all;
        if let Some((_, at)) = self.index.find(hash, |(other, at)| *other == hash && *all[*at].0 == *agent) {
            return *at;
        }
        if self.all.len() >= MAX_AGENTS {
            self.all.clear();
            self.index.clear();
        }
        let at = self.all.len();
        self.all.push((agent.into(), client(agent).map(Box::from)));
        self.index.insert_unique(hash, (hash, at), |(hash, _)| *hash);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_what_was_worked_out() {
        let mut clients = Clients::default();
        let long = format!("aws-cli/2 {}", "x".repeat(MAX_AGENT));
        for round in 0..2 {
            for agent in ["aws-cli/2.17.32 md/a", "Boto3/1.26.1", "-", "", &long] {
                assert_eq!(clients.get(agent), client(agent), "{agent}, round {round}");
            }
        }
        for number in 0..=MAX_AGENTS {
            let agent = format!("agent{number}/1.0");
            assert_eq!(clients.get(&agent), client(&agent));
        }
        assert!(clients.all.len() <= MAX_AGENTS);
    }
}
