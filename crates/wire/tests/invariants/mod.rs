//! What holds for any bytes that come off a wire. The first byte says how the others are read.

use message::Head;
use wire::http1::{Asked, Body, Fault, Framing, Kind, Limits, Parsed, parse_request, parse_response, write_head};

/// Panics if something does not hold.
pub(crate) fn hold(data: &[u8]) {
    let Some((mode, text)) = data.split_first() else { return };
    let reader = Reader {
        limits: Limits {
            buffer: 2048,
            reserve: 64,
            fields: 20,
            accept_unsafe_violations: mode & 1 == 1,
            ..Limits::default()
        },
        asked: match mode >> 1 & 7 {
            0..=3 => None,
            4 => Some(Asked::Connect),
            5 => Some(Asked::Head),
            6 => Some(Asked::Other),
            _ => Some(Asked::Upgrade),
        },
    };
    let first = reader.first(text);
    reader.stays(text, first);
    if let Ok(Some((_, parsed))) = first {
        let framing = parsed.framing;
        assert!(parsed.len <= text.len());
        reader.writes_what_it_reads(&text[..parsed.len], framing);
        reader.body(&text[parsed.len..], framing);
    }
    others(text);
}

struct Reader {
    limits: Limits,
    asked: Option<Asked>,
}

impl Reader {
    fn parse(&self, text: &[u8], head: &mut Head) -> Result<Option<Parsed>, Fault> {
        match self.asked {
            None => parse_request(text, &self.limits, head),
            Some(asked) => parse_response(text, &self.limits, asked, head),
        }
    }

    /// The first result of a message that arrives byte by byte, and after how many.
    fn first(&self, text: &[u8]) -> Result<Option<(usize, Parsed)>, Fault> {
        let mut head = Head::default();
        for n in 0..=text.len() {
            if let Some(parsed) = self.parse(&text[..n], &mut head)? {
                return Ok(Some((n, parsed)));
            }
        }
        Ok(None)
    }

    /// More bytes do not change a result, but that a line too long may tell what else is wrong with it, and that the preface
    /// of HTTP/2 is one only as a whole.
    fn stays(&self, text: &[u8], first: Result<Option<(usize, Parsed)>, Fault>) {
        let whole = self.parse(text, &mut Head::default());
        match (first, whole) {
            (Ok(None), whole) => assert_eq!(whole, Ok(None)),
            (Ok(Some((_, parsed))), whole) => assert_eq!(whole, Ok(Some(parsed))),
            (Err(fault), Err(whole)) => {
                let told = text.len() >= self.limits.buffer || (fault.kind, whole.kind) == (Kind::Pri, Kind::Preface);
                assert!(fault == whole || told, "{fault} {whole}");
            }
            (Err(fault), Ok(_)) => panic!("{fault}, and then none"),
        }
    }

    /// A head that was written is read again as the same, ends as the same body, and is written the same.
    fn writes_what_it_reads(&self, text: &[u8], framing: Framing) {
        let (mut head, mut once, mut twice) = (Head::default(), Vec::new(), Vec::new());
        assert!(self.parse(text, &mut head).is_ok_and(|parsed| parsed.is_some()));
        write_head(&head, None, &mut once);
        match self.parse(&once, &mut head) {
            Ok(Some(parsed)) => {
                assert_eq!(parsed.len, once.len(), "{}", once.escape_ascii());
                assert_eq!(parsed.framing, framing, "{}", once.escape_ascii());
            }
            other => panic!("{other:?}: {}", once.escape_ascii()),
        }
        write_head(&head, None, &mut twice);
        // `a:80:80` loses a port each time.
        let settled = !head.is_request() || head.target().starts_with(b"/");
        if settled {
            assert_eq!(once.escape_ascii().to_string(), twice.escape_ascii().to_string());
        }
    }

    /// A body gives the same payload whole and byte by byte, and always takes something or waits.
    fn body(&self, text: &[u8], framing: Framing) {
        let (whole, end) = self.payload(text, text.len(), framing);
        let (bytes, end_of_bytes) = self.payload(text, 1, framing);
        assert_eq!(end, end_of_bytes);
        assert!(bytes == whole || end == End::Fault && bytes.starts_with(&whole));
    }

    fn payload(&self, text: &[u8], step: usize, framing: Framing) -> (Vec<u8>, End) {
        let (mut body, mut trailers, mut payload) = (Body::new(framing), Head::default(), Vec::new());
        let (mut at, mut have) = (0, 0);
        loop {
            have = (have + step.max(1)).min(text.len());
            let Ok(decoded) = body.decode(&text[at..have], &self.limits, &mut trailers) else {
                return (payload, End::Fault);
            };
            assert!(decoded.data.end <= decoded.consumed && decoded.consumed <= have - at);
            assert_eq!(decoded.ended, body.ended());
            payload.extend_from_slice(&text[at..][decoded.data.clone()]);
            at += decoded.consumed;
            if decoded.ended || decoded.consumed == 0 && have == text.len() {
                return (payload, if decoded.ended { End::Good } else { End::Open });
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum End {
    Fault,
    Good,
    Open,
}

/// The smaller codecs.
fn others(text: &[u8]) {
    http2(text);
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
fn http2(text: &[u8]) {
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
