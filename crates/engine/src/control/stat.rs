//! `show stat` and `show info`.

use super::{Answer, Call, Command, command};
use crate::stats::{
    dump::{Form, dump},
    info::{self, info},
    object::Filter,
};
use config::keyword::stats::Level::User;

pub(super) const TABLE: &[Command] = &[
    command("show info [desc|json|typed|float]*", "show info", User, "facts about the process", show_info),
    command("show stat [desc|json|no-maint|typed|up]*", "show stat", User, "statistics of all objects", show_stat),
];

fn show_info(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let mut asked = info::Asked::default();
    for word in call.args {
        match word.as_slice() {
            b"typed" => asked.form = Form::Typed(false),
            b"json" => asked.form = Form::Json,
            b"desc" => asked.texts = true,
            b"float" => asked.float = true,
            _ => {}
        }
    }
    Ok(Answer::Text(info(&call.worker.process, asked)))
}

/// `show stat [domain proxy] [IID TYPE SID] [OPTIONS]`: three words at the front are a filter, fewer are options.
fn show_stat(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let mut args = call.args;
    if call.arg(0) == "domain" {
        match call.arg(1) {
            "proxy" => args = args.get(2..).unwrap_or(&[]),
            "resolvers" => return Err(Answer::error("'show stat domain resolvers' is not supported by evenkeel yet.")),
            _ => return Err(Answer::error("Invalid statistics domain.")),
        }
    }
    let mut filter = Filter::default();
    if let [iid, types, sid, rest @ ..] = args {
        filter.iid = proxy(call, iid)?;
        filter.types = Some(integer(types)).filter(|n| *n != -1).map(|n| n as u32);
        filter.sid = Some(integer(sid)).filter(|n| *n != -1).map(|n| n as u32);
        args = rest;
    }
    let (mut form, mut texts) = (Form::Csv, false);
    for word in args {
        match word.as_slice() {
            b"typed" => form = Form::Typed(false),
            b"json" => form = Form::Json,
            b"desc" => texts = true,
            b"up" => filter.up = true,
            b"no-maint" => filter.no_maint = true,
            _ => {}
        }
    }
    let form = if form == Form::Typed(false) { Form::Typed(texts) } else { form };
    Ok(Answer::Text(dump(&call.worker.process, &filter, form)))
}

/// The number of a proxy: itself, `#` and itself, or by name; -1 is all.
fn proxy(call: &Call<'_>, word: &[u8]) -> Result<Option<u32>, Answer> {
    let text = std::str::from_utf8(word).unwrap_or("");
    match text.strip_prefix('#').unwrap_or(text).parse::<i64>() {
        Ok(-1) => Ok(None),
        Ok(number) => Ok(Some(number as u32)),
        Err(_) => {
            let mut all = call.worker.process.config.proxies.iter();
            let found = all.find(|p| p.name == word).map(|p| p.id);
            found.map(Some).ok_or_else(|| Answer::error("No such proxy."))
        }
    }
}

/// Leading digits as a number; 0 without any.
fn integer(word: &[u8]) -> i64 {
    let text = std::str::from_utf8(word).unwrap_or("");
    let end = text.char_indices().find(|(at, c)| !(c.is_ascii_digit() || (*at == 0 && *c == '-')));
    text.get(..end.map_or(text.len(), |(at, _)| at)).and_then(|digits| digits.parse().ok()).unwrap_or(0)
}
