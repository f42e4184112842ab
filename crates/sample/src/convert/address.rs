//! Addresses (manual, section 7.3.1).

use crate::{
    row::{Absent, ArgKind, Args, Convert, Fetched},
    stream::Cx,
    value::{Type, Value},
};
use std::net::{Ipv4Addr, Ipv6Addr};

pub(super) const TABLE: &[Convert] = &[Convert::new("ipmask", Type::Addr, Type::Addr, ipmask)
    .args(1, &[ArgKind::Mask4, ArgKind::Mask6])
    .ok(&["ipmask(24)", "ipmask(255.255.255.0)", "ipmask(24,64)", "ipmask(24,ffff:ffff::)"])
    .bad(&["ipmask", "ipmask(33)", "ipmask(x)", "ipmask(24,129)"])];

/// An IPv6 address that carries an IPv4 one is treated as that.
fn ipmask<'a>(args: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let mask = args.ipv4(0).ok_or(Absent::Missing)?;
    if let Some(address) = value.borrow().into_ipv4() {
        return Ok(Value::Ipv4(Ipv4Addr::from_bits(address.to_bits() & mask.to_bits())));
    }
    let (address, mask) = (value.into_ipv6(), args.ipv6(1));
    let (address, mask) = (address.ok_or(Absent::Missing)?, mask.ok_or(Absent::Missing)?);
    Ok(Value::Ipv6(Ipv6Addr::from_bits(address.to_bits() & mask.to_bits())))
}
