//! The hash functions of the language (manual, section 7.3.1).

/// The hash of `base32`, `url32` and the like, over the pieces as if they were one.
pub(crate) fn url(pieces: &[&[u8]]) -> u32 {
    let hash = pieces.iter().fold(0, |hash, piece| sdbm_from(hash, piece));
    avalanche(hash)
}

/// SDBM's hash.
pub(crate) fn sdbm(bytes: &[u8]) -> u32 {
    sdbm_from(0, bytes)
}

fn sdbm_from(start: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(start, |h, b| u32::from(*b).wrapping_add(h << 6).wrapping_add(h << 16).wrapping_sub(h))
}

/// D. J. Bernstein's hash.
pub(crate) fn djb2(bytes: &[u8]) -> u32 {
    bytes.iter().fold(5381, |h, b| h.wrapping_mul(33).wrapping_add(u32::from(*b)))
}

/// Willy Tarreau's hash.
pub(crate) fn wt6(bytes: &[u8]) -> u32 {
    let (mut h0, mut h1) = (0xa53c_965a_u32, 0x5ca6_953a_u32);
    let (mut step0, mut step1) = (6, 18);
    for byte in bytes {
        h0 = !(h0 ^ u32::from(*byte));
        h1 = !h1.wrapping_add(u32::from(*byte));
        (h0, h1) = (h1.rotate_left(step0), h0.rotate_left(step1));
        let turn = ((h0 >> 16) ^ h1) & 0xffff;
        (step0, step1) = (turn & 0x1f, turn >> 11);
    }
    h0 ^ h1
}

/// CRC-32 of Ethernet and zip.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    crc(bytes, 0xedb8_8320)
}

/// CRC-32C of iSCSI.
pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
    crc(bytes, 0x82f6_3b78)
}

fn crc(bytes: &[u8], polynomial: u32) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (polynomial & (crc & 1).wrapping_neg()))
    })
}

/// Bob Jenkins' full avalanche over 32 bits and a multiplication that brings the low bits up, which the converters'
/// last argument asks for.
pub(crate) fn avalanche(hash: u32) -> u32 {
    let a = hash.wrapping_add(0x7ed5_5d16).wrapping_add(hash << 12);
    let a = (a ^ 0xc761_c23c) ^ (a >> 19);
    let a = a.wrapping_add(0x1656_67b1).wrapping_add(a << 5);
    let a = a.wrapping_add(0xd3a2_646c) ^ (a << 9);
    let a = a.wrapping_add(0xfd70_46c5).wrapping_add(a << 3);
    ((a ^ 0xb55a_4f09) ^ (a >> 16)).wrapping_mul(3_221_225_473)
}
