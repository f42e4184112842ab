//! Trailers: fields, and nothing else.

use message::Head;

use super::{
    fields::{Limits, Refusal, of_connection, valid_name, valid_value},
    hpack::{self, Decoder, Malformed},
};

/// Reads the header block that ends a message.
pub fn read_trailers(decoder: &mut Decoder, block: &[u8], limits: &Limits) -> Result<Result<Head, Refusal>, Malformed> {
    let (mut head, mut size, mut valid) = (Head::default(), 0, true);
    decoder.decode(block, |name, value| {
        size += name.len() + value.len();
        valid &= valid_name(name) && valid_value(value) && !of_connection(name);
        valid &= size <= limits.size && head.fields().len() + 1 < limits.fields;
        if valid {
            head.add(name, value);
        }
    })?;
    Ok(if valid { Ok(head) } else { Err(Refusal::Reset) })
}

/// Appends trailers as a header block.
pub fn write_trailers(head: &Head, out: &mut Vec<u8>) {
    for (name, value) in head.iter().filter(|(name, _)| !of_connection(name)) {
        hpack::encode(name, value, out);
    }
}
