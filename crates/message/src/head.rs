//! The head itself: start line, fields, and their rewriting.

use std::ops::Range;

use crate::field::{Field, Values};

/// A part of a head's arena. Meaningful for the head that made it, until that head is cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slice {
    start: u32,
    len: u32,
}

impl Slice {
    pub fn len(self) -> usize {
        self.len as usize
    }

    pub fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// HTTP version of a message, as major and minor digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u8, pub u8);

impl Version {
    pub const HTTP_09: Version = Version(0, 9);
    pub const HTTP_10: Version = Version(1, 0);
    pub const HTTP_11: Version = Version(1, 1);
    pub const HTTP_2: Version = Version(2, 0);
    pub const HTTP_3: Version = Version(3, 0);
}

/// The first line of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// `target` is the request target as received: origin, absolute, authority or asterisk form.
    Request {
        method: Slice,
        target: Slice,
    },
    Response {
        status: u16,
        reason: Slice,
    },
}

/// A message head. `Default` is an empty response head with status 0.
#[derive(Debug, Clone)]
pub struct Head {
    arena: Vec<u8>,
    version: Version,
    protocol: Slice,
    line: Line,
    fields: Vec<Field>,
}

impl Default for Head {
    fn default() -> Head {
        let line = Line::Response { status: 0, reason: Slice::default() };
        Head { arena: Vec::new(), version: Version::HTTP_11, protocol: Slice::default(), line, fields: Vec::new() }
    }
}

impl Head {
    /// A request with no fields yet.
    pub fn request(version: Version, method: &[u8], target: &[u8]) -> Head {
        let mut head = Head::default();
        head.set_request(version, method, target);
        head
    }

    /// A response with no fields yet.
    pub fn response(version: Version, status: u16, reason: &[u8]) -> Head {
        let mut head = Head::default();
        head.set_response(version, status, reason);
        head
    }

    /// Empties the head and keeps its memory.
    pub fn clear(&mut self) {
        self.arena.clear();
        self.fields.clear();
        self.protocol = Slice::default();
        self.line = Line::Response { status: 0, reason: Slice::default() };
    }

    /// Keeps the line alone, in as little memory as that takes: the head is going to be kept for long.
    pub fn forget_fields(&mut self) {
        *self = match self.line {
            Line::Request { .. } => Head::request(self.version, self.method(), self.target()),
            Line::Response { status, .. } => Head::response(self.version, status, self.reason()),
        };
    }

    /// Starts over as a request.
    pub fn set_request(&mut self, version: Version, method: &[u8], target: &[u8]) {
        self.clear();
        self.version = version;
        self.line = Line::Request { method: self.keep(method), target: self.keep(target) };
    }

    /// Starts over as a response.
    pub fn set_response(&mut self, version: Version, status: u16, reason: &[u8]) {
        self.clear();
        self.version = version;
        self.line = Line::Response { status, reason: self.keep(reason) };
    }

