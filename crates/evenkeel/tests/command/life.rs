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

#[test]
fn grace_is_a_time_of_serving_on() -> io::Result<()> {
    let config = format!(
        "global\n grace 1s\n{DEFAULTS}frontend f\n bind fd@0\n http-request return status 200 content-type text/plain \
         string stopping if {{ stopping }}\n http-request return status 200 content-type text/plain string pong\n"
    );
    let (_folder, running, address) = serving("-db -f cfg", &config)?;
    running.signal(Signal::USR1)?;
    until("it serves on and says so", || ask(address, "/").is_ok_and(|answer| answer.ends_with("stopping")));
    assert_eq!(running.end()?.0.code(), Some(0));
    Ok(())
}

#[test]
fn close_spread_time_leaves_connections_alone() -> io::Result<()> {
    let own = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    for (time, stays) in [("infinite", true), ("0", false)] {
        let config = format!("global\n close-spread-time {time}\n{DEFAULTS}{PONG} bind {own}\n");
        let (_folder, mut running, _) = serving("-db -f cfg", &config)?;
        let mut client = connect(own)?;
        let mut answer = [0; 1000];
        let mut get = |client: &mut std::net::TcpStream| {
            client.write_all(b"GET / HTTP/1.1\r\nhost: t\r\n\r\n")?;
            client.read(&mut answer).map(|n| String::from_utf8_lossy(&answer[..n]).into_owned())
        };
        assert!(get(&mut client)?.ends_with("pong"));
        running.signal(Signal::USR1)?;
        running.said("Proxy f stopped")?;
        let second = get(&mut client).unwrap_or_default();
        // Without a time, it was closed while it was idle.
        assert_eq!(second.ends_with("pong") && !second.contains("connection: close"), stays, "{time}: {second}");
        drop(client);
        assert_eq!(running.end()?.0.code(), Some(0));
    }
    Ok(())
}

#[test]
fn threads_run_where_cpu_map_says() -> io::Result<()> {
    let config = format!("global\n nbthread 2\n cpu-map 1/1 0\n{DEFAULTS}{PONG}");
    let (_folder, running, _) = serving("-db -f cfg", &config)?;
    let cpus = |status: &str| status.lines().find(|line| line.starts_with("Cpus_allowed_list")).map(str::to_owned);
    let anywhere = cpus(&std::fs::read_to_string("/proc/self/status")?);
    let tasks = std::fs::read_dir(format!("/proc/{}/task", running.child.id()))?;
    let mut seen = Vec::new();
    for task in tasks.flatten() {
        let read = |name: &str| std::fs::read_to_string(task.path().join(name));
        seen.push((read("comm")?, cpus(&read("status")?)));
    }
    seen.sort();
    let first = Some("Cpus_allowed_list:\t0".to_owned());
    assert_eq!(seen, [("evenkeel\n".to_owned(), first), ("evenkeel-1\n".to_owned(), anywhere)]);
    Ok(())
}

#[test]
fn used_up_descriptors_come_back() -> io::Result<()> {
    let config = format!("global\n nbthread 1\n ulimit-n 40\n maxconn 1000\n{DEFAULTS}{PONG}");
    let folder = Folder::new()?.with("cfg", &config)?;
    let mut command = std::process::Command::new("sh");
    let program = format!("ulimit -n 40; exec {} -db -f cfg", env!("CARGO_BIN_EXE_evenkeel"));
    command.args(["-c", &program]).current_dir(folder.path());
    let (listener, address) = listener()?;
    let mut running = Running::start(command, Some(listener))?;
    let many = (0..60).map(|_| connect(address)).collect::<io::Result<Vec<_>>>()?;
    let begun = std::time::Instant::now();
    running.said("accept failed (Too many open files")?;
    running.said("accept failed (Too many open files")?;
    assert!(begun.elapsed() > std::time::Duration::from_millis(500), "it is said once a second");
    drop(many);
    assert!(ask(address, "/")?.ends_with("pong"));
    Ok(())
}
