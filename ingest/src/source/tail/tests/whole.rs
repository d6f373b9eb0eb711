//! Files that are read as a whole, and grow or are replaced while nobody looks.

use parquet::arrow::ArrowWriter;

use super::*;

fn array(numbers: std::ops::Range<u32>) -> Vec<u8> {
    format!("[{}]", numbers.map(event).collect::<Vec<_>>().join(",\n")).into_bytes()
}

fn parquet(numbers: std::ops::Range<u32>) -> Vec<u8> {
    let mut decoder = Decoder::new(Settings::default());
    let origin = "a.log".into();
    for number in numbers {
        decoder.push(&crate::record::RawRecord::of_file(
            event(number).as_bytes(),
            &origin,
            i64::from(number),
        ));
    }
    let batch = decoder.flush().unwrap().batch.into_record_batch();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn all(numbers: std::ops::Range<u32>) -> Vec<u32> {
    numbers.collect()
}

#[test]
fn one_that_grows_or_is_replaced_is_read_anew_also_while_nobody_looks() {
    let member = |numbers: std::ops::Range<u32>| gzip(&lines(numbers));
    let appended = [member(0..20), member(20..30)].concat();
    let replaced = format!("[{}]", (10..29).chain([31]).map(event).collect::<Vec<_>>().join(",\n"));
    for (name, before, after, expected) in [
        ("a.json", array(0..20), array(0..30), all(0..30)),
        ("a.json.gz", member(0..20), appended, all(0..30)),
        ("a.parquet", parquet(0..20), parquet(20..40), all(20..40)),
        // As long as before, and the same but for its end.
        ("a.json", array(10..30), replaced.into_bytes(), [all(10..29), vec![31]].concat()),
    ] {
        for restart in [false, true] {
            let mut watch = Watch::new();
            fs::write(watch.path(name), &before).unwrap();
            assert_eq!(watch.read_once().len(), 20, "{name}");
            if restart {
                watch.restart();
            }
            assert_eq!(watch.read_later(), NONE, "{name}: as it was, {restart}");
            watch.rewrite(name, &after, 3);
            if restart {
                watch.restart();
            }
            assert_eq!(watch.read_once(), expected, "{name}, {restart}");
            watch.restart();
            assert_eq!(watch.read_later(), NONE, "{name}");
        }
    }
}

#[test]
fn one_that_was_half_there_is_read_when_it_is_there() {
    for restart in [false, true] {
        let mut watch = Watch::new();
        let text = lines(0..400);
        let bytes = gzip(&text);
        fs::write(watch.path("a.log.gz"), &bytes[..bytes.len() / 2]).unwrap();
        let read = watch.read_once();
        assert!(!read.is_empty() && read.len() < 400, "{}", read.len());
        assert_eq!(watch.troubles.len(), 1, "{:?}", watch.troubles);
        assert_eq!(watch.read_later(), NONE, "what is damaged is not read for ever");
        if restart {
            watch.restart();
        }
        assert_eq!(watch.read_later(), NONE, "nor after a restart");
        fs::write(watch.path("a.log.gz"), &bytes).unwrap();
        if restart {
            watch.restart();
        }
        assert_eq!(watch.read_once(), all(0..400), "{restart}");
        assert_eq!(watch.troubles.len(), 1, "{:?}", watch.troubles);
    }
}

#[test]
fn marks_of_earlier_versions_hold_and_are_made_anew() {
    let mut watch = Watch::new();
    watch.append("a.log", &lines(0..3));
    watch.append("a b,c.json", &String::from_utf8(array(3..9)).unwrap());
    fs::write(watch.path("c.parquet"), parquet(9..12)).unwrap();
    assert_eq!(watch.read_once(), all(0..12));
    let now = watch.marks.clone();
    for mark in watch.marks.values_mut() {
        let words = mark.proof.splitn(4, ' ').collect::<Vec<_>>();
        let hash = words[2].split(',').next().unwrap();
        mark.proof = [words[0], words[1], hash, words[3]].join(" ");
    }
    assert_ne!(watch.marks, now);
    watch.restart();
    assert_eq!(watch.read_later(), NONE);
    assert_eq!(watch.marks, now);
    watch.append("a.log", &lines(12..13));
    assert_eq!(watch.read_later(), [12]);
}

#[test]
fn a_compressed_copy_that_is_still_made_is_read_from_where_its_original_was_left() {
    let mut watch = Watch::new();
    watch.append("a.log", &lines(0..900));
    assert_eq!(watch.read().len(), 900);
    let bytes = gzip(&lines(0..910));
    fs::write(watch.path("a-1.log.gz"), &bytes[..bytes.len() / 2]).unwrap();
    fs::remove_file(watch.path("a.log")).unwrap();
    watch.restart();
    assert_eq!(watch.read(), NONE);
    fs::write(watch.path("a-1.log.gz"), &bytes).unwrap();
    assert_eq!(watch.read_later(), all(900..910));
    assert_eq!(watch.troubles, Vec::<String>::new());
}
