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

/// The cookies of a request, in order. Attributes of the old form (`$Path`) are none.
pub fn cookies(head: &Head) -> impl Iterator<Item = Pair<'_>> {
    let pairs = head.all(b"cookie").flat_map(|v| v.split(ends)).map(|pair| Pair { pair: pair.trim_ascii() });
    pairs.filter(|c| !c.pair.starts_with(b"$"))
}

/// What ends a cookie in its field.
fn ends(byte: &u8) -> bool {
    matches!(byte, b';' | b',')
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
        let end = value.iter().position(|b| *b == PREFIX).unwrap_or(value.len());
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

/// What becomes of one cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Edit {
    Drop,
    Keep,
    Replace(Vec<u8>),
}

/// Makes the cookies of a request ready for the server: the persistence cookie goes where it is `indirect`, the
/// application gets its own back in prefix mode, and blanks around equal signs go.
pub(super) fn rewrite(cookie: &Cookie, req: &mut Head) {
    let drops = cookie.mode == CookieMode::Insert && cookie.indirect;
    edit(req, |pair| {
        let own = (Pair { pair }).value_of(&cookie.name);
        let stripped = match own {
            Some(_) if drops => return Edit::Drop,
            Some(value) if cookie.mode == CookieMode::Prefix => value.iter().position(|b| *b == PREFIX),
            _ => None,
        };
        let Some(equals) = pair.iter().position(|b| *b == b'=') else { return Edit::Keep };
        let (name, value) = (pair.get(..equals).unwrap_or(&[]), pair.get(equals + 1..).unwrap_or(&[]));
        let tight = name.trim_ascii_end().len() == name.len() && value.trim_ascii_start().len() == value.len();
        if tight && stripped.is_none() {
            return Edit::Keep;
        }
        let value = value.trim_ascii_start();
        let value = stripped.map_or(value, |end| value.get(end + 1..).unwrap_or(&[]));
        Edit::Replace([name.trim_ascii_end(), b"=", value].concat())
    });
}

/// Edits every cookie of every `cookie` field, and drops the fields in which none is left.
fn edit(req: &mut Head, change: impl Fn(&[u8]) -> Edit) {
    let mut from = 0;
    while let Some(at) = req.position(b"cookie", from) {
        from = at + 1;
        let Some(field) = req.fields().get(at) else { return };
        match edit_field(req.get(field.value), &change) {
            None => {}
            Some(value) if value.is_empty() => {
                req.remove_at(at);
                from = at;
            }
            Some(value) => req.set_value_at(at, &value),
        }
    }
}

/// The new value of one field, or `None` where nothing changes; empty when no cookie is left. An old-form attribute
/// (`$Path`) goes with the cookie before it.
fn edit_field(value: &[u8], change: &impl Fn(&[u8]) -> Edit) -> Option<Vec<u8>> {
    let (mut out, mut changed, mut dropping, mut cookies) = (Vec::new(), false, false, 0);
    let mut rest = value;
    let mut delimiter = b';';
    loop {
        let end = rest.iter().position(ends).unwrap_or(rest.len());
        let part = rest.get(..end).unwrap_or(rest);
        let pair = part.trim_ascii();
        let attribute = pair.starts_with(b"$");
        let edit = if attribute { Edit::Keep } else { change(pair) };
        dropping = if attribute { dropping } else { edit == Edit::Drop };
        changed |= dropping || edit != Edit::Keep;
        if !dropping {
            cookies += usize::from(!attribute && !pair.is_empty());
            let lead = part.len() - part.trim_ascii_start().len();
            if !out.is_empty() {
                out.push(delimiter);
                out.extend_from_slice(part.get(..lead).unwrap_or(&[]));
            }
            match edit {
                Edit::Replace(with) => out.extend_from_slice(&with),
                _ => out.extend_from_slice(part.get(lead..).unwrap_or(&[])),
            }
        }
        match rest.get(end) {
            Some(next) => delimiter = *next,
            None => break,
        }
        rest = rest.get(end + 1..).unwrap_or(&[]);
    }
    if cookies == 0 && changed {
        out.clear();
    }
    changed.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use message::Version;

    fn check(cookie: &Cookie, before: &str, after: &str) {
        let mut req = Head::request(Version::HTTP_11, b"GET", b"/");
        before.split('|').for_each(|value| req.add(b"cookie", value.as_bytes()));
        rewrite(cookie, &mut req);
        let got: Vec<_> = req.all(b"cookie").map(|v| v.escape_ascii().to_string()).collect();
        assert_eq!(got.join("|"), after, "{before}");
    }

    fn cookie(mode: CookieMode, indirect: bool) -> Cookie {
        Cookie {
            name: b"S".to_vec(),
            mode,
            indirect,
            nocache: false,
            postonly: false,
            preserve: false,
            httponly: false,
            secure: false,
            domains: Vec::new(),
            maxidle: None,
            maxlife: None,
            dynamic: false,
            dynamic_key: None,
            attrs: Vec::new(),
        }
    }

    #[test]
    fn requests_are_made_ready_for_servers() {
        let insert = cookie(CookieMode::Insert, true);
        check(&insert, "S=b", "");
        check(&insert, "X=1; S=b; Y=2", "X=1; Y=2");
        check(&insert, "S=b; Y=2|S=c", "Y=2");
        check(&insert, "X=1, S=b", "X=1");
        check(&insert, "$Version=1; S=b; $Path=/", "");
        check(&insert, "s=b; SS=1", "s=b; SS=1");
        let prefix = cookie(CookieMode::Prefix, false);
        check(&prefix, "X=1; S=b~sess; Y=2", "X=1; S=sess; Y=2");
        check(&prefix, "S = b~s", "S=s");
        check(&prefix, "S=b~s~t|S=x", "S=s~t|S=x");
        check(&cookie(CookieMode::Insert, false), "S = b", "S=b");
    }
}
