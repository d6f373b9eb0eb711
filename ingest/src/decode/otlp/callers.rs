//! Who a call was made for: the agents of the spans above it, as far as the same export has them.

use super::export::{Export, Link, Record};

/// Spans that are looked at on the way up: agents call agents, but not for ever, and a broken export may go in circles.
const MAX_HOPS: usize = 64;
/// Agents that are named.
const MAX_AGENTS: usize = 8;

/// The spans of an export by their ids.
#[derive(Debug)]
pub(super) struct Callers<'e> {
    export: &'e Export<'e>,
    links: Vec<Link>,
}

impl<'e> Callers<'e> {
    pub(super) fn new(export: &'e Export<'e>) -> Self {
        let mut links = export.links.clone();
        links.sort_by_key(|link| (link.trace, link.span));
        Self { export, links }
    }

    fn find(&self, trace: u128, span: u64) -> Option<&Link> {
        let at = self.links.binary_search_by_key(&(trace, span), |link| (link.trace, link.span)).ok()?;
        self.links.get(at)
    }

    /// The agents above a record, nearest first, each once, without `own`; before them the caller that it names itself.
    pub(super) fn agents(
        &self,
        record: &Record<'_>,
        (own, caller): (Option<&str>, Option<&'e str>),
        out: &mut Vec<&'e str>,
    ) {
        out.clear();
        out.extend(caller.filter(|caller| Some(*caller) != own));
        // A log record belongs to the span that it was written in, not to the parent of it.
        let mut next = if record.is_log { record.span } else { record.parent };
        let Some(trace) = record.trace else { return };
        for _ in 0..MAX_HOPS {
            let Some(link) = next.and_then(|span| self.find(trace, span)) else { return };
            let agent = link.agent.and_then(|call| self.export.calls.get(call)?.call.agent());
            if let Some(agent) = agent.filter(|agent| Some(*agent) != own && !out.contains(agent)) {
                out.push(agent);
            }
            if out.len() == MAX_AGENTS {
                return;
            }
            next = link.parent;
        }
    }
}
