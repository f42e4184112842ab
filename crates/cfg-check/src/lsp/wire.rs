//! Messages on a stream: a head that tells the length, then JSON (specification, "Base Protocol").

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::{BufRead, Read, Write};

/// No message of an editor is longer; a length beyond is not one.
const MOST: usize = 64 << 20;

/// The next message; `None` at the end of the stream.
pub(super) fn read(input: &mut impl BufRead) -> Result<Option<Value>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        // A head without an end is not collected without an end.
        input.by_ref().take(4096).read_until(b'\n', &mut line)?;
        let line = std::str::from_utf8(&line).context("the head of a message is no text")?;
        match (line.trim_end(), length) {
            ("", _) if line.is_empty() => return Ok(None),
            ("", Some(length)) => return body(input, length).map(Some),
            ("", None) => bail!("a message without its length"),
            (line, _) => {
                let Some((name, value)) = line.split_once(':') else { bail!("'{line}' in the head of a message") };
                if name.eq_ignore_ascii_case("content-length") {
                    length = Some(value.trim().parse().context("the length of a message")?);
                }
            }
        }
    }
}

fn body(input: &mut impl BufRead, length: usize) -> Result<Value> {
    anyhow::ensure!(length <= MOST, "a message of {length} bytes");
    let mut bytes = vec![0; length];
    input.read_exact(&mut bytes).context("a message ends early")?;
    serde_json::from_slice(&bytes).context("a message is no JSON")
}

pub(super) fn write(output: &mut impl Write, message: &Value) -> Result<()> {
    let text = message.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    Ok(output.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_one_by_one() {
        let mut out = Vec::new();
        write(&mut out, &serde_json::json!({ "a": "é" })).expect("a message");
        write(&mut out, &serde_json::json!(2)).expect("a message");
        let mut input = out.as_slice();
        assert_eq!(read(&mut input).expect("JSON"), Some(serde_json::json!({ "a": "é" })));
        assert_eq!(read(&mut input).expect("JSON"), Some(serde_json::json!(2)));
        assert_eq!(read(&mut input).expect("an end"), None);
    }

    #[test]
    fn what_is_no_message_is_an_error() {
        let bad = [
            "\r\n",
            "x\r\n\r\n",
            "Content-Length: x\r\n\r\n",
            "Content-Length: 9\r\n\r\n{}",
            "Content-Length: 1\r\n\r\n{",
        ];
        for text in bad {
            assert!(read(&mut text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(read(&mut "Content-Length: 99999999999\r\n\r\n".as_bytes()).is_err());
    }
}