    /// Takes over a raw head in one copy: `raw` becomes the arena, and the slices are ranges of it, given as
    /// `(start, len)`. Ranges outside `raw` are cut to it. Names are lower-cased in place.
    pub fn adopt(&mut self, raw: &[u8]) -> Adopt<'_> {
        self.clear();
        self.arena.extend_from_slice(raw);
        Adopt { head: self }
    }

    /// Takes over a raw head whose length is known only once it was read: first the ranges, as they are found,
    /// then the bytes, in one copy, by [`Outline::adopt`].
    pub fn outline(&mut self) -> Outline<'_> {
        self.clear();
        Outline { head: self }
    }

    pub fn version(&self) -> Version {
        self.version
    }

    /// Protocol and version as received, when they are not of the form `HTTP/x.y`; else empty. A parser lets such
    /// pass only as an accepted violation.
    pub fn protocol(&self) -> &[u8] {
        self.get(self.protocol)
    }

    pub fn set_version(&mut self, version: Version) {
        (self.version, self.protocol) = (version, Slice::default());
    }

    pub fn line(&self) -> Line {
        self.line
    }

    pub fn is_request(&self) -> bool {
        matches!(self.line, Line::Request { .. })
    }

    /// The method; empty for a response.
    pub fn method(&self) -> &[u8] {
        match self.line {
            Line::Request { method, .. } => self.get(method),
            Line::Response { .. } => &[],
        }
    }

    /// The request target; empty for a response.
    pub fn target(&self) -> &[u8] {
        match self.line {
            Line::Request { target, .. } => self.get(target),
            Line::Response { .. } => &[],
        }
    }

    /// The status; 0 for a request.
    pub fn status(&self) -> u16 {
        match self.line {
            Line::Request { .. } => 0,
            Line::Response { status, .. } => status,
        }
    }

    /// The reason phrase; empty for a request.
    pub fn reason(&self) -> &[u8] {
        match self.line {
            Line::Request { .. } => &[],
            Line::Response { reason, .. } => self.get(reason),
        }
    }

    pub fn set_method(&mut self, to: &[u8]) {
        let to = self.keep(to);
        if let Line::Request { method, .. } = &mut self.line {
            *method = to;
        }
    }

    pub fn set_target(&mut self, to: &[u8]) {
        let to = self.keep(to);
        if let Line::Request { target, .. } = &mut self.line {
            *target = to;
        }
    }

    /// Sets status and reason phrase of a response.
    pub fn set_status(&mut self, to: u16, phrase: &[u8]) {
        let phrase = self.keep(phrase);
        if let Line::Response { status, reason } = &mut self.line {
            (*status, *reason) = (to, phrase);
        }
    }

    /// The bytes of a slice of this head.
    pub fn get(&self, slice: Slice) -> &[u8] {
        self.arena.get(slice.start as usize..(slice.start + slice.len) as usize).unwrap_or(&[])
    }

    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Fields as `(name, value)`, in order. Names are lower case.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&[u8], &[u8])> + Clone {
        self.fields.iter().map(|f| (self.get(f.name), self.get(f.value)))
    }

    /// Position of the first field called `name` (lower case) at or behind `from`.
    pub fn position(&self, name: &[u8], from: usize) -> Option<usize> {
        let rest = self.fields.get(from..)?;
        rest.iter().position(|f| f.name.len() == name.len() && self.get(f.name) == name).map(|i| i + from)
    }

    /// Value of the first field called `name` (lower case).
    pub fn field(&self, name: &[u8]) -> Option<&[u8]> {
        self.position(name, 0).and_then(|i| self.fields.get(i)).map(|f| self.get(f.value))
    }

    /// Values of every field called `name` (lower case), in order, each whole.
    pub fn all<'a>(&'a self, name: &'a [u8]) -> impl DoubleEndedIterator<Item = &'a [u8]> + Clone {
        self.iter().filter(move |(n, _)| *n == name).map(|(_, v)| v)
    }

    /// Values of every field called `name`, each split at its commas as RFC 9110 lists are.
    pub fn values<'a>(&'a self, name: &'a [u8]) -> Values<'a> {
        Values::new(self, name)
    }

    pub fn has(&self, name: &[u8]) -> bool {
        self.position(name, 0).is_some()
    }

    /// Appends a field. The name is lower-cased.
    pub fn add(&mut self, name: &[u8], value: &[u8]) {
        let field = self.keep_field(name, value);
        self.fields.push(field);
    }

    /// Appends a field whose name is sent as it is written here.
    pub fn add_verbatim(&mut self, name: &[u8], value: &[u8]) {
        let field = self.keep_field(name, value);
        if let Some(kept) = self.arena.get_mut(field.name.start as usize..).and_then(|a| a.get_mut(..name.len())) {
            kept.copy_from_slice(name);
        }
        self.fields.push(field);
    }

    /// Puts a field before all others.
    pub fn add_first(&mut self, name: &[u8], value: &[u8]) {
        let field = self.keep_field(name, value);
        self.fields.insert(0, field);
    }

    /// Removes every field called `name` (lower case); says whether there was one.
    pub fn remove(&mut self, name: &[u8]) -> bool {
        let (before, arena) = (self.fields.len(), &self.arena);
        self.fields.retain(|f| {
            arena.get(f.name.start as usize..(f.name.start + f.name.len) as usize).is_some_and(|n| n != name)
        });
        self.fields.len() != before
    }

    /// Removes the field at `index`, if there is one.
    pub fn remove_at(&mut self, index: usize) {
        if index < self.fields.len() {
            self.fields.remove(index);
        }
    }

    /// Removes every field called `name`, then appends one: `set-header`.
    pub fn set(&mut self, name: &[u8], value: &[u8]) {
        let lower;
        let name = if name.iter().any(u8::is_ascii_uppercase) {
            lower = name.to_ascii_lowercase();
            &lower[..]
        } else {
            name
        };
        self.remove(name);
        self.add(name, value);
    }

    /// Replaces the value of the field at `index`, if there is one.
    pub fn set_value_at(&mut self, index: usize, value: &[u8]) {
        let value = self.keep(value);
        if let Some(field) = self.fields.get_mut(index) {
            field.value = value;
        }
    }

    /// Appends all fields as `name: value` lines. Those that stand in the arena as such are copied many at once.
    pub fn write_fields(&self, out: &mut Vec<u8>) {
        let mut run = 0..0;
        for field in &self.fields {
            let line = self.line_of(field);
            if let Some(line) = &line
                && line.start == run.end
            {
                run.end = line.end;
                continue;
            }
            out.extend_from_slice(self.arena.get(run).unwrap_or(&[]));
            if line.is_none() {
                for part in [self.get(field.name), b": ", self.get(field.value), b"\r\n"] {
                    out.extend_from_slice(part);
                }
            }
            run = line.unwrap_or(0..0);
        }
        out.extend_from_slice(self.arena.get(run).unwrap_or(&[]));
    }

    /// Where the arena has the whole line of a field, if it does.
    fn line_of(&self, field: &Field) -> Option<Range<usize>> {
        let colon = (field.name.start + field.name.len) as usize;
        let value = field.value.start as usize;
        let end = value + field.value.len as usize;
        let whole = value == colon + 2
            && self.arena.get(colon..value) == Some(b": ")
            && self.arena.get(end..end + 2) == Some(b"\r\n");
        whole.then_some(field.name.start as usize..end + 2)
    }

    /// Number of bytes of the head in HTTP/1 form, without counting the arena's dead parts.
    pub fn len(&self) -> usize {
        let line = match self.line {
            Line::Request { method, target } => method.len() + target.len() + 12,
            Line::Response { reason, .. } => reason.len() + 15,
        };
        self.fields.iter().map(|f| f.name.len() + f.value.len() + 4).sum::<usize>() + line + 2
    }

    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    fn keep(&mut self, bytes: &[u8]) -> Slice {
        let start = self.arena.len() as u32;
        self.arena.extend_from_slice(bytes);
        Slice { start, len: bytes.len() as u32 }
    }

    fn keep_field(&mut self, name: &[u8], value: &[u8]) -> Field {
        let name = self.keep(name);
        self.lower(name);
        self.arena.extend_from_slice(b": ");
        let value = self.keep(value);
        self.arena.extend_from_slice(b"\r\n");
        Field { name, value }
    }

    fn lower(&mut self, slice: Slice) {
        lower(&mut self.arena, slice);
    }
}

