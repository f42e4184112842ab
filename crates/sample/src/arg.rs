//! Arguments between parentheses: their splitting, quoting and types (manual, sections 2.2 and 7.3).

use crate::{
    expr::Parse,
    regexes,
    row::{Arg, ArgKind, Args, Name},
    stream::{Scope, VarId},
};
use source::Span;
use std::{net::Ipv4Addr, sync::Arc};

/// Parses the arguments of one call. `text` starts behind the opening parenthesis, or is `None` where there is none.
/// Gives the arguments and how many bytes they took, the closing parenthesis included; an error is HAProxy's sentence.
pub(crate) fn parse(
    text: Option<&[u8]>,
    kinds: &[ArgKind],
    required: usize,
    span: Span,
    cx: &mut Parse<'_>,
) -> Result<(Args, usize), String> {
    let mut rest = Rest { text: text.unwrap_or(b")"), at: 0, quoted: false };
    let mut args = Args::default();
    loop {
        let position = args.len();
        let Some(kind) = kinds.get(position) else { break };
        let (word, end) = rest.word()?;
        let more = end == b',' || (text.is_some() && *kind == ArgKind::Str && position == 0) || rest.quoted;
        if word.is_empty() && position >= required && !more {
            break;
        }
        args.0.push(one(*kind, &word, position, required, span, cx)?);
        if end != b',' {
            break;
        }
        if position + 1 == kinds.len() {
            rest.at -= 1;
        }
    }
    if args.is_empty() && kinds.first() == Some(&ArgKind::OwnTable) {
        args.0.push(own_table(span));
    }
    if args.len() < required {
        let kind = kinds.get(args.len()).map_or("", |k| kind_name(*k));
        return Err(format!("missing arguments (got {}/{required}), type '{kind}' expected", args.len()));
    }
    rest.close()?;
    Ok((args, text.map_or(0, |_| rest.at)))
}

/// The stick table of the section.
fn own_table(span: Span) -> Arg {
    Arg::Name(Name { kind: ArgKind::OwnTable, text: Vec::new(), span, id: None })
}

/// What HAProxy calls a kind of argument.
fn kind_name(kind: ArgKind) -> &'static str {
    match kind {
        ArgKind::Backend => "backend",
        ArgKind::Frontend => "frontend",
        ArgKind::Int => "integer",
        ArgKind::Ipv4 => "IPv4 address",
        ArgKind::Ipv6 => "IPv6 address",
        ArgKind::Mask4 => "IPv4 mask",
        ArgKind::Mask6 => "IPv6 mask",
        ArgKind::Acl
        | ArgKind::AclSet
        | ArgKind::AnyMap
        | ArgKind::Key
        | ArgKind::Map(_)
        | ArgKind::MaybeKey
        | ArgKind::OneOf(_)
        | ArgKind::Operand
        | ArgKind::Str
        | ArgKind::Text => "string",
        ArgKind::Regex => "regex",
        ArgKind::Server => "server",
        ArgKind::Size => "size",
        ArgKind::OwnTable | ArgKind::Table | ArgKind::TableOf(_) => "table",
        ArgKind::Time => "delay",
        ArgKind::Userlist => "user list",
        ArgKind::Var => "variable",
    }
}

/// The unread part of an argument list.
struct Rest<'t> {
    text: &'t [u8],
    at: usize,
    /// Whether the last word had quotes, so that an empty one was meant.
    quoted: bool,
}

impl Rest<'_> {
    /// The next word, unquoted, and the byte that ended it: a comma, which is passed over, or the closing parenthesis.
    fn word(&mut self) -> Result<(Vec<u8>, u8), String> {
        let (mut word, mut quote) = (Vec::new(), None);
        self.quoted = false;
        while let Some(&byte) = self.text.get(self.at) {
            match (quote, byte) {
                (None, b',') => {
                    self.at += 1;
                    return Ok((word, byte));
                }
                (None, b')') => return Ok((word, byte)),
                (None, b'"' | b'\'') => (quote, self.quoted) = (Some(byte), true),
                (Some(open), _) if byte == open => quote = None,
                (None | Some(b'"'), b'\\') => {
                    self.at += 1;
                    self.escape(&mut word);
                }
                _ => word.push(byte),
            }
            self.at += 1;
        }
        Err(match quote {
            Some(quote) => format!("unmatched quote {}", char::from(quote)),
            None => String::from("expected ')'"),
        })
    }

    /// The byte behind a backslash. Those that escape nothing keep the backslash.
    fn escape(&self, word: &mut Vec<u8>) {
        match self.text.get(self.at) {
            Some(b'n') => word.push(b'\n'),
            Some(b'r') => word.push(b'\r'),
            Some(b't') => word.push(b'\t'),
            Some(b @ (b'\\' | b'"' | b'\'' | b' ' | b',' | b')')) => word.push(*b),
            Some(b) => word.extend([b'\\', *b]),
            None => word.push(b'\\'),
        }
    }

    fn close(&mut self) -> Result<(), String> {
        match self.text.get(self.at) {
            Some(b')') => {
                self.at += 1;
                Ok(())
            }
            Some(_) => {
                let rest = self.text.get(self.at..).unwrap_or(&[]);
                Err(format!("expected ')' before '{}'", String::from_utf8_lossy(rest)))
            }
            None => Err(String::from("expected ')'")),
        }
    }
}

