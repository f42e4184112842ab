//! `Transfer-Encoding`.

use super::fault::Kind;
use super::fields::Fate;
use super::scan::is_blank;

/// What the `Transfer-Encoding` fields say so far.
#[derive(Debug, Default)]
pub(super) struct Coding {
    seen: bool,
    chunked: bool,
    other: bool,
    /// Whether the value is to be written as `chunked`.
    pub(super) rewrite: bool,
}

impl Coding {
    /// Takes a field. `lenient` lets empty words and a repeated `chunked` pass, as violations of servers.
    pub(super) fn field(&mut self, text: &[u8], lenient: bool) -> Result<Fate, Kind> {
        let fate = if self.seen { Fate::Drop } else { Fate::Keep };
        self.seen = true;
        if text == b"chunked" && !self.chunked {
            self.chunked = true;
            return Ok(fate);
        }
        for word in text.split(|b| *b == b',') {
            self.word(trim(word), lenient)?;
        }
        self.rewrite = true;
        Ok(fate)
    }

    fn word(&mut self, word: &[u8], lenient: bool) -> Result<(), Kind> {
        let chunked = word.eq_ignore_ascii_case(b"chunked");
        match () {
            () if word.is_empty() && lenient => Ok(()),
            () if word.is_empty() => Err(Kind::TransferEncoding),
            () if self.chunked && !(chunked && lenient) => Err(Kind::TransferEncoding),
            () => {
                self.chunked |= chunked;
                self.other |= !chunked;
                Ok(())
            }
        }
    }

    /// Judges all fields together: either nothing, or `chunked` alone.
    pub(super) fn check(&self, lenient: bool) -> Result<(), Kind> {
        match (self.other, self.chunked) {
            (true, true) => Err(Kind::TransferCoding),
            (true, false) => Err(Kind::TransferEncoding),
            (false, false) if self.seen && !lenient => Err(Kind::TransferEncoding),
            _ => Ok(()),
        }
    }

    pub(super) fn seen(&self) -> bool {
        self.seen
    }

    pub(super) fn chunked(&self) -> bool {
        self.chunked
    }

    /// Whether the fields were there but said nothing.
    pub(super) fn ignored(&self) -> bool {
        self.seen && !self.chunked
    }
}

fn trim(word: &[u8]) -> &[u8] {
    let front = word.iter().take_while(|b| is_blank(**b)).count();
    let word = word.get(front..).unwrap_or(&[]);
    let back = word.iter().rev().take_while(|b| is_blank(**b)).count();
    word.get(..word.len() - back).unwrap_or(&[])
}
