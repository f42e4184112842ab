//! What is said about configurations and conditions, and the exit status; as HAProxy 3.4.0 was seen to do it.

use crate::support::{DEFAULTS, Folder, plain};
use std::{io, net::TcpListener};

const HEAD: &str = "[NOTICE]   (PID) : haproxy version is 3.4.0\n[NOTICE]   (PID) : path to executable is PROGRAM\n";

const GOOD: &str = "frontend f\n bind 127.0.0.1:1\n default_backend b\nbackend b\n server s 127.0.0.1:2\n";

/// Runs `evenkeel WORDS` beside a set of configurations, and compares status, output and messages. Messages are
/// compared without the two lines about the program, which must be there if there are any.
fn check(words: &str, status: i32, out: &str, said: &str) -> io::Result<()> {
    let good = format!("{DEFAULTS}{GOOD}");
    let folder = Folder::new()?
        .with("ok.cfg", &good)?
        .with("warn.cfg", &format!("{good}backend w\n option tcplog\n"))?
        .with("bad.cfg", &format!("{good}backend w\n bogus x\n"))?
        .with("server.cfg", &format!("{good} server t 127.0.0.1:2 bogus\n"))?
        .with("user.cfg", &format!("global\n user no-such-user\n{good}"))?
        .with("nolisten.cfg", &format!("{DEFAULTS}backend b\n server s 127.0.0.1:2\n"))?
        .with("socket.cfg", "global\n stats socket unix@s\n")?
        .with("empty.cfg", "")?
        .with("threads.cfg", &format!("global\n nbthread 2\n{good}"))?
        .with(
            "variables.cfg",
            &format!("{DEFAULTS}frontend f\n bind 127.0.0.1:1\n.if streq(\"$HAPROXY_LOCALPEER\",me)\n bogus\n.endif\n"),
        )?
        .with("unknown.cfg", &format!("{good} server u no-such-name.invalid:80\n"))?
        .with("dir/b.cfg", "backend y\n bogus_b\n")?
        .with("dir/a.cfg", "backend x\n bogus_a\n")?
        .with("dir/c.txt", "bogus")?;
    let output = folder.command(words).output()?;
    let want = if said.is_empty() { String::new() } else { format!("{HEAD}{said}") };
    assert_eq!(plain(&output.stderr), want, "{words}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), out, "{words}");
    assert_eq!(output.status.code(), Some(status), "{words}");
    Ok(())
}

#[test]
fn verdicts() -> io::Result<()> {
    let warned = "[WARNING]  (PID) : config : parsing [warn.cfg:12] : backend 'w' : 'option tcplog' directive is ignored in backends.\n";
    let valid = "Configuration file is valid\n";
    let found = "Warnings were found.\n";
    let no_listener = "Configuration file has no error but will not start (no listener) => exit(2).\n";
    check("-c -f ok.cfg", 0, "", "")?;
    check("-c -V -f ok.cfg", 0, valid, "")?;
    check("-c -V -q -f ok.cfg", 0, valid, "")?;
    check("-c -D -V -f ok.cfg", 0, valid, "")?;
    check("-c -W -V -f ok.cfg", 0, valid, "")?;
    check("-c -- ok.cfg", 0, "", "")?;
    check("-c -f warn.cfg", 0, found, warned)?;
    check("-c -V -f warn.cfg", 0, &format!("{found}{valid}"), warned)?;
    check("-c -q -f warn.cfg", 0, "", "")?;
    let refused = "[ALERT]    (PID) : Some warnings were found and 'zero-warning' is set. Aborting.\n";
    check("-c -dW -f warn.cfg", 1, "", &format!("{warned}{refused}"))?;
    check("-c -dW -q -f warn.cfg", 1, "", "")?;
    check("-c -dW -f ok.cfg", 0, "", "")?;
    check("-c -f nolisten.cfg", 2, no_listener, "")?;
    check("-c -f empty.cfg", 2, no_listener, "")?;
    check("-c -V -f /dev/null", 2, no_listener, "")?;
    check("-c -V -f socket.cfg", 0, valid, "")?;
    check("-c -dD -f threads.cfg", 0, found, "[DIAG]     (PID) : Created 2 threads split into 1 groups\n")
}

#[test]
fn refusals() -> io::Result<()> {
    let bad = "[ALERT]    (PID) : config : parsing [bad.cfg:12] : unknown keyword 'bogus' in 'backend' section\n\
               [ALERT]    (PID) : config : Error(s) found in configuration file : bad.cfg\n\
               [ALERT]    (PID) : config : Fatal errors found in configuration.\n";
    for words in ["-c -f bad.cfg", "-c -V -f bad.cfg", "-db -f bad.cfg", "-c -dD -f bad.cfg", "-c -Ws -f bad.cfg"] {
        check(words, 1, "", bad)?;
    }
    check("-c -q -f bad.cfg", 1, "", "")?;
    let files = "[ALERT]    (PID) : config : parsing [dir/a.cfg:2] : unknown keyword 'bogus_a' in 'backend' section\n\
                 [ALERT]    (PID) : config : Error(s) found in configuration file : dir/a.cfg\n\
                 [ALERT]    (PID) : config : parsing [dir/b.cfg:2] : unknown keyword 'bogus_b' in 'backend' section\n\
                 [ALERT]    (PID) : config : Error(s) found in configuration file : dir/b.cfg\n\
                 [ALERT]    (PID) : config : Fatal errors found in configuration.\n";
    check("-c -f ok.cfg -f dir", 1, "", files)?;
    let file = "[ALERT]    (PID) : config : parsing [b.cfg:2] : unknown keyword 'bogus_b' in 'backend' section\n\
                [ALERT]    (PID) : config : Error(s) found in configuration file : b.cfg\n\
                [ALERT]    (PID) : config : Fatal errors found in configuration.\n";
    check("-f b.cfg -c -C dir", 1, "", file)?;
    let user = "[ALERT]    (PID) : config : cannot find user id for 'no-such-user'\n\
                [ALERT]    (PID) : config : Fatal errors found in configuration.\n";
    check("-c -f user.cfg", 1, "", user)?;
    let gone = "[ALERT]    (PID) : Could not change to directory nosuch : No such file or directory\n";
    check("-C nosuch -f ok.cfg", 1, "", gone)?;
    let gone =
        "[ALERT]    (PID) : config : Cannot open configuration file/directory nosuch.cfg : No such file or directory\n";
    check("-c -f nosuch.cfg", 1, "", gone)?;
    let peer = "[ALERT]    (PID) : config : parsing [variables.cfg:9] : unknown keyword 'bogus' in 'frontend' section\n\
                [ALERT]    (PID) : config : Error(s) found in configuration file : variables.cfg\n\
                [ALERT]    (PID) : config : Fatal errors found in configuration.\n";
    check("-c -L me -f variables.cfg", 1, "", peer)?;
    check("-c -dr -dG -V -f unknown.cfg", 0, "Configuration file is valid\n", "")?;
    check("-f ok.cfg -sf abc", 1, "", "[ALERT]    (PID) : -sf option: some bytes unconsumed in PID list {abc}\n")
}

#[test]
fn starts_that_fail() -> io::Result<()> {
    let none = "[NOTICE]   (PID) : Automatically setting global.maxconn to N.\n\
                [NOTICE]   (PID) : haproxy version is 3.4.0\n\
                [NOTICE]   (PID) : path to executable is PROGRAM\n\
                [ALERT]    (PID) : [PROGRAM.main()] No enabled listener found (check for 'bind' directives) ! Exiting.\n";
    let folder = Folder::new()?.with("nolisten.cfg", "backend b\n mode tcp\n")?;
    let output = folder.command("-db -f nolisten.cfg").output()?;
    assert_eq!((without_maxconn(&output.stderr).as_str(), output.status.code()), (none, Some(1)));

    // Another program listens there, and shares with nobody.
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port();
    let config = format!("{DEFAULTS}frontend f\n bind 127.0.0.1:{port}\n bind unix@/no/such/dir/s\n");
    let folder = folder.with("taken.cfg", &config)?;
    let output = folder.command("-db -n 100 -f taken.cfg").output()?;
    let want = format!(
        "{HEAD}[ALERT]    (PID) : Binding [taken.cfg:7] for frontend f: protocol tcpv4: cannot bind socket (Address already in use) for [127.0.0.1:{port}].\n\
         [ALERT]    (PID) : Binding [taken.cfg:8] for frontend f: protocol unix_stream: cannot bind UNIX socket (No such file or directory) [/no/such/dir/s].\n\
         [ALERT]    (PID) : [PROGRAM.main()] Some protocols failed to start their listeners! Exiting.\n"
    );
    assert_eq!((plain(&output.stderr), output.status.code()), (want, Some(1)));
    Ok(())
}

/// The number depends on the machine.
fn without_maxconn(said: &[u8]) -> String {
    let said = plain(said);
    let words = said.split(' ').map(|w| if w.ends_with(".\n[NOTICE]") { "N.\n[NOTICE]" } else { w });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn conditions() -> io::Result<()> {
    let folder = Folder::new()?;
    for (condition, status) in [
        ("1", 0),
        ("0", 1),
        ("", 1),
        ("version_atleast(3.4)", 0),
        ("version_before(3.4)", 1),
        ("feature(EPOLL)", 0),
        ("feature(NOSUCH)", 1),
        ("enabled(EPOLL)", 0),
        ("streq(a,b) || defined(HOME)", 0),
        ("true", 2),
        ("1 &&", 2),
    ] {
        let output = folder.command("-cc").arg(condition).env("HOME", "/").output()?;
        assert_eq!(output.status.code(), Some(status), "{condition}");
        assert_eq!(output.stderr.is_empty(), status < 2, "{condition}");
    }
    let words = "[ALERT]    (PID) : Failed to evaluate condition: unparsable conditional expression 'true'\n";
    check("-cc true", 2, "", words)
}

#[test]
fn versions_and_help() -> io::Result<()> {
    let folder = Folder::new()?;
    let run = |words: &str| -> io::Result<(Option<i32>, String, String)> {
        let output = folder.command(words).output()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok((output.status.code(), text(&output.stdout), text(&output.stderr)))
    };
    assert_eq!(run("-vq")?, (Some(0), "3.4.0\n".into(), String::new()));
    let (status, long, _) = run("-vv")?;
    assert_eq!(status, Some(0));
    for part in [
        "HAProxy version 3.4.0-",
        "\nFeature list : ",
        " +EPOLL ",
        "Available polling systems :",
        "         h1 : mode=HTTP",
    ] {
        assert!(long.contains(part), "{part}");
    }
    let (status, out, err) = run("")?;
    assert_eq!(status, Some(1));
    assert!(out.starts_with("HAProxy version 3.4.0-") && err.starts_with("Usage : "), "{out}{err}");
    let (status, out, err) = run("--help")?;
    assert!(status == Some(0) && err.is_empty() && out.contains("evenkeel demo"), "{out}{err}");
    for words in ["-c", "-f ok.cfg -bogus", "-f ok.cfg extra", "-cc", "-h"] {
        assert_eq!(run(words)?.0, Some(1), "{words}");
    }
    Ok(())
}
