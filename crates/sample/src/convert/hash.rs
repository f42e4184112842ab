//! Hashes and checksums (manual, section 7.3.1).

use super::text::bytes;
use crate::{
    hash,
    row::{ArgKind, Args, Convert},
    value::{Type, Value},
};
use sha1::Sha1;
use sha2::Digest;
use twox_hash::{XxHash3_64, XxHash32, XxHash64};

/// A hash of 32 bits, with an optional full avalanche.
macro_rules! hash32 {
    ($name:literal, $of:path) => {
        Convert::new($name, Type::Bin, Type::Int, |args, _, value| Ok(Value::Int(spread(args, $of(&bytes(value))))))
            .args(0, &[ArgKind::Int])
            .ok(&[$name, concat!($name, "(1)")])
            .bad(&[concat!($name, "(x)")])
    };
}

/// A hash with an optional seed.
macro_rules! seeded {
    ($name:literal, $of:expr) => {
        Convert::new($name, Type::Bin, Type::Int, |args, _, value| {
            Ok(Value::Int($of(args.int(0).unwrap_or(0), &bytes(value))))
        })
        .args(0, &[ArgKind::Int])
        .ok(&[$name, concat!($name, "(7)")])
        .bad(&[concat!($name, "(x)")])
    };
}

pub(super) const TABLE: &[Convert] = &[
    hash32!("crc32", hash::crc32),
    hash32!("crc32c", hash::crc32c),
    hash32!("djb2", hash::djb2),
    hash32!("sdbm", hash::sdbm),
    hash32!("wt6", hash::wt6),
    Convert::new("sha1", Type::Bin, Type::Bin, |_, _, value| {
        Ok(Value::Bin(Sha1::digest(bytes(value)).to_vec().into()))
    })
    .ok(&["sha1"])
    .bad(&["sha1(1)"]),
    seeded!("xxh3", |seed, bytes: &[u8]| XxHash3_64::oneshot_with_seed(seed as u64, bytes) as i64),
    seeded!("xxh32", |seed, bytes: &[u8]| i64::from(XxHash32::oneshot(seed as u32, bytes))),
    seeded!("xxh64", |seed, bytes: &[u8]| XxHash64::oneshot(seed as u64, bytes) as i64),
];

fn spread(args: &Args, hash: u32) -> i64 {
    match args.int(0) {
        None | Some(0) => hash.into(),
        Some(_) => hash::avalanche(hash).into(),
    }
}
