//! Compares what came with what was recorded, tokens standing for volatile values.

use super::text::{self, Part};

/// The values of this run that tokens must equal, by token name (`client-port`, `PORT`, …).
pub(crate) type Known = Vec<(String, String)>;

/// Which token syntax a row uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `⟦ms⟧`, PROTOCOL.md
    Protocol,
    /// `<MS>`, README.md
    Rules,
}

/// One thing to meet in the bytes that came.
enum Piece {
    Exact(Vec<u8>),
    Run(u8, usize),
    /// At least one byte of the class, as many as there are.
    Many(fn(u8) -> bool),
    /// As many bytes as the shape has: `9` digit, `a` letter, `_` digit or space, `~` sign, `.` any, else itself.
    Shape(&'static str),
    /// Any bytes, this many.
    Any(usize),
    /// A number, with the unit `ms` or without.
    Duration,
    /// A cookie date this many seconds from now.
    Date(i64),
}

/// Where `got` leaves `expected`: the offset in `got`, or `None` when it matches.
pub(crate) fn differs(expected: &str, got: &[u8], dialect: Dialect, known: &Known) -> Option<usize> {
    let mut at = 0;
    for piece in pieces(expected, dialect, known) {
        match meet(&piece, &got[at..]) {
            Some(len) => at += len,
            None => return Some(at),
        }
    }
    (at < got.len()).then_some(at)
}

/// True when `got` is what `expected` says.
pub(crate) fn matches(expected: &str, got: &[u8], dialect: Dialect, known: &Known) -> bool {
    differs(expected, got, dialect, known).is_none()
}

fn meet(piece: &Piece, got: &[u8]) -> Option<usize> {
    match piece {
        Piece::Exact(bytes) => got.starts_with(bytes).then_some(bytes.len()),
        Piece::Run(byte, n) => (got.len() >= *n && got[..*n].iter().all(|b| b == byte)).then_some(*n),
        Piece::Any(n) => (got.len() >= *n).then_some(*n),
        Piece::Many(class) => Some(got.iter().take_while(|b| class(**b)).count()).filter(|n| *n > 0),
        Piece::Duration => {
            let digits = got.iter().take_while(|b| b.is_ascii_digit()).count();
            let unit = if got[digits..].starts_with(b"ms") { 2 } else { 0 };
            (digits > 0).then_some(digits + unit)
        }
        Piece::Shape(shape) => {
            let fits = got.len() >= shape.len() && shape.bytes().zip(got).all(|(s, b)| fits(s, *b));
            fits.then_some(shape.len())
        }
        Piece::Date(offset) => {
            let seconds = text::cookie_seconds(got.get(..5)?)?;
            // The value is rounded to four seconds, and the row may have taken some.
            ((seconds - text::now() - offset).abs() <= 12).then_some(5)
        }
    }
}

fn fits(shape: u8, byte: u8) -> bool {
    match shape {
        b'9' => byte.is_ascii_digit(),
        b'a' => byte.is_ascii_alphabetic(),
        b'_' => byte.is_ascii_digit() || byte == b' ',
        b'~' => byte == b'+' || byte == b'-',
        same => same == byte,
    }
}

fn pieces(expected: &str, dialect: Dialect, known: &Known) -> Vec<Piece> {
    let mut out = Vec::new();
    match dialect {
        Dialect::Protocol => {
            for part in text::parts(expected) {
                match part {
                    Part::Byte(b) => literal(&mut out, &[b]),
                    Part::Run(b, n) => out.push(Piece::Run(b, n)),
                    Part::Token(name) => out.push(protocol_token(name, known)),
                }
            }
        }
        Dialect::Rules => rules_pieces(expected, known, &mut out),
    }
    out
}

fn rules_pieces(mut rest: &str, known: &Known, out: &mut Vec<Piece>) {
    while let Some(open) = rest.find('<') {
        literal(out, &text::latin1(&rest[..open]));
        let tail = &rest[open + 1..];
        match tail.split_once('>').and_then(|(name, after)| Some((rules_token(name, known)?, after))) {
            Some((piece, after)) => {
                out.push(piece);
                rest = after;
            }
            None => {
                literal(out, b"<");
                rest = tail;
            }
        }
    }
    literal(out, &text::latin1(rest));
}

fn literal(out: &mut Vec<Piece>, bytes: &[u8]) {
    match out.last_mut() {
        Some(Piece::Exact(last)) => last.extend(bytes),
        _ => out.push(Piece::Exact(bytes.to_vec())),
    }
}

fn value<'a>(known: &'a Known, name: &str) -> Option<&'a str> {
    known.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}

