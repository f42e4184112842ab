//! What stands before and behind a message on its way to a target (manual, section 4.2 `log`).

use super::clock::Clock;
use config::keyword::log::Transport;
use std::io::Write;

/// What the transport formats say besides the message.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) facility: u8,
    pub(super) level: u8,
    /// `log-tag`.
    pub(super) tag: &'a [u8],
    /// `log-send-hostname`.
    pub(super) host: Option<&'a [u8]>,
    pub(super) pid: u32,
    /// Structured data of RFC 5424; empty = none.
    pub(super) sd: &'a [u8],
}

impl Frame<'_> {
    /// Writes a message with its frame into `out`, whatever was there: `len` bytes at most, the line feed included.
    pub(super) fn write(&self, format: Transport, len: usize, message: &[u8], clock: &Clock, out: &mut Vec<u8>) {
        out.clear();
        self.write_head(format, clock, out);
        let room = len.saturating_sub(out.len() + 1);
        out.extend_from_slice(message.get(..room).unwrap_or(message));
        out.truncate(len.saturating_sub(1));
        out.push(b'\n');
    }

    fn write_head(&self, format: Transport, clock: &Clock, out: &mut Vec<u8>) {
        let Frame { level, tag, pid, .. } = self;
        let priority = u32::from(self.facility) * 8 + u32::from(*level);
        let _ = match format {
            Transport::Raw | Transport::Iso => Ok(()),
            Transport::Short | Transport::Timed => write!(out, "<{level}>"),
            Transport::Rfc5424 => write!(out, "<{priority}>1 "),
            Transport::Local | Transport::Priority | Transport::Rfc3164 => write!(out, "<{priority}>"),
        };
        match format {
            Transport::Raw | Transport::Short | Transport::Priority => {}
            Transport::Iso | Transport::Timed => {
                clock.write_iso(out);
                out.push(b' ');
            }
            Transport::Local | Transport::Rfc3164 => {
                let host = (format == Transport::Rfc3164).then(|| self.host.unwrap_or(b"localhost"));
                let parts = [&clock.short[..], b" ", host.unwrap_or(b""), host.map_or(b"", |_| b" "), tag];
                parts.iter().for_each(|part| out.extend_from_slice(part));
                let _ = write!(out, "[{pid}]: ");
            }
            Transport::Rfc5424 => {
                clock.write_iso(out);
                [b" ", self.host.unwrap_or(b"-"), b" ", tag].iter().for_each(|part| out.extend_from_slice(part));
                let _ = write!(out, " {pid} - ");
                out.extend_from_slice(if self.sd.is_empty() { b"-" } else { self.sd });
                out.push(b' ');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: Transport, host: Option<&str>, sd: &str, len: usize, expect: &str) {
        let clock = Clock {
            micros: 7,
            short: b"Nov  2 12:00:00".to_vec(),
            iso: b"2026-11-02T12:00:00".to_vec(),
            offset: b"+01:00".to_vec(),
            ..Clock::default()
        };
        let host = host.map(str::as_bytes);
        let frame = Frame { facility: 16, level: 6, tag: b"haproxy", host, pid: 42, sd: sd.as_bytes() };
        let mut out = b"leftover".to_vec();
        frame.write(format, len, b"message", &clock, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), expect);
    }

    #[test]
    fn every_format_has_its_frame() {
        check(Transport::Raw, None, "", 1024, "message\n");
        check(Transport::Short, None, "", 1024, "<6>message\n");
        check(Transport::Priority, None, "", 1024, "<134>message\n");
        check(Transport::Iso, None, "", 1024, "2026-11-02T12:00:00.000007+01:00 message\n");
        check(Transport::Timed, None, "", 1024, "<6>2026-11-02T12:00:00.000007+01:00 message\n");
        check(Transport::Local, Some("h"), "", 1024, "<134>Nov  2 12:00:00 haproxy[42]: message\n");
        check(Transport::Rfc3164, None, "", 1024, "<134>Nov  2 12:00:00 localhost haproxy[42]: message\n");
        check(Transport::Rfc3164, Some("h"), "", 1024, "<134>Nov  2 12:00:00 h haproxy[42]: message\n");
        let rfc5424 = "<134>1 2026-11-02T12:00:00.000007+01:00";
        check(Transport::Rfc5424, None, "", 1024, &format!("{rfc5424} - haproxy 42 - - message\n"));
        check(Transport::Rfc5424, Some("h"), "[a]", 1024, &format!("{rfc5424} h haproxy 42 - [a] message\n"));
    }

    #[test]
    fn long_lines_are_cut_and_still_end() {
        check(Transport::Raw, None, "", 5, "mess\n");
        check(Transport::Priority, None, "", 7, "<134>m\n");
        check(Transport::Priority, None, "", 4, "<13\n");
    }
}
