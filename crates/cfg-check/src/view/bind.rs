//! A `bind` line.

use super::Line;
use config::{
    host::Plain,
    keyword::address::{self, Ports, Written},
};
use source::Word;
use std::net::IpAddr;

#[derive(Debug, Clone, Copy)]
pub struct Bind<'p> {
    pub line: Line<'p>,
    pub address: &'p Word,
}

impl<'p> Bind<'p> {
    pub(super) fn new(line: Line<'p>) -> Option<Bind<'p>> {
        Some(Bind { line, address: line.word(1)? })
    }

    pub fn is_tls(&self) -> bool {
        self.line.has("ssl")
    }

    /// Its addresses, as far as the file alone tells them.
    pub fn addresses(&self) -> Vec<Written> {
        let list = self.address.bytes().split(|b| *b == b',');
        list.filter(|text| !text.contains(&b'$'))
            .filter_map(|text| address::parse(text, &Plain::default()).ok())
            .collect()
    }

    /// The IP addresses and ports that it names one by one.
    pub fn sockets(&self) -> Vec<(IpAddr, u16)> {
        let socket = |written| match written {
            Written::Ip { addr, ports: Ports::One(port), .. } => Some((addr, port)),
            _ => None,
        };
        self.addresses().into_iter().filter_map(socket).collect()
    }

    pub fn has_port(&self, port: u16) -> bool {
        self.sockets().iter().any(|(_, own)| *own == port)
    }

    /// Whether other machines reach it.
    pub fn is_public(&self) -> bool {
        self.addresses().iter().any(|written| matches!(written, Written::Ip { addr, .. } if !addr.is_loopback()))
    }
}
