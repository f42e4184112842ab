//! A master and its workers: it starts them, reloads them, and leaves with them.

use crate::support::{DEFAULTS, Folder, LONG, Running, ask, listener, until};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::{
    fs,
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr},
    os::unix::net::{UnixDatagram, UnixStream},
};

fn answering(text: &str) -> String {
    format!("{DEFAULTS}frontend f\n bind fd@0\n http-request return status 200 content-type text/plain string {text}\n")
}

/// A master whose worker serves, and the worker's number.
fn serving(words: &str) -> io::Result<(Folder, Running, SocketAddr, Pid)> {
    let folder = Folder::new()?.with("cfg", &answering("one"))?;
    let (listener, address) = listener()?;
    let words = format!("-W -f cfg -n 100 -p pid -S unix@master.sock {words}");
    let mut master = Running::start(folder.command(&words), Some(listener))?;
    let worker = worker(&mut master)?;
    assert!(ask(address, "/")?.ends_with("one"));
    Ok((folder, master, address, worker))
}

/// The worker that serves next.
fn worker(master: &mut Running) -> io::Result<Pid> {
    let line = master.said("Initializing new worker (")?;
    let number = line.rsplit_once('(').and_then(|(_, rest)| rest.split_once(')')?.0.parse().ok());
    let worker = number.and_then(Pid::from_raw).ok_or_else(|| io::Error::other(line))?;
    master.said("Loading success.")?;
    Ok(worker)
}

fn talk(folder: &Folder, commands: &str) -> io::Result<String> {
    let mut stream = UnixStream::connect(folder.path().join("master.sock"))?;
    stream.set_read_timeout(Some(LONG))?;
    writeln!(stream, "{commands}")?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn it_leaves_with_its_workers() -> io::Result<()> {
    let terminated = ["Exiting Master process...", "exited with code 143 (Terminated)", "Exiting... (0)"];
    let interrupted = ["Exiting Master process...", "exited with code 130 (Interrupt)", "Exiting... (130)"];
    let finished = ["Exiting Master process...", "exited with code 0 (Exit)", "Exiting... (0)"];
    let cases = [(Signal::TERM, 0, terminated), (Signal::INT, 130, interrupted), (Signal::USR1, 0, finished)];
    for (signal, code, words) in cases {
        let (folder, master, _, worker) = serving("")?;
        let number = fs::read_to_string(folder.path().join("pid"))?;
        assert_eq!(number, format!("{}\n", master.child.id()));
        master.signal(signal)?;
        let (status, said) = master.end()?;
        assert_eq!(status.code(), Some(code), "{said}");
        words.iter().for_each(|words| assert!(said.contains(words), "{said}"));
        assert!(test_kill_process(worker).is_err());
    }
    Ok(())
}

#[test]
fn it_leaves_as_its_last_worker_did() -> io::Result<()> {
    for (signal, code) in [(Signal::KILL, 137), (Signal::ABORT, 134), (Signal::TERM, 0), (Signal::USR1, 0)] {
        let (_folder, master, _, worker) = serving("")?;
        kill_process(worker, signal)?;
        let (status, said) = master.end()?;
        assert_eq!(status.code(), Some(code), "{said}");
        assert!(said.contains(&format!("All workers exited. Exiting... ({code})")), "{said}");
        assert_eq!(said.contains("unexpectedly died"), code != 0, "{said}");
    }
    Ok(())
}

#[test]
fn workers_do_not_outlive_their_master() -> io::Result<()> {
    let (_folder, master, address, _) = serving("")?;
    master.signal(Signal::KILL)?;
    until("nobody listens", || ask(address, "/").is_err());
    Ok(())
}

#[test]
fn a_reload_is_a_new_worker_or_none() -> io::Result<()> {
    let (folder, mut master, address, first) = serving("")?;
    for (signal, text) in [(Signal::USR2, "two"), (Signal::HUP, "three")] {
        fs::write(folder.path().join("cfg"), answering(text))?;
        master.signal(signal)?;
        worker(&mut master)?;
        until("the new worker alone answers", || {
            (0..8).all(|_| ask(address, "/").is_ok_and(|answer| answer.ends_with(text)))
        });
    }
    until("the first worker is gone", || test_kill_process(first).is_err());
    fs::write(folder.path().join("cfg"), "frontend f\n bogus\n")?;
    master.signal(Signal::USR2)?;
    master.said("unknown keyword 'bogus'")?;
    master.said("exited with code 1 (Exit)")?;
    assert!(ask(address, "/")?.ends_with("three"));
    master.signal(Signal::TERM)?;
    assert_eq!(master.end()?.0.code(), Some(0));
    Ok(())
}

#[test]
fn a_conversation_with_the_master() -> io::Result<()> {
    let (folder, _master, address, worker) = serving("")?;
    let first = worker.as_raw_nonzero();
    let shown = talk(&folder, "show proc")?;
    assert!(shown.starts_with("#<PID>          <type>          <reloads>       <uptime>        <version>      \n"));
    assert!(shown.contains(" master          0 [failed: 0]   0d00h00m"), "{shown}");
    assert!(shown.contains(&format!("# workers\n{first:<15} worker          0 ")), "{shown}");
    assert!(
        talk(&folder, &format!("@1 show info; @!{first} show info"))?.matches(&format!("Pid: {first}\n")).count() == 2
    );
    assert_eq!(talk(&folder, "@2 show info")?, "Can't find the target PID matching the prefix '@2'\n");
    assert_eq!(talk(&folder, "operator; reload")?, "\nPermission denied\n\n");

    fs::write(folder.path().join("cfg"), answering("two"))?;
    let reloaded = talk(&folder, "reload; show version")?;
    assert!(reloaded.starts_with("Success=1\n--\n[NOTICE]   ("), "{reloaded}");
    assert!(reloaded.contains("Loading success.\n") && reloaded.ends_with("\n\n"), "{reloaded}");
    until("the new worker answers", || ask(address, "/").is_ok_and(|answer| answer.ends_with("two")));

    fs::write(folder.path().join("cfg"), "frontend f\n bogus\n")?;
    let failed = talk(&folder, "reload")?;
    assert!(
        failed.starts_with("Success=0\n--\n[NOTICE]   (") && failed.contains("unknown keyword 'bogus'"),
        "{failed}"
    );
    assert!(talk(&folder, "show proc")?.contains(" 2 [failed: 1] "));
    assert!(ask(address, "/")?.ends_with("two"));
    Ok(())
}

#[test]
fn a_bad_start_is_the_end() -> io::Result<()> {
    let folder = Folder::new()?.with("cfg", "frontend f\n bogus\n")?;
    let (status, said) = Running::start(folder.command("-W -f cfg -p pid"), None)?.end()?;
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("Failed to load worker (") && said.contains("exited with code 1 (Exit)"), "{said}");
    assert!(!folder.path().join("pid").exists());
    Ok(())
}

