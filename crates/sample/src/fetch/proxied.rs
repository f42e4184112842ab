//! What a PROXY protocol header said besides addresses (manual, section 7.3.3).

use crate::{
    row::{Absent, Arg, ArgKind, Args, Fetch, Fetched, Places},
    stream::Cx,
    value::{Type, Value},
};

pub(super) const TABLE: &[Fetch] = &[
    Fetch::new("fc_pp_authority", Type::Str, Places::CLIENT, |_, cx| tlv(cx, 0x02)),
    Fetch::new("fc_pp_tlv", Type::Str, Places::CLIENT_SESSION, |args, cx| tlv(cx, args.int(0).unwrap_or(0) as u8))
        .args(1, &[ArgKind::Str])
        .check(number)
        .ok(&["fc_pp_tlv(0xE1)", "fc_pp_tlv(226)", "fc_pp_tlv(SSL_CN)", "fc_pp_tlv(AUTHORITY)"])
        .bad(&["fc_pp_tlv(CRC32)", "fc_pp_tlv(256)", "fc_pp_tlv(x)"]),
    Fetch::new("fc_pp_unique_id", Type::Str, Places::CLIENT, |_, cx| tlv(cx, 0x05)),
    Fetch::new("fc_rcvd_proxy", Type::Bool, Places::CLIENT, |_, cx| Ok(Value::Bool(cx.stream.client.proxied))),
];

/// The names that HAProxy has for types of TLVs.
const NAMES: &[(&str, i64)] = &[
    ("ALPN", 0x01),
    ("AUTHORITY", 0x02),
    ("CRC32C", 0x03),
    ("NOOP", 0x04),
    ("UNIQUE_ID", 0x05),
    ("SSL", 0x20),
    ("SSL_VERSION", 0x21),
    ("SSL_CN", 0x22),
    ("SSL_CIPHER", 0x23),
    ("SSL_SIG_ALG", 0x24),
    ("SSL_KEY_ALG", 0x25),
    ("NETNS", 0x30),
];

fn number(args: &mut Args) -> Result<(), String> {
    let text = String::from_utf8_lossy(args.str(0).unwrap_or_default()).into_owned();
    let named = NAMES.iter().find(|(name, _)| *name == text).map(|(_, number)| *number);
    let hex = || text.strip_prefix("0x").and_then(|hex| i64::from_str_radix(hex, 16).ok());
    let number = named.or_else(hex).or_else(|| text.parse().ok());
    let number = number.filter(|n| (0..=255).contains(n)).ok_or_else(|| format!("invalid TLV type ID '{text}'"))?;
    args.0 = vec![Arg::Int(number)];
    Ok(())
}

/// The first TLV of a type; those of TLS stand within a TLV of their own, behind five bytes.
fn tlv<'a>(cx: &Cx<'a>, wanted: u8) -> Fetched<'a> {
    let found = match wanted {
        0x21..=0x25 => find(&cx.stream.client.tlvs, 0x20).and_then(|ssl| find(ssl.get(5..)?, wanted)),
        _ => find(&cx.stream.client.tlvs, wanted),
    };
    found.map(Value::str).ok_or(Absent::Missing)
}

fn find(mut list: &[u8], wanted: u8) -> Option<&[u8]> {
    loop {
        let [kind, high, low, rest @ ..] = list else { return None };
        let len = usize::from(*high) << 8 | usize::from(*low);
        let value = rest.get(..len)?;
        if *kind == wanted {
            return Some(value);
        }
        list = rest.get(len..)?;
    }
}
