//! `-m ip`: addresses and networks.

use super::{Match, Method, Pattern, Patterns};
use crate::parse::{Fault, Outside};
use sample::{
    Type, Value,
    map::pattern::{self, Net},
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(super) const METHOD: Method = Method {
    name: "ip",
    input: Type::Addr,
    operators: false,
    build,
    ok: &["src 10.0.0.0/8 ::1", "src 10.0.0.0/255.0.0.0", "src 127.1"],
    bad: &["src 10.0.0.0/33", "src 1.2.3.4.5", "src ::1/129", "src [::1]", "src -n 127.1", "src 10.1.2.3:80"],
};

fn build(patterns: &Patterns, outside: &dyn Outside) -> Result<Box<dyn Match>, Fault> {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for pattern in &patterns.list {
        match net(pattern, patterns.no_dns, outside).ok_or_else(|| fault(pattern))? {
            Net::V4(mask, address) => v4.push((mask, address)),
            Net::V6(mask, address) => v6.push((mask, address)),
        }
    }
    Ok(Box::new(Nets { v4: by_mask(v4), v6: by_mask(v6) }))
}

/// Networks by mask, each with its sorted addresses, so that a long list is a few look-ups.
#[derive(Debug)]
struct Nets {
    v4: Vec<(u32, Vec<u32>)>,
    v6: Vec<(u128, Vec<u128>)>,
}

impl Match for Nets {
    fn matches(&self, value: Value<'_>) -> bool {
        match value.cast(Type::Addr) {
            Some(Value::Ipv4(address)) => self.has_v4(address) || self.has_v6(address.to_ipv6_mapped()),
            Some(Value::Ipv6(address)) => self.has_v6(address) || carried(address).is_some_and(|a| self.has_v4(a)),
            _ => false,
        }
    }
}

impl Nets {
    fn has_v4(&self, address: Ipv4Addr) -> bool {
        let bits = address.to_bits();
        self.v4.iter().any(|(mask, list)| list.binary_search(&(bits & mask)).is_ok())
    }

    fn has_v6(&self, address: Ipv6Addr) -> bool {
        let bits = address.to_bits();
        self.v6.iter().any(|(mask, list)| list.binary_search(&(bits & mask)).is_ok())
    }
}

/// The IPv4 address inside a mapped, compatible or 6to4 one.
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bits = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x2002, high, low, ..] => Some(bits(high, low)),
        _ => None,
    }
}

fn by_mask<T: Ord + Copy>(mut nets: Vec<(T, T)>) -> Vec<(T, Vec<T>)> {
    nets.sort_unstable();
    nets.dedup();
    nets.chunk_by(|a, b| a.0 == b.0)
        .filter_map(|nets| Some((nets.first()?.0, nets.iter().map(|n| n.1).collect())))
        .collect()
}

fn net(pattern: &Pattern, no_dns: bool, outside: &dyn Outside) -> Option<Net> {
    let other = |host: &str| short(host).map(IpAddr::V4).or_else(|| outside.resolve(host.as_bytes()));
    pattern::net(&pattern.text, |host| if no_dns { None } else { other(host) })
}

/// A host's name in a pattern, as the address that it stands for.
pub(super) fn resolved(text: &[u8], no_dns: bool, outside: &dyn Outside) -> Option<Vec<u8>> {
    if no_dns || pattern::net(text, |_| None).is_some() {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    let (host, mask) = text.split_once('/').map_or((text, None), |(host, mask)| (host, Some(mask)));
    let address = short(host).map(IpAddr::V4).or_else(|| outside.resolve(host.as_bytes()))?;
    Some(mask.map_or_else(|| address.to_string(), |mask| format!("{address}/{mask}")).into_bytes())
}

/// An address of one to three numbers, the last of which fills the rest: `10.12` is 10.0.0.12, as the C library reads.
fn short(host: &str) -> Option<Ipv4Addr> {
    let numbers = host.split('.').map(|n| n.parse::<u32>().ok()).collect::<Option<Vec<u32>>>()?;
    let (last, heads) = numbers.split_last()?;
    let room = 32_u32.checked_sub(8 * u32::try_from(heads.len()).ok()?).filter(|room| *room > 0)?;
    if heads.len() > 3 || heads.iter().any(|n| *n > 255) || u64::from(*last) >= 1 << room {
        return None;
    }
    let high = heads.iter().enumerate().fold(0, |sum, (i, n)| sum | n << (24 - 8 * i as u32));
    Some(Ipv4Addr::from_bits(high | last))
}

fn fault(pattern: &Pattern) -> Fault {
    let shown = String::from_utf8_lossy(&pattern.text);
    Fault::new(pattern.span, format!("'{shown}' is not a valid IPv4 or IPv6 address"))
        .help("write an address such as 10.1.2.3 or 2001:db8::1, or a network such as 10.0.0.0/8")
}
