//! What arguments of commands name: proxies and servers, by name or by `#` and number.

use super::{Answer, Call};
use crate::{
    check::transition::At,
    state::{ProxyState, ServerState},
};
use config::{Proxy, keyword::server::Server};

/// A server that a command names.
pub(super) struct Found<'a> {
    pub(super) at: At,
    pub(super) proxy: &'a Proxy,
    pub(super) said: &'a Server,
    pub(super) state: &'a ServerState,
    pub(super) proxy_state: &'a ProxyState,
}

impl<'c> Call<'c> {
    /// The server named `backend/server` by an argument.
    pub(super) fn server(&self, at: usize) -> Result<Found<'c>, Answer> {
        let required = || Answer::error("Require 'backend/server'.");
        let (backend, server) = self.arg(at).split_once('/').filter(|(_, s)| !s.is_empty()).ok_or_else(required)?;
        let index = self.backend(backend).ok_or_else(|| Answer::error("No such backend."))?;
        let process = &self.worker.process;
        let none = || Answer::error("No such server.");
        let (proxy, proxy_state) =
            process.config.proxies.get(index).zip(process.proxies.get(index)).ok_or_else(none)?;
        let is = |s: &Server| named(server, &s.name, s.id);
        let at = proxy.servers.iter().position(is).ok_or_else(none)?;
        let (said, state) = proxy.servers.get(at).zip(proxy_state.servers.get(at)).ok_or_else(none)?;
        Ok(Found { at: (index, at), proxy, said, state, proxy_state })
    }

    /// Index of a backend by name or `#` and number.
    pub(super) fn backend(&self, name: &str) -> Option<usize> {
        let mut all = self.worker.process.config.proxies.iter();
        all.position(|p| p.kind.is_backend() && named(name, &p.name, p.id))
    }

    /// Index of the frontend that an argument names.
    pub(super) fn frontend(&self, at: usize) -> Result<usize, Answer> {
        let name = self.arg(at);
        if name.is_empty() {
            return Err(Answer::error("A frontend name is expected."));
        }
        let mut all = self.worker.process.config.proxies.iter();
        let found = all.position(|p| p.kind.is_frontend() && named(name, &p.name, p.id));
        found.ok_or_else(|| Answer::error("No such frontend."))
    }
}

fn named(text: &str, name: &[u8], id: u32) -> bool {
    match text.strip_prefix('#') {
        Some(number) => number.parse() == Ok(id),
        None => text.as_bytes() == name,
    }
}
