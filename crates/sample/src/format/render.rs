//! The writing of a format's value.

use super::{Encoding, Flags, Forced, Format, Item, Usage, What, alias::Shape, encode};
use crate::{
    stream::Cx,
    value::{Type, Value},
};
use std::{borrow::Cow, io::Write};

impl Format {
    /// Writes the format's value behind what is in `out`.
    pub fn render(&self, cx: &Cx<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        if self.usage.encodes() && self.encoding != Encoding::Plain {
            self.render_object(cx, out);
        } else {
            self.render_line(cx, out);
        }
        if self.usage.encodes() && self.encoding == Encoding::Cbor && !self.binary {
            encode::hex(out, start);
        }
    }

    fn render_line(&self, cx: &Cx<'_>, out: &mut Vec<u8>) {
        let mut spaced = self.usage.merges_spaces();
        for item in &self.items {
            let start = out.len();
            match &item.what {
                What::Space if spaced => continue,
                What::Space => out.push(b' '),
                What::Text(text) => out.extend_from_slice(text),
                What::Alias(_) | What::Expr(_) => self.render_item(item, cx, out),
            }
            if out.len() > start {
                spaced = matches!(item.what, What::Space) && self.usage.merges_spaces();
            }
        }
    }

    /// The named items as one object; everything else is left out.
    fn render_object(&self, cx: &Cx<'_>, out: &mut Vec<u8>) {
        let json = self.encoding == Encoding::Json;
        out.push(if json { b'{' } else { encode::CBOR_MAP });
        let named = self.items.iter().filter(|item| !item.name.is_empty());
        for (i, item) in named.enumerate() {
            if json {
                let _ = out.write_all(if i > 0 { b", \"" } else { b"\"" });
                out.extend_from_slice(&item.name);
                let _ = out.write_all(b"\": ");
            } else {
                encode::cbor_str(&item.name, out);
            }
            self.render_item(item, cx, out);
        }
        out.push(if json { b'}' } else { encode::CBOR_END });
    }

    fn render_item(&self, item: &Item, cx: &Cx<'_>, out: &mut Vec<u8>) {
        let mut flags = item.flags;
        if !self.usage.encodes() {
            (flags.quote, flags.encoding) = (false, Encoding::Plain);
        }
        let start = out.len();
        match &item.what {
            What::Alias(alias) => {
                let shape = (alias.write)(cx, flags, out);
                self.finish(shape, start, item.forced, flags, out);
            }
            What::Expr(expr) => self.render_value(expr.eval(cx).ok(), item.forced, flags, out),
            What::Space | What::Text(_) => {}
        }
        // A line that is CBOR as a whole becomes hexadecimal as a whole.
        if flags.encoding == Encoding::Cbor && self.encoding != Encoding::Cbor && !self.binary {
            encode::hex(out, start);
        }
    }

    /// Turns what an alias wrote behind `start` into its final form.
    fn finish(&self, shape: Shape, start: usize, forced: Option<Forced>, flags: Flags, out: &mut Vec<u8>) {
        match (shape, flags.encoding) {
            (Shape::Empty | Shape::List, _) => {}
            (Shape::Missing, _) => {
                out.truncate(start);
                self.missing(flags, out);
            }
            (Shape::Number(_), Encoding::Plain) => {}
            (Shape::Number(number), encoding) => {
                out.truncate(start);
                encoded_number(number, forced, encoding, out);
            }
            (Shape::Text | Shape::Captures | Shape::Chunk, Encoding::Plain) => self.decorate(start, flags, out),
            (Shape::Bare, Encoding::Plain) => {
                if flags.escape {
                    encode::backslash(out, start, b"\"\\]");
                }
            }
            (Shape::Text | Shape::Captures | Shape::Chunk | Shape::Bare, Encoding::Json) => {
                encode::backslash(out, start, b"\"\\");
                encode::quote(out, start);
            }
            (Shape::Text | Shape::Bare, Encoding::Cbor) => {
                let text = out.split_off(start);
                encode::cbor_str(&text, out);
            }
            (Shape::Chunk | Shape::Captures, Encoding::Cbor) => {
                let text = out.split_off(start);
                encode::cbor_chunks(&text, if shape == Shape::Captures { b"{|}" } else { b"" }, out);
            }
        }
    }

