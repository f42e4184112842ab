//! The scenarios: one row each, with the configuration that both proxies get.

use crate::load::{Ask, Reply, Style};

/// One thing to measure.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) says: &'static str,
    /// The configuration, with `{front}` and `{origin1}` to `{origin3}` in place of ports.
    pub(crate) config: &'static str,
    /// Exchanges under way at the same time.
    pub(crate) connections: usize,
    pub(crate) style: Style,
    /// Bytes of a response's body.
    pub(crate) body: usize,
    /// What an origin answers, given its body.
    pub(crate) origin: fn(&[u8]) -> Reply,
    /// What the clients send, given the bodies of the three origins.
    pub(crate) asks: fn(&[Vec<u8>; 3]) -> Vec<Ask>,
    /// The ratio evenkeel/haproxy of the first figure that we want to be at or below.
    pub(crate) target: f64,
}

const HTTP: &str = include_str!("../scenarios/http.cfg");
const SMALL: usize = 34;

/// Idle connections that `idle-websockets` opens, and `idle-keepalive`.
pub(crate) const IDLE: u64 = 2000;
pub(crate) const KEPT: u64 = 20_000;

pub(crate) static SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "keepalive",
        says: "HTTP/1 keep-alive, 64 connections, 34-byte bodies",
        config: HTTP,
        connections: 64,
        style: Style::KeepAlive,
        body: SMALL,
        origin: Reply::keep_alive,
        asks: |bodies| vec![Ask::get("/", "", &bodies[0])],
        target: 0.92,
    },
    Scenario {
        name: "connection",
        says: "a connection per request on both sides, 64 at a time, 34-byte bodies",
        config: HTTP,
        connections: 64,
        style: Style::Close,
        body: SMALL,
        origin: Reply::close,
        asks: |bodies| vec![Ask::get("/", "Connection: close\r\n", &bodies[0])],
        target: 0.95,
    },
    Scenario {
        name: "article",
        says: "the article's file, socket.io polling with its sticky cookie, 64 keep-alive connections",
        config: include_str!("../scenarios/article.cfg"),
        connections: 64,
        style: Style::KeepAlive,
        body: SMALL,
        origin: Reply::keep_alive,
        asks: sticky,
        target: 0.92,
    },
    Scenario {
        name: "rate-limit",
        says: "as keepalive, with track-sc0 src and a rule that denies by http_req_rate",
        config: include_str!("../scenarios/rate-limit.cfg"),
        connections: 64,
        style: Style::KeepAlive,
        body: SMALL,
        origin: Reply::keep_alive,
        asks: |bodies| vec![Ask::get("/", "", &bodies[0])],
        target: 0.95,
    },
    Scenario {
        name: "tcp",
        says: "mode tcp under the same load as keepalive: the floor, a proxy that reads nothing",
        config: include_str!("../scenarios/tcp.cfg"),
        connections: 64,
        style: Style::KeepAlive,
        body: SMALL,
        origin: Reply::keep_alive,
        asks: |bodies| vec![Ask::get("/", "", &bodies[0])],
        target: 1.0,
    },
    Scenario {
        name: "bodies",
        says: "1 MiB bodies, 16 keep-alive connections",
        config: HTTP,
        connections: 16,
        style: Style::KeepAlive,
        body: 1 << 20,
        origin: Reply::keep_alive,
        asks: |bodies| vec![Ask::get("/", "", &bodies[0])],
        target: 0.9,
    },
    Scenario {
        name: "tcp-bulk",
        says: "mode tcp, 8 MiB a response, 8 keep-alive connections",
        config: include_str!("../scenarios/tcp.cfg"),
        connections: 8,
        style: Style::KeepAlive,
        body: 8 << 20,
        origin: Reply::keep_alive,
        asks: |bodies| vec![Ask::get("/", "", &bodies[0])],
        target: 0.9,
    },
    Scenario {
        name: "h2",
        says: "HTTP/2 to HTTP/1, 4 connections of 25 streams at once, 34-byte bodies",
        config: HTTP,
        connections: 4,
        style: Style::Streams(25),
        body: SMALL,
        origin: Reply::keep_alive,
        asks: |bodies| vec![Ask::get("/", "", &bodies[0])],
        target: 1.0,
    },
    Scenario {
        name: "grpc",
        says: "HTTP/2 to HTTP/2, 4 connections of 25 calls at once, 100 messages of 69 bytes to and fro each; per message",
        config: include_str!("../scenarios/grpc.cfg"),
        connections: 4,
        style: Style::Calls(25, 100),
        body: SMALL,
        origin: |_| Reply::calls(),
        asks: |bodies| vec![Ask::get("/", "", &bodies[0])],
        target: 1.0,
    },
    Scenario {
        name: "p99",
        says: "keepalive at 70 % of what the slower proxy can do, sent when due: latency",
        config: HTTP,
        connections: 64,
        style: Style::Paced,
        body: SMALL,
        origin: Reply::keep_alive,
        asks: |bodies| vec![Ask::get("/", "", &bodies[0])],
        target: 1.0,
    },
    Scenario {
        name: "idle-keepalive",
        says: "20000 keep-alive connections, one request each, then idle: memory of each",
        config: include_str!("../scenarios/idle-keepalive.cfg"),
        connections: 8,
        style: Style::Keep,
        body: SMALL,
        origin: Reply::keep_alive,
        asks: |bodies| vec![Ask::get("/", "", &bodies[0])],
        target: 1.0,
    },
    Scenario {
        name: "idle-websockets",
        says: "2000 upgraded connections, one frame to and fro, then idle: memory of each",
        config: include_str!("../scenarios/idle-websockets.cfg"),
        connections: 8,
        style: Style::Hold,
        body: 0,
        origin: |_| Reply::websocket(),
        asks: |_| vec![Ask::upgrade("/chat")],
        target: 1.0,
    },
];

/// Each connection sticks to one of the three servers, and its answers have to come from that one.
fn sticky(bodies: &[Vec<u8>; 3]) -> Vec<Ask> {
    let ask = |(server, body): (&str, &Vec<u8>)| {
        Ask::get("/socket.io/?EIO=4&transport=polling", &format!("Cookie: SERVERID={server}\r\n"), body)
    };
    ["s1", "s2", "s3"].into_iter().zip(bodies).map(ask).collect()
}

impl Scenario {
    /// The bodies of the three origins; each begins with its origin's name.
    pub(crate) fn bodies(&self) -> [Vec<u8>; 3] {
        ["origin 1 ", "origin 2 ", "origin 3 "].map(|name| name.bytes().cycle().take(self.body).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_says_which_ports_it_needs() {
        for Scenario { name, config, .. } in SCENARIOS {
            assert!(config.contains(":{front}") && config.contains(":{origin1}"), "{name}");
            assert!(config.contains("nbthread 1"), "{name}: both proxies run one thread");
        }
    }

    #[test]
    fn bodies_tell_origins_apart() {
        for scenario in SCENARIOS.iter().filter(|scenario| scenario.body > 0) {
            let [one, two, three] = scenario.bodies();
            assert_eq!(one.len(), scenario.body);
            assert!(one != two && two != three && one != three);
        }
    }
}