#[test]
fn the_service_manager_is_told() -> io::Result<()> {
    let folder = Folder::new()?.with("cfg", &answering("one"))?;
    let socket = UnixDatagram::bind(folder.path().join("notify"))?;
    socket.set_read_timeout(Some(LONG))?;
    let told = || {
        let mut message = [0; 200];
        socket.recv(&mut message).map(|len| String::from_utf8_lossy(&message[..len]).into_owned())
    };
    let mut command = folder.command("-Ws -n 100 -f cfg");
    command.env("NOTIFY_SOCKET", folder.path().join("notify"));
    let master = Running::start(command, Some(listener()?.0))?;
    let ready = format!("READY=1\nMAINPID={}\nSTATUS=Ready.\n", master.child.id());
    assert_eq!(told()?, ready);
    for (config, end) in [(answering("two"), ready.as_str()), ("bogus\n".into(), "READY=1\nSTATUS=Reload failed!\n")] {
        fs::write(folder.path().join("cfg"), config)?;
        master.signal(Signal::USR2)?;
        let reloading = told()?;
        assert!(reloading.starts_with("RELOADING=1\nSTATUS=Reloading Configuration.\nMONOTONIC_USEC="), "{reloading}");
        assert_eq!(told()?, end);
    }
    master.signal(Signal::TERM)?;
    assert_eq!(told()?, "STOPPING=1");
    assert_eq!(master.end()?.0.code(), Some(0));
    Ok(())
}

#[test]
fn a_daemon_may_be_a_master() -> io::Result<()> {
    let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let config = answering("one").replace("fd@0", &address.to_string());
    let folder = Folder::new()?.with("cfg", &config)?;
    let output = folder.command("-D -W -n 100 -f cfg -p pid").output()?;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(ask(address, "/")?.ends_with("one"));
    let number = fs::read_to_string(folder.path().join("pid"))?;
    let master = number.trim().parse().ok().and_then(Pid::from_raw).ok_or_else(|| io::Error::other(number))?;
    kill_process(master, Signal::TERM)?;
    until("nobody listens", || ask(address, "/").is_err());
    Ok(())
}
