//! What workloads do all day, as canonical events. Nothing is left to chance: the same number gives the same event.
//!
//! Event `n` is of workload `n % workloads`, which uses its things in turn, with a session of AWS for each UTC day. Things are
//! shared by the eight workloads of a team, but for secrets; one event in 250 of a workload touches something that is never
//! touched again. So a batch holds as many workloads as it has rows, which is the worst case for whoever works by batches.

use std::fmt::Write as _;

use ambit_schemas::EventTime;
use ambit_schemas::time::DAY_MICROS;

/// Workloads of a team.
const TEAM: u64 = 8;
/// Events of a workload of which one touches something new.
const NOVELTY: u64 = 250;
const ACCOUNT: &str = "111122223333";

/// Who acts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Traffic {
    pub(super) workloads: u64,
    pub(super) atoms: u64,
}

/// Something that the daemon must tell, by its check; each has a credential of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trip {
    /// A leaked key is used: H04, told before the watermark passes it.
    Leaked,
    /// A session begins at home.
    Begins,
    /// It is used from elsewhere: L02, which needs the order of events.
    Moves,
}

/// A kind of thing that workloads use.
struct Kind {
    action: &'static str,
    class: &'static str,
    level: &'static str,
    resource: &'static str,
    /// What stands before the name of such a resource.
    prefix: &'static str,
    sensitivity: u8,
}

const KINDS: [Kind; 5] = [
    Kind {
        action: "aws:s3:GetObject",
        class: "read",
        level: "read",
        resource: "aws.s3.object",
        prefix: "arn:aws:s3:::",
        sensitivity: 1,
    },
    Kind {
        action: "aws:dynamodb:Query",
        class: "read",
        level: "read",
        resource: "aws.dynamodb.table",
        prefix: "arn:aws:dynamodb:us-east-1:111122223333:table/",
        sensitivity: 1,
    },
    Kind {
        action: "aws:sqs:SendMessage",
        class: "write",
        level: "write",
        resource: "aws.sqs.queue",
        prefix: "arn:aws:sqs:us-east-1:111122223333:",
        sensitivity: 0,
    },
    Kind {
        action: "aws:bedrock:InvokeModel",
        class: "model_invoke",
        level: "read",
        resource: "aws.bedrock.model",
        prefix: "arn:aws:bedrock:us-east-1::foundation-model/",
        sensitivity: 1,
    },
    Kind {
        action: "aws:secretsmanager:GetSecretValue",
        class: "secret_read",
        level: "read",
        resource: "aws.secret",
        prefix: "arn:aws:secretsmanager:us-east-1:111122223333:secret:",
        sensitivity: 2,
    },
];

/// Who does one event, with what, from where.
struct Hand<'a> {
    workload: u64,
    credential: &'a str,
    kind: &'static str,
    address: &'a str,
    client: &'static str,
}

impl Traffic {
    /// Every workload with its role, and the keys that trips will use.
    pub(super) fn inventory(self, leaked: u64) -> String {
        let mut text = "version: 1\nenvironments:\n".to_owned();
        // Writing to a string cannot fail.
        let mut line = |line: std::fmt::Arguments<'_>| text.write_fmt(line).unwrap_or_default();
        line(format_args!("  - {{ name: prod, match: [{{ aws_account: \"{ACCOUNT}\" }}] }}\nworkloads:\n"));
        for workload in 0..self.workloads {
            line(format_args!(
                "  - {{ name: w-{workload:06}, owner: team-{}, environment: prod, identities: [{{ aws_role: \"{}\" }}] }}\n",
                workload / TEAM,
                role(workload)
            ));
        }
        if leaked > 0 {
            line(format_args!("leaked:\n"));
        }
        for number in 0..leaked {
            let credential = Trip::Leaked.credential(number);
            line(format_args!("  - {{ credential: {credential}, since: 2026-01-01T00:00:00Z }}\n"));
        }
        text
    }

    /// An ordinary event.
    pub(super) fn event(self, number: u64, time: EventTime) -> String {
        let (workload, day) = (number % self.workloads, time.day());
        let (credential, address) = (format!("ASIA{workload:08}{day:08}"), home(workload));
        self.line(
            number,
            time,
            &Hand {
                workload,
                credential: &credential,
                kind: "sts_session",
                address: &address,
                client: "aws-sdk-go-v2/1",
            },
        )
    }

    /// Event `number` of the whole stream, which is the `trip`-th trip of its kind.
    pub(super) fn trip(self, kind: Trip, trip: u64, number: u64, time: EventTime) -> String {
        let workload = trip % self.workloads;
        let (credential, address) = (kind.credential(trip), home(workload));
        let (credential, address) = (credential.as_str(), address.as_str());
        let hand = Hand { workload, credential, kind: "sts_session", address, client: "aws-sdk-go-v2/1" };
        let hand = match kind {
            Trip::Leaked => Hand { kind: "static_key", ..hand },
            Trip::Begins => hand,
            Trip::Moves => Hand { address: "203.0.113.9", client: "aws-cli/2", ..hand },
        };
        self.line(number, time, &hand)
    }

