//! Where a request's key is. Each function gives the bytes to hash, `None` when the request has no key and goes
//! round-robin. Manual 4.2, "balance".

/// The arguments of `balance uri`; 0 is "no limit".
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Uri {
    pub len: usize,
    pub depth: usize,
    pub whole: bool,
    pub path_only: bool,
}

impl Uri {
    /// The part of a request target that counts.
    pub fn key<'t>(&self, target: &'t [u8]) -> &'t [u8] {
        let target = if self.path_only { path(target) } else { target };
        let target = if self.len > 0 { &target[..target.len().min(self.len)] } else { target };
        let mut slashes = 0;
        let ends = |&byte: &u8| {
            slashes += usize::from(byte == b'/');
            (self.depth > 0 && slashes > self.depth) || (byte == b'?' && !self.whole)
        };
        let end = target.iter().position(ends).unwrap_or(target.len());
        &target[..end]
    }
}

/// The target from the first slash of its path on; nothing of `*`, an authority, or an absolute URI without path.
fn path(target: &[u8]) -> &[u8] {
    let rest = match target.windows(3).position(|at| at == b"://") {
        Some(colon) if !target.starts_with(b"/") => &target[colon + 3..],
        _ if target.starts_with(b"/") => target,
        _ => b"",
    };
    let slash = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
    &rest[slash..]
}

/// `url_param` of a request target: the value of the first parameter of that name behind the first question mark.
pub fn url_param<'t>(target: &'t [u8], name: &[u8]) -> Option<&'t [u8]> {
    let mark = target.iter().position(|&byte| byte == b'?')?;
    param(&target[mark + 1..], name)
}

/// `url_param` of the body of a POST, looked at when the target has no such parameter. A value with a byte that no
/// token (RFC 9110, 5.6.2) has is none: the request has no key. So it is in 3.4; 2.6 took any value.
pub fn body_param<'b>(body: &'b [u8], name: &[u8]) -> Option<&'b [u8]> {
    let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    param(body, name).filter(|value| value.iter().all(token))
}

/// The value of the first parameter of that name. It may be empty; a name without `=` is no parameter.
fn param<'q>(query: &'q [u8], name: &[u8]) -> Option<&'q [u8]> {
    query.split(|&byte| byte == b'&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix(b"="))
}

/// `hdr` of the first header line of that name: its first value, up to a comma outside of quotes.
pub fn hdr(line: &[u8]) -> Option<&[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    let ends = |&byte: &u8| {
        let literal = escaped;
        escaped = quoted && byte == b'\\' && !literal;
        quoted ^= byte == b'"' && !literal;
        byte == b',' && !quoted
    };
    let end = line.iter().position(ends).unwrap_or(line.len());
    Some(line[..end].trim_ascii()).filter(|value| !value.is_empty())
}

/// What `use_domain_only` keeps of a value of `hdr`: the label before the last dot, `1wt` of `haproxy.1wt.eu`; all
/// of a value without a dot.
pub fn domain(host: &[u8]) -> &[u8] {
    let dot = |part: &[u8]| part.iter().rposition(|&byte| byte == b'.');
    // A dot at the very beginning ends nothing, and a label is at least one byte, be it another dot.
    let Some(end) = dot(host).filter(|&end| end > 0) else { return host };
    let start = dot(&host[..end - 1]).map_or(0, |before| before + 1);
    &host[start..end]
}

