//! One field of a head, and the lists that its value may hold.

use crate::head::{Head, Slice};

/// A field line. Its slices belong to the head that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub name: Slice,
    pub value: Slice,
}

/// The comma-separated values of all fields of one name, in order, trimmed; quoted strings are not split.
#[derive(Debug, Clone)]
pub struct Values<'a> {
    head: &'a Head,
    name: &'a [u8],
    next: usize,
    rest: Option<&'a [u8]>,
}

impl<'a> Values<'a> {
    pub(crate) fn new(head: &'a Head, name: &'a [u8]) -> Values<'a> {
        Values { head, name, next: 0, rest: None }
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let text = match self.rest.take() {
            Some(text) => text,
            None => {
                let at = self.head.position(self.name, self.next)?;
                self.next = at + 1;
                self.head.get(self.head.fields().get(at)?.value)
            }
        };
        let end = value_end(text);
        self.rest = text.get(end + 1..);
        Some(text.get(..end).unwrap_or(text).trim_ascii())
    }
}

/// The tokens of one list value, such as those of `Connection`.
pub fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|b| *b == b',').map(<[u8]>::trim_ascii).filter(|t| !t.is_empty())
}

/// Where the first list member of `text` ends: its first comma outside a quoted string, or its end.
fn value_end(text: &[u8]) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for (i, b) in text.iter().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => return i,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use crate::{Head, Version};

    #[test]
    fn lists_span_fields_and_respect_quotes() {
        let mut head = Head::request(Version::HTTP_11, b"GET", b"/");
        head.add(b"x", b"a, \"b,\\\"c\" ,d");
        head.add(b"y", b"no");
        head.add(b"x", b"");
        head.add(b"x", b"e,");
        let list: Vec<_> = head.values(b"x").map(|v| v.escape_ascii().to_string()).collect();
        assert_eq!(list, ["a", "\\\"b,\\\\\\\"c\\\"", "d", "", "e", ""]);
    }
}
