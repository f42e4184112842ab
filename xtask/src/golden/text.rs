//! Text that stands for bytes: one character U+0000..U+00FF is one byte, `⟦…⟧` encloses a token.

use std::time::{SystemTime, UNIX_EPOCH};

/// A piece of protocol text: plain bytes, a run `⟦x×N⟧`, or the name of another token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    Byte(u8),
    Run(u8, usize),
    Token(&'a str),
}

/// Splits protocol text (PROTOCOL.md, "Text conventions") into its parts.
pub(crate) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        if let Some((name, tail)) = (first == '⟦').then(|| after.split_once('⟧')).flatten() {
            out.push(run(name).unwrap_or(Part::Token(name)));
            rest = tail;
        } else {
            out.push(Part::Byte(low(first)));
            rest = after;
        }
    }
    out
}

fn run(name: &str) -> Option<Part<'_>> {
    let (byte, count) = name.split_once('×')?;
    let mut chars = byte.chars();
    let (Some(byte), None) = (chars.next(), chars.next()) else { return None };
    Some(Part::Run(low(byte), count.parse().ok()?))
}

/// The byte of a character; characters above U+00FF stand for no byte and become `?`.
fn low(c: char) -> u8 {
    u8::try_from(u32::from(c)).unwrap_or(b'?')
}

/// The bytes to write for `text`: runs and cookie dates expanded, other tokens dropped.
pub(crate) fn expand(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for part in parts(text) {
        match part {
            Part::Byte(b) => out.push(b),
            Part::Run(b, n) => out.extend(std::iter::repeat_n(b, n)),
            Part::Token(name) => out.extend(cookie_date(name).unwrap_or_default()),
        }
    }
    out
}

/// The bytes of a string without tokens (README form).
pub(crate) fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(low).collect()
}

/// Every byte as the character of the same number.
pub(crate) fn as_text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// Seconds from now that a token `b64now±S` names.
pub(crate) fn date_offset(name: &str) -> Option<i64> {
    let offset = name.strip_prefix("b64now")?;
    if offset.is_empty() { Some(0) } else { offset.parse().ok() }
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs().cast_signed())
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn cookie_date(name: &str) -> Option<Vec<u8>> {
    let units = (now() + date_offset(name)? + 2) >> 2;
    Some((0..5).rev().map(|i| BASE64[((units >> (6 * i)) & 63) as usize]).collect())
}

/// Waits, when `text` has the cookie date of this very second, until its rounding does not put it in the past.
pub(crate) fn wait_for_date(text: &str) {
    while text.contains("⟦b64now⟧") && now() % 4 != 2 {
        super::peer::pause(super::peer::ms(20));
    }
}

/// The time in seconds (rounded to four) that five characters of a cookie date stand for.
pub(crate) fn cookie_seconds(date: &[u8]) -> Option<i64> {
    let mut units = 0i64;
    for b in date {
        units = (units << 6) | i64::try_from(BASE64.iter().position(|c| c == b)?).ok()?;
    }
    Some(units << 2)
}

/// Bytes for a human: control bytes escaped, a line of its own after each line feed, long runs shortened.
pub(crate) fn show(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut at = 0;
    while let Some(&b) = bytes.get(at) {
        let len = bytes[at..].iter().take_while(|&&x| x == b).count();
        if len >= 80 {
            out.push_str(&format!("⟦{}×{len}⟧", char::from(b)));
            at += len;
            continue;
        }
        match b {
            b'\n' => out.push_str("\\n\n"),
            b'\r' => out.push_str("\\r"),
            0x20..=0x7e => out.push(char::from(b)),
            _ => out.push_str(&format!("\\x{b:02x}")),
        }
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_expanded() {
        assert_eq!(expand("a⟦b×3⟧c"), b"abbbc");
        assert_eq!(expand("\u{ff}"), [0xff]);
    }

    #[test]
    fn cookie_dates_round_trip() {
        let date = cookie_date("b64now-100").unwrap();
        let back = cookie_seconds(&date).unwrap();
        assert!((back - (now() - 100)).abs() <= 4, "{back}");
    }

    #[test]
    fn runs_are_shown_short() {
        assert_eq!(show(&[b'x'; 100]), "⟦x×100⟧");
        assert_eq!(show(b"a\r\nb\x01"), "a\\r\\n\nb\\x01");
    }
}
