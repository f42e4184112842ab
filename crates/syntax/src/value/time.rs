//! Times with units (manual, section 2.5).

use super::{char_at, leading_digits};
use source::{Diagnostic, Word};
use std::fmt;
use std::time::Duration;

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    Micros,
    Millis,
    Seconds,
    Minutes,
    Hours,
    Days,
}

/// A time as a whole number of the keyword's own unit, rounded up: `1us` of a timeout is one millisecond, not none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Time {
    /// At most 2147483647.
    pub value: u32,
    pub unit: Unit,
    /// Whether the unit was left out; HAProxy warns of timeouts below 100 ms that are written so.
    pub bare: bool,
    /// Whether rounding changed the value.
    pub rounded: bool,
}

/// Why a word is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeError {
    Empty,
    /// Above 2147483647 of this unit.
    Overflow(Unit),
    /// Something stands behind the unit: `15min`.
    Trailing(char),
    Unexpected(char),
}

/// Reads a time. `unit` is what a number without a unit counts, and what the result counts.
pub fn time(text: &[u8], unit: Unit) -> Result<Time, TimeError> {
    let (number, len) = leading_digits(text);
    let rest = text.get(len..).unwrap_or(&[]);
    if len == 0 {
        return Err(if text.is_empty() { TimeError::Empty } else { TimeError::Unexpected(char_at(text, 0)) });
    }
    let (given, suffix) = match rest {
        [] => (unit, 0),
        [b'u', b's', ..] => (Unit::Micros, 2),
        [b'm', b's', ..] => (Unit::Millis, 2),
        [b's', ..] => (Unit::Seconds, 1),
        [b'm', ..] => (Unit::Minutes, 1),
        [b'h', ..] => (Unit::Hours, 1),
        [b'd', ..] => (Unit::Days, 1),
        _ => return Err(TimeError::Unexpected(char_at(text, len))),
    };
    if rest.len() > suffix {
        return Err(TimeError::Trailing(char_at(text, len + suffix)));
    }
    let micros = number.and_then(|n| n.checked_mul(given.micros())).ok_or(TimeError::Overflow(unit))?;
    let value = micros.div_ceil(unit.micros());
    let value = u32::try_from(value).ok().filter(|v| *v <= i32::MAX as u32).ok_or(TimeError::Overflow(unit))?;
    Ok(Time { value, unit, bare: suffix == 0, rounded: micros % unit.micros() != 0 })
}

impl Time {
    pub fn duration(self) -> Duration {
        Duration::from_micros(u64::from(self.value) * self.unit.micros())
    }

    /// The time in milliseconds, rounded up.
    pub fn millis(self) -> u64 {
        (u64::from(self.value) * self.unit.micros()).div_ceil(Unit::Millis.micros())
    }
}

impl Unit {
    /// How the unit is written.
    pub fn suffix(self) -> &'static str {
        match self {
            Unit::Micros => "us",
            Unit::Millis => "ms",
            Unit::Seconds => "s",
            Unit::Minutes => "m",
            Unit::Hours => "h",
            Unit::Days => "d",
        }
    }

    fn micros(self) -> u64 {
        match self {
            Unit::Micros => 1,
            Unit::Millis => 1_000,
            Unit::Seconds => 1_000_000,
            Unit::Minutes => 60_000_000,
            Unit::Hours => 3_600_000_000,
            Unit::Days => 86_400_000_000,
        }
    }

    /// The largest value in words.
    fn largest(self) -> &'static str {
        match self {
            Unit::Micros => "2147483647 us or ~35.8 minutes",
            Unit::Millis => "2147483647 ms or ~24.8 days",
            Unit::Seconds => "2147483647 s or ~68 years",
            Unit::Minutes => "2147483647 m or ~4083 years",
            Unit::Hours => "2147483647 h",
            Unit::Days => "2147483647 d",
        }
    }
}

