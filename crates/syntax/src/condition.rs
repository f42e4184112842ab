//! The conditions of `.if` and `.elif`: their grammar and their truth (manual, section 2.4).

use crate::World;
use crate::version;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char, one_of};
use nom::combinator::{map, opt, value};
use nom::error::{ErrorKind, ParseError};
use nom::multi::{fold_many0, many0};
use nom::sequence::{pair, preceded};
use nom::{IResult, Parser};

/// Parentheses may be nested so deep, lest the stack overflow; HAProxy allows a few hundred.
const MAX_DEPTH: usize = 100;

/// What is wrong with a condition; `at` is an offset in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) at: usize,
    pub(crate) message: String,
    pub(crate) help: &'static str,
}

/// The truth of a condition; the empty one is false.
pub(crate) fn truth(text: &[u8], world: &dyn World) -> Result<bool, Problem> {
    if text.is_empty() {
        return Ok(false);
    }
    match any_of(text, 0) {
        Ok(([], expr)) => Ok(expr.truth(world)),
        Ok((rest, _)) => Err(Fault::Trailing(rest).problem(text)),
        Err(nom::Err::Error(fault) | nom::Err::Failure(fault)) => Err(fault.problem(text)),
        Err(nom::Err::Incomplete(_)) => Err(Fault::Unparsable { from: text, at: text }.problem(text)),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Expr {
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Call(&'static Predicate, Args),
    Literal(bool),
    Not(Box<Expr>),
}

impl Expr {
    fn truth(&self, world: &dyn World) -> bool {
        match self {
            Expr::All(terms) => terms.iter().all(|t| t.truth(world)),
            Expr::Any(terms) => terms.iter().any(|t| t.truth(world)),
            Expr::Call(predicate, args) => (predicate.truth)(world, args),
            Expr::Literal(truth) => *truth,
            Expr::Not(term) => !term.truth(world),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Args(Vec<Vec<u8>>);

impl Args {
    /// An argument; one that is not there is empty.
    fn get(&self, n: usize) -> &[u8] {
        self.0.get(n).map_or(&[], Vec::as_slice)
    }
}

/// A predicate: how many arguments it needs, what they must look like, and what it says of them.
struct Predicate {
    name: &'static str,
    args: usize,
    check: fn(&[u8]) -> bool,
    truth: fn(&dyn World, &Args) -> bool,
}

const PREDICATES: &[Predicate] = &[
    row("awslc_api_atleast", 1, is_number, |w, args| w.awslc_api() >= number(args.get(0)) && w.awslc_api().is_some()),
    row("awslc_api_before", 1, is_number, |w, args| w.awslc_api() < number(args.get(0)) && w.awslc_api().is_some()),
    row("defined", 1, any, |w, args| text(args.get(0)).is_some_and(|name| w.env(name).is_some())),
    row("enabled", 1, any, |w, args| text(args.get(0)).is_some_and(|name| w.enabled(name))),
    row("feature", 1, any, |w, args| text(args.get(0)).is_some_and(|name| w.feature(name))),
    row("openssl_version_atleast", 1, is_openssl, |w, args| ssl_version(w) >= version::openssl(args.get(0))),
    row("openssl_version_before", 1, is_openssl, |w, args| ssl_version(w) < version::openssl(args.get(0))),
    row("ssllib_name_startswith", 1, any, |w, args| w.ssl_library().as_bytes().starts_with(args.get(0))),
    row("streq", 2, any, |_, args| args.get(0) == args.get(1)),
    row("strneq", 2, any, |_, args| args.get(0) != args.get(1)),
    row("strstr", 2, any, |_, args| contains(args.get(0), args.get(1))),
    row("version_atleast", 1, any, |w, args| version::haproxy(w.version().as_bytes()) >= version::haproxy(args.get(0))),
    row("version_before", 1, any, |w, args| version::haproxy(w.version().as_bytes()) < version::haproxy(args.get(0))),
];

const fn row(
    name: &'static str,
    args: usize,
    check: fn(&[u8]) -> bool,
    truth: fn(&dyn World, &Args) -> bool,
) -> Predicate {
    Predicate { name, args, check, truth }
}

impl std::fmt::Debug for Predicate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Predicate {
    fn eq(&self, other: &Predicate) -> bool {
        self.name == other.name
    }
}

impl Eq for Predicate {}

/// A fault holds the rest of the text where it stands; the offset follows from its length.
#[derive(Debug)]
enum Fault<'a> {
    Argument { predicate: &'static Predicate, at: &'a [u8] },
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
    fn problem(&self, text: &[u8]) -> Problem {
        let (at, message, help) = match self {
            Fault::Argument { predicate, at } => (
                at,
                format!(
                    "invalid version in argument 1 of predicate '{}' used in conditional expression",
                    predicate.name
                ),
                "write three numbers, such as 3.0.0, or one for an API number",
            ),
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

type Parsed<'a, T> = IResult<&'a [u8], T, Fault<'a>>;

fn any_of(i: &[u8], depth: usize) -> Parsed<'_, Expr> {
    chain("||", |i| all_of(i, depth), Expr::Any, |start, _| start).parse(i)
}

fn all_of(i: &[u8], depth: usize) -> Parsed<'_, Expr> {
    chain("&&", |i| term(i, depth), Expr::All, |_, operator| operator).parse(i)
}

/// Terms joined by an operator. `blame` says which text is quoted when nothing stands behind the operator.
fn chain<'a>(
    operator: &'static str,
    term: impl Fn(&'a [u8]) -> Parsed<'a, Expr>,
    join: fn(Vec<Expr>) -> Expr,
    blame: fn(&'a [u8], &'a [u8]) -> &'a [u8],
) -> impl FnMut(&'a [u8]) -> Parsed<'a, Expr> {
    move |start| {
        let (mut i, first) = term(start)?;
        let mut terms = vec![first];
        loop {
            let (at, _) = blanks(i)?;
            let Ok((behind, _)) = tag::<_, _, Fault<'a>>(operator).parse(at) else { break };
            let (behind, _) = blanks(behind)?;
            if behind.is_empty() {
                return Err(nom::Err::Failure(Fault::Unparsable { from: blame(start, at), at }));
            }
            let (rest, next) = term(behind)?;
            terms.push(next);
            i = rest;
        }
        let (i, _) = blanks(i)?;
        Ok((i, if terms.len() == 1 { terms.swap_remove(0) } else { join(terms) }))
    }
}

fn term(i: &[u8], depth: usize) -> Parsed<'_, Expr> {
    let (behind, _) = blanks(i)?;
    let (at, bangs) = many0(pair(char('!'), blanks)).parse(behind)?;
    let found = alt((integer, call)).parse(at);
    let (rest, expr) = match found {
        Err(nom::Err::Error(_)) if at.starts_with(b"(") => group(at, depth)?,
        Err(nom::Err::Error(_)) => return Err(nom::Err::Failure(Fault::Unparsable { from: behind, at: behind })),
        found => found?,
    };
    Ok((rest, if bangs.len() % 2 == 1 { Expr::Not(Box::new(expr)) } else { expr }))
}

fn group(at: &[u8], depth: usize) -> Parsed<'_, Expr> {
    if depth >= MAX_DEPTH {
        return Err(nom::Err::Failure(Fault::Deep { at }));
    }
    let (inside, _) = blanks(at.get(1..).unwrap_or(&[]))?;
    if inside.is_empty() {
        return Err(nom::Err::Failure(Fault::Unparsable { from: at, at }));
    }
    let (i, expr) = any_of(inside, depth + 1)?;
    match char::<_, Fault<'_>>(')').parse(i) {
        Ok((i, _)) => Ok((i, expr)),
        Err(_) => Err(nom::Err::Failure(Fault::Paren { at })),
    }
}

/// An integer as C reads it, `0x` for hexadecimal; only whether it is zero matters.
fn integer(i: &[u8]) -> Parsed<'_, Expr> {
    let digits = |set: fn(&u8) -> bool| {
        map(take_while1(move |b| set(&b)), |digits: &[u8]| Expr::Literal(digits.iter().any(|b| *b != b'0')))
    };
    let hex = preceded(alt((tag("0x"), tag("0X"))), digits(u8::is_ascii_hexdigit));
    preceded(opt(one_of("+-")), alt((hex, digits(u8::is_ascii_digit)))).parse(i)
}

fn call(i: &[u8]) -> Parsed<'_, Expr> {
    let (rest, name) = take_while1(|b: u8| b.is_ascii_alphanumeric() || b == b'_').parse(i)?;
    let Some(predicate) = PREDICATES.iter().find(|p| p.name.as_bytes() == name) else {
        return Err(nom::Err::Error(Fault::Unparsable { from: i, at: i }));
    };
    let (rest, args) = match rest.strip_prefix(b"(") {
        Some(inside) => arguments(inside, predicate)?,
        // A single argument may be left out, as if it were empty.
        None if !matches!(rest.first(), None | Some(b' ')) => {
            return Err(nom::Err::Error(Fault::Unparsable { from: i, at: i }));
        }
        None if predicate.args > 1 => return Err(nom::Err::Failure(Fault::Missing { predicate, got: 1, at: rest })),
        None => (rest, Args(Vec::new())),
    };
    if !(predicate.check)(args.get(0)) {
        return Err(nom::Err::Failure(Fault::Argument { predicate, at: i }));
    }
    Ok((rest, Expr::Call(predicate, args)))
}

/// Arguments up to and with the closing parenthesis.
fn arguments<'a>(mut i: &'a [u8], predicate: &'static Predicate) -> Parsed<'a, Args> {
    let mut args = Args(Vec::new());
    loop {
        let (rest, arg) = argument(i)?;
        args.0.push(arg);
        let more = args.0.len() < predicate.args;
        i = match rest.first() {
            Some(b',') if more => rest.get(1..).unwrap_or(&[]),
            _ if more => return Err(nom::Err::Failure(Fault::Missing { predicate, got: args.0.len(), at: rest })),
            Some(b')') => return Ok((rest.get(1..).unwrap_or(&[]), args)),
            _ => return Err(nom::Err::Failure(Fault::Extra { predicate, at: rest })),
        };
    }
}

/// One argument: quotes and escapes are resolved a second time (manual, section 2.2), all but `\#`, `\$` and `\xNN`.
fn argument(i: &[u8]) -> Parsed<'_, Vec<u8>> {
    let some = |stop: &'static [u8]| map(take_while1(move |b| !stop.contains(&b)), <[u8]>::to_vec);
    let many = |stop: &'static [u8]| map(take_while(move |b| !stop.contains(&b)), <[u8]>::to_vec);
    let escape = || map(preceded(char('\\'), alt((escaped, value(b'\\', tag(""))))), |b| vec![b]);
    let join = |mut all: Vec<u8>, more: Vec<u8>| {
        all.extend(more);
        all
    };
    let weak = fold_many0(alt((some(b"\"\\"), escape())), Vec::new, join);
    let strong = (char('\''), many(b"'"), opt(char('\'')));
    let weak = (char('"'), weak, opt(char('"')));
    let quoted = alt((map(strong, |(_, text, _)| text), map(weak, |(_, text, _)| text)));
    fold_many0(alt((some(b",)\"'\\"), escape(), quoted)), Vec::new, join).parse(i)
}

