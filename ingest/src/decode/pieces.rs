//! Pieces of names. The searchers of the standard library take longer to set up than most names to go through.

/// The pieces of a text between the places of an ASCII character.
#[derive(Debug, Clone)]
pub(super) struct Pieces<'t> {
    rest: Option<&'t str>,
    separator: u8,
}

/// As [`str::split`] with an ASCII character.
pub(super) const fn pieces(text: &str, separator: u8) -> Pieces<'_> {
    Pieces { rest: Some(text), separator }
}

impl<'t> Iterator for Pieces<'t> {
    type Item = &'t str;

    #[inline]
    fn next(&mut self) -> Option<&'t str> {
        let rest = self.rest.take()?;
        match cut(rest, self.separator) {
            Some((piece, rest)) => {
                self.rest = Some(rest);
                Some(piece)
            }
            None => Some(rest),
        }
    }
}

/// The parts of a path that are not empty.
pub(super) fn parts(path: &str) -> impl Iterator<Item = &str> + Clone {
    pieces(path, b'/').filter(|part| !part.is_empty())
}

/// As [`str::split_once`] with an ASCII character.
#[inline]
pub(super) fn cut(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = memchr::memchr(separator, text.as_bytes())?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// What stands before the first of an ASCII character: all of the text if there is none.
#[inline]
pub(super) fn before(text: &str, separator: u8) -> &str {
    cut(text, separator).map_or(text, |(before, _)| before)
}

/// What stands before and behind the first place of a folder, which is written with a slash on both sides.
pub(super) fn around<'t>(path: &'t str, folder: &str) -> Option<(&'t str, &'t str)> {
    let at = memchr::memchr_iter(b'/', path.as_bytes()).find(|at| is_at(path, folder, *at))?;
    Some((path.get(..at)?, path.get(at + folder.len()..)?))
}

/// As [`around`], for the last place.
pub(super) fn around_last<'t>(path: &'t str, folder: &str) -> Option<(&'t str, &'t str)> {
    let at = memchr::memrchr_iter(b'/', path.as_bytes()).find(|at| is_at(path, folder, *at))?;
    Some((path.get(..at)?, path.get(at + folder.len()..)?))
}

fn is_at(path: &str, folder: &str, at: usize) -> bool {
    path.as_bytes().get(at..).is_some_and(|rest| rest.starts_with(folder.as_bytes()))
}

/// What stands behind the last `://`: all of the text if there is none.
pub(super) fn behind_scheme(text: &str) -> &str {
    let is_scheme = |at: &usize| text.as_bytes().get(at + 1..).is_some_and(|rest| rest.starts_with(b"//"));
    let at = memchr::memrchr_iter(b':', text.as_bytes()).find(is_scheme);
    at.and_then(|at| text.get(at + 3..)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_are_those_of_the_standard_library(text in "[a:/é]{0,24}") {
            prop_assert_eq!(pieces(&text, b'/').collect::<Vec<_>>(), text.split('/').collect::<Vec<_>>());
            prop_assert_eq!(cut(&text, b'/'), text.split_once('/'));
            prop_assert_eq!(Some(before(&text, b'/')), text.split('/').next());
            prop_assert_eq!(around(&text, "/a/"), text.split_once("/a/"));
            prop_assert_eq!(around_last(&text, "/a/"), text.rsplit_once("/a/"));
            prop_assert_eq!(Some(behind_scheme(&text)), text.rsplit("://").next());
        }
    }
}