/// The value of an RDP cookie in what a client sends first (manual 7.3.5, "rdp_cookie"): `None` when that is no
/// whole RDP connection request or has a cookie of another name. Names compare without regard to case.
pub fn rdp_cookie<'r>(request: &'r [u8], name: &[u8]) -> Option<&'r [u8]> {
    // TPKT (version 3, a length of 16 bits) and the head of an X.224 connection request.
    let [3, _, high, low, _, 0xe0, _, _, _, _, _, rest @ ..] = request else { return None };
    let length = usize::from(u16::from_be_bytes([*high, *low])).checked_sub(11)?;
    let cookie = rest.get(..length)?.strip_prefix(b"Cookie:")?.trim_ascii_start();
    let end = cookie.iter().position(|&byte| byte == b'\r')?;
    let (own, value) = cookie[..end].split_at_checked(name.len())?;
    if own.eq_ignore_ascii_case(name) { value.strip_prefix(b"=") } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One example a line: the value, `=>`, the key (`-`: none).
    #[track_caller]
    fn check(key: impl Fn(&[u8]) -> Option<&[u8]>, examples: &str) {
        for line in examples.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (value, expected) = line.split_once(" => ").unwrap_or((line.trim_end_matches(" =>"), ""));
            let got = key(value.as_bytes()).map_or("-".into(), String::from_utf8_lossy);
            assert_eq!(got, expected, "{value}");
        }
    }

    #[test]
    fn uri() {
        let all = Uri::default();
        check(
            |uri| Some(all.key(uri)),
            "/a/b/c?x => /a/b/c
             /? => /
             //a//b => //a//b
             http://h/a/b?c => http://h/a/b
             * => *",
        );
        let depth = |depth| Uri { depth, ..all };
        check(
            |uri| Some(depth(1).key(uri)),
            "/a/b/c?x => /a
             // => /
             /a/ => /a
             / => /",
        );
        check(|uri| Some(Uri { whole: true, ..depth(2) }.key(uri)), "/a?/b/c => /a?/b");
        check(|uri| Some(Uri { len: 3, ..all }.key(uri)), "/a?/ => /a\n/a/b/c => /a/\n/ => /");
        let path_only = Uri { path_only: true, ..all };
        check(
            |uri| Some(path_only.key(uri)),
            "http://h:80/a/b?c => /a/b
             http://h =>
             /http://x/y => /http://x/y
             h:443 =>
             * =>",
        );
    }

    #[test]
    fn parameters() {
        check(
            |uri| url_param(uri, b"id"),
            "/?id=1 => 1
             /?x=1&id=a%62 => a%62
             /?&&id=a=b => a=b
             /?id=a&id=b => a
             /?id= =>
             /?id&id=3 => 3
             /?idx=3&id=4 => 4
             /a?b?id=6&id=7 => 7
             /?id => -
             /?x=1;id=2 => -
             /??id=4 => -
             /;id=3 => -
             /?ID=3 => -",
        );
        check(
            |body| body_param(body, b"id"),
            "x=1&id=a%20b&y=2 => a%20b
             id= =>
             id=a@b => -
             id=a b => -
             x@y=1&id=3 => 3
             xid=3 => -",
        );
    }

    #[test]
    fn headers() {
        check(
            hdr,
            r#"a,b => a
               a ,b => a
               "a,b",c => "a,b"
               "a\",b",c => "a\",b"
               a;b => a;b
               ,b => -
               , => -"#,
        );
        check(
            |host| Some(domain(host)),
            "haproxy.1wt.eu => 1wt
             1wt.eu => 1wt
             www.example.co.uk => co
             www.example.com:80 => example
             localhost:80 => localhost:80
             .com => .com
             com. => com
             a..b => a.
             .. => .",
        );
    }

    #[test]
    fn rdp() {
        let request = |cookie: &str| {
            let length = 11 + cookie.len() as u8;
            [&[3, 0, 0, length, length - 5, 0xe0, 0, 0, 0, 0, 0], cookie.as_bytes()].concat()
        };
        let whole = request("Cookie: mstshash=joe\r\n");
        assert_eq!(rdp_cookie(&whole, b"MSTShash"), Some(&b"joe"[..]));
        assert_eq!(rdp_cookie(&whole, b"msts"), None);
        assert_eq!(rdp_cookie(&whole[..whole.len() - 1], b"mstshash"), None);
        assert_eq!(rdp_cookie(&request("Cookie: mstshash=joe"), b"mstshash"), None);
        assert_eq!(rdp_cookie(b"", b""), None);
    }
}
