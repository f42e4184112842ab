//! HAProxy's own answers: reason phrases, the default error pages, and those that a configuration puts in their place
//! (manual, section 4.2: `errorfile`).

use crate::flow::Reply;
use message::{Head, Version};
use sample::{Env, Stream, env::ErrorPage};

/// A default page: status, reason phrase, and the sentence of its body. The phrase is not always that of [`reason`].
const PAGES: &[(u16, &str, &str)] = &[
    (200, "OK", "Service ready."),
    (400, "Bad request", "Your browser sent an invalid request."),
    (401, "Unauthorized", "You need a valid user and password to access this content."),
    (403, "Forbidden", "Request forbidden by administrative rules."),
    (404, "Not Found", "The resource could not be found."),
    (
        405,
        "Method Not Allowed",
        "A request was made of a resource using a request method not supported by that resource.",
    ),
    (407, "Unauthorized", "You need a valid user and password to access this content."),
    (408, "Request Time-out", "Your browser didn't send a complete request in time."),
    (410, "Gone", "The resource is no longer available and will not be available again."),
    (413, "Payload Too Large", "The request entity exceeds the maximum allowed."),
    (414, "URI Too Long", "The URI provided was too long for the server to process."),
    (421, "Misdirected Request", "Request sent to a non-authoritative server."),
    (422, "Unprocessable Content", "The server cannot process the contained instructions."),
    (425, "Too Early", "Your browser sent early data."),
    (429, "Too Many Requests", "You have sent too many requests in a given amount of time."),
    (431, "Request Header Fields Too Large", "Request Header Fields Too Large."),
    (500, "Internal Server Error", "An internal server error occurred."),
    (501, "Not Implemented", "The server does not support the functionality required to fulfill the request."),
    (502, "Bad Gateway", "The server returned an invalid or incomplete response."),
    (503, "Service Unavailable", "No server is available to handle this request."),
    (504, "Gateway Time-out", "The server didn't respond in time."),
];

/// The statuses for which there is a page, in order.
pub fn statuses() -> impl Iterator<Item = u16> {
    PAGES.iter().map(|page| page.0)
}

pub fn has_page(status: u16) -> bool {
    statuses().any(|known| known == status)
}

/// The answer with a status: what the backend or the frontend of the stream has for it, else the default page.
pub fn answer(stream: &Stream, env: &dyn Env, status: u16) -> Reply {
    let proxies = stream.backend.into_iter().chain([stream.frontend]);
    let reply = match proxies.into_iter().find_map(|proxy| env.error_page(proxy, status)) {
        Some(ErrorPage::File([])) => Reply { silent: true, close: true, ..Reply::default() },
        Some(ErrorPage::File(raw)) => parse(raw).unwrap_or_else(|| page(status)),
        Some(ErrorPage::Location(code, url)) => location(code, url),
        None => return page(status),
    };
    Reply { status: Some(status), ..reply }
}

/// The default page; the one of 500 for a status that has none.
pub fn page(status: u16) -> Reply {
    let (status, phrase, _) = *find(status);
    let body = body(status);
    let mut head = Head::response(Version::HTTP_11, status, phrase.as_bytes());
    head.add(b"content-length", body.len().to_string().as_bytes());
    head.add(b"cache-control", b"no-cache");
    head.add(b"content-type", b"text/html");
    Reply { head, body, close: closes(status), ..Reply::default() }
}

/// Whether HAProxy's page for the status ends the connection: what follows may be no request at all.
fn closes(status: u16) -> bool {
    matches!(status, 400 | 408)
}

/// The default page as raw bytes, as it is sent where no request could be read: names in mixed case.
pub fn raw(status: u16) -> Vec<u8> {
    let (status, phrase, _) = *find(status);
    let body = body(status);
    let close = if closes(status) { "Connection: close\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 {status} {phrase}\r\nContent-length: {}\r\nCache-Control: no-cache\r\n{close}\
         Content-Type: text/html\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body].concat()
}

/// Parses a raw answer, such as the content of an `errorfile`; `None` where it is not one. Lines may end in a line
/// feed alone.
pub fn parse(raw: &[u8]) -> Option<Reply> {
    let mut rest = raw;
    let mut line = || {
        let end = rest.iter().position(|b| *b == b'\n')?;
        let (line, after) = rest.split_at_checked(end)?;
        rest = after.get(1..)?;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    };
    let mut head = status_line(line()?)?;
    loop {
        let field = line()?;
        if field.is_empty() {
            break;
        }
        let colon = field.iter().position(|b| *b == b':').filter(|at| *at > 0)?;
        let (name, value) = field.split_at_checked(colon)?;
        head.add(name, value.get(1..)?.trim_ascii());
    }
    let close = head.version() < Version::HTTP_11 || !head.has(b"content-length");
    head.remove(b"connection");
    Some(Reply { head, body: rest.to_vec(), close, ..Reply::default() })
}

/// The phrase that HAProxy puts behind a status of its own.
pub fn reason(status: u16) -> &'static str {
    let found = REASONS.iter().find(|(known, _)| *known == status);
    found.map_or_else(|| class(status), |(_, phrase)| phrase)
}

fn find(status: u16) -> &'static (u16, &'static str, &'static str) {
    const FALLBACK: &(u16, &str, &str) = &(500, "Internal Server Error", "An internal server error occurred.");
    PAGES.iter().find(|page| page.0 == status).unwrap_or(FALLBACK)
}

