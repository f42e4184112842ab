//! Stick tables by name: where they are declared, and who may use them.

use crate::{check, load_text, show};
use sample::table::Data;

/// A frontend of these lines behind two tables.
fn fe(lines: &str) -> String {
    format!(
        "defaults\n mode http\n timeout client 1s\nbackend ips\n stick-table type ip size 10 store gpc0\n\
         peers shared\n table names type string size 9 store http_req_rate(10s),gpc(2)\n\
         frontend fe\n bind :18080\n{lines}"
    )
}

#[test]
fn tables_are_found_in_sections_of_every_kind() {
    let own = " stick-table type ipv6 size 1k expire 1m\n http-request track-sc0 src\n tcp-request connection track-sc1 src\n";
    let lines = format!(
        "{own} http-request track-sc2 path table shared/names\n http-request deny if {{ src_get_gpc0(ips) gt 1 }}\n"
    );
    let (config, findings, files) = load_text(&fe(&lines));
    assert!(!findings.fatal(), "{:#?}", show(&files, &findings));
    let names: Vec<_> = config.tables.iter().map(|table| String::from_utf8_lossy(&table.spec.name)).collect();
    assert_eq!(names, ["ips", "fe", "shared/names"]);
    let stored: Vec<_> = config.tables[2].spec.store.iter().map(|s| (s.data, s.count, s.period)).collect();
    assert_eq!(stored, [(Data::HttpReqRate, 1, 10_000), (Data::Gpc, 2, 0)]);
}

#[test]
fn a_table_that_servers_are_stored_in_holds_what_they_are_known_by() {
    let text = "defaults\n mode http\nbackend be\n stick-table type ip size 10 store http_req_cnt\n stick on src\n";
    let (config, ..) = load_text(text);
    let stored: Vec<_> = config.tables[0].spec.store.iter().map(|stored| stored.data).collect();
    assert_eq!(stored, [Data::ServerId, Data::HttpReqCnt, Data::ServerKey]);
}

#[test]
fn names_and_types_must_fit() {
    let line = |text: &str, finding: &str| check(&fe(&format!(" {text}\n")), &[&format!("10: alert {finding}")]);
    line("http-request track-sc0 src", "unknown-name: unable to find table 'fe'");
    line("http-request track-sc0 src table nope", "unknown-name: unable to find table 'nope'");
    line("http-request set-header a %[sc0_conn_cnt(nope)]", "unknown-name: unable to find table 'nope'");
    line("http-request set-header a %[src_conn_cnt]", "unknown-name: unable to find table 'fe'");
    line("http-request set-header a %[path,in_table]", "unknown-name: unable to find table 'fe'");
    line(
        "http-request track-sc0 method table ips",
        "type-mismatch: stick-table 'ips' has keys of a type that this expression does not make",
    );
}

#[test]
fn peers_are_not_there_yet() {
    let text = "frontend fe\n mode http\n timeout client 1s\n bind :18080\npeers p\n table t type ip size 1\n table t type ip size 2\n peer a 127.0.0.1:1\n nope\n table\n";
    check(
        text,
        &[
            "8: alert not-supported: 'peer' is not supported by evenkeel yet",
            "9: alert unknown-keyword: unknown keyword 'nope' in 'peers' section",
            "10: alert missing-argument: missing stick-table name.",
            "7: alert duplicate-table: stick-table name 'p/t' conflicts with another table",
        ],
    );
}

#[test]
fn glitches_are_not_counted_yet() {
    let (_, findings, files) = load_text(&fe(" stick-table type ip size 1 store glitch_cnt,conn_cnt\n"));
    let said = show(&files, &findings);
    assert!(said.iter().any(|line| line.contains("warning not-obeyed") && line.contains("glitch_cnt")), "{said:#?}");
    assert!(!findings.fatal(), "{said:#?}");
}
