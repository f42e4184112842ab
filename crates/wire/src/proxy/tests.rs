//! Headers recorded from HAProxy 3.4, and what it makes of them.

use super::*;

/// `v1` or `v2` in hexadecimal digits, then what is seen; each read whole and byte by byte.
fn check(header: &[u8], expected: &str) {
    let input = [header, b"ping"].concat();
    let whole = show(&input, parse(&input));
    assert_eq!(whole, expected, "{}", header.escape_ascii());
    let stop = (0..=input.len()).find(|n| parse(&input[..*n]) != Ok(None));
    if let Some(n) = stop {
        assert_eq!(show(&input[..n], parse(&input[..n])), whole, "{} of {}", n, header.escape_ascii());
    }
}

fn show(buf: &[u8], parsed: Result<Option<Parsed>, Fault>) -> String {
    let addresses = |a: Option<Addresses>| a.map_or("-".into(), |a| format!("{} {}", a.source, a.destination));
    match parsed {
        Ok(Some(parsed)) => {
            let tlvs = parsed.tlvs(buf).map(|(kind, value)| format!(" {kind:02x}={}", value.escape_ascii()));
            addresses(parsed.addresses) + &tlvs.collect::<String>()
        }
        Ok(None) => format!("partial: {:?}", partial(buf).kind),
        Err(fault) => match fault.addresses {
            None => format!("{:?}", fault.kind),
            some => format!("{:?} after {}", fault.kind, addresses(some)),
        },
    }
}

/// Bytes behind the signature, as hexadecimal digits.
fn v2(hex: &str) -> Vec<u8> {
    let bytes = (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).expect("two digits"));
    v2::SIGNATURE.iter().copied().chain(bytes).collect()
}

#[test]
fn version_1() {
    for (line, expected) in [
        ("PROXY TCP4 192.0.2.1 198.51.100.2 1111 443\r\n", "192.0.2.1:1111 198.51.100.2:443"),
        ("PROXY TCP6 2001:db8::1 2001:db8::2 1111 443\r\n", "[2001:db8::1]:1111 [2001:db8::2]:443"),
        (
            "PROXY TCP6 2001:0db8:0000:0000:0000:0000:0000:0001 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
            "[2001:db8::1]:65535 [ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
        ),
        ("PROXY UNKNOWN\r\n", "-"),
        ("PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", "Unhandled"),
        ("PROXY UNKNOWNX\r\n", "Unhandled"),
        ("PROXY UDP4 192.0.2.1 198.51.100.2 1111 443\r\n", "Unhandled"),
        ("PROXY  TCP4 192.0.2.1 198.51.100.2 1111 443\r\n", "Unhandled"),
        ("PROXY TCP4", "Unhandled"),
        ("PROXY TCP4 192.0.2.1 198.51.100.2 1111 443\n", "Invalid"),
        ("PROXY TCP4 192.0.2.1 198.51.100.2 1111 443\r", "Invalid"),
        ("PROXY TCP4 192.0.2.1 198.51.100.2 1111\r\n", "Invalid"),
        ("PROXY TCP4 192.0.2.1 198.51.100.2 1111 443 \r\n", "Invalid"),
        ("PROXY TCP4 192.0.2.300 198.51.100.2 1111 443\r\n", "192.0.3.44:1111 198.51.100.2:443"),
        ("PROXY TCP4 192.000.002.001 198.51.100.2 80 443\r\n", "192.0.2.1:80 198.51.100.2:443"),
        ("PROXY TCP4 10.1 10.2 80 443\r\n", "10.1.0.0:80 10.2.0.0:443"),
        ("PROXY TCP4 1.2.3.4.5 10.2 80 443\r\n", "Invalid"),
        ("PROXY TCP4 192.0.2.1\0 198.51.100.2 1111 443\r\n", "Invalid"),
        ("PROXY TCP4 ::1 ::2 1111 443\r\n", "Invalid"),
        ("PROXY TCP6 192.0.2.1 198.51.100.2 1111 443\r\n", "Invalid"),
        ("PROXY TCP4 192.0.2.1 198.51.100.2 0 0\r\n", "192.0.2.1:0 198.51.100.2:0"),
        ("PROXY TCP4 192.0.2.1 198.51.100.2 00080 0443\r\n", "192.0.2.1:80 198.51.100.2:443"),
        ("PROXY TCP4 192.0.2.1 198.51.100.2 -1 443\r\n", "Invalid"),
        ("PROXY TCP4 192.0.2.1 198.51.100.2 a b\r\n", "Invalid"),
        ("PROXY TCP4 192.0.2.1 198.51.100.2 65536 1\r\n", "Invalid"),
        ("PROXY\r\n", "partial: Truncated"),
        ("", "partial: Truncated"),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "NotProxy"),
    ] {
        check(line.as_bytes(), expected);
    }
    check(&[b"PROXY TCP4 ", [b'1'; 120].as_slice()].concat(), "Invalid");
    assert_eq!(partial(b"PROXY TCP4").kind, Kind::Unhandled);
    assert_eq!(partial(b"PROXY TCP4 192").kind, Kind::Invalid);
}

