//! A finding for a person: rule, place, source, remedy; and the same in one line for editors and tools.

use super::excerpt::{Excerpt, excerpt, safe};
use crate::{Diagnostic, Files, Severity, Span};
use std::fmt::Write;

/// `file:line:column: severity[rule]: message`, in one line.
pub fn concise(diagnostic: &Diagnostic, files: &Files) -> String {
    let place = diagnostic.span.map_or_else(String::new, |span| format!("{}: ", at(files, span)));
    let message = shown(&diagnostic.message).replace('\n', " ");
    format!("{place}{}[{}]: {message}", name(diagnostic.severity), diagnostic.code)
}

/// The finding over several lines, with the source under it and a final line feed:
///
/// ```text
/// error[unmatched-quote]: unmatched quote at position 15
///   --> haproxy.cfg:3:15
///    |
///  3 |   .notice unterm"inated
///    |                 ^
///    = help: close the quote, or put a backslash before it
/// ```
pub fn full(diagnostic: &Diagnostic, files: &Files, color: bool) -> String {
    let paint = Paint { color };
    let severity = name(diagnostic.severity);
    let tone = tone(diagnostic.severity);
    let title = paint.tone(tone, &format!("{severity}[{}]", diagnostic.code));
    let mut out = format!("{title}: {}\n", paint.tone("1", &shown(&diagnostic.message)));
    let main = diagnostic.span.iter().map(|span| (*span, "", tone, '^'));
    let related = diagnostic.related.iter().map(|(span, text)| (*span, text.as_str(), "1;34", '-'));
    let spots: Vec<_> = main.chain(related).collect();
    let gutter = spots.iter().map(|(span, ..)| files.place(*span).line.to_string().len()).max().unwrap_or(1);
    for (span, text, tone, mark) in spots {
        let arrow = if mark == '^' { "-->" } else { ":::" };
        let _ = writeln!(out, "{:gutter$} {} {}", "", paint.tone("1;34", arrow), at(files, span));
        source(&mut out, &excerpt(files, span), gutter, &paint, &paint.tone(tone, &underline(files, span, mark, text)));
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(out, "{:gutter$} {} help: {}", "", paint.tone("1;34", " ="), shown(help));
    }
    out
}

fn source(out: &mut String, excerpt: &Excerpt, gutter: usize, paint: &Paint, underline: &str) {
    let bar = paint.tone("1;34", "|");
    let number = paint.tone("1;34", &format!("{:>gutter$}", excerpt.line));
    let _ = writeln!(out, " {:gutter$} {bar}", "");
    let _ = writeln!(out, " {number} {bar} {}", excerpt.text);
    let _ = writeln!(out, " {:gutter$} {bar} {:start$}{underline}", "", "", start = excerpt.start);
}

fn underline(files: &Files, span: Span, mark: char, text: &str) -> String {
    let marks = mark.to_string().repeat(excerpt(files, span).width);
    if text.is_empty() { marks } else { format!("{marks} {}", shown(text)) }
}

fn at(files: &Files, span: Span) -> String {
    let place = files.place(span);
    format!("{}:{}:{}", place.file, place.line, place.column)
}

fn name(severity: Severity) -> &'static str {
    match severity {
        Severity::Diag | Severity::Notice => "info",
        Severity::Warning => "warning",
        Severity::Alert => "error",
    }
}

/// The colour of a severity, as the parameters of the terminal's `SGR` sequence.
fn tone(severity: Severity) -> &'static str {
    match severity {
        Severity::Diag => "1;34",
        Severity::Notice => "1;36",
        Severity::Warning => "1;33",
        Severity::Alert => "1;31",
    }
}

fn shown(text: &str) -> String {
    text.chars().map(safe).collect()
}

struct Paint {
    color: bool,
}

impl Paint {
    fn tone(&self, tone: &str, text: &str) -> String {
        if self.color { format!("\x1b[{tone}m{text}\x1b[0m") } else { text.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(files: &mut Files) -> Diagnostic {
        let id = files.add("haproxy.cfg", b"global\n  daemon\n  maxconn \x1bx # why\n");
        Diagnostic::alert("bad-integer", Span::new(id, 26, 28), "'maxconn' is no \x1b integer")
            .help("write a number")
            .related(Span::new(id, 9, 15), "first \x1bsaid here")
    }

    #[test]
    fn in_full() {
        let mut files = Files::default();
        let finding = finding(&mut files);
        let want = "\
error[bad-integer]: 'maxconn' is no \u{fffd} integer
  --> haproxy.cfg:3:11
   |
 3 |   maxconn \u{fffd}x # why
   |           ^^
  ::: haproxy.cfg:2:3
   |
 2 |   daemon
   |   ------ first \u{fffd}said here
   = help: write a number
";
        assert_eq!(full(&finding, &files, false), want);
    }

    #[test]
    fn colour_adds_nothing_but_colour() {
        let mut files = Files::default();
        let finding = finding(&mut files);
        let painted = full(&finding, &files, true);
        assert!(painted.starts_with("\x1b[1;31merror[bad-integer]\x1b[0m: "));
        let codes = ["\x1b[1;31m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"];
        let plain = codes.iter().fold(painted, |text, code| text.replace(code, ""));
        assert_eq!(plain, full(&finding, &files, false));
    }

    #[test]
    fn in_one_line() {
        let mut files = Files::default();
        let finding = finding(&mut files);
        let want = "haproxy.cfg:3:11: error[bad-integer]: 'maxconn' is no \u{fffd} integer";
        assert_eq!(concise(&finding, &files), want);
        let global = Diagnostic::global(Severity::Notice, "x", "two\nlines");
        assert_eq!(concise(&global, &files), "info[x]: two lines");
        assert_eq!(full(&global, &files, false), "info[x]: two\nlines\n");
    }
}