fn one(
    kind: ArgKind,
    word: &[u8],
    position: usize,
    required: usize,
    span: Span,
    cx: &mut Parse<'_>,
) -> Result<Arg, String> {
    if word.is_empty()
        && !matches!(kind, ArgKind::Key | ArgKind::OneOf(_) | ArgKind::Operand | ArgKind::Str | ArgKind::Text)
    {
        if kind == ArgKind::OwnTable {
            return Ok(own_table(span));
        }
        let names = [ArgKind::Backend, ArgKind::Frontend, ArgKind::Table, ArgKind::Var];
        if position >= required && names.contains(&kind) {
            return Ok(Arg::Empty);
        }
        return Err(format!("expected type '{}' at position {}, but got nothing", kind_name(kind), position + 1));
    }
    let typed = match kind {
        ArgKind::Var => return var(word, cx).map(Arg::Var),
        ArgKind::Key | ArgKind::Text if is_var(word) => return var(word, cx).map(Arg::Var),
        ArgKind::Operand => return operand(word, cx),
        ArgKind::OneOf(words) => return one_of(words, word),
        ArgKind::Regex => return regexes::compile(word, false).map(|r| Arg::Regex(Arc::new(r))),
        ArgKind::Acl
        | ArgKind::AclSet
        | ArgKind::AnyMap
        | ArgKind::Backend
        | ArgKind::Frontend
        | ArgKind::Key
        | ArgKind::Map(_)
        | ArgKind::MaybeKey
        | ArgKind::OwnTable
        | ArgKind::Server
        | ArgKind::Table
        | ArgKind::TableOf(_)
        | ArgKind::Userlist => Some(Arg::Name(Name { kind, text: word.to_vec(), span, id: None })),
        ArgKind::Int => int(word).map(Arg::Int),
        ArgKind::Ipv4 => text(word).and_then(|t| t.parse().ok()).map(Arg::Ipv4),
        ArgKind::Ipv6 => text(word).and_then(|t| t.parse().ok()).map(Arg::Ipv6),
        ArgKind::Mask4 => mask4(word),
        ArgKind::Mask6 => mask6(word),
        ArgKind::Size => scaled(word, SIZES, 1).map(Arg::Int),
        ArgKind::Str | ArgKind::Text => Some(Arg::Str(word.to_vec())),
        ArgKind::Time => scaled(word, TIMES, 1000).map(|us| Arg::Int(us / 1000)),
    };
    let shown = String::from_utf8_lossy(word);
    typed.ok_or_else(|| format!("failed to parse '{shown}' as type '{}' at position {}", kind_name(kind), position + 1))
}

const SIZES: &[(&str, i64)] = &[("", 1), ("k", 1 << 10), ("m", 1 << 20), ("g", 1 << 30)];

/// Units of time in microseconds.
const TIMES: &[(&str, i64)] =
    &[("us", 1), ("ms", 1000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000), ("d", 86_400_000_000)];

fn scaled(word: &[u8], units: &[(&str, i64)], default: i64) -> Option<i64> {
    let digits = word.iter().take_while(|b| b.is_ascii_digit()).count();
    let (number, unit) = word.split_at_checked(digits)?;
    let number: i64 = text(number)?.parse().ok()?;
    let scale = match unit {
        b"" => default,
        _ => units.iter().find(|(name, _)| name.as_bytes() == unit)?.1,
    };
    number.checked_mul(scale)
}

fn text(word: &[u8]) -> Option<&str> {
    std::str::from_utf8(word).ok()
}

/// A decimal integer, saturated to 64 bits as HAProxy does.
pub(crate) fn int(word: &[u8]) -> Option<i64> {
    let digits = word.strip_prefix(b"-").or_else(|| word.strip_prefix(b"+")).unwrap_or(word);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let limit = if word.starts_with(b"-") { i64::MIN } else { i64::MAX };
    Some(text(word)?.parse().unwrap_or(limit))
}

