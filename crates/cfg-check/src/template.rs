//! Templates of configurations: what Jinja, ERB or Go will put in is not judged (`--template-ignore`).
//!
//! Tags are painted over, byte by byte, so that every place stays where it is: a tag that decides is blank, one that
//! writes a value becomes the number 1, the word that fits most places. What is found in a line with such a value is dropped.

use crate::Finding;
use source::{FileId, Files};

/// How a kind of tag begins and ends, and whether it writes a value.
const TAGS: &[(&[u8], &[u8], bool)] =
    &[(b"{#", b"#}", false), (b"{%", b"%}", false), (b"{{", b"}}", true), (b"<%=", b"%>", true), (b"<%", b"%>", false)];

/// The files without their tags.
pub fn painted(files: &Files) -> Files {
    let mut out = Files::default();
    for id in files.ids() {
        out.add(files.name(id), &paint(files.text(id)));
    }
    out
}

/// The findings that no tag has a part in.
pub fn sure(found: Vec<Finding>, files: &Files) -> Vec<Finding> {
    let touched = |finding: &Finding| {
        finding.span.is_some_and(|span| {
            let (first, last) = (files.place(span).line, files.end_place(span).line);
            (first..=last).any(|line| has_tag(files, span.file, line))
        })
    };
    found.into_iter().filter(|finding| !touched(finding)).collect()
}

fn has_tag(files: &Files, id: FileId, line: usize) -> bool {
    let line = files.line(id, line);
    (0..line.len()).any(|at| tag(line.get(at..).unwrap_or(&[])).is_some())
}

/// The tag that a text begins with.
fn tag(text: &[u8]) -> Option<(&'static [u8], bool)> {
    let (open, close, value) = TAGS.iter().find(|(open, ..)| text.starts_with(open))?;
    // `{%[` is a brace of a log format in front of a sample, `{%ci` one in front of an alias.
    let next = text.get(open.len());
    let is_tag = *open != b"{%" || next.is_some_and(|b| b.is_ascii_whitespace() || b"-+".contains(b));
    is_tag.then_some((close, *value))
}

fn paint(text: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some((close, value)) = tag(rest) else {
            out.push(rest[0]);
            at += 1;
            continue;
        };
        let end = rest.windows(close.len()).position(|window| window == close);
        let len = end.map_or(rest.len(), |end| end + close.len());
        let value = value && !alone(text, at, at + len);
        let body = rest.get(..len).unwrap_or(rest);
        let paint = if value { b'0' } else { b' ' };
        out.extend(body.iter().map(|b| if b"\r\n".contains(b) { *b } else { paint }));
        if let Some(last) = out.last_mut().filter(|_| value) {
            *last = b'1';
        }
        at += len;
    }
    out
}

/// Whether nothing else stands in the lines of a tag: `{{ if .Tls }}` of Go decides, it writes nothing.
fn alone(text: &[u8], start: usize, end: usize) -> bool {
    let before = text.get(..start).unwrap_or(&[]).iter().rev().take_while(|b| **b != b'\n');
    let behind = text.get(end..).unwrap_or(&[]).iter().take_while(|b| **b != b'\n');
    before.chain(behind).all(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    #[test]
    fn tags_are_painted_over() {
        let check = |text: &str, want: &str| {
            assert_eq!(String::from_utf8_lossy(&super::paint(text.as_bytes())), want);
        };
        check("bind :{{ p }}\n", "bind :0000001\n");
        check("{% if x -%}\nbind :80 {% if y %}ssl{% endif %}\n", "           \nbind :80           ssl           \n");
        check("  {{- if .X }}\r\n", "              \r\n");
        check("a <%= b %> <% c\nd %>e", "a 00000001     \n    e");
        check("log-format {%[src]}{%ci}", "log-format {%[src]}{%ci}");
        check("{# a\n# b #}c", "    \n      c");
        check("{{ x", "    ");
        check("a {{ x", "a 0001");
    }
}
