//! `normalize-uri` (manual, section 4.4). Experimental in HAProxy.

use super::{Row, target::Part, words::Words};
use crate::{
    flow::{Action, Flow, Ruleset::HttpRequest},
    http_errors,
};
use sample::{Env, Places, Stream, row::Support};

pub(super) const ROW: Row = Row {
    name: "normalize-uri",
    rulesets: &[HttpRequest],
    glued: false,
    args: "fragment-encode | fragment-strip | path-merge-slashes | path-strip-dot | path-strip-dotdot [full] | \
           percent-decode-unreserved [strict] | percent-to-uppercase [strict] | query-sort-by-name",
    parse,
    ok: &["path-merge-slashes", "path-strip-dotdot full if TRUE", "percent-to-uppercase strict"],
    bad: &["", "everything", "path-strip-dot full"],
    support: Support::Full,
};

fn parse(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    if !words.parse.experimental {
        return words.fault(
            "'normalize-uri' action is experimental, must be allowed via a global 'expose-experimental-directives'",
        );
    }
    let word = words.required("missing argument <normalizer>")?;
    let how = match word.text.as_slice() {
        b"fragment-encode" => Normalizer::FragmentEncode,
        b"fragment-strip" => Normalizer::FragmentStrip,
        b"path-merge-slashes" => Normalizer::MergeSlashes,
        b"path-strip-dot" => Normalizer::StripDot,
        b"path-strip-dotdot" => Normalizer::StripDotDot { full: words.take("full") },
        b"percent-decode-unreserved" => Normalizer::Decode { strict: words.take("strict") },
        b"percent-to-uppercase" => Normalizer::Uppercase { strict: words.take("strict") },
        b"query-sort-by-name" => Normalizer::SortQuery,
        _ => {
            let message = format!("unknown normalizer '{}'", word.show());
            return words.fault_at(word, message, "see the normalizers of 'normalize-uri' in the manual, section 4.4");
        }
    };
    Some(Box::new(how))
}

#[derive(Debug, Clone, Copy)]
enum Normalizer {
    Decode { strict: bool },
    FragmentEncode,
    FragmentStrip,
    MergeSlashes,
    SortQuery,
    StripDot,
    StripDotDot { full: bool },
    Uppercase { strict: bool },
}

impl Action for Normalizer {
    fn run(&self, stream: &mut Stream, env: &dyn Env, _: Places) -> Flow {
        let part = self.part();
        let Some(old) = part.of(stream.req.target()) else { return Flow::Continue };
        let Some(new) = self.apply(old) else {
            let mut reply = http_errors::answer(stream, env, 400);
            reply.close = true;
            return Flow::Answer(Box::new(reply));
        };
        if new == old { Flow::Continue } else { part.set(&mut stream.req, &new, env) }
    }
}

impl Normalizer {
    fn part(self) -> Part {
        match self {
            Normalizer::Decode { .. } | Normalizer::Uppercase { .. } => Part::PathQ,
            Normalizer::FragmentEncode | Normalizer::FragmentStrip => Part::PathQ,
            Normalizer::MergeSlashes | Normalizer::StripDot | Normalizer::StripDotDot { .. } => Part::Path,
            Normalizer::SortQuery => Part::Query,
        }
    }

    /// The part in its normal form; `None` where it is broken and the rule is strict about it.
    fn apply(self, text: &[u8]) -> Option<Vec<u8>> {
        match self {
            Normalizer::Decode { strict } => percent(text, strict, |out, pair, byte| match unreserved(byte) {
                true => out.push(byte),
                false => out.extend_from_slice(pair),
            }),
            Normalizer::Uppercase { strict } => {
                percent(text, strict, |out, pair, _| out.extend(pair.to_ascii_uppercase()))
            }
            Normalizer::FragmentEncode => Some(text.split(|b| *b == b'#').collect::<Vec<_>>().join(&b"%23"[..])),
            Normalizer::FragmentStrip => text.split(|b| *b == b'#').next().map(<[u8]>::to_vec),
            Normalizer::MergeSlashes => Some(merge_slashes(text)),
            Normalizer::SortQuery => Some(sort_query(text)),
            Normalizer::StripDot => Some(strip_dot(text)),
            Normalizer::StripDotDot { full } => Some(strip_dot_dot(text, full)),
        }
    }
}

/// Calls `encoded` for each `%HH` with its text and its byte, and copies everything else.
fn percent(text: &[u8], strict: bool, encoded: impl Fn(&mut Vec<u8>, &[u8], u8)) -> Option<Vec<u8>> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let (mut out, mut rest) = (Vec::with_capacity(text.len()), text);
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            let pair = match tail {
                [high, low, ..] => digit(*high).zip(digit(*low)),
                _ => None,
            };
            if let Some((high, low)) = pair {
                let (sequence, after) = rest.split_at_checked(3)?;
                encoded(&mut out, sequence, high << 4 | low);
                rest = after;
                continue;
            }
            if strict {
                return None;
            }
        }
        out.push(*first);
        rest = tail;
    }
    Some(out)
}

fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn merge_slashes(path: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(path.len());
    for byte in path {
        if *byte != b'/' || out.last() != Some(&b'/') {
            out.push(*byte);
        }
    }
    out
}

fn strip_dot(path: &[u8]) -> Vec<u8> {
    let mut segments: Vec<&[u8]> = path.split(|b| *b == b'/').collect();
    if let Some(last) = segments.last_mut().filter(|last| **last == b".") {
        *last = b"";
    }
    segments.retain(|segment| *segment != b".");
    segments.join(&b'/')
}

/// Each `..` takes the segment before it away. Those at the beginning have none: they stay, or go with `full`.
fn strip_dot_dot(path: &[u8], full: bool) -> Vec<u8> {
    let Some(path) = path.strip_prefix(b"/") else { return path.to_vec() };
    let (mut kept, mut ended): (Vec<&[u8]>, bool) = (Vec::new(), false);
    for segment in path.split(|b| *b == b'/') {
        ended = segment == b"..";
        match kept.last() {
            _ if !ended => kept.push(segment),
            Some(last) if *last != b".." => drop(kept.pop()),
            _ if full => {}
            _ => {
                kept.push(segment);
                ended = false;
            }
        }
    }
    // What ended with `..` names a directory.
    if ended {
        kept.push(b"");
    }
    [b"/", kept.join(&b'/').as_slice()].concat()
}

fn sort_query(query: &[u8]) -> Vec<u8> {
    let mut parameters: Vec<&[u8]> = query.split(|b| *b == b'&').collect();
    parameters.sort_by_key(|parameter| parameter.split(|b| *b == b'=').next());
    parameters.join(&b'&')
}
