//! The machine as configurations see it: environment, files, names.

use crate::{args::Args, version};
use std::{
    net::{IpAddr, ToSocketAddrs},
    os::unix::ffi::{OsStrExt, OsStringExt},
};

/// This machine, and the variables that HAProxy sets (manual, section 2.3).
#[derive(Debug)]
pub(crate) struct Machine {
    variables: Vec<(&'static str, String)>,
    no_getaddrinfo: bool,
    no_reuseport: bool,
    ignore_unresolved: bool,
}

impl Machine {
    /// `files` are the configuration files, in loading order.
    pub(crate) fn new(args: &Args, files: &[String]) -> Machine {
        let hostname = || rustix::system::uname().nodename().to_string_lossy().into_owned();
        let mut variables = vec![
            ("HAPROXY_STARTUP_VERSION", config::VERSION.to_owned()),
            ("HAPROXY_BRANCH", version::branch().to_owned()),
            ("HAPROXY_CFGFILES", files.join(";")),
            ("HAPROXY_LOCALPEER", args.local_peer.clone().unwrap_or_else(hostname)),
        ];
        if args.master {
            variables.push(("HAPROXY_MWORKER", "1".to_owned()));
            variables.extend(args.master_socket.clone().map(|address| ("HAPROXY_MASTER_CLI", address)));
        }
        Machine {
            variables,
            no_getaddrinfo: args.no_getaddrinfo,
            no_reuseport: args.no_reuseport,
            ignore_unresolved: args.ignore_unresolved,
        }
    }
}

impl config::Host for Machine {
    fn env(&self, name: &str) -> Option<Vec<u8>> {
        if let Some((_, value)) = self.variables.iter().find(|(variable, _)| *variable == name) {
            return Some(value.clone().into_bytes());
        }
        std::env::var_os(name).map(OsStringExt::into_vec)
    }

    fn read(&self, path: &[u8]) -> Result<Vec<u8>, String> {
        std::fs::read(std::ffi::OsStr::from_bytes(path)).map_err(|e| crate::report::system(&e))
    }

    fn resolve(&self, name: &[u8]) -> Vec<IpAddr> {
        let Ok(name) = std::str::from_utf8(name) else { return Vec::new() };
        if self.no_getaddrinfo {
            return name.parse().into_iter().collect();
        }
        let mut found: Vec<IpAddr> = (name, 0).to_socket_addrs().into_iter().flatten().map(|a| a.ip()).collect();
        found.sort_by_key(IpAddr::is_ipv6);
        found.dedup();
        found
    }

    fn ignores_unresolved(&self) -> bool {
        self.ignore_unresolved
    }

    fn feature(&self, name: &str) -> bool {
        version::has_feature(name)
    }

    fn enabled(&self, name: &str) -> bool {
        match name {
            "EPOLL" => true,
            "GETADDRINFO" => !self.no_getaddrinfo,
            "REUSEPORT" => !self.no_reuseport,
            _ => false,
        }
    }
}

/// The same machine for the condition of `-cc`, where no file is read.
impl syntax::World for Machine {
    fn env(&self, name: &str) -> Option<Vec<u8>> {
        config::Host::env(self, name)
    }

    fn is_section(&self, _: &[u8]) -> bool {
        false
    }

    fn feature(&self, name: &str) -> bool {
        config::Host::feature(self, name)
    }

    fn enabled(&self, name: &str) -> bool {
        config::Host::enabled(self, name)
    }

    fn version(&self) -> &str {
        config::VERSION
    }

    fn ssl_library(&self) -> &str {
        ""
    }
}