/// `24` or `255.255.255.0`.
fn mask4(word: &[u8]) -> Option<Arg> {
    let word = text(word)?;
    if let Ok(address) = word.parse() {
        return Some(Arg::Ipv4(address));
    }
    let bits: u32 = word.parse().ok().filter(|bits| *bits <= 32)?;
    Some(Arg::Ipv4(Ipv4Addr::from_bits(u32::MAX.checked_shl(32 - bits).unwrap_or(0))))
}

/// `64` or `ffff:ffff::`.
fn mask6(word: &[u8]) -> Option<Arg> {
    let word = text(word)?;
    if let Ok(address) = word.parse() {
        return Some(Arg::Ipv6(address));
    }
    let bits: u32 = word.parse().ok().filter(|bits| *bits <= 128)?;
    Some(Arg::Ipv6(u128::MAX.checked_shl(128 - bits).unwrap_or(0).into()))
}

fn one_of(words: &[&str], word: &[u8]) -> Result<Arg, String> {
    if let Some(at) = words.iter().position(|w| w.as_bytes() == word) {
        return Ok(Arg::Int(at as i64));
    }
    let list = words.iter().map(|w| format!("'{w}'")).collect::<Vec<_>>().join(", ");
    Err(format!("expects one of {list}, got '{}'", String::from_utf8_lossy(word)))
}

fn operand(word: &[u8], cx: &mut Parse<'_>) -> Result<Arg, String> {
    match int(if word.is_empty() { b"0" } else { word }) {
        Some(value) => Ok(Arg::Int(value)),
        None => var(word, cx).map(Arg::Var),
    }
}

const SCOPES: &[(&[u8], Scope)] = &[
    (b"check.", Scope::Check),
    (b"proc.", Scope::Proc),
    (b"req.", Scope::Req),
    (b"res.", Scope::Res),
    (b"sess.", Scope::Sess),
    (b"txn.", Scope::Txn),
];

/// Whether a word begins as the names of variables do.
fn is_var(word: &[u8]) -> bool {
    SCOPES.iter().any(|(prefix, _)| word.starts_with(prefix))
}

/// A variable by its full name, such as `txn.host` (manual, section 2.8); an error is HAProxy's sentence.
pub fn var(word: &[u8], cx: &mut Parse<'_>) -> Result<VarId, String> {
    let found = SCOPES.iter().find_map(|(prefix, scope)| Some((word.strip_prefix(*prefix)?, *scope)));
    let Some((name, scope)) = found.filter(|(name, _)| !name.is_empty()) else {
        return Err(format!(
            "invalid variable name '{}'. A variable name must be start by its scope. \
             The scope can be 'proc', 'sess', 'txn', 'req', 'res' or 'check'",
            String::from_utf8_lossy(word)
        ));
    };
    if let Some(at) = name.iter().position(|b| !b.is_ascii_alphanumeric() && !b"_.".contains(b)) {
        let rest = name.get(at..).unwrap_or(&[]);
        return Err(format!("invalid syntax at char '{}'", String::from_utf8_lossy(rest)));
    }
    Ok(cx.vars.intern(scope, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Places, VarNames};
    use source::Diagnostics;

    fn check(text: &str, expect: &str) {
        let (mut diagnostics, mut vars) = (Diagnostics::default(), VarNames::default());
        let mut cx = Parse { diagnostics: &mut diagnostics, vars: &mut vars, places: Places::ALL };
        let kinds = [ArgKind::Str, ArgKind::Str, ArgKind::Int];
        let seen = match parse(Some(text.as_bytes()), &kinds, 1, Span::default(), &mut cx) {
            Ok((args, len)) => format!("{:?} {len}", args.0),
            Err(message) => message,
        };
        let seen = seen.replace("Str(", "(");
        assert_eq!(seen, expect, "of {text:?}");
    }

    #[test]
    fn arguments_are_split_and_unquoted() {
        check(")", "[([])] 1");
        check("a)b", "[([97])] 2");
        check("',)',\"\\n\\1\")", "[([44, 41]), ([10, 92, 49])] 12");
        check("a,b,3)", "[([97]), ([98]), Int(3)] 6");
        check("a,)", "[([97])] 3");
        check("a,,4)", "[([97]), ([]), Int(4)] 5");
        check("a,b,3,x)", "expected ')' before ',x)'");
        check("a,b,x)", "failed to parse 'x' as type 'integer' at position 3");
        check("a", "expected ')'");
        check("'a", "unmatched quote '");
    }
}
