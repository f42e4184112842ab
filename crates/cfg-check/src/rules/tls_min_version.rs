//! A `bind` line takes TLS versions that are broken.
//!
//! ## What it does
//! Looks for `ssl-min-ver` below TLSv1.2, and for `force-sslv3`, `force-tlsv10` and `force-tlsv11`, on `bind` lines and in `ssl-default-bind-options`.
//!
//! ## Why it matters
//! SSLv3, TLS 1.0 and TLS 1.1 have known attacks and were retired (RFC 7568, RFC 8996).
//!
//! ## Example
//! ```text
//! bind :443 ssl crt /etc/site.pem ssl-min-ver TLSv1.0
//! ```
//!
//! ## Fix
//! Write `ssl-min-ver TLSv1.2`, which is the default.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::{Line, View},
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "tls-min-version",
    group: Group::Security,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("tls_min_version.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    view.global("ssl-default-bind-options").for_each(|line| say(&line, out));
    for proxy in view.frontends() {
        proxy.said("bind").filter(|line| !line.inherited).for_each(|line| say(&line, out));
    }
}

fn say(line: &Line<'_>, out: &mut Findings) {
    let old = |word: &&source::Word| ["SSLv3", "TLSv1.0", "TLSv1.1"].iter().any(|version| word.is(version));
    let forced = |word: &&source::Word| ["force-sslv3", "force-tlsv10", "force-tlsv11"].iter().any(|f| word.is(f));
    let word = line.after("ssl-min-ver").filter(old).or_else(|| line.words.iter().find(forced));
    if let Some(word) = word {
        let message = format!("'{}' lets clients use a TLS version that is broken", word.show());
        out.push(word.span, message, "write 'ssl-min-ver TLSv1.2'");
    }
}
