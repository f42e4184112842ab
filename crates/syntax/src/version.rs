//! Versions of HAProxy and of TLS libraries, for the predicates that compare them (manual, section 2.4).

use nom::IResult;
use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::{char, satisfy, u32};
use nom::combinator::{all_consuming, map, opt, rest};
use nom::sequence::{pair, preceded};

/// A version that compares by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Version {
    numbers: [u32; 3],
    /// The letter of an OpenSSL release, from 1; 0 for none.
    letter: u32,
    /// What comes before the release: `dev`, `pre`, `beta`, `rc`; the release itself is the youngest.
    stage: Stage,
    count: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Stage {
    Dev,
    Pre,
    Candidate,
    #[default]
    Release,
}

/// A version of HAProxy: `2.4`, `2.4-dev19`, `3.4.0`, `3.4.0-12`. Missing numbers are zero, and so is, as for HAProxy,
/// everything where the text is no version. Blanks in front do not count.
pub(crate) fn haproxy(text: &[u8]) -> Version {
    all_consuming(numbered(0))
        .parse(text.trim_ascii_start())
        .map_or(Version { stage: Stage::Dev, ..Version::default() }, |(_, v)| v)
}

/// A version of OpenSSL or of a library that speaks as one: `1.1.1`, `1.1.1w`, `3.0.0-beta2`. Three numbers are required.
pub(crate) fn openssl(text: &[u8]) -> Option<Version> {
    all_consuming(numbered(3)).parse(text).ok().map(|(_, v)| v)
}

fn numbered<'a>(required: usize) -> impl Parser<&'a [u8], Output = Version, Error = nom::error::Error<&'a [u8]>> {
    move |i: &'a [u8]| {
        let next = |i: &'a [u8]| opt(preceded(char('.'), u32)).parse(i);
        let (i, first) = u32(i)?;
        let (i, second) = next(i)?;
        let (i, third) = next(i)?;
        let given = 1 + second.is_some() as usize + third.is_some() as usize;
        if given < required {
            return Err(nom::Err::Error(nom::error::make_error(i, nom::error::ErrorKind::Verify)));
        }
        let (i, letter) = opt(satisfy(|c| c.is_ascii_lowercase())).parse(i)?;
        let (i, suffix) = opt(preceded(char('-'), suffix)).parse(i)?;
        let (stage, count) = suffix.unwrap_or_default();
        let letter = letter.map_or(0, |c| c as u32 - 'a' as u32 + 1);
        Ok((i, Version { numbers: [first, second.unwrap_or(0), third.unwrap_or(0)], letter, stage, count }))
    }
}

fn suffix(i: &[u8]) -> IResult<&[u8], (Stage, u32)> {
    let pre = alt((tag("pre"), tag("beta"), tag("alpha")));
    let stage = alt((
        map(tag("dev"), |_| Stage::Dev),
        map(pre, |_| Stage::Pre),
        map(tag("rc"), |_| Stage::Candidate),
        map(tag(""), |_| Stage::Release),
    ));
    // What packagers put behind (`-1+deb12u4`, `-5cf5d0683`) is no age.
    map(pair(pair(stage, opt(u32)), rest), |((stage, count), _)| (stage, count.unwrap_or(0))).parse(i)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn haproxy_versions_compare_by_age() {
        let current = haproxy(b"2.6.12");
        for older in ["2.6", "2.6.12", "2.6-dev3", "2.6.12-pre1", "", "abc", "2", "3.x"] {
            assert!(haproxy(older.as_bytes()) <= current, "{older}");
        }
        for younger in ["2.6.13", "2.7-dev3", "2.6.13-dev1", "2.6.12-2", "3", " 3"] {
            assert!(haproxy(younger.as_bytes()) > current, "{younger}");
        }
    }

    #[test]
    fn openssl_versions_need_three_numbers() {
        assert_eq!(openssl(b"1.1"), None);
        assert_eq!(openssl(b"abc"), None);
        assert!(openssl(b"1.1.1w") > openssl(b"1.1.1a"));
        assert!(openssl(b"1.1.1") < openssl(b"1.1.1a"));
        assert!(openssl(b"3.0.0-beta2") < openssl(b"3.0.0"));
    }
}
