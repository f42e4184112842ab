//! Files to sections: lines are cooked, blocks decide which of them are in force (manual, sections 2.1 and 2.4).

use crate::block::Blocks;
use crate::document::{Lines, Physical};
use crate::words::{self, Context, Cooked};
use crate::{Directive, Parsed, Section, World, condition, lex};
use source::{Diagnostic, FileId, Files, Form, Severity, Span, Word};

/// A line may have so many words, its keyword included.
const MAX_WORDS: usize = 64;

/// Parses files in this order, as one configuration. Each must start on a section of its own.
pub fn parse(files: &Files, ids: &[FileId], world: &mut dyn World) -> Parsed {
    let mut reader = Reader { world, out: Parsed::default(), blocks: Blocks::default(), open: false };
    for id in ids {
        reader.file(files, *id);
    }
    reader.out
}

struct Reader<'a> {
    world: &'a mut dyn World,
    out: Parsed,
    blocks: Blocks,
    /// Whether the last section is still open.
    open: bool,
}

impl Reader<'_> {
    fn file(&mut self, files: &Files, id: FileId) {
        self.open = false;
        let mut last = Span::new(id, 0, 0);
        for (number, line) in Lines::new(files.text(id)).enumerate() {
            last = Span::new(id, line.start, line.start + line.body.len());
            self.line(&line, last, files.name(id), number + 1);
        }
        if self.blocks.is_open() {
            let help = "close each '.if' with a '.endif' in the same file";
            self.alert("non-terminated-if", last, "non-terminated '.if' block.", help);
        }
        self.blocks = Blocks::default();
    }

    fn line(&mut self, line: &Physical<'_>, span: Span, file: &str, number: usize) {
        let pieces = lex::line(line.body);
        let section = self.out.sections.last().filter(|_| self.open);
        let section = section.map_or(&b""[..], |section| section.name().bytes());
        let context = Context { span, file, line: number, section };
        let cooking = words::words(&pieces, &context, self.world);
        let faulty = cooking.fault.is_some();
        let findings = cooking.fault.map(|(_, finding)| finding).into_iter().chain(cooking.findings);
        findings.for_each(|finding| self.out.diagnostics.push(finding));
        let words = self.limit(cooking.words);
        match words.first() {
            Some(first) if first.word.text.starts_with(b".") => self.directive(words, faulty),
            Some(_) if self.blocks.in_force() => self.statement(words, faulty, span),
            _ => {}
        }
        if !line.terminated {
            self.missing_feed(span);
        }
    }

    fn limit(&mut self, mut words: Vec<Cooked>) -> Vec<Cooked> {
        if words.len() > MAX_WORDS {
            words.truncate(MAX_WORDS);
            let last = words.last().map(|c| c.word.clone()).unwrap_or_default();
            // HAProxy counts in the cooked words, one byte apart.
            let at = words.iter().map(|c| c.word.text.len() + 1).sum::<usize>() - last.text.len();
            let message =
                format!("too many words, truncating after word {MAX_WORDS}, position {at}: <{}>.", last.show());
            self.alert("too-many-words", last.span, message, "split the line: a line takes 64 words");
        }
        words
    }

    fn missing_feed(&mut self, span: Span) {
        let at = Span { start: span.end, ..span };
        let position = span.end - span.start + 1;
        let message = format!("Missing LF on last line, file might have been truncated at position {position}.");
        self.alert("missing-final-newline", at, message, "end the last line with a line feed");
    }

    /// A line that starts with a dot. One whose text is faulty still opens or closes a block, so that the lines behind it
    /// make sense; its condition is false.
    fn directive(&mut self, words: Vec<Cooked>, faulty: bool) {
        let words: Vec<Word> = words.into_iter().map(|cooked| cooked.word).collect();
        let Some((name, args)) = words.split_first() else { return };
        let done = match name.bytes() {
            b".if" => {
                let truth = self.blocks.in_force() && !faulty && self.truth(name, args);
                self.blocks.enter(truth)
            }
            b".elif" => {
                let truth = self.blocks.asks() && !faulty && self.truth(name, args);
                self.blocks.branch(truth)
            }
            b".else" => {
                self.bare(name, args);
                self.blocks.otherwise()
            }
            b".endif" => {
                self.bare(name, args);
                self.blocks.leave()
            }
            _ if faulty || !self.blocks.in_force() => Ok(()),
            _ => {
                self.message(name, args);
                Ok(())
            }
        };
        if let Err(message) = done.or_else(|message| if faulty { Ok(()) } else { Err(message) }) {
            let help = "a block is .if, any number of .elif, at most one .else, then .endif";
            self.alert("bad-block", name.span, message, help);
        }
    }

    /// A directive that says something, or that does not exist.
    fn message(&mut self, name: &Word, args: &[Word]) {
        match name.bytes() {
            b".diag" => self.say(Severity::Diag, "diag-directive", name, args),
            b".notice" => self.say(Severity::Notice, "notice-directive", name, args),
            b".warning" => self.say(Severity::Warning, "warning-directive", name, args),
            b".alert" => self.say(Severity::Alert, "alert-directive", name, args),
            _ => {
                let message = format!("unknown directive '{}'.", name.show());
                let help = "one of .if, .elif, .else, .endif, .diag, .notice, .warning, .alert";
                self.alert("unknown-directive", name.span, message, help);
            }
        }
    }

    /// The truth of a condition; false where it cannot be read.
    fn truth(&mut self, name: &Word, args: &[Word]) -> bool {
        let text = args.iter().map(Word::bytes).collect::<Vec<_>>().join(&b' ');
        let problem = match condition::truth(&text, self.world) {
            Ok(truth) => return truth,
            Err(problem) => problem,
        };
        let span = locate(args, problem.at).unwrap_or(name.span);
        let message = format!("{} in '{}' at position {}", problem.message, name.show(), problem.at + 1);
        let finding = Diagnostic::alert("bad-condition", span, message).help(problem.help).form(Form::Excerpt);
        self.out.diagnostics.push(finding);
        false
    }

    /// `.else` and `.endif` take no argument.
    fn bare(&mut self, name: &Word, args: &[Word]) {
        if let Some(arg) = args.first().filter(|arg| !arg.bytes().is_empty()) {
            let message = format!("Unexpected argument '{}' for '{}'.", arg.show(), name.show());
            self.alert("unexpected-argument", arg.span, message, "remove it, or put it behind a '#'");
        }
    }

    /// `.notice "text"` and its sisters.
    fn say(&mut self, severity: Severity, code: &'static str, name: &Word, args: &[Word]) {
        let text = args.first().map(Word::show).unwrap_or_default();
        if let Some(extra) = args.get(1).filter(|arg| !arg.bytes().is_empty()) {
            let (extra_text, name) = (extra.show(), name.show());
            let message = format!(
                "Unexpected argument '{extra_text}' for '{name}'. Use quotes if the message should contain spaces."
            );
            return self.alert("unexpected-argument", extra.span, message, "put the message in double quotes");
        }
        let finding = Diagnostic::new(severity, code, name.span, format!("'{text}'.")).form(Form::Line);
        self.out.diagnostics.push(finding);
    }

    /// A line in force that is no directive. Of a line whose text is faulty only a section's opening is kept, so that
    /// the lines behind it have their place.
    fn statement(&mut self, words: Vec<Cooked>, faulty: bool, line: Span) {
        let Some(first) = words.first() else { return };
        if first.word.bytes().is_empty() {
            let help = "remove the line, or the empty word in front";
            let message = "a line whose first word is empty is not read";
            let finding = Diagnostic::new(Severity::Diag, "empty-first-word", first.word.span, message);
            return self.out.diagnostics.push(finding.help(help).form(Form::Line));
        }
        let opens = self.world.is_section(first.word.bytes());
        let empty = words.iter().position(|cooked| cooked.word.bytes().is_empty());
        if let Some(n) = empty {
            self.empty_argument(n, words.get(n).map_or(first.blame, |cooked| cooked.blame), line);
        }
        if (faulty || empty.is_some()) && !opens {
            return;
        }
        let words: Vec<Word> = words.into_iter().take(empty.unwrap_or(MAX_WORDS)).map(|cooked| cooked.word).collect();
        let (Some(from), Some(to)) = (words.first(), words.last()) else { return };
        let span = from.span.to(to.span);
        self.in_force(Directive { words, span }, opens);
    }

    fn in_force(&mut self, line: Directive, opens: bool) {
        if opens {
            self.open = true;
            self.out.sections.push(Section { header: line, lines: Vec::new() });
            return;
        }
        if !self.open {
            let message = format!("unknown keyword '{}' out of section.", line.keyword().show());
            let help = "start each file with a section, such as 'global' or 'frontend NAME'";
            self.alert("out-of-section", line.keyword().span, message, help);
            return self.out.preamble.push(line);
        }
        if let Some(section) = self.out.sections.last_mut() {
            self.world.seen(&section.header, &line);
            section.lines.push(line);
        }
    }

    fn empty_argument(&mut self, n: usize, blame: Span, line: Span) {
        let at = words::position(line, blame);
        let message = format!("argument number {n} at position {at} is empty and marks the end of the argument list");
        let help = "remove the empty argument, or give the variable a value or a default: \"${NAME-DEFAULT}\"; \
                    \"${NAME[*]}\" of an empty variable leaves no argument";
        let finding = Diagnostic::alert("empty-argument", blame, message).help(help).form(Form::Excerpt);
        self.out.diagnostics.push(finding);
    }

    fn alert(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: &str) {
        self.out.diagnostics.push(Diagnostic::alert(code, span, message).help(help).form(Form::Line));
    }
}

/// Where an offset of the arguments, joined by single blanks, stands in the file.
fn locate(args: &[Word], mut at: usize) -> Option<Span> {
    for word in args {
        if at < word.text.len() {
            let start = word.span.start + at as u32;
            return Some(if word.cooked { word.span } else { Span { start, end: start + 1, ..word.span } });
        }
        at -= word.text.len();
        if at == 0 {
            return Some(Span { start: word.span.end, ..word.span });
        }
        at -= 1;
    }
    args.last().map(|word| Span { start: word.span.end, ..word.span })
}
