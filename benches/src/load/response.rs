//! Reads one HTTP/1 response and checks it: status, length and, where known, every byte of the body.

/// What a response has to be. `body` is compared when given, else only its length counts.
#[derive(Clone, Debug)]
pub(crate) struct Expect {
    pub(crate) status: u16,
    /// Bytes of the body; a response below 200 has none.
    pub(crate) length: u64,
    pub(crate) body: Option<Vec<u8>>,
}

/// The state of one response while its bytes come in.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// A head of which the end has not come yet; empty in the usual case of one read a response.
    head: Vec<u8>,
    /// Bytes of the body seen so far, once the head is done.
    body: Option<u64>,
}

/// No proxy of ours makes a longer head; a longer one is a fault.
const MAX_HEAD: usize = 64 * 1024;

impl Reader {
    /// Takes the next bytes; `Ok(true)` once the response is complete, and the reader is then ready for the next.
    pub(crate) fn feed(&mut self, bytes: &[u8], expect: &Expect) -> Result<bool, String> {
        let Some(seen) = self.body else { return self.feed_head(bytes, expect) };
        self.feed_body(seen, bytes, expect)
    }

    fn feed_head(&mut self, bytes: &[u8], expect: &Expect) -> Result<bool, String> {
        if self.head.is_empty() {
            if let Some(end) = check_head(bytes, expect)? {
                return self.feed_body(0, bytes.get(end..).unwrap_or_default(), expect);
            }
            self.head.extend_from_slice(bytes);
            return Ok(false);
        }
        self.head.extend_from_slice(bytes);
        let head = std::mem::take(&mut self.head);
        match check_head(&head, expect)? {
            Some(end) => self.feed_body(0, head.get(end..).unwrap_or_default(), expect),
            None if head.len() > MAX_HEAD => Err(format!("a response head of more than {MAX_HEAD} bytes")),
            None => {
                self.head = head;
                Ok(false)
            }
        }
    }

    fn feed_body(&mut self, seen: u64, bytes: &[u8], expect: &Expect) -> Result<bool, String> {
        let now = seen + bytes.len() as u64;
        if now > expect.length {
            return Err(format!("{} bytes after the end of the response", now - expect.length));
        }
        if let Some(body) = &expect.body
            && body.get(seen as usize..now as usize) != Some(bytes)
        {
            return Err(format!("another body: {:?}", String::from_utf8_lossy(bytes)));
        }
        let complete = now == expect.length;
        self.body = if complete { None } else { Some(now) };
        Ok(complete)
    }
}

/// The length of the head when it is whole and as expected; `None` when bytes are missing.
fn check_head(bytes: &[u8], expect: &Expect) -> Result<Option<usize>, String> {
    let mut headers = [httparse::EMPTY_HEADER; 48];
    let mut head = httparse::Response::new(&mut headers);
    let end = match head.parse(bytes) {
        Ok(httparse::Status::Complete(end)) => end,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(format!("not an HTTP response ({error}): {:?}", String::from_utf8_lossy(bytes))),
    };
    let status = head.code.unwrap_or_default();
    if status != expect.status {
        return Err(format!("status {status} instead of {}", expect.status));
    }
    let length = content_length(head.headers);
    if status >= 200 && length != Some(expect.length) {
        return Err(format!("content-length {length:?} instead of {}", expect.length));
    }
    Ok(Some(end))
}

fn content_length(headers: &[httparse::Header<'_>]) -> Option<u64> {
    let header = headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"))?;
    std::str::from_utf8(header.value).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `text` whole and byte by byte; both ways have to end alike.
    fn check(text: &str, expect: &Expect) -> Result<bool, String> {
        let whole = Reader::default().feed(text.as_bytes(), expect);
        let mut reader = Reader::default();
        let mut last = Ok(false);
        for byte in text.as_bytes() {
            last = reader.feed(&[*byte], expect);
            if last.is_err() {
                break;
            }
        }
        assert_eq!(whole.is_ok(), last.is_ok(), "{whole:?} {last:?}");
        if whole.is_ok() {
            assert_eq!(whole, last);
        }
        whole
    }

    fn hello() -> Expect {
        Expect { status: 200, length: 5, body: Some(b"hello".to_vec()) }
    }

    #[test]
    fn a_response_is_complete_with_its_last_byte() {
        assert_eq!(check("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", &hello()), Ok(true));
        assert_eq!(check("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhell", &hello()), Ok(false));
        assert_eq!(check("HTTP/1.1 200 OK\r\ncontent-le", &hello()), Ok(false));
    }

    #[test]
    fn what_differs_is_an_error() {
        for text in [
            "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello!",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\njelly",
            "SSH-2.0-OpenSSH\r\n",
        ] {
            assert!(check(text, &hello()).is_err(), "{text}");
        }
    }

    #[test]
    fn bytes_after_the_end_are_an_error() {
        let text = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello HTTP/1.1";
        assert!(Reader::default().feed(text, &hello()).is_err());
    }

    #[test]
    fn a_reader_is_ready_for_the_next_response() {
        let mut reader = Reader::default();
        for _ in 0..2 {
            assert_eq!(reader.feed(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe", &hello()), Ok(false));
            assert_eq!(reader.feed(b"llo", &hello()), Ok(true));
        }
    }

    #[test]
    fn an_upgrade_has_no_body() {
        let expect = Expect { status: 101, length: 0, body: None };
        assert_eq!(check("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n", &expect), Ok(true));
    }
}
