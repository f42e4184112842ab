//! What a file can know of a sample: the request is known, and what rules made of it; what happens is not.

use super::judge::Court;
use sample::{
    Expr, Stream,
    format::{Format, What},
    row::{Arg, ArgKind, Args},
    stream::{Scope, VarId},
};
use std::collections::HashMap;

/// Something that rules may change to what is not known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Fact {
    Captures,
    Dst,
    /// In lower case.
    Header(Vec<u8>),
    Headers,
    Method,
    Src,
    Url,
    Var(VarId),
    Vars,
}

/// A stream, and what is not known of it.
#[derive(Debug)]
pub(super) struct World {
    pub(super) stream: Stream,
    /// What rules changed to something unknown, and why it is.
    pub(super) lost: HashMap<Fact, String>,
}

/// What a sample is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reads {
    Authorization,
    Captures,
    Cookie,
    Dst,
    Env,
    Hello,
    Host,
    Method,
    /// The header that the first argument names, or any.
    Named,
    Src,
    Url,
    Var,
}

use Reads::{Authorization, Captures, Cookie, Dst, Env, Hello, Host, Method, Named, Src, Url, Var};

/// The samples that a file can know, each with what it is made of. All others tell what happens.
#[rustfmt::skip]
const FETCHES: &[(&str, &[Reads])] = &[
    ("always_false", &[]), ("always_true", &[]), ("be_id", &[]), ("be_name", &[]), ("bin", &[]), ("bool", &[]),
    ("fc_dst_port", &[]), ("fe_client_timeout", &[]), ("fe_defbe", &[]), ("fe_id", &[]), ("fe_name", &[]),
    ("fe_tarpit_timeout", &[]), ("http_first_req", &[]), ("int", &[]), ("ipv4", &[]), ("ipv6", &[]), ("meth", &[]),
    ("nbproc", &[]), ("req.proto_http", &[]), ("req_proto_http", &[]), ("so_id", &[]), ("so_name", &[]),
    ("ssl_fc", &[]), ("str", &[]), ("wait_end", &[]),
    ("base", &[Host, Url]), ("base32", &[Host, Url]), ("base32+src", &[Host, Url, Src]), ("baseq", &[Host, Url]),
    ("capture.req.hdr", &[Captures]), ("capture.req.method", &[Captures]), ("capture.req.uri", &[Captures]),
    ("cook", &[Cookie]), ("cook_cnt", &[Cookie]), ("cook_val", &[Cookie]), ("cookie", &[Cookie]),
    ("dst_port", &[Dst]), ("env", &[Env]), ("fc_src", &[Src]),
    ("hdr", &[Named]), ("hdr_cnt", &[Named]), ("hdr_ip", &[Named]), ("hdr_val", &[Named]),
    ("http_auth", &[Authorization]), ("http_auth_bearer", &[Named, Authorization]),
    ("http_auth_group", &[Authorization]), ("http_auth_pass", &[Authorization]), ("http_auth_type", &[Authorization]),
    ("http_auth_user", &[Authorization]),
    ("method", &[Method]), ("path", &[Url]), ("pathq", &[Url]), ("query", &[Url]),
    ("req.cook", &[Cookie]), ("req.cook_cnt", &[Cookie]), ("req.cook_names", &[Cookie]), ("req.cook_val", &[Cookie]),
    ("req.fhdr", &[Named]), ("req.fhdr_cnt", &[Named]), ("req.hdr", &[Named]), ("req.hdr_cnt", &[Named]),
    ("req.hdr_ip", &[Named]), ("req.hdr_val", &[Named]),
    ("req.ssl_hello_type", &[Hello]), ("req.ssl_sni", &[Hello]), ("req_ssl_hello_type", &[Hello]),
    ("req_ssl_sni", &[Hello]),
    ("src", &[Src]), ("url", &[Url]), ("url32", &[Host, Url]), ("url32+src", &[Host, Url, Src]), ("url_ip", &[Url]),
    ("url_param", &[Url]), ("url_port", &[Url]), ("urlp", &[Url]), ("urlp_val", &[Url]), ("var", &[Var]),
];

/// The aliases of log formats that a file can know.
const ALIASES: &[(&str, &[Reads])] = &[
    ("HM", &[Method]),
    ("HP", &[Url]),
    ("HPO", &[Url]),
    ("HQ", &[Url]),
    ("HU", &[Url]),
    ("ci", &[Src]),
    ("f", &[]),
    ("fp", &[]),
    ("ft", &[]),
    ("o", &[]),
];