fn protocol_token(name: &str, known: &Known) -> Piece {
    if let Some(exact) = value(known, name) {
        return Piece::Exact(text::latin1(exact));
    }
    if let Some(offset) = text::date_offset(name) {
        return Piece::Date(offset);
    }
    match name {
        "ms" => Piece::Duration,
        "date" => Piece::Many(|b| b != b']'),
        "ptr" => Piece::Many(|b| b.is_ascii_hexdigit() || b == b'x'),
        "node" => Piece::Many(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)),
        "random-key" => Piece::Many(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)),
        "time:4" => Piece::Any(4),
        "client-port:2" => Piece::Any(2),
        _ => Piece::Many(|b| b.is_ascii_digit()),
    }
}

fn rules_token(name: &str, known: &Known) -> Option<Piece> {
    if let Some(exact) = value(known, name) {
        return Some(Piece::Exact(text::latin1(exact)));
    }
    if let Some(exact) = name.strip_suffix(":X").and_then(|n| value(known, n)) {
        return Some(Piece::Exact(exact.parse::<u32>().map(|n| format!("{n:X}")).unwrap_or_default().into_bytes()));
    }
    Some(match name {
        "MS" | "EPOCH" | "PID" | "CPORT" | "BPORT" => Piece::Many(|b| b.is_ascii_digit()),
        "mmm" => Piece::Shape("999"),
        "HOSTNAME" => Piece::Many(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)),
        "CBOR" => Piece::Many(|b| b.is_ascii_hexdigit()),
        "dd/Mon/yyyy:HH:MM:SS.mmm" => Piece::Shape("99/aaa/9999:99:99:99.999"),
        "dd/Mon/yyyy:HH:MM:SS +zzzz" => Piece::Shape("99/aaa/9999:99:99:99 ~9999"),
        "Mon dd HH:MM:SS" => Piece::Shape("aaa _9 99:99:99"),
        "yyyy-mm-ddTHH:MM:SS.uuuuuu+zz:zz" => Piece::Shape("9999-99-99T99:99:99.999999~99:99"),
        "IMFDATE" => Piece::Shape("aaa, 99 aaa 9999 99:99:99 GMT"),
        _ if name.ends_with(":X") => Piece::Many(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(dialect: Dialect, expected: &str, got: &str, at: Option<usize>) {
        let known = vec![("client-port".to_owned(), "4000".to_owned()), ("PORT".to_owned(), "255".to_owned())];
        assert_eq!(differs(expected, got.as_bytes(), dialect, &known), at, "{expected} against {got}");
    }

    #[test]
    fn protocol_tokens() {
        let check = |e, g, at| check(Dialect::Protocol, e, g, at);
        check("a ⟦ms⟧/-1/+⟦ms⟧ b", "a 0/-1/+17 b", None);
        check("a ⟦ms⟧/-1", "a 0/0", Some(3));
        check("[⟦date⟧] x", "[22/Nov/2026:10:00:00.123] x", None);
        check("p=⟦client-port⟧", "p=4001", Some(2));
        check("⟦z×3⟧y", "zzzy", None);
        check("⟦z×3⟧y", "zzy", Some(0));
        check("end", "end of it", Some(3));
        check("took ⟦ms⟧, x", "took 12ms, x", None);
    }

    #[test]
    fn rules_tokens() {
        let check = |e, g, at| check(Dialect::Rules, e, g, at);
        check("<html><MS>", "<html>12", None);
        check("<PORT> <PORT:X> <CPORT:X>", "255 FF 9C40", None);
        check("<Mon dd HH:MM:SS>.", "Nov  2 10:00:00.", None);
        check("<mmm>", "12", Some(0));
    }
}
