//! Values that many keywords share: times, sizes, integers, percentages (manual, sections 2.5 and 2.6).
//!
//! Each function takes the bytes of a word and gives a value or a typed error. An error says what is wrong in HAProxy's
//! words and what to do about it, and becomes a finding with `diagnostic`.

mod integer;
mod size;
mod time;

pub use integer::{IntegerError, atoi, integer, percent};
pub use size::{Size, SizeError, size};
pub use time::{Time, TimeError, Unit, time};

/// The digits in front of a text and what follows them; `None` for the number if it does not fit.
fn leading_digits(text: &[u8]) -> (Option<u64>, usize) {
    let len = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let digit = |number: Option<u64>, b: &u8| number?.checked_mul(10)?.checked_add(u64::from(b - b'0'));
    (text.iter().take(len).fold(Some(0), digit), len)
}

/// The character at an offset, for a message.
fn char_at(text: &[u8], at: usize) -> char {
    let rest = String::from_utf8_lossy(text.get(at..).unwrap_or(&[])).into_owned();
    rest.chars().next().unwrap_or(' ')
}
