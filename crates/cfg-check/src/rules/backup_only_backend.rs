//! Every server of a backend is a backup.
//!
//! ## What it does
//! Looks for backends whose servers all say `backup`.
//!
//! ## Why it matters
//! Backup servers are used one at a time, unless `option allbackups` is set: the load is not balanced, as the section
//! looks like.
//!
//! ## Example
//! ```text
//! backend app
//!     server a 10.0.0.1:80 backup
//!     server b 10.0.0.2:80 backup
//! ```
//!
//! ## Fix
//! Remove `backup` from the servers that are to work, or say `option allbackups`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "backup-only-backend",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Notice,
    confidence: Confidence::Medium,
    source: include_str!("backup_only_backend.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for proxy in view.backends() {
        let servers = proxy.servers();
        let all = servers.len() > 1 && servers.iter().all(|server| server.has("backup"));
        if all && proxy.last("option allbackups").is_none() && !proxy.says("server-template") {
            let message = format!("every server of {} is a backup: only the first one works", proxy.show());
            out.push(proxy.span(), message, "remove 'backup' from the servers that are to work");
        }
    }
}
