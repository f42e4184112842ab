//! Whatever is written, parsing ends, and whatever parses can be evaluated.

use crate::support;
use sample::{Cx, Expr, Format, Parse, Places, VarNames, convert, fetch, format::Usage};
use source::{Diagnostics, Span};

/// A small generator of numbers that are always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    /// A text of random pieces of the language.
    fn text(&mut self, names: &[&str]) -> String {
        const PIECES: &[&str] = &[
            "(",
            ")",
            ",",
            "()",
            "(a)",
            "(1)",
            "(-1)",
            "(txn.a)",
            "(0,1)",
            "('",
            "\"",
            "\\",
            " ",
            "%",
            "%[",
            "]",
            "{+Q}",
            "%(k)",
            "%{+json}o",
            "%ci",
            "%B",
            "(/,\\1,g)",
            "(9223372036854775807)",
            "(\u{ff})",
            "%{+cbor,+E}",
        ];
        let count = 1 + self.below(7);
        let piece = |dice: &mut Dice| match dice.below(2) {
            0 => names[dice.below(names.len())],
            _ => PIECES[dice.below(PIECES.len())],
        };
        (0..count).map(|_| piece(self)).collect()
    }
}

#[test]
fn nothing_panics() {
    let names: Vec<&str> = fetch::names().chain(convert::names()).collect();
    let (mut dice, mut vars) = (Dice(0x9e37_79b9_7f4a_7c15), VarNames::default());
    let mut stream = support::stream();
    assert!(support::request(&mut stream, b"GET /a?b=1 HTTP/1.1\r\nHost: h\r\nX: 1, 2\r\n\r\n"));
    let mut evaluated = 0;
    for _ in 0..3000 {
        let text = dice.text(&names);
        let mut diagnostics = Diagnostics::default();
        let mut cx = Parse { diagnostics: &mut diagnostics, vars: &mut vars, places: Places::ALL };
        let expr = Expr::parse(text.as_bytes(), Span::default(), &mut cx);
        let format = Format::parse_as(Usage::Log, text.as_bytes(), Span::default(), &mut cx);
        for place in [Places::FE_REQ_CONTENT, Places::BE_HTTP_RES, Places::LOG] {
            let cx = Cx { stream: &stream, env: &support::Process, place };
            evaluated += expr.iter().filter(|expr| expr.eval(&cx).is_ok()).count();
            let mut out = Vec::new();
            format.iter().for_each(|format| format.render(&cx, &mut out));
        }
    }
    assert!(evaluated > 100, "only {evaluated} values came out");
}