    fn decorate(&self, start: usize, flags: Flags, out: &mut Vec<u8>) {
        if flags.escape {
            encode::backslash(out, start, b"\"\\]");
        }
        if flags.quote {
            encode::quote(out, start);
        }
    }

    fn missing(&self, flags: Flags, out: &mut Vec<u8>) {
        match flags.encoding {
            Encoding::Cbor => out.push(encode::CBOR_NULL),
            Encoding::Json => out.extend(b"\"\""),
            Encoding::Plain if flags.quote => out.extend(b"\"\""),
            Encoding::Plain if self.usage.is_log() => out.push(b'-'),
            Encoding::Plain => {}
        }
    }

    /// The value of an expression. Without an encoding every value is text.
    fn render_value(&self, value: Option<Value<'_>>, forced: Option<Forced>, flags: Flags, out: &mut Vec<u8>) {
        let Some(value) = value else { return self.missing(flags, out) };
        if flags.encoding != Encoding::Plain {
            return self.encoded_value(value, forced, flags, out);
        }
        let text = match value {
            Value::Bin(bytes) if self.binary => bytes,
            value => value.into_str().unwrap_or_default(),
        };
        if text.is_empty() {
            return self.missing(flags, out);
        }
        let start = out.len();
        out.extend_from_slice(&text);
        if matches!(self.usage, Usage::Header | Usage::UniqueId) {
            encode::percent(out, start);
        }
        self.decorate(start, flags, out);
    }

    fn encoded_value(&self, value: Value<'_>, forced: Option<Forced>, flags: Flags, out: &mut Vec<u8>) {
        let to = match forced {
            Some(Forced::Bool) => Type::Bool,
            Some(Forced::Int) => Type::Int,
            Some(Forced::Str) => Type::Str,
            None if matches!(value, Value::Bool(_) | Value::Int(_)) => Type::Any,
            None if matches!(value, Value::Bin(_)) && flags.encoding == Encoding::Cbor => Type::Bin,
            None => Type::Str,
        };
        let json = flags.encoding == Encoding::Json;
        match value.cast(to) {
            Some(Value::Bool(value)) if json => out.extend(value.to_string().into_bytes()),
            Some(Value::Bool(value)) => encode::cbor_bool(value, out),
            Some(Value::Int(value)) if json => out.extend(value.to_string().into_bytes()),
            Some(Value::Int(value)) => encode::cbor_int(value, out),
            Some(Value::Bin(bytes)) if !json => encode::cbor_bytes(&bytes, out),
            Some(value) => {
                let text = value.into_str().unwrap_or(Cow::Borrowed(b""));
                encoded_text(&text, json, out);
            }
            None => self.missing(flags, out),
        }
    }
}

fn encoded_text(text: &[u8], json: bool, out: &mut Vec<u8>) {
    if !json {
        return encode::cbor_str(text, out);
    }
    let start = out.len();
    out.extend_from_slice(text);
    encode::backslash(out, start, b"\"\\");
    encode::quote(out, start);
}

/// A number of an alias; only JSON makes it text when it is told to.
fn encoded_number(number: i64, forced: Option<Forced>, encoding: Encoding, out: &mut Vec<u8>) {
    let _ = match (encoding, forced) {
        (Encoding::Cbor, Some(Forced::Bool)) => return encode::cbor_bool(number != 0, out),
        (Encoding::Cbor, _) => return encode::cbor_int(number, out),
        (_, Some(Forced::Bool)) => write!(out, "{}", number != 0),
        (_, Some(Forced::Str)) => write!(out, "\"{number}\""),
        _ => write!(out, "{number}"),
    };
}
