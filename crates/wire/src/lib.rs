//! Sans-I/O codecs: HTTP/1, HTTP/2, the PROXY protocol, RDP cookies. Bytes in, events out; no clock, no socket.
//!
//! What is accepted, refused and put right is what HAProxy 3.4 accepts, refuses and puts right; it was read off
//! its manual and off the behaviour of its binaries.

#![forbid(unsafe_code)]

pub mod http1;
pub mod http2;
pub mod netscaler;
pub mod proxy;
pub mod rdp;
