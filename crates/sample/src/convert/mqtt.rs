//! Fields of MQTT's first packets, CONNECT and CONNACK, of the versions 3.1, 3.1.1 and 5.0 (manual, section 7.3.1).

use super::text::bytes;
use crate::{
    row::{Absent, Arg, ArgKind, Args, Convert, Fetched},
    stream::Cx,
    value::{Type, Value},
};

pub(super) const TABLE: &[Convert] = &[
    Convert::new("mqtt_field_value", Type::Bin, Type::Str, field_value)
        .args(2, &[ArgKind::Str, ArgKind::Str])
        .check(check)
        .ok(&["mqtt_field_value(connect,username)", "mqtt_field_value(1,17)", "mqtt_field_value(CONNACK,Reason_Code)"])
        .bad(&[
            "mqtt_field_value",
            "mqtt_field_value(connect)",
            "mqtt_field_value(x,flags)",
            "mqtt_field_value(3,flags)",
            "mqtt_field_value(connect,18)",
            "mqtt_field_value(connack,username)",
        ]),
    Convert::new("mqtt_is_valid", Type::Bin, Type::Bool, |_, _, value| {
        let packet = bytes(value);
        frame(&packet).map(|frame| Value::Bool(frame.and_then(Packet::read).is_some()))
    })
    .ok(&["mqtt_is_valid"])
    .bad(&["mqtt_is_valid(1)"]),
];

const CONNECT: u8 = 1;
const CONNACK: u8 = 2;

/// What can be asked of a packet by name; the arguments become the packet's type and the field's place here, or the
/// property's number and this.
const FIELDS: &[(u8, &str)] = &[
    (CONNECT, "flags"),
    (CONNECT, "protocol_name"),
    (CONNECT, "protocol_version"),
    (CONNECT, "client_identifier"),
    (CONNECT, "will_topic"),
    (CONNECT, "will_payload"),
    (CONNECT, "username"),
    (CONNECT, "password"),
    (CONNECT, "keepalive"),
    (CONNACK, "flags"),
    (CONNACK, "protocol_version"),
    (CONNACK, "reason_code"),
];

/// Properties of a CONNECT, of its will, and of a CONNACK (MQTT 5.0, 2.2.2.2).
const CONNECT_PROPERTIES: &[u8] = &[17, 21, 22, 23, 25, 33, 34, 38, 39];
const WILL_PROPERTIES: &[u8] = &[1, 2, 3, 8, 9, 24, 38];
const CONNACK_PROPERTIES: &[u8] = &[17, 18, 19, 21, 22, 26, 28, 31, 33, 34, 36, 37, 38, 39, 40, 41, 42];

/// Properties begin behind the numbers of fields.
const PROPERTY: i64 = 100;

fn check(args: &mut Args) -> Result<(), String> {
    let name = args.str(0).unwrap_or_default().to_ascii_lowercase();
    let kind = match name.as_slice() {
        b"connect" | b"1" => CONNECT,
        b"connack" | b"2" => CONNACK,
        _ => {
            let shown = String::from_utf8_lossy(&name).into_owned();
            return Err(format!("'{shown}' is not a supported MQTT packet type, use 'connect' or 'connack'"));
        }
    };
    let name = args.str(1).unwrap_or_default();
    let named = FIELDS.iter().position(|(of, field)| *of == kind && field.as_bytes().eq_ignore_ascii_case(name));
    let property = std::str::from_utf8(name).ok().and_then(|text| text.parse::<u8>().ok());
    let known = |id: &u8| match kind {
        CONNECT => CONNECT_PROPERTIES.contains(id) || WILL_PROPERTIES.contains(id),
        _ => CONNACK_PROPERTIES.contains(id),
    };
    let field = named.map(|at| at as i64).or(property.filter(known).map(|id| PROPERTY + i64::from(id)));
    let Some(field) = field else {
        return Err(format!("'{}' is not a field or property of this packet", String::from_utf8_lossy(name)));
    };
    args.0 = vec![Arg::Int(kind.into()), Arg::Int(field)];
    Ok(())
}