impl TimeError {
    pub fn code(self) -> &'static str {
        match self {
            TimeError::Empty => "missing-time",
            TimeError::Overflow(_) => "time-overflow",
            TimeError::Trailing(_) | TimeError::Unexpected(_) => "bad-time",
        }
    }

    /// What to do about it.
    pub fn help(self) -> String {
        match self {
            TimeError::Overflow(unit) => format!("write at most {}", unit.largest()),
            _ => "write a whole number with a unit: us, ms, s, m, h or d".into(),
        }
    }

    /// The finding about the argument `word` of `keyword`.
    pub fn diagnostic(self, word: &Word, keyword: &str) -> Diagnostic {
        let shown = word.show();
        let message = match self {
            TimeError::Empty => format!("'{keyword}' expects a time"),
            TimeError::Overflow(unit) => {
                let largest = unit.largest();
                format!("timer overflow in argument '{shown}' to '{keyword}' (maximum value is {largest})")
            }
            TimeError::Trailing(c) => {
                format!("unexpected character '{c}' after the timer value '{shown}' in '{keyword}'")
            }
            TimeError::Unexpected(c) => format!("unexpected character '{c}' in '{keyword}'"),
        };
        Diagnostic::alert(self.code(), word.span, message).help(self.help())
    }
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TimeError::Empty => f.write_str("missing time"),
            TimeError::Overflow(unit) => write!(f, "timer overflow (maximum value is {})", unit.largest()),
            TimeError::Trailing(c) => write!(f, "unexpected character '{c}' after the timer value"),
            TimeError::Unexpected(c) => write!(f, "unexpected character '{c}'"),
        }
    }
}

impl std::error::Error for TimeError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(text: &str) -> Result<u32, TimeError> {
        time(text.as_bytes(), Unit::Millis).map(|t| t.value)
    }

    #[test]
    fn times_are_whole_numbers_with_a_unit() {
        for (text, want) in [
            ("0", 0),
            ("00005", 5),
            ("5000", 5000),
            ("1us", 1),
            ("999us", 1),
            ("1000us", 1),
            ("1500us", 2),
            ("0us", 0),
            ("1ms", 1),
            ("2s", 2_000),
            ("1m", 60_000),
            ("1h", 3_600_000),
            ("24d", 2_073_600_000),
            ("2147483647", i32::MAX as u32),
            ("2147483s", 2_147_483_000),
            ("596h", 2_145_600_000),
        ] {
            assert_eq!(millis(text), Ok(want), "{text}");
        }
        let time = time(b"10", Unit::Seconds).expect("a time");
        assert_eq!((time.duration(), time.millis(), time.bare), (Duration::from_secs(10), 10_000, true));
    }

    #[test]
    fn other_words_are_refused() {
        let over = TimeError::Overflow(Unit::Millis);
        for (text, want) in [
            ("", TimeError::Empty),
            ("30d", over),
            ("25d", over),
            ("597h", over),
            ("2147483648", over),
            ("99999999999999999999", over),
            ("5x", TimeError::Unexpected('x')),
            ("5S", TimeError::Unexpected('S')),
            ("-5", TimeError::Unexpected('-')),
            ("5.5s", TimeError::Unexpected('.')),
            ("5u", TimeError::Unexpected('u')),
            ("15min", TimeError::Trailing('i')),
            ("5msx", TimeError::Trailing('x')),
            ("é", TimeError::Unexpected('é')),
        ] {
            assert_eq!(millis(text), Err(want), "{text}");
        }
    }

    #[test]
    fn messages_are_haproxy_s() {
        let says = |text: &str, unit| {
            let word = Word::new(text, source::Span::default());
            time(text.as_bytes(), unit).expect_err(text).diagnostic(&word, "timeout client").message
        };
        let over =
            "timer overflow in argument '30d' to 'timeout client' (maximum value is 2147483647 ms or ~24.8 days)";
        assert_eq!(says("30d", Unit::Millis), over);
        assert_eq!(says("5x", Unit::Millis), "unexpected character 'x' in 'timeout client'");
    }
}
