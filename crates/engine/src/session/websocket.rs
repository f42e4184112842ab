//! What a websocket's handshake has in HTTP/1 and does without in HTTP/2 (RFC 8441).

use sha1_smol::Sha1;

/// The `sec-websocket-accept` that belongs to a key (RFC 6455, section 4.2.2).
pub fn accept(key: &[u8]) -> Vec<u8> {
    let mut sha1 = Sha1::new();
    sha1.update(key);
    sha1.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    sample::base64::STANDARD.encode(&sha1.digest().bytes())
}

#[cfg(test)]
mod tests {
    #[test]
    fn keys_are_accepted() {
        assert_eq!(super::accept(b"dGhlIHNhbXBsZSBub25jZQ=="), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
