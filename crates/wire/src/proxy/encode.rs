//! Writing PROXY headers.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};

use super::crc::crc32c;
use super::v2::{FIXED, LOCAL, PROXY, SIGNATURE, TCP4, TCP6};
use super::{Addresses, tlv};

/// Appends a line of version 1. Without addresses it says UNKNOWN.
pub fn write_v1(addresses: Option<Addresses>, out: &mut Vec<u8>) {
    let Some(addresses) = addresses else { return out.extend_from_slice(b"PROXY UNKNOWN\r\n") };
    let Addresses { source, destination } = alike(addresses);
    let family = if source.is_ipv4() { 4 } else { 6 };
    let (from, to) = (source.port(), destination.port());
    let (source, destination) = (source.ip(), destination.ip());
    // Writing to a vector does not fail.
    let _ = write!(out, "PROXY TCP{family} {source} {destination} {from} {to}\r\n");
}

/// Appends a header of version 2, with the checksum first if asked for, then `tlvs`. Without addresses it says LOCAL.
/// TLVs that would make the header longer than 65535 bytes are left out.
pub fn write_v2(addresses: Option<Addresses>, checksum: bool, tlvs: &[(u8, &[u8])], out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(SIGNATURE);
    match addresses.map(alike) {
        None => out.extend_from_slice(&[LOCAL, 0, 0, 0]),
        Some(addresses) => write_addresses(addresses, out),
    }
    let sum_at = out.len() + 3;
    if checksum {
        write_tlv(tlv::CRC32C, &[0; 4], out);
    }
    for (kind, value) in tlvs {
        if out.len() - start - FIXED + 3 + value.len() <= usize::from(u16::MAX) {
            write_tlv(*kind, value, out);
        }
    }
    let len = (out.len() - start - FIXED) as u16;
    patch(out, start + SIGNATURE.len() + 2, &len.to_be_bytes());
    if checksum {
        let sum = crc32c(&[out.get(start..).unwrap_or(&[])]);
        patch(out, sum_at, &sum.to_be_bytes());
    }
}

/// What `tlv::SSL` says of the client's connection (protocol text, section 2.2.6). `Default`: it did not use TLS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ssl<'a> {
    /// Bit field: 1 TLS was used, 2 a certificate came over this connection, 4 over this TLS session.
    pub client: u8,
    /// 0 if the certificate was verified.
    pub verify: u32,
    /// TLVs such as `tlv::SSL_VERSION`.
    pub tlvs: &'a [(u8, &'a [u8])],
}

/// The value of a `tlv::SSL`.
pub fn ssl_value(ssl: &Ssl<'_>) -> Vec<u8> {
    let mut out = vec![ssl.client];
    out.extend_from_slice(&ssl.verify.to_be_bytes());
    for (kind, value) in ssl.tlvs {
        write_tlv(*kind, value, &mut out);
    }
    out
}

fn write_addresses(addresses: Addresses, out: &mut Vec<u8>) {
    let Addresses { source, destination } = addresses;
    out.extend_from_slice(&[PROXY, if source.is_ipv4() { TCP4 } else { TCP6 }, 0, 0]);
    for address in [source, destination] {
        match address.ip() {
            IpAddr::V4(ip) => out.extend_from_slice(&ip.octets()),
            IpAddr::V6(ip) => out.extend_from_slice(&ip.octets()),
        }
    }
    out.extend_from_slice(&source.port().to_be_bytes());
    out.extend_from_slice(&destination.port().to_be_bytes());
}

/// Values longer than a length field can say are cut.
fn write_tlv(kind: u8, value: &[u8], out: &mut Vec<u8>) {
    let value = value.get(..usize::from(u16::MAX)).unwrap_or(value);
    out.push(kind);
    out.extend_from_slice(&(value.len() as u16).to_be_bytes());
    out.extend_from_slice(value);
}

/// Addresses of two families are both given as IPv6.
fn alike(addresses: Addresses) -> Addresses {
    let Addresses { source, destination } = addresses;
    if source.is_ipv4() == destination.is_ipv4() {
        return addresses;
    }
    let mapped = |address: SocketAddr| match address {
        SocketAddr::V4(v4) => SocketAddr::new(IpAddr::V6(v4.ip().to_ipv6_mapped()), v4.port()),
        v6 => v6,
    };
    Addresses { source: mapped(source), destination: mapped(destination) }
}

fn patch(out: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(place) = out.get_mut(at..at + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}
