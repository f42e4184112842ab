//! Converters that take bytes off a wire apart: whatever the bytes are, they answer.

use crate::support;
use sample::{Cx, Expr, Parse, Places, VarNames};
use source::{Diagnostics, Span};

/// Converters, each with inputs that mean something to it, in hexadecimal.
const SEEDS: &[(&[&str], &[&str])] = &[
    (
        &["eth.data", "eth.proto", "eth.vlan", "eth.hdr", "eth.data,ip.fp(7)"],
        &[
            "0a0b0c0d0e0f0102030405068100206408004510003c123440004006beefc0a801020a000001c00101bb1122334400000000a002faf0de\
             ad0000020405b40402080a000186a00000000001030307",
        ],
    ),
    (
        &[
            "ip.fp(7)",
            "ip.src",
            "ip.data,tcp.options_list",
            "ip.data,tcp.options.tsval",
            "ip.tos",
            "ip.proto",
            "ip.ttl",
        ],
        &[
            "46ff0040123400002006beefc0a801020a00000101010101c00101bb1122334400000000a002faf0dead0000020405b40402080a000186a0\
             0000000001030307",
            "62812345003000ff20010db800000000000000000000000120010db80000000000000000000000ff0600010400000000c00101bb11223344\
             00000000a002faf0dead0000020405b40402080a000186a00000000001030307",
        ],
    ),
    (
        &[
            "mqtt_is_valid",
            "mqtt_field_value(connect,username)",
            "mqtt_field_value(connect,17)",
            "mqtt_field_value(2,18)",
        ],
        &[
            "103f00044d51545405c2003c211100000e10210014270000ffff22000919011700150005534352414d16000201020004636c2d3100036a6f\
             650006733363726574",
            "2043010040110000006421000a2401250027000003e712000861737369676e65642200031f000762656361757365280129012a0013001e\
             1a0004696e666f1c000473727632",
        ],
    ),
    (&["fix_is_valid", "fix_tag_value(58)"], &["383d4649582e342e3401393d31320133353d440135383d613d620131303d31343401"]),
    (
        &["protobuf(1,int32)", "protobuf(10.2)", "ungrpc(48.59.1,int32)", "protobuf(9,double)"],
        &[
            "089601120774657374696e671d0000c03f2100000000000002c02801300338ffffffffffffffffff0145fbffffff49faffffffffffffff\
             5206082a1202696e8001ac025a006000",
            "0000000021820314da0311089aa68cc30110969f989cfdffffffff018a0307da030408051007",
        ],
    ),
    (
        &["jwt_verify(HS256,secret)", "jwt_header_query('$.alg')", "jwt_decrypt_secret(AAAAAAAAAAAAAAAAAAAAAA==)"],
        &["65794a68624763694f694a49557a49314e694a392e65794a68496a6f78665133.4142", "61.62.63.64.65"],
    ),
];

#[test]
fn any_bytes_are_answered() {
    let mut vars = VarNames::default();
    let mut stream = support::stream();
    let mut answered = 0;
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    for (converters, seeds) in SEEDS {
        for converter in *converters {
            let mut diagnostics = Diagnostics::default();
            let mut parse = Parse { diagnostics: &mut diagnostics, vars: &mut vars, places: Places::FE_REQ_CONTENT };
            let text = format!("req.payload(0,0),{converter}");
            let expr = Expr::parse(text.as_bytes(), Span::default(), &mut parse).expect("an expression");
            for seed in seeds.iter().map(|hex| bytes(hex)) {
                for round in 0..400 {
                    stream.req_body.bytes = mutated(&seed, round, &mut dice);
                    stream.req_body.complete = true;
                    let cx = Cx { stream: &stream, env: &support::Process, place: Places::FE_REQ_CONTENT };
                    answered += usize::from(expr.eval(&cx).is_ok());
                }
            }
        }
    }
    assert!(answered > 2000, "only {answered} values came out");
}

/// What is no digit stands for itself.
fn bytes(hex: &str) -> Vec<u8> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap_or_default(), 16).unwrap_or(b'.');
    hex.as_bytes().chunks(2).map(pair).collect()
}

/// The seed as it is, cut off, and with some bytes that are others.
fn mutated(seed: &[u8], round: usize, dice: &mut u64) -> Vec<u8> {
    if round <= seed.len() {
        return seed[..seed.len() - round].to_vec();
    }
    let mut bytes = seed.to_vec();
    for _ in 0..1 + round % 4 {
        *dice ^= *dice << 13;
        *dice ^= *dice >> 7;
        *dice ^= *dice << 17;
        let at = (*dice % bytes.len() as u64) as usize;
        bytes[at] = if round.is_multiple_of(2) { (*dice >> 32) as u8 } else { 0xff };
    }
    bytes
}
