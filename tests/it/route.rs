//! `cfg-check route` tells where a request goes, and HAProxy sends it there. `tests/route/README.md` has the form of the
//! stories.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::time::Duration;

use cfg_check::route::{self, End, Report, Request};
use source::Files;

use crate::harness::binary::Reference;
use crate::harness::peer::{Peer, Want};
use crate::harness::place::Place;
use crate::harness::proxy::Proxy;
use crate::harness::{files, say};

#[test]
fn requests_go_where_it_is_told() {
    let (mut count, mut sure, mut wrong) = (0, 0, Vec::new());
    for story in files("tests/route", ".cfg") {
        let text = fs::read_to_string(&story).expect("a story");
        let site = Site::new(&text);
        let name = story.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for line in text.lines().filter_map(|line| line.strip_prefix("#? ")) {
            let request = site.request(line).unwrap_or_else(|why| panic!("{name}: {line}: {why:#}"));
            let report = site.report(request.clone());
            let told: Vec<String> = report.paths.iter().map(|path| shown(&path.end)).collect();
            let seen = site.send(&request);
            // What is not known is told both ways; where it is known there is one.
            let one = told.len() == 1;
            (count, sure) = (count + 1, sure + usize::from(one));
            let open = seen.starts_with("backend") && told.iter().any(|end| end == "backend ?");
            if !(told.contains(&seen) || open) || one == (name == "not-known") {
                wrong.push(format!("{name}: {line}\n  told {told:?}, seen {seen:?}"));
            }
        }
    }
    say(&format!("route: {} of {count} requests go where it is told, {sure} of them surely", count - wrong.len()));
    assert!(wrong.is_empty() && count > 60, "\n{}", wrong.join("\n"));
}

/// An end in the words of [`Site::send`].
fn shown(end: &End) -> String {
    match end {
        End::Answer { status, location, .. } => format!("{status} {}", location.as_deref().unwrap_or("")),
        End::Backend { name, .. } => format!("backend {name}"),
        End::Closed { .. } => "closed".into(),
        End::Nobody => "503 ".into(),
        End::Service { .. } => "200 ".into(),
        End::Unknown { .. } => "backend ?".into(),
    }
}

struct Site {
    _proxy: Proxy,
    _place: Place,
    config: String,
    port: u16,
}

impl Site {
    fn new(story: &str) -> Site {
        let mut place = Place::new().expect("a folder");
        for file in files("tests/route/files", "") {
            fs::copy(&file, place.dir.join(file.file_name().unwrap_or_default())).expect("a copy");
        }
        let config = place.fill(story).expect("free ports");
        let port = place.port("FE").expect("a port");
        let _proxy = Proxy::start(&Reference::V2_8.path(), &place.dir, &config, &[port]).expect("HAProxy runs");
        Site { _proxy, _place: place, config, port }
    }

    /// `METHOD URL [| HEADER: VALUE]...`, to the port of the frontend.
    fn request(&self, line: &str) -> anyhow::Result<Request> {
        let mut parts = line.split(" | ");
        let (method, url) = parts.next().and_then(|first| first.split_once(' ')).unwrap_or_default();
        let mut request = Request::new(method, url)?;
        parts.try_for_each(|header| request.header(header))?;
        (request.port, request.src) = (self.port, Some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        Ok(request)
    }

    fn report(&self, request: Request) -> Report {
        let mut files = Files::default();
        let id = files.add("a.cfg", self.config.as_bytes());
        route::route(&files, &[id], request).expect("the frontend exists")
    }

    /// Where HAProxy sends a request: to a backend, none of whose servers answers, or back with an answer of its own.
    fn send(&self, request: &Request) -> String {
        let mut text = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
        for (name, value) in &request.headers {
            text += &format!("{name}: {value}\r\n");
        }
        let mut client = Peer::new(TcpStream::connect(("127.0.0.1", self.port)).expect("it listens"));
        client.send(format!("{text}\r\n").as_bytes()).expect("it reads");
        let Some(answer) = client.take(&Want::Head, Duration::from_secs(2)) else { return "closed".into() };
        let head = String::from_utf8_lossy(&answer).into_owned();
        let field = |wanted: &str| head.lines().find_map(|line| line.strip_prefix(wanted)).unwrap_or("");
        let status = head.split(' ').nth(1).unwrap_or("");
        let opens = |line: &str| line.split(' ').nth(1) == Some(field("x-backend: "));
        let mut lines = self.config.lines();
        let chosen = lines.any(|line| (line.starts_with("backend ") || line.starts_with("listen ")) && opens(line));
        match status {
            "" => "closed".into(),
            "503" if chosen => format!("backend {}", field("x-backend: ")),
            _ => format!("{status} {}", field("location: ")),
        }
    }
}
