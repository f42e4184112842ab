//! A method is written in lower case.
//!
//! ## What it does
//! Looks for patterns of `method` with lower-case letters, without `-i`.
//!
//! ## Why it matters
//! Methods are upper case and compared with regard to case: `get` never matches.
//!
//! ## Example
//! ```text
//! acl is_read method get head
//! ```
//!
//! ## Fix
//! Write `method GET HEAD`, or use the predefined `METH_GET`.

use crate::{
    rule::{Confidence, Findings, Fix, Group, Profile, Rule, replace},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "method-lowercase",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("method_lowercase.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in &view.proxies {
        let tests = proxy.tests();
        let methods =
            tests.iter().filter(|test| test.fetch() == b"method" && !test.is_converted() && !test.has_flag("-i"));
        for pattern in methods.flat_map(|test| test.patterns) {
            let upper = pattern.show().to_uppercase();
            if pattern.show() != upper {
                let message = format!("no request has the method '{}': methods are upper case", pattern.show());
                out.push(pattern.span, message, format!("write '{upper}'"));
                out.fix(Fix::unsafe_(format!("write '{upper}'"), vec![replace(pattern.span, upper)]));
            }
        }
    }
}
