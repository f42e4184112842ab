//! `redirect` (manual, sections 4.2 and 4.4).

use super::{
    Row,
    target::Part,
    words::{self, Text, Words},
};
use crate::{
    flow::{
        Action, Flow, Reply,
        Ruleset::{HttpRequest, HttpResponse},
    },
    http_errors::reason,
};
use message::{Head, Version};
use sample::{
    Env, Places, Stream,
    format::Usage,
    row::{Name, Support},
};
use source::Word;

pub(super) const ROW: Row = Row {
    name: "redirect",
    rulesets: &[HttpRequest, HttpResponse],
    glued: false,
    args: "{ location <fmt> | prefix <fmt> | scheme <fmt> } [code 301|302|303|307|308] [drop-query] [append-slash] \
           [ignore-empty] [keep-query] [set-cookie <name>[=<value>] | set-cookie-fmt <fmt> | clear-cookie <name>[=]]",
    parse: |words| parse(words, false),
    ok: &[
        "location /x%[path] code 301 keep-query",
        "prefix http://o.example drop-query append-slash set-cookie SEEN=1 if TRUE",
        "scheme https code 308",
    ],
    bad: &["", "location", "location /x code 304", "location /x code", "/x", "location /x set-cookie"],
    support: Support::Full,
};

/// Parses what follows the word. `literal` is the `redirect` line of section 4.2, which knows no log-format.
pub(super) fn parse(words: &mut Words<'_, '_, '_>, literal: bool) -> Option<Box<dyn Action>> {
    let mut draft = Draft { literal, ..Draft::default() };
    while let Some(word) = words.peek().filter(|word| !word.is("if") && !word.is("unless")) {
        words.next();
        draft.argument(words, word)?;
    }
    let Some((kind, to)) = draft.to else {
        return words.fault("redirection type expected ('prefix', 'location', or 'scheme')");
    };
    if words.ruleset == HttpResponse && kind != Kind::Location {
        return words.fault("'prefix' and 'scheme' need the request: only 'location' is valid in http-response");
    }
    let code = draft.code.unwrap_or(302);
    Some(Box::new(Redirect { kind, to, code, cookie: draft.cookie, flags: draft.flags }))
}

/// What the location is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Location,
    Prefix,
    Scheme,
}

#[derive(Debug, Clone, Copy, Default)]
struct Flags {
    append_slash: bool,
    drop_query: bool,
    ignore_empty: bool,
    keep_query: bool,
}

#[derive(Debug, Default)]
struct Draft {
    literal: bool,
    to: Option<(Kind, Text)>,
    code: Option<u16>,
    cookie: Option<Text>,
    flags: Flags,
}

impl Draft {
    fn argument(&mut self, words: &mut Words<'_, '_, '_>, word: &Word) -> Option<()> {
        match word.text.as_slice() {
            b"location" => self.to = Some((Kind::Location, self.text(words, word)?)),
            b"prefix" => self.to = Some((Kind::Prefix, self.text(words, word)?)),
            b"scheme" => self.to = Some((Kind::Scheme, self.text(words, word)?)),
            b"code" => self.code = Some(code(words, word)?),
            b"set-cookie" => self.cookie = Some(cookie(words, word, b"; path=/;")?),
            b"clear-cookie" => self.cookie = Some(cookie(words, word, b"; path=/; Max-Age=0;")?),
            b"set-cookie-fmt" => {
                let text = argument(words, word)?;
                let text = Word { text: [text.text.as_slice(), b"; path=/;"].concat(), ..text.clone() };
                self.cookie = Some(words.text(Usage::Header, &text)?);
            }
            b"append-slash" => self.flags.append_slash = true,
            b"drop-query" => self.flags.drop_query = true,
            b"ignore-empty" => self.flags.ignore_empty = true,
            b"keep-query" => self.flags.keep_query = true,
            _ => {
                let message = format!(
                    "expects 'code', 'prefix', 'location', 'scheme', 'set-cookie', 'set-cookie-fmt', 'clear-cookie', \
                     'drop-query', 'keep-query', 'ignore-empty' or 'append-slash' (was '{}')",
                    word.show()
                );
                return words.fault_at(word, message, "remove the word, or put 'if' before a condition");
            }
        }
        Some(())
    }

