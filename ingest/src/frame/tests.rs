use std::io::Read;

use proptest::prelude::*;

use super::*;

/// Gives at most so many bytes a call, in turn.
struct Dribble<'a> {
    bytes: &'a [u8],
    sizes: Vec<usize>,
    turn: usize,
}

impl Read for Dribble<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let size = self.sizes[self.turn % self.sizes.len()].min(into.len()).min(self.bytes.len());
        self.turn += 1;
        into[..size].copy_from_slice(&self.bytes[..size]);
        self.bytes = &self.bytes[size..];
        Ok(size)
    }
}

const LIMIT: usize = 1 << 20;

fn frames(reader: impl Read, limit: usize) -> Vec<(u64, Result<Vec<u8>, Reason>)> {
    let mut framer = Framer::new(reader, limit);
    let mut found = Vec::new();
    while let Some(frame) = framer.next_frame() {
        found.push(match frame {
            Frame::Record { offset, bytes } => (offset, Ok(bytes.to_vec())),
            Frame::Broken { offset, reason } => (offset, Err(reason)),
        });
    }
    found
}

/// `expect` names each frame: a record as it is written, a broken piece as `!offset reason`.
fn check(input: &str, expect: &[&str]) {
    let found = frames(input.as_bytes(), LIMIT);
    let shown = found
        .iter()
        .map(|(offset, frame)| match frame {
            Ok(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Err(reason) => format!("!{offset} {reason}"),
        })
        .collect::<Vec<_>>();
    assert_eq!(shown, expect, "{input}");
    for (offset, frame) in &found {
        if let Ok(bytes) = frame {
            assert!(
                input.as_bytes()[usize::try_from(*offset).unwrap()..].starts_with(bytes),
                "{input} @{offset}"
            );
        }
    }
    let dribbled = frames(Dribble { bytes: input.as_bytes(), sizes: vec![1], turn: 0 }, LIMIT);
    assert_eq!(dribbled, found, "one byte at a time: {input}");
}

#[test]
fn every_layout_gives_its_records() {
    let (a, b, c) = ("{\"a\":1}", "{\"b\":{\"c\":[2]}}", "{\"d\":\"\u{e9}\"}");
    for input in [
        format!("{a}\n{b}\n{c}\n"),
        format!("{a}\n{b}\n{c}"),
        format!("\u{feff}{a}\r\n{b}\r\n\r\n{c}\r\n"),
        format!("{a}{b} {c}"),
        format!("{a},\n{b},\n{c},\n"),
        format!("[{a},{b},{c}]"),
        format!("[\n  {a},\n  {b},\n  {c}\n]\n"),
        format!("{{\"Records\":[{a},{b},{c}]}}"),
        format!("{{\"Records\":[{a},{b},{c}]}}\n"),
        format!("{{\"Records\":[{a}]}}\n{{\"Records\":[{b},{c}]}}\n"),
        format!("{{\n \"x\": {{\"y\":[1]}},\n \"records\" : [\n{a}, {b}\n] ,\"z\":[{{}}]}} {c}"),
        format!("{{\"Events\":[{a}],\"NextToken\":null}}[{b}]\n\n{c}"),
        format!("{{\"value\":[{a},{b}],\"nextLink\":\"x\"}}\n{c}\n"),
        format!("{{\"@odata.context\":\"x\",\"value\":[{a},{b},{c}]}}"),
        format!("{{\"receivedMessages\":[{a},{b},{c}]}}\n"),
        format!("{{\"value\":[{a},{b}],\"count\":1234,\"rate\":-1.5e3}}{c}"),
    ] {
        check(&input, &[a, b, c]);
    }
}

#[test]
fn a_record_may_stand_behind_words_of_its_line() {
    let record = "{\"type\":\"response\",\"request\":{\"b\":\"x: {y\"}}";
    for words in [
        "<14>Jan  1 00:00:00 host vault[1]: ",
        "<134>1 2026-01-01T00:00:00Z host vault 1 - [x@1 a=\"b\"] ",
        "@cee: ",
        "x",
    ] {
        check(&format!("{words}{record}\n{words}{record}\r\n{record}\n{words}{record} "), &[record; 4]);
    }
    for line in [
        // What another source would write may be anybody's words.
        "x: {\"a\":1}",
        "GET /?q={\"eventName\":\"CreateUser\",\"eventSource\":\"iam.amazonaws.com\"}",
        "x: {\"a\":1} y",
        &format!("x: {record} y"),
        &format!("x: {record}}}"),
        &format!("x: {record}{record}"),
        "x: {\"a\":",
        "x: {\"a\":1}}",
        "x: {\"a\":1}{\"a\":1}",
        "x: {\"a\":,}",
        &format!("\"x\": {record}"),
        &format!("{} {record}", "x".repeat(600)),
    ] {
        let behind = format!("!{} no JSON object or array", record.len() + 1);
        check(&format!("{record}\n{line}\n{record}\n"), &[record, &behind, record]);
    }
    check("x {\n\"a\":1}\n", &["!0 no JSON object or array", "!4 no JSON object or array"]);
}

#[test]
fn what_is_no_envelope_stays_whole() {
    for input in ["{\"Records\":3}", "{\"Records\":[1]}", "{\"x\":{\"Records\":[{}]}}", "{\n\"a\": {\n}\n}"] {
        check(input, &[input]);
    }
    for input in ["", " \n\r\n", "[]", "{\"Records\":[]}", "[ ]\n"] {
        check(input, &[]);
    }
}

#[test]
fn a_broken_record_costs_itself() {
    let cases: &[(&str, &[&str])] = &[
        (
            "{\"a\":1}\n{\"b\":\"cut\n{\"c\":3}\n",
            &["{\"a\":1}", "!8 broken JSON at byte 9 of the record", "{\"c\":3}"],
        ),
        ("{\"b\":1,\n{\"c\":3}\n", &["!0 broken JSON at byte 8 of the record", "{\"c\":3}"]),
        ("{\"a\":1}\n{\"b\":\"cut", &["{\"a\":1}", "!8 cut off"]),
        (
            "text\nmore\n{\"c\":3}\n",
            &["!0 no JSON object or array", "!5 no JSON object or array", "{\"c\":3}"],
        ),
        ("{\n \"a\": \"b\n\",\n}\n[{\"c\":3}]\n", &["!0 broken JSON at byte 10 of the record", "{\"c\":3}"]),
        (
            "[{\"a\":1},{\"b\":,},{\"c\":3}]",
            &["{\"a\":1}", "!9 broken JSON at byte 5 of the record", "{\"c\":3}"],
        ),
        ("[{\"a\":{\"b\":1},{\"c\":3},4]", &["!1 broken JSON at byte 13 of the record", "{\"c\":3}", "4"]),
        ("[{\"a\":\"b},{\"c\":3}]", &["!1 broken JSON at byte 11 of the record", "{\"c\":3}"]),
        ("[{\"a\":1}},{\"c\":3}]", &["{\"a\":1}", "!8 broken JSON at byte 0 of the record", "{\"c\":3}"]),
        ("{\"Records\":[\u{1}]}\n{\"c\":3}\n", &["!0 broken JSON at byte 12 of the record", "{\"c\":3}"]),
        ("{\"a\":\n003}\n{\"c\":3}\n", &["!0 broken JSON at byte 7 of the record", "{\"c\":3}"]),
        ("[oops,{\"c\":3}]", &["!1 broken JSON at byte 0 of the record", "{\"c\":3}"]),
        (
            "[\n  {\n    \"a\": \"b\n  },\n  {\n    \"c\": 3\n  }\n]\n",
            &["!4 broken JSON at byte 13 of the record", "{\n    \"c\": 3\n  }"],
        ),
        (
            "[\n  {\n    \"a\": 1,\n  {\n    \"c\": 3\n  }\n]\n{\"d\":4}\n",
            &["!4 broken JSON at byte 16 of the record", "{\n    \"c\": 3\n  }", "{\"d\":4}"],
        ),
        ("{\"Records\":[{\"a\":1},{\"b\":", &["{\"a\":1}", "!20 cut off"]),
        ("{\"Records\":[{\"a\":1}", &["{\"a\":1}", "!19 cut off"]),
        ("{\"Records\":[{\"a\":1}]", &["{\"a\":1}", "!20 cut off"]),
        (
            "{\"Records\":[{\"a\":1,\n{\"Records\":[{\"c\":3}]}\n",
            &["!12 broken JSON at byte 8 of the record", "{\"c\":3}"],
        ),
    ];
    for (input, expect) in cases {
        check(input, expect);
    }
}

#[test]
fn what_is_too_long_or_too_deep_is_passed_over() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(LIMIT));
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let endless = format!("{{\"a\":\"{}", "x".repeat(2 * LIMIT));
    let (lines, array) = (("{\"b\":1}\n", "\n{\"c\":3}\n"), ("[\n  {\"b\":1},\n  ", ",\n  {\"c\":3}\n]"));
    for (what, reason, (before, after)) in [
        (&long, Reason::TooLong { limit: LIMIT }, lines),
        (&long, Reason::TooLong { limit: LIMIT }, array),
        (&endless, Reason::TooLong { limit: LIMIT }, lines),
        (&endless, Reason::TooLong { limit: LIMIT }, array),
        (&deep, Reason::TooDeep { limit: MAX_DEPTH }, array),
    ] {
        let found = frames(format!("{before}{what}{after}").as_bytes(), LIMIT);
        let broken = found.iter().map(|(offset, frame)| (*offset, frame.as_ref().err())).collect::<Vec<_>>();
        assert_eq!(broken.len(), 3);
        assert_eq!(broken[1], (before.len() as u64, Some(&reason)));
        assert_eq!(found[2].1, Ok(b"{\"c\":3}".to_vec()));
    }
    let found = frames(format!("{deep}\n{{\"c\":3}}\n").as_bytes(), LIMIT);
    assert_eq!(
        found[0].1.as_ref().map(Vec::len),
        Ok(deep.len()),
        "a line is not looked into: its decoder will"
    );
    for what in [&long, &deep] {
        let found = frames(format!("{{\"Records\":[{what},{{\"c\":3}}]}}").as_bytes(), LIMIT);
        assert_eq!(found.len(), 2, "in one line");
        assert_eq!(found[1].1, Ok(b"{\"c\":3}".to_vec()));
    }
}

