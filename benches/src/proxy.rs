//! One proxy under test: started as haproxy is started, pinned, ended when dropped.

use crate::machine::{self, Cores, CpuTime};
use anyhow::{Context, bail};
use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

#[derive(Debug)]
pub(crate) struct Proxy {
    child: Child,
    pub(crate) address: SocketAddr,
    /// What it prints; the file has no name any more.
    output: File,
}

/// How long a proxy may take from its start to its first accepted connection.
const START: Duration = Duration::from_secs(10);

impl Proxy {
    /// Runs `program -f FILE -db` on its core with `template` completed, and waits until it listens.
    /// `template` says `{front}` where the port is to stand.
    pub(crate) fn start(program: &Path, template: &str, name: &str, cores: Cores) -> anyhow::Result<Self> {
        let address = free_address()?;
        let folder = Folder::create(name, address)?;
        let file = folder.0.join("haproxy.cfg");
        fs::write(&file, template.replace("{front}", &address.port().to_string()))?;
        let output = File::options().create_new(true).read(true).append(true).open(folder.0.join("output"))?;
        let mut command = Command::new(program);
        command.arg("-f").arg(&file).arg("-db").stdin(Stdio::null());
        command.stdout(output.try_clone()?).stderr(output.try_clone()?);
        // A child inherits the affinity of the thread that starts it.
        machine::pin(cores.proxy)?;
        let child = command.spawn();
        machine::pin(cores.load)?;
        let child = child.with_context(|| format!("cannot run {}", program.display()))?;
        let mut proxy = Self { child, address, output };
        proxy.wait_until_it_listens().with_context(|| format!("{} -f {} -db", program.display(), file.display()))?;
        Ok(proxy)
    }

    pub(crate) fn cpu(&self) -> anyhow::Result<CpuTime> {
        CpuTime::of(self.child.id())
    }

    /// Resident memory in KiB.
    pub(crate) fn resident(&self) -> anyhow::Result<u64> {
        machine::resident_kib(self.child.id())
    }

    /// What the process has printed so far, to explain a failure; empty if nothing.
    pub(crate) fn says(&self) -> String {
        let mut bytes = vec![0; 4096];
        let read = self.output.read_at(&mut bytes, 0).unwrap_or_default();
        let text = String::from_utf8_lossy(bytes.get(..read).unwrap_or_default()).trim().to_owned();
        if text.is_empty() { text } else { format!(", which printed:\n{text}\n") }
    }

    fn wait_until_it_listens(&mut self) -> anyhow::Result<()> {
        let end = Instant::now() + START;
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("ended at its start ({status}){}", self.says());
            }
            if Instant::now() > end {
                bail!("does not listen on {} after {START:?}{}", self.address, self.says());
            }
            std::thread::park_timeout(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Nothing is left to do about a process that is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder for the start of one process: a proxy that listens has read its file.
struct Folder(PathBuf);

impl Folder {
    fn create(name: &str, address: SocketAddr) -> anyhow::Result<Self> {
        let name = format!("evenkeel-bench-{}-{name}-{}", std::process::id(), address.port());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder left behind among the temporary ones does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The first line of `program -v`.
pub(crate) fn version(program: &Path) -> anyhow::Result<String> {
    let output =
        Command::new(program).arg("-v").output().with_context(|| format!("cannot run {}", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().next().unwrap_or("no version").to_owned())
}

/// A port that was free a moment ago.
fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0").context("no free port")?.local_addr()?)
}
