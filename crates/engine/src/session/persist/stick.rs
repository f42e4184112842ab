//! The `stick` rules: servers that tables remember (manual, section 4.2).

use crate::session::{
    exchange::Exchange,
    transport::{Sink, Source},
};
use config::{
    Proxy,
    keyword::{server::Server, stick::Stick},
};
use sample::{
    Places,
    table::{Data, Key, Open, ServerKey, Table},
};
use std::{borrow::Cow, net::SocketAddr};

/// A key that is stored once it is known which server took the request.
#[derive(Debug)]
pub struct Stored {
    table: usize,
    key: Box<[u8]>,
}

/// Keys that are stored for a request and its response together (manual, `stick store-request`).
const MAX: usize = 8;

impl<R: Source, K: Sink> Exchange<'_, R, K> {
    /// Looks for the server that the client was sent to before, where nothing else has named one, and takes note of
    /// what is to be stored: of each table the first key that there is.
    pub fn stick_request(&mut self) {
        for rule in &self.backend().stick_request {
            let matches = rule.matches && self.persist.server.is_none();
            let stores = rule.stores && self.may_store(rule, 0);
            if !matches && !stores {
                continue;
            }
            let Some(key) = self.stick_key(rule, Places::BE_SET_SERVER) else { continue };
            let server = if matches { self.remembered(rule.table, &key) } else { None };
            let stored = stores.then(|| Stored { table: rule.table, key: Box::from(&*key) });
            self.persist.server = self.persist.server.or(server);
            self.stored.extend(stored);
        }
    }

    /// Stores the server that took the request, under the keys of the request and those of its response.
    pub fn stick_response(&mut self) {
        let be = self.backend();
        let of_request = self.stored.len();
        for rule in &be.stick_response {
            if self.may_store(rule, of_request)
                && let Some(key) = self.stick_key(rule, Places::BE_STORE)
            {
                let stored = Stored { table: rule.table, key: Box::from(&*key) };
                self.stored.push(stored);
            }
        }
        if !self.stored.is_empty() {
            self.store(be);
        }
    }

    /// Whether the rule's table has no key yet among those from the `from`th on.
    fn may_store(&self, rule: &Stick, from: usize) -> bool {
        self.stored.len() < MAX && !self.stored.iter().skip(from).any(|stored| stored.table == rule.table)
    }

    /// The key that a rule finds, if its condition holds.
    fn stick_key<'s>(&'s self, rule: &'s Stick, place: Places) -> Option<Key<'s>> {
        let cx = self.cx(place);
        if rule.cond.as_ref().is_some_and(|cond| cond.eval(&cx, true) != Ok(true)) {
            return None;
        }
        self.config.tables.get(rule.table)?.key(rule.expr.eval(&cx).ok()?)
    }

    /// The server that a table has for a key; to ask is a use of the entry.
    fn remembered(&self, table: usize, key: &[u8]) -> Option<usize> {
        let table = self.config.tables.get(table)?;
        let now = table.now();
        table.find(key, now, |entry| {
            entry.touch(now);
            self.server_of(table, &entry.open(table, now))
        })?
    }

    /// The server of an entry, by its name or address, else by its id, if it may be used.
    fn server_of(&self, table: &Table, entry: &Open<'_>) -> Option<usize> {
        let be = self.backend();
        let by_key = entry.server_key().and_then(|key| self.server_by_key(table.spec.server_key, be, key));
        let by_id = || {
            let id = entry.get(Data::ServerId.into())?;
            be.servers.iter().position(|server| i64::from(server.id) == id)
        };
        let stubborn = be.options.persist || self.persist.forced;
        let usable = |server: &usize| stubborn || self.server_state(*server).is_some_and(|state| state.is_running());
        by_key.or_else(by_id).filter(usable)
    }

    fn server_by_key(&self, kind: ServerKey, be: &Proxy, key: &[u8]) -> Option<usize> {
        match kind {
            ServerKey::Name => be.servers.iter().position(|server| server.name == key),
            ServerKey::Addr => {
                let addr: SocketAddr = std::str::from_utf8(key).ok()?.parse().ok()?;
                self.backend_state().servers.iter().position(|state| state.addr() == Some(addr))
            }
        }
    }

    fn store(&mut self, be: &Proxy) {
        let stored = std::mem::take(&mut self.stored);
        let Some(server) = self.stream.target else { return };
        let Some(said) = be.servers.get(server).filter(|said| !said.non_stick) else { return };
        for Stored { table, key } in stored {
            let Some(table) = self.config.tables.get(table) else { continue };
            let (name, now) = (self.key_of(said, server, table.spec.server_key), table.now());
            table.enter(&key, now, |entry| entry.open(table, now).set_server(said.id, &name));
        }
    }

    /// What a table remembers the server by.
    fn key_of<'s>(&self, said: &'s Server, server: usize, kind: ServerKey) -> Cow<'s, [u8]> {
        let addr = || self.server_state(server).and_then(|state| state.addr());
        match kind {
            ServerKey::Name => Cow::Borrowed(&said.name),
            ServerKey::Addr => Cow::Owned(addr().map(|addr| addr.to_string()).unwrap_or_default().into_bytes()),
        }
    }
}
