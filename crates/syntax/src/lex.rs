//! One line of text cut into raw words, lossless (manual, section 2.2). The grammar is written with `nom`.
//!
//! A NUL ends a line wherever it stands, and so does a carriage return right behind a word or in quotes, as for HAProxy. Inside weak
//! quotes `$` starts a variable; outside it is an ordinary character. What cannot be read becomes a [`Fault`] part and
//! reading goes on behind it.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while_m_n, take_while1};
use nom::character::complete::{char, one_of};
use nom::combinator::{consumed, map, opt, peek, recognize, rest, value};
use nom::multi::{fold_many0, fold_many1, many0};
use nom::sequence::{pair, preceded, terminated};
use nom::{IResult, Parser};

/// A piece of a line. Pieces follow each other without gaps: joined, they are the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'a> {
    pub raw: &'a [u8],
    pub kind: PieceKind<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PieceKind<'a> {
    Blank,
    /// From `#` to the end of the line.
    Comment,
    /// What stands behind a carriage return or a NUL, that byte included; HAProxy does not read it.
    Stray,
    Word(Vec<Part<'a>>),
}

/// A part of a raw word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    pub raw: &'a [u8],
    pub kind: PartKind<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind<'a> {
    /// An escape sequence that stands for this byte.
    Byte(u8),
    Fault(Fault),
    /// A quote sign: it adds nothing to the word, but makes it exist.
    Quote,
    /// Bytes that stand for themselves.
    Text,
    Variable(Variable<'a>),
}

/// `$name`, `${name}`, `${name-default}`, `${name[*]}`, `${name[*]-default}` within weak quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable<'a> {
    pub name: &'a [u8],
    /// Used when the variable does not exist; an empty variable exists.
    pub default: Option<&'a [u8]>,
    /// `[*]`: the value is cut at blanks into words of their own.
    pub list: bool,
}

/// What makes a line unreadable. The fault stands where its part starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Brace,
    Expansion,
    Hex,
    Name,
    Quote,
}

impl Fault {
    /// What is wrong, with a capital letter as at the start of a sentence.
    pub fn title(self) -> &'static str {
        match self {
            Fault::Brace => "Unmatched brace in environment variable name",
            Fault::Expansion => "Truncated or invalid word expansion sequence",
            Fault::Hex => "Truncated or invalid hexadecimal sequence",
            Fault::Name => "Forbidden first char in environment variable name",
            Fault::Quote => "Unmatched quote",
        }
    }

    pub fn code(self) -> &'static str {
        match self {
            Fault::Brace => "unmatched-brace",
            Fault::Expansion => "bad-word-expansion",
            Fault::Hex => "bad-hex-sequence",
            Fault::Name => "bad-variable-name",
            Fault::Quote => "unmatched-quote",
        }
    }

    /// What to do about it.
    pub fn help(self) -> &'static str {
        match self {
            Fault::Brace => "close the name with '}', or with '-DEFAULT}'",
            Fault::Expansion => "only '[*]' may stand behind the name",
            Fault::Hex => r"write two hexadecimal digits, or '\\x' for a backslash and an x",
            Fault::Name => r"start the name with a letter or '_', or write '\$' for a dollar",
            Fault::Quote => "close the quote, or put a backslash before it",
        }
    }

    /// Where in its part, of this length, the fault is said to stand.
    pub fn offset(self, len: usize) -> usize {
        match self {
            Fault::Brace => 1,
            Fault::Expansion | Fault::Name => len,
            Fault::Hex | Fault::Quote => 0,
        }
    }
}

/// The names that HAProxy computes itself (manual, section 2.3).
pub const PSEUDO: [&[u8]; 3] = [b".FILE", b".LINE", b".SECTION"];

type Parsed<'a, T> = IResult<&'a [u8], T>;

/// Cuts a line, given without its line feed.
pub fn line(input: &[u8]) -> Vec<Piece<'_>> {
    let lead = consumed(value(PieceKind::Blank, take_while1(is_space)));
    let lead = opt(map(lead, |(raw, kind)| Piece { raw, kind }));
    match pair(lead, many0(piece)).parse(input) {
        Ok((_, (lead, pieces))) => lead.into_iter().chain(pieces).collect(),
        Err(_) => Vec::new(),
    }
}

fn piece(i: &[u8]) -> Parsed<'_, Piece<'_>> {
    let blank = value(PieceKind::Blank, pair(take_while1(is_blank), take_while(is_space)));
    let comment = value(PieceKind::Comment, pair(tag("#"), rest));
    let stray = value(PieceKind::Stray, pair(one_of("\r\0"), rest));
    let kind = alt((blank, comment, stray, map(word, PieceKind::Word)));
    map(consumed(kind), |(raw, kind)| Piece { raw, kind }).parse(i)
}

fn word(i: &[u8]) -> Parsed<'_, Vec<Part<'_>>> {
    let bare = |b: u8| !is_blank(b) && !is_end(b) && !matches!(b, b'#' | b'\\' | b'"' | b'\'');
    let one = alt((part(text(bare)), part(escape)));
    fold_many1(alt((map(one, |p| vec![p]), strong, weak)), Vec::new, |mut all, parts| {
        all.extend(parts);
        all
    })
    .parse(i)
}

