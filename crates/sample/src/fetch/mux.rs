//! Streams and the connections that carry them (manual, sections 7.3.3 and 7.3.4).

use crate::{
    below::Below,
    row::{Absent, ArgKind, Args, Fetch, Fetched, Places},
    stream::{Conn, Cx},
    value::{Type, Value},
};
use std::rc::Rc;

/// A number about a connection that is there.
macro_rules! of {
    ($name:literal, $places:ident, $side:ident, $of:ident) => {
        Fetch::new($name, Type::Int, Places::$places, |_, cx| {
            below(&cx.stream.$side).map(|below| Value::Int(below.$of().into()))
        })
        .ok(&[$name])
    };
}

pub(super) const TABLE: &[Fetch] = &[
    Fetch::new("bc_glitches", Type::Int, Places::SERVER, |_, cx| glitches(cx, &cx.stream.server)).ok(&["bc_glitches"]),
    of!("bc_nb_streams", SERVER, server, streams),
    Fetch::new("bc_reused", Type::Bool, Places::SERVER, |_, cx| {
        cx.stream.backend.ok_or(Absent::Missing)?;
        Ok(Value::Bool(cx.stream.server.reused))
    })
    .ok(&["bc_reused"]),
    of!("bc_settings_streams_limit", SERVER, server, stream_limit),
    Fetch::new("bs.aborted", Type::Int, Places::SERVER, |_, cx| Ok(Value::Bool(cx.stream.server.aborted)))
        .ok(&["bs.aborted"]),
    Fetch::new("bs.debug_str", Type::Str, Places::SERVER, |args, cx| describe(args, &cx.stream.server))
        .args(0, &[ArgKind::Int])
        .ok(&["bs.debug_str", "bs.debug_str(16)"])
        .bad(&["bs.debug_str(x)"]),
    Fetch::new("bs.id", Type::Int, Places::SERVER, |_, cx| Ok(Value::Int(cx.stream.server.stream.into())))
        .ok(&["bs.id"]),
    Fetch::new("bs.rst_code", Type::Int, Places::SERVER, |_, cx| reset_code(&cx.stream.server)).ok(&["bs.rst_code"]),
    Fetch::new("fc_glitches", Type::Int, Places::CLIENT, |_, cx| glitches(cx, &cx.stream.client)).ok(&["fc_glitches"]),
    of!("fc_nb_streams", CLIENT, client, streams),
    of!("fc_settings_streams_limit", CLIENT_SESSION, client, stream_limit),
    Fetch::new("fs.aborted", Type::Int, Places::CLIENT_SESSION, |_, cx| Ok(Value::Bool(cx.stream.client.aborted)))
        .ok(&["fs.aborted"]),
    Fetch::new("fs.debug_str", Type::Str, Places::CLIENT_SESSION, |args, cx| describe(args, &cx.stream.client))
        .args(0, &[ArgKind::Int])
        .ok(&["fs.debug_str", "fs.debug_str(3)"])
        .bad(&["fs.debug_str(x)"]),
    Fetch::new("fs.id", Type::Str, Places::CLIENT_SESSION, |_, cx| Ok(Value::Int(cx.stream.client.stream.into())))
        .ok(&["fs.id"]),
    Fetch::new("fs.rst_code", Type::Int, Places::CLIENT_SESSION, |_, cx| reset_code(&cx.stream.client))
        .ok(&["fs.rst_code"]),
];

fn below(conn: &Conn) -> Result<Rc<dyn Below>, Absent> {
    conn.below().ok_or(Absent::Missing)
}

/// Only what speaks HTTP counts what is odd.
fn glitches<'a>(cx: &Cx<'a>, conn: &Conn) -> Fetched<'a> {
    match cx.stream.is_http {
        true => Ok(Value::Int(below(conn)?.glitches().into())),
        false => Err(Absent::Missing),
    }
}

fn reset_code<'a>(conn: &Conn) -> Fetched<'a> {
    below(conn)?.reset_code(conn.stream).map(|code| Value::Int(code.into())).ok_or(Absent::Missing)
}

/// The layers of the argument, or all of them.
fn describe<'a>(args: &Args, conn: &Conn) -> Fetched<'a> {
    let layers = args.int(0).filter(|bits| *bits != 0).map_or(u32::MAX, |bits| bits as u32);
    Ok(Value::string(below(conn)?.describe(layers, conn.stream)))
}
