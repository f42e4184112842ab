//! Patterns that are not texts: ranges of integers, and networks. ACLs and maps read them alike.

use std::net::{IpAddr, Ipv4Addr};

/// Numbers from `min` to `max`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub min: i64,
    pub max: i64,
}

impl Range {
    pub fn has(self, number: i64) -> bool {
        self.min <= number && number <= self.max
    }
}

/// `5`, `1:3`, `:3`, `1:`. A minus sign parts like a colon, so that `-3` is "up to 3"; behind a colon it is a sign.
pub fn range(text: &[u8]) -> Result<Range, String> {
    let shown = String::from_utf8_lossy(text);
    let number = || format!("'{shown}' is not a number");
    let Some(at) = text.iter().position(|b| b":-".contains(b)) else {
        let value = digits(text).ok_or_else(number)?;
        return Ok(Range { min: value, max: value });
    };
    let (low, high) = (text.get(..at).unwrap_or(&[]), text.get(at + 1..).unwrap_or(&[]));
    let bound = |text: &[u8]| if text.is_empty() { Ok(None) } else { digits(text).map(Some).ok_or_else(number) };
    let max = match high.strip_prefix(b"-") {
        Some(rest) if low.is_empty() && text.first() == Some(&b':') => Some(-digits(rest).ok_or_else(number)?),
        _ => bound(high)?,
    };
    match (bound(low)?, max) {
        (None, None) => Err(format!("'{shown}' is not a valid number range")),
        (Some(min), Some(max)) if min > max => Err(format!("'{shown}' is not a valid number range")),
        (min, max) => Ok(Range { min: min.unwrap_or(i64::MIN), max: max.unwrap_or(i64::MAX) }),
    }
}

fn digits(text: &[u8]) -> Option<i64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A network: its mask, and its address with nothing beyond the mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Net {
    V4(u32, u32),
    V6(u128, u128),
}

/// `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `::1`. What is no address before the slash is up to `other`, if it is no IPv6
/// address.
pub fn net(text: &[u8], other: impl FnOnce(&str) -> Option<IpAddr>) -> Option<Net> {
    let text = std::str::from_utf8(text).ok()?;
    let (host, mask) = text.split_once('/').map_or((text, None), |(host, mask)| (host, Some(mask)));
    let address = match host.parse() {
        Ok(address) => address,
        Err(_) if host.contains(':') => return None,
        Err(_) => other(host)?,
    };
    Some(match address {
        IpAddr::V4(address) => {
            let mask = mask.map_or(Some(u32::MAX), mask4)?;
            Net::V4(mask, address.to_bits() & mask)
        }
        IpAddr::V6(address) => {
            let mask = mask.map_or(Some(u128::MAX), mask6)?;
            Net::V6(mask, address.to_bits() & mask)
        }
    })
}

fn mask4(text: &str) -> Option<u32> {
    match text.parse::<u32>() {
        Ok(bits @ 0..=32) => Some(u32::MAX.checked_shl(32 - bits).unwrap_or(0)),
        Ok(_) => None,
        Err(_) => text.parse::<Ipv4Addr>().ok().map(Ipv4Addr::to_bits),
    }
}

fn mask6(text: &str) -> Option<u128> {
    let bits = text.parse::<u32>().ok().filter(|bits| *bits <= 128)?;
    Some(u128::MAX.checked_shl(128 - bits).unwrap_or(0))
}
