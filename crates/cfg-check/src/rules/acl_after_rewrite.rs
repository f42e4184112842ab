//! An ACL is asked for again after a rewrite changed what it looks at.
//!
//! ## What it does
//! Looks for a rule that changes the path, the URI, the method or a header under a condition on that very field, and
//! for a later rule or `use_backend` of the same section that asks for the same ACL.
//!
//! ## Why it matters
//! An ACL is a test, not a value: it is evaluated each time, on the request as it is then. `use_backend` runs after all
//! `http-request` rules, so the request goes to another backend than the one meant.
//!
//! ## Example
//! ```text
//! acl is_api path_beg /api/
//! http-request replace-path /api(/.*) \1 if is_api
//! use_backend api if is_api      # never: the path is rewritten
//! ```
//!
//! ## Fix
//! Remember the answer in a variable before the rewrite (`http-request set-var(txn.api) bool(true) if is_api`) and ask for
//! `{ var(txn.api) -m bool }`, or rewrite in the backend.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Line, Proxy, Test, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "acl-after-rewrite",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("acl_after_rewrite.rs"),
    check,
};

/// Actions of `http-request` that change the request line, and the samples that see it.
const REWRITES: &[(&str, &[&str])] = &[
    ("replace-path", &["path", "url", "base"]),
    ("replace-pathq", &["path", "pathq", "url", "base"]),
    ("replace-uri", &["path", "pathq", "url", "base"]),
    ("set-method", &["method"]),
    ("set-path", &["path", "url", "base"]),
    ("set-pathq", &["path", "pathq", "url", "base"]),
    ("set-query", &["query", "url", "url_param"]),
    ("set-uri", &["path", "pathq", "url", "base"]),
];

/// Actions that change the header that they name.
const HEADERS: &[&str] = &["del-header", "replace-header", "replace-value", "set-header"];

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        let own: Vec<&Line<'_>> = proxy.lines.iter().filter(|line| !line.inherited).collect();
        for (at, rewrite) in own.iter().enumerate().filter(|(_, line)| line.is("http-request")) {
            let (Some(action), Some(condition)) = (rewrite.word(1), rewrite.condition()) else { continue };
            for name in condition.names().filter(|name| !name.bytes().starts_with(b"!")) {
                let changed = proxy.acls().filter(|test| test.name.is_some_and(|n| n.bytes() == name.bytes()));
                if !changed.into_iter().any(|test| changes(rewrite, &test) && !holds_after(rewrite, &test)) {
                    continue;
                }
                // Switching rules run behind all rules, wherever they stand.
                let later = own.iter().enumerate().filter(|(i, line)| *i > at || line.is("use_backend"));
                for (_, line) in later.filter(|(_, line)| asks_again(line)) {
                    say(proxy, rewrite, line, name.bytes(), &action.show(), out);
                }
            }
        }
    }
}

fn asks_again(line: &Line<'_>) -> bool {
    line.is("use_backend") || line.is("http-request deny") || line.is("http-request redirect") || line.is("redirect")
}

fn changes(rewrite: &Line<'_>, test: &Test<'_>) -> bool {
    let Some(action) = rewrite.word(1) else { return false };
    if HEADERS.iter().any(|header| action.is(header)) {
        let name = rewrite.word(2).map(|word| word.bytes().to_ascii_lowercase());
        return matches!(test.sample(), b"hdr" | b"fhdr" | b"hdr_ip") && name.is_some_and(|n| n == test.argument());
    }
    let row = REWRITES.iter().find(|(name, _)| action.is(name));
    row.is_some_and(|(_, samples)| samples.iter().any(|sample| sample.as_bytes() == test.sample()))
}

/// Whether what the rewrite writes is known to match the test again.
fn holds_after(rewrite: &Line<'_>, test: &Test<'_>) -> bool {
    let Some(value) = rewrite.body().last() else { return false };
    test.patterns.iter().any(|pattern| match test.method() {
        b"beg" => value.bytes().starts_with(pattern.bytes()),
        b"str" => value.bytes() == pattern.bytes(),
        _ => false,
    })
}

fn say(proxy: &Proxy<'_>, rewrite: &Line<'_>, line: &Line<'_>, name: &[u8], action: &str, out: &mut Findings) {
    let condition = line.condition();
    let asked = condition.iter().flat_map(|condition| condition.names()).find(|word| word.bytes() == name);
    let Some(asked) = asked else { return };
    let message = format!(
        "'{}' in {} is asked for again after '{action}' changed what it looks at",
        String::from_utf8_lossy(name),
        proxy.show()
    );
    let help = "remember the answer in a variable before the rewrite, and ask for the variable";
    out.push_with(asked.span, message, help, rewrite.span(), "the rewrite");
}
