//! The part of a source line that a finding points at, fit to be shown.

use crate::{Files, Span};

/// The columns of an excerpt; longer lines are cut around the place.
const WIDTH: usize = 110;

/// One line of source with the columns that are to be underlined.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    pub(super) line: usize,
    pub(super) text: String,
    pub(super) start: usize,
    /// At least one.
    pub(super) width: usize,
}

/// The line where the span starts. Of a span over several lines the first is shown.
pub(super) fn excerpt(files: &Files, span: Span) -> Excerpt {
    let place = files.place(span);
    let line = files.line(span.file, place.line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let start = (place.column.saturating_sub(1)).min(line.len());
    let end = (start + span.end.saturating_sub(span.start) as usize).min(line.len());
    let (head, rest) = line.split_at(start);
    let (mark, tail) = rest.split_at(end - start);
    cut(place.line, shown(head), shown(mark), shown(tail))
}

fn cut(line: usize, head: Vec<char>, mark: Vec<char>, tail: Vec<char>) -> Excerpt {
    let width = mark.len().clamp(1, WIDTH);
    let room = WIDTH - mark.len().min(WIDTH);
    let before = head.len().min(room.saturating_sub(tail.len().min(room / 2)));
    let after = tail.len().min(room - before);
    let skipped = head.len() - before;
    let mut text: Vec<char> = head.into_iter().skip(skipped).chain(mark.iter().copied().take(width)).collect();
    let lost = tail.len() > after || mark.len() > width;
    text.extend(tail.into_iter().take(after));
    let left = if skipped > 0 { "…" } else { "" };
    let right = if lost { "…" } else { "" };
    let start = before + usize::from(skipped > 0);
    Excerpt { line, text: format!("{left}{}{right}", text.into_iter().collect::<String>()), start, width }
}

/// Text as it may be printed on a terminal: a tab as spaces, U+FFFD for control characters and what is no UTF-8.
fn shown(bytes: &[u8]) -> Vec<char> {
    let mut out = Vec::new();
    for c in String::from_utf8_lossy(bytes).chars() {
        match c {
            '\t' => out.extend([' '; 4]),
            c => out.push(safe(c)),
        }
    }
    out
}

/// A message may quote the file, and the file may try to speak to the terminal.
pub(super) fn safe(c: char) -> char {
    if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &[u8], start: usize, end: usize, text: &str, at: usize, width: usize) {
        let mut files = Files::default();
        let id = files.add("a.cfg", line);
        let want = Excerpt { line: 1, text: text.into(), start: at, width };
        assert_eq!(excerpt(&files, Span::new(id, start, end)), want);
    }

    #[test]
    fn a_span_is_underlined_wherever_it_stands() {
        check(b"one two\nthree", 4, 7, "one two", 4, 3);
        check(b"\tone \xe9\x1b two\r\n", 8, 11, "    one \u{fffd}\u{fffd} two", 11, 3);
        check("é two".as_bytes(), 3, 6, "é two", 2, 3);
        check(b"one", 3, 3, "one", 3, 1);
        check(b"one\ntwo", 1, 6, "one", 1, 2);
        check(b"", 0, 0, "", 0, 1);
        check(b"one", 90, 95, "one", 3, 1);
    }

    #[test]
    fn long_lines_are_cut_around_the_span() {
        let long = [vec![b'a'; 500], b"XX".to_vec(), vec![b'b'; 500]].concat();
        let text = format!("…{}XX{}…", "a".repeat(54), "b".repeat(54));
        check(&long, 500, 502, &text, 55, 2);
        check(&long, 0, 1002, &format!("{}…", "a".repeat(110)), 0, 110);
        check(&long, 0, 1, &format!("{}…", "a".repeat(110)), 0, 1);
    }
}
