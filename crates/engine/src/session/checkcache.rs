//! `option checkcache`: no response that caches may keep carries a cookie (manual, section 4.2).

use super::{
    answer::End,
    exchange::Exchange,
    transport::{Sink, Source},
};
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
        Err(End::Answer(Box::new(self.error_reply(502)), *b"PH"))
    }
}

/// Whether the fields let a cache keep the response, together with its cookies.
fn cacheable(res: &Head, by_default: bool) -> bool {
    if res.values(b"pragma").any(|value| value.eq_ignore_ascii_case(b"no-cache")) {
        return false;
    }
    let mut cacheable = by_default;
    for value in res.values(b"cache-control") {
        let value = value.to_ascii_lowercase();
        match value.as_slice() {
            b"private" | b"no-store" | b"max-age=0" | b"s-maxage=0" | b"no-cache" => return false,
            b"public" => cacheable = true,
            listed => {
                if listed.starts_with(b"no-cache=\"set-cookie\"") || listed.starts_with(b"no-cache=\"set-cookie,") {
                    return false;
                }
            }
        }
    }
    cacheable
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
        assert!(check(&[], true) && !check(&[], false));
        assert!(check(&[("cache-control", "public")], false));
        for value in ["private", "no-store", "max-age=0", "s-maxage=0", "no-cache", "no-cache=\"set-cookie\""] {
            assert!(!check(&[("cache-control", value)], true), "{value}");
        }
        assert!(!check(&[("pragma", "no-cache")], true));
    }
}
