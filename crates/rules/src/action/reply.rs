//! The arguments that describe an answer, which `return`, `deny`, `tarpit` and `http-error` share (manual, section 4.4).

use super::words::{self, Text, Words};
use crate::{
    flow::Reply,
    http_errors::{self, reason},
};
use message::{Head, Version};
use sample::{Env, Places, Stream, format::Usage, row::Name};
use source::{Diagnostic, Word};

/// An answer as the configuration describes it.
#[derive(Debug)]
pub(super) struct ReplyForm {
    status: u16,
    content_type: Vec<u8>,
    payload: Payload,
    /// Fields in front of those that describe the body.
    fields: Vec<(Vec<u8>, Text)>,
}

#[derive(Debug)]
enum Payload {
    /// The proxy's own page of the status.
    ErrorFiles,
    /// A whole message of the configuration.
    Message(Box<Reply>),
    None,
    Text(Text),
    Fixed(Vec<u8>),
}

/// The words that say what the body is.
const PAYLOADS: [&str; 7] = ["default-errorfiles", "errorfile", "errorfiles", "file", "lf-file", "string", "lf-string"];

impl ReplyForm {
    /// Parses what follows the action's name. `deny` says whether the action refuses, and so answers with the proxy's
    /// page when nothing else is said.
    pub(super) fn parse(words: &mut Words<'_, '_, '_>, status: u16, deny: bool) -> Option<ReplyForm> {
        let mut draft = Draft { status, ..Draft::default() };
        while draft.argument(words, deny)? {}
        draft.finish(words, deny)
    }

    /// The answer; `None` where its head would be too long.
    pub(super) fn make(&self, stream: &Stream, env: &dyn Env, place: Places) -> Option<Reply> {
        let body = match &self.payload {
            Payload::ErrorFiles => return Some(http_errors::answer(stream, env, self.status)),
            Payload::Message(reply) => return Some(Reply::clone(reply)),
            Payload::None => Vec::new(),
            Payload::Text(text) => text.render(stream, env, place).into_owned(),
            Payload::Fixed(body) => body.clone(),
        };
        let mut head = Head::response(Version::HTTP_11, self.status, reason(self.status).as_bytes());
        for (name, value) in &self.fields {
            head.add(name, &value.render(stream, env, place));
        }
        head.add(b"content-length", body.len().to_string().as_bytes());
        if !body.is_empty() {
            head.add(b"content-type", &self.content_type);
        }
        (head.len() <= env.head_limit()).then(|| Reply { head, body, ..Reply::default() })
    }

    pub(super) fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        self.fields.iter_mut().for_each(|(_, value)| value.names(visit));
        if let Payload::Text(text) = &mut self.payload {
            text.names(visit);
        }
    }
}

/// What the arguments have said so far.
#[derive(Debug, Default)]
struct Draft<'w> {
    status: u16,
    /// `deny_status`: there must be a page for the status.
    page_only: bool,
    content_type: Option<&'w Word>,
    payload: Option<(&'static str, Option<&'w Word>)>,
    fields: Vec<(Vec<u8>, Text)>,
}

impl<'w> Draft<'w> {
    /// Reads one argument; `false` when the next word is none.
    fn argument(&mut self, words: &mut Words<'w, '_, '_>, deny: bool) -> Option<bool> {
        let statuses: &[&str] = if deny { &["status", "deny_status"] } else { &["status"] };
        if let Some(name) = words.take_any(statuses) {
            self.page_only = name == "deny_status";
            self.status = status(words)?;
        } else if words.take("content-type") {
            self.content_type = Some(words.required("'content-type' expects <ctype> as argument")?);
        } else if words.take("hdr") {
            self.field(words)?;
        } else if let Some(name) = words.take_any(&PAYLOADS) {
            self.payload(words, name)?;
        } else {
            return Some(false);
        }
        Some(true)
    }

    fn field(&mut self, words: &mut Words<'w, '_, '_>) -> Option<()> {
        let missing = "'hdr' expects <name> and <value> as arguments";
        let (name, value) = (words.required(missing)?, words.required(missing)?);
        let value = words.text(Usage::Header, value)?;
        let lower = name.text.to_ascii_lowercase();
        if [&b"content-length"[..], b"content-type", b"transfer-encoding", b"connection"].contains(&lower.as_slice()) {
            warn(words, name, format!("header '{}' always ignored by the http reply", name.show()));
        } else {
            self.fields.push((lower, value));
        }
        Some(())
    }

    fn payload(&mut self, words: &mut Words<'w, '_, '_>, name: &'static str) -> Option<()> {
        if let Some((first, _)) = self.payload {
            return words.fault(format!("unexpected '{name}' argument, '{first}' already defined"));
        }
        let kind = match name {
            "default-errorfiles" => None,
            "errorfiles" => Some("<name>"),
            "lf-string" => Some("<fmt>"),
            "string" => Some("<str>"),
            _ => Some("<file>"),
        };
        let argument = match kind {
            Some(kind) => Some(words.required(&format!("'{name}' expects {kind} as argument"))?),
            None => None,
        };
        self.payload = Some((name, argument));
        Some(())
    }

