//! The lines of the global section.

use crate::{
    draft::GlobalDraft,
    keyword::GLOBAL,
    line::{Cx, Line, Polarity, not_obeyed, not_supported},
    row::{Found, Support},
    section::proxy,
};
use source::{Diagnostic, Word};
use syntax::Directive;

pub fn line(cx: &mut Cx<'_>, directive: &Directive, draft: &mut GlobalDraft) {
    let (polarity, words) = match directive.words.as_slice() {
        [first, rest @ ..] if first.is("no") && !rest.is_empty() => (Polarity::No, rest),
        words => (Polarity::Yes, words),
    };
    let (entry, taken) = match GLOBAL.find(words) {
        Found::Entry(entry, taken) => (entry, taken),
        Found::Member | Found::Unknown => return cx.diagnostics.push(unknown(words)),
    };
    let row = entry.row;
    let span = words.iter().take(taken).fold(words[0].span, |span, word| span.to(word.span));
    if polarity == Polarity::No && !entry.fact.takes_no {
        let message = "negation currently supported only for options, log, busy-polling, set-dumpable, strict-limits, \
                       insecure-fork-wanted and numa-cpu-mapping.";
        return cx.diagnostics.push(Diagnostic::alert("bad-negation", span, message).help("remove the line"));
    }
    draft.said.note(row.words, span, false);
    if row.support == Support::Parsed && polarity == Polarity::Yes {
        cx.diagnostics.push(not_obeyed(span, row.words));
    }
    match (row.run, row.support) {
        (Some(run), _) => {
            let mut line = Line::new(cx, row.words, words, taken);
            line.polarity = polarity;
            let _ = run(&mut line, draft);
        }
        (None, Support::Refused) => cx.diagnostics.push(not_supported(span, row.words)),
        (None, _) => {}
    }
}

fn unknown(words: &[Word]) -> Diagnostic {
    if let Some(finding) = proxy::removed("global", words) {
        return finding;
    }
    let word = &words[0];
    if word.is("stats") {
        let got = words.get(1).map(Word::show).unwrap_or_default();
        let message = format!("'stats' only supports 'socket', 'maxconn', 'bind-process' and 'timeout' (got '{got}')");
        return Diagnostic::alert("unknown-keyword", word.span, message).help("see the manual, section 3.1");
    }
    let near = GLOBAL.nearest(word.bytes());
    let maybe = near.map(|near| format!("; did you mean '{near}' maybe ?")).unwrap_or_default();
    let message = format!("unknown keyword '{}' in 'global' section{maybe}", word.show());
    let help = near.map_or("see the manual, section 3".into(), |near| format!("write '{near}'"));
    Diagnostic::alert("unknown-keyword", word.span, message).help(help)
}
