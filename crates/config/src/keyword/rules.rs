//! `acl` and the rulesets: `http-request`, `tcp-request content`, `redirect`, … (manual, sections 4.2 to 4.4 and 7).

use crate::{
    draft::{ProxyDraft, RulesDraft, Said},
    host::Host,
    ir::Capture,
    line::Line,
    row::ProxyRow,
    value::Unit,
};
use rules::{Cond, ParseRules, Rule, Ruleset};
use sample::Places;
use source::{Diagnostic, Form, Span, Word};
use std::{net::IpAddr, time::Duration};

pub static TABLE: &[ProxyRow] = &[
    ProxyRow::full("acl", |line, proxy| {
        let (at, words) = (line.keyword_span(), line.rest());
        with(line, proxy, |parse| rules::acl::parse_acl(at, words, parse));
        Some(())
    })
    .ok(&["acl ws hdr(Upgrade) -i WebSocket", "acl api path_beg /api /v2"])
    .bad(&["acl", "acl x", "acl or path /", "acl x nope /"]),
    ProxyRow::full("http-request", |line, proxy| {
        add(line, proxy, Ruleset::HttpRequest, |rules| &mut rules.http_request)
    })
    .ok(&["http-request deny if { path_beg /x }"])
    .bad(&["http-request", "http-request nope", "http-request deny if nope"]),
    ProxyRow::full("http-response", |line, proxy| {
        add(line, proxy, Ruleset::HttpResponse, |rules| &mut rules.http_response)
    })
    .bad(&["http-response nope"]),
    ProxyRow::full("http-after-response", |line, proxy| {
        add(line, proxy, Ruleset::HttpAfterResponse, |rules| &mut rules.http_after_response)
    }),
    ProxyRow::full("tcp-request connection", |line, proxy| {
        add(line, proxy, Ruleset::TcpRequestConnection, |rules| &mut rules.tcp_request_connection)
    })
    .bad(&["tcp-request connection", "tcp-request connection nope"]),
    ProxyRow::full("tcp-request session", |line, proxy| {
        add(line, proxy, Ruleset::TcpRequestSession, |rules| &mut rules.tcp_request_session)
    }),
    ProxyRow::full("tcp-request content", |line, proxy| {
        add(line, proxy, Ruleset::TcpRequestContent, |rules| &mut rules.tcp_request_content)
    }),
    ProxyRow::full("tcp-response content", |line, proxy| {
        add(line, proxy, Ruleset::TcpResponseContent, |rules| &mut rules.tcp_response_content)
    }),
    ProxyRow::full("tcp-request inspect-delay", |line, proxy| delay(line, &mut proxy.rules.req_inspect_delay))
        .bad(&["tcp-request inspect-delay", "tcp-request inspect-delay x"]),
    ProxyRow::full("tcp-response inspect-delay", |line, proxy| delay(line, &mut proxy.rules.res_inspect_delay)),
    ProxyRow::full("redirect", redirect).ok(&["redirect scheme https code 301 if { path /x }"]).bad(&[
        "redirect",
        "redirect location",
        "redirect prefix / code 404",
    ]),
];

