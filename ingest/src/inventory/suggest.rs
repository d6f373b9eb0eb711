//! "Did you mean …?"

/// Texts longer than this are no slip of the pen.
const LONGEST: usize = 64;

/// The word that a text was most likely meant to be: at most a third of its letters differ.
pub(super) fn nearest<'w>(text: &str, words: &[&'w str]) -> Option<&'w str> {
    let text = text.chars().take(LONGEST + 1).collect::<Vec<_>>();
    if text.len() > LONGEST {
        return None;
    }
    let scored = words.iter().map(|word| (distance(&text, &word.chars().collect::<Vec<_>>()), *word));
    let (differ, word) = scored.min_by_key(|(differ, _)| *differ)?;
    (differ * 3 <= text.len().max(3)).then_some(word)
}

/// Letters to add, drop, change or swap with a neighbour (optimal string alignment), row by row.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before = Vec::new();
    let mut last = (0..=right.len()).collect::<Vec<_>>();
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let changed = last[j] + usize::from(a != b);
            let mut best = changed.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[right.len()]
}
