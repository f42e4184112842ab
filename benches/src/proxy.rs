//! One proxy under test: started as haproxy is started, pinned, ended when dropped.

use crate::machine::{self, Cores, CpuTime};
use anyhow::{Context, bail};
use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

#[derive(Debug)]
pub(crate) struct Proxy {
    child: Child,
    pub(crate) address: SocketAddr,
    /// Configuration and output of this process; removed with it.
    folder: PathBuf,
}

/// How long a proxy may take from its start to its first accepted connection.
const START: Duration = Duration::from_secs(10);

impl Proxy {
    /// Runs `program -f FILE -db` on its core with `template` completed, and waits until it listens.
    /// `template` says `{front}` where the port is to stand.
    pub(crate) fn start(program: &Path, template: &str, name: &str, cores: Cores) -> anyhow::Result<Self> {
        let address = free_address()?;
        let folder =
            std::env::temp_dir().join(format!("evenkeel-bench-{}-{name}-{}", std::process::id(), address.port()));
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let file = folder.join("haproxy.cfg");
        fs::write(&file, template.replace("{front}", &address.port().to_string()))?;
        let output = File::create(folder.join("output"))?;
        let mut command = Command::new(program);
        command.arg("-f").arg(&file).arg("-db").stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        // A child inherits the affinity of the thread that starts it.
        machine::pin(cores.proxy)?;
        let child = command.spawn();
        machine::pin(cores.load)?;
        let child = child.with_context(|| format!("cannot run {}", program.display()))?;
        let mut proxy = Self { child, address, folder };
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

    /// What the process has printed so far.
    pub(crate) fn output(&self) -> String {
        fs::read_to_string(self.folder.join("output")).unwrap_or_default()
    }

    fn wait_until_it_listens(&mut self) -> anyhow::Result<()> {
        let end = Instant::now() + START;
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("ended at its start ({status}):\n{}", self.output());
            }
            if Instant::now() > end {
                bail!("does not listen on {} after {START:?}:\n{}", self.address, self.output());
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
        let _ = fs::remove_dir_all(&self.folder);
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
