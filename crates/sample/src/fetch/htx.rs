//! HAProxy's own representation of a message, as its developers look at it (manual, section 7.3.8): a block for the
//! start line, one for each field, one for their end and one for what has come of the payload.

use super::payload::buffer;
use crate::{
    row::{Arg, ArgKind, Args, Fetch, Places},
    stream::Cx,
    value::{Type, Value},
};
use message::{Head, Line};

/// Bytes of a buffer that HAProxy keeps for itself, and those that each block takes beside its data.
const HEADER: i64 = 48;
const BLOCK: i64 = 8;

/// What a start line takes beside its words.
const START: usize = 20;

const INDEX: &[ArgKind] = &[ArgKind::Str];

macro_rules! size {
    ($name:literal, $of:expr) => {
        Fetch::new($name, Type::Int, Places::MESSAGE, |_, cx| Ok(Value::Int($of(&message(cx), cx)))).ok(&[$name])
    };
}

macro_rules! of_block {
    ($name:literal, $out:ident, $read:expr) => {
        Fetch::new($name, Type::$out, Places::MESSAGE, |args, cx| {
            let message = message(cx);
            Ok($read(&message, args.int(0).and_then(|at| message.at(at))))
        })
        .args(1, INDEX)
        .check(index)
        .ok(&[concat!($name, "(0)"), concat!($name, "(tail)")])
        .bad(&[$name, concat!($name, "(last)"), concat!($name, "(-1)")])
    };
}

pub(super) const TABLE: &[Fetch] = &[
    size!("internal.htx.data", |m: &Message<'_>, _: &Cx<'_>| m.data()),
    size!("internal.htx.free", |m: &Message<'_>, cx: &Cx<'_>| room(cx) - m.used()),
    size!("internal.htx.free_data", |m: &Message<'_>, cx: &Cx<'_>| (room(cx) - m.used() - BLOCK).max(0)),
    Fetch::new("internal.htx.has_eom", Type::Bool, Places::MESSAGE, |_, cx| {
        Ok(Value::Bool(cx.stream.is_http && buffer(cx).complete))
    })
    .ok(&["internal.htx.has_eom"]),
    size!("internal.htx.nbblks", |m: &Message<'_>, _: &Cx<'_>| m.blocks() as i64),
    size!("internal.htx.size", |_: &Message<'_>, cx: &Cx<'_>| room(cx)),
    size!("internal.htx.used", |m: &Message<'_>, _: &Cx<'_>| m.used()),
    of_block!("internal.htx_blk.data", Bin, payload),
    of_block!("internal.htx_blk.hdrname", Str, name),
    of_block!("internal.htx_blk.hdrval", Str, value),
    of_block!("internal.htx_blk.size", Int, size),
    of_block!("internal.htx_blk.start_line", Str, start_line),
    of_block!("internal.htx_blk.type", Str, kind),
    Fetch::new("internal.strm.is_htx", Type::Bool, Places::INTERNAL, |_, cx| Ok(Value::Bool(cx.stream.is_http)))
        .ok(&["internal.strm.is_htx"]),
];

/// One block of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Start,
    /// A field, by its number.
    Field(usize),
    End,
    Data,
}

/// What a buffer holds. In TCP mode that is no message: there are no blocks then.
struct Message<'a> {
    head: Option<&'a Head>,
    payload: &'a [u8],
}

fn message<'a>(cx: &Cx<'a>) -> Message<'a> {
    let stream = cx.stream;
    let (head, there) = match Places::RESPONSE.meets(cx.place) {
        true => (&stream.res, stream.has_res),
        false => (&stream.req, stream.has_req),
    };
    let payload = if stream.is_http { buffer(cx).bytes.as_slice() } else { &[] };
    Message { head: Some(head).filter(|_| there && stream.is_http), payload }
}

/// What a buffer can hold of a message.
fn room(cx: &Cx<'_>) -> i64 {
    cx.env.head_limit() as i64 - HEADER
}

impl<'a> Message<'a> {
    fn fields(&self) -> usize {
        self.head.map_or(0, |head| head.fields().len())
    }

