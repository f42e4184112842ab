//! The conditions of `.if` and `.elif`: their grammar and their truth (manual, section 2.4).

mod fault;
mod predicate;

use crate::World;
use crate::lex::{self, PieceKind};
use crate::words::{self, Context};
use fault::{Fault, Problem};
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char, one_of};
use nom::combinator::{map, opt, value};
use nom::multi::{fold_many0, many0};
use nom::sequence::{pair, preceded};
use nom::{IResult, Parser};
use predicate::{Args, PREDICATES, Predicate};
use source::Span;

/// Parentheses may be nested so deep, lest the stack overflow; HAProxy allows a few hundred.
const MAX_DEPTH: usize = 100;

/// The truth of a condition given by itself, as with `-cc`: quotes, escapes and variables are resolved first, `#` is no
/// comment, and the text is one line.
///
/// # Errors
/// What HAProxy says behind `[ALERT] (PID) : ` when it leaves with status 2.
pub fn holds(text: &[u8], world: &dyn World) -> Result<bool, String> {
    let context = Context { span: Span::default(), file: "", line: 0, section: b"" };
    let mut words = Vec::new();
    for piece in lex::line(text) {
        if piece.kind == PieceKind::Comment {
            words.push(piece.raw.to_vec());
            continue;
        }
        let cooking = words::words(&[piece], &context, world);
        if let Some((fault, _)) = cooking.fault {
            return Err(format!("Syntax Error in condition: {}.", fault.title()));
        }
        words.extend(cooking.words.into_iter().map(|cooked| cooked.word.text));
    }
    truth(&words.join(&b' '), world).map_err(|problem| format!("Failed to evaluate condition: {}", problem.message))
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
        return Err(nom::Err::Failure(Fault::Argument { predicate, arg: args.get(0).to_vec(), at: i }));
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
            "!awslc_api_atleast(35.0.0)",
            "!awslc_api_before(26.0.0)",
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
    fn the_condition_of_a_command_line() {
        let world = Env::new(&[]).var("HOME", "/root");
        let holds = |text: &str| holds(text.as_bytes(), &world);
        let refused = |why: &str| Err(format!("Failed to evaluate condition: {why}"));
        assert_eq!(holds(r#" streq("$HOME", "/root") || "1" "#), Ok(true));
        assert_eq!(holds("streq($HOME,/root)"), Ok(false));
        assert_eq!(holds(""), Ok(false));
        assert_eq!(holds("true"), refused("unparsable conditional expression 'true'"));
        assert_eq!(holds("1 # c"), refused("unexpected character '#' at the end of conditional expression '1 # c'"));
        for (call, arg) in
            [("openssl_version_atleast", "3.0"), ("openssl_version_before", "1.1"), ("awslc_api_atleast", "22")]
        {
            let why = format!("invalid argument to conditional expression predicate '{call}': '{arg}'");
            assert_eq!(holds(&format!("{call}({arg})")), refused(&why));
        }
        assert_eq!(holds("streq(\"a"), Err("Syntax Error in condition: Unmatched quote.".into()));
        let hex = "Syntax Error in condition: Truncated or invalid hexadecimal sequence.";
        assert_eq!(holds("a\\x4"), Err(hex.into()));
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
