//! Decoding of HTTP/2 header blocks (RFC 7541): enough to read what a proxy sends.

use std::collections::VecDeque;

/// A field as it was sent: name, value.
pub(crate) type Field = (Vec<u8>, Vec<u8>);

/// The decoder's state for one direction of a connection.
#[derive(Debug)]
pub(crate) struct Decoder {
    dynamic: VecDeque<Field>,
    size: usize,
    limit: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        Self { dynamic: VecDeque::new(), size: 0, limit: 4096 }
    }
}

impl Decoder {
    /// The fields of a whole header block; `None` when it is malformed.
    pub(crate) fn decode(&mut self, mut block: &[u8]) -> Option<Vec<Field>> {
        let mut fields = Vec::new();
        while let Some(&first) = block.first() {
            if first & 0x80 != 0 {
                fields.push(self.field(integer(&mut block, 7)?)?);
            } else if first & 0xc0 == 0x40 {
                let field = self.literal(&mut block, 6)?;
                self.insert(field.clone());
                fields.push(field);
            } else if first & 0xe0 == 0x20 {
                self.limit = integer(&mut block, 5)?;
                self.evict();
            } else {
                fields.push(self.literal(&mut block, 4)?);
            }
        }
        Some(fields)
    }

    fn literal(&self, block: &mut &[u8], prefix: u32) -> Option<Field> {
        let index = integer(block, prefix)?;
        let name = if index == 0 { string(block)? } else { self.field(index)?.0 };
        Some((name, string(block)?))
    }

    fn field(&self, index: usize) -> Option<Field> {
        match STATIC.get(index.checked_sub(1)?) {
            Some((name, value)) => Some((name.as_bytes().to_vec(), value.as_bytes().to_vec())),
            None => self.dynamic.get(index - 1 - STATIC.len()).cloned(),
        }
    }

    fn insert(&mut self, field: Field) {
        self.size += weight(&field);
        self.dynamic.push_front(field);
        self.evict();
    }

    fn evict(&mut self) {
        while self.size > self.limit {
            let Some(last) = self.dynamic.pop_back() else { break };
            self.size -= weight(&last);
        }
    }
}

fn weight(field: &Field) -> usize {
    field.0.len() + field.1.len() + 32
}

fn integer(block: &mut &[u8], prefix: u32) -> Option<usize> {
    let full = (1usize << prefix) - 1;
    let mut value = usize::from(take(block)?) & full;
    let mut shift = 0u32;
    while value >= full {
        let byte = usize::from(take(block)?);
        value = value.checked_add((byte & 0x7f).checked_shl(shift)?)?;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(value)
}

fn take(block: &mut &[u8]) -> Option<u8> {
    let (first, rest) = block.split_first()?;
    *block = rest;
    Some(*first)
}

fn string(block: &mut &[u8]) -> Option<Vec<u8>> {
    let coded = block.first()? & 0x80 != 0;
    let len = integer(block, 7)?;
    let bytes = block.get(..len)?;
    *block = &block[len..];
    if coded { huffman(bytes) } else { Some(bytes.to_vec()) }
}

/// The code is canonical (RFC 7541, appendix B): the lengths alone give it.
fn huffman(bytes: &[u8]) -> Option<Vec<u8>> {
    let codes = codes();
    let mut out = Vec::new();
    let (mut code, mut len) = (0u32, 0u8);
    for bit in bytes.iter().flat_map(|b| (0..8).rev().map(move |i| u32::from(b >> i & 1))) {
        code = code << 1 | bit;
        len += 1;
        if let Ok(at) = codes.binary_search_by_key(&(len, code), |(l, c, _)| (*l, *c)) {
            out.push(codes[at].2);
            (code, len) = (0, 0);
        }
        if len > 30 {
            return None;
        }
    }
    (len < 8 && code == (1 << len) - 1).then_some(out)
}

/// Length, code and symbol, in order.
fn codes() -> Vec<(u8, u32, u8)> {
    let mut symbols: Vec<(u8, u8)> = (0..=255).zip(LENGTHS).map(|(symbol, len)| (len, symbol)).collect();
    symbols.sort_unstable();
    let (mut code, mut last) = (0u32, 5);
    let assign = |(len, symbol): (u8, u8)| {
        code <<= len - last;
        last = len;
        code += 1;
        (len, code - 1, symbol)
    };
    symbols.into_iter().map(assign).collect()
}

#[rustfmt::skip]
const LENGTHS: [u8; 256] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
];

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

    fn hex(text: &str) -> Vec<u8> {
        text.split(' ').map(|b| u8::from_str_radix(b, 16).unwrap()).collect()
    }

    #[test]
    fn the_examples_of_the_rfc() {
        let mut decoder = Decoder::default();
        let mut check = |block: &str, fields: &[(&str, &str)]| {
            let got = decoder.decode(&hex(block)).unwrap();
            let want: Vec<_> = fields.iter().map(|(n, v)| (n.as_bytes().to_vec(), v.as_bytes().to_vec())).collect();
            assert_eq!(got, want);
        };
        // RFC 7541, C.4.1 and C.4.2
        check(
            "82 86 84 41 8c f1 e3 c2 e5 f2 3a 6b a0 ab 90 f4 ff",
            &[(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com")],
        );
        check(
            "82 86 84 be 58 86 a8 eb 10 64 9c bf",
            &[
                (":method", "GET"),
                (":scheme", "http"),
                (":path", "/"),
                (":authority", "www.example.com"),
                ("cache-control", "no-cache"),
            ],
        );
    }
}
