//! What holds for any bytes that are taken for what is small: PROXY headers, RDP packets, frames and header blocks of HTTP/2.

use message::Head;

/// Panics if something does not hold.
pub(crate) fn hold(text: &[u8]) {
    blocks(text);
    let whole = wire::proxy::parse(text);
    let first = (0..=text.len()).map(|n| wire::proxy::parse(&text[..n])).find(|parsed| *parsed != Ok(None));
    assert_eq!(first.unwrap_or(Ok(None)), whole);
    if let Ok(Some(header)) = &whole {
        assert!(header.len <= text.len());
        header.tlvs(text).for_each(drop);
        let mut written = Vec::new();
        let tlvs: Vec<_> = header.tlvs(text).filter(|tlv| tlv.0 != wire::proxy::tlv::CRC32C).collect();
        wire::proxy::write_v2(header.addresses, true, &tlvs, &mut written);
        let again = wire::proxy::parse(&written).ok().flatten().map(|again| again.addresses);
        assert_eq!(again, Some(header.addresses), "{}", written.escape_ascii());
    }
    let _ = wire::http1::preface(text);
    if let wire::rdp::Cookie::Value(value) = wire::rdp::cookie(text, None) {
        let _ = wire::rdp::server(value);
    }
}

/// Header blocks are read or refused; a request that was read can be written and read again.
fn blocks(text: &[u8]) {
    use wire::http2::{self, Decoder, Frame, Next, Scratch};
    let limits = http2::Limits { fields: 20, size: 2048, accept_unsafe_violations: true };
    let (mut decoder, mut scratch, mut head) = (Decoder::new(256), Scratch::default(), Head::default());
    let mut rest = text;
    while let Next::Frame(frame) = Frame::read(rest, 512) {
        assert!(frame.size() <= rest.len() && frame.unpadded().is_none_or(|p| p.len() <= frame.payload.len()));
        rest = &rest[frame.size()..];
    }
    let _ = http2::read_response(&mut decoder, text, &limits, &mut head);
    let _ = http2::read_trailers(&mut decoder, text, &limits);
    let Ok(Ok(request)) = http2::read_request(&mut Decoder::new(256), text, &limits, &mut scratch, &mut head) else {
        return;
    };
    let (mut block, mut again) = (Vec::new(), Head::default());
    http2::write_request(&head, request.upgrade, &mut block);
    let limits = http2::Limits { fields: 40, size: 8192, ..limits };
    let read = http2::read_request(&mut Decoder::new(0), &block, &limits, &mut scratch, &mut again);
    assert!(matches!(read, Ok(Ok(_))), "{text:x?} becomes {block:x?}");
}
