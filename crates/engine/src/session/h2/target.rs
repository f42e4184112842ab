//! The target that a server gets of a request that came in HTTP/2.

use message::Head;

/// The path alone where the scheme is that of HTTP, as an HTTP/1 server expects it; else the target as it is.
pub fn origin_form(head: &Head) -> &[u8] {
    let target = head.target();
    match target.strip_prefix(b"http").map(|rest| rest.strip_prefix(b"s").unwrap_or(rest)) {
        Some([b':', b'/', b'/', rest @ ..]) => match rest.iter().position(|b| matches!(b, b'/' | b'?')) {
            Some(slash) => rest.get(slash..).unwrap_or(b"/"),
            None if head.method() == b"OPTIONS" => b"*",
            None => b"/",
        },
        _ => target,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use message::Version;

    #[test]
    fn servers_get_the_path() {
        let cases = [
            ("GET", "http://a/b?c", "/b?c"),
            ("GET", "https://a", "/"),
            ("GET", "http://a?q", "?q"),
            ("OPTIONS", "http://a", "*"),
            ("OPTIONS", "*", "*"),
            ("GET", "/x", "/x"),
            ("GET", "ftp://a/x", "ftp://a/x"),
            ("CONNECT", "http:80", "http:80"),
        ];
        for (method, target, expected) in cases {
            let head = Head::request(Version::HTTP_2, method.as_bytes(), target.as_bytes());
            assert_eq!(origin_form(&head), expected.as_bytes(), "{method} {target}");
        }
    }
}
