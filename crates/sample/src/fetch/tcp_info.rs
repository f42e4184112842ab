//! What the kernel measures on connections (manual, section 7.3.3).

use crate::{
    below::TcpInfo,
    row::{Absent, ArgKind, Args, Fetch, Fetched, Places},
    stream::{Conn, Cx},
    value::{Type, Value},
};

const UNIT: ArgKind = ArgKind::OneOf(&["ms", "us"]);

macro_rules! count {
    ($name:literal, $of:ident) => {
        Fetch::new($name, Type::Int, Places::CLIENT, |_, cx| {
            info(&cx.stream.client).map(|info| Value::Int(info.$of.into()))
        })
        .ok(&[$name])
        .bad(&[concat!($name, "(us)")])
    };
}

macro_rules! time {
    ($name:literal, $side:ident, $of:ident) => {
        Fetch::new($name, Type::Int, Places::CLIENT, |args, cx: &Cx<'_>| {
            info(&cx.stream.$side).map(|info| in_unit(info.$of, args))
        })
        .args(0, &[UNIT])
        .ok(&[$name, concat!($name, "(ms)"), concat!($name, "(us)")])
        .bad(&[concat!($name, "(s)")])
    };
}

pub(super) const TABLE: &[Fetch] = &[
    time!("bc_rtt", server, rtt),
    time!("bc_rttvar", server, rttvar),
    count!("fc_fackets", fackets),
    count!("fc_lost", lost),
    count!("fc_reordering", reordering),
    count!("fc_retrans", retrans),
    time!("fc_rtt", client, rtt),
    time!("fc_rttvar", client, rttvar),
    count!("fc_sacked", sacked),
    Fetch::new("fc_saved_syn", Type::Bin, Places::CLIENT, saved_syn).ok(&["fc_saved_syn", "fc_saved_syn,hex"]),
    count!("fc_unacked", unacked),
];

fn info(conn: &Conn) -> Result<TcpInfo, Absent> {
    conn.below().and_then(|below| below.tcp()).ok_or(Absent::Missing)
}

/// Milliseconds unless microseconds are asked for.
fn in_unit(us: u32, args: &Args) -> Value<'static> {
    Value::Int(i64::from(us) / if args.int(0) == Some(1) { 1 } else { 1000 })
}

/// Empty where the kernel kept none.
fn saved_syn<'a>(_: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let below = cx.stream.client.below().ok_or(Absent::Missing)?;
    Ok(Value::Bin(below.saved_syn().unwrap_or_default().into()))
}
