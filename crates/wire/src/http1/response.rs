//! Response heads.

use message::{Head, Version};

use super::fault::{Fault, Kind};
use super::fields::{Seen, Side};
use super::scan::{Scan, Step, fault};
use super::{Framing, Limits, Parsed, complete, version};

/// What the request asked that decides how its answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Connect,
    Head,
    Other,
    /// A change of protocol: only then is a 101 an answer.
    Upgrade,
}

/// Reads a response head from the start of `buf` into `head`. `None`: it is not complete, read more.
///
/// What is put right: as for requests, and answers that have no body lose the fields that tell its length, but for
/// those to HEAD and for 304. Interim answers (1xx) have `Framing::None`; the next head follows.
pub fn parse_response(buf: &[u8], limits: &Limits, asked: Asked, head: &mut Head) -> Result<Option<Parsed>, Fault> {
    let mut scan = Scan::new(buf, limits.accept_unsafe_violations);
    complete(read(&mut scan, limits, asked, head), buf, limits, head)
}

fn read(scan: &mut Scan<'_>, limits: &Limits, asked: Asked, head: &mut Head) -> Step<Parsed> {
    scan.empty_lines()?;
    let (version, protocol) = version(scan)?;
    let at = scan.at;
    let status = status(scan)?;
    scan.blanks();
    let reason = reason(scan)?;
    let mut seen = Seen::default();
    let mut outline = head.outline();
    outline.response(version, status, reason.clone());
    protocol.into_iter().for_each(|text| outline.protocol(text));
    seen.read(scan, limits, Side::Response, &mut outline)?;
    if status == 101 && !(asked == Asked::Upgrade && seen.connection.asks_upgrade()) {
        return fault(Kind::Status, at);
    }
    super::fits(seen.size + 3 + reason.len(), scan, limits)?;
    seen.coding.check(scan.lenient).or_else(|kind| fault(kind, scan.at))?;
    if status == 101 {
        seen.check_websocket(scan)?;
    }
    outline.adopt(scan.text(0..scan.at), scan.folded);
    let framing = framing(status, asked, &seen);
    let pointless = matches!(status, 100..200 | 204) || framing == Framing::Tunnel;
    seen.amend(head, Side::Response, pointless);
    let old = version < Version::HTTP_11;
    let insecure = seen.coding.chunked() && (old || seen.length.seen());
    let keep_alive = seen.connection.keeps(!old)
        && framing != Framing::UntilClose
        && (!insecure || limits.do_not_close_on_insecure_transfer_encoding);
    Ok(seen.parsed(scan, framing, keep_alive))
}

/// Takes the status with the blanks before it: up to three digits, as a violation up to 65535.
fn status(scan: &mut Scan<'_>) -> Step<u16> {
    if !scan.blanks() {
        scan.byte()?;
        return scan.fault(Kind::Version);
    }
    let start = scan.at;
    let mut status = 0u16;
    while let digit @ b'0'..=b'9' = scan.byte()? {
        let next = status.checked_mul(10).and_then(|s| s.checked_add(u16::from(digit - b'0')));
        match next {
            Some(next) if scan.at - start < 3 || scan.lenient => status = next,
            _ => return scan.fault(Kind::Status),
        }
        scan.at += 1;
    }
    scan.violation |= scan.at - start > 3;
    match scan.byte()? {
        b' ' | b'\t' | b'\r' | b'\n' if scan.at > start => Ok(status),
        _ => scan.fault(Kind::Status),
    }
}

/// Takes the reason phrase and the end of its line.
fn reason(scan: &mut Scan<'_>) -> Step<std::ops::Range<usize>> {
    let start = scan.at;
    let end = scan.line()?;
    scan.at = end;
    scan.line_end()?;
    Ok(start..end)
}

fn framing(status: u16, asked: Asked, seen: &Seen) -> Framing {
    match (status, asked) {
        (101, _) | (200..300, Asked::Connect) => Framing::Tunnel,
        (100..200 | 204 | 304, _) | (_, Asked::Head) => Framing::None,
        _ if seen.coding.chunked() => Framing::Chunked,
        _ => seen.length.value().map_or(Framing::UntilClose, Framing::Length),
    }
}
