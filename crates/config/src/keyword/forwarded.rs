//! `option forwarded`, `option forwardfor` and `option originalto` (manual, section 4.2).

use crate::{
    draft::ProxyDraft,
    keyword::options::ForwardFor,
    line::{Line, Polarity},
    row::ProxyRow,
};
use sample::{Expr, Places};
use std::{net::IpAddr, sync::Arc};

/// `option forwarded`: what the field of RFC 7239 tells; `None` for what it does not.
#[derive(Debug, Clone, Default)]
pub struct Forwarded {
    pub proto: bool,
    pub host: Option<Part>,
    pub by: Option<Part>,
    pub by_port: Option<Part>,
    pub r#for: Option<Part>,
    pub for_port: Option<Part>,
}

/// Where a part of the field comes from.
#[derive(Debug, Clone)]
pub enum Part {
    /// The connection or the request itself.
    Own,
    Expr(Arc<Expr>),
}

impl Forwarded {
    /// The expressions in it.
    pub fn exprs_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        let parts = [&mut self.host, &mut self.by, &mut self.by_port, &mut self.r#for, &mut self.for_port];
        parts.into_iter().flatten().filter_map(|part| match part {
            Part::Own => None,
            Part::Expr(expr) => Arc::get_mut(expr),
        })
    }
}

pub static TABLE: &[ProxyRow] = &[
    ProxyRow::full("option forwarded", |line, proxy| {
        if line.polarity == Polarity::No {
            proxy.forwarded = Some(None);
            return line.end();
        }
        proxy.forwarded = Some(Some(forwarded(line, proxy)?));
        Some(())
    })
    .ok(&[
        "option forwarded",
        "option forwarded proto host by by_port for for_port",
        "option forwarded host-expr str(a.example) for-expr src,xxh32,hex for_port-expr int(10)",
        "no option forwarded",
    ])
    .bad(&["option forwarded foo", "option forwarded by-expr", "option forwarded host-expr nope"]),
    ProxyRow::full("option forwardfor", |line, proxy| {
        proxy.forward_for = Some(read(line, "x-forwarded-for", true)?);
        Some(())
    })
    .ok(&["option forwardfor except 10.0.0.0/8 header X-Client if-none"])
    .bad(&["option forwardfor foo", "option forwardfor except x", "option forwardfor header"]),
    ProxyRow::full("option originalto", |line, proxy| {
        proxy.original_to = Some(read(line, "x-original-to", false)?);
        Some(())
    })
    .ok(&["option originalto except 127.0.0.1 header X-To"])
    .bad(&["option originalto foo"]),
];

fn forwarded(line: &mut Line<'_, '_>, proxy: &ProxyDraft) -> Option<Forwarded> {
    if line.peek().is_none() {
        return Some(Forwarded { proto: true, r#for: Some(Part::Own), ..Forwarded::default() });
    }
    let mut told = Forwarded::default();
    while let Some(word) = line.word() {
        let (name, own) = match word.str().and_then(|name| name.strip_suffix("-expr")) {
            Some(name) => (name.as_bytes(), false),
            None => (word.bytes(), true),
        };
        let part = match name {
            b"proto" if own => {
                told.proto = true;
                continue;
            }
            b"host" => &mut told.host,
            b"by" => &mut told.by,
            b"by_port" => &mut told.by_port,
            b"for" => &mut told.r#for,
            b"for_port" => &mut told.for_port,
            _ => {
                let message = format!("'option forwarded': unknown argument '{}'.", word.show());
                return line.fail("bad-argument", message);
            }
        };
        *part = Some(if own { Part::Own } else { expression(line, proxy, word.show().as_ref())? });
    }
    Some(told)
}

fn expression(line: &mut Line<'_, '_>, proxy: &ProxyDraft, name: &str) -> Option<Part> {
    let word = line.need(&format!("'option forwarded': missing expression after '{name}'."))?;
    let places = crate::keyword::rules::places(proxy, Places::FE_HTTP_REQ, Places::BE_HTTP_REQ);
    Some(Part::Expr(Arc::new(line.expr(word, places)?)))
}

fn read(line: &mut Line<'_, '_>, header: &str, takes_if_none: bool) -> Option<ForwardFor> {
    let name = line.name;
    let mut forward = ForwardFor { header: header.as_bytes().to_vec(), if_none: false, except: None };
    while let Some(word) = line.word() {
        match word.bytes() {
            b"if-none" if takes_if_none => forward.if_none = true,
            b"header" => {
                let missing = format!("'{name} header' expects <header_name> as argument.");
                forward.header = line.need(&missing)?.bytes().to_ascii_lowercase();
            }
            b"except" => {
                let usage = format!("'{name} except' expects <address>[/mask] as argument.");
                let network = line.need(&usage)?.str().and_then(network);
                forward.except = match network {
                    Some(network) => Some(network),
                    None => return line.fail("bad-argument", usage),
                };
            }
            _ => {
                let options = if takes_if_none { "'except', 'header' and 'if-none'" } else { "'except' and 'header'" };
                return line.fail("bad-argument", format!("'{name}' only supports optional values: {options}."));
            }
        }
    }
    Some(forward)
}

/// `10.0.0.0/8`, `10.0.0.0/255.0.0.0` or an address alone.
fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (addr, mask) = text.split_once('/').map_or((text, None), |(a, m)| (a, Some(m)));
    let addr: IpAddr = addr.parse().ok()?;
    let whole = if addr.is_ipv4() { 32 } else { 128 };
    let len = match mask {
        None => whole,
        Some(mask) => mask.parse().ok().or_else(|| dotted(mask))?,
    };
    (len <= whole).then_some((addr, len))
}

/// The length of a mask such as `255.255.0.0`.
fn dotted(mask: &str) -> Option<u8> {
    let bits = u32::from(mask.parse::<std::net::Ipv4Addr>().ok()?);
    (bits.leading_ones() + bits.trailing_zeros() >= 32).then_some(bits.leading_ones() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_in_each_form() {
        let len = |text| network(text).map(|(_, len)| len);
        assert_eq!(
            (len("10.0.0.0/8"), len("10.0.0.0/255.255.0.0"), len("::1"), len("::1/129")),
            (Some(8), Some(16), Some(128), None)
        );
        assert_eq!((len("10.0.0.0/255.0.255.0"), len("x")), (None, None));
    }
}
