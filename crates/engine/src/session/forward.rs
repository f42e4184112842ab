//! What is added to a request on its way to the server: `forwardfor`, `originalto`, the connection field, …

use super::{
    exchange::Exchange,
    transport::{Sink, Source},
};
use config::keyword::options::{ForwardFor, HttpMode};
use message::Version;
use std::net::IpAddr;
use wire::http1::Framing;

impl<R: Source, K: Sink> Exchange<'_, R, K> {
    /// `unique-id-header`, `option forwardfor`, `option originalto`: said by the frontend or by the backend.
    pub fn add_forwarding_fields(&mut self) {
        let (fe, be) = (self.frontend(), self.backend());
        if let (Some(name), Some(id)) = (&fe.unique_id_header, &self.stream.unique_id) {
            self.stream.req.add(name, id);
        }
        self.add_forwarded();
        if let Some(forward) = be.forward_for.as_ref().or(fe.forward_for.as_ref()) {
            self.forward_address(forward, self.stream.client.src.map(|a| a.ip()));
        }
        if let Some(original) = be.original_to.as_ref().or(fe.original_to.as_ref()) {
            self.forward_address(original, self.stream.client.dst.map(|a| a.ip()));
        }
    }

    fn forward_address(&mut self, forward: &ForwardFor, address: Option<IpAddr>) {
        let Some(address) = address else { return };
        let excepted = forward.except.is_some_and(|(net, bits)| within(address, net, bits));
        if excepted || (forward.if_none && self.stream.req.has(&forward.header)) {
            return;
        }
        let mut text = [0; 45];
        let text = print(address, &mut text);
        self.stream.req.add(&forward.header, text);
    }

    /// Says to the server whether its connection may live on. HTTP/1.1 does by default, HTTP/1.0 does not.
    pub fn server_connection_field(&mut self) {
        let keep = self.server_keeps() || (self.request.connect_method && self.keeps_alive());
        let pretend = self.backend().options.http_pretend_keepalive;
        // What asks for another protocol says what its connection is to become.
        if self.request.upgrade {
            return;
        }
        let req = &mut self.stream.req;
        let old = req.version() < Version::HTTP_11;
        match (old, keep || pretend) {
            (true, true) => append_token(req, b"keep-alive"),
            (false, false) => append_token(req, b"close"),
            _ => {}
        }
    }

    /// Whether the connection to the server is to be kept behind this exchange.
    pub fn server_keeps(&self) -> bool {
        // HTTP/1.0 knows no chunks: what such a message makes of a server's connection is not to be relied on.
        let odd = self.stream.req.version() < Version::HTTP_11 && self.request.framing == Framing::Chunked;
        self.keeps_alive() && !self.request.connect_method && !odd
    }

    /// Whether connections to servers are kept where nothing in the messages forbids it.
    fn keeps_alive(&self) -> bool {
        self.backend().http_mode == HttpMode::KeepAlive && self.frontend().http_mode != HttpMode::ServerClose
    }

    /// Says to the client whether its connection lives on.
    pub fn client_connection_field(&mut self) {
        if self.request.multiplexed {
            return;
        }
        let old_request = self.stream.req.version() < Version::HTTP_11;
        let res = &mut self.stream.res;
        // A rule may have said so itself.
        if res.all(b"connection").any(|value| value.eq_ignore_ascii_case(b"close")) {
            self.keep_alive = false;
            return;
        }
        let old = res.version() < Version::HTTP_11;
        match (self.keep_alive, old, old_request) {
            (true, true, _) | (true, _, true) => append_token(res, b"keep-alive"),
            (false, false, _) => append_token(res, b"close"),
            _ => {}
        }
    }
}

/// Adds a token to the `connection` field, or makes one.
fn append_token(head: &mut message::Head, token: &[u8]) {
    match head.position(b"connection", 0) {
        Some(at) => {
            let mut value = head.field(b"connection").unwrap_or(&[]).to_vec();
            if !value.is_empty() {
                value.extend_from_slice(b", ");
            }
            value.extend_from_slice(token);
            head.set_value_at(at, &value);
        }
        None => head.add(b"connection", token),
    }
}

/// Writes an address as text, without allocating.
fn print(address: IpAddr, to: &mut [u8; 45]) -> &[u8] {
    use std::io::Write;
    let mut rest = &mut to[..];
    let room = rest.len();
    let _ = write!(rest, "{address}");
    let left = rest.len();
    to.get(..room - left).unwrap_or(&[])
}

fn within(address: IpAddr, net: IpAddr, bits: u8) -> bool {
    match (address, net) {
        (IpAddr::V4(a), IpAddr::V4(n)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or(0);
            a.to_bits() & mask == n.to_bits() & mask
        }
        (IpAddr::V6(a), IpAddr::V6(n)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits.min(128))).unwrap_or(0);
            a.to_bits() & mask == n.to_bits() & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses() {
        let ip = |s: &str| s.parse::<IpAddr>().ok();
        let inside = |a, n, b| ip(a).zip(ip(n)).is_some_and(|(a, n)| within(a, n, b));
        assert!(inside("10.1.2.3", "10.0.0.0", 8) && inside("1.2.3.4", "9.9.9.9", 0));
        assert!(!inside("11.1.2.3", "10.0.0.0", 8) && !inside("::1", "127.0.0.0", 8));
        assert!(inside("2001:db8::1", "2001:db8::", 32));
        let mut text = [0; 45];
        assert_eq!(print(IpAddr::from([127, 0, 0, 1]), &mut text), b"127.0.0.1");
    }
}
