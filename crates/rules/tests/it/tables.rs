//! Rules that track, count and mark: what an entry holds when they have run.

use crate::{
    exchange,
    proxy::{Proxy, World},
};
use rules::Ruleset;
use sample::{Env, Stream};

/// Runs rules of the frontend on a request for `/p` and shows what the table's entry of that key holds, zeroes left out.
fn check(rules: &[&str], expect: &str) {
    let lines: String = rules.iter().map(|rule| format!("http-request {rule}\n")).collect();
    let text = format!("frontend fe\n{lines}");
    let proxy = Proxy::new(text.as_bytes(), &World::default()).unwrap_or_else(|refusal| panic!("{text}: {refusal:?}"));
    let mut stream = exchange::stream(&rules::Captures::default());
    assert!(exchange::request(&mut stream, b"GET /p HTTP/1.1\r\nhost: h\r\nx-n: 12\r\nx-bad: x\r\n\r\n"));
    proxy.run(0, Ruleset::HttpRequest, &mut stream);
    assert_eq!(shown(&proxy, &stream), expect, "of {rules:?}");
}

fn shown(proxy: &Proxy, _: &Stream) -> String {
    let table = proxy.table(0).expect("a table");
    let now = table.now();
    let held = table.find(b"/p", now, |entry| entry.open(table, now).show());
    let Some(held) = held else { return "none".into() };
    let held = held.into_iter().filter_map(|(label, value)| match value {
        sample::table::Shown::Number(number) if number != 0 => Some(format!("{label}={number}")),
        _ => None,
    });
    held.collect::<Vec<_>>().join(" ")
}

const TRACK: &str = "track-sc0 path table t";

#[test]
fn to_track_counts_a_connection_and_a_request() {
    check(&[TRACK], "conn_cnt=1 conn_cur=1 http_req_cnt=1");
    check(&[TRACK, TRACK, "track-sc1 path table t"], "conn_cnt=2 conn_cur=2 http_req_cnt=2");
    check(&["track-sc0 req.hdr(none) table t"], "none");
    check(&["track-sc0 str(other) table t", TRACK], "none");
    check(&["track-sc0 path table t if FALSE"], "none");
}

#[test]
fn counters_and_tags_are_those_of_what_is_tracked() {
    let base = "conn_cnt=1 conn_cur=1 http_req_cnt=1";
    check(
        &[TRACK, "sc-inc-gpc(1,0)", "sc-add-gpc(0,0) 5", "sc-add-gpc(0,0) req.hdr(x-n)"],
        &format!("{base} gpc0=17 gpc1=1"),
    );
    check(&[TRACK, "sc-inc-gpc0(0)", "sc-inc-gpc1(0)", "sc-inc-gpc1(0)"], &format!("{base} gpc0=1 gpc1=2"));
    check(&[TRACK, "sc-set-gpt0(0) 7", "sc-set-gpt(1,0) req.hdr(x-n)"], &format!("{base} gpt0=7 gpt1=12"));
    check(&[TRACK, "sc-set-gpt0(0) -1"], &format!("{base} gpt0=4294967295"));
    // Elements that are not there, values that are none, counters that track nothing.
    check(&[TRACK, "sc-inc-gpc(9,0)", "sc-set-gpt(9,0) 1", "sc-add-gpc(0,0) req.hdr(none)"], base);
    check(&[TRACK, "sc-set-gpt0(0) req.hdr(x-bad)", "sc-inc-gpc(0,2)", "sc-inc-gpc0(1)"], base);
}

#[test]
fn what_has_happened_already_is_caught_up_with() {
    let track = "http-response track-sc0 path,lower table t\n";
    for (status, expect) in [(200, ""), (404, " http_err_cnt=1"), (500, " http_fail_cnt=1"), (501, "")] {
        let proxy =
            Proxy::new(format!("backend be\n{}", track.replace("path,lower", "str(/p)")).as_bytes(), &World::default());
        let proxy = proxy.unwrap_or_else(|refusal| panic!("{refusal:?}"));
        let mut stream = exchange::stream(&rules::Captures::default());
        stream.status = status;
        proxy.run(1, Ruleset::HttpResponse, &mut stream);
        assert_eq!(shown(&proxy, &stream), format!("conn_cnt=1 conn_cur=1 http_req_cnt=1{expect}"), "of {status}");
    }
}
