//! Text from logs on its way to a terminal: it must not steer it, nor read as something else than it is.

use std::borrow::Cow;

/// The text with a dot for each character that is not seen but felt: control characters, line breaks of any kind, and
/// those that turn the direction of writing or take no room (Trojan Source, CVE-2021-42574).
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().any(steers) {
        text.chars().map(|c| if steers(c) { '·' } else { c }).collect()
    } else {
        text.into()
    }
}

fn steers(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal() {
        for (text, shown) in [
            ("role/rag-retriever é 漢", "role/rag-retriever é 漢"),
            ("a\u{1b}[31mb\nc\td", "a·[31mb·c·d"),
            ("invoice\u{202e}fdp.exe", "invoice·fdp.exe"),
            ("a\u{200b}b\u{2028}c\u{2066}d\u{feff}", "a·b·c·d·"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }
}
