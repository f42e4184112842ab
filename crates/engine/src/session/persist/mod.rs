//! Persistence: which server a client belongs to (manual, section 4.2 `cookie`, `force-persist`, `use-server`).

mod date;
mod dynamic;
mod request;
mod response;
mod stick;

use super::{
    exchange::Exchange,
    transport::{Sink, Source},
};
use config::{
    Proxy,
    ir::Target,
    keyword::cookie::{Cookie, CookieMode},
};
use sample::Places;
use std::time::SystemTime;

pub use dynamic::dynamic_value;
pub use request::cookies;
pub use stick::Stored;

/// What persistence found out about a request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Persist {
    /// The server that the client belongs to.
    pub server: Option<usize>,
    /// `ignore-persist` and `force-persist` said so.
    pub ignored: bool,
    pub forced: bool,
    /// When the client was last seen, and first, as its cookie says, in seconds since 1970.
    last_seen: Option<u64>,
    first_seen: Option<u64>,
    /// The cookie has been read.
    pub read: bool,
}

/// Places in the termination state: what became of the client's cookie, and of the server's.
const CLIENT: usize = 2;
const SERVER: usize = 3;

impl<R: Source, K: Sink> Exchange<'_, R, K> {
    /// A backend with persistence has been entered: its rules about it are asked.
    pub fn begin_persistence(&mut self) {
        let be = self.backend();
        let cx = self.cx(Places::BE_HTTP_REQ);
        let holds = |conds: &[rules::Cond]| conds.iter().any(|c| c.eval(&cx, true) == Ok(true));
        let (forced, ignored) = (holds(&be.force_persist), holds(&be.ignore_persist));
        self.persist = Persist { forced, ignored, ..Persist::default() };
        if be.cookie.as_ref().is_some_and(shown) {
            self.stream.state[CLIENT..].copy_from_slice(b"NN");
        }
    }

    /// Reads the client's cookie, and takes out of the request what the server is not to see; then `use-server`.
    pub fn client_persistence(&mut self) {
        if std::mem::replace(&mut self.persist.read, true) {
            return;
        }
        let be = self.backend();
        if let Some(cookie) = &be.cookie {
            self.read_cookie(be, cookie);
        }
        if self.persist.server.is_none() {
            self.persist.server = self.server_by_rule(be);
        }
    }

    fn read_cookie(&mut self, be: &Proxy, cookie: &Cookie) {
        if !self.stream.req.has(b"cookie") {
            return;
        }
        let found = request::read(cookie, &self.stream.req, now(), |value| self.judge(be, value));
        request::rewrite(cookie, &mut self.stream.req);
        let Some(found) = found else { return };
        if !self.persist.ignored {
            self.persist.server = found.server;
            self.persist.last_seen = found.last_seen;
            self.persist.first_seen = found.first_seen;
        }
        if shown(cookie) {
            self.stream.state[CLIENT] = if self.persist.ignored { b'U' } else { found.flag };
        }
    }

    /// The first server with this value that may be used; and whether any server has it at all.
    fn judge(&self, be: &Proxy, value: &[u8]) -> request::Verdict {
        let stubborn = be.options.persist || self.persist.forced;
        let mut verdict = request::Verdict::Unknown;
        for (i, state) in self.backend_state().servers.iter().enumerate() {
            if !self.has_cookie(be, i, value) {
                continue;
            }
            match (state.is_running(), stubborn) {
                (true, _) => return request::Verdict::Up(i),
                (false, true) => return request::Verdict::Forced(i),
                (false, false) => verdict = request::Verdict::Down,
            }
        }
        verdict
    }

    fn has_cookie(&self, be: &Proxy, server: usize, value: &[u8]) -> bool {
        match be.servers.get(server).and_then(|s| s.cookie.as_deref()) {
            Some(fixed) => fixed == value,
            None => self.backend_state().servers.get(server).is_some_and(|s| s.cookie().as_deref() == Some(value)),
        }
    }

    /// `use-server`: the first rule that holds, if its server is up.
    fn server_by_rule(&self, be: &Proxy) -> Option<usize> {
        let cx = self.cx(Places::BE_SET_SERVER);
        let usable = |s: &usize| self.persist.forced || self.server_state(*s).is_some_and(|s| s.is_running());
        for rule in &be.use_server {
            if rule.cond.as_ref().is_some_and(|c| c.eval(&cx, true) != Ok(true)) {
                continue;
            }
            let server = match &rule.target {
                Target::Fixed(server) => Some(*server),
                Target::Named(format) => {
                    let mut name = Vec::new();
                    format.render(&cx, &mut name);
                    be.servers.iter().position(|s| s.name == name)
                }
            };
            return server.filter(usable);
        }
        None
    }

    /// The server that persistence names.
    pub fn pinned_server(&self) -> Option<usize> {
        self.persist.server
    }

    /// The server that the client belongs to has failed: another one will be found for it.
    pub fn unpin(&mut self) {
        if self.persist.server.take().is_some() && self.stream.state[CLIENT] == b'V' {
            self.stream.state[CLIENT] = b'D';
        }
    }

    /// Sets, rewrites or removes the persistence cookie of a response.
    pub fn server_persistence(&mut self) {
        let be = self.backend();
        let (Some(cookie), Some(server)) = (&be.cookie, self.stream.target) else { return };
        let own = match be.servers.get(server).and_then(|s| s.cookie.clone()) {
            Some(fixed) => Some(fixed),
            None => self.server_state(server).and_then(|s| s.cookie()),
        };
        let direct = self.persist.server.is_some();
        let said = response::rewrite(cookie, own.as_deref(), direct, &mut self.stream.res);
        if !shown(cookie) {
            return;
        }
        if let Some(flag) = said {
            self.stream.state[SERVER] = flag;
        }
        let kept = said.is_some() && cookie.preserve;
        let allowed = !cookie.postonly || self.stream.req.method() == b"POST";
        if cookie.mode == CookieMode::Insert && !kept && allowed && !self.persist.ignored && self.needs_cookie(cookie) {
            response::insert(cookie, own.as_deref(), self.persist.first_seen, now(), &mut self.stream.res);
            self.stream.state[SERVER] = if own.is_some() && direct { b'U' } else { b'I' };
        }
    }

    /// Whether the client has no cookie for this server, or one whose dates have to be renewed.
    fn needs_cookie(&self, cookie: &Cookie) -> bool {
        let persist = &self.persist;
        if persist.server.is_none() {
            return true;
        }
        let dated = cookie.maxidle.is_some() || persist.last_seen.is_some();
        let renew = dated && persist.last_seen.is_none_or(|seen| seen < now());
        renew || cookie.maxlife.is_some() != persist.first_seen.is_some()
    }
}

/// Whether the log shows what became of the cookie: not where it is only read.
fn shown(cookie: &Cookie) -> bool {
    cookie.mode != CookieMode::Passive || cookie.indirect || cookie.nocache || cookie.postonly || cookie.preserve
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
