//! `evenkeel demo`: the article's site, tried with what the demo tells one to try.

use crate::support::{Folder, Running, ask, connect};
use rustix::process::Signal;
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::SocketAddr,
};

#[test]
fn the_articles_site_balances_sticks_and_upgrades() -> io::Result<()> {
    let folder = Folder::new()?;
    let mut running = Running::start(folder.command("demo --port 0"), None)?;
    assert_eq!(running.child.wait()?.code(), Some(1), "port 0 is refused");

    let mut running = Running::start(folder.command("demo"), None)?;
    let stdout = running.child.stdout.take().ok_or(io::ErrorKind::NotConnected)?;
    let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    let port = first.rsplit(':').next().and_then(|port| port.parse().ok());
    let site = SocketAddr::from(([127, 0, 0, 1], port.ok_or_else(|| io::Error::other(first.clone()))?));
    let tries: Vec<_> = lines.by_ref().take_while(|line| !line.contains("Ctrl-C")).collect();
    for what in ["balancing", "the cookie", "a websocket", "statistics"] {
        assert!(tries.iter().any(|line| line.starts_with(what)), "{what}");
    }

    assert!(ask(site, "/page")?.contains(" answers GET /page "));
    let cookie = ask(site, "/socket.io/")?;
    let stuck = (1..=3).find(|n| cookie.contains(&format!("set-cookie: SERVERID=s{n}; path=/")));
    assert!(stuck.is_some_and(|n| cookie.contains(&format!("origin{n} answers"))), "{cookie}");

    let mut client = connect(site)?;
    client.write_all(
        b"GET /socket.io/ HTTP/1.1\r\nhost: t\r\nconnection: upgrade\r\nupgrade: websocket\r\ncookie: SERVERID=s2\r\n\
          sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    )?;
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"origin2 greets") {
        client.read_exact(&mut byte)?;
        answer.push(byte[0]);
    }
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    assert!(answer.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{answer}");
    // "Hello", masked, and its echo.
    client.write_all(&[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58])?;
    let mut echo = [0; 7];
    client.read_exact(&mut echo)?;
    assert_eq!(&echo, b"\x81\x05Hello");
    drop(client);

    running.signal(Signal::INT)?;
    let (status, said) = running.end()?;
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(said.contains("Proxy websockets stopped"), "{said}");
    Ok(())
}
