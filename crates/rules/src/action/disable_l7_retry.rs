//! `disable-l7-retry`: `retry-on` spares this request once it has been sent (manual, section 4.4).

use super::Row;
use crate::flow::{Action, Flow, Ruleset::HttpRequest};
use sample::{Env, Places, Stream, row::Support};

pub(super) const ROW: Row = Row {
    name: "disable-l7-retry",
    rulesets: &[HttpRequest],
    glued: false,
    args: "",
    parse: |_| Some(Box::new(DisableL7Retry)),
    ok: &["", "if TRUE"],
    bad: &["now"],
    support: Support::Full,
};

#[derive(Debug)]
struct DisableL7Retry;

impl Action for DisableL7Retry {
    fn run(&self, stream: &mut Stream, _: &dyn Env, _: Places) -> Flow {
        stream.no_l7_retry = true;
        Flow::Continue
    }
}
