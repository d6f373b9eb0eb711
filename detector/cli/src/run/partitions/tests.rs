use super::*;

enum Did {
    Found(&'static str),
    Took(&'static str, i64),
    CaughtUp(&'static str),
    Unordered(&'static str),
    Finished(&'static str),
    Gone(&'static str),
    #[cfg(feature = "kafka")]
    Empty(&'static str),
    #[cfg(feature = "kafka")]
    Silent(&'static str),
    #[cfg(feature = "kafka")]
    Answers(&'static str),
    Wait(u64),
}
#[cfg(feature = "kafka")]
use Did::{Answers, Empty, Silent};
use Did::{CaughtUp, Finished, Found, Gone, Took, Unordered, Wait};

/// The watermark, in seconds, after each step. Partitions with an upper-case name may be 30 seconds late, others 5.
fn check(steps: &[(Did, Option<i64>)]) {
    let mut partitions = Partitions::new((Duration::from_mins(1), Duration::from_mins(3)), 1);
    let mut now = Duration::ZERO;
    assert_eq!(partitions.watermark(now, EventTime::MAX), None);
    partitions.heard_of(0);
    for (number, (did, expected)) in steps.iter().enumerate() {
        match *did {
            Found(name) => partitions.found(0, &name.into(), now),
            Took(name, secs) => {
                let lateness = if name.chars().all(char::is_uppercase) { 30_000_000 } else { 5_000_000 };
                let reached = (Some(EventTime::from_secs(secs)), lateness);
                partitions.took((0, &name.into()), None, reached, now);
            }
            CaughtUp(name) => partitions.caught_up(0, &name.into(), now),
            Unordered(name) => partitions.unordered(0, &name.into(), now),
            Finished(name) => partitions.finished(0, &name.into(), now),
            Gone(name) => partitions.gone(0, &name.into(), now),
            #[cfg(feature = "kafka")]
            Empty(name) => partitions.empty(0, &name.into(), now),
            #[cfg(feature = "kafka")]
            Silent(name) => partitions.silent(0, &name.into(), now),
            #[cfg(feature = "kafka")]
            Answers(name) => partitions.answers(0, &name.into(), now),
            Wait(secs) => now += Duration::from_secs(secs),
        }
        let secs = partitions.watermark(now, EventTime::MAX).map(|watermark| watermark.micros() / 1_000_000);
        assert_eq!(secs, *expected, "after step {number}");
    }
}

#[test]
fn the_slowest_holds_until_it_is_idle() {
    check(&[
        (Found("a"), None),
        (Found("b"), None),
        (Took("a", 1_000), None),
        (Took("b", 500), Some(495)),
        (CaughtUp("a"), Some(495)),
        (CaughtUp("b"), Some(495)),
        (Took("a", 2_000), Some(495)),
        (Wait(61), Some(1_995)),
        (Took("b", 600), Some(595)),
    ]);
}

#[test]
fn one_that_has_something_unread_is_never_idle() {
    check(&[
        (Found("a"), None),
        (Took("a", 100), Some(95)),
        (Took("b", 900), Some(95)),
        (Wait(1_000), Some(95)),
        (CaughtUp("a"), Some(95)),
        (Wait(61), Some(895)),
    ]);
}

#[cfg(feature = "kafka")]
#[test]
fn one_that_cannot_be_read_is_waited_for_as_long_as_an_outage_may_last() {
    check(&[
        (Took("a", 100), Some(95)),
        (Took("b", 900), Some(95)),
        (Silent("a"), Some(95)),
        (Wait(50), Some(95)),
        (Silent("a"), Some(95)),
        (Wait(50), Some(95)),
        (Answers("a"), Some(95)),
        (Wait(50), Some(95)),
        (Took("a", 300), Some(295)),
        (Silent("a"), Some(295)),
        (Wait(55), Some(295)),
        (Silent("a"), Some(295)),
        (Wait(55), Some(295)),
        (Silent("a"), Some(295)),
        (Wait(55), Some(295)),
        (Silent("a"), Some(295)),
        (Wait(55), Some(295)),
        (Silent("a"), Some(295)),
        (Wait(10), Some(895)),
        (Silent("a"), Some(895)),
        (Silent("unheard of"), Some(895)),
    ]);
}

#[cfg(feature = "kafka")]
#[test]
fn one_that_was_empty_when_it_could_be_read_last_is_waited_for_too() {
    check(&[
        (Took("a", 900), Some(895)),
        (CaughtUp("b"), Some(895)),
        (Silent("b"), None),
        (Wait(100), None),
        (Answers("b"), Some(895)),
        (Silent("b"), None),
        (Wait(180), Some(895)),
    ]);
}

#[cfg(feature = "kafka")]
#[test]
fn what_comes_first_of_one_that_was_always_empty_is_waited_for() {
    check(&[
        (Found("a"), None),
        (Found("b"), None),
        (Empty("a"), None),
        (Empty("b"), None),
        (Took("a", 1_000), None),
        (Took("b", 500), Some(495)),
        (Empty("b"), Some(495)),
        (CaughtUp("b"), Some(495)),
    ]);
    check(&[
        (Took("a", 1_000), Some(995)),
        (Empty("b"), None),
        (Wait(40), None),
        (Took("a", 2_000), None),
        (Wait(21), Some(1_995)),
        (Found("b"), None),
        (Empty("b"), None),
    ]);
}

#[test]
fn what_is_read_in_no_order_holds_until_it_is_read() {
    check(&[
        (Unordered("a"), None),
        (Took("a", 900), None),
        (Took("a", 100), None),
        (CaughtUp("a"), Some(895)),
        (Unordered("a"), Some(895)),
        (Took("a", 2_000), Some(895)),
        (Took("a", 950), Some(895)),
        (Wait(61), Some(895)),
        (CaughtUp("a"), Some(1_995)),
    ]);
}

#[test]
fn what_may_be_late_may_be_late_though_it_is_idle() {
    check(&[
        (Took("CLOUD", 1_000), Some(970)),
        (Took("b", 1_000), Some(970)),
        (Wait(3_600), Some(970)),
        (Took("b", 4_000), Some(3_970)),
    ]);
}

#[test]
fn finished_files_leave_their_lateness() {
    check(&[
        (Found("A"), None),
        (Took("A", 100), Some(70)),
        (Finished("A"), Some(70)),
        (Found("B"), None),
        (Took("B", 200), Some(70)),
        (Gone("B"), Some(170)),
        (Took("c", 1_000), Some(170)),
        (Wait(61), Some(970)),
    ]);
}

#[test]
fn who_is_ahead_of_the_clock_moves_nobody_past_it() {
    let mut partitions = Partitions::new((Duration::from_mins(1), Duration::from_mins(3)), 1);
    let (second, hour) = (Duration::from_secs(1), Duration::from_hours(1));
    partitions.heard_of(0);
    for (name, secs) in [("right", 1_000), ("ahead", 90_000)] {
        partitions.took((0, &name.into()), None, (Some(EventTime::from_secs(secs)), 5_000_000), second);
    }
    let ceiling = EventTime::from_secs(1_001);
    for (now, expected) in [(second, 995), (hour, 996)] {
        assert_eq!(partitions.watermark(now, ceiling), Some(EventTime::from_secs(expected)));
    }
    assert_eq!(partitions.forced(ceiling), Some(EventTime::from_secs(996)));
    assert_eq!(partitions.furthest(ceiling), Some(ceiling));
}
