//! What holds for any bytes that are taken for HTTP/1. The first byte says how the others are read.

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
