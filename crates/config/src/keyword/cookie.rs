//! `cookie`: persistence by cookie (manual, section 4.2).

use crate::{draft::ProxyDraft, line::Line, row::ProxyRow, value::Unit};
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

pub static TABLE: &[ProxyRow] = &[
    ProxyRow::full("cookie", cookie)
        .ok(&[
            "cookie SRV",
            "cookie SRV insert indirect nocache postonly preserve httponly secure",
            "cookie SRV insert domain .example.com maxidle 30m maxlife 8h dynamic attr SameSite=None",
            "cookie SRV prefix",
            "cookie SRV rewrite",
        ])
        .bad(&[
            "cookie",
            "cookie A foo",
            "cookie A insert rewrite",
            "cookie A indirect domain",
            "cookie A insert maxidle",
            "cookie A insert maxlife x",
            "cookie A preserve",
        ]),
    ProxyRow::full("dynamic-cookie-key", |line, proxy| {
        proxy.dynamic_cookie_key = Some(line.bytes("'dynamic-cookie-key' expects <secret_key> as argument.")?);
        line.end()
    })
    .bad(&["dynamic-cookie-key"]),
];

const OPTIONS: &str = "'cookie' supports 'rewrite', 'insert', 'prefix', 'indirect', 'nocache', 'postonly', 'domain', \
                       'maxidle', 'dynamic', 'maxlife' and 'attr' options.";

/// Reads one option and its value.
type Read = fn(&mut Line<'_, '_>, &mut Cookie) -> Option<()>;

/// The options of `cookie`, by name.
const NAMES: &[(&str, Read)] = &[
    ("attr", |line, cookie| {
        let attr = line.bytes("'attr' expects <value> as argument.")?;
        if attr.iter().any(|b| b.is_ascii_control() || *b == b';') {
            return line.fail("bad-argument", "character ';' or a control character not permitted in attribute value.");
        }
        cookie.attrs.push(attr);
        Some(())
    }),
    ("domain", |line, cookie| {
        cookie.domains.push(line.bytes("'domain' expects <domain> as argument.")?);
        Some(())
    }),
    ("dynamic", |_, cookie| on(&mut cookie.dynamic)),
    ("httponly", |_, cookie| on(&mut cookie.httponly)),
    ("indirect", |_, cookie| on(&mut cookie.indirect)),
    ("insert", |line, cookie| mode(line, cookie, CookieMode::Insert)),
    ("maxidle", |line, cookie| {
        cookie.maxidle = Some(line.duration(Unit::Seconds, "'maxidle' expects <idletime> in seconds as argument.")?);
        Some(())
    }),
    ("maxlife", |line, cookie| {
        cookie.maxlife = Some(line.duration(Unit::Seconds, "'maxlife' expects <lifetime> in seconds as argument.")?);
        Some(())
    }),
    ("nocache", |_, cookie| on(&mut cookie.nocache)),
    ("postonly", |_, cookie| on(&mut cookie.postonly)),
    ("prefix", |line, cookie| mode(line, cookie, CookieMode::Prefix)),
    ("preserve", |_, cookie| on(&mut cookie.preserve)),
    ("rewrite", |line, cookie| mode(line, cookie, CookieMode::Rewrite)),
    ("secure", |_, cookie| on(&mut cookie.secure)),
];

fn cookie(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    let name = line.bytes("'cookie' expects <cookie_name> as argument.")?;
    let mut cookie = Cookie::new(name);
    while let Some(word) = line.word() {
        match NAMES.iter().find(|(name, _)| word.is(name)) {
            Some((_, read)) => read(line, &mut cookie)?,
            None => return line.fail("bad-argument", OPTIONS),
        }
    }
    if cookie.preserve && cookie.mode != CookieMode::Insert && !cookie.indirect {
        return line.fail("bad-argument", "cookie 'preserve' requires at least 'insert' or 'indirect'.");
    }
    proxy.cookie = Some(cookie);
    Some(())
}

fn on(flag: &mut bool) -> Option<()> {
    *flag = true;
    Some(())
}

fn mode(line: &mut Line<'_, '_>, cookie: &mut Cookie, mode: CookieMode) -> Option<()> {
    if cookie.mode != CookieMode::Passive && cookie.mode != mode {
        return line.fail("bad-argument", "cookie 'rewrite', 'insert' and 'prefix' modes are incompatible.");
    }
    cookie.mode = mode;
    Some(())
}

impl Cookie {
    fn new(name: Vec<u8>) -> Cookie {
        Cookie {
            name,
            mode: CookieMode::Passive,
            indirect: false,
            nocache: false,
            postonly: false,
            preserve: false,
            httponly: false,
            secure: false,
            domains: Vec::new(),
            maxidle: None,
            maxlife: None,
            dynamic: false,
            dynamic_key: None,
            attrs: Vec::new(),
        }
    }
}