/// Lets the parser of rules work on a section.
pub fn with<T>(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft, work: impl FnOnce(&mut ParseRules<'_>) -> T) -> T {
    let (frontend, backend) = (proxy.is_frontend(), proxy.is_backend());
    let outside = Outside(line.cx.host);
    let done = work(&mut ParseRules {
        diagnostics: &mut line.cx.diagnostics,
        vars: &mut line.cx.vars,
        acls: &mut proxy.acls,
        outside: &outside,
        http_errors: &line.cx.http_errors,
        captures: &mut proxy.captures,
        proxy: &proxy.name,
        frontend,
        backend,
        experimental: line.cx.experimental,
        stick_counters: line.cx.stick_counters,
    });
    // A rule may have made slots of its own.
    slots(&mut proxy.req_captures, &proxy.captures.request);
    slots(&mut proxy.res_captures, &proxy.captures.response);
    done
}

fn slots(captures: &mut Vec<Capture>, lengths: &[usize]) {
    let new = lengths.iter().skip(captures.len()).map(|len| Capture { name: Vec::new(), len: *len });
    captures.extend(new.collect::<Vec<_>>());
}

/// A condition that has to follow; `what` is the line for messages, such as `'http-request deny'`.
pub fn condition(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft, what: &str, places: Places) -> Option<Cond> {
    let words = line.rest();
    match words.first() {
        Some(word) if word.is("if") || word.is("unless") => {
            with(line, proxy, |parse| rules::parse_cond(words, what, places, parse))
        }
        _ => {
            let name = line.name;
            line.fail(
                "missing-condition",
                format!("'{name}' requires either 'if' or 'unless' followed by a condition."),
            )
        }
    }
}

/// Where the conditions of a section's own lines are evaluated.
pub fn places(proxy: &ProxyDraft, front: Places, back: Places) -> Places {
    match (proxy.is_frontend(), proxy.is_backend()) {
        (true, true) => front.and(back),
        (true, false) => front,
        _ => back,
    }
}

/// The lines whose order in the file is not the order in which they are met, in the latter.
const ORDER: &[&str] = &[
    "tcp-request connection",
    "tcp-request session",
    "tcp-request content",
    "monitor fail",
    "http-request",
    "redirect",
    "use_backend",
    "use-server",
];

/// The finding about a line that stands behind one that is met later.
pub fn out_of_order(words: &str, span: Span, said: &Said) -> Option<Diagnostic> {
    let at = ORDER.iter().position(|known| *known == words)?;
    let later = ORDER.iter().skip(at + 1);
    let (later, place) = later.filter_map(|w| Some((*w, said.get(w)?))).find(|(_, place)| !place.inherited)?;
    let shown = if words.starts_with("tcp-request") { "tcp-request" } else { words };
    let article = if later == "http-request" { "an" } else { "a" };
    let message = format!("a '{shown}' rule placed after {article} '{later}' rule will still be processed before.");
    let finding = Diagnostic::warning("out-of-order", span, message).help("write the lines in the order of their work");
    Some(finding.related(place.span, "it is met before this one"))
}

/// Actions of HTTP rules behind which nothing is met.
const FINAL: &[&str] = &["allow", "auth", "deny", "redirect", "return", "tarpit"];

/// Reports a rule behind one that always ends its ruleset.
fn after_final(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft, words: &[Word], rule: &Rule) {
    let name = line.name;
    let ends = words.first().is_some_and(|word| FINAL.iter().any(|name| word.is(name))) && rule.cond.is_none();
    let last = std::mem::replace(&mut proxy.ends, ends.then_some((name, line.keyword_span())));
    if let Some((_, span)) = last.filter(|(last, _)| *last == name) {
        let message =
            format!("previous '{name}' action is final and has no condition attached, further entries are NOOP.");
        let finding = Diagnostic::warning("unreachable-rule", line.keyword_span(), message).form(Form::Line);
        let help = "give the rule above a condition, or remove the rules behind it";
        line.cx.diagnostics.push(finding.help(help).related(span, "the final rule"));
    }
}

/// The list of a draft that a ruleset's rules go to.
type List = fn(&mut RulesDraft) -> &mut Vec<Rule>;

fn add(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft, ruleset: Ruleset, list: List) -> Option<()> {
    let (at, words) = (line.keyword_span(), line.rest());
    let rule = with(line, proxy, |parse| rules::parse_rule(ruleset, at, words, parse))?;
    if matches!(ruleset, Ruleset::HttpRequest | Ruleset::HttpResponse) {
        after_final(line, proxy, words, &rule);
    }
    list(&mut proxy.rules).push(rule);
    Some(())
}

/// Run behind the rules that are written as `http-request`; its texts know no log-format.
fn redirect(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    let (at, rest) = (line.keyword_span(), line.rest());
    let rule = with(line, proxy, |parse| rules::parse_redirect(at, rest, parse))?;
    proxy.rules.redirect.push(rule);
    Some(())
}

fn delay(line: &mut Line<'_, '_>, delay: &mut Option<Duration>) -> Option<()> {
    let time = line.duration(Unit::Millis, &format!("'{}' expects a positive delay in milliseconds", line.name))?;
    *delay = (!time.is_zero()).then_some(time);
    line.end()
}

impl RulesDraft {
    /// Whether sessions in TCP mode may go on in HTTP: `switch-mode http`.
    pub fn switches_mode(&self) -> bool {
        self.tcp_request_content.iter().any(|rule| rule.action.switches_mode())
    }

    pub fn all(&mut self) -> impl Iterator<Item = &mut Rule> {
        let lists = [
            &mut self.tcp_request_connection,
            &mut self.tcp_request_session,
            &mut self.tcp_request_content,
            &mut self.http_request,
            &mut self.redirect,
            &mut self.tcp_response_content,
            &mut self.http_response,
            &mut self.http_after_response,
        ];
        lists.into_iter().flatten()
    }
}

struct Outside<'h>(&'h dyn Host);

impl rules::Outside for Outside<'_> {
    fn read(&self, path: &[u8]) -> Result<Vec<u8>, String> {
        self.0.read(path)
    }

    fn resolve(&self, name: &[u8]) -> Option<IpAddr> {
        self.0.resolve(name).first().copied()
    }
}
