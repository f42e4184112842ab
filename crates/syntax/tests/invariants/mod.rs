//! What holds of any bytes taken as a configuration file. The fuzz target uses it too.

use source::{Files, Span, render};
use syntax::{Directive, Env, document, parse};

/// Parses and checks; panics where something does not hold.
pub(crate) fn hold(text: &[u8]) {
    let mut files = Files::default();
    let id = files.add("fuzz.cfg", text);
    lossless(text, id);
    let mut world = Env::new(&["global", "defaults", "frontend", "backend", "listen"])
        .var("HOME", "/root")
        .var("LIST", " a  b c ")
        .var("A", "");
    let parsed = parse(&files, &[id], &mut world);
    for section in &parsed.sections {
        line(&files, &section.header);
        section.lines.iter().for_each(|l| line(&files, l));
    }
    parsed.preamble.iter().for_each(|l| line(&files, l));
    for finding in &parsed.diagnostics {
        inside(&files, finding.span.expect("a place"));
        assert!(!finding.message.is_empty());
        assert!(syntax::CODES.iter().any(|(code, _)| *code == finding.code), "{}", finding.code);
        assert!(render::haproxy(finding, &files, 1).starts_with('['));
        assert!(!render::concise(finding, &files).contains('\n'));
        assert!(render::full(finding, &files, false).lines().count() >= 4);
    }
}

/// Tokens tile the text, none is empty, and a newline is where a line feed is.
fn lossless(text: &[u8], id: source::FileId) {
    let doc = document(text, id);
    assert_eq!(doc.print(), text);
    let mut at = 0;
    for token in &doc.tokens {
        assert!(token.span.start == at && token.span.end > at, "{token:?} does not follow {at}");
        at = token.span.end;
    }
    assert_eq!(doc.edited(&[]), text);
    let feeds = text.iter().filter(|b| **b == b'\n').count();
    let newlines = doc.tokens.iter().filter(|t| t.kind == syntax::TokenKind::Newline);
    assert_eq!(newlines.filter(|t| doc.slice(t.span).ends_with(b"\n")).count(), feeds);
}

fn line(files: &Files, directive: &Directive) {
    assert!(!directive.words.is_empty() && directive.words.len() <= 64);
    inside(files, directive.span);
    for word in &directive.words {
        assert!(!word.text.is_empty() && !word.text.contains(&0));
        inside(files, word.span);
        assert!(word.span.start >= directive.span.start && word.span.end <= directive.span.end);
        assert!(word.cooked || files.slice(word.span) == word.text);
    }
}

fn inside(files: &Files, span: Span) {
    assert!(span.start <= span.end && span.end as usize <= files.text(span.file).len() + 1, "{span:?}");
}