    fn blocks(&self) -> usize {
        self.head.map_or(0, |_| self.fields() + 2) + usize::from(!self.payload.is_empty())
    }

    /// A block by its number; `tail` is numbered -1.
    fn at(&self, number: i64) -> Option<Block> {
        let last = self.blocks().checked_sub(1)?;
        let at = usize::try_from(number).unwrap_or(last);
        let (head, fields) = (self.head.is_some(), self.fields());
        match at {
            _ if at > last => None,
            _ if at == last && !self.payload.is_empty() => Some(Block::Data),
            0 if head => Some(Block::Start),
            _ if at <= fields => Some(Block::Field(at - 1)),
            _ => Some(Block::End),
        }
    }

    fn field(&self, at: usize) -> Option<(&'a [u8], &'a [u8])> {
        self.head?.iter().nth(at)
    }

    fn start_line(&self) -> Vec<u8> {
        let Some(head) = self.head else { return Vec::new() };
        let version = format!("HTTP/{}.{}", head.version().0, head.version().1).into_bytes();
        match head.line() {
            Line::Request { .. } => [head.method(), head.target(), &version].join(&b' '),
            Line::Response { .. } => {
                let status = head.status().to_string();
                [&version, status.as_bytes(), head.reason()].join(&b' ')
            }
        }
    }

    fn size(&self, block: Block) -> usize {
        match block {
            // Its words, without the blanks between them.
            Block::Start => START + self.start_line().len().saturating_sub(2),
            Block::Field(at) => self.field(at).map_or(0, |(name, value)| name.len() + value.len()),
            Block::End => 1,
            Block::Data => self.payload.len(),
        }
    }

    fn data(&self) -> i64 {
        (0..self.blocks()).filter_map(|at| self.at(at as i64)).map(|block| self.size(block) as i64).sum()
    }

    fn used(&self) -> i64 {
        self.data() + BLOCK * self.blocks() as i64
    }
}

/// `head` and `first` are the first block here, `tail` is the last.
fn index(args: &mut Args) -> Result<(), String> {
    let number = match args.str(0).unwrap_or_default() {
        b"head" | b"first" => Some(0),
        b"tail" => Some(-1),
        text => crate::arg::int(text).filter(|number| *number >= 0),
    };
    let number = number.ok_or("the position must be a positive integer, or 'head', 'tail' or 'first'")?;
    args.0 = vec![Arg::Int(number)];
    Ok(())
}

fn payload<'a>(message: &Message<'a>, block: Option<Block>) -> Value<'a> {
    Value::bin(if block == Some(Block::Data) { message.payload } else { b"" })
}

fn name<'a>(message: &Message<'a>, block: Option<Block>) -> Value<'a> {
    match block {
        Some(Block::Field(at)) => Value::string(message.field(at).unwrap_or_default().0.to_ascii_lowercase()),
        _ => Value::str(b""),
    }
}

fn value<'a>(message: &Message<'a>, block: Option<Block>) -> Value<'a> {
    match block {
        Some(Block::Field(at)) => Value::str(message.field(at).unwrap_or_default().1),
        _ => Value::str(b""),
    }
}

fn size<'a>(message: &Message<'a>, block: Option<Block>) -> Value<'a> {
    Value::Int(block.map_or(0, |block| message.size(block) as i64))
}

fn start_line<'a>(message: &Message<'a>, block: Option<Block>) -> Value<'a> {
    match block {
        Some(Block::Start) => Value::string(message.start_line()),
        _ => Value::str(b""),
    }
}

fn kind<'a>(message: &Message<'a>, block: Option<Block>) -> Value<'a> {
    let request = matches!(message.head.map(Head::line), Some(Line::Request { .. }));
    Value::str(match block {
        Some(Block::Start) if request => b"HTX_BLK_REQ_SL",
        Some(Block::Start) => b"HTX_BLK_RES_SL",
        Some(Block::Field(_)) => b"HTX_BLK_HDR",
        Some(Block::End) => b"HTX_BLK_EOH",
        Some(Block::Data) => b"HTX_BLK_DATA",
        None => b"HTX_BLK_UNUSED",
    })
}
