//! Room in a full table.

use std::collections::BTreeMap;

/// The part of a full table that goes at once: looking for the oldest costs a walk, so it is not done for each one.
const PART: usize = 16;

/// Makes room for one entry, if a table of `most` is full, by forgetting the oldest; gives how many went. Of entries of
/// one age the first by key goes first, so that a restart changes nothing.
pub(super) fn make_room<K: Ord, V>(table: &mut BTreeMap<K, V>, most: usize, age: impl Fn(&V) -> i64) -> u64 {
    let most = most.max(1);
    if table.len() < most {
        return 0;
    }
    let leaving = (table.len() - most + 1).max(most / PART).min(table.len());
    let mut ages = table.values().map(&age).collect::<Vec<_>>();
    let (younger, cutoff, _) = ages.select_nth_unstable(leaving - 1);
    let cutoff = *cutoff;
    let mut of_that_age = leaving - younger.iter().filter(|age| **age < cutoff).count();
    table.retain(|_, value| {
        let age = age(value);
        let goes = age < cutoff || (age == cutoff && of_that_age > 0);
        if age == cutoff && goes {
            of_that_age -= 1;
        }
        !goes
    });
    leaving as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_and_ties_by_key() {
        let check = |ages: &[i64], most: usize, left: &[usize]| {
            let mut table = ages.iter().copied().enumerate().collect::<BTreeMap<_, _>>();
            let gone = make_room(&mut table, most, |age| *age);
            assert_eq!(table.keys().copied().collect::<Vec<_>>(), left, "{ages:?} of {most}");
            assert_eq!(gone, (ages.len() - left.len()) as u64);
        };
        check(&[3, 1, 2], 4, &[0, 1, 2]);
        check(&[3, 1, 2], 3, &[0, 2]);
        check(&[1, 1, 1], 3, &[1, 2]);
        check(&[5, 1, 1, 4], 2, &[0]);
        check(&[7], 0, &[]);
        let many = (0..64).rev().collect::<Vec<_>>();
        check(&many, 64, &(0..60).collect::<Vec<_>>());
    }
}
