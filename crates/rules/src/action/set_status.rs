//! `set-status` (manual, section 4.4).

use super::{Row, words};
use crate::{
    flow::{
        Action, Flow,
        Ruleset::{HttpAfterResponse, HttpResponse},
    },
    http_errors::reason,
};
use sample::{Env, Places, Stream, row::Support};

pub(super) const ROW: Row = Row {
    name: "set-status",
    rulesets: &[HttpResponse, HttpAfterResponse],
    glued: false,
    args: "<status> [reason <str>]",
    parse,
    ok: &["431", "503 reason \"Slow Down\""],
    bad: &["", "abc", "99", "1000", "200 reason", "200 because"],
    support: Support::Full,
};

fn parse(words: &mut words::Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    let missing = "expects 1 argument: <status>; or 3 arguments: <status> reason <fmt>";
    let status = words.required(missing)?;
    let Some(code) = words::number(status).and_then(|n| u16::try_from(n).ok()).filter(|n| (100..=999).contains(n))
    else {
        let message = "expects an integer status code between 100 and 999";
        return words.fault_at(status, message, "write a status such as 503");
    };
    let phrase = match words.take("reason") {
        true => words.required(missing)?.text.clone(),
        false => reason(code).into(),
    };
    Some(Box::new(SetStatus { code, phrase }))
}

#[derive(Debug)]
struct SetStatus {
    code: u16,
    phrase: Vec<u8>,
}

impl Action for SetStatus {
    fn run(&self, stream: &mut Stream, _: &dyn Env, _: Places) -> Flow {
        stream.res.set_status(self.code, &self.phrase);
        Flow::Continue
    }
}
