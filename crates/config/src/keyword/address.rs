//! Addresses of `bind`, `server`, `log`, `source` and the like (manual, section 11).

use crate::host::Host;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where something listens or connects to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// `abns@`: an abstract unix socket.
    Abstract(Vec<u8>),
    /// `fd@`: a descriptor that the parent process left open.
    Fd(i32),
    Ip(IpAddr, u16),
    /// `unix@` or a path.
    Unix(Vec<u8>),
}

/// The port of a server: fixed, or made from the port the client came in on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Port {
    Fixed(u16),
    /// `:+N`, `:-N`, or none at all (0): added to the frontend's port.
    Offset(i32),
}

/// An address as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    Abstract(Vec<u8>),
    Fd(i32),
    Ip {
        addr: IpAddr,
        /// The name that was resolved.
        name: Option<Vec<u8>>,
        ports: Ports,
    },
    Unix(Vec<u8>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ports {
    None,
    Offset(i32),
    One(u16),
    /// Both ends included.
    Range(u16, u16),
}

/// Why an address is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// HAProxy's words, behind `'bind' : `.
    Bad(String),
    /// A family that evenkeel does not have.
    Unsupported(String),
    /// A host name without an address.
    Unresolved(Vec<u8>),
}

/// What a prefix such as `ipv4@` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Abstract,
    Any,
    Fd,
    Ipv4,
    Ipv6,
    Unix,
    Unsupported,
}

/// The prefixes of addresses (manual, section 11.1 and 11.2).
const PREFIXES: &[(&str, Family)] = &[
    ("abns@", Family::Abstract),
    ("abnsz@", Family::Unsupported),
    ("dgram+", Family::Unsupported),
    ("fd@", Family::Fd),
    ("ipv4@", Family::Ipv4),
    ("ipv6@", Family::Ipv6),
    ("mptcp4@", Family::Unsupported),
    ("mptcp6@", Family::Unsupported),
    ("mptcp@", Family::Unsupported),
    ("quic4@", Family::Unsupported),
    ("quic6@", Family::Unsupported),
    ("rev@", Family::Unsupported),
    ("rhttp@", Family::Unsupported),
    ("sockpair@", Family::Unsupported),
    ("stream+ipv4@", Family::Ipv4),
    ("stream+ipv6@", Family::Ipv6),
    ("stream+unix@", Family::Unix),
    ("tcp4@", Family::Ipv4),
    ("tcp6@", Family::Ipv6),
    ("tcp@", Family::Any),
    ("udp4@", Family::Unsupported),
    ("udp6@", Family::Unsupported),
    ("udp@", Family::Unsupported),
    ("unix@", Family::Unix),
    ("uxdg@", Family::Unsupported),
    ("uxst@", Family::Unix),
];

/// Reads an address with its prefix and its ports. `$NAME` and `${NAME}` in it are variables even outside of quotes.
pub fn parse(text: &[u8], host: &dyn Host) -> Result<Written, Fault> {
    if !text.contains(&b'$') {
        return plain(text, host);
    }
    let whole = expand(text, host);
    if whole.is_empty() {
        let text = show(text);
        return Err(Fault::Bad(format!("'{text}' resolves to an empty address (environment variable missing?)")));
    }
    plain(&whole, host)
}

/// The text with the values of its variables; one that does not exist is empty.
fn expand(text: &[u8], host: &dyn Host) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.iter().position(|b| *b == b'$') {
        let (before, dollar) = rest.split_at(at);
        out.extend(before);
        let (name, after) = variable(dollar.get(1..).unwrap_or(&[]));
        out.extend(std::str::from_utf8(name).ok().and_then(|name| host.env(name)).unwrap_or_default());
        rest = after;
    }
    out.extend(rest);
    out
}

/// The name behind a dollar sign, with or without braces, and what follows it.
fn variable(text: &[u8]) -> (&[u8], &[u8]) {
    let bare = text.strip_prefix(b"{").unwrap_or(text);
    let end = bare.iter().position(|b| !b.is_ascii_alphanumeric() && *b != b'_').unwrap_or(bare.len());
    let (name, rest) = bare.split_at(end);
    let closed = bare.len() != text.len();
    (name, rest.strip_prefix(b"}").filter(|_| closed).unwrap_or(rest))
}

fn plain(text: &[u8], host: &dyn Host) -> Result<Written, Fault> {
    if text.starts_with(b"/") {
        return Ok(Written::Unix(text.to_vec()));
    }
    let prefix = PREFIXES.iter().find_map(|(p, family)| Some((text.strip_prefix(p.as_bytes())?, *family)));
    let (rest, family) = prefix.unwrap_or((text, Family::Any));
    match family {
        Family::Abstract => Ok(Written::Abstract(rest.to_vec())),
        Family::Fd => fd(rest, text),
        Family::Unix => Ok(Written::Unix(rest.to_vec())),
        Family::Unsupported => Err(Fault::Unsupported(show(text))),
        Family::Any | Family::Ipv4 | Family::Ipv6 => internet(rest, text, family, host),
    }
}

fn fd(rest: &[u8], text: &[u8]) -> Result<Written, Fault> {
    match std::str::from_utf8(rest).ok().and_then(|n| n.parse().ok()).filter(|fd: &i32| *fd >= 0) {
        Some(fd) => Ok(Written::Fd(fd)),
        None => Err(Fault::Bad(format!("file descriptor '{}' is not a valid integer in '{}'", show(rest), show(text)))),
    }
}

