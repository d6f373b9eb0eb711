//! Text for a terminal: labels on the left, wrapped text on the right.

use std::io::{self, Write};

use ambit_schemas::vocabulary::Severity;
use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSeparator, WordSplitter};

use crate::printable::printable;

const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
/// Where the text of a labelled line begins.
const TEXT_COLUMN: usize = 12;
/// Narrower than this, wrapping costs more than it gives.
const LEAST_WIDTH: usize = 40;

/// A page being printed. Styles are always written; the output drops them where they are not wanted.
pub(super) struct Page<'a> {
    out: &'a mut dyn Write,
    width: usize,
}

impl<'a> Page<'a> {
    pub(super) fn new(out: &'a mut dyn Write, width: usize) -> Self {
        Self { out, width: width.max(LEAST_WIDTH) }
    }

    pub(super) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A line that stands out.
    pub(super) fn strong(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{BOLD}{text}{BOLD:#}")
    }

    /// A label and a text.
    pub(super) fn entry(&mut self, label: &str, text: &str) -> io::Result<()> {
        for (index, line) in wrap(text, self.width - TEXT_COLUMN).iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            let pad = TEXT_COLUMN - 2;
            writeln!(self.out, "  {FAINT}{label:<pad$}{FAINT:#}{line}")?;
        }
        Ok(())
    }

    /// A label and a text for each item, below each other.
    pub(super) fn list(&mut self, label: &str, items: &[String]) -> io::Result<()> {
        for (index, item) in items.iter().enumerate() {
            self.entry(if index == 0 { label } else { "" }, item)?;
        }
        Ok(())
    }

    /// A paragraph over the whole width.
    pub(super) fn paragraph(&mut self, text: &str) -> io::Result<()> {
        for line in wrap(text, self.width - 2) {
            writeln!(self.out, "  {line}")?;
        }
        Ok(())
    }

    /// A line across, with a word on what follows it.
    pub(super) fn rule(&mut self, text: &str) -> io::Result<()> {
        let text = printable(text);
        let rest = self.width.saturating_sub(textwrap::core::display_width(&text) + 4);
        writeln!(self.out, "{FAINT}── {text} {}{FAINT:#}", "─".repeat(rest))
    }

    /// The first line of a finding.
    pub(super) fn title(&mut self, severity: Severity, title: &str, subject: &str) -> io::Result<()> {
        let style = style(severity);
        let severity = severity.as_str().to_uppercase();
        let (title, subject) = (printable(title), printable(subject));
        writeln!(self.out, "{style}{severity}{style:#}  {BOLD}{title}{BOLD:#}  {subject}")
    }
}

/// Wraps at spaces only: an ARN or a path cut at a hyphen cannot be copied.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let options = Options::new(width)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    textwrap::wrap(&printable(text), options).into_iter().map(std::borrow::Cow::into_owned).collect()
}

const fn style(severity: Severity) -> Style {
    let colour = match severity {
        Severity::Critical | Severity::High => AnsiColor::Red,
        Severity::Medium => AnsiColor::Yellow,
        Severity::Low => AnsiColor::Cyan,
        Severity::Informational => AnsiColor::White,
    };
    let style = Style::new().fg_color(Some(anstyle::Color::Ansi(colour)));
    if matches!(severity, Severity::Critical | Severity::High) { style.bold() } else { style }
}

/// A number with separators: `48,213`.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 finding`, `2 findings`.
pub(super) fn plural(n: u64, unit: &str) -> String {
    format!("{} {unit}{}", count(n), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_easily() {
        for (n, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (48_213, "48,213"), (1_000_000, "1,000,000")]
        {
            assert_eq!(count(n), text);
        }
        assert_eq!((plural(1, "file"), plural(2, "file")), ("1 file".to_owned(), "2 files".to_owned()));
    }

    #[test]
    fn log_text_cannot_steer_the_terminal() {
        let mut out = Vec::new();
        Page::new(&mut out, 80).entry("role", "x\u{1b}[2Jy\nz").unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("x·[2Jy·z"), "{text:?}");
    }

    #[test]
    fn long_text_wraps_under_itself() {
        let mut out = Vec::new();
        Page::new(&mut out, 40).entry("path", &"word ".repeat(20)).unwrap();
        let text = anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string();
        let starts = text.lines().map(|line| &line[..TEXT_COLUMN]).collect::<Vec<_>>();
        assert_eq!((starts[0], starts[1]), ("  path      ", "            "));
        assert!(text.lines().all(|line| line.len() <= 40));
    }
}
