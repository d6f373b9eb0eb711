//! L02: what is no network, and which network a workload's sessions are at home in.

use ambit_schemas::vocabulary::Check;

use super::{known, sorted};
use crate::tests::kit::{Event, check, day, sts};

#[test]
fn loopback_and_link_local_are_nowhere() {
    let at = |hours, address| sts("rag", hours, "ASIA1", address);
    for address in ["127.0.0.1", "169.254.170.2", "::1", "fe80::1", "0.0.0.0"] {
        check(&[at(1.0, "10.1.2.3"), at(2.0, address)], &known(&["rag"]), &[]);
        check(&[at(1.0, address), at(2.0, "10.1.2.3")], &known(&["rag"]), &[]);
    }
}

const PRIVATE: &str = "10.1.2.3";
const GATEWAY: &str = "198.51.100.7";

/// A session that begins in one network and goes on in another.
fn roams(number: u32, session: &str, from: &str, to: &str) -> [Event; 2] {
    [sts("rag", day(number) + 1.0, session, from), sts("rag", day(number) + 2.0, session, to)]
}

/// A workload behind a NAT gateway and VPC endpoints: its sessions show the one or the other address first.
#[test]
fn a_network_where_sessions_begin_is_home() {
    let begins = |number: u32, session: &str| sts("rag", day(number), session, GATEWAY);
    let mut events = vec![begins(0, "N0"), begins(1, "N1")];
    events.extend(roams(2, "ASIA2", PRIVATE, GATEWAY));
    events.extend(roams(3, "ASIA3", PRIVATE, GATEWAY));
    check(&sorted(events.clone()), &known(&["rag"]), &[]);
    events.extend(roams(4, "ASIA4", PRIVATE, "203.0.113.9"));
    check(&sorted(events), &known(&["rag"]), &[(Check::L02, "rag", "ASIA4")]);
}

/// However often a thief comes back, its use is never a session's first.
#[test]
fn a_thief_cannot_make_itself_at_home() {
    let events =
        (0..6).flat_map(|n| roams(n, &format!("ASIA{n}"), PRIVATE, "203.0.113.9")).collect::<Vec<_>>();
    let found = ["ASIA0", "ASIA1", "ASIA2", "ASIA3", "ASIA4", "ASIA5"];
    check(&events, &known(&["rag"]), &found.map(|session| (Check::L02, "rag", session)));
}

/// Two sessions of one day, or of another workload, or of this very day, teach nothing.
#[test]
fn one_day_and_other_workloads_teach_nothing() {
    let begins = |name: &str, hours: f64, session: &str| sts(name, hours, session, GATEWAY);
    let [one, two] = roams(2, "ASIA2", PRIVATE, GATEWAY);
    let cases = [
        vec![begins("rag", 1.0, "N0"), begins("rag", 2.0, "N1")],
        vec![begins("rag", 1.0, "N0"), begins("rag", day(2), "N1")],
        vec![begins("eval", 1.0, "N0"), begins("eval", day(1), "N1")],
    ];
    for mut events in cases {
        events.extend([one.clone(), two.clone()]);
        check(&events, &known(&["rag", "eval"]), &[(Check::L02, "rag", "ASIA2")]);
    }
}
