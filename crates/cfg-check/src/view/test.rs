//! A test of an ACL: `path_beg -i /a /b`, named or in braces (manual, section 7.1).

use source::{Span, Word};

/// One `acl` line or the inside of one pair of braces.
#[derive(Debug, Clone)]
pub struct Test<'p> {
    pub name: Option<&'p Word>,
    /// The expression with its converters: `req.hdr(host),lower`.
    pub criterion: &'p Word,
    /// Words such as `-i`, with the values of those that have one.
    pub flags: &'p [Word],
    pub patterns: &'p [Word],
}

/// Flags with a value behind them.
const VALUED: &[&str] = &["-f", "-m", "-u"];

impl<'p> Test<'p> {
    pub fn new(name: Option<&'p Word>, words: &'p [Word]) -> Option<Test<'p>> {
        let (criterion, rest) = words.split_first()?;
        let mut at = 0;
        while let Some(word) = rest.get(at) {
            if word.is("--") {
                at += 1;
                break;
            }
            if word.bytes().first() != Some(&b'-') || word.bytes().get(1).is_none_or(u8::is_ascii_digit) {
                break;
            }
            at += 1 + usize::from(VALUED.iter().any(|flag| word.is(flag)));
        }
        let (flags, patterns) = rest.split_at(at.min(rest.len()));
        Some(Test { name, criterion, flags, patterns })
    }

    /// The sample's name, in front of arguments and converters: `hdr_beg`.
    pub fn fetch(&self) -> &'p [u8] {
        let text = self.criterion.bytes();
        let end = text.iter().position(|b| *b == b'(' || *b == b',').unwrap_or(text.len());
        text.get(..end).unwrap_or(text)
    }

    /// What stands in the sample's parentheses, in lower case.
    pub fn argument(&self) -> Vec<u8> {
        let rest = self.criterion.bytes().get(self.fetch().len()..).unwrap_or(&[]);
        let inner = rest.strip_prefix(b"(").and_then(|rest| rest.split(|b| *b == b')').next());
        inner.unwrap_or(&[]).to_ascii_lowercase()
    }

    /// Whether a converter changes the sample.
    pub fn is_converted(&self) -> bool {
        let rest = self.criterion.bytes().get(self.fetch().len()..).unwrap_or(&[]);
        let rest = if rest.first() == Some(&b'(') { rest.split(|b| *b == b')').nth(1).unwrap_or(&[]) } else { rest };
        !rest.is_empty()
    }

    pub fn has_flag(&self, flag: &str) -> bool {
        self.flags.iter().any(|word| word.is(flag))
    }

    /// The match method: said with `-m`, or the end of the sample's name.
    pub fn method(&self) -> &'p [u8] {
        let said = self.flags.iter().position(|word| word.is("-m")).and_then(|at| self.flags.get(at + 1));
        let derived = || {
            let fetch = self.fetch();
            let end = fetch.rsplit(|b| *b == b'_').next().filter(|end| end.len() < fetch.len());
            end.filter(|end| METHODS.iter().any(|known| known.as_bytes() == *end)).unwrap_or(b"str")
        };
        said.map_or_else(derived, |word| word.bytes())
    }

    /// The sample's name without the method at its end, and without `req.`: `hdr`.
    pub fn sample(&self) -> &'p [u8] {
        let fetch = self.fetch();
        let fetch = fetch.strip_prefix(b"req.").unwrap_or(fetch);
        let cut = METHODS.iter().find_map(|end| fetch.strip_suffix(end.as_bytes())?.strip_suffix(b"_"));
        cut.unwrap_or(fetch)
    }

    /// Whether it looks at the name of the site that a request is for.
    pub fn is_host(&self) -> bool {
        let host = self.argument().split(|b| *b == b',').next() == Some(b"host");
        matches!(self.sample(), b"hdr" | b"fhdr") && host
    }

    pub fn span(&self) -> Span {
        let last = self.patterns.last().or(self.flags.last()).unwrap_or(self.criterion);
        self.name.unwrap_or(self.criterion).span.to(last.span)
    }

    /// What it says, apart from its name.
    pub fn key(&self) -> Vec<u8> {
        let words = [self.criterion].into_iter().chain(self.flags).chain(self.patterns);
        words.map(Word::bytes).collect::<Vec<_>>().join(&b'\0')
    }
}

/// The methods that the name of a sample may end with.
const METHODS: &[&str] = &["beg", "dir", "dom", "end", "len", "reg", "str", "sub"];