/// `'…'`: nothing is interpreted.
fn strong(i: &[u8]) -> Parsed<'_, Vec<Part<'_>>> {
    let inner = part(text(|b: u8| b != b'\'' && !is_end(b)));
    quoted(b'\'', map(opt(inner), |p| p.into_iter().collect()), i)
}

/// `"…"`: escapes and variables are interpreted.
fn weak(i: &[u8]) -> Parsed<'_, Vec<Part<'_>>> {
    let plain = text(|b: u8| !is_end(b) && !matches!(b, b'"' | b'\\' | b'$'));
    let dollar = value(PartKind::Byte(b'$'), tag("\\$"));
    let inner = alt((part(plain), part(dollar), part(escape), part(variable)));
    let inner = fold_many0(inner, Vec::new, |mut all: Vec<_>, p| {
        all.push(p);
        all
    });
    quoted(b'"', inner, i)
}

/// A quote, what stands in it and the closing quote. Without the latter the opening quote is the fault.
fn quoted<'a>(
    quote: u8,
    mut inner: impl Parser<&'a [u8], Output = Vec<Part<'a>>, Error = nom::error::Error<&'a [u8]>>,
    i: &'a [u8],
) -> Parsed<'a, Vec<Part<'a>>> {
    let sign = |i| part(value(PartKind::Quote, tag(&[quote][..]))).parse(i);
    let (i, open) = sign(i)?;
    let (i, parts) = inner.parse(i)?;
    let (i, close) = opt(sign).parse(i)?;
    let fault = Part { raw: open.raw, kind: PartKind::Fault(Fault::Quote) };
    let open = if close.is_some() { open } else { fault };
    Ok((i, [open].into_iter().chain(parts).chain(close).collect()))
}

/// `\n`, `\x41`, `\ `, …; a backslash before any other byte stands for itself, a tab and, outside weak quotes, a dollar
/// among them (the manual's matrix says otherwise of these two, the binaries do not).
fn escape(i: &[u8]) -> Parsed<'_, PartKind<'_>> {
    let named = map(one_of("nrt #\"'\\"), |c| match c {
        'n' => PartKind::Byte(b'\n'),
        'r' => PartKind::Byte(b'\r'),
        't' => PartKind::Byte(b'\t'),
        c => PartKind::Byte(c as u8),
    });
    let digits = map(take_while_m_n(2, 2, |b: u8| b.is_ascii_hexdigit()), |d: &[u8]| {
        PartKind::Byte(d.iter().fold(0, |n, b| n * 16 + (*b as char).to_digit(16).unwrap_or(0) as u8))
    });
    let hex = preceded(char('x'), alt((digits, value(PartKind::Fault(Fault::Hex), tag("")))));
    preceded(char('\\'), alt((named, hex, value(PartKind::Text, tag(""))))).parse(i)
}

fn variable(i: &[u8]) -> Parsed<'_, PartKind<'_>> {
    let bare = map(name, |name| PartKind::Variable(Variable { name, default: None, list: false }));
    let bare = alt((bare, value(PartKind::Fault(Fault::Name), tag(""))));
    preceded(char('$'), alt((preceded(char('{'), braced), bare))).parse(i)
}

fn braced(i: &[u8]) -> Parsed<'_, PartKind<'_>> {
    let (i, name) = opt(name).parse(i)?;
    let Some(name) = name else { return Ok((i, PartKind::Fault(Fault::Name))) };
    let (i, bracket) = opt(peek(char('['))).parse(i)?;
    let (i, list) = opt(tag("[*]")).parse(i)?;
    if bracket.is_some() && list.is_none() {
        return Ok((i, PartKind::Fault(Fault::Expansion)));
    }
    let default = preceded(char('-'), take_while(|b| b != b'}' && b != 0));
    let (i, end) = opt(terminated(opt(default), char('}'))).parse(i)?;
    let kind = match end {
        Some(default) => PartKind::Variable(Variable { name, default, list: list.is_some() }),
        None => PartKind::Fault(Fault::Brace),
    };
    Ok((i, kind))
}

/// A variable's name: letters, digits and `_`, not starting with a digit; or a pseudo-variable.
fn name(i: &[u8]) -> Parsed<'_, &[u8]> {
    let tail = |i| take_while(|b: u8| b.is_ascii_alphanumeric() || b == b'_').parse(i);
    let first = take_while_m_n(1, 1, |b: u8| b.is_ascii_alphabetic() || b == b'_');
    let pseudo = nom::combinator::verify(recognize(pair(char('.'), tail)), |n: &[u8]| PSEUDO.contains(&n));
    alt((recognize(pair(first, tail)), pseudo)).parse(i)
}

fn text<'a>(
    is: impl Fn(u8) -> bool,
) -> impl Parser<&'a [u8], Output = PartKind<'a>, Error = nom::error::Error<&'a [u8]>> {
    value(PartKind::Text, take_while1(is))
}

fn part<'a>(
    kind: impl Parser<&'a [u8], Output = PartKind<'a>, Error = nom::error::Error<&'a [u8]>>,
) -> impl Parser<&'a [u8], Output = Part<'a>, Error = nom::error::Error<&'a [u8]>> {
    map(consumed(kind), |(raw, kind)| Part { raw, kind })
}

fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | 0x0b | 0x0c)
}

/// Where a word may start, a carriage return is a blank too.
fn is_space(b: u8) -> bool {
    is_blank(b) || b == b'\r'
}

fn is_end(b: u8) -> bool {
    matches!(b, b'\r' | b'\n' | b'\0')
}
