//! Addresses of `bind`, `server`, `log`, `source` and the like (manual, section 11).

use std::net::IpAddr;

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
