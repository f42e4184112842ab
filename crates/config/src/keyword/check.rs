//! `option httpchk`, `http-check …` and the other kinds of health checks (manual, section 4.2).

use crate::{draft::ProxyDraft, line::Line, row::ProxyRow};
use source::{Diagnostic, Word};
use std::sync::Arc;

/// How the servers of a backend are checked.
#[derive(Debug, Clone, Default)]
pub enum Check {
    Http(Box<HttpCheck>),
    /// A connection that succeeds is enough.
    #[default]
    Tcp,
}

/// `option httpchk` with its `http-check` lines.
#[derive(Debug, Clone)]
pub struct HttpCheck {
    pub method: Vec<u8>,
    pub uri: Vec<u8>,
    pub version: Vec<u8>,
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub body: Vec<u8>,
    /// Empty = any 2xx or 3xx.
    pub expect: Vec<Expect>,
    pub disable_on_404: bool,
    pub send_state: bool,
}

/// One `http-check expect`.
#[derive(Debug, Clone)]
pub struct Expect {
    pub negated: bool,
    pub what: ExpectWhat,
}

#[derive(Debug, Clone)]
pub enum ExpectWhat {
    /// `rstatus`.
    StatusRegex(Arc<regex::bytes::Regex>),
    /// `status`: ranges, both ends included.
    Status(Vec<(u16, u16)>),
    /// `string` in the body.
    String(Vec<u8>),
    StringRegex(Arc<regex::bytes::Regex>),
}

/// What `option httpchk` and the `http-check` lines said.
#[derive(Debug, Clone, Default)]
pub struct CheckDraft {
    pub http: bool,
    pub method: Option<Vec<u8>>,
    pub uri: Option<Vec<u8>>,
    pub version: Option<Vec<u8>>,
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub body: Vec<u8>,
    pub expect: Vec<Expect>,
    pub disable_on_404: bool,
    pub send_state: bool,
}

impl CheckDraft {
    /// What it means, with HAProxy's defaults.
    pub fn resolve(self) -> Check {
        if !self.http {
            return Check::Tcp;
        }
        Check::Http(Box::new(HttpCheck {
            method: self.method.unwrap_or_else(|| b"OPTIONS".to_vec()),
            uri: self.uri.unwrap_or_else(|| b"/".to_vec()),
            version: self.version.unwrap_or_else(|| b"HTTP/1.0".to_vec()),
            headers: self.headers,
            body: self.body,
            expect: self.expect,
            disable_on_404: self.disable_on_404,
            send_state: self.send_state,
        }))
    }
}

pub static TABLE: &[ProxyRow] = &[
    ProxyRow::full("option httpchk", httpchk)
        .ok(&["option httpchk /up", "option httpchk GET /up HTTP/1.1", "option httpchk GET / HTTP/1.1 www"])
        .bad(&["option httpchk GET / HTTP/1.1 foo bar"]),
    ProxyRow::full("option tcp-check", |line, proxy| {
        proxy.check.http = false;
        line.end()
    }),
    ProxyRow::full("http-check disable-on-404", |line, proxy| {
        proxy.check.disable_on_404 = true;
        line.end()
    })
    .bad(&["http-check disable-on-404 x"]),
    ProxyRow::full("http-check send-state", |line, proxy| {
        proxy.check.send_state = true;
        line.end()
    }),
    ProxyRow::full("http-check send", send)
        .ok(&["http-check send meth GET uri /up ver HTTP/1.1 hdr Host www.example.com body x"])
        .bad(&["http-check send meth", "http-check send hdr a", "http-check send foo"]),
    ProxyRow::full("http-check expect", expect)
        .ok(&[
            "http-check expect status 200,300-399",
            "http-check expect rstatus ^2",
            "http-check expect ! string error",
            "http-check expect rstring ok|fine",
        ])
        .bad(&[
            "http-check expect",
            "http-check expect foo",
            "http-check expect status",
            "http-check expect status 2xx",
            "http-check expect rstring [",
        ]),
    ProxyRow::parsed("http-check comment"),
    ProxyRow::parsed("tcp-check comment"),
    // Whether a server is up decides where traffic goes.
    ProxyRow::refused("http-check connect"),
    ProxyRow::refused("http-check set-var"),
    ProxyRow::refused("http-check set-var-fmt"),
    ProxyRow::refused("http-check unset-var"),
    ProxyRow::refused("option external-check"),
    ProxyRow::refused("option ldap-check"),
    ProxyRow::refused("option mysql-check"),
    ProxyRow::refused("option pgsql-check"),
    ProxyRow::refused("option redis-check"),
    ProxyRow::refused("option smtpchk"),
    ProxyRow::refused("option spop-check"),
    ProxyRow::refused("option ssl-hello-chk"),
    ProxyRow::refused("external-check command"),
    ProxyRow::refused("external-check path"),
    ProxyRow::refused("tcp-check connect"),
    ProxyRow::refused("tcp-check expect"),
    ProxyRow::refused("tcp-check send"),
    ProxyRow::refused("tcp-check send-binary"),
    ProxyRow::refused("tcp-check send-binary-lf"),
    ProxyRow::refused("tcp-check send-lf"),
    ProxyRow::refused("tcp-check set-var"),
    ProxyRow::refused("tcp-check set-var-fmt"),
    ProxyRow::refused("tcp-check unset-var"),
];