fn field_value<'a>(args: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let input = bytes(value);
    let packet = frame(&input)?.and_then(Packet::read).ok_or(Absent::Missing)?;
    let field = args.int(1).filter(|_| args.int(0) == Some(packet.kind.into())).ok_or(Absent::Missing)?;
    let found = match u8::try_from(field - PROPERTY) {
        Ok(id) => packet.property(id),
        Err(_) => FIELDS.get(field as usize).and_then(|(_, name)| packet.field(name)),
    };
    found.map(|bytes| Value::Bin(bytes.into())).ok_or(Absent::Missing)
}

/// A packet's type, flags and what stands behind its length.
struct Frame<'p> {
    first: u8,
    body: &'p [u8],
}

/// The first packet; `None` within if its length is not one, an error as long as it is not whole.
fn frame(input: &[u8]) -> Result<Option<Frame<'_>>, Absent> {
    let (first, rest) = input.split_first().filter(|(_, rest)| !rest.is_empty()).ok_or(Absent::Missing)?;
    let mut body = rest;
    let Some(len) = varint(&mut body) else {
        return if rest.len() < 4 { Err(Absent::Missing) } else { Ok(None) };
    };
    let body = body.get(..len).ok_or(Absent::Missing)?;
    Ok(Some(Frame { first: *first, body }))
}

/// A number of at most four bytes, seven bits each.
fn varint(rest: &mut &[u8]) -> Option<usize> {
    let mut number = 0;
    for place in 0..4 {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        number |= usize::from(byte & 127) << (7 * place);
        if byte & 128 == 0 {
            return Some(number);
        }
    }
    None
}

fn byte(rest: &mut &[u8]) -> Option<u8> {
    take(rest, 1)?.first().copied()
}

fn short(rest: &mut &[u8]) -> Option<u16> {
    take(rest, 2)?.first_chunk().copied().map(u16::from_be_bytes)
}

fn take<'p>(rest: &mut &'p [u8], len: usize) -> Option<&'p [u8]> {
    let (taken, tail) = rest.split_at_checked(len)?;
    *rest = tail;
    Some(taken)
}

/// Bytes behind their length.
fn text<'p>(rest: &mut &'p [u8]) -> Option<&'p [u8]> {
    let len = short(rest)?;
    take(rest, len.into())
}

/// The value of a property: a number, or text.
#[derive(Clone, Copy)]
enum Property<'p> {
    Number(u32),
    Text(&'p [u8]),
}

type Properties<'p> = Vec<(u8, Property<'p>)>;

/// The properties at the start, each of which may be there once.
fn properties<'p>(rest: &mut &'p [u8], allowed: &[u8]) -> Option<Properties<'p>> {
    const USER: u8 = 38;
    let len = varint(rest)?;
    let mut block = take(rest, len)?;
    let mut found: Properties<'p> = Vec::new();
    while let Some(id) = byte(&mut block) {
        if !allowed.contains(&id) || (id != USER && found.iter().any(|(known, _)| *known == id)) {
            return None;
        }
        found.push((id, property(id, &mut block)?));
    }
    Some(found)
}

fn property<'p>(id: u8, block: &mut &'p [u8]) -> Option<Property<'p>> {
    Some(match id {
        38 => {
            text(block)?;
            Property::Text(text(block)?)
        }
        19 | 33 | 34 => Property::Number(short(block)?.into()),
        2 | 17 | 24 | 39 => Property::Number(u32::from_be_bytes(*take(block, 4)?.first_chunk()?)),
        _ if is_number(id) => Property::Number(byte(block)?.into()),
        _ => Property::Text(text(block)?),
    })
}

fn is_number(id: u8) -> bool {
    matches!(id, 1 | 2 | 17 | 19 | 23 | 24 | 25 | 33 | 34 | 36 | 37 | 39 | 40 | 41 | 42)
}

