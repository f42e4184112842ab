//! A site answers on port 80 although it has TLS.
//!
//! ## What it does
//! Looks for HTTP frontends on port 80 without a `redirect` or `return`, in a configuration where another `bind` of
//! port 443 has `ssl`.
//!
//! ## Why it matters
//! Who types the name of the site stays in clear text: passwords and cookies can be read on the way.
//!
//! ## Example
//! ```text
//! frontend web
//!     bind :80
//!     bind :443 ssl crt /etc/site.pem
//! ```
//!
//! ## Fix
//! Add `http-request redirect scheme https code 301 unless { ssl_fc }`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "http-without-https-redirect",
    group: Group::Security,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::Low,
    source: include_str!("http_without_https_redirect.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    let has_tls = view.frontends().flat_map(|proxy| proxy.binds()).any(|bind| bind.is_tls() && bind.has_port(443));
    for proxy in view.frontends().filter(|proxy| has_tls && proxy.http && !proxy.ir.disabled) {
        let binds = proxy.binds();
        let plain = binds.iter().find(|bind| !bind.is_tls() && bind.has_port(80) && bind.is_public());
        let leads = proxy.lines.iter().any(|line| {
            let moves = |word: &source::Word| word.is("redirect") || word.is("return");
            line.is("redirect") || line.is("http-request") && line.word(1).is_some_and(moves)
        });
        if let Some(bind) = plain.filter(|_| !leads) {
            let help = "add 'http-request redirect scheme https code 301 unless { ssl_fc }'";
            out.push(bind.line.span(), "visitors of port 80 stay in clear text", help);
        }
    }
}
