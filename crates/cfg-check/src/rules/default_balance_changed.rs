//! The algorithm of balancing depends on the version.
//!
//! ## What it does
//! Looks for backends with several servers and no `balance` line.
//!
//! ## Why it matters
//! Without one, HAProxy up to 3.2 takes turns (`roundrobin`), from 3.3 it draws two servers and takes the less loaded
//! one (`random`). Weights and the order of requests count differently.
//!
//! ## Example
//! ```text
//! backend app
//!     server a 10.0.0.1:80
//!     server b 10.0.0.2:80
//! ```
//!
//! ## Fix
//! Write the line that is meant, such as `balance roundrobin`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "default-balance-changed",
    group: Group::Upgrade,
    profile: Profile::Strict,
    severity: Severity::Notice,
    confidence: Confidence::High,
    source: include_str!("default_balance_changed.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends().filter(|proxy| proxy.last("balance").is_none()) {
        if proxy.servers().iter().filter(|server| !server.has("backup")).count() > 1 || proxy.says("server-template") {
            let message = format!("{} is balanced by roundrobin up to HAProxy 3.2, by random from 3.3", proxy.show());
            out.push(proxy.span(), message, "write the 'balance' line that is meant");
        }
    }
}
