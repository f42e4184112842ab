//! What a ruleset tells the engine, rule by rule: waiting, resuming, ends.

use crate::{
    exchange,
    proxy::{Proxy, World},
};
use rules::{Flow, Ruleset};
use sample::Stream;

/// Runs a ruleset of the frontend on a stream, again and again from where it stopped, and shows each answer.
fn check(ruleset: Ruleset, lines: &[&str], stream: &mut Stream, last: bool, expect: &[&str]) {
    let rules: String = lines.iter().map(|line| format!("{} {line}\n", ruleset.name())).collect();
    let text = format!("frontend fe\n{rules}");
    let proxy = Proxy::new(text.as_bytes(), &World::default()).unwrap_or_else(|refusal| panic!("{text}: {refusal:?}"));
    let list = &proxy.rules[0][&ruleset];
    let (mut from, mut seen) = (0, Vec::new());
    while from < list.len() && seen.len() < expect.len().max(1) {
        let (flow, next) = rules::run(list, stream, &proxy, ruleset.places(true, false), from, last);
        seen.push(format!("{} {next}", show(&flow)));
        if !matches!(flow, Flow::Pause(_) | Flow::WaitForBody { .. }) {
            break;
        }
        from = next;
    }
    assert_eq!(seen, expect, "of {lines:?}");
}

