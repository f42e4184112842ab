//! Keys: what a table makes of a value, and a value of its bytes.

use super::spec::KeyType;
use crate::value::{Type, Value};
use std::{borrow::Cow, ops::Deref};

/// The bytes of a key: those of the sample, or a few of its own.
#[derive(Debug)]
pub enum Key<'v> {
    Sample(Cow<'v, [u8]>),
    Short([u8; SHORT], usize),
}

/// Keys up to this length are padded in place.
const SHORT: usize = 32;

impl Key<'_> {
    /// A key of some bytes and as many zeroes as it takes.
    fn padded(bytes: &[u8], len: usize) -> Key<'static> {
        let mut short = [0; SHORT];
        match short.get_mut(..bytes.len()) {
            Some(start) if len <= SHORT => {
                start.copy_from_slice(bytes);
                Key::Short(short, len)
            }
            _ => {
                let mut long = bytes.to_vec();
                long.resize(len, 0);
                Key::Sample(Cow::Owned(long))
            }
        }
    }
}

impl Deref for Key<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Key::Sample(bytes) => bytes,
            Key::Short(bytes, len) => bytes.get(..*len).unwrap_or(bytes),
        }
    }
}

/// Strings are cut to their length, blocks padded to it too; integers are those modulo 2^32.
pub(super) fn key(kind: KeyType, value: Value<'_>) -> Option<Key<'_>> {
    Some(match (kind, value.cast(kind.sample())?) {
        (KeyType::Integer, Value::Int(number)) => Key::padded(&(number as u32).to_be_bytes(), 4),
        (KeyType::Ipv4, Value::Ipv4(address)) => Key::padded(&address.octets(), 4),
        (KeyType::Ipv6, Value::Ipv6(address)) => Key::padded(&address.octets(), 16),
        (KeyType::String(len), Value::Str(text)) => Key::Sample(cut(text, len)),
        (KeyType::Binary(len), Value::Bin(block)) if block.len() < len => Key::padded(&block, len),
        (KeyType::Binary(len), Value::Bin(block)) => Key::Sample(cut(block, len)),
        _ => return None,
    })
}

fn cut(bytes: Cow<'_, [u8]>, len: usize) -> Cow<'_, [u8]> {
    match bytes {
        Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(..len).unwrap_or(bytes)),
        Cow::Owned(mut bytes) => {
            bytes.truncate(len);
            Cow::Owned(bytes)
        }
    }
}

/// The value that a key was made of, as far as the key holds it.
pub(super) fn value(kind: KeyType, key: &[u8]) -> Option<Value<'_>> {
    let number = || key.try_into().ok().map(u32::from_be_bytes);
    Some(match kind {
        KeyType::Binary(_) => Value::bin(key),
        KeyType::Integer => Value::Int(number()?.into()),
        KeyType::Ipv4 => Value::Int(number()?.into()).cast(Type::Ipv4)?,
        KeyType::Ipv6 => Value::Ipv6(<[u8; 16]>::try_from(key).ok()?.into()),
        KeyType::String(_) => Value::str(key),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    /// As observed on HAProxy 2.8.
    #[test]
    fn keys_are_made_as_haproxy_makes_them() {
        let show = |kind, value| key(kind, value).map(|key| key.to_vec());
        assert_eq!(show(KeyType::Integer, Value::Int(-1)), Some(vec![255; 4]));
        assert_eq!(show(KeyType::Integer, Value::str(b"4294967297")), Some(vec![0, 0, 0, 1]));
        assert_eq!(show(KeyType::Integer, Value::str(b"abc")), Some(vec![0; 4]));
        assert_eq!(show(KeyType::Integer, Value::str(b"")), None);
        assert_eq!(show(KeyType::Integer, Value::Ipv4(Ipv4Addr::LOCALHOST)), Some(vec![127, 0, 0, 1]));
        assert_eq!(show(KeyType::Ipv4, Value::str(b"1.2.3.4:80")), Some(vec![1, 2, 3, 4]));
        assert_eq!(show(KeyType::Ipv4, Value::Ipv6(Ipv6Addr::LOCALHOST)), Some(vec![0, 0, 0, 1]));
        assert_eq!(show(KeyType::Ipv6, Value::str(b"abc")), None);
        assert_eq!(show(KeyType::Binary(4), Value::str(b"ab")), Some(b"ab\0\0".to_vec()));
        assert_eq!(show(KeyType::Binary(4), Value::str(b"abcde")), Some(b"abcd".to_vec()));
        assert_eq!(show(KeyType::Binary(9), Value::Int(258)), Some(vec![0, 0, 0, 0, 0, 0, 1, 2, 0]));
        assert_eq!(show(KeyType::Binary(40), Value::str(b"ab")).map(|key| key.len()), Some(40));
        assert_eq!(show(KeyType::String(3), Value::str(b"abcde")), Some(b"abc".to_vec()));
        assert_eq!(show(KeyType::String(32), Value::bin(b"a\0b")), Some(b"a".to_vec()));
    }

    #[test]
    fn a_key_tells_its_value() {
        let back =
            |kind, sample: Value<'static>| key(kind, sample).and_then(|key| Some(value(kind, &key)?.into_owned()));
        for (kind, sample) in [
            (KeyType::Integer, Value::Int(7)),
            (KeyType::Ipv4, Value::Ipv4(Ipv4Addr::LOCALHOST)),
            (KeyType::Ipv6, Value::Ipv6(Ipv6Addr::LOCALHOST)),
            (KeyType::String(9), Value::str(b"abc")),
            (KeyType::Binary(2), Value::bin(b"ab")),
        ] {
            assert_eq!(back(kind, sample.clone()), Some(sample));
        }
        assert_eq!(value(KeyType::Integer, b"toolong"), None);
    }
}