fn internet(rest: &[u8], text: &[u8], family: Family, host: &dyn Host) -> Result<Written, Fault> {
    let (name, port) = split(rest);
    let ports = port.map_or(Ok(Ports::None), ports)?;
    if let Some(addr) = literal(name, family) {
        return Ok(Written::Ip { addr, name: None, ports });
    }
    let usable = |addr: &IpAddr| match family {
        Family::Ipv4 => addr.is_ipv4(),
        Family::Ipv6 => addr.is_ipv6(),
        _ => true,
    };
    let bad_name = name.iter().any(|b| !(b.is_ascii_alphanumeric() || b"-_.".contains(b)));
    if bad_name {
        return Err(Fault::Bad(format!("invalid address: '{}' in '{}'", show(name), show(text))));
    }
    match host.resolve(name).into_iter().find(usable) {
        Some(addr) => Ok(Written::Ip { addr, name: Some(name.to_vec()), ports }),
        None => Err(Fault::Unresolved(name.to_vec())),
    }
}

/// The address that a text is, without asking anybody.
fn literal(name: &[u8], family: Family) -> Option<IpAddr> {
    let any =
        if family == Family::Ipv6 { IpAddr::V6(Ipv6Addr::UNSPECIFIED) } else { IpAddr::V4(Ipv4Addr::UNSPECIFIED) };
    let text = std::str::from_utf8(name).ok()?;
    match text {
        "" | "*" => Some(any),
        _ => text.trim_start_matches('[').trim_end_matches(']').parse().ok(),
    }
}

/// The port stands behind the last colon, unless that is within brackets.
fn split(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let colon = text.iter().rposition(|b| *b == b':').filter(|at| !text.get(*at..).unwrap_or(&[]).contains(&b']'));
    match colon {
        Some(at) => (&text[..at], text.get(at + 1..)),
        None => (text, None),
    }
}

fn ports(text: &[u8]) -> Result<Ports, Fault> {
    let bad = |text: &[u8]| Fault::Bad(format!("invalid port '{}'", show(text)));
    let number = |text: &[u8]| std::str::from_utf8(text).ok().and_then(|t| t.parse::<u16>().ok()).ok_or(bad(text));
    match text {
        [] => Ok(Ports::None),
        [b'+', rest @ ..] => Ok(Ports::Offset(i32::from(number(rest)?))),
        [b'-', rest @ ..] => Ok(Ports::Offset(-i32::from(number(rest)?))),
        _ => match text.iter().position(|b| *b == b'-') {
            None => Ok(Ports::One(number(text)?)),
            Some(at) => {
                let (low, high) = (number(&text[..at])?, number(&text[at + 1..])?);
                if low > high {
                    Err(Fault::Bad(format!("invalid port range '{}'", show(text))))
                } else {
                    Ok(Ports::Range(low, high))
                }
            }
        },
    }
}

fn show(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Plain;

    fn check(text: &str, expect: &str) {
        let vars = vec![("ADDR".to_string(), b"10.0.0.1:80".to_vec()), ("PORT".to_string(), b"81".to_vec())];
        let shown = match parse(text.as_bytes(), &Plain { vars, ..Plain::default() }) {
            Ok(Written::Ip { addr, name, ports }) => {
                format!("{addr} {ports:?}{}", if name.is_some() { " named" } else { "" })
            }
            Ok(Written::Unix(path)) => format!("unix {}", show(&path)),
            Ok(Written::Abstract(name)) => format!("abstract {}", show(&name)),
            Ok(Written::Fd(fd)) => format!("fd {fd}"),
            Err(Fault::Bad(message)) => message,
            Err(Fault::Unsupported(what)) => format!("unsupported {what}"),
            Err(Fault::Unresolved(name)) => format!("unresolved {}", show(&name)),
        };
        assert_eq!(shown, expect, "{text}");
    }

    #[test]
    fn addresses_are_read_as_haproxy_reads_them() {
        check(":80", "0.0.0.0 One(80)");
        check("*:80-90", "0.0.0.0 Range(80, 90)");
        check("127.0.0.1", "127.0.0.1 None");
        check("[::1]:443", "::1 One(443)");
        check(":::443", ":: One(443)");
        check("[::1]", "::1 None");
        check("ipv6@:80", ":: One(80)");
        check("ipv4@10.0.0.1:1", "10.0.0.1 One(1)");
        check("localhost:8200", "127.0.0.1 One(8200) named");
        check("10.0.0.1:+8", "10.0.0.1 Offset(8)");
        check("10.0.0.1:-8", "10.0.0.1 Offset(-8)");
        check("unix@/run/x", "unix /run/x");
        check("/run/x", "unix /run/x");
        check("abns@x", "abstract x");
        check("fd@5", "fd 5");
        check("fd@x", "file descriptor 'x' is not a valid integer in 'fd@x'");
        check("sockpair@5", "unsupported sockpair@5");
        check("nope.invalid:80", "unresolved nope.invalid");
        check("$ADDR", "10.0.0.1 One(80)");
        check("127.0.0.1:${PORT}", "127.0.0.1 One(81)");
        check("[::1]:$PORT", "::1 One(81)");
        check("$NONE", "'$NONE' resolves to an empty address (environment variable missing?)");
        check("a/b:80", "invalid address: 'a/b' in 'a/b:80'");
        check(":99999", "invalid port '99999'");
        check(":90-80", "invalid port range '90-80'");
    }
}