fn show(flow: &Flow) -> String {
    match flow {
        Flow::Answer(reply) => format!("answer {} denied={} close={}", reply.head.status(), reply.denied, reply.close),
        Flow::Tarpit(reply) => format!("tarpit {}", reply.head.status()),
        Flow::Pause(time) => format!("pause {}", time.as_millis()),
        Flow::WaitForBody { within, at_least } => format!("body {} {at_least}", within.as_millis()),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn tcp(payload: &[u8], complete: bool) -> Stream {
    let mut stream = exchange::stream(&rules::Captures::default());
    stream.req_body.bytes = payload.to_vec();
    stream.req_body.complete = complete;
    stream
}

fn http() -> Stream {
    let mut stream = exchange::stream(&rules::Captures::default());
    assert!(exchange::request(&mut stream, b"GET /p HTTP/1.1\r\nhost: h\r\nx-a: 1\r\n\r\n"));
    stream
}

#[test]
fn rules_about_contents_wait_until_the_inspection_is_over() {
    let rules = ["accept if { req.payload(0,5) -m bin 68656c6c6f }", "reject"];
    let content = Ruleset::TcpRequestContent;
    check(content, &rules, &mut tcp(b"hel", false), false, &["wait 0"]);
    check(content, &rules, &mut tcp(b"hello", false), false, &["stop 1"]);
    check(content, &rules, &mut tcp(b"hel", false), true, &["reject 2"]);
    check(content, &rules, &mut tcp(b"other", false), false, &["reject 2"]);
    // What is false whatever comes, and what is true whatever comes, need not wait.
    let rules = ["accept if { req.payload(0,5) -m bin 68656c6c6f } FALSE", "accept if FALSE or TRUE"];
    check(content, &rules, &mut tcp(b"", false), false, &["stop 2"]);
    let rules = ["accept if !{ req.payload(0,5) -m found }"];
    check(content, &rules, &mut tcp(b"", false), false, &["wait 0"]);
    check(content, &rules, &mut tcp(b"", false), true, &["stop 1"]);
}

#[test]
fn a_ruleset_goes_on_behind_the_rule_that_stopped_it() {
    let request = Ruleset::HttpRequest;
    check(
        request,
        &["pause 10ms", "pause int(20)", "set-path /x", "deny"],
        &mut http(),
        true,
        &["pause 10 1", "pause 20 2", "answer 403 denied=true close=false 4"],
    );
    let mut stream = http();
    stream.req_body.complete = false;
    check(
        request,
        &["wait-for-body time 1s at-least 2", "allow", "deny"],
        &mut stream,
        true,
        &["body 1000 2 1", "stop 2"],
    );
    stream.req_body.bytes = b"ab".to_vec();
    check(request, &["wait-for-body time 1s at-least 2", "allow"], &mut stream, true, &["stop 2"]);
}

#[test]
fn ends_are_told_apart() {
    let request = Ruleset::HttpRequest;
    for (rule, expect) in [
        ("allow", "stop 1"),
        ("auth", "answer 401 denied=false close=false 1"),
        ("deny deny_status 429", "answer 429 denied=true close=false 1"),
        ("redirect location /", "answer 302 denied=false close=false 1"),
        ("reject", "reject 1"),
        ("return status 204", "answer 204 denied=false close=false 1"),
        ("silent-drop", "silentdrop(0) 1"),
        ("silent-drop rst-ttl 3", "silentdrop(3) 1"),
        ("tarpit", "tarpit 500 1"),
        ("set-headers-bin bin(05)", "failed 1"),
        ("deny if { path /other }", "continue 1"),
        ("deny unless { path /p }", "continue 1"),
        ("redirect location %[req.hdr(none)] ignore-empty", "continue 1"),
    ] {
        check(request, &[rule], &mut http(), true, &[expect]);
    }
    let lenient =
        ["strict-mode off", "pause 1", "set-headers-bin bin(05)", "strict-mode on", "set-headers-bin bin(05)"];
    check(request, &lenient, &mut http(), true, &["pause 1 2", "failed 5"]);
}

#[test]
fn later_lines_of_an_acl_count_for_earlier_conditions() {
    let text = "frontend fe\nacl a path /x\nhttp-request set-header x-1 1 if a\nacl a path /p\nacl b acl(a,!none)\n";
    let text = format!("{text}acl none req.hdr(none) -m found\nhttp-request set-header x-2 1 if b\n");
    // `none` must be declared before `b`.
    assert!(Proxy::new(text.as_bytes(), &World::default()).is_err());
    let text = text.replace("!none", "!FALSE");
    let proxy = Proxy::new(text.as_bytes(), &World::default()).expect("the text is fine");
    let mut stream = http();
    assert!(matches!(proxy.run(0, Ruleset::HttpRequest, &mut stream), Flow::Continue));
    assert!(stream.req.has(b"x-1") && stream.req.has(b"x-2"));
}

#[test]
fn captures_are_cut_and_logs_are_levelled() {
    let text = "frontend fe\nhttp-request capture req.hdr(x-a) len 3\nhttp-request capture path len 1\n\
                http-request set-log-level silent\n";
    let proxy = Proxy::new(text.as_bytes(), &World::default()).expect("the text is fine");
    let mut stream = exchange::stream(&proxy.captures);
    assert!(exchange::request(&mut stream, b"GET /p HTTP/1.1\r\nx-a: 12345\r\n\r\n"));
    assert!(matches!(proxy.run(0, Ruleset::HttpRequest, &mut stream), Flow::Continue));
    assert_eq!(stream.req_captures, [Some(b"123".to_vec()), Some(b"/".to_vec())]);
    assert_eq!(stream.log_level, Some(None));
}

#[test]
fn addresses_are_replaced_one_field_at_a_time() {
    let text = "frontend fe\nhttp-request set-src ipv6(2001:db8::1)\nhttp-request set-dst-port int(65537)\n\
                http-request set-dst req.hdr(none)\n";
    let proxy = Proxy::new(text.as_bytes(), &World::default()).expect("the text is fine");
    let mut stream = http();
    let before = (stream.client.src, stream.client.dst);
    assert!(matches!(proxy.run(0, Ruleset::HttpRequest, &mut stream), Flow::Continue));
    let show = |address: Option<std::net::SocketAddr>| address.map(|a| a.to_string()).unwrap_or_default();
    assert_eq!(show(stream.client.src), "[2001:db8::1]:1234");
    assert_eq!(show(stream.client.dst), "127.0.0.1:1");
    assert_eq!((stream.client.real_src(), stream.client.real_dst()), before);
}