/// A CONNECT or CONNACK that is as it should be.
struct Packet<'p> {
    kind: u8,
    version: u8,
    flags: u8,
    code: u8,
    name: &'p [u8],
    keepalive: u16,
    client: &'p [u8],
    will: Option<(&'p [u8], &'p [u8])>,
    username: Option<&'p [u8]>,
    password: Option<&'p [u8]>,
    properties: Option<Properties<'p>>,
    will_properties: Option<Properties<'p>>,
}

impl<'p> Packet<'p> {
    fn read(frame: Frame<'p>) -> Option<Packet<'p>> {
        match frame.first {
            0x10 => Packet::connect(frame.body),
            0x20 => Packet::connack(frame.body),
            _ => None,
        }
    }

    fn blank(kind: u8, version: u8) -> Packet<'p> {
        Packet {
            kind,
            version,
            flags: 0,
            code: 0,
            name: &[],
            keepalive: 0,
            client: &[],
            will: None,
            username: None,
            password: None,
            properties: None,
            will_properties: None,
        }
    }

    fn connect(mut rest: &'p [u8]) -> Option<Packet<'p>> {
        let rest = &mut rest;
        let (name, version, flags) = (text(rest)?, byte(rest)?, byte(rest)?);
        let known = matches!((name, version), (b"MQIsdp", 3) | (b"MQTT", 4 | 5));
        if !known || flags & 1 != 0 {
            return None;
        }
        let mut packet = Packet { name, flags, keepalive: short(rest)?, ..Packet::blank(CONNECT, version) };
        if version == 5 {
            packet.properties = Some(properties(rest, CONNECT_PROPERTIES)?);
        }
        packet.client = text(rest)?;
        if flags & 4 != 0 {
            if version == 5 {
                packet.will_properties = Some(properties(rest, WILL_PROPERTIES)?);
            }
            packet.will = Some((text(rest)?, text(rest)?));
        }
        if flags & 0x80 != 0 {
            packet.username = Some(text(rest)?);
        }
        if flags & 0x40 != 0 {
            packet.password = Some(text(rest)?);
        }
        rest.is_empty().then_some(packet)
    }

    /// An answer of two bytes is that of the versions before 5.
    fn connack(mut rest: &'p [u8]) -> Option<Packet<'p>> {
        let version = if rest.len() == 2 { 4 } else { 5 };
        let rest = &mut rest;
        let (flags, code) = (byte(rest)?, byte(rest)?);
        let mut packet = Packet { flags, code, ..Packet::blank(CONNACK, version) };
        if flags & 0xfe != 0 {
            return None;
        }
        if version == 5 {
            packet.properties = Some(properties(rest, CONNACK_PROPERTIES)?);
        }
        rest.is_empty().then_some(packet)
    }

    fn field(&self, name: &str) -> Option<Vec<u8>> {
        let number = |number: u16| Some(number.to_string().into_bytes());
        match name {
            "flags" => number(self.flags.into()),
            "protocol_name" => Some(self.name.to_vec()),
            "protocol_version" => number(self.version.into()),
            "client_identifier" => Some(self.client.to_vec()),
            "will_topic" => self.will.map(|(topic, _)| topic.to_vec()),
            "will_payload" => self.will.map(|(_, payload)| payload.to_vec()),
            "username" => self.username.map(<[u8]>::to_vec),
            "password" => self.password.map(<[u8]>::to_vec),
            "keepalive" => number(self.keepalive),
            _ => number(self.code.into()),
        }
    }

    /// A property's value as text; a number that was not said is 0.
    fn property(&self, id: u8) -> Option<Vec<u8>> {
        let will = self.kind == CONNECT && WILL_PROPERTIES.contains(&id);
        let list = if will { &self.will_properties } else { &self.properties };
        let found = list.as_ref()?.iter().find(|(known, _)| *known == id && id != 38);
        match found {
            Some((_, Property::Number(number))) => Some(number.to_string().into_bytes()),
            Some((_, Property::Text(text))) => Some(text.to_vec()),
            None => is_number(id).then(|| b"0".to_vec()),
        }
    }
}