/// Whether the value of an expression is known; the error says why it is not.
pub(super) fn expr(expr: &Expr, world: &World, court: &Court<'_, '_>) -> Result<(), String> {
    let name = expr.fetch.name;
    let reads = FETCHES.iter().find(|(known, _)| *known == name).map(|(_, reads)| *reads);
    let reads = reads.ok_or_else(|| format!("'{name}' depends on what happens while HAProxy runs"))?;
    reads.iter().try_for_each(|read| fact(*read, &expr.args, world))?;
    for (row, args) in &expr.converters {
        if row.name.contains("table_") || row.name.starts_with("in_table") {
            return Err(format!("'{}' reads a table that is filled while HAProxy runs", row.name));
        }
        args.0.iter().try_for_each(|arg| argument(arg, world, court))?;
    }
    expr.args.0.iter().try_for_each(|arg| argument(arg, world, court))
}

/// Whether the text that a format makes is known.
pub(super) fn format(format: &Format, world: &World, court: &Court<'_, '_>) -> Result<(), String> {
    format.items.iter().try_for_each(|item| match &item.what {
        What::Expr(inner) => expr(inner, world, court),
        What::Alias(alias) => {
            let reads = ALIASES.iter().find(|(known, _)| *known == alias.name).map(|(_, reads)| *reads);
            let reads = reads.ok_or_else(|| format!("'%{}' depends on what happens while HAProxy runs", alias.name))?;
            reads.iter().try_for_each(|read| fact(*read, &Args::default(), world))
        }
        What::Space | What::Text(_) => Ok(()),
    })
}

/// What an argument refers to: variables, and files.
fn argument(arg: &Arg, world: &World, court: &Court<'_, '_>) -> Result<(), String> {
    match arg {
        Arg::Var(var) => variable(*var, world),
        Arg::Name(name) if matches!(name.kind, ArgKind::Map(_) | ArgKind::AnyMap) => match name.id {
            None => Err(format!("map '{}' is not read", String::from_utf8_lossy(&name.text))),
            Some(_) => court.list(&name.text),
        },
        Arg::Name(name) if matches!(name.kind, ArgKind::Key | ArgKind::MaybeKey) => court.list(&name.text),
        _ => Ok(()),
    }
}

fn fact(read: Reads, args: &Args, world: &World) -> Result<(), String> {
    let of_http = !matches!(read, Dst | Env | Hello | Src | Var);
    if of_http && !world.stream.is_http {
        return Err("a connection in TCP mode is not taken apart as HTTP here".into());
    }
    match read {
        Authorization => world.header(b"authorization"),
        Captures => world.is_known(&Fact::Captures),
        Cookie => world.header(b"cookie"),
        Dst => world.is_known(&Fact::Dst),
        Env => environment(args.str(0).unwrap_or(&[])),
        Hello if world.stream.req_body.bytes.is_empty() => Err("the first bytes of the client are not known".into()),
        Hello => Ok(()),
        Host => world.header(b"host"),
        Method => world.is_known(&Fact::Method),
        Named => world.header(&args.str(0).unwrap_or(&[]).to_ascii_lowercase()),
        Src => match world.stream.client.src {
            Some(_) => world.is_known(&Fact::Src),
            None => Err("the address of the client is not known: say '--src IP'".into()),
        },
        Url => world.is_known(&Fact::Url),
        Var => args.var(0).map_or(Ok(()), |var| variable(var, world)),
    }
}

/// Environments differ, so that a variable which exists here may not exist there.
fn environment(name: &[u8]) -> Result<(), String> {
    let name = String::from_utf8_lossy(name);
    Err(format!("the environment of HAProxy decides about '{name}'"))
}

fn variable(var: VarId, world: &World) -> Result<(), String> {
    if var.scope == Scope::Proc {
        return Err("variables of the process are set by other requests too".into());
    }
    world.is_known(&Fact::Vars)?;
    world.is_known(&Fact::Var(var))
}

impl World {
    pub(super) fn is_known(&self, fact: &Fact) -> Result<(), String> {
        self.lost.get(fact).map_or(Ok(()), |why| Err(why.clone()))
    }

    /// Whether a header is known; without a name, whether all are.
    pub(super) fn header(&self, name: &[u8]) -> Result<(), String> {
        self.is_known(&Fact::Headers)?;
        if !name.is_empty() {
            return self.is_known(&Fact::Header(name.to_vec()));
        }
        let lost = self.lost.iter().find(|(fact, _)| matches!(fact, Fact::Header(_)));
        lost.map_or(Ok(()), |(_, why)| Err(why.clone()))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_known_exists() {
        for (name, _) in super::FETCHES {
            assert!(sample::fetch::find(name.as_bytes()).is_some(), "{name}");
        }
    }
}
