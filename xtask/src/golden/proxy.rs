//! The proxy under test: a fresh process for each row.

use std::fs::{self, File};
use std::io::{self, BufRead, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::peer::{ms, pause};
use super::place::Place;

/// A binary driven as `haproxy` is: `BINARY -f FILE -db`.
#[derive(Debug)]
pub(crate) struct Binary {
    pub(crate) path: PathBuf,
    /// First line of `-v`.
    pub(crate) version: String,
    /// Ours, whose refusals say what is not supported yet.
    pub(crate) ours: bool,
    /// The `debug` converter is known.
    debug: OnceLock<bool>,
}

impl Binary {
    /// Asks the binary for its version.
    pub(crate) fn new(path: PathBuf) -> anyhow::Result<Self> {
        let out = Command::new(&path).arg("-v").output();
        let out = out.map_err(|e| anyhow::anyhow!("cannot run {}: {e}", path.display()))?;
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        let ours = text.to_ascii_lowercase().contains("evenkeel") || path.ends_with("evenkeel");
        Ok(Self { version: text.lines().next().unwrap_or_default().to_owned(), ours, path, debug: OnceLock::new() })
    }

    /// True when the binary's `debug` converter can tell the type of a value.
    pub(crate) fn names_types(&self) -> bool {
        *self.debug.get_or_init(|| self.accepts("http-request set-var(txn.t) str(a),debug(golden,stderr)"))
    }

    /// Whether a frontend with this line passes `-c`.
    fn accepts(&self, line: &str) -> bool {
        let Ok(place) = Place::new(false) else { return false };
        let config = format!("frontend fe\n    mode http\n    timeout client 1s\n    bind 127.0.0.1:1\n    {line}\n");
        let written = place.write("cfg", config.as_bytes());
        let check = || Command::new(&self.path).args(["-c", "-f", "cfg"]).current_dir(&place.dir).output();
        written.is_ok() && check().is_ok_and(|out| out.status.success())
    }
}

/// What became of a start.
#[derive(Debug)]
pub(crate) enum Start {
    Running(Proxy),
    /// It ended by itself before it listened; what it said.
    Refused(String),
    /// It was ended by a signal.
    Crashed(String),
    /// It neither listened nor ended.
    Silent(String),
}

/// A running proxy, killed when dropped.
#[derive(Debug)]
pub(crate) struct Proxy {
    child: Child,
    dir: PathBuf,
}

/// Starts `binary` on `config` in folder `dir` and waits until every port of `ports` listens.
pub(crate) fn start(
    binary: &Binary,
    dir: &Path,
    config: &[u8],
    ports: &[u16],
    env: &[(String, String)],
) -> io::Result<Start> {
    fs::write(dir.join("cfg"), config)?;
    let mut command = Command::new(&binary.path);
    command.args(["-f", "cfg", "-db"]).current_dir(dir).env("TZ", "UTC").stdin(Stdio::null());
    command.envs(env.iter().map(|(k, v)| (k, v)));
    command.stdout(File::create(dir.join("stdout"))?).stderr(File::create(dir.join("stderr"))?);
    let mut proxy = Proxy { child: command.spawn()?, dir: dir.to_path_buf() };
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(status) = proxy.child.try_wait()? {
            let said = proxy.said();
            return Ok(if status.code().is_some() { Start::Refused(said) } else { Start::Crashed(said) });
        }
        if all_listen(ports) {
            return Ok(Start::Running(proxy));
        }
        if Instant::now() > deadline {
            return Ok(Start::Silent(proxy.said()));
        }
        pause(ms(2));
    }
}

/// True when the kernel's table has each port in LISTEN state. Asking it disturbs nobody.
fn all_listen(ports: &[u16]) -> bool {
    let Ok(table) = File::open("/proc/net/tcp") else { return false };
    // Listening sockets come first; the many others need not be read.
    let lines = io::BufReader::new(table).lines().map_while(Result::ok).skip(1);
    let listening: Vec<u16> = lines.map_while(|line| listening_port(&line)).collect();
    ports.iter().all(|port| listening.contains(port))
}

/// The port of a line of `/proc/net/tcp` in state LISTEN (`0A`).
fn listening_port(line: &str) -> Option<u16> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let port = u16::from_str_radix(fields.next()?.rsplit(':').next()?, 16).ok()?;
    (fields.nth(1)? == "0A").then_some(port)
}

impl Proxy {
    /// Everything it wrote to its two outputs so far.
    pub(crate) fn said(&self) -> String {
        let read = |name| fs::read(self.dir.join(name)).unwrap_or_default();
        let (err, out) = (read("stderr"), read("stdout"));
        String::from_utf8_lossy(&[err, out].concat()).into_owned()
    }

    /// False when it ended by itself.
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// The answer of the stats socket to one command.
    pub(crate) fn cli(&self, command: &str) -> io::Result<String> {
        ask(&self.dir.join("sock"), command)
    }

    /// Waits until the proxy has no stream left (6 s at most), then 60 ms for its logs.
    pub(crate) fn settle(&self) {
        let deadline = Instant::now() + Duration::from_secs(6);
        while Instant::now() < deadline {
            match self.cli("show stat") {
                Ok(csv) if busy(&csv) => pause(ms(10)),
                _ => break,
            }
        }
        pause(ms(60));
    }
}

/// The answer of a stats socket to one command; a socket that is not there yet is waited for, one second at most.
pub(crate) fn ask(sock: &Path, command: &str) -> io::Result<String> {
    let mut stream = connect(sock)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(format!("{command}\n").as_bytes())?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(e) if answer.is_empty() => Err(e),
        _ => Ok(String::from_utf8_lossy(&answer).into_owned()),
    }
}

fn connect(sock: &Path) -> io::Result<UnixStream> {
    let deadline = Instant::now() + Duration::from_secs(1);
    loop {
        match UnixStream::connect(sock) {
            Err(_) if Instant::now() < deadline => pause(ms(5)),
            other => return other,
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// True when a line of `show stat` counts current sessions (fifth column).
fn busy(csv: &str) -> bool {
    csv.lines().filter(|l| !l.starts_with('#')).any(|l| l.split(',').nth(4).is_some_and(|n| !matches!(n, "" | "0")))
}