/// Fills a head from ranges of the raw bytes that it took over.
#[derive(Debug)]
pub struct Adopt<'a> {
    head: &'a mut Head,
}

impl Adopt<'_> {
    pub fn request(&mut self, version: Version, method: (usize, usize), target: (usize, usize)) {
        self.head.version = version;
        self.head.line = Line::Request { method: self.slice(method), target: self.slice(target) };
    }

    pub fn response(&mut self, version: Version, status: u16, reason: (usize, usize)) {
        self.head.version = version;
        self.head.line = Line::Response { status, reason: self.slice(reason) };
    }

    pub fn field(&mut self, name: (usize, usize), value: (usize, usize)) {
        let name = self.slice(name);
        self.head.lower(name);
        let value = self.slice(value);
        self.head.fields.push(Field { name, value });
    }

    fn slice(&self, (start, len): (usize, usize)) -> Slice {
        let start = start.min(self.head.arena.len());
        let len = len.min(self.head.arena.len() - start);
        Slice { start: start as u32, len: len as u32 }
    }
}

/// Collects the ranges of a raw head before its bytes are taken over. Until then the head is not to be read.
#[derive(Debug)]
pub struct Outline<'a> {
    head: &'a mut Head,
}

impl Outline<'_> {
    pub fn request(&mut self, version: Version, method: Range<usize>, target: Range<usize>) {
        self.head.version = version;
        self.head.line = Line::Request { method: slice(method), target: slice(target) };
    }

    pub fn response(&mut self, version: Version, status: u16, reason: Range<usize>) {
        self.head.version = version;
        self.head.line = Line::Response { status, reason: slice(reason) };
    }

    pub fn field(&mut self, name: Range<usize>, value: Range<usize>) {
        self.head.fields.push(Field { name: slice(name), value: slice(value) });
    }

    /// Says that the version has a form of its own: see [`Head::protocol`].
    pub fn protocol(&mut self, text: Range<usize>) {
        self.head.protocol = slice(text);
    }

    /// Number of fields so far: the position of the next one.
    pub fn len(&self) -> usize {
        self.head.fields.len()
    }

    pub fn is_empty(&self) -> bool {
        self.head.fields.is_empty()
    }

    /// Copies `raw`, of which all ranges are parts, and lower-cases the names. Ranges outside of it become empty.
    /// With `folded`, line breaks within values become spaces (RFC 9112, section 5.2).
    pub fn adopt(self, raw: &[u8], folded: bool) {
        let Head { arena, fields, .. } = self.head;
        arena.extend_from_slice(raw);
        for field in fields {
            lower(arena, field.name);
            if folded && let Some(value) = bytes_mut(arena, field.value) {
                value.iter_mut().filter(|b| matches!(b, b'\r' | b'\n')).for_each(|b| *b = b' ');
            }
        }
    }
}