#[test]
fn version_2() {
    const TCP4: &str = "c0000201c6336402045701bb";
    const BOTH: &str = "192.0.2.1:1111 198.51.100.2:443";
    let uid = |n: usize| format!("21110{:03x}{TCP4}05{n:04x}{}", 15 + n, "75".repeat(n));
    let cases = [
        (format!("2111000c{TCP4}"), BOTH.to_owned()),
        (
            "2121002420010db800000000000000000000000120010db8000000000000000000000002045701bb".to_owned(),
            "[2001:db8::1]:1111 [2001:db8::2]:443".to_owned(),
        ),
        (format!("213100d8{}", "00".repeat(216)), "Invalid".to_owned()),
        ("21000000".to_owned(), "Invalid".to_owned()),
        (format!("2112000c{TCP4}"), "Invalid".to_owned()),
        (format!("2110000c{TCP4}"), "Invalid".to_owned()),
        (format!("2141000c{}", "00".repeat(12)), "Invalid".to_owned()),
        (format!("2211000c{TCP4}"), "Invalid".to_owned()),
        (format!("1111000c{TCP4}"), "NotProxy".to_owned()),
        (format!("3111000c{TCP4}"), "NotProxy".to_owned()),
        (format!("2121000c{TCP4}"), "Invalid".to_owned()),
        ("21110000".to_owned(), "Invalid".to_owned()),
        (format!("211101f4{TCP4}"), "partial: Truncated".to_owned()),
        ("20000000".to_owned(), "-".to_owned()),
        (format!("2011000c{TCP4}"), "Invalid".to_owned()),
        (format!("2011000c{}", "00".repeat(12)), "- 00= 00= 00= 00=".to_owned()),
        (format!("21110011{TCP4}0100026832"), format!("{BOTH} 01=h2")),
        (format!("2111000f{TCP4}000000"), format!("{BOTH} 00=")),
        (format!("2111000d{TCP4}00"), format!("Invalid after {BOTH}")),
        (format!("21110012{TCP4}020020616263"), format!("Invalid after {BOTH}")),
        (format!("2111001b{TCP4}03000431f07051020005612e636f6d"), format!("{BOTH} 03=1\\xf0pQ 02=a.com")),
        (format!("2111001b{TCP4}03000431f07052020005612e636f6d"), format!("Invalid after {BOTH}")),
        (format!("21110011{TCP4}0300020000"), format!("Invalid after {BOTH}")),
        (uid(128), format!("{BOTH} 05={}", "u".repeat(128))),
        (uid(200), format!("Invalid after {BOTH}")),
    ];
    for (hex, expected) in cases {
        check(&v2(&hex), &expected);
    }
    check(b"X\n\r\n\0\r\nQUIT\n!\x11\0\0", "NotProxy");
}

#[test]
fn written_as_haproxy_writes() {
    let at = |source: &str, destination: &str| {
        Some(Addresses {
            source: source.parse().expect("an address"),
            destination: destination.parse().expect("an address"),
        })
    };
    let (four, six) = ("192.0.2.1:1111", "[2001:db8::2]:443");
    for (addresses, expected) in [
        (None, "PROXY UNKNOWN\r\n"),
        (at(four, "198.51.100.2:443"), "PROXY TCP4 192.0.2.1 198.51.100.2 1111 443\r\n"),
        (at("[2001:db8::1]:1111", six), "PROXY TCP6 2001:db8::1 2001:db8::2 1111 443\r\n"),
        (at(four, six), "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::2 1111 443\r\n"),
    ] {
        let mut out = Vec::new();
        write_v1(addresses, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
    let ssl = ssl_value(&Ssl::default());
    let tlvs: [(u8, &[u8]); 2] = [(tlv::AUTHORITY, b"www.a.com"), (tlv::UNIQUE_ID, b"uid")];
    let tls: [(u8, &[u8]); 1] = [(tlv::SSL, &ssl)];
    for (addresses, checksum, tlvs, expected) in [
        (None, false, &[][..], "20000000"),
        (at(four, "198.51.100.2:443"), false, &[], "2111000cc0000201c6336402045701bb"),
        (
            at(four, "[2001:db8::9]:443"),
            false,
            &[],
            "2121002400000000000000000000ffffc000020120010db8000000000000000000000009045701bb",
        ),
        (
            at(four, "198.51.100.2:443"),
            true,
            &tlvs,
            "21110025c0000201c6336402045701bb030004f96f3caa0200097777772e612e636f6d050003756964",
        ),
        (at(four, "198.51.100.2:443"), false, &tls, "21110014c0000201c6336402045701bb2000050000000000"),
    ] {
        let mut out = Vec::new();
        write_v2(addresses, checksum, tlvs, &mut out);
        assert_eq!(out.escape_ascii().to_string(), v2(expected).escape_ascii().to_string());
        assert!(parse(&out).is_ok_and(|parsed| parsed.is_some_and(|p| p.len == out.len())));
    }
}
