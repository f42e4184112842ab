//! Numbers, sizes and times as arguments of keywords (manual, sections 2.3 and 2.5).

use crate::line::Line;
use source::{Diagnostic, Severity, Word};
use std::time::Duration;
pub use syntax::value::{Time, Unit};

impl Line<'_, '_> {
    /// A time; `missing` is said where there is none.
    pub fn time(&mut self, unit: Unit, missing: &str) -> Option<Time> {
        let word = self.need(missing)?;
        match syntax::value::time(word.bytes(), unit) {
            Ok(time) => Some(time),
            Err(error) => self.pass(error.diagnostic(word, self.name)),
        }
    }

    pub fn duration(&mut self, unit: Unit, missing: &str) -> Option<Duration> {
        self.time(unit, missing).map(Time::duration)
    }

    /// A whole number within bounds.
    pub fn int<N: TryFrom<i64>>(&mut self, low: i64, high: i64, missing: &str) -> Option<N> {
        let word = self.need(missing)?;
        match syntax::value::integer(word.bytes(), low..=high) {
            Ok(number) => N::try_from(number).ok(),
            Err(error) => self.pass(error.diagnostic(word, self.name)),
        }
    }

    /// A number as HAProxy reads it here: leading digits count, and anything else is 0. Garbage is pointed out.
    pub fn lenient(&mut self, missing: &str) -> Option<i64> {
        let word = self.need(missing)?;
        let number = syntax::value::atoi(word.bytes());
        if syntax::value::integer(word.bytes(), i64::MIN..=i64::MAX).is_err() {
            let message = format!("'{}' reads '{}' as {number}", self.name, word.show());
            let finding = Diagnostic::new(Severity::Diag, "not-a-number", word.span, message);
            self.cx.diagnostics.push(finding.help("write a plain decimal number"));
        }
        Some(number)
    }

    /// The same for a number that is not negative.
    pub fn natural(&mut self, missing: &str) -> Option<u32> {
        self.lenient(missing).map(|n| u32::try_from(n.max(0)).unwrap_or(u32::MAX))
    }

    /// A number of bytes, with `k`, `m` or `g`.
    pub fn size(&mut self, missing: &str) -> Option<u64> {
        let word = self.need(missing)?;
        match syntax::value::size(word.bytes(), u64::from(u32::MAX)) {
            Ok(size) => Some(size.value),
            Err(error) => self.pass(error.diagnostic(word, self.name)),
        }
    }

    /// The value of a word that names one of several.
    pub fn choice<T: Copy>(&mut self, words: &[(&str, T)], message: &str) -> Option<T> {
        let word = self.need(message)?;
        match words.iter().find(|(name, _)| word.is(name)) {
            Some((_, value)) => Some(*value),
            None => self.fail("bad-argument", message),
        }
    }

    /// The bytes of the next argument.
    pub fn bytes(&mut self, missing: &str) -> Option<Vec<u8>> {
        self.need(missing).map(|word: &Word| word.bytes().to_vec())
    }

    fn pass<T>(&mut self, mut finding: Diagnostic) -> Option<T> {
        finding.message.insert_str(0, &self.prefix);
        finding.form = self.form;
        self.cx.diagnostics.push(finding);
        None
    }
}
