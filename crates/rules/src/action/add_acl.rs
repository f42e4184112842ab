//! `add-acl` and `del-acl`: patterns of ACLs come and go with traffic (manual, section 4.4).

use super::{
    Row,
    words::{Text, Words},
};
use crate::flow::{
    Action, Flow,
    Ruleset::{self, HttpAfterResponse, HttpRequest, HttpResponse},
};
use sample::{
    Env, Places, Stream,
    format::Usage,
    map::Which,
    row::{ArgKind, Name, Support},
};

pub(super) const ROWS: &[Row] = &[
    row("add-acl", &[HttpRequest, HttpResponse], |words| parse(words, true)),
    row("del-acl", &[HttpRequest, HttpResponse, HttpAfterResponse], |words| parse(words, false)),
];

const fn row(name: &'static str, rulesets: &'static [Ruleset], parse: super::Parser) -> Row {
    Row {
        name,
        rulesets,
        glued: true,
        args: "(<acl-name>) <key fmt>",
        parse,
        ok: &["(f) %[src]", "(virt@f) a if TRUE"],
        bad: &["", "(f)", "() a", "(f a"],
        support: Support::Full,
    }
}

fn parse(words: &mut Words<'_, '_, '_>, add: bool) -> Option<Box<dyn Action>> {
    let missing = "expects the name of an ACL's file between parentheses, and the format of a pattern";
    let text = words.parens(missing)?.to_vec();
    if text.is_empty() {
        return words.fault(missing);
    }
    let set = Name { kind: ArgKind::AclSet, text, span: words.name.span, id: None };
    let word = words.required("missing format of the pattern")?;
    let pattern = words.text(Usage::Text, word)?;
    Some(Box::new(Change { set, pattern, add }))
}

/// A change of one pattern.
#[derive(Debug)]
struct Change {
    set: Name,
    pattern: Text,
    add: bool,
}

impl Action for Change {
    fn run(&self, stream: &mut Stream, env: &dyn Env, place: Places) -> Flow {
        let Some(set) = self.set.id.and_then(|(at, _)| env.acl_set(at)) else { return Flow::Continue };
        let pattern = self.pattern.render(stream, env, place);
        match self.add {
            // One that its ACLs cannot take is left out, as in HAProxy.
            true => drop(set.put(&pattern, b"")),
            false => drop(set.remove(Which::Key(&pattern))),
        }
        Flow::Continue
    }

    fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        visit(&mut self.set);
        self.pattern.names(visit);
    }
}
