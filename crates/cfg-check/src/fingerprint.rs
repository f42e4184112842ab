//! A name for a finding that stays the same while lines move.

use crate::rule::Finding;
use config::facts;
use sha1_smol::Sha1;
use source::{FileId, Files, Span};
use std::collections::HashMap;

/// One for each finding: file, rule, the section's opening line, the finding's own line without its layout, and how many
/// of the same came before. No two are the same.
pub fn all(found: &[Finding], files: &Files) -> Vec<String> {
    let (mut headers, mut seen) = (HashMap::new(), HashMap::new());
    let mut print = |finding: &Finding| {
        let place = finding.span.map_or_else(Vec::new, |span| place(span, files, &mut headers));
        // What has no place is told apart by what it says.
        let text = if finding.span.is_none() { finding.message.as_bytes() } else { &place };
        let key = [finding.code.as_bytes(), b"\0", text].concat();
        let count = seen.entry(key.clone()).and_modify(|n| *n += 1_u32).or_insert(0);
        Sha1::from([key.as_slice(), &count.to_be_bytes()].concat()).digest().to_string()
    };
    found.iter().map(&mut print).collect()
}

/// Of each file the lines that open sections.
type Headers = HashMap<FileId, Vec<(usize, Vec<u8>)>>;

fn place(span: Span, files: &Files, headers: &mut Headers) -> Vec<u8> {
    let place = files.place(span);
    let opened = headers.entry(span.file).or_insert_with(|| openings(files, span.file));
    let before = opened.partition_point(|(line, _)| *line <= place.line);
    let section = before.checked_sub(1).and_then(|at| opened.get(at)).map_or(&b""[..], |(_, text)| text);
    let line = words(files.line(span.file, place.line));
    [place.file.as_bytes(), section, &line].join(&0)
}

fn openings(files: &Files, id: FileId) -> Vec<(usize, Vec<u8>)> {
    let lines = files.text(id).split(|b| *b == b'\n').enumerate();
    let opens = |text: &[u8]| {
        let first = text.split(|b| *b == b' ').next().unwrap_or(text);
        facts::SECTIONS.iter().any(|fact| fact.word == "(section)" && fact.section.as_bytes() == first)
    };
    lines.map(|(at, line)| (at + 1, words(line))).filter(|(_, text)| opens(text)).collect()
}

/// A line with single blanks between its words.
fn words(line: &[u8]) -> Vec<u8> {
    let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(&b' ')
}

#[cfg(test)]
mod tests {
    use crate::{Settings, report};
    use source::Files;
    use std::collections::HashSet;

    fn prints(text: &str) -> Vec<String> {
        let mut files = Files::default();
        let id = files.add("a.cfg", text.as_bytes());
        let found = report(&files, &[id], &Settings::everything());
        super::all(&found, &files)
    }

    #[test]
    fn lines_may_move_and_no_two_are_the_same() {
        let first =
            prints("backend a\n server s localhost:1\n server s localhost:1\nbackend b\n server s localhost:1\n");
        let moved = prints(
            "# a\n\nbackend  a\n\n server  s localhost:1\n server s localhost:1\n#\nbackend b\n server s localhost:1\n",
        );
        assert!(first.len() > 5);
        assert_eq!(first, moved);
        assert_eq!(first.iter().collect::<HashSet<_>>().len(), first.len());
    }
}
