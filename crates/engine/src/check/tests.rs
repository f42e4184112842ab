//! Servers as their checks, their trackers and the administrator make them, with the messages that go out.

use super::{observe::Seen, *};
use crate::{
    fault::{Fault, Kind, Phase},
    testing,
};
use std::net::{Ipv4Addr, UdpSocket};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// A worker whose backend logs to a socket of the test.
struct Case {
    worker: Rc<Worker>,
    log: UdpSocket,
}

impl Case {
    /// `LOG` in the configuration is where the messages go.
    fn new(config: &str) -> Case {
        let log = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        log.set_nonblocking(true).expect("not to wait");
        let sink = format!("log {} format short local0", log.local_addr().expect("its address"));
        let config = config.replace("LOG", &sink);
        let worker = testing::worker(&format!("global\n quiet\n{config}\nfrontend fe\n bind 127.0.0.1:1\n"));
        Case { worker, log }
    }

    /// The messages since the last call, each with its level.
    fn said(&self) -> String {
        let (mut buffer, mut all) = ([0; 2048], String::new());
        while let Ok(n) = self.log.recv(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..n]);
            let (priority, text) = text.trim_start_matches('<').split_once('>').expect("a priority");
            all += &format!("{} {}\n", priority.parse::<u32>().expect("a number") % 8, text.trim_end());
        }
        all
    }

    fn status(&self, at: At) -> String {
        let (_, said, state) = look(&self.worker, at).expect("a server");
        let health = match &said.check {
            Some(check) => Bounds::of(check).status(state.check_health.load(Relaxed), state.health()),
            None => format!("{:?}", state.health()).to_uppercase(),
        };
        match (state.in_maintenance(), state.is_draining()) {
            (true, _) => "MAINT".to_owned(),
            (_, true) => format!("DRAIN {health}"),
            _ => health,
        }
    }

    /// Plays events on server 0 of proxy 0, and compares all statuses and messages after each.
    #[track_caller]
    fn check(&self, event: &str, statuses: &str, messages: &str) {
        let (worker, at) = (&self.worker, (0, 0));
        let took = Some(Duration::from_millis(3));
        match event {
            "pass" => digest(worker, at, &Outcome::new(Status::L4Ok), took),
            "fail" => digest(worker, at, &Outcome::new(Status::L4Tout), took),
            "404" => digest(worker, at, &Outcome::new(Status::L7Okc).number(404), took),
            "maint" => transition::enter_maintenance(worker, at),
            "ready" => transition::make_ready(worker, at),
            "drain" => transition::enter_drain(worker, at),
            "health down" => transition::health_by_command(worker, at, Health::Down),
            "health up" => transition::health_by_command(worker, at, Health::Up),
            other => panic!("no event {other}"),
        }
        let proxies = worker.process.config.proxies.iter().enumerate();
        let all = proxies.flat_map(|(p, proxy)| (0..proxy.servers.len()).map(move |s| (p, s)));
        let seen: Vec<_> = all.map(|at| self.status(at)).collect();
        assert_eq!(seen.join(" | "), statuses, "{event}");
        assert_eq!(self.said().trim_end(), messages.replace("\n ", "\n"), "{event}");
    }
}

#[test]
fn checks_take_servers_down_and_up() {
    let case =
        Case::new("backend be\n LOG\n server s1 127.0.0.1:1 check rise 2 fall 2\n server s2 127.0.0.1:2 backup\n");
    case.check("pass", "UP 0/2 | UP", "");
    case.check("pass", "UP | UP", "");
    case.check("fail", "UP 1/2 | UP", "");
    case.check(
        "fail",
        "DOWN | UP",
        "1 Server be/s1 is DOWN, reason: Layer4 timeout, check duration: 3ms. 0 active and 1 backup servers left. \
         Running on backup. 0 sessions active, 0 requeued, 0 remaining in queue.",
    );
    case.check("pass", "DOWN 1/2 | UP", "");
    case.check(
        "pass",
        "UP | UP",
        "5 Server be/s1 is UP, reason: Layer4 check passed, check duration: 3ms. 1 active and 1 backup servers online. \
         0 sessions requeued, 0 total in queue.",
    );
}

