//! What a server's PROXY header of version 2 says besides addresses: `proxy-v2-options`, `set-proxy-v2-tlv-fmt` and
//! `send-proxy-v2-ssl` (manual, section 5.2).

use crate::{
    keyword::server::{SendProxy, ServerParams},
    line::Line,
};
use sample::{
    Places,
    format::{Format, Usage},
};

/// What is added to the header.
#[derive(Debug, Clone, Default)]
pub struct ProxyV2 {
    /// The name of the host that the client asked for.
    pub authority: bool,
    pub crc32c: bool,
    pub ssl: bool,
    pub unique_id: bool,
    /// Types and values of others.
    pub tlvs: Vec<(u8, Format)>,
}

/// `proxy-v2-options NAME[,NAME]…`. What is about certificates and ciphers is part of what is said of TLS.
pub fn options(line: &mut Line<'_, '_>, params: &mut ServerParams) -> Option<()> {
    let word = line.need("'proxy-v2-options' : missing list of options")?;
    for name in word.bytes().split(|b| *b == b',') {
        match name {
            b"authority" => params.proxy_v2.authority = true,
            b"crc32c" => params.proxy_v2.crc32c = true,
            b"unique-id" => params.proxy_v2.unique_id = true,
            b"ssl" | b"cert-cn" | b"cert-key" | b"cert-sig" | b"ssl-cipher" => params.proxy_v2.ssl = true,
            _ => {
                let name = String::from_utf8_lossy(name);
                return line.fail("bad-argument", format!("'proxy-v2-options' : {name} is not a valid option"));
            }
        }
    }
    Some(())
}

/// `set-proxy-v2-tlv-fmt(TYPE) FORMAT`.
pub fn tlv(line: &mut Line<'_, '_>, params: &mut ServerParams, name: &[u8]) -> Option<()> {
    let kind = name.split(|b| *b == b'(').nth(1).and_then(|rest| rest.strip_suffix(b")")).and_then(kind);
    let Some(kind) = kind else {
        return line.fail("bad-argument", "'set-proxy-v2-tlv-fmt' : could not parse <id>, 0 to 255 was expected");
    };
    let word = line.need("'set-proxy-v2-tlv-fmt' : missing format")?;
    let format = line.format(Usage::Text, word, Places::BE_SET_SERVER)?;
    params.proxy_v2.tlvs.push((kind, format));
    Some(())
}

fn kind(text: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(text).ok()?;
    match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(hex) => u8::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// `send-proxy-v2-ssl` and `send-proxy-v2-ssl-cn`, or their opposites.
pub fn ssl(params: &mut ServerParams, on: bool) -> Option<()> {
    if on {
        params.send_proxy = SendProxy::V2;
    }
    params.proxy_v2.ssl = on;
    Some(())
}