#[test]
fn a_stream_far_longer_than_the_buffer_flows() {
    let element = "{\"key\":\"value\",\"list\":[1,2,3]}";
    let many = 100_000;
    for (open, between, close) in
        [("", "\n", "\n"), ("[", ",", "]"), ("{\"x\":0,\"Records\":[", ",", "]}"), ("[\n", ",\n", "\n]")]
    {
        let input = format!("{open}{}{close}", vec![element; many].join(between));
        let mut framer = Framer::new(input.as_bytes(), 1 << 10);
        let mut count = 0;
        while let Some(frame) = framer.next_frame() {
            assert!(matches!(frame, Frame::Record { bytes, .. } if bytes == element.as_bytes()), "{frame:?}");
            count += 1;
        }
        assert_eq!(count, many);
    }
}

/// Text with the marks that framing lives on.
fn scraps() -> impl Strategy<Value = Vec<u8>> {
    let scrap = prop::sample::select(vec![
        "{\"a\":1}",
        "{",
        "}",
        "[",
        "]",
        ",",
        "\n",
        "\n{",
        "\n  {",
        "\"",
        "\\",
        "{\"Records\":[",
        "{\"b\":[{\"c\":\"d\"}]}",
        "]}",
        " ",
        "x",
        "1",
        "null",
        "\u{feff}",
        "\u{0}",
        "\u{e9}",
        "\r\n",
        ":",
        "{\"e\":\"",
    ]);
    prop::collection::vec(scrap, 0..40).prop_map(|scraps| scraps.concat().into_bytes())
}

