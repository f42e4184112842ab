//! `clear counters`: the maxima, or everything that is counted.

use super::{Answer, Call, Command, command};
use crate::state::{
    ProxyState, ServerState,
    process::{BackState, FrontCounts, FrontState},
    server::ServerCounts,
};
use config::keyword::stats::Level::{Admin, Operator};

pub(super) const TABLE: &[Command] =
    &[command("clear counters [all]", "clear counters", Operator, "forget the maxima, or all that was counted", clear)];

fn clear(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let all = call.arg(0) == "all";
    if all && call.cli.level < Admin {
        return Err(Answer::error("Permission denied"));
    }
    let process = &call.worker.process;
    process.connection_rate.clear_max();
    process.session_rate.clear_max();
    process.connections.clear_max();
    process.proxies.iter().for_each(|proxy| clear_proxy(proxy, all));
    Ok(Answer::Done)
}

fn clear_proxy(proxy: &ProxyState, all: bool) {
    clear_front(&proxy.front, all);
    clear_back(&proxy.back, all);
    proxy.servers.iter().for_each(|server| clear_server(server, all));
}

fn clear_front(front: &FrontState, all: bool) {
    front.sessions.clear_max();
    [&front.session_rate, &front.connection_rate, &front.request_rate].iter().for_each(|rate| rate.clear_max());
    front.listeners.iter().for_each(|listener| listener.sessions.clear_max());
    if all {
        front.counts.iter().for_each(clear_front_counts);
        let listeners = front.listeners.iter().flat_map(|listener| listener.counts.iter());
        listeners.for_each(|c| [&c.stot, &c.bin, &c.bout].iter().for_each(|count| count.clear()));
    }
}

fn clear_front_counts(c: &FrontCounts) {
    let counts = [
        &c.stot,
        &c.conn_tot,
        &c.bin,
        &c.bout,
        &c.dreq,
        &c.dresp,
        &c.ereq,
        &c.dcon,
        &c.dses,
        &c.eint,
        &c.wrew,
        &c.req_tot,
        &c.reqbout,
        &c.resbin,
        &c.spliced_in,
        &c.spliced_out,
        &c.intercepted,
        &c.h1sess,
        &c.h2sess,
        &c.h1req,
        &c.h2req,
        &c.sess_other,
        &c.req_other,
    ];
    counts.into_iter().chain(&c.responses).for_each(|count| count.clear());
}

fn clear_back(back: &BackState, all: bool) {
    [&back.sessions, &back.queued, &back.served].iter().for_each(|gauge| gauge.clear_max());
    back.session_rate.clear_max();
    if all {
        let times = &back.times;
        [&times.queue, &times.connect, &times.response, &times.total].iter().for_each(|average| average.clear());
        for counts in back.counts.iter().flat_map(|counts| counts.iter()) {
            clear_server_counts(&counts.common);
            [&counts.dreq, &counts.chkdown].iter().for_each(|count| count.clear());
        }
    }
}

fn clear_server(server: &ServerState, all: bool) {
    [&server.served, &server.queued, &server.idle].iter().for_each(|gauge| gauge.clear_max());
    server.session_rate.clear_max();
    if all {
        let times = &server.times;
        [&times.queue, &times.connect, &times.response, &times.total].iter().for_each(|average| average.clear());
        server.counts.iter().for_each(clear_server_counts);
    }
}

fn clear_server_counts(c: &ServerCounts) {
    let counts = [
        &c.stot,
        &c.bin,
        &c.bout,
        &c.dresp,
        &c.econ,
        &c.eresp,
        &c.eint,
        &c.wretr,
        &c.wredis,
        &c.wrew,
        &c.lbtot,
        &c.chkfail,
        &c.chkdown,
        &c.hanafail,
        &c.cli_abrt,
        &c.srv_abrt,
        &c.connect,
        &c.reuse,
        &c.req_tot,
        &c.reqbout,
        &c.resbin,
        &c.spliced_in,
        &c.spliced_out,
    ];
    counts.into_iter().chain(&c.responses).for_each(|count| count.clear());
}
