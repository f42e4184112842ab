//! The lines of proxies: `defaults`, `frontend`, `listen`, `backend`.

use crate::{
    draft::ProxyDraft,
    facts::{self, Fact, Place, Verdict},
    keyword::{PROXY, rules, stats::StatsDraft},
    line::{Cx, Line, Polarity, not_obeyed, not_supported},
    row::{Entry, Found, Support},
};
use source::{Diagnostic, Span, Word};
use syntax::Directive;

/// Says one line to a section. `inherited` is a line of its `defaults`, said again: what is wrong with it has been
/// reported, and what does not concern this type of section is passed over.
pub fn line(cx: &mut Cx<'_>, directive: &Directive, proxy: &mut ProxyDraft, inherited: bool) {
    let (polarity, words) = polarity(&directive.words);
    let Some(first) = words.first() else {
        return cx.diagnostics.push(bad_negation(directive.span));
    };
    if polarity != Polarity::Yes && !first.is("option") && !first.is("log") {
        return cx.diagnostics.push(bad_negation(directive.span));
    }
    match PROXY.find(words) {
        Found::Entry(entry, taken) => known(cx, entry, words, taken, polarity, proxy, inherited),
        Found::Member => cx.diagnostics.push(unknown_member(words, cx.place)),
        Found::Unknown => cx.diagnostics.push(unknown(words, cx.place)),
    }
}

fn known(
    cx: &mut Cx<'_>,
    entry: &Entry<ProxyDraft>,
    words: &[Word],
    taken: usize,
    polarity: Polarity,
    proxy: &mut ProxyDraft,
    inherited: bool,
) {
    let (row, fact) = (entry.row, entry.fact);
    let span = words.iter().take(taken).fold(words[0].span, |span, word| span.to(word.span));
    if inherited && fact.verdict(cx.place) != Verdict::Ok {
        return;
    }
    let negatable = match polarity {
        Polarity::Yes => true,
        Polarity::No => fact.takes_no,
        Polarity::Default => fact.takes_default,
    };
    let refusal = if negatable { misplaced(cx, fact, span) } else { Some(not_negatable(words, span)) };
    if let Some(finding) = refusal {
        return cx.diagnostics.push(finding);
    }
    note(cx, row.words, span, proxy, inherited);
    if row.support == Support::Parsed && polarity == Polarity::Yes {
        cx.diagnostics.push(not_obeyed(span, row.words));
    }
    match (row.run, row.support) {
        (Some(run), _) => {
            let mut line = Line::new(cx, row.words, words, taken);
            line.polarity = polarity;
            let _ = run(&mut line, proxy);
        }
        (None, Support::Refused) if polarity == Polarity::Yes => cx.diagnostics.push(not_supported(span, row.words)),
        // Switching off what is not there, or what is ignored.
        (None, _) => {}
    }
}

/// Notes that a keyword is said, and what its place among the others means.
fn note(cx: &mut Cx<'_>, words: &'static str, span: Span, proxy: &mut ProxyDraft, inherited: bool) {
    if let Some(finding) = rules::out_of_order(words, span, &proxy.said) {
        cx.diagnostics.push(finding);
    }
    let last = proxy.said.note(words, span, inherited).filter(|last| !last.inherited && !inherited);
    if let Some(last) = last.filter(|_| words.starts_with("timeout ")) {
        let message = format!("overwriting '{words}' which was already specified");
        let finding = Diagnostic::warning("overwritten", span, message).help("remove one of the two lines");
        cx.diagnostics.push(finding.related(last.span, "specified here first"));
    }
    // A section's own first `stats` line starts a page of its own.
    if words.starts_with("stats ") && !inherited && !std::mem::replace(&mut proxy.stats.own, true) {
        proxy.stats = StatsDraft { own: true, ..StatsDraft::default() };
    }
}

/// `no` and `default` in front of a line.
fn polarity(words: &[Word]) -> (Polarity, &[Word]) {
    match words {
        [first, rest @ ..] if first.is("no") => (Polarity::No, rest),
        [first, rest @ ..] if first.is("default") => (Polarity::Default, rest),
        _ => (Polarity::Yes, words),
    }
}

