//! The persistence cookie in a request.

use super::date;
use config::keyword::cookie::{Cookie, CookieMode};
use message::Head;

/// A date further ahead than this is not believed, in seconds.
const AHEAD: u64 = 86_400;

/// What stands between a server's value and the application's own, in prefix mode; and before a date.
const PREFIX: u8 = b'~';
const DATE: u8 = b'|';

/// What is known of a cookie's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Servers have it, and none of them is up.
    Down,
    /// A server that is down, but is to be tried.
    Forced(usize),
    Unknown,
    Up(usize),
}

/// The outcome for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) server: Option<usize>,
    /// As in the log: `V`alid, `D`own, `I`nvalid, `E`xpired, `O`ld.
    pub(super) flag: u8,
    pub(super) last_seen: Option<u64>,
    pub(super) first_seen: Option<u64>,
}

/// One cookie of a request, as it stands in its field.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    pair: &'a [u8],
}

impl<'a> Pair<'a> {
    /// `name=value`.
    pub fn pair(&self) -> &'a [u8] {
        self.pair
    }

    /// The value, if the name is this one.
    fn value_of(&self, name: &[u8]) -> Option<&'a [u8]> {
        let equals = self.pair.iter().position(|b| *b == b'=')?;
        let (own, value) = self.pair.split_at_checked(equals)?;
        (own.trim_ascii_end() == name).then(|| value.get(1..).unwrap_or(&[]).trim_ascii_start())
    }
}

/// The cookies of a request, in order.
pub fn cookies(head: &Head) -> impl Iterator<Item = Pair<'_>> {
    head.all(b"cookie").flat_map(|v| v.split(|b| *b == b';')).map(|pair| Pair { pair: pair.trim_ascii() })
}

/// Looks for the persistence cookie: the first that names a usable server counts, else the last one.
pub(super) fn read(cookie: &Cookie, req: &Head, now: u64, judge: impl Fn(&[u8]) -> Verdict) -> Option<Found> {
    let mut last = None;
    for value in cookies(req).filter_map(|c| c.value_of(&cookie.name)) {
        let found = read_one(cookie, value, now, &judge);
        if found.server.is_some() {
            return Some(found);
        }
        // A server that is down, or a date that is over, says more than a value that nobody knows.
        if found.flag != b'I' || last.is_none() {
            last = Some(found);
        }
    }
    last
}

fn read_one(cookie: &Cookie, value: &[u8], now: u64, judge: impl Fn(&[u8]) -> Verdict) -> Found {
    let mut found = Found { server: None, flag: b'I', last_seen: None, first_seen: None };
    if cookie.mode == CookieMode::Prefix {
        let Some(end) = value.iter().position(|b| *b == PREFIX) else { return found };
        return judged(found, value.get(..end).unwrap_or(&[]), judge);
    }
    let mut parts = value.splitn(3, |b| *b == DATE);
    let name = parts.next().unwrap_or(&[]);
    found.last_seen = parts.next().and_then(date::read);
    found.first_seen = parts.next().and_then(date::read);
    let over = |seen: Option<u64>, limit: Option<std::time::Duration>| match (seen, limit) {
        (Some(seen), Some(limit)) => now.saturating_sub(seen) > limit.as_secs() || seen.saturating_sub(now) > AHEAD,
        _ => false,
    };
    let outdated = match () {
        () if over(found.first_seen, cookie.maxlife) => Some(b'O'),
        () if over(found.last_seen, cookie.maxidle) => Some(b'E'),
        () => None,
    };
    match outdated {
        Some(flag) => Found { server: None, flag, last_seen: None, first_seen: None },
        None => judged(found, name, judge),
    }
}

fn judged(found: Found, value: &[u8], judge: impl Fn(&[u8]) -> Verdict) -> Found {
    let (server, flag) = match judge(value) {
        Verdict::Up(server) => (Some(server), b'V'),
        Verdict::Forced(server) => (Some(server), b'D'),
        Verdict::Down => (None, b'D'),
        Verdict::Unknown => (None, b'I'),
    };
    Found { server, flag, ..found }
}

/// Takes the persistence cookie out: the server is not to know of it (`indirect`).
pub(super) fn remove(cookie: &Cookie, req: &mut Head) {
    edit(req, |pair| match (Pair { pair: pair.trim_ascii() }).value_of(&cookie.name) {
        Some(_) => Edit::Drop,
        None => Edit::Keep,
    });
}

/// Gives the application its own cookie back: the server's value in front of it goes.
pub(super) fn strip_prefix(cookie: &Cookie, req: &mut Head) {
    edit(req, |pair| {
        let value = (Pair { pair: pair.trim_ascii() }).value_of(&cookie.name);
        let Some(end) = value.and_then(|v| v.iter().position(|b| *b == PREFIX)) else { return Edit::Keep };
        let value = value.unwrap_or(&[]);
        let head = pair.len() - pair.trim_ascii_end().strip_suffix(value).map_or(0, <[u8]>::len);
        let start = pair.len() - head;
        let own = value.get(end + 1..).unwrap_or(&[]);
        Edit::Replace([pair.get(..start).unwrap_or(&[]), own].concat())
    });
}

enum Edit {
    Drop,
    Keep,
    Replace(Vec<u8>),
}

/// Edits every cookie of every `cookie` field, and drops the fields that become empty.
fn edit(req: &mut Head, change: impl Fn(&[u8]) -> Edit) {
    let mut from = 0;
    while let Some(at) = req.position(b"cookie", from) {
        from = at + 1;
        let Some(field) = req.fields().get(at) else { return };
        let mut changed = false;
        let mut kept: Vec<Vec<u8>> = Vec::new();
        for pair in req.get(field.value).split(|b| *b == b';') {
            match change(pair) {
                Edit::Keep => kept.push(pair.to_vec()),
                Edit::Drop => changed = true,
                Edit::Replace(with) => {
                    changed = true;
                    kept.push(with);
                }
            }
        }
        if !changed {
            continue;
        }
        let value = kept.join(&b';');
        if value.trim_ascii().is_empty() {
            req.remove_at(at);
            from = at;
        } else {
            req.set_value_at(at, value.trim_ascii_start());
        }
    }
}
