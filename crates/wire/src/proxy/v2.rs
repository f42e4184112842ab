//! Version 2: a binary block.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use super::crc::crc32c;
use super::{Addresses, Fault, Kind, Parsed, tlv};

pub(super) const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";

/// Bytes before the addresses.
pub(super) const FIXED: usize = 16;

/// HAProxy takes no longer unique id.
const UNIQUE_ID_MAX: usize = 128;

pub(super) const LOCAL: u8 = 0x20;
pub(super) const PROXY: u8 = 0x21;
pub(super) const TCP4: u8 = 0x11;
pub(super) const TCP6: u8 = 0x21;

/// Whether `buf` starts with the signature and version 2.
pub(super) fn starts(buf: &[u8]) -> bool {
    buf.starts_with(SIGNATURE) && buf.get(SIGNATURE.len()).is_some_and(|b| b >> 4 == 2)
}

pub(super) fn parse(buf: &[u8]) -> Result<Option<Parsed>, Fault> {
    let Some([command, family, high, low]) = buf.get(SIGNATURE.len()..FIXED) else { return Ok(None) };
    let len = FIXED + usize::from(u16::from_be_bytes([*high, *low]));
    let Some(header) = buf.get(..len) else { return Ok(None) };
    let addresses = match (*command, *family) {
        (LOCAL, _) => None,
        (PROXY, TCP4) => Some(addresses::<4>(header)?),
        (PROXY, TCP6) => Some(addresses::<16>(header)?),
        (PROXY, _) => return Err(Fault::new(Kind::Invalid, SIGNATURE.len() + 1)),
        _ => return Err(Fault::new(Kind::Invalid, SIGNATURE.len())),
    };
    let start = match addresses {
        None => FIXED,
        Some(Addresses { source: SocketAddr::V4(_), .. }) => FIXED + 12,
        Some(_) => FIXED + 36,
    };
    match check(header, start..len) {
        Ok(()) => Ok(Some(Parsed { len, addresses, tlvs: start..len })),
        Err(at) => Err(Fault { kind: Kind::Invalid, at, addresses }),
    }
}

/// Two addresses of `N` bytes and two ports.
fn addresses<const N: usize>(header: &[u8]) -> Result<Addresses, Fault>
where
    IpAddr: From<[u8; N]>,
{
    let read = || {
        let (source, rest) = header.get(FIXED..)?.split_first_chunk::<N>()?;
        let (destination, rest) = rest.split_first_chunk::<N>()?;
        let (from, rest) = rest.split_first_chunk::<2>()?;
        let to = rest.first_chunk::<2>()?;
        Some(Addresses {
            source: SocketAddr::new(IpAddr::from(*source), u16::from_be_bytes(*from)),
            destination: SocketAddr::new(IpAddr::from(*destination), u16::from_be_bytes(*to)),
        })
    };
    read().ok_or(Fault::new(Kind::Invalid, FIXED))
}

/// Judges the TLVs; the error is the offset of a bad one.
fn check(header: &[u8], tlvs: Range<usize>) -> Result<(), usize> {
    let mut rest = Tlvs::new(header.get(tlvs.clone()).unwrap_or(&[]));
    while !rest.bytes.is_empty() {
        let at = tlvs.end - rest.bytes.len();
        let good = match rest.next().ok_or(at)? {
            (tlv::CRC32C, value) => value.try_into().is_ok_and(|sum| checks(header, at + 3, sum)),
            (tlv::UNIQUE_ID, value) => value.len() <= UNIQUE_ID_MAX,
            _ => true,
        };
        if !good {
            return Err(at);
        }
    }
    Ok(())
}

/// The checksum is made over the header with zeros in its place.
fn checks(header: &[u8], at: usize, sum: [u8; 4]) -> bool {
    let (before, behind) = (header.get(..at).unwrap_or(&[]), header.get(at + 4..).unwrap_or(&[]));
    crc32c(&[before, &[0; 4], behind]) == u32::from_be_bytes(sum)
}

/// The TLVs of a header as `(type, value)`. Ends before one that is cut off.
#[derive(Debug, Clone)]
pub struct Tlvs<'a> {
    bytes: &'a [u8],
}

impl<'a> Tlvs<'a> {
    /// Also for the TLVs within another: those of `tlv::SSL` start behind its first five bytes.
    pub fn new(bytes: &'a [u8]) -> Tlvs<'a> {
        Tlvs { bytes }
    }
}

impl<'a> Iterator for Tlvs<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let ([kind, high, low], rest) = self.bytes.split_first_chunk()?;
        let (value, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))?;
        self.bytes = rest;
        Some((*kind, value))
    }
}