#[test]
fn changes_of_health_are_logged_on_demand() {
    let config = "backend be\n LOG\n option log-health-checks\n server s1 127.0.0.1:1 check rise 2 fall 1\n";
    let case = Case::new(config);
    let told = "5 Health check for server be/s1";
    case.check(
        "pass",
        "UP 0/1",
        &format!("{told} succeeded, reason: Layer4 check passed, check duration: 3ms, status: 1/2 DOWN."),
    );
    case.check(
        "pass",
        "UP",
        &format!("{told} succeeded, reason: Layer4 check passed, check duration: 3ms, status: 1/1 UP."),
    );
    case.check("pass", "UP", "");
    case.check(
        "fail",
        "DOWN",
        &format!(
            "{told} failed, reason: Layer4 timeout, check duration: 3ms, status: 0/2 DOWN.\n \
             1 Server be/s1 is DOWN. 0 active and 0 backup servers left. 0 sessions active, 0 requeued, \
             0 remaining in queue.\n 0 backend be has no server available!"
        ),
    );
    case.check("fail", "DOWN", "");
}

#[test]
fn trackers_follow() {
    let case = Case::new(
        "backend be\n LOG\n server s1 127.0.0.1:1 check rise 1 fall 1\n\
         backend other\n LOG\n server t1 127.0.0.1:2 track be/s1\n",
    );
    let left = "0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.";
    let online = "0 sessions requeued, 0 total in queue.";
    case.check("pass", "UP | UP", "");
    case.check(
        "404",
        "NOLB | STOPPING",
        &format!(
            "5 Server be/s1 is stopping, reason: Layer7 check conditionally passed, code: 404, check duration: 3ms. \
             0 active and 0 backup servers online. {online}\n 0 backend be has no server available!\n \
             5 Server other/t1 is stopping via be/s1. 0 active and 0 backup servers online. {online}\n \
             0 backend other has no server available!"
        ),
    );
    case.check(
        "maint",
        "MAINT | MAINT",
        &format!(
            "1 Server be/s1 is going DOWN for maintenance. {left}\n \
             1 Server other/t1 is going DOWN for maintenance via be/s1. {left}"
        ),
    );
    case.check(
        "ready",
        "UP | UP",
        "5 Server be/s1 is UP/READY (leaving forced maintenance).\n \
         5 Server other/t1 is UP/READY (leaving maintenance).",
    );
}

#[test]
fn administrators_overrule_checks() {
    let case = Case::new("backend be\n LOG\n server s1 127.0.0.1:1 check rise 2 fall 2\n");
    let (online, left) = (
        "0 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.",
        "0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
    );
    let gone = "0 backend be has no server available!";
    case.check("pass", "UP 0/2", "");
    case.check("drain", "DRAIN UP 0/2", &format!("5 Server be/s1 enters drain state. {online}\n {gone}"));
    case.check("maint", "MAINT", &format!("5 Server be/s1 is going DOWN for maintenance. {left}"));
    case.check("ready", "UP 1/2", "5 Server be/s1 is UP/READY (leaving forced maintenance).");
    case.check("health down", "DOWN", &format!("1 Server be/s1 is DOWN, changed from CLI. {left}\n {gone}"));
    case.check("maint", "MAINT", "5 Server be/s1 was DOWN and now enters maintenance.");
}

/// What the traffic shows of a server, event by event, and what becomes of its status.
#[track_caller]
fn observed(params: &str, events: &[Seen], status: &str, messages: &str) {
    let case = Case::new(&format!("backend be\n LOG\n server s1 127.0.0.1:1 check rise 1 fall 3 {params}\n"));
    case.check("pass", "UP", "");
    events.iter().for_each(|seen| observe::note(&case.worker, (0, 0), *seen));
    assert_eq!((&*case.status((0, 0)), case.said().trim_end()), (status, messages), "{params}");
}

#[test]
fn traffic_counts_against_servers() {
    let (bad, good) = (Seen::Status(500), Seen::Status(404));
    let gone = |what: &str| {
        format!(
            "1 Server be/s1 is DOWN, reason: Health analyze, info: \"Detected 2 consecutive errors, last one was: \
             {what}\". 0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.\n\
             0 backend be has no server available!"
        )
    };
    let layer7 = "observe layer7 error-limit 2 on-error";
    observed(&format!("{layer7} mark-down"), &[bad, good, bad], "UP", "");
    observed(&format!("{layer7} mark-down"), &[bad, Seen::Connected, bad], "DOWN", &gone("Wrong http response"));
    observed(&format!("{layer7} fail-check"), &[bad, bad, bad], "UP 2/3", "");
    observed(&format!("{layer7} sudden-death"), &[bad, bad], "UP 1/3", "");
    observed(&format!("{layer7} fastinter"), &[bad, bad], "UP", "");
    let late = Seen::Fault(Fault::new(Kind::ServerTimeout, Phase::Headers));
    observed(&format!("{layer7} mark-down"), &[late, late], "DOWN", &gone("Read timeout (http)"));
    let layer4 = "observe layer4 error-limit 2 on-error mark-down";
    observed(layer4, &[bad, bad], "UP", "");
    observed(layer4, &[Seen::Unconnected, Seen::Connected, Seen::Unconnected], "UP", "");
    observed(layer4, &[Seen::Unconnected, Seen::Unconnected], "DOWN", &gone("L4 unsuccessful connection"));
}

