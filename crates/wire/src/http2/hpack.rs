//! Header compression (RFC 7541): a decoder with its dynamic table, and an encoder that does without one.

use std::collections::VecDeque;

use super::huffman;

/// A header block that is malformed: nothing that follows on its connection can be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// What one direction of a connection remembers of earlier header blocks.
#[derive(Debug)]
pub struct Decoder {
    /// The latest first.
    table: VecDeque<Entry>,
    size: usize,
    /// What the table may hold now, and what the sender may set that to.
    limit: usize,
    announced: usize,
    /// The field that is being read: its name, and its value behind it.
    text: Vec<u8>,
}

#[derive(Debug)]
struct Entry {
    text: Box<[u8]>,
    name: usize,
}

impl Entry {
    fn size(&self) -> usize {
        self.text.len() + OVERHEAD
    }
}

/// What the RFC counts for an entry besides its texts.
const OVERHEAD: usize = 32;

impl Decoder {
    /// `announced` is the table size that the peer was told: `SETTINGS_HEADER_TABLE_SIZE`.
    pub fn new(announced: usize) -> Decoder {
        Decoder { table: VecDeque::new(), size: 0, limit: announced, announced, text: Vec::new() }
    }

    /// Hands every field of a whole header block to `field`.
    pub fn decode(&mut self, mut block: &[u8], mut field: impl FnMut(&[u8], &[u8])) -> Result<(), Malformed> {
        let mut begun = false;
        while let Some(first) = block.first().copied() {
            match first {
                0x80.. => {
                    let (name, value) = self.entry(integer(&mut block, 7)?)?;
                    field(name, value);
                }
                0x20..0x40 if begun => return Err(Malformed),
                0x20..0x40 => {
                    self.resize(integer(&mut block, 5)?)?;
                    continue;
                }
                _ => {
                    let kept = first & 0x40 != 0;
                    let name = self.literal(&mut block, if kept { 6 } else { 4 })?;
                    let (name, value) = self.text.split_at(name);
                    field(name, value);
                    if kept {
                        let name = name.len();
                        self.insert(name);
                    }
                }
            }
            begun = true;
        }
        Ok(())
    }

    /// Reads a literal field into `text`; the length of its name.
    fn literal(&mut self, block: &mut &[u8], prefix: u32) -> Result<usize, Malformed> {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        let named = match integer(block, prefix)? {
            0 => string(block, &mut text),
            index => self.entry(index).map(|(name, _)| text.extend_from_slice(name)),
        };
        let name = text.len();
        let named = named.and(if name == 0 { Err(Malformed) } else { Ok(()) });
        let read = named.and_then(|()| string(block, &mut text));
        self.text = text;
        read.map(|()| name)
    }

    fn entry(&self, index: usize) -> Result<(&[u8], &[u8]), Malformed> {
        let at = index.checked_sub(1).ok_or(Malformed)?;
        if let Some((name, value)) = STATIC.get(at) {
            return Ok((name.as_bytes(), value.as_bytes()));
        }
        let entry = self.table.get(at - STATIC.len()).ok_or(Malformed)?;
        Ok(entry.text.split_at(entry.name))
    }

    /// Remembers the field in `text`.
    fn insert(&mut self, name: usize) {
        let size = self.text.len() + OVERHEAD;
        self.evict(self.limit.saturating_sub(size));
        if size <= self.limit {
            self.table.push_front(Entry { text: self.text.as_slice().into(), name });
            self.size += size;
        }
    }

    fn resize(&mut self, limit: usize) -> Result<(), Malformed> {
        if limit > self.announced {
            return Err(Malformed);
        }
        self.limit = limit;
        self.evict(limit);
        Ok(())
    }

    fn evict(&mut self, limit: usize) {
        while self.size > limit {
            let Some(last) = self.table.pop_back() else { break };
            self.size -= last.size();
        }
    }
}

