//! Bodies by content: all chunks of a body made one.

use super::peer::{chunk_size, find};

/// `bytes`, a sequence of HTTP/1 messages, with every chunked body in a single chunk.
pub(crate) fn join(mut bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    while let Some(end) = find(bytes, b"\r\n\r\n") {
        let (head, rest) = bytes.split_at(end + 4);
        out.extend_from_slice(head);
        bytes = rest;
        if find(&head.to_ascii_lowercase(), b"\r\ntransfer-encoding: chunked\r\n").is_some() {
            let (body, used) = body(bytes);
            out.extend(body);
            bytes = &bytes[used..];
        }
    }
    out.extend_from_slice(bytes);
    out
}

/// The joined body and how many bytes it took, up to its last chunk or to where it stops being one.
fn body(bytes: &[u8]) -> (Vec<u8>, usize) {
    let (mut data, mut at) = (Vec::new(), 0);
    while let Some((chunk, end)) = chunk(bytes, at) {
        data.extend_from_slice(chunk);
        at = end;
    }
    let mut out = format!("{:X}\r\n", data.len()).into_bytes();
    out.extend(data);
    out.extend_from_slice(b"\r\n");
    (out, at)
}

/// The data of the non-empty chunk at `at` (what came of it), and the offset behind it.
fn chunk(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let line = find(bytes.get(at..)?, b"\r\n")?;
    let size = chunk_size(&bytes[at..at + line]).filter(|n| *n > 0)?;
    let data = &bytes[at + line + 2..];
    let data = &data[..size.min(data.len())];
    Some((data, (at + line + 2 + size + 2).min(bytes.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_do_not_matter() {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let one = format!("{head}3\r\nabc\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
        let two = format!("{head}1\r\na\r\n2\r\nbc\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
        assert_eq!(join(one.as_bytes()), join(two.as_bytes()));
        let other = format!("{head}3\r\nabd\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
        assert_ne!(join(one.as_bytes()), join(other.as_bytes()));
    }
}
