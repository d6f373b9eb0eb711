use proptest::prelude::*;

use super::*;

/// What stepping over a text gives: where it ended, or why and where it stopped.
fn skip(text: &str) -> (Result<(), Fault>, usize) {
    let mut json = Json::of_text(text);
    let result = json.skip().and_then(|()| json.end());
    (result, json.at())
}

#[test]
fn whole_values_are_stepped_over() {
    for text in [
        "{}",
        "[]",
        " [ ] ",
        "{\"a\":1}",
        "[1,-2.5e+7,0,true,false,null,\"x\"]",
        "\"\\u00e9\\n\\\"\"",
        "12",
        "{\"a\":{\"b\":[{},[],{\"c\":[[]]}]},\"d\":\"e\"}",
        "\"a string of more than eight bytes\"",
        "[[1],[2]]",
    ] {
        assert_eq!(skip(text), (Ok(()), text.len()), "{text}");
    }
}

#[test]
fn faults_say_what_and_where() {
    for (text, fault, at) in [
        ("{\"a\":1", Fault::Cut, 6),
        ("{\"a", Fault::Cut, 3),
        ("{\"a\":\"\\u12", Fault::Cut, 10),
        ("[1,", Fault::Cut, 3),
        ("nul", Fault::Cut, 0),
        ("{\"a\" 1}", Fault::Broken, 5),
        ("{\"a\":1,}", Fault::Broken, 7),
        ("[1 2]", Fault::Broken, 3),
        ("[1}", Fault::Broken, 2),
        ("{\"a\":1]", Fault::Broken, 6),
        ("\"a\nb\"", Fault::Broken, 2),
        ("\"\\x\"", Fault::Broken, 1),
        ("01", Fault::Broken, 1),
        ("-003.5", Fault::Broken, 2),
        ("{} {}", Fault::Broken, 3),
    ] {
        assert_eq!(skip(text), (Err(fault), at), "{text}");
    }
}

#[test]
fn nesting_has_a_limit_and_no_stack() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(skip(&nested(MAX_DEPTH)).0, Ok(()));
    assert_eq!(skip(&nested(MAX_DEPTH + 1)).0, Err(Fault::TooDeep));
    assert_eq!(skip(&nested(1_000_000)).0, Err(Fault::TooDeep));
}

#[test]
fn text_is_unescaped() {
    for (json, text) in [
        ("\"plain\"", Some("plain")),
        (r#""a\"b\\c\/d\u00e9\ud83d\ude00\n""#, Some("a\"b\\c/dé😀\n")),
        (r#""\ud83dx""#, Some("\u{fffd}x")),
        ("true", Some("true")),
        ("123", Some("123")),
        ("null", None),
        ("{\"a\":[1]}", None),
    ] {
        assert_eq!(Json::of_text(json).text().unwrap().as_deref(), text, "{json}");
    }
}

/// JSON, and JSON with a byte changed.
fn nearly_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<i32>().prop_map(|number| number.to_string()),
        any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(|number| format!("{number:e}")),
        ".{0,20}".prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    let value = leaf.prop_recursive(4, 24, 4, |inner| {
        let pair = (".{0,9}", inner.clone())
            .prop_map(|(key, value)| format!("{} : {value}", serde_json::to_string(&key).unwrap()));
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(pair, 0..4).prop_map(|items| format!("{{{}}}", items.join(" ,"))),
        ]
    });
    (value, any::<prop::sample::Index>(), prop::option::of(prop::sample::select(b"{}[],:\"\\0a\n".to_vec())))
        .prop_map(|(text, place, byte)| {
            let mut bytes = text.into_bytes();
            if let Some(byte) = byte {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            String::from_utf8_lossy(&bytes).into_owned()
        })
}

proptest! {
    #[test]
    fn agrees_with_another_parser(text in nearly_json()) {
        let other = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        prop_assert_eq!(skip(&text).0.is_ok(), other, "{}", text);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut json = Json::of_bytes(&bytes);
        let _ended: Result<(), Fault> = json.skip();
        prop_assert!(json.at() <= bytes.len());
    }

    #[test]
    fn a_cut_text_is_cut(text in nearly_json(), place in any::<prop::sample::Index>()) {
        if skip(&text).0.is_ok() && text.starts_with(['{', '[', '"']) {
            let cut = (0..text.trim_end().len()).filter(|at| text.is_char_boundary(*at)).collect::<Vec<_>>();
            let part = &text[..cut[place.index(cut.len())]];
            prop_assert_eq!(skip(part).0, Err(Fault::Cut), "{}", part);
        }
    }
}
