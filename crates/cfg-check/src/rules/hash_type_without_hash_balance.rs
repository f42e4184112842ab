//! Hashing is tuned, but the algorithm does not hash.
//!
//! ## What it does
//! Looks for `hash-type` and `hash-balance-factor` in a section whose `balance` algorithm does not use them, or that has no
//! `balance` line at all. The default algorithm is roundrobin up to HAProxy 3.2 and random from 3.3; random uses
//! `hash-balance-factor`, but no `hash-type`.
//!
//! ## Why it matters
//! Requests are not spread as the lines suggest: without `balance source` or another hash, no client keeps its server. And
//! with an upgrade to 3.3 the factor starts to count, which changes how servers are chosen.
//!
//! ## Example
//! ```text
//! backend app
//!     hash-type consistent
//!     hash-balance-factor 125
//!     server a 10.0.0.1:80
//!     server b 10.0.0.2:80
//! ```
//!
//! ## Fix
//! Say what to hash (`balance source`, `balance uri`, `balance hash …`), or remove the lines.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Line, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "hash-type-without-hash-balance",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("hash_type_without_hash_balance.rs"),
    check,
};

/// The algorithms that hash.
const HASHES: &[&str] = &["hash", "hdr", "rdp-cookie", "source", "uri", "url_param"];

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends() {
        let algorithm = proxy.last("balance").and_then(|line| line.word(1)).map(|word| word.show());
        let algorithm = algorithm.as_deref().map(|word| word.split('(').next().unwrap_or(word));
        let hashes = algorithm.is_some_and(|algorithm| HASHES.contains(&algorithm));
        if let Some(line) = proxy.last("hash-type").filter(|line| !line.inherited && !hashes) {
            out.push(
                line.span(),
                hash_type(algorithm),
                "say what to hash, such as 'balance source', or remove the line",
            );
        }
        if let Some(line) = proxy.last("hash-balance-factor").filter(|line| !line.inherited) {
            let consistent = proxy.last("hash-type").is_some_and(|line| line.has("consistent"));
            factor(algorithm, hashes, consistent, &line, out);
        }
    }
}

fn hash_type(algorithm: Option<&str>) -> String {
    match algorithm {
        Some(algorithm) => format!("'hash-type' has no effect: 'balance {algorithm}' does not hash"),
        None => "'hash-type' has no effect: there is no 'balance' line, and the default algorithm (roundrobin up to \
                 HAProxy 3.2, random from 3.3) does not use it"
            .into(),
    }
}

fn factor(algorithm: Option<&str>, hashes: bool, consistent: bool, line: &Line<'_>, out: &mut Findings) {
    let (message, help) = match algorithm {
        Some("random") => return,
        None => (
            "'hash-balance-factor' depends on the version: there is no 'balance' line, and up to HAProxy 3.2 the default \
             algorithm is roundrobin, which ignores it; from 3.3 the default is random, which obeys it"
                .into(),
            "write the 'balance' line that you mean, or remove this one",
        ),
        Some(_) if hashes && consistent => return,
        Some(_) if hashes => (
            "'hash-balance-factor' has no effect: it needs 'hash-type consistent'".to_string(),
            "add 'hash-type consistent', or remove the line",
        ),
        Some(algorithm) => (
            format!("'hash-balance-factor' has no effect: 'balance {algorithm}' does not use it"),
            "use 'balance random' or a hash with 'hash-type consistent', or remove the line",
        ),
    };
    out.push(line.span(), message, help);
}
