//! Where a story is played: an own folder, and a port for each name in its configuration.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use socket2::{Domain, Socket, Type};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A folder that is removed at the end, and ports that nobody else gets until then.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) dir: PathBuf,
    ports: BTreeMap<String, (u16, Socket)>,
}

impl Place {
    pub(crate) fn new() -> io::Result<Self> {
        let turn = NEXT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("evenkeel-it-{}-{turn}", std::process::id()));
        std::fs::create_dir_all(&dir)?;
        Ok(Self { dir, ports: BTreeMap::new() })
    }

    /// The port that a name stands for. A socket stays bound to it without listening, so that the system gives it to
    /// nobody else, while the proxy may still share it (`SO_REUSEPORT`); connections to it are refused until then.
    pub(crate) fn port(&mut self, name: &str) -> io::Result<u16> {
        if let Some((port, _)) = self.ports.get(name) {
            return Ok(*port);
        }
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_reuse_address(true)?;
        rustix::net::sockopt::set_socket_reuseport(&socket, true)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        let port = socket.local_addr()?.as_socket().map(|a| a.port()).unwrap_or_default();
        self.ports.insert(name.to_owned(), (port, socket));
        Ok(port)
    }

    /// The reserved socket of a name, to listen on.
    pub(crate) fn take(&mut self, name: &str) -> io::Result<Socket> {
        self.port(name)?;
        self.ports.get(name).map_or_else(|| Err(io::Error::other("no such port")), |(_, s)| s.try_clone())
    }

    /// Every name asked for so far, with its port.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&str, u16)> {
        self.ports.iter().map(|(name, (port, _))| (name.as_str(), *port))
    }

    /// Replaces `@NAME@` by an address of 127.0.0.1, `@PNAME@` by its port, `@SOCK@` by the path of the stats socket and
    /// `@DIR@` by the folder.
    pub(crate) fn fill(&mut self, text: &str) -> io::Result<String> {
        let mut out = String::new();
        let mut rest = text;
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
            "SOCK" => self.dir.join("sock").display().to_string(),
            "DIR" => self.dir.display().to_string(),
            _ => match name.strip_prefix('P') {
                Some(bare) => self.port(bare)?.to_string(),
                None => format!("127.0.0.1:{}", self.port(name)?),
            },
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.dir));
    }
}

/// The first `@NAME@` of a text: what is before, the name, what is behind.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let is_name = |n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    text.match_indices('@').find_map(|(open, _)| {
        let (name, after) = text[open + 1..].split_once('@')?;
        is_name(name).then_some((&text[..open], name, after))
    })
}

#[test]
fn placeholders_are_found() {
    assert_eq!(placeholder("a unix@b @S1@ c"), Some(("a unix@b ", "S1", " c")));
    assert_eq!(placeholder("ipv4@1.2.3.4 a@b"), None);
}
