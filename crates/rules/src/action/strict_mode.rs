//! `strict-mode` (manual, section 4.4).

use super::{Row, words::Words};
use crate::flow::{
    Action, Flow,
    Ruleset::{HttpAfterResponse, HttpRequest, HttpResponse},
};
use sample::{Env, Places, Stream, row::Support};

pub(super) const ROW: Row = Row {
    name: "strict-mode",
    rulesets: &[HttpRequest, HttpResponse, HttpAfterResponse],
    glued: false,
    args: "on|off",
    parse,
    ok: &["on", "off if TRUE"],
    bad: &["", "maybe"],
    support: Support::Full,
};

fn parse(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    let word = words.required("expects exactly 1 arguments")?;
    match word.text.as_slice() {
        b"on" => Some(Box::new(StrictMode { on: true })),
        b"off" => Some(Box::new(StrictMode { on: false })),
        _ => {
            let message = format!("Unexpected value '{}'. Only 'on' and 'off' are supported", word.show());
            words.fault_at(word, message, "write on or off")
        }
    }
}

#[derive(Debug)]
struct StrictMode {
    on: bool,
}

impl Action for StrictMode {
    fn run(&self, _: &mut Stream, _: &dyn Env, _: Places) -> Flow {
        Flow::Strict(self.on)
    }
}
