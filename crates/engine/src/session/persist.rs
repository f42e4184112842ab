//! Persistence: which server a client belongs to, by cookie (manual, section 4.2 `cookie`, `use-server`).

use super::{
    exchange::Exchange,
    transport::{Sink, Source},
};
use message::Head;

/// What persistence found out about a request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Persist {
    /// The server that the client belongs to.
    pub server: Option<usize>,
}

impl<R: Source, K: Sink> Exchange<'_, R, K> {
    /// Reads the persistence cookie of a request.
    pub fn client_persistence(&mut self) {}

    /// The server that persistence names, if it can still serve.
    pub fn pinned_server(&self) -> Option<usize> {
        self.persist.server
    }

    /// Sets or rewrites the persistence cookie of a response.
    pub fn server_persistence(&mut self) {}
}

/// One cookie of a request, as it stands in its field.
#[derive(Debug, Clone, Copy)]
pub struct Cookie<'a> {
    pair: &'a [u8],
}

impl<'a> Cookie<'a> {
    /// `name=value`.
    pub fn pair(&self) -> &'a [u8] {
        self.pair
    }
}

/// The cookies of a request, in order.
pub fn cookies(head: &Head) -> impl Iterator<Item = Cookie<'_>> {
    let pairs = head.all(b"cookie").flat_map(|v| v.split(|b| *b == b';'));
    pairs.map(|pair| Cookie { pair: pair.trim_ascii() })
}