    fn finish(self, words: &mut Words<'w, '_, '_>, deny: bool) -> Option<ReplyForm> {
        let payload = match self.payload {
            Some(("default-errorfiles", _)) => Payload::ErrorFiles,
            Some((name, Some(word))) => payload(words, name, word, self.status)?,
            _ if deny && self.fields.is_empty() && (self.page_only || http_errors::has_page(self.status)) => {
                Payload::ErrorFiles
            }
            _ => Payload::None,
        };
        self.check(words, &payload)?;
        let content_type = self.content_type.map(|word| word.text.clone()).unwrap_or_default();
        Some(ReplyForm { status: self.status, content_type, payload, fields: self.fields })
    }

    /// What contradicts itself, and what is said for nothing.
    fn check(&self, words: &mut Words<'w, '_, '_>, payload: &Payload) -> Option<()> {
        let whole = matches!(payload, Payload::ErrorFiles | Payload::Message(_));
        let body = match payload {
            Payload::Text(_) => true,
            Payload::Fixed(body) => !body.is_empty(),
            _ => false,
        };
        if matches!(payload, Payload::ErrorFiles) && !http_errors::has_page(self.status) {
            let status = self.status;
            return words
                .fault(format!("status code '{status}' not handled by default with 'default-errorfiles' argument"));
        }
        if body && matches!(self.status, 204 | 304) {
            return words.fault(format!("No body expected for {} responses", self.status));
        }
        if body && self.content_type.is_none() {
            return words.fault("a content type must be defined when non-empty payload is configured");
        }
        if let Some(word) = self.content_type.filter(|_| !body) {
            let why =
                if whole { "when used with an errorfile" } else { "because neither errorfile nor payload defined" };
            warn(words, word, format!("content-type '{}' ignored by the http reply {why}", word.show()));
        }
        if whole && !self.fields.is_empty() {
            warn(words, words.name, "hdr parameters ignored by the http reply when used with an errorfile".into());
        }
        Some(())
    }
}

fn status(words: &mut Words<'_, '_, '_>) -> Option<u16> {
    let word = words.required("'status' expects <status_code> as argument")?;
    let code = words::number(word).and_then(|code| u16::try_from(code).ok());
    match code.filter(|code| (200..600).contains(code)) {
        Some(code) => Some(code),
        None => {
            let message = format!("Unexpected status code '{}'", word.show());
            words.fault_at(word, message, "write a status from 200 to 599")
        }
    }
}

fn payload(words: &mut Words<'_, '_, '_>, name: &str, word: &Word, status: u16) -> Option<Payload> {
    match name {
        "string" => Some(Payload::Fixed(word.text.clone())),
        "lf-string" => words.text(Usage::Text, word).map(Payload::Text),
        "file" => read(words, word).map(Payload::Fixed),
        "lf-file" => {
            let content = Word { text: read(words, word)?, ..word.clone() };
            words.text(Usage::Text, &content).map(Payload::Text)
        }
        "errorfile" => {
            let raw = read(words, word)?;
            message(words, word, &raw)
        }
        _ => section(words, word, status),
    }
}

fn read(words: &mut Words<'_, '_, '_>, word: &Word) -> Option<Vec<u8>> {
    match words.parse.outside.read(&word.text) {
        Ok(bytes) => Some(bytes),
        Err(reason) => words.fault_at(word, format!("error opening file '{}'", word.show()), &reason),
    }
}

fn message(words: &mut Words<'_, '_, '_>, word: &Word, raw: &[u8]) -> Option<Payload> {
    match http_errors::parse(raw) {
        Some(reply) => Some(Payload::Message(Box::new(reply))),
        None => {
            let message = format!("'{}': unable to parse headers (error offset: 0)", word.show());
            words.fault_at(
                word,
                message,
                "the file must be a whole HTTP/1 response: status line, headers, empty line, body",
            )
        }
    }
}

/// The message that an `http-errors` section has for the status; nothing where it has none.
fn section(words: &mut Words<'_, '_, '_>, word: &Word, status: u16) -> Option<Payload> {
    let Some(section) = words.parse.http_errors.get(&word.text) else {
        let message = format!("unknown http-errors section '{}' referenced by an http reply", word.show());
        return words.fault_at(word, message, "declare an 'http-errors' section of this name");
    };
    match section.iter().find(|(known, _)| *known == status) {
        Some((_, raw)) => message(words, word, raw),
        None => Some(Payload::None),
    }
}

fn warn(words: &mut Words<'_, '_, '_>, at: &Word, message: String) {
    let finding = Diagnostic::warning("ignored-argument", at.span, message).help("remove what is ignored");
    words.parse.diagnostics.push(finding);
}
