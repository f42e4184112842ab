//! The files of a configuration, and positions in them.

use std::sync::Arc;

/// The number of a file within [`Files`], in loading order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileId(pub u32);

/// A range of bytes in one file; `start == end` is a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(file: FileId, start: usize, end: usize) -> Span {
        Span { file, start: start as u32, end: end as u32 }
    }

    /// The smallest span that covers both; `other` must be of the same file, else `self` is returned.
    pub fn to(self, other: Span) -> Span {
        if self.file != other.file {
            return self;
        }
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A position as a person says it. Lines and columns count from 1; a column is a byte of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    pub file: &'a str,
    pub line: usize,
    pub column: usize,
}

/// The loaded files, kept as read: a configuration may hold any byte.
#[derive(Debug, Clone, Default)]
pub struct Files {
    files: Vec<File>,
}

#[derive(Debug, Clone)]
struct File {
    name: Arc<str>,
    text: Arc<[u8]>,
    /// Byte offset at which each line starts; never empty.
    lines: Vec<u32>,
}

impl Files {
    /// Adds a file under the name that messages will give it. Positions are 32 bits wide: a loader refuses larger files.
    pub fn add(&mut self, name: &str, text: &[u8]) -> FileId {
        let starts = text.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| i as u32 + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        self.files.push(File { name: name.into(), text: text.into(), lines });
        FileId(self.files.len() as u32 - 1)
    }

    pub fn len(&self) -> usize {
        self.files.len()
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub fn ids(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..self.files.len() as u32).map(FileId)
    }

    /// The name of a file; `-` for an id that is not of these files.
    pub fn name(&self, id: FileId) -> &str {
        self.files.get(id.0 as usize).map_or("-", |f| &f.name)
    }

    /// The bytes of a file; empty for an id that is not of these files.
    pub fn text(&self, id: FileId) -> &[u8] {
        self.files.get(id.0 as usize).map_or(&[], |f| &f.text)
    }

    /// The bytes under a span, cut to what the file has.
    pub fn slice(&self, span: Span) -> &[u8] {
        let text = self.text(span.file);
        let end = (span.end as usize).min(text.len());
        text.get(span.start as usize..end).unwrap_or(&[])
    }

    /// Where a span starts.
    pub fn place(&self, span: Span) -> Place<'_> {
        let Some(file) = self.files.get(span.file.0 as usize) else {
            return Place { file: "-", line: 0, column: 0 };
        };
        let line = file.lines.partition_point(|start| *start <= span.start).max(1);
        let column = span.start - file.lines.get(line - 1).copied().unwrap_or(0) + 1;
        Place { file: &file.name, line, column: column as usize }
    }

    /// Where a span ends (the position just behind its last byte).
    pub fn end_place(&self, span: Span) -> Place<'_> {
        self.place(Span { start: span.end, ..span })
    }

    /// One line without its line feed; `line` counts from 1.
    pub fn line(&self, id: FileId, line: usize) -> &[u8] {
        let Some(file) = self.files.get(id.0 as usize) else { return &[] };
        let Some(start) = line.checked_sub(1).and_then(|l| file.lines.get(l)) else { return &[] };
        let end = file.lines.get(line).map_or(file.text.len(), |next| *next as usize - 1);
        file.text.get(*start as usize..end).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one() {
        let mut files = Files::default();
        let id = files.add("a.cfg", b"one\ntwo three\n\nend");
        let at = |start| {
            let p = files.place(Span::new(id, start, start));
            (p.line, p.column)
        };
        assert_eq!(
            [at(0), at(3), at(4), at(8), at(14), at(15), at(17)],
            [(1, 1), (1, 4), (2, 1), (2, 5), (3, 1), (4, 1), (4, 3)]
        );
        assert_eq!(files.line(id, 2), b"two three");
        assert_eq!(files.line(id, 4), b"end");
        assert_eq!(files.line(id, 9), b"");
        assert_eq!(files.slice(Span::new(id, 4, 7)), b"two");
        assert_eq!(files.slice(Span::new(id, 40, 70)), b"");
    }
}
