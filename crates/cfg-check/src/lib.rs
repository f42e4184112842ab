//! The linter of haproxy.cfg files.
