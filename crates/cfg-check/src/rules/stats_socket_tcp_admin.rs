//! The administration socket is open to the network.
//!
//! ## What it does
//! Looks for `stats socket` with `level admin` on a TCP address that is not this machine’s own.
//!
//! ## Why it matters
//! The socket asks for no password: whoever reaches it reads certificates and variables, and changes servers.
//!
//! ## Example
//! ```text
//! global
//!     stats socket ipv4@0.0.0.0:9999 level admin
//! ```
//!
//! ## Fix
//! Use a unix socket (`/run/haproxy.sock mode 660`), or `127.0.0.1`.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;

pub(super) static RULE: Rule = Rule {
    name: "stats-socket-tcp-admin",
    group: Group::Security,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("stats_socket_tcp_admin.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for line in view.global("stats socket") {
        let Some(address) = line.word(2) else { continue };
        let text = address.show();
        let bare = text.split_once('@').map_or(&*text, |(_, bare)| bare);
        let tcp =
            bare.contains(':') && !bare.starts_with('/') && !text.starts_with("unix@") && !text.starts_with("abns@");
        let local = ["127.", "localhost:", "[::1]", "::1:"].iter().any(|start| bare.starts_with(start));
        if tcp && !local && line.after("level").is_some_and(|level| level.is("admin")) {
            let message = format!("whoever reaches '{text}' may administer the process, without a password");
            out.push(address.span, message, "use a unix socket, or bind it to 127.0.0.1");
        }
    }
}
