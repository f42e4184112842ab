//! A server is the proxy itself.
//!
//! ## What it does
//! Looks for servers whose address and port a frontend that routes to them listens on: the same address, or any
//! address of this machine where the server is a loopback one.
//!
//! ## Why it matters
//! Each request makes another one, until connections or memory are used up.
//!
//! ## Example
//! ```text
//! frontend web
//!     bind :80
//!     default_backend app
//! backend app
//!     server a 127.0.0.1:80
//! ```
//!
//! ## Fix
//! Correct the address or the port of the server.

use crate::{
    rule::{Confidence, Findings, Group, Profile, Rule},
    view::View,
};
use source::Severity;
use source::Word;
use std::net::{IpAddr, SocketAddr};

pub(super) static RULE: Rule = Rule {
    name: "proxy-loop",
    group: Group::Semantic,
    profile: Profile::Default,
    severity: Severity::Warning,
    confidence: Confidence::High,
    source: include_str!("proxy_loop.rs"),
    check,
};

fn check(view: &View<'_>, out: &mut Findings) {
    for frontend in view.frontends() {
        let binds: Vec<_> =
            frontend.binds().into_iter().flat_map(|bind| bind.sockets().into_iter().map(move |s| (s, bind))).collect();
        let routes = frontend.routes();
        // A condition may part the requests that come back.
        let fixed = routes.iter().filter(|route| route.condition.is_none());
        let targets = fixed.filter_map(|route| view.backend(route.target.bytes()));
        for backend in targets.chain(frontend.is_backend().then_some(frontend)) {
            for server in backend.servers() {
                let Some((addr, port)) = socket(server.address) else { continue };
                let own = binds.iter().find(|((own, at), _)| {
                    *at == port
                        && (*own == addr
                            || own.is_unspecified() && addr.is_loopback() && own.is_ipv4() == addr.is_ipv4())
                });
                if let Some((_, bind)) = own {
                    let message = format!("server '{}' is {} itself", server.name.show(), frontend.show());
                    let help = "correct the address or the port of the server";
                    out.push_with(server.address.span, message, help, bind.address.span, "listens here");
                }
            }
        }
    }
}

fn socket(address: &Word) -> Option<(IpAddr, u16)> {
    let text = address.str()?;
    text.parse::<SocketAddr>().ok().map(|socket| (socket.ip(), socket.port()))
}
