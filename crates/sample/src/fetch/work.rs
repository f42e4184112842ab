//! What processing a stream costs (manual, section 7.3.2).

use crate::{
    env::ProcessFact,
    row::{Fetch, Fetched, Places},
    stream::Cx,
    value::{Type, Value},
};

macro_rules! row {
    ($name:literal, $fact:expr) => {
        Fetch::new($name, Type::Int, Places::INTERNAL, |_, cx| $fact(cx)).ok(&[$name])
    };
}

pub(super) const TABLE: &[Fetch] = &[
    row!("cpu_calls", |cx: &Cx<'_>| fact(cx, ProcessFact::Calls)),
    row!("cpu_ns_avg", unmeasured),
    row!("cpu_ns_tot", unmeasured),
    row!("cpu_usage_grp", |cx: &Cx<'_>| fact(cx, ProcessFact::CpuUsage)),
    row!("cpu_usage_proc", |cx: &Cx<'_>| fact(cx, ProcessFact::CpuUsage)),
    row!("cpu_usage_thr", |cx: &Cx<'_>| fact(cx, ProcessFact::CpuUsage)),
    row!("lat_ns_avg", unmeasured),
    row!("lat_ns_tot", unmeasured),
];

fn fact<'a>(cx: &Cx<'_>, what: ProcessFact) -> Fetched<'a> {
    Ok(Value::Int(cx.env.process(what)))
}

/// HAProxy takes these times only with `profiling.tasks on`, which is not obeyed here and says so at the start: without it
/// they are 0.
fn unmeasured<'a>(_: &Cx<'_>) -> Fetched<'a> {
    Ok(Value::Int(0))
}
