//! Lines as a target gets them.

use super::*;
use crate::testing;
use std::{
    net::UdpSocket,
    time::{Duration, Instant},
};

/// A frontend `fe` that logs to a socket of the test, and a stream of it.
struct Case {
    worker: std::rc::Rc<Worker>,
    socket: UdpSocket,
    stream: Stream,
}

fn case(frontend: &str) -> Case {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).expect("a socket");
    socket.set_nonblocking(true).expect("not to wait");
    let port = socket.local_addr().expect("its address").port();
    let text =
        format!("frontend fe\n mode http\n bind 127.0.0.1:1 name b\n{frontend}\nbackend be\n server s1 127.0.0.1:2\n");
    let worker = testing::worker(&text.replace("LOG", &format!("127.0.0.1:{port}")));
    let mut stream = Stream::new(Instant::now(), SystemTime::now());
    (stream.is_http, stream.has_req, stream.status) = (true, true, 200);
    stream.client.src = Some(([10, 0, 0, 1], 7).into());
    stream.client.dst = Some(([10, 0, 0, 2], 80).into());
    Case { worker, socket, stream }
}

impl Case {
    fn log(&mut self) -> &mut Case {
        let config = self.worker.process.config.clone();
        self.stream.times.asap = false;
        access(&self.worker, &config, &mut self.stream);
        self
    }

    /// Everything that has arrived.
    fn received(&self) -> String {
        let (mut buffer, mut all) = ([0; 4096], String::new());
        while let Ok(n) = self.socket.recv(&mut buffer) {
            all.push_str(&String::from_utf8_lossy(&buffer[..n]));
        }
        all
    }
}

#[track_caller]
fn check(frontend: &str, change: impl FnOnce(&mut Stream), expect: &str) {
    let mut case = case(frontend);
    change(&mut case.stream);
    assert_eq!(case.log().received(), expect, "{frontend}");
}

#[test]
fn levels_and_facilities() {
    let short = " log LOG format short local0";
    check(&format!("{short}\n log-format %ST"), |_| {}, "<6>200\n");
    check(" log LOG format priority local7\n log-format %ST", |_| {}, "<190>200\n");
    check(&format!("{short} notice\n log-format %ST"), |_| {}, "");
    check(&format!("{short} err debug\n log-format %ST\n option log-separate-errors"), |s| s.status = 503, "<7>503\n");
    check(&format!("{short}\n log-format %ST"), |s| s.status = 503, "<6>503\n");
    check(&format!("{short}\n log-format %ST"), |s| s.log_level = Some(Some(2)), "<2>200\n");
    check(&format!("{short}\n log-format %ST"), |s| s.log_level = Some(None), "");
}

#[test]
fn what_is_not_logged() {
    let raw = " log LOG format raw local0\n log-format %ST";
    check(&format!("{raw}\n option dontlog-normal"), |_| {}, "");
    check(&format!("{raw}\n option dontlog-normal"), |s| s.status = 500, "500\n");
    check(&format!("{raw}\n option dontlog-normal"), |s| s.counts.retries = 1, "200\n");
    check(&format!("{raw}\n option dontlog-normal"), |s| s.state = *b"PR--", "200\n");
    check(&format!("{raw}\n option dontlog-normal"), |s| s.state = *b"LR--", "");
    check(&format!("{raw}\n no log"), |_| {}, "");
    check(" log LOG format raw local0", |_| {}, "");
}

#[test]
fn the_error_format_is_for_requests_that_could_not_be_read() {
    let formats = " log LOG format raw local0\n log-format 'fine %ST'\n error-log-format 'bad %ST'";
    check(formats, |_| {}, "fine 200\n");
    check(formats, |s| (s.has_req, s.status) = (false, 400), "bad 400\n");
}

#[test]
fn samples_and_counters() {
    let mut case = case(" log LOG format raw sample 2-3:3 local0\n log-format %lc/%ST");
    (0..7).for_each(|_| _ = case.log());
    assert_eq!(case.received(), "1/200\n2/200\n4/200\n5/200\n");
}

#[test]
fn a_proxy_without_a_format_says_who_connects() {
    let case = case(" log LOG format raw local0");
    connected(&case.worker, &case.worker.process.config, &case.stream);
    assert_eq!(case.received(), "Connect from 10.0.0.1:7 to 10.0.0.2:80 (fe/HTTP)\n");
}

#[test]
fn connection_errors_name_the_listener() {
    let mut case = case(" log LOG format short local0\n option log-separate-errors");
    case.stream.times.accept_date = SystemTime::UNIX_EPOCH + Duration::from_millis(1);
    let config = case.worker.process.config.clone();
    connection_error(&case.worker, &config, &mut case.stream, "No.");
    let line = case.received();
    assert!(line.starts_with("<3>10.0.0.1:7 [") && line.ends_with(".001] fe/b: No.\n"), "{line}");
}

#[test]
fn servers_and_backends() {
    let process = testing::process(
        "listen be\n bind :1\n server s1 127.0.0.1:2\n server s2 127.0.0.1:3 backup\n server s3 127.0.0.1:4 disabled\n",
    );
    let check = |server, change, level, expect| {
        let (config, now) = (&process.config.proxies[0], &process.proxies[0]);
        assert_eq!(super::state::text(config, now, server, change), Some((level, expect)), "{change:?}");
    };
    let why = ", reason: Layer4 timeout, check duration: 5ms";
    let text = "Server be/s1 is UP, reason: Layer4 timeout, check duration: 5ms. 1 active and 1 backup servers online. \
                0 sessions requeued, 0 total in queue.";
    check(0, Change::Up { why, requeued: 0 }, 5, text.into());
    process.proxies[0].servers[0].set_health(crate::state::server::Health::Down);
    let text = "Server be/s1 is DOWN, changed from CLI. 0 active and 1 backup servers left. Running on backup. \
                0 sessions active, 2 requeued, 0 remaining in queue.";
    check(0, Change::Down { why: ", changed from CLI", requeued: 2 }, 1, text.into());
    check(
        2,
        Change::LeavesMaintenance { forced: true },
        5,
        "Server be/s3 is DOWN/READY (leaving forced maintenance).".into(),
    );
    check(0, Change::MaintenanceWhileDown, 5, "Server be/s1 was DOWN and now enters maintenance.".into());
    let text = "Backup Server be/s2 enters drain state. 0 active and 1 backup servers online. Running on backup. \
                0 sessions requeued, 0 total in queue.";
    check(1, Change::Drain { requeued: 0 }, 5, text.into());
}