fn escaped(i: &[u8]) -> Parsed<'_, u8> {
    map(one_of("nrt \"'\\"), |c| match c {
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        c => c as u8,
    })
    .parse(i)
}

fn blanks(i: &[u8]) -> Parsed<'_, &[u8]> {
    take_while(|b| b == b' ').parse(i)
}

fn any(_: &[u8]) -> bool {
    true
}

fn is_number(arg: &[u8]) -> bool {
    number(arg).is_some()
}

fn is_openssl(arg: &[u8]) -> bool {
    version::openssl(arg).is_some()
}

fn number(arg: &[u8]) -> Option<u32> {
    text(arg)?.parse().ok()
}

fn ssl_version(world: &dyn World) -> Option<version::Version> {
    world.ssl_library().split_whitespace().find_map(|word| version::openssl(word.as_bytes()))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    part.is_empty() || text.windows(part.len()).any(|window| window == part)
}

fn text(arg: &[u8]) -> Option<&str> {
    std::str::from_utf8(arg).ok()
}

fn show(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Env;

    fn check(text: &str, want: bool) {
        let mut world = Env::new(&[]).var("HOME", "/root").var("EMPTY", "");
        world.features.insert("OPENSSL".into());
        world.enabled.insert("EPOLL".into());
        world.ssl_library = "OpenSSL 3.0.20 7 Apr 2026".into();
        assert_eq!(truth(text.as_bytes(), &world), Ok(want), "{text}");
    }

    #[test]
    fn conditions_that_hold() {
        for text in [
            "1",
            "-1",
            "+1",
            "010",
            "0x1",
            "99999999999999999999",
            "!0",
            "! 0",
            "!!1",
            "1 && 1",
            "1&&1",
            "1||0",
            "0 && 0 || 1",
            "!0 && (1 || 0)",
            "((0) || !(0))&&1",
            "defined(HOME)",
            "defined(EMPTY)",
            "!defined( HOME )",
            "feature(OPENSSL)",
            "!feature(openssl)",
            "enabled(EPOLL)",
            "!enabled(FOO)",
            "streq(a,a) || 0",
            "streq(,)",
            "strneq(a,)",
            "strstr(abc,b)",
            "strstr(abc,)",
            "version_atleast(3.4)",
            "version_atleast(2.4-dev19)",
            "version_atleast()",
            "version_atleast",
            "version_atleast(abc)",
            "version_before(3.4.1)",
            "version_before(4)",
            "openssl_version_atleast(3.0.0)",
            "openssl_version_before(3.5.0)",
            "ssllib_name_startswith(OpenSSL)",
            "!awslc_api_atleast(35)",
            "!awslc_api_before(26)",
            r#"streq("a)b",'a)b')"#,
            r#"streq("a\"b",a\"b)"#,
            "streq(a b,a b)",
        ] {
            check(text, true);
        }
    }

    #[test]
    fn conditions_that_do_not_hold() {
        for text in ["", "0", "00", "0x0", "!1", "1 && 0", "1 &&0", "defined()", "defined", "streq(a, a)", "defined(X)"]
        {
            check(text, false);
        }
    }

    #[test]
    fn faults_are_worded_and_placed_as_haproxy_does() {
        let string = "type 'string' expected in argument 1 of predicate 'streq' used in conditional expression";
        for (text, at, message) in [
            ("foo", 1, "unparsable conditional expression 'foo'"),
            ("1 x", 3, "unexpected character 'x' at the end of conditional expression '1 x'"),
            ("1a", 2, "unexpected character 'a' at the end of conditional expression '1a'"),
            ("0x", 2, "unexpected character 'x' at the end of conditional expression '0x'"),
            ("1 &", 3, "unexpected character '&' at the end of conditional expression '1 &'"),
            ("defined&&1", 1, "unparsable conditional expression 'defined&&1'"),
            ("1 && (", 6, "unparsable conditional expression '('"),
            ("(defined)", 2, "unparsable conditional expression 'defined)'"),
            ("(1)2", 4, "unexpected character '2' at the end of conditional expression '(1)2'"),
            ("0 && foo", 6, "unparsable conditional expression 'foo'"),
            ("1 || foo", 6, "unparsable conditional expression 'foo'"),
            ("!defined(X) || (1 && bad)", 22, "unparsable conditional expression 'bad)'"),
            ("1 && ", 3, "unparsable conditional expression '&& '"),
            ("1 ||", 3, "unparsable conditional expression '1 ||'"),
            ("!", 1, "unparsable conditional expression '!'"),
            ("1 && ! !foo", 6, "unparsable conditional expression '! !foo'"),
            ("!(foo)", 3, "unparsable conditional expression 'foo)'"),
            (")", 1, "unparsable conditional expression ')'"),
            ("-", 1, "unparsable conditional expression '-'"),
            ("(1 x)", 1, "expected ')' after conditional expression '(1 x)'"),
            ("streq(a)", 8, &format!("missing arguments (got 1/2), {string}")),
            ("streq()", 7, &format!("missing arguments (got 1/2), {string}")),
            ("streq(", 7, &format!("missing arguments (got 1/2), {string}")),
            ("streq", 6, &format!("missing arguments (got 1/2), {string}")),
            ("streq(\"a,a)", 12, &format!("missing arguments (got 1/2), {string}")),
            (
                "streq(a,b,c)",
                10,
                "expected ')' before ',c)' in argument 1 of predicate 'streq' used in conditional expression",
            ),
            ("defined(HOME", 13, "expected ')' in argument 1 of predicate 'defined' used in conditional expression"),
        ] {
            let found = truth(text.as_bytes(), &Env::new(&[])).expect_err(text);
            assert_eq!((found.at + 1, found.message.as_str()), (at, message), "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |n: usize| "(".repeat(n) + "1" + &")".repeat(n);
        check(&nested(MAX_DEPTH), true);
        let deep = truth(nested(MAX_DEPTH + 1).as_bytes(), &Env::new(&[])).expect_err("too deep");
        assert!(deep.message.starts_with("unparsable conditional sub-expression"), "{}", deep.message);
        check(&("!".repeat(100_000) + "1"), true);
    }
}