proptest! {
    #[test]
    fn any_split_gives_the_same_frames(input in scraps(), sizes in prop::collection::vec(1_usize..9, 1..5)) {
        let whole = frames(input.as_slice(), LIMIT);
        let split = frames(Dribble { bytes: &input, sizes, turn: 0 }, LIMIT);
        prop_assert_eq!(split, whole);
    }

    #[test]
    fn any_bytes_are_survived_in_order(input in prop::collection::vec(any::<u8>(), 0..300), limit in 1_usize..64) {
        let found = frames(input.as_slice(), limit);
        prop_assert!(found.windows(2).all(|pair| pair[0].0 <= pair[1].0));
        for (offset, frame) in found {
            if let Ok(bytes) = frame {
                prop_assert!(bytes.len() <= limit);
                prop_assert!(input[usize::try_from(offset).unwrap()..].starts_with(&bytes));
            }
        }
    }
}

#[test]
fn holes_between_documents_are_passed_over() {
    for hole in [1, 7, 3_000] {
        let hole = "\0".repeat(hole);
        check(&format!("{hole}{{\"a\":1}}\n{{\"b\":2}}\n"), &["{\"a\":1}", "{\"b\":2}"]);
        check(&format!("{{\"a\":1}}\n{hole}{{\"b\":2}}\n{hole}\n"), &["{\"a\":1}", "{\"b\":2}"]);
    }
}