fn httpchk(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    let words: Vec<&Word> = std::iter::from_fn(|| line.word()).take(5).collect();
    if let Some(extra) = words.get(4) {
        let message = format!("'option httpchk' cannot handle unexpected argument '{}'.", extra.show());
        return line.fail("unexpected-argument", message);
    }
    let bytes = |at: usize| words.get(at).map(|w: &&Word| w.bytes().to_vec());
    let check = &mut proxy.check;
    check.http = true;
    (check.method, check.uri, check.version) = match words.len() {
        0 => (None, None, None),
        1 => (None, bytes(0), None),
        _ => (bytes(0), bytes(1), bytes(2)),
    };
    let hidden = check.version.as_ref().is_some_and(|v| v.iter().any(u8::is_ascii_whitespace));
    if hidden {
        let message = "'option httpchk' : hiding headers or body at the end of the version string is unsupported.\
                       Use 'http-check send' directive instead..";
        return line.fail("bad-argument", message);
    }
    check.headers = bytes(3).map(|host| (b"host".to_vec(), host)).into_iter().collect();
    Some(())
}

fn send(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    const NEEDS: &str = "'http-check send' : expects a string as argument..";
    let check = &mut proxy.check;
    let mut headers = Vec::new();
    while let Some(word) = line.word() {
        match word.bytes() {
            b"meth" => check.method = Some(line.bytes("'http-check send' : 'meth' expects a string as argument..")?),
            b"uri" => check.uri = Some(line.bytes("'http-check send' : 'uri' expects a string as argument..")?),
            b"ver" => check.version = Some(line.bytes("'http-check send' : 'ver' expects a string as argument..")?),
            b"body" => check.body = line.bytes("'http-check send' : 'body' expects a string as argument..")?,
            b"comment" => drop(line.bytes(NEEDS)?),
            b"hdr" => headers.push(header(line)?),
            b"uri-lf" | b"body-lf" => return line.not_supported(&format!("http-check send {}", word.show())),
            _ => {
                let message = format!(
                    "'http-check send' : expects 'comment', 'meth', 'uri', 'uri-lf', 'ver', 'hdr', 'body' or 'body-lf' \
                     but got '{}' as argument..",
                    word.show()
                );
                return line.fail("bad-argument", message);
            }
        }
    }
    if !headers.is_empty() {
        check.headers = headers;
    }
    Some(())
}

/// `hdr NAME FMT`, where the format has to be plain text for now.
fn header(line: &mut Line<'_, '_>) -> Option<(Vec<u8>, Vec<u8>)> {
    const USAGE: &str = "'http-check send' : 'hdr' expects <name> and <value> as arguments.";
    let name = line.need(USAGE)?.bytes().to_ascii_lowercase();
    let value = line.bytes(USAGE)?;
    let plain = String::from_utf8_lossy(&value).replace("%%", "");
    if plain.contains('%') {
        return line.not_supported("http-check send hdr with a log-format");
    }
    Some((name, String::from_utf8_lossy(&value).replace("%%", "%").into_bytes()))
}

fn expect(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    const USAGE: &str = "'http-check expect' : expects at least a matching pattern as arguments.";
    let mut negated = false;
    loop {
        let word = line.need(USAGE)?;
        match word.bytes() {
            b"!" => negated = !negated,
            // What the log says of the check, not what it finds.
            b"min-recv" | b"comment" | b"ok-status" | b"error-status" | b"tout-status" | b"on-success"
            | b"on-error" | b"status-code" => {
                line.not_obeyed(&format!("http-check expect {}", word.show()));
                line.need(USAGE)?;
            }
            _ => {
                let what = expect_what(line, word)?;
                proxy.check.expect.push(Expect { negated, what });
                return line.end();
            }
        }
    }
}

fn expect_what(line: &mut Line<'_, '_>, word: &Word) -> Option<ExpectWhat> {
    let missing = format!("'http-check expect' : '{}' expects a <pattern> as argument.", word.show());
    match word.bytes() {
        b"status" => {
            let codes = line.need(&missing)?;
            status_ranges(line, codes).map(ExpectWhat::Status)
        }
        b"rstatus" => regex(line, &missing).map(ExpectWhat::StatusRegex),
        b"rstring" => regex(line, &missing).map(ExpectWhat::StringRegex),
        b"string" => line.bytes(&missing).map(ExpectWhat::String),
        b"hdr" | b"fhdr" | b"string-lf" => line.not_supported(&format!("http-check expect {}", word.show())),
        _ => {
            let message = format!(
                "'http-check expect' : 'only supports min-recv, [!]string', '[!]rstring', '[!]string-lf', '[!]status', \
                 '[!]rstatus', [!]hdr, [!]fhdr or comment but got '{}' as argument..",
                word.show()
            );
            line.fail("bad-argument", message)
        }
    }
}

fn regex(line: &mut Line<'_, '_>, missing: &str) -> Option<Arc<regex::bytes::Regex>> {
    let word = line.need(missing)?;
    match sample::regexes::compile(word.bytes(), false) {
        Ok(regex) => Some(Arc::new(regex)),
        Err(message) => line.fail("bad-regex", format!("'http-check expect' : {message}")),
    }
}

fn status_ranges(line: &mut Line<'_, '_>, word: &Word) -> Option<Vec<(u16, u16)>> {
    let text = word.show();
    if let Some(byte) = text.chars().find(|c| !c.is_ascii_digit() && !"-, ".contains(*c)) {
        let message = format!("'http-check expect' : invalid character '{byte}' in the list of status codes.");
        return line.fail("bad-argument", message);
    }
    let range = |part: &str| {
        let (low, high) = part.split_once('-').unwrap_or((part, part));
        Some((low.trim().parse().ok()?, high.trim().parse().ok()?))
    };
    let ranges = text.split([',', ' ']).filter(|part| !part.is_empty()).map(range).collect::<Option<Vec<_>>>();
    if ranges.is_none() {
        let message = format!("'http-check expect' : '{text}' is no list of status codes");
        line.cx.diagnostics.push(Diagnostic::alert("bad-argument", word.span, message).help("write '200,300-399'"));
    }
    ranges
}
