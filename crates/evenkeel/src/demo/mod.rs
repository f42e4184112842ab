//! `evenkeel demo`: the article's configuration, with origin servers of our own behind it.

mod origin;
mod table;
mod websocket;

use crate::report::{Report, print};
use engine::{Bound, Engine, Settings, listener::Opening};
use source::{Files, Severity, render};
use std::{
    io::IsTerminal,
    net::Ipv4Addr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

/// The article's configuration, as printed.
const ARTICLE: &str = include_str!("../../../../haproxy-configs/article.cfg");

/// The port that the demo listens to when it is free and no other is asked for.
const PORT: u16 = 8080;

/// Ports of the article's servers.
const SERVERS: [&str; 3] = ["8200", "8400", "8600"];

/// How long Ctrl-C waits for connections to end; a second one does not wait.
const DRAIN: Duration = Duration::from_secs(5);

/// Runs the demo until Ctrl-C; the exit status.
pub(crate) fn run(words: &[String], report: &Report) -> u8 {
    let wanted = match words {
        [] => None,
        [option, port] if option == "--port" => match port.parse() {
            Ok(port) => Some(port),
            Err(_) => return fail(report, format!("demo: '{port}' is no port number.")),
        },
        _ => return fail(report, "Usage : evenkeel demo [--port N]".into()),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build_local(Default::default()) {
        Ok(runtime) => runtime,
        Err(e) => return fail(report, format!("demo: no runtime: {e}")),
    };
    match runtime.block_on(show(wanted)) {
        Ok(()) => 0,
        Err(e) => fail(report, format!("demo: {e:#}")),
    }
}

fn fail(report: &Report, text: String) -> u8 {
    report.alert(text);
    1
}

async fn show(wanted: Option<u16>) -> anyhow::Result<()> {
    let mut origins = Vec::new();
    for number in 1..=SERVERS.len() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        origins.push(listener.local_addr()?.port());
        tokio::spawn(origin::serve(listener, format!("origin{number}").into()));
    }
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (engine, port) = start(wanted, &origins)?;
    print(&introduction(port, &origins));
    let mut table = std::io::stdout().is_terminal().then(table::Table::default);
    loop {
        if let Some(table) = &mut table {
            print(&table.refresh(&engine.process));
        }
        tokio::select! {
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
    }
    print("\nDraining: no new connections; a second Ctrl-C leaves at once.\n");
    engine.stop();
    let limit = Instant::now() + DRAIN;
    while !engine.has_ended() && Instant::now() < limit {
        tokio::select! {
            _ = interrupt.recv() => break,
            () = tokio::time::sleep(Duration::from_millis(20)) => {}
        }
    }
    Ok(())
}

/// Starts the engine on the wanted port, or on the usual one, or else on any.
fn start(wanted: Option<u16>, origins: &[u16]) -> anyhow::Result<(Engine, u16)> {
    let ports = match wanted {
        Some(port) => vec![port],
        None => vec![PORT, free_port()?],
    };
    let mut fault = anyhow::anyhow!("no port to listen to");
    for port in ports {
        let config = Arc::new(load(&configuration(port, origins))?);
        // Another demo must not share the port unseen.
        match Bound::open(config, &Opening::default()) {
            Ok(bound) => {
                let threads = crate::limits::default_threads();
                return Ok((bound.start(Settings { threads, maxconn: 1000, pipes: 64 }), port));
            }
            Err(errors) => fault = anyhow::anyhow!("cannot listen to port {port}: {}", first(errors)),
        }
    }
    Err(fault)
}

fn first(errors: Vec<engine::BindError>) -> String {
    errors.into_iter().next().map_or_else(String::new, |e| crate::report::system(&e.error))
}

fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// The article's configuration with other ports.
fn configuration(port: u16, origins: &[u16]) -> String {
    let other = |word: &str| match word.strip_prefix("localhost:") {
        Some("80") => format!("localhost:{port}"),
        Some(said) => match SERVERS.iter().position(|s| *s == said).and_then(|at| origins.get(at)) {
            Some(origin) => format!("localhost:{origin}"),
            None => word.to_owned(),
        },
        None => word.to_owned(),
    };
    ARTICLE
        .split_inclusive([' ', '\n'])
        .map(|piece| {
            let word = piece.trim_end_matches([' ', '\n']);
            other(word) + piece.get(word.len()..).unwrap_or("")
        })
        .collect()
}

fn load(text: &str) -> anyhow::Result<config::Config> {
    let mut files = Files::default();
    let id = files.add("article.cfg", text.as_bytes());
    let machine = crate::host::Machine::new(&crate::args::Args::default(), &["article.cfg".to_owned()]);
    let (config, findings) = config::load(&files, &[id], &machine, config::Options::default());
    let alert = findings.iter().find(|f| f.severity == Severity::Alert);
    match alert {
        Some(alert) => Err(anyhow::anyhow!("{}", render::haproxy(alert, &files, std::process::id()))),
        None => Ok(config),
    }
}

/// Where it listens, and what to try.
fn introduction(port: u16, origins: &[u16]) -> String {
    let ports: Vec<_> = origins.iter().map(u16::to_string).collect();
    let site = format!("http://localhost:{port}");
    format!(
        "evenkeel {} runs the article's haproxy.cfg on {site}\n\
         in front of three origin servers on ports {}. Things to try:\n\n\
         balancing     for i in 1 2 3 4 5 6; do curl -s {site}/; done   # at random, HAProxy's default since 3.3\n\
         the cookie    curl -si {site}/socket.io/ | grep -i set-cookie\n\
         sticking      for i in 1 2 3; do curl -s -b SERVERID=s2 {site}/socket.io/; done\n\
         a websocket   curl -siN --max-time 1 --http1.1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' \
         -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: ZXZlbmtlZWwgZXZlbmtlZQ==' {site}/socket.io/\n\
         statistics    curl -s -u 123:123 '{site}/haproxy?stats;csv'   # or in a browser: {site}/haproxy?stats\n\n\
         Ctrl-C drains and leaves.\n\n",
        env!("CARGO_PKG_VERSION"),
        ports.join(", "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_ports_differ_from_the_article() {
        let ours = configuration(80, &[8200, 8400, 8600]);
        assert_eq!(ours, ARTICLE);
        let ours = configuration(8080, &[1001, 1002, 1003]);
        for (line, there) in
            [("bind localhost:8080\n", 1), ("localhost:1001", 2), ("localhost:1002", 2), ("localhost:1003", 1)]
        {
            assert_eq!(ours.matches(line).count(), there, "{line}");
        }
        assert!(load(&ours).is_ok());
    }
}
