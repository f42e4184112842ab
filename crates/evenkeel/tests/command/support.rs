//! Configurations in folders of their own, and processes that do not outlive a test.

use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    sync::{
        atomic::{AtomicU32, Ordering::Relaxed},
        mpsc::{self, RecvTimeoutError, Sender},
    },
    time::{Duration, Instant},
};

/// Nothing in these tests takes longer.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// Timeouts, for configurations that are not about them.
pub(crate) const DEFAULTS: &str =
    "defaults\n mode http\n timeout client 10s\n timeout server 10s\n timeout connect 10s\n";

/// A folder of its own, gone with the value.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> io::Result<Folder> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("evenkeel-{}-{}", std::process::id(), NEXT.fetch_add(1, Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path)?;
        Ok(Folder(path))
    }

    pub(crate) fn with(self, name: &str, text: &str) -> io::Result<Folder> {
        let path = self.0.join(name);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, text)?;
        Ok(self)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_evenkeel"));
        command.args(words.split_whitespace()).current_dir(&self.0).env_remove("NOTIFY_SOCKET").stdin(Stdio::null());
        command
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A listener of the test that evenkeel inherits as `fd@0`: it listens before the process starts, so nothing is waited for.
pub(crate) fn listener() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// A process, killed with the value, or when it takes too long.
pub(crate) struct Running {
    pub(crate) child: Child,
    stderr: Option<BufReader<ChildStderr>>,
    /// Dropped with the value, which tells the watchdog that all is well.
    _alive: Sender<()>,
}

impl Running {
    pub(crate) fn start(mut command: Command, stdin: Option<TcpListener>) -> io::Result<Running> {
        if let Some(listener) = stdin {
            command.stdin(OwnedFd::from(listener));
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let stderr = child.stderr.take().map(BufReader::new);
        let (alive, watch) = mpsc::channel();
        let pid = Pid::from_child(&child);
        std::thread::spawn(move || {
            if watch.recv_timeout(LONG) == Err(RecvTimeoutError::Timeout) {
                let _ = kill_process(pid, Signal::KILL);
            }
        });
        Ok(Running { child, stderr, _alive: alive })
    }

    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    /// Reads what it says up to a line with these words.
    pub(crate) fn said(&mut self, words: &str) -> io::Result<String> {
        let reader = self.stderr.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        let mut line = String::new();
        while reader.read_line(&mut line)? > 0 {
            if line.contains(words) {
                return Ok(line);
            }
            line.clear();
        }
        Err(io::Error::other(format!("it ended without saying: {words}")))
    }

    /// Waits for its end: the status, and what it said since.
    pub(crate) fn end(mut self) -> io::Result<(ExitStatus, String)> {
        let mut said = String::new();
        if let Some(mut stderr) = self.stderr.take() {
            stderr.read_to_string(&mut said)?;
        }
        Ok((self.child.wait()?, said))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a request on a connection of its own and reads the answer up to its end.
pub(crate) fn ask(to: SocketAddr, target: &str) -> io::Result<String> {
    let mut stream = connect(to)?;
    write!(stream, "GET {target} HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

pub(crate) fn connect(to: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&to, LONG)?;
    stream.set_read_timeout(Some(LONG))?;
    Ok(stream)
}

/// Waits until something is so, without a sleep: what is asked costs a system call.
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let limit = Instant::now() + LONG;
    while !so() {
        assert!(Instant::now() < limit, "not within {LONG:?}: {what}");
        std::thread::yield_now();
    }
}

/// Takes process numbers and the program's path out of what was said.
pub(crate) fn plain(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let said = said.replace(env!("CARGO_BIN_EXE_evenkeel"), "PROGRAM");
    said.lines().map(|line| number_away(line) + "\n").collect()
}

fn number_away(line: &str) -> String {
    match line.split_once('(').and_then(|(before, rest)| Some((before, rest.split_once(')')?))) {
        Some((before, (number, rest))) if number.parse::<u32>().is_ok() => format!("{before}(PID){rest}"),
        _ => line.to_owned(),
    }
}