    fn line(self, number: u64, time: EventTime, hand: &Hand<'_>) -> String {
        let Hand { workload, credential, kind: credential_kind, address, client } = hand;
        let turn = number / self.workloads;
        let thing = turn % self.atoms;
        let kind = &KINDS[usize::try_from(thing).unwrap_or(0) % KINDS.len()];
        let is_secret = kind.class == "secret_read";
        let name = if turn % NOVELTY == workload % NOVELTY && turn > 0 {
            format!("w{workload}-once-{turn}")
        } else if is_secret {
            format!("w{workload}-secret-{thing}")
        } else {
            format!("team{}-{thing}", workload / TEAM)
        };
        let (role, prefix) = (role(*workload), kind.prefix);
        let (object, group) = if kind.resource == "aws.s3.object" {
            (format!("/{number}.json"), "/*")
        } else {
            (String::new(), "")
        };
        let issued = if is_secret {
            format!("\"issued_credential\":\"{prefix}{name}\",\"issued_kind\":\"stored_secret\",")
        } else {
            String::new()
        };
        let issued_at = EventTime(time.day().saturating_mul(DAY_MICROS));
        format!(
            "{{\"event_id\":\"{number:08x}-10ad-4000-8000-{:012x}\",\"time\":\"{time}\",\"source\":\"aws.cloudtrail\",\
             \"action\":\"{}\",\"action_class\":\"{}\",\"access_level\":\"{}\",\"outcome\":\"success\",\
             \"principal\":\"{role}\",\"principal_kind\":\"role\",\"interactive\":false,\"credential\":\"{credential}\",\
             \"credential_kind\":\"{credential_kind}\",\"credential_issued_at\":\"{issued_at}\",{issued}\
             \"auth_method\":\"instance_profile\",\"resource\":\"{prefix}{name}{object}\",\
             \"resource_group\":\"{name}{group}\",\"resource_kind\":\"{}\",\"sensitivity\":{},\"account\":\"{ACCOUNT}\",\
             \"region\":\"us-east-1\",\"source_address\":\"{address}\",\"client\":\"{client}\",\
             \"session\":\"i-{workload:017x}\"}}",
            number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16,
            kind.action,
            kind.class,
            kind.level,
            kind.resource,
            kind.sensitivity,
        )
    }
}

impl Trip {
    /// What the credentials of a kind of trip begin with.
    const fn mark(self) -> &'static str {
        match self {
            Self::Leaked => "AKIALOADLEAKED",
            Self::Begins | Self::Moves => "ASIALOADMOVED",
        }
    }

    fn credential(self, trip: u64) -> String {
        format!("{}{trip:06}", self.mark())
    }

    /// The trip of this kind of which a finding tells.
    pub(super) fn told_by(self, finding: &str) -> Option<usize> {
        let (_, rest) = finding.split_once(self.mark())?;
        rest.get(..6)?.parse().ok()
    }
}

fn role(workload: u64) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/w-{workload:06}")
}

fn home(workload: u64) -> String {
    format!("10.{}.{}.{}", 20 + workload % 8, workload / 8 % 256, 1 + workload % 250)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const TRAFFIC: Traffic = Traffic { workloads: 16, atoms: 10 };

    fn fields(line: &str, names: &[&str]) -> Vec<String> {
        let event: Value = serde_json::from_str(line).unwrap();
        names.iter().map(|name| event[*name].as_str().unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn workloads_act_in_turn_on_what_their_team_has() {
        for (number, expected) in [
            (0, ["w-000000", "team0-0/*"]),
            (9, ["w-000009", "team1-0/*"]),
            (17, ["w-000001", "w1-once-1"]),
            (4 * 16 + 2, ["w-000002", "w2-secret-4"]),
        ] {
            let line = TRAFFIC.event(number, EventTime::from_secs(1_780_000_000));
            let found = fields(&line, &["principal", "resource_group"]);
            assert!(found[0].ends_with(expected[0]) && found[1] == expected[1], "{number}: {line}");
        }
    }

    #[test]
    fn a_trip_is_known_by_its_credential() {
        for trip in [Trip::Leaked, Trip::Moves] {
            let line = TRAFFIC.trip(trip, 42, 7, EventTime::from_secs(1_780_000_000));
            assert_eq!(trip.told_by(&line), Some(42), "{line}");
        }
        let moved = TRAFFIC.trip(Trip::Moves, 1, 8, EventTime::from_secs(1_780_000_000));
        assert_eq!(Trip::Leaked.told_by(&moved), None);
    }
}
