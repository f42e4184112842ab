//! `cookie`: persistence by cookie (manual, section 4.2).

use std::time::Duration;

/// How the persistence cookie is made and read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    pub name: Vec<u8>,
    pub mode: CookieMode,
    pub indirect: bool,
    pub nocache: bool,
    pub postonly: bool,
    pub preserve: bool,
    pub httponly: bool,
    pub secure: bool,
    pub domains: Vec<Vec<u8>>,
    pub maxidle: Option<Duration>,
    pub maxlife: Option<Duration>,
    pub dynamic: bool,
    /// `dynamic-cookie-key`.
    pub dynamic_key: Option<Vec<u8>>,
    pub attrs: Vec<Vec<u8>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookieMode {
    Insert,
    /// Neither `rewrite`, `insert` nor `prefix`: the application's own cookie is read only.
    Passive,
    Prefix,
    Rewrite,
}
