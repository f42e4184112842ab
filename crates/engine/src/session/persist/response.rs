//! The persistence cookie in a response.

use super::date;
use config::keyword::cookie::{Cookie, CookieMode};
use message::Head;

/// Treats the cookie of that name that the server itself set: it is rewritten, prefixed, deleted or let pass. Answers with
/// the flag for the log, or `None` where the server set none.
///
/// `own` is the server's value; `direct` says that the client named this server.
pub(super) fn rewrite(cookie: &Cookie, own: Option<&[u8]>, direct: bool, res: &mut Head) -> Option<u8> {
    let mut flag = None;
    let mut from = 0;
    while let Some(at) = res.position(b"set-cookie", from) {
        from = at + 1;
        let line = res.get(res.fields().get(at)?.value);
        let Some((start, end)) = value_of(line, &cookie.name) else { continue };
        let (value, after) = (line.get(start..end).unwrap_or(&[]), line.get(end..).unwrap_or(&[]));
        // Blanks around the equal sign go.
        let with = |prefix: &[u8], value: &[u8]| [&cookie.name, &b"="[..], prefix, value, after].concat();
        let edited = match (cookie.mode, own) {
            _ if cookie.preserve => (b'P', Some(with(b"", value))),
            (CookieMode::Insert, _) => (b'D', None),
            _ if direct && cookie.indirect => (b'D', None),
            (CookieMode::Rewrite, Some(own)) => (b'R', Some(with(b"", own))),
            (CookieMode::Prefix, Some(own)) => (b'R', Some(with(&[own, b"~"].concat(), value))),
            _ => (b'P', Some(with(b"", value))),
        };
        match edited {
            (said, Some(line)) => {
                res.set_value_at(at, &line);
                flag = Some(said);
            }
            (_, None) => {
                res.remove_at(at);
                from = at;
                flag = Some(b'D');
            }
        }
    }
    flag
}

/// Where the value of a cookie stands in a `set-cookie` field, if it is of this name.
fn value_of(line: &[u8], name: &[u8]) -> Option<(usize, usize)> {
    let end = line.iter().position(|b| *b == b';').unwrap_or(line.len());
    let equals = line.get(..end)?.iter().position(|b| *b == b'=')?;
    if line.get(..equals)?.trim_ascii() != name {
        return None;
    }
    let value = line.get(equals + 1..end)?;
    let lead = value.len() - value.trim_ascii_start().len();
    let start = equals + 1 + lead;
    Some((start, start + value.trim_ascii().len()))
}

/// Adds the cookie for a server, or takes it from the client where the server has no value.
pub(super) fn insert(cookie: &Cookie, own: Option<&[u8]>, first_seen: Option<u64>, now: u64, res: &mut Head) {
    let mut line = [&cookie.name[..], b"="].concat();
    match own {
        None => line.extend_from_slice(b"; Expires=Thu, 01-Jan-1970 00:00:01 GMT"),
        Some(own) => {
            line.extend_from_slice(own);
            if cookie.maxidle.is_some() || cookie.maxlife.is_some() {
                line.push(b'|');
                date::write(now, &mut line);
            }
            if cookie.maxlife.is_some() {
                line.push(b'|');
                date::write(first_seen.unwrap_or(now), &mut line);
            }
        }
    }
    line.extend_from_slice(b"; path=/");
    for domain in &cookie.domains {
        line.extend_from_slice(b"; domain=");
        line.extend_from_slice(domain);
    }
    if cookie.httponly {
        line.extend_from_slice(b"; HttpOnly");
    }
    if cookie.secure {
        line.extend_from_slice(b"; Secure");
    }
    for attr in &cookie.attrs {
        line.extend_from_slice(b"; ");
        line.extend_from_slice(attr);
    }
    let shared = cookie.nocache && cacheable(res);
    res.add(b"set-cookie", &line);
    if shared {
        res.add(b"cache-control", b"private");
    }
}

/// Whether a shared cache would keep the response because it says so itself.
fn cacheable(res: &Head) -> bool {
    if !matches!(res.status(), 200 | 203 | 204 | 206 | 300 | 301 | 404 | 410 | 414 | 501) {
        return false;
    }
    let is = |value: &[u8], word: &str| value.eq_ignore_ascii_case(word.as_bytes());
    let says = |word: &str| res.values(b"cache-control").any(|v| is(v, word));
    let begins = |word: &str| {
        res.values(b"cache-control").any(|v| {
            let number = v.get(word.len()..).filter(|_| v.get(..word.len()).is_some_and(|n| is(n, word)));
            number.is_some_and(|n| n.iter().any(|d| (b'1'..=b'9').contains(d)))
        })
    };
    if says("private") || says("no-cache") || says("no-store") {
        return false;
    }
    let expires = res.field(b"expires").is_some_and(|date| date.len() > 8);
    says("public") || begins("max-age=") || begins("s-maxage=") || expires
}