fn slice(range: Range<usize>) -> Slice {
    Slice { start: range.start as u32, len: range.len() as u32 }
}

fn bytes_mut(arena: &mut [u8], slice: Slice) -> Option<&mut [u8]> {
    let start = slice.start as usize;
    arena.get_mut(start..start + slice.len as usize)
}

fn lower(arena: &mut [u8], slice: Slice) {
    let Some(bytes) = bytes_mut(arena, slice) else { return };
    if bytes.len() < 8 {
        return bytes.make_ascii_lowercase();
    }
    let mut rest = &mut *bytes;
    while let Some((word, behind)) = rest.split_first_chunk_mut::<8>() {
        *word = lower_word(*word);
        rest = behind;
    }
    if let Some(word) = bytes.last_chunk_mut::<8>() {
        *word = lower_word(*word);
    }
}

/// Eight bytes in lower case at once: adding makes the highest bit of each byte say whether it is a capital.
fn lower_word(bytes: [u8; 8]) -> [u8; 8] {
    const ONES: u64 = u64::MAX / 255;
    let word = u64::from_le_bytes(bytes);
    let plain = word & (ONES * 127);
    let capital = (plain + ONES * (128 - b'A' as u64)) & !(plain + ONES * (127 - b'Z' as u64)) & !word & (ONES << 7);
    (word | (capital >> 2)).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outline_takes_the_bytes_last() {
        let raw = b"HTTP/1.1 200 OK\r\nX-A: a\r\n b\r\n\r\n";
        let mut head = Head::request(Version::HTTP_10, b"GET", b"/");
        let mut outline = head.outline();
        outline.response(Version::HTTP_11, 200, 13..15);
        outline.field(17..20, 22..27);
        outline.field(900..904, 9000..9001);
        outline.adopt(raw, true);
        assert_eq!(show(&head), "200 OK; x-a=a   b; =");
    }

    #[test]
    fn fields_are_written_as_lines_wherever_they_stand() {
        let raw = b"GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB:2\r\nC: 3\nD: 4\r\n\r\n";
        let mut head = Head::default();
        let mut outline = head.outline();
        outline.request(Version::HTTP_11, 0..3, 4..5);
        for (name, value) in [(16..20, 22..23), (25..26, 28..29), (31..32, 33..34), (36..37, 39..40), (41..42, 44..45)]
        {
            outline.field(name, value);
        }
        outline.adopt(raw, false);
        let check = |head: &Head, expected: &str| {
            let mut out = Vec::new();
            head.write_fields(&mut out);
            assert_eq!(String::from_utf8_lossy(&out), expected);
        };
        check(&head, "host: h\r\na: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\n");
        head.remove(b"a");
        head.set_value_at(0, b"other");
        head.add(b"E", b"5");
        head.add(b"F", b"");
        check(&head, "host: other\r\nb: 2\r\nc: 3\r\nd: 4\r\ne: 5\r\nf: \r\n");
        head.add_first(b"G", b"7");
        check(&head, "g: 7\r\nhost: other\r\nb: 2\r\nc: 3\r\nd: 4\r\ne: 5\r\nf: \r\n");
        check(&Head::default(), "");
    }

    #[test]
    fn every_byte_is_lowered_at_every_place() {
        for b in 0..=255u8 {
            for at in 0..20 {
                for len in at + 1..21 {
                    let mut arena = vec![b'X'; len];
                    arena[at] = b;
                    let wanted = arena.to_ascii_lowercase();
                    lower(&mut arena, slice(0..len));
                    assert_eq!(arena, wanted, "byte {b} at {at} of {len}");
                }
            }
        }
    }

    fn show(head: &Head) -> String {
        let line = if head.is_request() {
            format!("{} {}", String::from_utf8_lossy(head.method()), String::from_utf8_lossy(head.target()))
        } else {
            format!("{} {}", head.status(), String::from_utf8_lossy(head.reason()))
        };
        let fields = head.iter().map(|(n, v)| format!("; {}={}", n.escape_ascii(), v.escape_ascii()));
        line + &fields.collect::<String>()
    }

    #[test]
    fn rewriting_keeps_order_and_duplicates() {
        let mut head = Head::request(Version::HTTP_11, b"GET", b"/");
        for (name, value) in [("Host", "h"), ("X-A", "1"), ("x-b", "2"), ("X-A", "3")] {
            head.add(name.as_bytes(), value.as_bytes());
        }
        assert_eq!(show(&head), "GET /; host=h; x-a=1; x-b=2; x-a=3");
        head.set(b"X-B", b"9");
        head.set_target(b"/new?x");
        head.set_value_at(1, b"one");
        assert_eq!(show(&head), "GET /new?x; host=h; x-a=one; x-a=3; x-b=9");
        assert!(head.remove(b"x-a"));
        assert!(!head.remove(b"x-a"));
        head.add_first(b"first", b"");
        assert_eq!(show(&head), "GET /new?x; first=; host=h; x-b=9");
    }

    #[test]
    fn adopting_takes_ranges_and_lowers_names() {
        let raw = b"GET /p HTTP/1.1\r\nHost: H\r\n\r\n";
        let mut head = Head::default();
        let mut adopt = head.adopt(raw);
        adopt.request(Version::HTTP_11, (0, 3), (4, 2));
        adopt.field((17, 4), (23, 1));
        adopt.field((900, 4), (3, 9000));
        assert_eq!(head.target(), b"/p");
        assert_eq!(head.field(b"host"), Some(&b"H"[..]));
        assert_eq!(head.fields().len(), 2);
    }
}
