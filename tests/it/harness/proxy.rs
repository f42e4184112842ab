//! A proxy in the foreground, driven as any `haproxy` is.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use super::pace;

const POLL: Duration = Duration::from_millis(3);

/// A running proxy, killed when dropped.
#[derive(Debug)]
pub(crate) struct Proxy {
    child: Child,
    dir: PathBuf,
}

impl Proxy {
    /// Starts `binary -f cfg -db` in folder `dir` and waits until every port of `ports` listens.
    ///
    /// # Errors
    /// What it said, when it ended or did not listen within ten seconds.
    pub(crate) fn start(binary: &Path, dir: &Path, config: &str, ports: &[u16]) -> anyhow::Result<Self> {
        fs::write(dir.join("cfg"), config)?;
        let mut command = Command::new(binary);
        command.args(["-f", "cfg", "-db"]).current_dir(dir).env("TZ", "UTC").stdin(Stdio::null());
        command.stdout(File::create(dir.join("stdout"))?).stderr(File::create(dir.join("stderr"))?);
        let mut proxy = Self { child: command.spawn()?, dir: dir.to_path_buf() };
        let deadline = Instant::now() + Duration::from_secs(10);
        while !all_listen(ports) {
            let ended = proxy.child.try_wait()?;
            anyhow::ensure!(ended.is_none(), "{} refuses:\n{}", binary.display(), proxy.said());
            anyhow::ensure!(Instant::now() < deadline, "{} does not listen:\n{}", binary.display(), proxy.said());
            pace(POLL);
        }
        Ok(proxy)
    }

    /// Everything it wrote to its outputs so far.
    pub(crate) fn said(&self) -> String {
        let read = |name| fs::read_to_string(self.dir.join(name)).unwrap_or_default();
        read("stderr") + &read("stdout")
    }

    /// The answer of the stats socket to one command.
    pub(crate) fn cli(&self, command: &str) -> io::Result<String> {
        let mut stream = UnixStream::connect(self.dir.join("sock"))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(format!("{command}\n").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// Waits until nothing is under way (four seconds at most), so that counters and logs are written.
    pub(crate) fn settle(&self) -> io::Result<()> {
        let deadline = Instant::now() + Duration::from_secs(4);
        while busy(&self.cli("show stat")?) && Instant::now() < deadline {
            pace(POLL);
        }
        Ok(())
    }

    /// Memory that it holds, in KiB.
    pub(crate) fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or_default();
        line.split_ascii_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0)
    }

    /// Asks it to drain and leave; false when it does not within four seconds.
    pub(crate) fn drain(&mut self) -> bool {
        self.signal(Signal::USR1);
        let deadline = Instant::now() + Duration::from_secs(4);
        while Instant::now() < deadline {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return true;
            }
            pace(POLL);
        }
        false
    }

    pub(crate) fn signal(&self, signal: Signal) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, signal);
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

/// True when the kernel's table has each port in state LISTEN; asking it disturbs no counter.
fn all_listen(ports: &[u16]) -> bool {
    let table = fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let listening: Vec<u16> = table.lines().filter_map(listening_port).collect();
    ports.iter().all(|port| listening.contains(port))
}

fn listening_port(line: &str) -> Option<u16> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let port = u16::from_str_radix(fields.next()?.rsplit(':').next()?, 16).ok()?;
    (fields.nth(1)? == "0A").then_some(port)
}
