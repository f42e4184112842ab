//! The request that is asked about.

use anyhow::{Context, Result, bail, ensure};
use sample::{
    Stream,
    stream::{Conn, Payload},
};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{Instant, SystemTime},
};

/// A request as a client would send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    pub tls: bool,
    /// The name or address of the site, without its port.
    pub host: String,
    pub port: u16,
    /// Path and query.
    pub target: String,
    /// In order, `host` first. There are no others.
    pub headers: Vec<(String, String)>,
    /// `None` = not known.
    pub src: Option<IpAddr>,
    /// Only this frontend.
    pub frontend: Option<String>,
}

impl Request {
    /// A request for `http://host[:port]/path` or `https://…`.
    ///
    /// # Errors
    /// A URL of another form.
    pub fn new(method: &str, url: &str) -> Result<Request> {
        let (scheme, rest) =
            url.split_once("://").context("the URL has to be http://HOST/PATH or https://HOST/PATH")?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => bail!("the URL is one of http and https, not of '{scheme}'"),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let target = target.split('#').next().unwrap_or("");
        let target = if target.starts_with('/') { target.to_string() } else { format!("/{target}") };
        let authority = authority.rsplit('@').next().unwrap_or(authority);
        let (host, port) = split_port(authority)?;
        ensure!(!host.is_empty(), "the URL names no host");
        let usable = |text: &str| !text.bytes().any(|byte| byte <= b' ' || byte == 0x7f);
        ensure!(usable(method) && !method.is_empty(), "'{method}' is no method");
        ensure!(usable(&target) && usable(host), "a URL has no blanks and no control characters");
        let port = port.unwrap_or(if tls { 443 } else { 80 });
        let headers = vec![("host".into(), authority.to_string())];
        let host = host.trim_matches(['[', ']']).to_string();
        Ok(Request { method: method.into(), tls, host, port, target, headers, src: None, frontend: None })
    }

    /// Adds `NAME: VALUE`; a second `host` takes the place of the first.
    ///
    /// # Errors
    /// A line without a colon, or with bytes that no header has.
    pub fn header(&mut self, line: &str) -> Result<()> {
        let (name, value) =
            line.split_once(':').with_context(|| format!("'{line}' is no header: write 'NAME: VALUE'"))?;
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        let fine = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
        ensure!(fine && !value.bytes().any(|byte| byte < b' ' && byte != b'\t'), "'{line}' is no header");
        match self.headers.first_mut().filter(|(known, _)| name == "host" && known == "host") {
            Some((_, host)) => *host = value.into(),
            None => self.headers.push((name, value.into())),
        }
        Ok(())
    }

    /// The facts about it, in HTTP mode or as bytes that pass through in TCP mode.
    pub(super) fn stream(&self, http: bool, bind: usize) -> Stream {
        let mut stream = Stream::new(Instant::now(), SystemTime::now());
        let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let dst = SocketAddr::new(self.host.parse().unwrap_or(nowhere), self.port);
        let src = self.src.map(|addr| SocketAddr::new(addr, 0));
        stream.client =
            Conn { src, dst: Some(dst), bind, tls: self.tls && http, http_major: u8::from(http), ..Conn::default() };
        if self.tls && !http {
            stream.req_body = Payload { bytes: hello(self.host.as_bytes()), complete: false, announced: None };
        }
        if http {
            self.speak(&mut stream);
        }
        stream
    }

    /// Makes HTTP of a stream, and this request its own.
    pub(super) fn speak(&self, stream: &mut Stream) {
        (stream.is_http, stream.has_req) = (true, true);
        let version = stream.req.version();
        stream.req.set_request(version, self.method.as_bytes(), self.target.as_bytes());
        for (name, value) in &self.headers {
            stream.req.add(name.as_bytes(), value.as_bytes());
        }
        stream.request_line = format!("{} {} HTTP/1.1", self.method, self.target).into_bytes();
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>)> {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            let port = port.parse().with_context(|| format!("'{port}' is no port"))?;
            Ok((host, Some(port)))
        }
        _ => Ok((authority, None)),
    }
}

/// The first bytes of a client that speaks TLS and names the site (RFC 8446, section 4.1.2; RFC 6066, section 3).
fn hello(host: &[u8]) -> Vec<u8> {
    let name = behind::<2>(&[&[0], behind::<2>(host).as_slice()].concat());
    let versions = [0, 43, 0, 3, 2, 3, 4];
    let extensions = behind::<2>(&[&[0, 0], behind::<2>(&name).as_slice(), &versions].concat());
    let fixed = [&[3, 3][..], &[0; 32], &[0], &[0, 2, 0x13, 1], &[1, 0]].concat();
    let message = [&[1][..], &behind::<3>(&[fixed, extensions].concat())].concat();
    [&[22, 3, 1][..], &behind::<2>(&message)].concat()
}

/// Bytes behind their number in `N` bytes.
fn behind<const N: usize>(bytes: &[u8]) -> Vec<u8> {
    let len = bytes.len().to_be_bytes();
    [len.get(len.len() - N..).unwrap_or(&[]), bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let check = |url: &str, want: (bool, &str, u16, &str)| {
            let request = Request::new("GET", url).expect("a URL");
            assert_eq!((request.tls, &*request.host, request.port, &*request.target), want, "{url}");
        };
        check("https://a.example/b?c#d", (true, "a.example", 443, "/b?c"));
        check("HTTP://u@a:81", (false, "a", 81, "/"));
        check("http://[::1]:81?x", (false, "::1", 81, "/?x"));
        check("http://[::1]/", (false, "::1", 80, "/"));
        for bad in ["/a", "ftp://a/", "http:///", "http://a:b/", "http://a/ b"] {
            assert!(Request::new("GET", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn headers_follow_the_host() {
        let mut request = Request::new("GET", "http://a:81/").expect("a URL");
        request.header("X-A:  b ").expect("a header");
        request.header("Host: c").expect("a header");
        assert_eq!(request.headers, [("host".into(), "c".into()), ("x-a".into(), "b".into())]);
        assert!(request.header("x").is_err() && request.header(": x").is_err());
    }
}