    fn text(&self, words: &mut Words<'_, '_, '_>, word: &Word) -> Option<Text> {
        let text = argument(words, word)?;
        if self.literal { Some(Text::Fixed(text.text.clone())) } else { words.text(Usage::Header, text) }
    }
}

fn argument<'w>(words: &mut Words<'w, '_, '_>, of: &Word) -> Option<&'w Word> {
    words.required(&format!("missing argument for '{}'", of.show()))
}

fn cookie(words: &mut Words<'_, '_, '_>, word: &Word, attributes: &[u8]) -> Option<Text> {
    let cookie = argument(words, word)?;
    Some(Text::Fixed([cookie.text.as_slice(), attributes].concat()))
}

fn code(words: &mut Words<'_, '_, '_>, word: &Word) -> Option<u16> {
    let code = argument(words, word)?;
    match words::number(code) {
        Some(number @ (301 | 302 | 303 | 307 | 308)) => u16::try_from(number).ok(),
        _ => {
            let message =
                format!("'code': unsupported HTTP code '{}' (must be one of 301, 302, 303, 307 or 308)", code.show());
            words.fault_at(code, message, "write one of these codes")
        }
    }
}

#[derive(Debug)]
struct Redirect {
    kind: Kind,
    to: Text,
    code: u16,
    cookie: Option<Text>,
    flags: Flags,
}

impl Action for Redirect {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        let Some(location) = self.location(stream, env, place) else { return Flow::Continue };
        let mut head = Head::response(Version::HTTP_11, self.code, reason(self.code).as_bytes());
        head.add(b"content-length", b"0");
        head.add(b"location", &location);
        if !matches!(self.code, 301 | 308) {
            head.add(b"cache-control", b"no-cache");
        }
        if let Some(cookie) = &self.cookie {
            head.add(b"set-cookie", &cookie.render(stream, env, place));
        }
        if head.len() > env.head_limit() {
            return Flow::Failed;
        }
        Flow::Answer(Box::new(Reply { head, ..Reply::default() }))
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        self.to.names(visit);
        if let Some(cookie) = &mut self.cookie {
            cookie.names(visit);
        }
    }
}

impl Redirect {
    /// Where to; `None` where it is empty and that means not to redirect.
    fn location(&self, stream: &Stream, env: &dyn Env, place: Places) -> Option<Vec<u8>> {
        let to = self.to.render(stream, env, place);
        if to.is_empty() && self.flags.ignore_empty {
            return None;
        }
        let mut location = Vec::with_capacity(to.len() + 64);
        match self.kind {
            Kind::Location => {
                location.extend_from_slice(&to);
                self.keep_query(stream, &mut location);
                return Some(location);
            }
            Kind::Prefix if *to == *b"/" => {}
            Kind::Prefix => location.extend_from_slice(&to),
            Kind::Scheme => {
                location.extend_from_slice(&to);
                location.extend_from_slice(b"://");
                location.extend_from_slice(stream.req.field(b"host").unwrap_or(&[]));
            }
        }
        self.path(stream.req.target(), &mut location);
        Some(location)
    }

    /// Appends the path of the request, and its query unless that is dropped.
    fn path(&self, target: &[u8], location: &mut Vec<u8>) {
        let part = if self.flags.drop_query { Part::Path } else { Part::PathQ };
        let path = part.of(target).filter(|path| !path.is_empty()).unwrap_or(b"/");
        location.extend_from_slice(path);
        if self.flags.drop_query && self.flags.append_slash && !path.ends_with(b"/") {
            location.push(b'/');
        }
    }

    fn keep_query(&self, stream: &Stream, location: &mut Vec<u8>) {
        let query = Part::Query.of(stream.req.target()).filter(|query| self.flags.keep_query && !query.is_empty());
        if let Some(query) = query {
            location.push(if location.contains(&b'?') { b'&' } else { b'?' });
            location.extend_from_slice(query);
        }
    }
}
