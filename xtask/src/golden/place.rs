//! The ports and the folder of one row, and the placeholders that name them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// Free ports are taken below the range from which the system takes the ports of outgoing connections.
const FIRST: u32 = 10_000;
const COUNT: u32 = 22_000;

/// A port of 127.0.0.1 that nothing uses now and that no other row of this run gets soon.
pub(crate) fn free_port() -> io::Result<u16> {
    for _ in 0..COUNT {
        let turn = NEXT.fetch_add(1, Ordering::Relaxed).wrapping_add(std::process::id().wrapping_mul(97));
        let port = u16::try_from(FIRST + turn % COUNT).unwrap_or(u16::MAX);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err(io::Error::other("no free port between 10000 and 32000"))
}

/// Where a row is played: an own folder, removed at the end, and a port for each name used.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) dir: PathBuf,
    ports: BTreeMap<String, u16>,
    fixed: bool,
}

impl Place {
    /// `fixed`: the very ports that PROTOCOL.md names.
    pub(crate) fn new(fixed: bool) -> io::Result<Self> {
        let turn = NEXT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("golden-{}-{turn}", std::process::id()));
        fs::create_dir_all(&dir)?;
        Ok(Self { dir, ports: BTreeMap::new(), fixed })
    }

    /// The port that a name stands for; the same name always gives the same port.
    pub(crate) fn port(&mut self, name: &str) -> io::Result<u16> {
        if let Some(port) = self.ports.get(name) {
            return Ok(*port);
        }
        let server = name.strip_prefix('S').and_then(|n| n.parse::<u16>().ok());
        let port = match server {
            Some(n) if self.fixed => 9000 + n,
            None if self.fixed && name == "FE" => 8080,
            _ => free_port()?,
        };
        self.ports.insert(name.to_owned(), port);
        Ok(port)
    }

    /// True when `name` was asked for before.
    pub(crate) fn uses(&self, name: &str) -> bool {
        self.ports.contains_key(name)
    }

    /// Path of the stats socket.
    pub(crate) fn sock(&self) -> PathBuf {
        self.dir.join("sock")
    }

    /// Replaces `@FE@`, `@PS2@`, `@SOCK@`, … in a line of PROTOCOL.md's form.
    pub(crate) fn fill(&mut self, line: &str) -> io::Result<String> {
        let mut out = String::new();
        let mut rest = line;
        while let Some((before, name, after)) = placeholder(rest) {
            out.push_str(before);
            out.push_str(&self.named(name)?);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn named(&mut self, name: &str) -> io::Result<String> {
        Ok(match name {
            "SOCK" => self.sock().display().to_string(),
            "DIR" => self.dir.display().to_string(),
            _ => match name.strip_prefix('P') {
                Some(bare) => self.port(bare)?.to_string(),
                None => format!("127.0.0.1:{}", self.port(name)?),
            },
        })
    }

    /// Writes a file of the row; its folder is made when it has one.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.dir.join(Path::new(name).strip_prefix("/").unwrap_or(Path::new(name)));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.dir));
    }
}

/// The first `@NAME@` of a line: text before, name, text behind.
fn placeholder(line: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = line[from..].find('@') {
        let open = from + open;
        let name = line[open + 1..].split('@').next()?;
        let end = open + 1 + name.len();
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if is_name && line[end..].starts_with('@') {
            return Some((&line[..open], name, &line[end + 1..]));
        }
        from = open + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled() {
        let mut place = Place::new(true).unwrap();
        assert_eq!(place.fill("server s2 @S2@ check port @PS2@").unwrap(), "server s2 127.0.0.1:9002 check port 9002");
        assert_eq!(place.fill("ipv4@1.2.3.4 a@b").unwrap(), "ipv4@1.2.3.4 a@b");
        assert!(place.uses("S2") && !place.uses("S1"));
    }
}
