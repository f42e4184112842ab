//! Message digests and authentication codes, by the names that OpenSSL has for them.

use hmac::{KeyInit, Mac, SimpleHmac};
use sha2::Digest;

/// A digest: what it makes of bytes, and with a key.
#[derive(Debug)]
pub(crate) struct Algorithm {
    name: &'static str,
    pub(crate) digest: fn(&[u8]) -> Vec<u8>,
    /// Key first, then the bytes.
    pub(crate) mac: fn(&[u8], &[u8]) -> Option<Vec<u8>>,
}

macro_rules! algorithm {
    ($name:literal, $of:ty) => {
        Algorithm {
            name: $name,
            digest: |bytes| <$of>::digest(bytes).to_vec(),
            mac: |key, bytes| {
                let mut mac = SimpleHmac::<$of>::new_from_slice(key).ok()?;
                mac.update(bytes);
                Some(mac.finalize().into_bytes().to_vec())
            },
        }
    };
}

const ALGORITHMS: &[Algorithm] = &[
    algorithm!("blake2b512", blake2::Blake2b512),
    algorithm!("blake2s256", blake2::Blake2s256),
    algorithm!("md5", md5::Md5),
    algorithm!("ripemd160", ripemd::Ripemd160),
    algorithm!("rmd160", ripemd::Ripemd160),
    algorithm!("sha1", sha1::Sha1),
    algorithm!("sha224", sha2::Sha224),
    algorithm!("sha256", sha2::Sha256),
    algorithm!("sha384", sha2::Sha384),
    algorithm!("sha512", sha2::Sha512),
    algorithm!("sha512-224", sha2::Sha512_224),
    algorithm!("sha512-256", sha2::Sha512_256),
    algorithm!("sha3-224", sha3::Sha3_224),
    algorithm!("sha3-256", sha3::Sha3_256),
    algorithm!("sha3-384", sha3::Sha3_384),
    algorithm!("sha3-512", sha3::Sha3_512),
];

/// The number of an algorithm, whose name may be in any case.
pub(crate) fn find(name: &[u8]) -> Option<usize> {
    ALGORITHMS.iter().position(|algorithm| algorithm.name.as_bytes().eq_ignore_ascii_case(name))
}

/// The algorithm of a number.
pub(crate) fn get(number: Option<i64>) -> Option<&'static Algorithm> {
    ALGORITHMS.get(usize::try_from(number?).ok()?)
}

/// A code by the algorithm of this name.
pub(crate) fn mac(name: &str, key: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let algorithm = ALGORITHMS.iter().find(|algorithm| algorithm.name == name)?;
    (algorithm.mac)(key, bytes)
}
