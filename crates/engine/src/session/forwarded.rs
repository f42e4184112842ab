//! `option forwarded`: the field of RFC 7239 that tells servers who asked, how, and of whom (manual, section 4.2).

use super::{
    exchange::Exchange,
    transport::{Sink, Source},
};
use config::keyword::forwarded::{Forwarded, Part};
use sample::{Cx, Places, Value};
use std::{
    io::Write,
    net::{IpAddr, SocketAddr},
};

impl<R: Source, K: Sink> Exchange<'_, R, K> {
    /// Adds the backend's `forwarded` field; behind what earlier proxies told, if there is such a field already.
    pub fn add_forwarded(&mut self) {
        let Some(told) = &self.backend().forwarded else { return };
        let mut value = self.stream.req.field(b"forwarded").map_or_else(Vec::new, |old| [old, b","].concat());
        render(told, &self.cx(Places::BE_HTTP_REQ), &mut value);
        match self.stream.req.position(b"forwarded", 0) {
            Some(at) => self.stream.req.set_value_at(at, &value),
            None => self.stream.req.add(b"forwarded", &value),
        }
    }
}

/// Writes the parts in the order that HAProxy has for them.
fn render(told: &Forwarded, cx: &Cx<'_>, out: &mut Vec<u8>) {
    let mut parts = Vec::with_capacity(4);
    if told.proto {
        parts.push(if cx.stream.client.tls { b"proto=https".to_vec() } else { b"proto=http".to_vec() });
    }
    if let Some(part) = &told.host {
        parts.push([&b"host=\""[..], &host(part, cx), b"\""].concat());
    }
    let client = &cx.stream.client;
    let nodes = [("by", &told.by, &told.by_port, client.dst), ("for", &told.r#for, &told.for_port, client.src)];
    for (name, part, port, own) in nodes {
        if let Some(part) = part {
            parts.push(node(name, part, port.as_ref(), own, cx));
        }
    }
    out.extend_from_slice(&parts.join(&b';'));
}

/// The host asked for; nothing where an expression gives what is none.
fn host(part: &Part, cx: &Cx<'_>) -> Vec<u8> {
    let host = match part {
        Part::Own => return cx.stream.req.field(b"host").unwrap_or_default().to_vec(),
        Part::Expr(expr) => expr.eval(cx).ok().and_then(|value| value.into_str()),
    };
    host.filter(|host| host.iter().all(|b| b.is_ascii_alphanumeric() || b"._-:[]".contains(b)))
        .map_or_else(Vec::new, Into::into)
}

/// `by` or `for`: a name and perhaps a port, quoted where the name is no token.
fn node(name: &str, part: &Part, port: Option<&Part>, own: Option<SocketAddr>, cx: &Cx<'_>) -> Vec<u8> {
    let mut node = match part {
        Part::Own => own.map_or_else(|| b"unknown".to_vec(), |own| address(own.ip())),
        Part::Expr(expr) => expr.eval(cx).ok().and_then(node_name).unwrap_or_else(|| b"unknown".to_vec()),
    };
    let port = port.and_then(|port| match port {
        Part::Own => own.map(|own| own.port().to_string().into_bytes()),
        Part::Expr(expr) => expr.eval(cx).ok().and_then(node_port),
    });
    if let Some(port) = port {
        node.push(b':');
        node.extend_from_slice(&port);
    }
    let quote = if node.contains(&b':') { "\"" } else { "" };
    let mut written = Vec::with_capacity(name.len() + node.len() + 3);
    let _ = write!(written, "{name}={quote}");
    written.extend_from_slice(&node);
    written.extend_from_slice(quote.as_bytes());
    written
}

fn address(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.to_string().into_bytes(),
        IpAddr::V6(ip) => format!("[{ip}]").into_bytes(),
    }
}

/// The name that a value stands for: an address, `unknown`, or a word, which an underscore marks as made up.
fn node_name(value: Value<'_>) -> Option<Vec<u8>> {
    match value {
        Value::Ipv4(ip) => Some(address(ip.into())),
        Value::Ipv6(ip) => Some(address(ip.into())),
        value => {
            let text = value.into_str()?;
            let plain = text.as_ref() == b"unknown"
                || std::str::from_utf8(&text).is_ok_and(|text| text.parse::<std::net::Ipv4Addr>().is_ok());
            if plain { Some(text.into()) } else { obfuscated(&text) }
        }
    }
}

/// The port that a value stands for: a number, or a word that is marked as made up.
fn node_port(value: Value<'_>) -> Option<Vec<u8>> {
    let text = value.into_str()?;
    let number = std::str::from_utf8(&text).ok().and_then(|text| text.parse::<u16>().ok()).is_some();
    if number { Some(text.into()) } else { obfuscated(&text) }
}

fn obfuscated(text: &[u8]) -> Option<Vec<u8>> {
    let valid = !text.is_empty() && text.iter().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(b));
    let mark: &[u8] = if text.starts_with(b"_") { b"" } else { b"_" };
    valid.then(|| [mark, text].concat())
}
