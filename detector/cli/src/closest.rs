//! Names that somebody may have meant.

/// Names that are offered.
const MOST: usize = 3;

/// The names nearest to a text: those that hold it, then those few edits away; at most three.
pub(crate) fn closest<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let lower = text.to_lowercase();
    let far = 1 + lower.chars().count() / 3;
    let ranked = names.into_iter().filter_map(|name| {
        let candidate = name.to_lowercase();
        if !lower.is_empty() && candidate.contains(&lower) {
            return Some((0, name));
        }
        let edits = edits(&lower, &candidate);
        (edits <= far).then_some((edits, name))
    });
    let mut ranked = ranked.collect::<Vec<_>>();
    ranked.sort_unstable();
    ranked.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// `: did you mean a or b?`, or nothing.
pub(crate) fn question<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    match closest(text, names).join("` or `") {
        none if none.is_empty() => String::new(),
        some => format!(": did you mean `{some}`?"),
    }
}

/// How many characters must be put in, taken out or replaced to make one text of the other.
fn edits(one: &str, other: &str) -> usize {
    let other = other.chars().collect::<Vec<_>>();
    let mut costs = (0..=other.len()).collect::<Vec<_>>();
    for (row, letter) in one.chars().enumerate() {
        let mut diagonal = costs[0];
        costs[0] = row + 1;
        for (column, against) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *against);
            diagonal = costs[column + 1];
            costs[column + 1] = replaced.min(diagonal + 1).min(costs[column] + 1);
        }
    }
    costs[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_are_offered() {
        let names = ["rag-retriever", "ci-runner", "chat-agent", "rag-indexer"];
        for (text, expected) in [
            ("rag", vec!["rag-indexer", "rag-retriever"]),
            ("ci-runer", vec!["ci-runner"]),
            ("CHAT_AGENT", vec!["chat-agent"]),
            ("billing", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(closest(text, names), expected, "{text}");
        }
        assert_eq!(question("chat-agnt", names), ": did you mean `chat-agent`?");
        assert_eq!(question("billing", names), "");
    }
}
