use super::*;
use proptest::prelude::*;

fn check(text: &str, expect: Option<i64>) {
    assert_eq!(EventTime::parse_rfc3339(text).map(EventTime::micros), expect, "{text}");
}

#[test]
fn reads_what_the_sources_write() {
    check("1970-01-01T00:00:00Z", Some(0));
    check("2024-07-30T21:53:13Z", Some(1_722_376_393_000_000));
    check("2020-09-14T00:44:23.000Z", Some(1_600_044_263_000_000));
    check("2022-02-08 09:23:37+11:00", Some(1_644_272_617_000_000));
    check("2023-01-01T00:00:00.1234567Z", Some(1_672_531_200_123_456));
    check("2016-12-31T23:59:60Z", Some(1_483_228_800_000_000));
    check("2024-02-29T00:00:00Z", Some(1_709_164_800_000_000));
}

#[test]
fn refuses_what_is_no_time() {
    for text in [
        "",
        "2023-02-29T00:00:00Z",
        "2024-13-01T00:00:00Z",
        "2024-01-01T24:00:00Z",
        "2024-01-01",
        "x".repeat(30).as_str(),
    ] {
        check(text, None);
    }
    check("2024-01-01T00:00:00", None);
    check("2024-01-01T00:00:00.Z", None);
    check("2024-01-01T00:00:00+1:00", None);
}

#[test]
fn a_time_is_shown_as_short_as_it_is() {
    for (micros, expect) in [
        (0, "1970-01-01T00:00:00Z"),
        (1_600_044_263_120_000, "2020-09-14T00:44:23.120Z"),
        (1_672_531_200_123_456, "2023-01-01T00:00:00.123456Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        (253_402_300_800_000_000, "10000-01-01T00:00:00Z"),
        (-62_167_219_200_000_000, "0000-01-01T00:00:00Z"),
        (-62_167_219_200_000_001, "-001-12-31T23:59:59.999999Z"),
    ] {
        let time = EventTime(micros);
        assert_eq!(time.to_string(), expect);
        let mut text = b"at ".to_vec();
        time.write_to(&mut text);
        assert_eq!(text, format!("at {expect}").as_bytes());
    }
}

proptest! {
    #[test]
    fn prints_what_it_reads(micros in -62_135_596_800_000_000_i64..253_402_300_800_000_000) {
        let time = EventTime(micros);
        prop_assert_eq!(EventTime::parse_rfc3339(&time.to_string()), Some(time));
    }

    #[test]
    fn never_panics(text in "\\PC{0,40}") {
        EventTime::parse_rfc3339(&text);
    }
}
