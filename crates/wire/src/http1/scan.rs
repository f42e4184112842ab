//! A cursor over raw bytes that knows lines, tokens and field values.

use std::ops::Range;

use super::fault::{Fault, Kind};
use super::words::{control, not_word, unprintable};

/// Why reading stopped.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stop {
    Fault(Fault),
    More,
}

pub(super) type Step<T> = Result<T, Stop>;

/// Reads a head or trailers from left to right. What it returns are ranges of `buf`.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    pub(super) buf: &'a [u8],
    pub(super) at: usize,
    /// Lets bad names, and NULs in values, pass.
    pub(super) lenient: bool,
    /// Whether something passed that is only let pass when lenient.
    pub(super) violation: bool,
    /// Whether a value went on over a second line.
    pub(super) folded: bool,
}

/// `tchar` of RFC 9110.
const TOKEN: u8 = 1;
/// Bytes of a host, apart from the brackets of an address.
pub(super) const HOST: u8 = 2;

/// HAProxy keeps no longer field names than this.
const NAME_MAX: usize = 255;

impl<'a> Scan<'a> {
    pub(super) fn new(buf: &'a [u8], lenient: bool) -> Scan<'a> {
        Scan { buf, at: 0, lenient, violation: false, folded: false }
    }

    pub(super) fn fault<T>(&self, kind: Kind) -> Step<T> {
        fault(kind, self.at)
    }

    /// The byte under the cursor.
    pub(super) fn byte(&self) -> Step<u8> {
        self.buf.get(self.at).copied().ok_or(Stop::More)
    }

    pub(super) fn text(&self, range: Range<usize>) -> &'a [u8] {
        self.buf.get(range).unwrap_or(&[])
    }

    /// Skips the empty lines that may stand before a head.
    pub(super) fn empty_lines(&mut self) -> Step<()> {
        while matches!(self.byte()?, b'\r' | b'\n') {
            self.line_end()?;
        }
        Ok(())
    }

    /// Takes CRLF, or a bare LF.
    pub(super) fn line_end(&mut self) -> Step<()> {
        let cr = usize::from(self.byte()? == b'\r');
        match self.buf.get(self.at + cr) {
            Some(b'\n') => {
                self.at += cr + 1;
                Ok(())
            }
            Some(_) => fault(Kind::LineEnd, self.at + cr),
            None => Err(Stop::More),
        }
    }

    /// Skips spaces and tabs; says whether there were any.
    pub(super) fn blanks(&mut self) -> bool {
        let rest = self.buf.get(self.at..).unwrap_or(&[]);
        let n = rest.iter().position(|b| !matches!(b, b' ' | b'\t')).unwrap_or(rest.len());
        self.at += n;
        n > 0
    }

    /// Takes a token, which may be empty. The byte behind it must be there.
    pub(super) fn token(&mut self) -> Step<Range<usize>> {
        let start = self.at;
        loop {
            self.at = not_word(self.buf, self.at).ok_or(Stop::More)?;
            if !is(self.byte()?, TOKEN) {
                return Ok(start..self.at);
            }
            self.at += 1;
        }
    }

    /// Takes bytes that HAProxy takes in a request target. The byte behind them must be there.
    pub(super) fn printable(&mut self) -> Step<()> {
        self.at = unprintable(self.buf, self.at).ok_or(Stop::More)?;
        Ok(())
    }

    /// Whether the empty line that ends a head or trailers is next; takes it.
    pub(super) fn end_of_fields(&mut self) -> Step<bool> {
        match self.byte()? {
            b'\r' | b'\n' => self.line_end().map(|()| true),
            b' ' | b'\t' => self.fault(Kind::FieldLine),
            _ => Ok(false),
        }
    }

    /// Takes a field name and its colon. `None`: the name is bad, and its field is to be dropped.
    pub(super) fn name(&mut self) -> Step<Option<Range<usize>>> {
        let name = self.token()?;
        match self.byte()? {
            b':' if name.is_empty() => self.fault(Kind::FieldName),
            b':' if name.len() > NAME_MAX => fault(Kind::FieldName, name.start),
            b':' => {
                self.at += 1;
                Ok(Some(name))
            }
            b'\n' => self.fault(Kind::FieldLine),
            _ if self.lenient => self.bad_name(),
            b'\r' => self.fault(Kind::FieldLine),
            _ => self.fault(Kind::FieldName),
        }
    }

    fn bad_name(&mut self) -> Step<Option<Range<usize>>> {
        let rest = self.buf.get(self.at..).unwrap_or(&[]);
        self.at += rest.iter().position(|b| matches!(b, b':' | b'\n')).ok_or(Stop::More)?;
        if self.byte()? == b'\n' {
            return self.fault(Kind::FieldLine);
        }
        self.at += 1;
        self.violation = true;
        Ok(None)
    }

    /// Takes a field value with the lines that continue it, and the end of its line. The range is trimmed.
    pub(super) fn value(&mut self) -> Step<Range<usize>> {
        if self.buf.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        let start = self.at;
        loop {
            let end = self.line()?;
            self.at = end;
            self.line_end()?;
            if !matches!(self.byte()?, b' ' | b'\t') {
                return Ok(self.trim(start..end));
            }
            self.folded = true;
        }
    }

    /// Where the line of a value, or of a reason phrase, ends.
    pub(super) fn line(&mut self) -> Step<usize> {
        let mut at = self.at;
        loop {
            at = control(self.buf, at).ok_or(Stop::More)?;
            match self.buf.get(at).copied().ok_or(Stop::More)? {
                b'\n' => return Ok(at),
                b'\r' => match self.buf.get(at + 1) {
                    Some(b'\n') => return Ok(at),
                    Some(_) => return fault(Kind::FieldValue, at),
                    None => return Err(Stop::More),
                },
                0 if !self.lenient => return fault(Kind::FieldValue, at),
                0 => self.violation = true,
                _ => {}
            }
            at += 1;
        }
    }

    fn trim(&self, range: Range<usize>) -> Range<usize> {
        let text = self.text(range.clone());
        if let ([first, ..], [.., last]) = (text, text)
            && !is_blank(*first)
            && !is_blank(*last)
        {
            return range;
        }
        let front = text.iter().take_while(|b| is_blank(**b)).count();
        let back = text.iter().skip(front).rev().take_while(|b| is_blank(**b)).count();
        range.start + front..range.end - back
    }
}

pub(super) fn fault<T>(kind: Kind, at: usize) -> Step<T> {
    Err(Stop::Fault(Fault { kind, at }))
}

/// What stands between the words of a value, a folded one included.
pub(super) fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r' | b'\n')
}

pub(super) fn is(b: u8, class: u8) -> bool {
    CLASS[usize::from(b)] & class != 0
}

/// Whether a byte may stand in a method or a field name.
pub(crate) fn token_byte(b: u8) -> bool {
    is(b, TOKEN)
}

const CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut b = 33;
    while b < 127 {
        let c = b as u8;
        let symbol = matches!(
            c,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        );
        if c.is_ascii_alphanumeric() || symbol {
            table[b] |= TOKEN;
        }
        if !matches!(c, b'#' | b',' | b'/' | b'?' | b'@' | b'[' | b'\\' | b']') {
            table[b] |= HOST;
        }
        b += 1;
    }
    table
}
