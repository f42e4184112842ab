//! Cryptography that samples ask for: digests, AES, signatures.

pub(crate) mod aes;
pub(crate) mod digest;
pub mod key;

/// Equality in a time that does not depend on where the difference is.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    let difference = a.iter().zip(b).fold(0, |sum, (a, b)| sum | (a ^ b));
    a.len() == b.len() && std::hint::black_box(difference) == 0
}
