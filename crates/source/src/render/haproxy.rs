//! A finding as HAProxy 3.4 prints it, for whatever reads its output.

use crate::{Diagnostic, Files, Form, Severity, Span};

/// The line, or lines, without a final line feed, that HAProxy process `pid` would print:
/// `[ALERT]    (12345) : config : parsing [haproxy.cfg:12] : 'bind' : …`.
///
/// A finding without a span is printed without a place whatever its form.
pub fn haproxy(diagnostic: &Diagnostic, files: &Files, pid: u32) -> String {
    let head = format!("{} ({pid}) : ", label(diagnostic.severity));
    let message = &diagnostic.message;
    let Some(span) = diagnostic.span else { return format!("{head}config : {message}") };
    let place = files.place(span);
    let at = format!("[{}:{}]", place.file, place.line);
    match diagnostic.form {
        Form::Excerpt => {
            let (text, caret) = excerpt(files, span);
            format!("{head}config : parsing {at}: {message}:\n  {text}\n  {:caret$}^", "")
        }
        Form::Line => format!("{head}config : parsing {at}: {message}"),
        Form::Object => format!("{head}config : {at} : {message}"),
        Form::Parsing => format!("{head}config : parsing {at} : {message}"),
        Form::Plain => format!("{head}config : {message}"),
        Form::Section => format!("{head}config : Parsing {at}: {message}"),
    }
}

/// The name of a severity, padded as HAProxy pads it: `[ALERT]   `.
pub fn label(severity: Severity) -> &'static str {
    match severity {
        Severity::Diag => "[DIAG]    ",
        Severity::Notice => "[NOTICE]  ",
        Severity::Warning => "[WARNING] ",
        Severity::Alert => "[ALERT]   ",
    }
}

/// The text of a line around a place, of at most 80 bytes, and the column of the place in it. Leading blanks go; a place
/// beyond the width is shown in the middle.
fn excerpt(files: &Files, span: Span) -> (String, usize) {
    const WIDTH: usize = 80;
    const BEFORE: usize = 37;
    let place = files.place(span);
    let line = files.line(span.file, place.line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let blanks = line.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let text: String = line.iter().skip(blanks).map(|b| printable(*b)).collect();
    let at = (place.column - 1).saturating_sub(blanks).min(text.len());
    if at < WIDTH {
        return (text.chars().take(WIDTH).collect(), at);
    }
    let window: String = text.chars().skip(at - BEFORE).take(2 * BEFORE).collect();
    (format!("...{window}..."), BEFORE + 3)
}

fn printable(byte: u8) -> char {
    match byte {
        b' '..=b'~' => byte as char,
        b'\t' | b'\r' | 0x0b | 0x0c => ' ',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(form: Form, want: &str) {
        let mut files = Files::default();
        let id = files.add("haproxy.cfg", b"global\n  maxconn x\n");
        let finding = Diagnostic::alert("x", Span::new(id, 17, 18), "text").form(form);
        assert_eq!(haproxy(&finding, &files, 12345), want);
    }

    #[test]
    fn forms() {
        check(Form::Parsing, "[ALERT]    (12345) : config : parsing [haproxy.cfg:2] : text");
        check(Form::Line, "[ALERT]    (12345) : config : parsing [haproxy.cfg:2]: text");
        check(Form::Section, "[ALERT]    (12345) : config : Parsing [haproxy.cfg:2]: text");
        check(Form::Object, "[ALERT]    (12345) : config : [haproxy.cfg:2] : text");
        check(Form::Plain, "[ALERT]    (12345) : config : text");
        check(Form::Excerpt, "[ALERT]    (12345) : config : parsing [haproxy.cfg:2]: text:\n  maxconn x\n          ^");
        let labels = [Severity::Diag, Severity::Notice, Severity::Warning].map(|s| {
            let finding = Diagnostic::global(s, "x", "text");
            haproxy(&finding, &Files::default(), 7)
        });
        let want =
            ["[DIAG]     (7) : config : text", "[NOTICE]   (7) : config : text", "[WARNING]  (7) : config : text"];
        assert_eq!(labels, want);
    }

    /// The line, the offset in it, and what the binaries printed.
    #[test]
    fn excerpts_are_cut_as_haproxy_cuts_them() {
        let a = |n| "a".repeat(n);
        for (line, at, text, caret) in [
            (format!("{}\"x", a(79)), 79, format!("{}\"", a(79)), 79),
            (format!("{}\"x", a(80)), 80, format!("...{}\"x...", a(37)), 40),
            (format!("{}\"{}", a(90), "t".repeat(90)), 90, format!("...{}\"{}...", a(37), "t".repeat(36)), 40),
            (format!("{}m \"x", " ".repeat(100)), 102, "m \"x".into(), 2),
            ("\t\tm\t\x01\x7f\x1b\ra\"".into(), 9, "m ??? a\"".into(), 7),
        ] {
            let mut files = Files::default();
            let id = files.add("a.cfg", line.as_bytes());
            assert_eq!(excerpt(&files, Span::new(id, at, at + 1)), (text, caret), "{line}");
        }
    }
}