fn integer(block: &mut &[u8], prefix: u32) -> Result<usize, Malformed> {
    let full = (1usize << prefix) - 1;
    let mut value = usize::from(take(block)?) & full;
    if value < full {
        return Ok(value);
    }
    for shift in [0, 7, 14, 21] {
        let byte = usize::from(take(block)?);
        value += (byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Malformed)
}

fn take(block: &mut &[u8]) -> Result<u8, Malformed> {
    let (first, rest) = block.split_first().ok_or(Malformed)?;
    *block = rest;
    Ok(*first)
}

fn string(block: &mut &[u8], out: &mut Vec<u8>) -> Result<(), Malformed> {
    let coded = block.first().is_some_and(|b| *b >= 0x80);
    let len = integer(block, 7)?;
    let (text, rest) = block.split_at_checked(len).ok_or(Malformed)?;
    *block = rest;
    match coded {
        true => huffman::decode(text, out).ok_or(Malformed),
        false => {
            out.extend_from_slice(text);
            Ok(())
        }
    }
}

/// Appends a field to a header block: as an index where the static table has it, else as a literal that the peer need
/// not remember. A name in upper case has no place in HTTP/2 and is written in lower case.
pub fn encode(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    let mut named = 0;
    for (at, (known, usual)) in STATIC.iter().enumerate().filter(|(_, (known, _))| known.len() == name.len()) {
        if name.eq_ignore_ascii_case(known.as_bytes()) {
            if value == usual.as_bytes() && !value.is_empty() {
                return out.push(0x80 | (at + 1) as u8);
            }
            named = if named == 0 { at + 1 } else { named };
        }
    }
    write_integer(named, 4, 0, out);
    if named == 0 {
        write_integer(name.len(), 7, 0, out);
        out.extend(name.iter().map(u8::to_ascii_lowercase));
    }
    write_integer(value.len(), 7, 0, out);
    out.extend_from_slice(value);
}

/// Tells the peer that none of its table is used, which it must be told once it has made that smaller.
pub fn encode_resize(out: &mut Vec<u8>) {
    out.push(0x20);
}

fn write_integer(mut value: usize, prefix: u32, flags: u8, out: &mut Vec<u8>) {
    let full = (1usize << prefix) - 1;
    if value < full {
        return out.push(flags | value as u8);
    }
    out.push(flags | full as u8);
    value -= full;
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[rustfmt::skip]
const STATIC: [(&str, &str); 61] = [
    (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"),
    (":scheme", "http"), (":scheme", "https"), (":status", "200"), (":status", "204"), (":status", "206"),
    (":status", "304"), (":status", "400"), (":status", "404"), (":status", "500"), ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"), ("accept-language", ""), ("accept-ranges", ""), ("accept", ""),
    ("access-control-allow-origin", ""), ("age", ""), ("allow", ""), ("authorization", ""), ("cache-control", ""),
    ("content-disposition", ""), ("content-encoding", ""), ("content-language", ""), ("content-length", ""),
    ("content-location", ""), ("content-range", ""), ("content-type", ""), ("cookie", ""), ("date", ""), ("etag", ""),
    ("expect", ""), ("expires", ""), ("from", ""), ("host", ""), ("if-match", ""), ("if-modified-since", ""),
    ("if-none-match", ""), ("if-range", ""), ("if-unmodified-since", ""), ("last-modified", ""), ("link", ""),
    ("location", ""), ("max-forwards", ""), ("proxy-authenticate", ""), ("proxy-authorization", ""), ("range", ""),
    ("referer", ""), ("refresh", ""), ("retry-after", ""), ("server", ""), ("set-cookie", ""),
    ("strict-transport-security", ""), ("transfer-encoding", ""), ("user-agent", ""), ("vary", ""), ("via", ""),
    ("www-authenticate", ""),
];

#[cfg(test)]
mod tests {
    use super::*;

    type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

    fn decoded(decoder: &mut Decoder, block: &[u8]) -> Result<Pairs, Malformed> {
        let mut fields = Pairs::new();
        decoder.decode(block, |n, v| fields.push((n.to_vec(), v.to_vec()))).map(|()| fields)
    }

    fn pairs(list: &[(&str, &str)]) -> Pairs {
        list.iter().map(|(n, v)| (n.as_bytes().to_vec(), v.as_bytes().to_vec())).collect()
    }

    /// RFC 7541, appendix C.4: three requests of one connection.
    #[test]
    fn requests_share_a_table() {
        let mut decoder = Decoder::new(4096);
        let first =
            [0x82, 0x86, 0x84, 0x41, 0x8c, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff];
        let common = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com")];
        assert_eq!(decoded(&mut decoder, &first), Ok(pairs(&common)));
        let second = [0x82, 0x86, 0x84, 0xbe, 0x58, 0x86, 0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf];
        let more = [&common[..], &[("cache-control", "no-cache")]].concat();
        assert_eq!(decoded(&mut decoder, &second), Ok(pairs(&more)));
        assert_eq!(decoder.size, 57 + 53);
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let long = "v".repeat(5000);
        let fields =
            [(":status", "200"), (":status", "418"), ("content-type", "text/html"), ("x-a", ""), ("x-b", &long)];
        let mut block = Vec::new();
        fields.iter().for_each(|(n, v)| encode(n.as_bytes(), v.as_bytes(), &mut block));
        assert_eq!(decoded(&mut Decoder::new(0), &block), Ok(pairs(&fields)));
    }

    #[test]
    fn malformed_blocks_are_refused() {
        let cases: [&[u8]; 7] =
            [&[0x80], &[0xbe], &[0x40], &[0x82, 0x20], &[0x3f, 0xff, 0xff, 3], &[0, 0x7f], &[0xff; 8]];
        for block in cases {
            assert_eq!(decoded(&mut Decoder::new(4096), block), Err(Malformed), "{block:x?}");
        }
    }

    /// A table of any size never holds more than was announced.
    #[test]
    fn tables_are_bounded() {
        let mut decoder = Decoder::new(200);
        for n in 0..100 {
            let block = [&[0x40, 1, b'a' + n % 26, 60][..], &[b'x'; 60]].concat();
            decoded(&mut decoder, &block).unwrap();
            assert!(decoder.size <= 200);
        }
        assert_eq!(decoder.table.len(), 2);
        decoded(&mut decoder, &[&[0x40, 1, b'a', 0x7f, 0x80, 1][..], &[b'x'; 255]].concat()).unwrap();
        assert!(decoder.table.is_empty(), "an entry that does not fit empties the table");
    }
}
