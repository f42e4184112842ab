//! The process that is not there: it knows the configuration, and nothing that happens.

use config::{Config, ir::ErrorAnswer};
use sample::{
    Env,
    crypt::key::PublicKey,
    env::{ErrorPage, ProxyFact},
    map::Map,
};
use std::{str::from_utf8, time::Duration};

#[derive(Debug, Clone, Copy)]
pub(super) struct Process<'c>(pub(super) &'c Config);

impl Env for Process<'_> {
    fn proxy_name(&self, proxy: usize) -> &str {
        self.0.proxies.get(proxy).and_then(|proxy| from_utf8(&proxy.name).ok()).unwrap_or("")
    }

    fn find_proxy(&self, name: &[u8], backend: bool) -> Option<usize> {
        let fits = |proxy: &config::Proxy| if backend { proxy.kind.is_backend() } else { proxy.kind.is_frontend() };
        self.0.proxies.iter().position(|proxy| fits(proxy) && proxy.name == name)
    }

    fn find_server(&self, backend: usize, name: &[u8]) -> Option<usize> {
        self.0.proxies.get(backend)?.servers.iter().position(|server| server.name == name)
    }

    fn proxy(&self, proxy: usize, what: ProxyFact) -> Option<i64> {
        let proxy = self.0.proxies.get(proxy)?;
        let millis = |time: Option<Duration>| time.and_then(|time| i64::try_from(time.as_millis()).ok());
        match what {
            ProxyFact::Id => Some(proxy.id.into()),
            ProxyFact::DefaultBackend => i64::try_from(proxy.default_backend?).ok(),
            ProxyFact::ClientTimeout => millis(proxy.timeouts.client),
            ProxyFact::TarpitTimeout => millis(proxy.timeouts.tarpit),
            _ => None,
        }
    }

    fn listener(&self, proxy: usize, bind: usize) -> Option<(&str, i64)> {
        let bind = self.0.proxies.get(proxy)?.binds.get(bind)?;
        Some((bind.name.as_deref().and_then(|name| from_utf8(name).ok()).unwrap_or(""), bind.id.into()))
    }

    fn authenticate(&self, userlist: usize, user: &[u8], password: &[u8]) -> bool {
        self.0.userlists.get(userlist).is_some_and(|list| list.check(user, password))
    }

    fn in_group(&self, userlist: usize, user: &[u8], group: &[u8]) -> bool {
        self.0.userlists.get(userlist).is_some_and(|list| list.in_group(user, group))
    }

    fn capture_len(&self, frontend: usize, response: bool, slot: usize) -> Option<usize> {
        let proxy = self.0.proxies.get(frontend)?;
        let slots = if response { &proxy.res_captures } else { &proxy.req_captures };
        slots.get(slot).map(|capture| capture.len)
    }

    fn map(&self, map: usize) -> Option<&Map> {
        self.0.maps.get(map)
    }

    fn public_key(&self, name: &[u8]) -> Option<&PublicKey> {
        self.0.keys.iter().find(|key| key.name == name)
    }

    fn error_page(&self, proxy: usize, status: u16) -> Option<ErrorPage<'_>> {
        let (_, answer) = self.0.proxies.get(proxy)?.errors.iter().rev().find(|(known, _)| *known == status)?;
        Some(match &**answer {
            ErrorAnswer::File(raw) => ErrorPage::File(raw),
            ErrorAnswer::Location(code, url) => ErrorPage::Location(*code, url),
        })
    }
}
