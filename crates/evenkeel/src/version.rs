//! What this build is and has: `-v`, `-vv`, `feature()`.

use crate::args::Version;
use std::fmt::Write;

/// The day of this version.
const DATE: &str = "2026/11/22";

/// HAProxy's names of what a build may have, in the order of `-vv`, and whether this one does.
static FEATURES: &[(&str, bool)] = &[
    ("51DEGREES", false),
    ("ACCEPT4", true),
    ("BACKTRACE", true),
    ("CLOSEFROM", false),
    ("CPU_AFFINITY", false),
    ("CRYPT_H", false),
    ("DEVICEATLAS", false),
    ("DL", false),
    ("ENGINE", false),
    ("EPOLL", true),
    ("EVPORTS", false),
    ("GETADDRINFO", true),
    ("KQUEUE", false),
    ("KTLS", false),
    ("LIBATOMIC", false),
    ("LIBCRYPT", false),
    ("LINUX_CAP", false),
    ("LINUX_SPLICE", true),
    ("LINUX_TPROXY", false),
    ("LUA", false),
    ("MATH", true),
    ("MEMORY_PROFILING", false),
    ("NETFILTER", false),
    ("NS", false),
    ("OPENSSL", false),
    ("OPENSSL_WOLFSSL", false),
    ("OT", false),
    ("PCRE", false),
    ("PCRE2", false),
    ("PCRE2_JIT", false),
    ("PCRE_JIT", false),
    ("POLL", false),
    ("PRCTL", false),
    ("PROCCTL", false),
    ("PROMEX", false),
    ("QUIC", false),
    ("RT", true),
    ("SHM_OPEN", false),
    ("SLZ", false),
    ("SSL", false),
    ("TFO", false),
    ("THREAD", true),
    ("THREAD_DUMP", false),
    ("TPROXY", true),
    ("WURFL", false),
    ("ZLIB", false),
];

pub(crate) fn has_feature(name: &str) -> bool {
    FEATURES.iter().any(|(feature, here)| *feature == name && *here)
}

/// The branch of the compatible version: `3.4`.
pub(crate) fn branch() -> &'static str {
    config::VERSION.rsplit_once('.').map_or(config::VERSION, |(branch, _)| branch)
}

pub(crate) fn show(version: Version) -> String {
    match version {
        Version::Number => format!("{}\n", config::VERSION),
        Version::Branch => format!("{}\n", branch()),
        Version::Short => short(),
        Version::Long => long(),
    }
}

/// The first line is the one that wrappers read: `HAProxy version X.Y…`.
pub(crate) fn short() -> String {
    let system = rustix::system::uname();
    format!(
        "HAProxy version {}-evenkeel-{} {DATE} - {}\n\
         Status: evenkeel, a proxy that reads the configurations of HAProxy {}; not made by the HAProxy project.\n\
         Known bugs: {}/issues\n\
         Running on: {} {} {} {}\n",
        config::VERSION,
        env!("CARGO_PKG_VERSION"),
        env!("CARGO_PKG_REPOSITORY"),
        branch(),
        env!("CARGO_PKG_REPOSITORY"),
        system.sysname().to_string_lossy(),
        system.release().to_string_lossy(),
        system.version().to_string_lossy(),
        system.machine().to_string_lossy(),
    )
}

fn long() -> String {
    let mut text = short();
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    let features: Vec<_> =
        FEATURES.iter().map(|(name, here)| format!("{}{name}", if *here { '+' } else { '-' })).collect();
    let tune = config::ir::Tune::default();
    let _ = write!(
        text,
        "Build options : \n  TARGET  = {}-{}\n  CC      = rustc\n  CFLAGS  = --{profile}\n  OPTIONS = \n  DEBUG   = \n\n\
         Feature list : {}\n\n\
         Default settings :\n  bufsize = {}, maxrewrite = {}, maxpollevents = 1024\n\n\
         Built with multi-threading support (MAX_TGROUPS=1, MAX_THREADS=1024, default={}).\n\
         Built without TLS.\n\
         Built with the regex crate as regular expression library.\n\
         Built with transparent proxy support using: IP_TRANSPARENT\n\
         Encrypted password support via crypt(3): no\n\n\
         Available polling systems :\n      epoll : pref=300,  test result OK\n\
         Total: 1 (1 usable), will use epoll.\n\n\
         Available multiplexer protocols :\n\
         (protocols marked as <default> cannot be specified using 'proto' keyword)\n\
         \x20        h2 : mode=HTTP  side=FE     mux=H2    flags=HTX|HOL_RISK|NO_UPG\n\
         \x20 <default> : mode=HTTP  side=FE|BE  mux=H1    flags=HTX\n\
         \x20        h1 : mode=HTTP  side=FE|BE  mux=H1    flags=HTX|NO_UPG\n\
         \x20 <default> : mode=TCP   side=FE|BE  mux=PASS  flags=\n\n\
         Available services : none\n\n\
         Available filters : none\n\n",
        std::env::consts::OS,
        std::env::consts::ARCH,
        features.join(" "),
        tune.bufsize,
        tune.maxrewrite,
        crate::limits::default_threads(),
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_names_the_compatible_version() {
        let first = show(Version::Short);
        assert!(first.starts_with("HAProxy version 3.4.0-evenkeel-0.1.0 20"), "{first}");
        assert_eq!(show(Version::Number), "3.4.0\n");
        assert_eq!(show(Version::Branch), "3.4\n");
    }

    #[test]
    fn features_are_sorted_so_that_they_can_be_compared() {
        assert!(FEATURES.is_sorted_by_key(|(name, _)| *name));
        assert!(has_feature("EPOLL") && !has_feature("LUA") && !has_feature("NOSUCH"));
    }
}
