//! `cookie … dynamic`: values made from a server's address and a secret (manual, `dynamic-cookie-key`).

use std::net::{IpAddr, SocketAddr};
use twox_hash::XxHash64;

/// The cookie value of a server at `addr`, as sixteen hexadecimal digits. Two servers of one address share it.
pub fn dynamic_value(key: &[u8], addr: SocketAddr) -> Vec<u8> {
    let mut bytes = key.to_vec();
    match addr.ip() {
        IpAddr::V4(ip) => bytes.extend_from_slice(&ip.octets()),
        IpAddr::V6(ip) => bytes.extend_from_slice(&ip.octets()),
    }
    bytes.extend_from_slice(&u32::from(addr.port()).to_be_bytes());
    format!("{:016x}", XxHash64::oneshot(0, &bytes)).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As observed on HAProxy 3.4.0.
    #[test]
    fn values_are_those_of_haproxy() {
        let value = |port| dynamic_value(b"secret", SocketAddr::from(([127, 0, 0, 1], port)));
        assert_eq!(value(9001), b"79d74b383385d668");
        assert_eq!(value(9002), b"6b8aa756c025fe80");
    }
}
