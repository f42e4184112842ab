//! A list of ciphers has broken ones.
//!
//! ## What it does
//! Looks for `ciphers`, `ssl-default-bind-ciphers` and `ssl-default-server-ciphers` that name RC4, DES, 3DES, MD5,
//! NULL, EXPORT, LOW or anonymous ciphers without `!` or `-` in front.
//!
//! ## Why it matters
//! Connections with such a cipher can be read or changed by others; scanners and auditors look for them.
//!
//! ## Example
//! ```text
//! bind :443 ssl crt /etc/site.pem ciphers RC4-SHA:AES128-SHA
//! ```
//!
//! ## Fix
//! Remove them. A list made by Mozilla's SSL Configuration Generator is a good start.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "weak-ciphers",
    group: Group::Security,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("weak_ciphers.rs"),
    check,
};

const WEAK: &[&str] =
    &["3DES", "ADH", "AECDH", "DES", "EXP", "EXPORT", "LOW", "MD5", "NULL", "RC2", "RC4", "aNULL", "eNULL"];

fn check(view: &View<'_>, out: &mut Findings) {
    for line in view.lines() {
        let global = ["ssl-default-bind-ciphers", "ssl-default-server-ciphers"].iter().any(|word| line.is(word));
        let list = if global { line.word(1) } else { line.after("ciphers") };
        let Some(list) = list else { continue };
        let text = list.show().into_owned();
        let weak = text.split([':', ',', ' ']).find(|cipher| {
            // What is taken away with `!` or `-` is not offered.
            cipher.split(['-', '+']).any(|part| WEAK.contains(&part)) && !cipher.starts_with(['!', '-', '+'])
        });
        if let Some(weak) = weak {
            out.push(list.span, format!("'{weak}' is broken"), "remove it from the list");
        }
    }
}