fn body(status: u16) -> Vec<u8> {
    let (status, phrase, sentence) = find(status);
    format!("<html><body><h1>{status} {phrase}</h1>\n{sentence}\n</body></html>\n").into_bytes()
}

/// `errorloc302` and its like.
/// An answer that sends the client elsewhere.
pub fn location(code: u16, url: &[u8]) -> Reply {
    let mut head = Head::response(Version::HTTP_11, code, reason(code).as_bytes());
    head.add(b"cache-control", b"no-cache");
    head.add(b"content-length", b"0");
    head.add(b"location", url);
    Reply { head, ..Reply::default() }
}

fn status_line(line: &[u8]) -> Option<Head> {
    let [major, b'.', minor, b' ', rest @ ..] = line.strip_prefix(b"HTTP/")? else { return None };
    let (status, phrase) = rest.split_at_checked(3)?;
    let digit = |b: &u8| char::from(*b).to_digit(10).and_then(|d| u8::try_from(d).ok());
    let version = Version(digit(major)?, digit(minor)?);
    let status = std::str::from_utf8(status).ok()?.parse().ok().filter(|status| *status >= 100)?;
    let phrase = match phrase {
        [] => phrase,
        [b' ', phrase @ ..] => phrase,
        _ => return None,
    };
    Some(Head::response(version, status, phrase))
}

fn class(status: u16) -> &'static str {
    match status {
        100..=199 => "Informational",
        200..=299 => "Success",
        300..=399 => "Redirection",
        400..=499 => "Client Error",
        500..=599 => "Server Error",
        _ => "Other",
    }
}

#[rustfmt::skip]
const REASONS: &[(u16, &str)] = &[
    (100, "Continue"), (101, "Switching Protocols"), (102, "Processing"),
    (200, "OK"), (201, "Created"), (202, "Accepted"), (203, "Non-Authoritative Information"), (204, "No Content"),
    (205, "Reset Content"), (206, "Partial Content"), (207, "Multi-Status"), (210, "Content Different"),
    (226, "IM Used"),
    (300, "Multiple Choices"), (301, "Moved Permanently"), (302, "Found"), (303, "See Other"), (304, "Not Modified"),
    (305, "Use Proxy"), (307, "Temporary Redirect"), (308, "Permanent Redirect"), (310, "Too many Redirects"),
    (400, "Bad Request"), (401, "Unauthorized"), (402, "Payment Required"), (403, "Forbidden"), (404, "Not Found"),
    (405, "Method Not Allowed"), (406, "Not Acceptable"), (407, "Proxy Authentication Required"),
    (408, "Request Time-out"), (409, "Conflict"), (410, "Gone"), (411, "Length Required"),
    (412, "Precondition Failed"), (413, "Request Entity Too Large"), (414, "Request-URI Too Long"),
    (415, "Unsupported Media Type"), (416, "Requested range unsatisfiable"), (417, "Expectation failed"),
    (418, "I'm a teapot"), (421, "Misdirected Request"), (422, "Unprocessable Content"), (423, "Locked"),
    (424, "Method failure"), (425, "Too Early"), (426, "Upgrade Required"), (428, "Precondition Required"),
    (429, "Too Many Requests"), (431, "Request Header Fields Too Large"), (449, "Retry With"),
    (450, "Blocked by Windows Parental Controls"), (451, "Unavailable For Legal Reasons"),
    (456, "Unrecoverable Error"), (499, "client has closed connection"),
    (500, "Internal Server Error"), (501, "Not Implemented"), (502, "Bad Gateway or Proxy Error"),
    (503, "Service Unavailable"), (504, "Gateway Time-out"), (505, "HTTP Version not supported"),
    (506, "Variant also negotiate"), (507, "Insufficient storage"), (508, "Loop detected"),
    (509, "Bandwidth Limit Exceeded"), (510, "Not extended"), (511, "Network authentication required"),
    (520, "Web server is returning an unknown error"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_haproxys() {
        let lengths: Vec<_> = statuses().map(|s| (s, page(s).body.len())).collect();
        let seen = [
            (200, 58),
            (400, 90),
            (401, 112),
            (403, 93),
            (404, 83),
            (405, 147),
            (407, 112),
            (408, 110),
            (410, 114),
            (413, 106),
            (414, 110),
            (421, 104),
            (422, 116),
            (425, 80),
            (429, 117),
            (431, 105),
            (500, 97),
            (501, 135),
            (502, 107),
            (503, 107),
            (504, 92),
        ];
        assert_eq!(lengths, seen);
        let raw = raw(400);
        let start =
            "HTTP/1.1 400 Bad request\r\nContent-length: 90\r\nCache-Control: no-cache\r\nConnection: close\r\n";
        assert!(raw.starts_with(start.as_bytes()));
        assert_eq!(parse(&raw).map(|reply| reply.body), Some(page(400).body));
    }

    #[test]
    fn error_files_are_parsed_and_others_refused() {
        let reply = parse(b"HTTP/1.0 503 Busy\r\nContent-Type: text/plain\r\n\r\nbusy body").unwrap_or_default();
        assert_eq!((reply.head.status(), reply.head.reason(), reply.close), (503, &b"Busy"[..], true));
        assert_eq!(reply.body, b"busy body");
        for bad in [
            "",
            "not http",
            "HTTP/1.1 40",
            "HTTP/1.1 099 x\n\n",
            "HTTP/1.1 404 x\nno colon\n\n",
            "HTTP/1.1 404 x\na: b",
        ] {
            assert!(parse(bad.as_bytes()).is_none(), "{bad:?}");
        }
    }
}
