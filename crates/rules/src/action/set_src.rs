//! `set-src`, `set-src-port`, `set-dst` and `set-dst-port` (manual, section 4.4).

use super::{Row, words::Words};
use crate::flow::{
    Action, Flow,
    Ruleset::{HttpRequest, TcpRequestConnection, TcpRequestContent, TcpRequestSession},
};
use sample::{
    Cx, Env, Expr, Places, Stream, Type, Value,
    row::{Name, Support},
};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

pub(super) const ROWS: &[Row] = &[
    row("set-dst", &["src", "ipv4(127.0.0.1)"], |words| parse(words, End::Dst, Field::Address)),
    row("set-dst-port", &["int(4000)"], |words| parse(words, End::Dst, Field::Port)),
    row("set-src", &["ipv4(10.0.0.1)", "req.hdr(x-forwarded-for)"], |words| parse(words, End::Src, Field::Address)),
    row("set-src-port", &["int(4000)"], |words| parse(words, End::Src, Field::Port)),
];

const fn row(name: &'static str, ok: &'static [&'static str], parse: super::Parser) -> Row {
    Row {
        name,
        rulesets: &[HttpRequest, TcpRequestConnection, TcpRequestSession, TcpRequestContent],
        glued: false,
        args: "<expr>",
        parse,
        ok,
        bad: &["", "nosuch", "src dst"],
        support: Support::Full,
    }
}

/// Which end of the client's connection.
#[derive(Debug, Clone, Copy)]
enum End {
    Dst,
    Src,
}

#[derive(Debug, Clone, Copy)]
enum Field {
    Address,
    Port,
}

fn parse(words: &mut Words<'_, '_, '_>, end: End, field: Field) -> Option<Box<dyn Action>> {
    let word = words.required("missing fetch method")?;
    Some(Box::new(SetAddress { end, field, expr: words.expr(word)? }))
}

#[derive(Debug)]
struct SetAddress {
    end: End,
    field: Field,
    expr: Expr,
}

impl Action for SetAddress {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        let Ok(value) = self.expr.eval(&Cx { stream, env, place }).map(Value::into_owned) else {
            return Flow::Continue;
        };
        let client = &mut stream.client;
        let shown = match self.end {
            End::Dst => client.dst,
            End::Src => client.src,
        };
        match (&self.end, changed(shown, self.field, value)) {
            (End::Dst, Some(new)) => client.set_dst(new),
            (End::Src, Some(new)) => client.set_src(new),
            (_, None) => {}
        }
        Flow::Continue
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        self.expr.names_mut().for_each(visit);
    }
}

/// The address with one field replaced; the other one is kept where there is one.
fn changed(old: Option<SocketAddr>, field: Field, value: Value<'_>) -> Option<SocketAddr> {
    match field {
        Field::Address => {
            let address = match value.cast(Type::Addr)? {
                Value::Ipv4(address) => IpAddr::V4(address),
                Value::Ipv6(address) => IpAddr::V6(address),
                _ => return None,
            };
            Some(SocketAddr::new(address, old.map_or(0, |old| old.port())))
        }
        Field::Port => {
            let Value::Int(port) = value.cast(Type::Int)? else { return None };
            let address = old.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |old| old.ip());
            // HAProxy keeps the low 16 bits of whatever the expression gives.
            Some(SocketAddr::new(address, (port & 0xffff) as u16))
        }
    }
}