/// HAProxy's verdict on a keyword in this type of section, where it is not simply taken.
fn misplaced(cx: &Cx<'_>, fact: &Fact, span: Span) -> Option<Diagnostic> {
    let (words, place) = (fact.words, cx.place);
    let first = words.split(' ').next().unwrap_or(words);
    let name = String::from_utf8_lossy(&cx.proxy);
    match (fact.verdict(place), place) {
        (Verdict::Ok, _) => None,
        (Verdict::Error, Place::AnonymousDefaults) if fact.named_defaults_only => {
            let message = format!("'{first}' not allowed in anonymous 'defaults' section.");
            Some(Diagnostic::alert("misplaced-keyword", span, message).help("give the section a name: 'defaults NAME'"))
        }
        (Verdict::Error, place) if place.is_defaults() => {
            let message = format!("'{first}' not allowed in 'defaults' section.");
            let help = "say it in each frontend, listen or backend";
            Some(Diagnostic::alert("misplaced-keyword", span, message).help(help))
        }
        (Verdict::Error, _) => Some(wrong_side(words, place, &name, span)),
        (Verdict::Warn, place) => {
            let message = ignored(words, place, &name);
            Some(
                Diagnostic::warning("ignored-keyword", span, message)
                    .help("move the line to a section that has this side"),
            )
        }
    }
}

fn wrong_side(words: &str, place: Place, name: &str, span: Span) -> Diagnostic {
    let side = side(place);
    let kind = place.word();
    let message = match words {
        "server" | "default-server" | "server-template" | "use-server" => {
            format!("'{words}' not allowed because {kind} '{name}' has no {side} capability.")
        }
        _ if words.starts_with("tcp-re") => {
            format!("{words} is not allowed because {kind} {name} is not a {}", other(place))
        }
        _ if words.starts_with("option ") => {
            let option = words.trim_start_matches("option ");
            format!("'{option}' ignored because {kind} '{name}' has no {side} capability.")
        }
        _ => {
            let first = words.split(' ').next().unwrap_or(words);
            format!("'{first}' only available in {} or listen section", other(place))
        }
    };
    Diagnostic::alert("misplaced-keyword", span, message)
        .help(format!("move the line to a {} or listen section", other(place)))
}

fn ignored(words: &str, place: Place, name: &str) -> String {
    let (kind, side) = (place.word(), side(place));
    if words.ends_with("log-format")
        || words == "log-format-sd"
        || words.ends_with("httplog")
        || words.ends_with("tcplog")
    {
        return format!("{kind} '{name}' : '{words}' directive is ignored in backends.");
    }
    let shown = match words {
        _ if words.starts_with("timeout ") => {
            return format!("'{words}' will be ignored because {kind} '{name}' has no {side} capability");
        }
        _ if words.starts_with("option ") => words.trim_start_matches("option "),
        _ => words.split(' ').next().unwrap_or(words),
    };
    let hint = if words == "maxconn" { " Maybe you want 'fullconn' instead ?" } else { "" };
    format!("'{shown}' ignored because {kind} '{name}' has no {side} capability.{hint}")
}

/// The side that a section lacks.
fn side(place: Place) -> &'static str {
    other(place)
}

fn other(place: Place) -> &'static str {
    if place == Place::Backend { "frontend" } else { "backend" }
}

fn bad_negation(span: Span) -> Diagnostic {
    let message = "negation/default currently supported only for options, log, busy-polling, set-dumpable, \
                   strict-limits, insecure-fork-wanted and numa-cpu-mapping.";
    Diagnostic::alert("bad-negation", span, message).help("remove the 'no' or 'default', and the line with it")
}

fn not_negatable(words: &[Word], span: Span) -> Diagnostic {
    let option = words.get(1).map(Word::show).unwrap_or_default();
    let message = format!("negation/default is not supported for option '{option}'.");
    Diagnostic::alert("bad-negation", span, message).help("remove the 'no' or 'default', and the line with it")
}

