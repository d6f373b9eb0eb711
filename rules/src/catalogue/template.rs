//! Sentences with `{slot}`s.

/// A sentence cut at its slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Slot(String),
}

impl Template {
    /// Cuts the text; the error says what is wrong with its braces.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text.trim();
        while let Some(open) = rest.find(['{', '}']) {
            if rest[open..].starts_with('}') {
                return Err("a `}` without its `{`".into());
            }
            let (before, after) = (&rest[..open], &rest[open + 1..]);
            let Some(close) = after.find('}') else { return Err("a `{` without its `}`".into()) };
            let slot = &after[..close];
            if slot.is_empty() || !slot.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
                return Err(format!("`{{{slot}}}` is no slot: lower-case letters and `_` only"));
            }
            if !before.is_empty() {
                parts.push(Part::Text(before.into()));
            }
            parts.push(Part::Slot(slot.into()));
            rest = &after[close + 1..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.into()));
        }
        Ok(Self { parts })
    }

    /// The slots, in order, repeats included.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Slot(slot) => Some(slot.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The sentence; a slot without a value shows its name in braces.
    pub(crate) fn fill<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> String {
        let mut sentence = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => sentence.push_str(text),
                Part::Slot(slot) => match value(slot) {
                    Some(value) => sentence.push_str(value),
                    None => sentence.extend(["{", slot, "}"]),
                },
            }
        }
        sentence
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Template;

    proptest! {
        /// What is cut comes back whole: an unfilled template prints the text it was made from.
        #[test]
        fn an_unfilled_template_is_its_own_text(text in "[a-z_{} .]{0,40}") {
            if let Ok(template) = Template::parse(&text) {
                prop_assert_eq!(template.fill(|_| None), text.trim());
            }
        }

        /// No value is read as a slot.
        #[test]
        fn a_value_is_taken_as_it_is(value in any::<String>()) {
            let template = Template::parse("a {slot} b {slot}").unwrap();
            prop_assert_eq!(template.fill(|_| Some(&value)), format!("a {value} b {value}"));
        }
    }
}
