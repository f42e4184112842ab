//! `Content-Length`.

use super::fault::Kind;
use super::fields::Fate;
use super::scan::is_blank;

/// What the `Content-Length` fields say so far.
#[derive(Debug, Default)]
pub(super) struct Length {
    value: Option<u64>,
    rewrite: bool,
}

impl Length {
    /// Takes a field. A repetition of the same number is dropped.
    pub(super) fn field(&mut self, text: &[u8]) -> Result<Fate, Kind> {
        let before = self.value;
        for word in text.split(|b| *b == b',') {
            let n = number(word).ok_or(Kind::ContentLength)?;
            if *self.value.get_or_insert(n) != n {
                return Err(Kind::ContentLength);
            }
        }
        if before.is_some() {
            return Ok(Fate::Drop);
        }
        self.rewrite = text.len() > 1 && (text.starts_with(b"0") || text.contains(&b','));
        Ok(Fate::Keep)
    }

    pub(super) fn seen(&self) -> bool {
        self.value.is_some()
    }

    pub(super) fn value(&self) -> Option<u64> {
        self.value
    }

    /// The value to send, when it is not the one that was received.
    pub(super) fn rewrite(&self) -> Option<Vec<u8>> {
        self.value.filter(|_| self.rewrite).map(|n| n.to_string().into_bytes())
    }
}

fn number(word: &[u8]) -> Option<u64> {
    let front = word.iter().take_while(|b| is_blank(**b)).count();
    let back = word.iter().rev().take_while(|b| is_blank(**b)).count();
    let digits = word.get(front..word.len() - back.min(word.len() - front))?;
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |n, b| {
        let digit = b.is_ascii_digit().then(|| u64::from(b - b'0'))?;
        n.checked_mul(10)?.checked_add(digit)
    })
}
