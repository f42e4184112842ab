//! What a proxy has from its `defaults`.

use crate::{check, load_text, show};
use config::{
    Proxy,
    ir::RetryOn,
    keyword::{log::Sink, options::HttpMode},
};
use std::time::Duration;

const SECONDS: fn(u64) -> Option<Duration> = |s| Some(Duration::from_secs(s));

fn proxies(text: &str) -> Vec<Proxy> {
    let (config, diagnostics, files) = load_text(text);
    assert!(!diagnostics.fatal(), "{:#?}", show(&files, &diagnostics));
    config.proxies
}

#[test]
fn the_section_above_counts_and_the_own_line_wins() {
    let text = "defaults\n mode http\n timeout client 9s\n timeout server 8s\n option http-server-close\n retries 7\n\
                frontend f\n bind :1\n timeout client 2s\n no option http-server-close\n\
                backend b\n timeout server 0\ndefaults\n mode tcp\nbackend c\n";
    let [f, b, c] = proxies(text).try_into().expect("three");
    assert_eq!((f.timeouts.client, f.timeouts.server, f.http_mode), (SECONDS(2), None, HttpMode::KeepAlive));
    assert_eq!((b.timeouts.server, b.retries, b.http_mode), (None, 7, HttpMode::ServerClose));
    assert_eq!((c.timeouts.server, c.retries, c.retry_on.as_slice()), (None, 3, &[RetryOn::ConnFailure][..]));
}

#[test]
fn from_names_a_section_and_sections_make_chains() {
    let text = "defaults one\n mode http\n timeout server 1s\n timeout connect 1s\n\
                defaults two from one\n timeout connect 2s\n\
                defaults\n mode tcp\n timeout server 9s\n\
                backend a from two\nbackend b from one\nbackend c\n";
    let text = format!("{text}frontend f\n bind :1\n");
    let all: Vec<_> = proxies(&text).iter().map(|p| (p.timeouts.server, p.timeouts.connect)).collect();
    assert_eq!(all[..3], [(SECONDS(1), SECONDS(2)), (SECONDS(1), SECONDS(1)), (SECONDS(9), None)]);
}

#[test]
fn logs_add_up_until_no_log() {
    let text = "global\n log 127.0.0.1 local0\n log stdout daemon\ndefaults\n log global\n log stderr user\n\
                frontend a\n bind :1\n log fd@4 user\nfrontend b\n bind :2\n no log\n log global\n";
    let sinks: Vec<_> =
        proxies(text).into_iter().map(|p| p.log.into_iter().map(|log| log.sink).collect::<Vec<_>>()).collect();
    assert_eq!(sinks[0].len(), 4);
    assert_eq!(sinks[0][3], Sink::Fd(4));
    assert_eq!(sinks[1].len(), 2);
}

#[test]
fn rules_of_named_defaults_come_first() {
    let text = "defaults d\n mode http\n acl a path /a\n http-request deny if a\n tcp-request inspect-delay 3s\n\
                frontend f from d\n bind :1\n http-request allow if a\nfrontend b from d\n bind :2\n";
    let [f, b] = proxies(text).try_into().expect("two");
    assert_eq!((f.rules.http_request.len(), b.rules.http_request.len()), (2, 1));
    assert_eq!((f.rules.req_inspect_delay, b.rules.req_inspect_delay), (SECONDS(3), SECONDS(3)));
}

#[test]
fn servers_have_the_defaults_said_before_them() {
    let text = "defaults\n mode http\n default-server inter 7s weight 50\nfrontend f\n bind :1\nbackend b\n server a :80 check\n \
                default-server weight 60 check\n server b :80 inter 1s\n server c :80 no-check\n";
    let [_, b] = proxies(text).try_into().expect("two");
    let seen: Vec<_> = b.servers.iter().map(|s| (s.weight, s.check.as_ref().map(|c| c.inter.as_secs()))).collect();
    assert_eq!(seen, [(50, Some(7)), (60, Some(1)), (60, None)]);
}

#[test]
fn a_statistics_page_is_inherited_whole_or_not_at_all() {
    let text = "defaults\n mode http\n stats uri /d\n stats auth a:b\nfrontend f\n bind :1\nfrontend g\n bind :2\n stats refresh 5s\n";
    let [f, g] = proxies(text).try_into().expect("two");
    let page = |p: &Proxy| p.stats.as_ref().map(|s| (String::from_utf8_lossy(&s.uri).into_owned(), s.auth.len()));
    assert_eq!((page(&f), page(&g)), (Some(("/d".into(), 1)), Some(("/haproxy?stats".into(), 0))));
}

