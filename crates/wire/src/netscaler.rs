//! The client's address as a NetScaler inserts it: the headers of the client's own packet, behind a magic number.

use crate::proxy::Addresses;
use std::net::{IpAddr, SocketAddr};

/// Why a header was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    BadMagic,
    BadProtocol,
    Truncated,
}

impl Fault {
    /// The words of HAProxy's log.
    pub fn text(self) -> &'static str {
        match self {
            Fault::BadMagic => "Received an invalid NetScaler Client IP magic number",
            Fault::BadProtocol => "Received an unhandled protocol in the NetScaler Client IP header",
            Fault::Truncated => "Truncated NetScaler Client IP header received",
        }
    }
}

/// Bytes before the packet's headers: the magic number and their length.
const FIXED: usize = 8;
const TCP: u8 = 6;

/// Reads the header at the start of `buf`: the addresses, and how long it is.
pub fn parse(buf: &[u8], magic: u32) -> Result<(Addresses, usize), Fault> {
    let word = |at: usize| buf.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
    if word(0).ok_or(Fault::Truncated)? != magic {
        return Err(Fault::BadMagic);
    }
    let end = FIXED.saturating_add(word(4).ok_or(Fault::Truncated)? as usize);
    let packet = buf.get(FIXED..end).ok_or(Fault::Truncated)?;
    let addresses = match packet.first().map(|first| (first >> 4, usize::from(first & 15) * 4)) {
        Some((4, length)) => addresses::<4>(packet, 9, 12, length),
        Some((6, _)) => addresses::<16>(packet, 6, 8, 40),
        _ => None,
    };
    addresses.map(|addresses| (addresses, end)).ok_or(Fault::BadProtocol)
}

/// Reads an IP header, whose protocol and addresses are at these offsets, and the ports of the TCP header behind it.
fn addresses<const N: usize>(packet: &[u8], protocol: usize, at: usize, behind: usize) -> Option<Addresses>
where
    IpAddr: From<[u8; N]>,
{
    if packet.get(protocol) != Some(&TCP) {
        return None;
    }
    let (source, rest) = packet.get(at..)?.split_first_chunk::<N>()?;
    let destination = rest.first_chunk::<N>()?;
    let [from, to] = [0, 2].map(|port| packet.get(behind + port..)?.first_chunk().copied().map(u16::from_be_bytes));
    Some(Addresses {
        source: SocketAddr::new(IpAddr::from(*source), from?),
        destination: SocketAddr::new(IpAddr::from(*destination), to?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read() {
        let mut packet = vec![0; 48];
        packet[..4].copy_from_slice(&12_345_678u32.to_be_bytes());
        packet[7] = 40;
        packet[8] = 0x45;
        packet[17] = TCP;
        packet[20..24].copy_from_slice(&[192, 0, 2, 7]);
        packet[24..28].copy_from_slice(&[198, 51, 100, 9]);
        packet[28..32].copy_from_slice(&[4, 87, 1, 187]);
        packet.extend_from_slice(b"ping");
        let (found, len) = parse(&packet, 12_345_678).expect("a header");
        assert_eq!(
            (found.source.to_string(), found.destination.to_string(), len),
            ("192.0.2.7:1111".into(), "198.51.100.9:443".into(), 48)
        );
        assert_eq!(parse(&packet, 1), Err(Fault::BadMagic));
        assert_eq!(parse(&packet[..40], 12_345_678), Err(Fault::Truncated));
        packet[17] = 17;
        assert_eq!(parse(&packet, 12_345_678), Err(Fault::BadProtocol));
    }
}
