//! Times and sizes as they are written (manual, sections 2.4 and 2.5).

use std::time::Duration;

/// A time, by default in milliseconds; an error is HAProxy's sentence.
pub(super) fn time(text: &[u8]) -> Result<Duration, String> {
    let (number, unit) = split(text)?;
    let scale = match unit {
        b"us" => return Ok(Duration::from_micros(number)),
        b"" | b"ms" => 1,
        b"s" => 1_000,
        b"m" => 60_000,
        b"h" => 3_600_000,
        b"d" => 86_400_000,
        _ => return Err(unexpected(unit)),
    };
    number.checked_mul(scale).map(Duration::from_millis).ok_or_else(|| unexpected(text))
}

/// A size in bytes.
pub(super) fn size(text: &[u8]) -> Result<u64, String> {
    let (number, unit) = split(text)?;
    let scale = match unit {
        b"" => 1,
        b"k" | b"K" => 1 << 10,
        b"m" | b"M" => 1 << 20,
        b"g" | b"G" => 1 << 30,
        _ => return Err(unexpected(unit)),
    };
    number.checked_mul(scale).ok_or_else(|| unexpected(text))
}

fn split(text: &[u8]) -> Result<(u64, &[u8]), String> {
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let (number, unit) = text.split_at_checked(digits).unwrap_or((text, &[]));
    let number = std::str::from_utf8(number).ok().and_then(|n| n.parse().ok());
    number.map(|number| (number, unit)).ok_or_else(|| unexpected(text))
}

fn unexpected(text: &[u8]) -> String {
    let first = text.get(..1).unwrap_or(text);
    format!("unexpected character '{}'", String::from_utf8_lossy(first))
}
