//! `wait-for-body` (manual, section 4.4).

use super::{Row, message::Side, units, words::Words};
use crate::{
    flow::{
        Action, Flow,
        Ruleset::{HttpRequest, HttpResponse},
    },
    parse::Fault,
};
use sample::{Env, Places, Stream, row::Support};
use std::time::Duration;

pub(super) const ROW: Row = Row {
    name: "wait-for-body",
    rulesets: &[HttpRequest, HttpResponse],
    glued: false,
    args: "time <time> [at-least <bytes>]",
    parse,
    ok: &["time 1s", "time 500 at-least 1k if TRUE", "at-least 10 time 1s"],
    bad: &["", "time", "time 1x", "at-least 5", "time 1s at-least", "time 1s at-least x", "for 1s"],
    support: Support::Full,
};

fn parse(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    let (mut within, mut at_least) = (None, 0);
    while let Some(word) = words.take_any(&["time", "at-least", "use-large-buffer"]) {
        if word == "use-large-buffer" {
            let message = "'use-large-buffer' is not supported by evenkeel yet";
            let fault = Fault::new(words.name.span, message).code("not-supported");
            return words.parse.fault(fault.help("leave it out, and raise tune.bufsize if bodies are longer"));
        }
        let value = words.required(&format!("missing argument for '{word}'"))?;
        let parsed = match word {
            "time" => units::time(&value.text).map(|time| within = Some(time)),
            _ => units::size(&value.text).map(|size| at_least = size),
        };
        if let Err(message) = parsed {
            return words.fault_at(value, message, "write a time such as 5s, or a size such as 1k");
        }
    }
    match within {
        Some(within) => Some(Box::new(WaitForBody { side: Side::of(words.ruleset), within, at_least })),
        None => words.fault("expects time <time> [ at-least <bytes> ]"),
    }
}

#[derive(Debug)]
struct WaitForBody {
    side: Side,
    within: Duration,
    /// 0: all.
    at_least: u64,
}

impl Action for WaitForBody {
    fn run(&self, stream: &mut Stream, _: &dyn Env, _: Places) -> Flow {
        let body = match self.side {
            Side::Request => &stream.req_body,
            Side::Response => &stream.res_body,
        };
        if body.complete || (self.at_least > 0 && body.bytes.len() as u64 >= self.at_least) {
            return Flow::Continue;
        }
        Flow::WaitForBody { within: self.within, at_least: self.at_least }
    }
}
