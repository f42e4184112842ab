//! Checks of a server are tuned, but it is not checked.
//!
//! ## What it does
//! Looks for servers with `inter`, `fastinter`, `downinter`, `rise`, `fall`, `slowstart` or `observe` and neither
//! `check`, `agent-check` nor `track`.
//!
//! ## Why it matters
//! Without `check` these words have no effect: a dead server keeps its share of the load.
//!
//! ## Example
//! ```text
//! server a 10.0.0.1:80 inter 2s fall 3
//! ```
//!
//! ## Fix
//! Add `check`.

use crate::{
    rule::{Confidence, Findings, Fix, Group, Profile, Rule, append},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "check-params-without-check",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Notice,
    confidence: Confidence::High,
    source: include_str!("check_params_without_check.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    const PARAMS: &[&str] = &["downinter", "fall", "fastinter", "inter", "observe", "rise"];
    for proxy in view.backends() {
        for server in proxy.servers() {
            let checked = ["check", "agent-check", "track"].iter().any(|param| server.has(param));
            // A `no-check` is a decision.
            let decided = server.params().iter().any(|(word, _)| word.is("no-check"));
            let own = server.line.from(3).iter().find(|word| PARAMS.iter().any(|param| word.is(param)));
            if let Some(word) = own.filter(|_| !checked && !decided) {
                let message =
                    format!("'{}' has no effect: server '{}' is not checked", word.show(), server.name.show());
                out.push(word.span, message, "add 'check'");
                out.fix(Fix::unsafe_("check the server", vec![append(server.address.span, " check")]));
            }
        }
    }
}
