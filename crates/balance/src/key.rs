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
            (self.depth > 0 && byte == b'/' && slashes > self.depth) || (byte == b'?' && !self.whole)
        };
        let end = target.iter().position(ends).unwrap_or(target.len());
        &target[..end]
    }
}

/// The target from the first slash of its path on.
fn path(target: &[u8]) -> &[u8] {
    if target.starts_with(b"/") {
        return target;
    }
    let Some(colon) = target.windows(3).position(|at| at == b"://") else { return target };
    let authority = &target[colon + 3..];
    let slash = authority.iter().position(|&byte| byte == b'/').unwrap_or(authority.len());
    &authority[slash..]
}

/// The value of the first parameter of that name, in a query string or in a form's body.
pub fn param<'q>(query: &'q [u8], name: &[u8]) -> Option<&'q [u8]> {
    query.split(|&byte| byte == b'&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix(b"="))
}

/// `url_param` of a request target: the parameter in what follows the first question mark.
pub fn url_param<'t>(target: &'t [u8], name: &[u8]) -> Option<&'t [u8]> {
    let mark = target.iter().position(|&byte| byte == b'?')?;
    param(&target[mark + 1..], name)
}

/// The part of a host name that `use_domain_only` keeps: the label before the last dot, `1wt` of
/// `haproxy.1wt.eu`; all of a name without a dot.
pub fn domain(host: &[u8]) -> &[u8] {
    let name = host.split(|&byte| byte == b':').next().unwrap_or(host);
    let Some(last) = name.iter().rposition(|&byte| byte == b'.') else { return name };
    let start = name[..last].iter().rposition(|&byte| byte == b'.').map_or(0, |dot| dot + 1);
    &name[start..last]
}

/// The value of an RDP cookie in what a client sends first (manual 7.3.5, "rdp_cookie"): `None` when the request
/// is not whole, is none, or has a cookie of another name. Names compare without regard to case.
pub fn rdp_cookie<'r>(request: &'r [u8], name: &[u8]) -> Option<&'r [u8]> {
    // TPKT (version 3, a length of 16 bits) and the head of an X.224 connection request.
    let [3, _, high, low, _, 0xe0, _, _, _, _, _, rest @ ..] = request else { return None };
    let length = usize::from(u16::from_be_bytes([*high, *low])).checked_sub(11)?;
    let cookie = rest.get(..length)?.strip_prefix(b"Cookie:")?;
    let start = cookie.iter().position(|&byte| byte != b' ')?;
    let cookie = &cookie[start..];
    let end = cookie.iter().position(|&byte| byte == b'\r')?;
    let (own, value) = cookie[..end].split_at_checked(name.len())?;
    if own.eq_ignore_ascii_case(name) { value.strip_prefix(b"=") } else { None }
}
