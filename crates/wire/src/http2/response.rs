//! Heads of responses.

use message::Head;

use super::{fields::of_connection, hpack};

/// Appends a response's head as a header block. Fields that HTTP/2 has no place for are left out.
pub fn write_response(head: &Head, status: u16, out: &mut Vec<u8>) {
    let digits = [b'0' + (status / 100 % 10) as u8, b'0' + (status / 10 % 10) as u8, b'0' + (status % 10) as u8];
    hpack::encode(b":status", &digits, out);
    for (name, value) in head.iter().filter(|(name, _)| !of_connection(name)) {
        hpack::encode(name, value, out);
    }
}
