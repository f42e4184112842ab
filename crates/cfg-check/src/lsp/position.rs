//! Positions: editors count lines from 0, and UTF-16 units within them; spans count bytes.

use serde_json::{Value, json};
use source::{FileId, Files, Span};

/// The position of a byte.
pub(super) fn position(files: &Files, id: FileId, offset: u32) -> Value {
    let place = files.place(Span { file: id, start: offset, end: offset });
    let line = files.line(id, place.line);
    let before = line.get(..place.column.saturating_sub(1)).unwrap_or(line);
    let units: usize = String::from_utf8_lossy(before).chars().map(char::len_utf16).sum();
    json!({ "line": place.line.saturating_sub(1), "character": units })
}

pub(super) fn range(files: &Files, span: Span) -> Value {
    json!({ "start": position(files, span.file, span.start), "end": position(files, span.file, span.end) })
}

/// The range of the whole text.
pub(super) fn whole(files: &Files, id: FileId) -> Value {
    range(files, Span { file: id, start: 0, end: files.text(id).len() as u32 })
}

/// The byte at a position, which is cut to what the text has.
pub(super) fn offset(files: &Files, id: FileId, position: &Value) -> u32 {
    let number = |name: &str| position[name].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let (wanted, units) = (number("line"), number("character"));
    let text = files.text(id);
    let feeds = text.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1);
    let Some(start) = std::iter::once(0).chain(feeds).nth(wanted) else { return text.len() as u32 };
    let line = String::from_utf8_lossy(files.line(id, wanted + 1));
    let (mut seen, mut bytes) = (0, 0);
    for each in line.chars() {
        if seen + each.len_utf16() > units {
            break;
        }
        (seen, bytes) = (seen + each.len_utf16(), bytes + each.len_utf8());
    }
    (start + bytes) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_those_of_utf_16() {
        let mut files = Files::default();
        let id = files.add("a", "aé\n😀b\r\nc".as_bytes());
        let check = |offset_: u32, line: u64, character: u64| {
            let there = json!({ "line": line, "character": character });
            assert_eq!(position(&files, id, offset_), there, "{offset_}");
            assert_eq!(offset(&files, id, &there), offset_, "{there}");
        };
        check(0, 0, 0);
        check(1, 0, 1);
        check(3, 0, 2);
        check(4, 1, 0);
        check(8, 1, 2);
        check(9, 1, 3);
        check(11, 2, 0);
        check(12, 2, 1);
        let far = |line: u64, character: u64| offset(&files, id, &json!({ "line": line, "character": character }));
        assert_eq!([far(0, 99), far(1, 1), far(9, 0)], [3, 4, 12]);
    }
}
