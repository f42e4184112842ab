//! What is wrong with a condition, in HAProxy's words.

use super::predicate::Predicate;
use nom::error::{ErrorKind, ParseError};

/// What is wrong with a condition; `at` is an offset in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) at: usize,
    pub(crate) message: String,
    pub(crate) help: &'static str,
}

/// A fault holds the rest of the text where it stands; the offset follows from its length.
#[derive(Debug)]
pub(super) enum Fault<'a> {
    Argument { predicate: &'static Predicate, arg: Vec<u8>, at: &'a [u8] },
    Deep { at: &'a [u8] },
    Extra { predicate: &'static Predicate, at: &'a [u8] },
    Missing { predicate: &'static Predicate, got: usize, at: &'a [u8] },
    Paren { at: &'a [u8] },
    Trailing(&'a [u8]),
    Unparsable { from: &'a [u8], at: &'a [u8] },
}

impl<'a> ParseError<&'a [u8]> for Fault<'a> {
    fn from_error_kind(at: &'a [u8], _: ErrorKind) -> Self {
        Fault::Unparsable { from: at, at }
    }

    fn append(_: &'a [u8], _: ErrorKind, other: Self) -> Self {
        other
    }
}

impl Fault<'_> {
    pub(super) fn problem(&self, text: &[u8]) -> Problem {
        let (at, message, help) = match self {
            Fault::Argument { predicate, arg, at } => {
                let (name, arg) = (predicate.name, show(arg));
                let message = format!("invalid argument to conditional expression predicate '{name}': '{arg}'");
                (at, message, "write a version of three numbers, such as 3.0.0")
            }
            Fault::Deep { at } => {
                (at, format!("unparsable conditional sub-expression '{}'", show(at)), "nest fewer parentheses")
            }
            Fault::Extra { predicate, at } => {
                let before = if at.is_empty() { String::new() } else { format!(" before '{}'", show(at)) };
                let name = predicate.name;
                (
                    at,
                    format!("expected ')'{before} in argument 1 of predicate '{name}' used in conditional expression"),
                    "close the arguments; a comma or a parenthesis within one needs quotes of its own, as in '\"a,b\"'",
                )
            }
            Fault::Missing { predicate, got, at } => (
                at,
                format!(
                    "missing arguments (got {got}/{}), type 'string' expected in argument 1 of predicate '{}' used in \
                     conditional expression",
                    predicate.args, predicate.name
                ),
                "give as many arguments as the predicate takes, separated by commas, without blanks",
            ),
            Fault::Paren { at } => {
                (at, format!("expected ')' after conditional expression '{}'", show(at)), "close the parenthesis")
            }
            Fault::Trailing(at) => (
                at,
                format!(
                    "unexpected character '{}' at the end of conditional expression '{}'",
                    show(at.get(..1).unwrap_or(&[])),
                    show(text)
                ),
                "join conditions with '&&' or '||'",
            ),
            Fault::Unparsable { from, at } => (
                at,
                format!("unparsable conditional expression '{}'", show(from)),
                "write an integer, a known predicate with its arguments, or a condition in parentheses",
            ),
        };
        Problem { at: text.len() - at.len(), message, help }
    }
}

fn show(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
