//! Heads of responses.

use message::{Head, Version};

use super::{
    fields::{Limits, Refusal, of_connection, valid_name, valid_value},
    hpack::{self, Decoder, Malformed},
    request::number,
};

/// Appends a response's head as a header block. Fields that HTTP/2 has no place for are left out.
pub fn write_response(head: &Head, status: u16, out: &mut Vec<u8>) {
    let digits = [b'0' + (status / 100 % 10) as u8, b'0' + (status / 10 % 10) as u8, b'0' + (status % 10) as u8];
    hpack::encode(b":status", &digits, out);
    for (name, value) in head.iter().filter(|(name, _)| !of_connection(name)) {
        hpack::encode(name, value, out);
    }
}

/// Reads a response's header block into `head`; what `content-length` says.
pub fn read_response(
    decoder: &mut Decoder,
    block: &[u8],
    limits: &Limits,
    head: &mut Head,
) -> Result<Result<Option<u64>, Refusal>, Malformed> {
    let (mut size, mut status, mut length, mut valid) = (0, None, None, true);
    decoder.decode(block, |name, value| {
        size += name.len() + value.len();
        valid &= size <= limits.size && head.fields().len() + 1 < limits.fields && valid_value(value);
        match (name, status) {
            _ if !valid => {}
            (b":status", None) => {
                status = status_code(value);
                valid = status.is_some();
                head.set_response(Version::HTTP_2, status.unwrap_or(0), b"");
            }
            (_, None) => valid = false,
            (b"content-length", Some(_)) => match (number(value), length) {
                (said, None) if said.is_some() => {
                    length = said;
                    head.add(name, value);
                }
                (said, before) => valid = said.is_some() && said == before,
            },
            _ => {
                valid = valid_name(name) && !of_connection(name);
                head.add(name, value);
            }
        }
    })?;
    Ok(if valid && status.is_some() { Ok(length) } else { Err(Refusal::Reset) })
}

fn status_code(text: &[u8]) -> Option<u16> {
    match text {
        [a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] => {
            Some(u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0'))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { fields: 101, size: 15360, accept_unsafe_violations: false };

    fn read(fields: &[(&str, &str)]) -> Option<(u16, Option<u64>)> {
        let (mut block, mut head) = (Vec::new(), Head::default());
        fields.iter().for_each(|(n, v)| hpack::encode(n.as_bytes(), v.as_bytes(), &mut block));
        let read = read_response(&mut Decoder::new(4096), &block, &LIMITS, &mut head).unwrap();
        read.ok().map(|length| (head.status(), length))
    }

    #[test]
    fn responses_are_read() {
        assert_eq!(read(&[(":status", "204"), ("x", "y")]), Some((204, None)));
        assert_eq!(read(&[(":status", "200"), ("content-length", "5"), ("content-length", "5")]), Some((200, Some(5))));
        let bad: [&[(&str, &str)]; 6] = [
            &[("x", "y")],
            &[(":status", "20")],
            &[(":status", "200"), (":status", "200")],
            &[(":status", "200"), ("connection", "close")],
            &[(":status", "200"), ("content-length", "1"), ("content-length", "2")],
            &[(":status", "200"), ("x", "a\r\nb")],
        ];
        bad.iter().for_each(|fields| assert_eq!(read(fields), None, "{fields:?}"));
    }
}
