//! The first bytes of HTTP/2 by prior knowledge (RFC 9113, section 3.4).

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Whether a connection starts with HTTP/2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preface {
    /// So far yes; read more.
    Maybe,
    No,
    Yes,
}

/// Looks for the HTTP/2 preface at the start of `buf`.
pub fn preface(buf: &[u8]) -> Preface {
    let n = buf.len().min(PREFACE.len());
    match buf.get(..n) == PREFACE.get(..n) {
        true if n == PREFACE.len() => Preface::Yes,
        true => Preface::Maybe,
        false => Preface::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_is_a_maybe() {
        for n in 0..PREFACE.len() {
            assert_eq!(preface(&PREFACE[..n]), Preface::Maybe, "{n} bytes");
        }
        assert_eq!(preface(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nmore"), Preface::Yes);
        assert_eq!(preface(b"PRI * HTTP/1.1"), Preface::No);
        assert_eq!(preface(b"GET"), Preface::No);
    }
}
