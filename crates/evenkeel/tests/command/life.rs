//! A process in the foreground: it serves on an inherited listener, and heeds signals.

use crate::support::{DEFAULTS, Folder, Running, ask, connect, listener, until};
use rustix::process::Signal;
use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener},
    os::unix::process::ExitStatusExt,
};

const PONG: &str = "frontend f\n bind fd@0\n http-request return status 200 content-type text/plain string pong\n";

/// A process that answers, so that its signals are heeded.
fn serving(words: &str, config: &str) -> io::Result<(Folder, Running, SocketAddr)> {
    let folder = Folder::new()?.with("cfg", config)?;
    let (listener, address) = listener()?;
    let running = Running::start(folder.command(words), Some(listener))?;
    let answer = ask(address, "/")?;
    assert!(answer.ends_with("pong"), "{answer}");
    Ok((folder, running, address))
}

#[test]
fn it_dies_of_sigterm_and_sigint() -> io::Result<()> {
    for signal in [Signal::TERM, Signal::INT] {
        let (_folder, running, _) = serving("-db -f cfg", &format!("{DEFAULTS}{PONG}"))?;
        running.signal(signal)?;
        let (status, _) = running.end()?;
        assert_eq!(status.signal(), Some(signal.as_raw()));
    }
    Ok(())
}

#[test]
fn sigusr1_lets_sessions_finish() -> io::Result<()> {
    let echo = TcpListener::bind("127.0.0.1:0")?;
    let port = echo.local_addr()?.port();
    let config = format!(
        "defaults\n timeout client 10s\n timeout server 10s\n timeout connect 10s\n\
         frontend f\n bind fd@0\n default_backend b\nbackend b\n server s 127.0.0.1:{port}\n"
    );
    let folder = Folder::new()?.with("cfg", &config)?;
    let (listener, address) = listener()?;
    let mut running = Running::start(folder.command("-db -f cfg"), Some(listener))?;
    let mut client = connect(address)?;
    let (mut server, _) = echo.accept()?;
    running.signal(Signal::USR1)?;
    assert!(running.said("stopped")?.ends_with("Proxy f stopped (cumulated conns: FE: 1, BE: 0).\n"));
    assert!(running.said("stopped")?.ends_with("Proxy b stopped (cumulated conns: FE: 0, BE: 1).\n"));
    until("new connections are refused", || connect(address).is_err());
    client.write_all(b"x")?;
    let mut byte = [0];
    server.read_exact(&mut byte)?;
    assert_eq!(&byte, b"x");
    drop((client, server));
    assert_eq!(running.end()?.0.code(), Some(0));
    Ok(())
}

#[test]
fn hard_stop_after_ends_the_drain() -> io::Result<()> {
    let config = format!("global\n hard-stop-after 50ms\n{DEFAULTS}{PONG}");
    let (_folder, running, address) = serving("-db -f cfg", &config)?;
    let mut unfinished = connect(address)?;
    unfinished.write_all(b"GET / HTTP/1.1\r\n")?;
    // The process has it once the one behind it was answered.
    ask(address, "/")?;
    running.signal(Signal::USR1)?;
    let (status, said) = running.end()?;
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(said.contains("soft-stop running for too long, performing a hard-stop.\n"), "{said}");
    assert!(said.contains("Proxy f hard-stopped (1 remaining conns will be closed).\n"), "{said}");
    Ok(())
}

#[test]
fn signals_that_only_ask() -> io::Result<()> {
    let own = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let config = format!("{DEFAULTS}{PONG} bind {own}\n default_backend b\nbackend b\n server s 127.0.0.1:1\n");
    let (_folder, mut running, address) = serving("-db -f cfg", &config)?;
    running.signal(Signal::HUP)?;
    running.said("SIGHUP received, dumping servers states.")?;
    running.said("SIGHUP: Proxy f has no servers. Conn: act(FE+BE): ")?;
    running.said("SIGHUP: Server b/s is UP. Conn: 0 act, 0 pend, 0 tot.")?;
    running.said("SIGHUP: Proxy b has 1 active servers and 0 backup servers available.")?;
    running.signal(Signal::QUIT)?;
    running.said("SIGQUIT received: resident memory")?;
    running.signal(Signal::USR2)?;
    running.said("SIGUSR2: ")?;
    running.signal(Signal::TTOU)?;
    running.said("Paused frontend f.")?;
    assert!(connect(own).is_err(), "it must not listen while it is paused");
    running.signal(Signal::TTIN)?;
    running.said("Resumed frontend f.")?;
    assert!(ask(own, "/")?.ends_with("pong") && ask(address, "/")?.ends_with("pong"));
    Ok(())
}

#[test]
fn what_is_not_obeyed_is_said() -> io::Result<()> {
    let folder = Folder::new()?.with("cfg", &format!("{DEFAULTS}{PONG}"))?;
    let mut running = Running::start(folder.command("-S master.sock -de -n 100 -f cfg"), Some(listener()?.0))?;
    running.said("-S: there is no master")?;
    running.said("-de: ")?;
    let (status, said) = Running::start(folder.command("-x old.sock -n 100 -f cfg"), Some(listener()?.0))?.end()?;
    assert_eq!(status.code(), Some(1));
    assert!(said.contains("Failed to connect to the old process socket 'old.sock'\n"), "{said}");
    assert!(said.contains("Failed to get the sockets from the old process!\n"), "{said}");
    Ok(())
}