#[test]
fn references_that_lead_nowhere_are_told() {
    check(
        "defaults\n mode http\n timeout client 1s\n timeout connect 1s\n timeout server 1s\nfrontend f\n bind :1\n\
         default_backend nope\n use_backend f\nbackend b\n server s :80 track b/t\n server t :80 track b/s\n\
         server u :80 track x/y\n http-request deny if { nbsrv(zz) 0 }\n use-server v if TRUE\n",
        &[
            "8: alert unknown-backend: frontend 'f': unable to find required default_backend: 'nope'.",
            "9: alert unknown-backend: frontend 'f' : backend 'f' has no backend capability.",
            "14: alert unknown-name: unable to find backend 'zz'",
            "15: alert unknown-server: backend 'b' : unable to find server 'v' referenced in a 'use-server' rule.",
            "13: alert bad-track: 'server b/u' : unable to find required proxy 'x' for tracking.",
            "11: alert bad-track: 'server b/s' : unable to track b/t as it belongs to a tracking chain looping back to b/s.",
            "12: alert bad-track: 'server b/t' : unable to track b/s as it belongs to a tracking chain looping back to b/t.",
        ],
    );
}

#[test]
fn ids_are_given_as_haproxy_counts() {
    let text = "global\n stats socket /tmp/x\ndefaults\n mode http\nlisten a\n bind :1\n bind :2 id 3\n bind :3\n bind :4\n\
                listen b\n id 4\n bind :5\nlisten c\n bind :6\nlisten d\n bind :7\n server a :1\n server b :1 id 3\n server c :1\n";
    let all = proxies(text);
    assert_eq!(all.iter().map(|p| p.id).collect::<Vec<_>>(), [2, 4, 5, 6]);
    assert_eq!(all[0].binds.iter().map(|b| b.id).collect::<Vec<_>>(), [1, 3, 4, 5]);
    assert_eq!(all[3].servers.iter().map(|s| s.id).collect::<Vec<_>>(), [1, 3, 4]);
}

#[test]
fn the_environment_changes_while_the_global_section_is_read() {
    let text = "global\n setenv A 7\n presetenv A 8\n presetenv B 9\n unsetenv B\ndefaults\n retries \"${A}\"\n\
                frontend f\n bind :1\nbackend b\n fullconn \"${B-5}\"\n";
    let [_, b] = proxies(text).try_into().expect("two");
    assert_eq!((b.retries, b.fullconn), (7, 5));
}

#[test]
fn fullconn_is_a_tenth_of_what_can_come() {
    let text = "global\n maxconn 4000\ndefaults\n mode http\nfrontend f\n bind :1\n maxconn 300\n use_backend b if TRUE\n default_backend c\n\
                frontend g\n bind :2\n default_backend c\nbackend b\nbackend c\nbackend d\n fullconn 7\n";
    assert_eq!(proxies(text).iter().map(|p| p.fullconn).collect::<Vec<_>>(), [0, 0, 30, 430, 7]);
}

#[test]
fn rules_are_inherited_by_one_side_only() {
    let front = "frontend f from d\n bind :1\n timeout client 1s\n";
    let back = "backend b from d\n timeout server 1s\n timeout connect 1s\n";
    let both = format!("{front}{back}");
    let listen = front.replace("frontend", "listen") + " timeout server 1s\n timeout connect 1s\n";
    let chain = format!("defaults e from d\n{}", front.replace("from d", "from e"));
    let said = |rule: &str, rest: &str| {
        let (_, diagnostics, files) = load_text(&format!("defaults d\n mode http\n {rule}\n{rest}"));
        show(&files, &diagnostics).into_iter().filter(|said| said.contains("inherit")).collect::<Vec<_>>().join("\n")
    };
    for rule in ["http-request deny if TRUE", "http-response del-header x", "tcp-request content accept"] {
        assert!(
            said(rule, &both).contains("frontends and backends cannot inherit from the same defaults section"),
            "{rule}"
        );
        assert!(said(rule, &both).contains("(defaults section at haproxy.cfg:1)"), "{rule}: {}", said(rule, &both));
        assert!(said(rule, &listen).contains("a listen section cannot inherit"), "{rule}");
        assert!(said(rule, &chain).contains("a defaults section cannot inherit"), "{rule}");
        assert_eq!(said(rule, front), "", "{rule}");
        assert_eq!(said(rule, &format!("{back}{}", back.replace("backend b", "backend c"))), "", "{rule}");
    }
    for other in ["acl a path /x", "tcp-response inspect-delay 1s", "option httplog"] {
        assert_eq!([said(other, &both), said(other, &listen), said(other, &chain)], [""; 3], "{other}");
    }
}
