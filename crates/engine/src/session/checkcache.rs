//! `option checkcache`: no response that caches may keep carries a cookie (manual, section 4.2).

use super::{
    answer::End,
    exchange::Exchange,
    transport::{Sink, Source},
};
use crate::log;
use message::Head;

/// Statuses whose responses may be kept without being told so.
const CACHEABLE: [u16; 11] = [200, 203, 204, 206, 300, 301, 404, 405, 410, 414, 501];

impl<R: Source, K: Sink> Exchange<'_, R, K> {
    /// Blocks a response that would let a cache hand one client's cookie to another.
    pub fn check_cache(&mut self) -> Result<(), End> {
        if !self.backend().options.checkcache || !self.stream.res.has(b"set-cookie") {
            return Ok(());
        }
        let method = self.stream.req.method();
        let by_default =
            matches!(method, b"GET" | b"HEAD" | b"OPTIONS" | b"TRACE") && CACHEABLE.contains(&self.stream.res.status());
        if !cacheable(&self.stream.res, by_default) {
            return Ok(());
        }
        self.count_denied(*b"PH");
        if let (Some(backend), Some(server)) = (self.stream.backend, self.stream.target) {
            log::state::blocked_cookie(&self.session.worker, backend, server);
        }
        Err(End::Answer(Box::new(self.error_reply(502)), *b"PH"))
    }
}

/// Whether the fields let a cache keep the response, together with its cookies.
fn cacheable(res: &Head, by_default: bool) -> bool {
    if res.values(b"pragma").any(|value| value.eq_ignore_ascii_case(b"no-cache")) {
        return false;
    }
    let mut cacheable = by_default;
    // Nothing tells a cache for how long it may keep the response, nor lets it ask again: it will not.
    let mut fresh = [&b"etag"[..], b"expires", b"last-modified"].iter().any(|name| res.has(name));
    for value in res.values(b"cache-control") {
        let value = value.to_ascii_lowercase();
        match value.as_slice() {
            b"private" | b"no-store" | b"max-age=0" | b"s-maxage=0" | b"no-cache" => return false,
            b"public" => cacheable = true,
            listed => {
                fresh |= listed.starts_with(b"max-age=") || listed.starts_with(b"s-maxage=");
                if listed.starts_with(b"no-cache=\"set-cookie\"") || listed.starts_with(b"no-cache=\"set-cookie,") {
                    return false;
                }
            }
        }
    }
    cacheable && fresh
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manuals_list() {
        let check = |fields: &[(&str, &str)], by_default| {
            let mut res = Head::response(message::Version::HTTP_11, 200, b"OK");
            fields.iter().for_each(|(name, value)| res.add(name.as_bytes(), value.as_bytes()));
            cacheable(&res, by_default)
        };
        let tagged = ("etag", "\"x\"");
        assert!(check(&[tagged], true) && !check(&[tagged], false));
        assert!(check(&[("cache-control", "public, max-age=5")], false));
        // As seen in HAProxy, though not in its manual.
        assert!(!check(&[], true) && !check(&[("cache-control", "public")], true));
        for value in ["private", "no-store", "max-age=0", "s-maxage=0", "no-cache", "no-cache=\"set-cookie\""] {
            assert!(!check(&[tagged, ("cache-control", value)], true), "{value}");
        }
        assert!(!check(&[tagged, ("pragma", "no-cache")], true));
    }
}
