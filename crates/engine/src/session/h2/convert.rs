//! Heads between hyper's form and ours.

use hyper::{
    HeaderMap, Response, StatusCode,
    body::{Body, Incoming},
    header::{HeaderName, HeaderValue},
    http::request::Parts,
};
use message::{Head, Version};
use wire::http1::Framing;

/// Fields that belong to a connection of HTTP/1 and have no place in HTTP/2 (RFC 9113, section 8.2.2).
const CONNECTION: [&[u8]; 5] = [b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"];

/// Takes over a request's head, in the form that the same request has in HTTP/1; says how its payload is delimited
/// towards a server.
///
/// The target is absolute, as HAProxy shows it; `:authority` becomes `host`, cookies become one field.
pub fn request(parts: &Parts, body: &Incoming, head: &mut Head) -> Framing {
    let authority = parts.uri.authority().map_or("", |a| a.as_str());
    let target = match (parts.uri.scheme_str(), authority) {
        (Some(scheme), host) if !host.is_empty() => {
            let path = parts.uri.path_and_query().map_or("/", |p| p.as_str());
            format!("{scheme}://{host}{path}")
        }
        _ => parts.uri.to_string(),
    };
    head.set_request(Version::HTTP_2, parts.method.as_str().as_bytes(), target.as_bytes());
    if !authority.is_empty() {
        head.add(b"host", authority.as_bytes());
    }
    for (name, value) in &parts.headers {
        let name = name.as_str().as_bytes();
        let known = name == b"cookie" || (name == b"host" && !authority.is_empty());
        if !known && !CONNECTION.contains(&name) {
            head.add(name, value.as_bytes());
        }
    }
    let cookies: Vec<&[u8]> = parts.headers.get_all("cookie").iter().map(HeaderValue::as_bytes).collect();
    if !cookies.is_empty() {
        head.add(b"cookie", &cookies.join(&b"; "[..]));
    }
    match (head.field(b"content-length").and_then(number), body.is_end_stream()) {
        (Some(n), _) => Framing::Length(n),
        (None, true) => Framing::None,
        (None, false) => {
            head.add(b"transfer-encoding", b"chunked");
            Framing::Chunked
        }
    }
}

/// The target that an HTTP/1 server gets: what stands behind the authority.
pub fn origin_form(target: &[u8]) -> &[u8] {
    let Some(colon) = target.windows(3).position(|w| w == b"://") else { return target };
    let rest = target.get(colon + 3..).unwrap_or(&[]);
    match rest.iter().position(|b| matches!(b, b'/' | b'?')) {
        Some(slash) => rest.get(slash..).unwrap_or(b"/"),
        None => b"/",
    }
}

/// A response's head for hyper. Fields that HTTP/2 cannot carry are left out.
pub fn response(head: &Head) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(head.status()).unwrap_or(StatusCode::BAD_GATEWAY);
    fields(head, response.headers_mut());
    response
}

/// Copies the fields that HTTP/2 has a place for.
pub fn fields(head: &Head, map: &mut HeaderMap) {
    for (name, value) in head.iter().filter(|(name, _)| !CONNECTION.contains(name)) {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            map.append(name, value);
        }
    }
}

/// Trailers, as the fields of a head.
pub fn trailers(map: &HeaderMap) -> Head {
    let mut head = Head::default();
    for (name, value) in map {
        head.add(name.as_str().as_bytes(), value.as_bytes());
    }
    head
}

fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_get_the_path() {
        let cases: [(&str, &str); 5] =
            [("http://a/b?c", "/b?c"), ("https://a", "/"), ("http://a?q", "?q"), ("*", "*"), ("/x", "/x")];
        for (target, expected) in cases {
            assert_eq!(origin_form(target.as_bytes()), expected.as_bytes(), "{target}");
        }
    }
}