/// The finding about a first word that no row has.
pub fn unknown(words: &[Word], place: Place) -> Diagnostic {
    let (word, section) = (&words[0], place.word());
    if let Some(finding) = removed("proxy", words) {
        return finding;
    }
    let near = PROXY.nearest(word.bytes());
    let maybe = near.map(|near| format!("; did you mean '{near}' maybe ?")).unwrap_or_default();
    let message = format!("unknown keyword '{}' in '{section}' section{maybe}", word.show());
    let help =
        near.map_or("see the manual, section 4.1, for the keywords of proxies".into(), |n| format!("write '{n}'"));
    Diagnostic::alert("unknown-keyword", word.span, message).help(help)
}

/// A word that HAProxy once knew.
pub fn removed(context: &str, words: &[Word]) -> Option<Diagnostic> {
    let said = |removed: &&facts::Removed| {
        let parts: Vec<_> = removed.words.split(' ').filter(|part| !part.starts_with('(')).collect();
        removed.context == context
            && removed.diagnostic == "dedicated-error"
            && parts.len() <= words.len()
            && parts.iter().zip(words).all(|(part, word)| word.is(part))
    };
    let removed = facts::REMOVED.iter().find(said)?;
    let since = if removed.since == "-" { String::new() } else { format!(" since HAProxy {}", removed.since) };
    let instead = match removed.replacement {
        "-" => String::new(),
        replacement => format!(" Use {} instead.", alternatives(replacement)),
    };
    let message = format!("The '{}' directive is not supported anymore{since}.{instead}", removed.words);
    let help = if instead.is_empty() { "remove the line".into() } else { instead.trim().to_string() };
    Some(Diagnostic::alert("removed-keyword", words[0].span, message).help(help))
}

/// `http-request a|b|c` as `'http-request a', 'http-request b' or 'http-request c'`.
fn alternatives(replacement: &str) -> String {
    let (ruleset, actions) = replacement.split_once(' ').unwrap_or(("", replacement));
    let quoted: Vec<_> =
        actions.split('|').map(|action| format!("'{}'", format!("{ruleset} {action}").trim())).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// The finding about a known first word with an unknown second.
fn unknown_member(words: &[Word], place: Place) -> Diagnostic {
    if let Some(finding) = removed("proxy", words) {
        return finding;
    }
    let first = words[0].show().into_owned();
    let got = words.get(1).map(Word::show).unwrap_or_default();
    let span = words.get(1).map_or(words[0].span, |word| word.span);
    let near = words.get(1).and_then(|word| PROXY.nearest_member(&first, word.bytes()));
    let maybe = near.map(|near| format!("; did you mean '{near}' maybe ?")).unwrap_or_default();
    let message = match first.as_str() {
        "option" if got.is_empty() => "'option' expects an option name.".into(),
        "option" => format!("unknown option '{got}'{}", if maybe.is_empty() { ".".into() } else { maybe }),
        "timeout" => format!(
            "'timeout' supports 'client', 'server', 'connect', 'check', 'queue', 'http-keep-alive', 'http-request', \
             'tunnel', 'tarpit', 'client-fin', 'client-hs' and 'server-fin' (got '{got}')"
        ),
        "capture" if got == "request" || got == "response" => {
            format!("'capture {got}' expects 'header' <header_name> 'len' <len>.")
        }
        "capture" => "'capture' expects 'cookie' or 'request header' or 'response header'.".into(),
        "monitor" => "'monitor' only supports 'fail'.".into(),
        "rate-limit" => format!("'rate-limit' only supports 'sessions' (got '{got}')"),
        "stats" => {
            let start = if got.is_empty() {
                "missing keyword in 'stats'".into()
            } else {
                format!("unknown stats parameter '{got}'")
            };
            format!(
                "{start}, expects 'admin', 'uri', 'realm', 'auth', 'scope', 'enable', 'hide-version', 'show-node', \
                 'show-desc' or 'show-legends'."
            )
        }
        "http-check" => format!(
            "'http-check' only supports 'disable-on-404', 'send-state', 'comment', 'connect', 'send', 'expect', \
             'set-var-fmt(*)', 'set-var(*)', 'unset-var(*)'. but got '{got}'"
        ),
        _ => format!("'{first}' does not support '{got}' in '{}' section{maybe}", place.word()),
    };
    let help = near.map_or("see the manual, section 4.2".into(), |near| format!("write '{first} {near}'"));
    Diagnostic::alert("unknown-keyword", span, message).help(help)
}