#[tokio::test]
async fn sessions_end_with_their_server() {
    let case = Case::new(
        "backend be\n LOG\n server s1 127.0.0.1:1 check fall 1 on-marked-up shutdown-backup-sessions \
         on-marked-down shutdown-sessions\n server s2 127.0.0.1:2 backup\n",
    );
    let servers = &case.worker.process.proxies[0].servers;
    let cuts = (servers[0].cut.given(), servers[1].cut.given());
    digest(&case.worker, (0, 0), &Outcome::new(Status::L4Tout), None);
    assert_eq!(cuts.0.await, b'D');
    transition::health_by_command(&case.worker, (0, 0), Health::Up);
    assert_eq!(cuts.1.await, b'U');
}

/// Checks a server of the test once; `answer` is what it says, and `-` in front makes it hang up behind it.
async fn probed(backend: &str, server: &str, answer: &str) -> (Outcome, String) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a listener");
    let address = listener.local_addr().expect("its address");
    let case = Case::new(&format!("backend be\n{backend}\n server s1 {address} check inter 300ms {server}\n"));
    let (answer, hangs_up) = (answer.trim_start_matches('-').to_owned(), answer.starts_with('-'));
    let origin = async move {
        let (mut conn, _) = listener.accept().await.expect("a check");
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            match conn.read_buf(&mut asked).await {
                Ok(1..) => {}
                _ => break,
            }
        }
        let _ = conn.write_all(answer.as_bytes()).await;
        if !hangs_up {
            let _ = conn.read(&mut [0; 16]).await;
        }
        String::from_utf8_lossy(&asked).into_owned()
    };
    let (outcome, asked) = tokio::join!(probe::run(&case.worker, (0, 0)), origin);
    (outcome, asked)
}

#[tokio::test]
async fn servers_are_asked_and_judged() {
    let ask = "option httpchk GET /up";
    let cases = [
        ("", "", "", "L4OK 0 "),
        ("", "send-proxy", "", "L4OK 0 "),
        (ask, "", "HTTP/1.1 200 OK\r\n\r\n", "L7OK 200 "),
        (ask, "", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "L7OK 200 "),
        (ask, "", "HTTP/1.1 503 Busy\r\n\r\n", "L7STS 503 Busy"),
        (ask, "", "SSH-2.0\r\n\r\n", "L7RSP 0 "),
        (ask, "", "-HTTP/1.1 200 OK\r\nCont", "SOCKERR 0 "),
        (ask, "", "HTTP/1.1 200 OK\r\nCont", "L7TOUT 0 "),
        (
            "option httpchk\n http-check expect string up",
            "",
            "-HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ndown",
            "L7RSP 0 HTTP content check did not match",
        ),
        (
            "option httpchk\n http-check expect string up",
            "",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nu\r\n1\r\np\r\n",
            "L7OK 200 ",
        ),
    ];
    for (backend, server, answer, expected) in cases {
        let (outcome, asked) = probed(backend, server, answer).await;
        let text = String::from_utf8_lossy(&outcome.text);
        assert_eq!(format!("{} {} {text}", outcome.status.code(), outcome.number), expected, "{answer}");
        let begins = if server.is_empty() { "GET /up HTTP/1.0\r\n\r\n" } else { "PROXY TCP4 127.0.0.1 127.0.0.1 " };
        assert!(backend != ask || asked == begins, "{asked}");
        assert!(server.is_empty() || asked.starts_with(begins), "{asked}");
    }
}

#[tokio::test]
async fn nobody_there_is_a_layer_4_problem() {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.and_then(|l| l.local_addr()).expect("a port").port();
    let case = Case::new(&format!("backend be\n server s1 127.0.0.1:{port} check\n"));
    let outcome = probe::run(&case.worker, (0, 0)).await;
    assert_eq!(outcome.status, Status::L4Con);
    assert_eq!(String::from_utf8_lossy(&outcome.text), "ECONNREFUSED returned by OS (Connection refused)");
}
