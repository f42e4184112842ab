//! Actions: what a rule does when its condition holds (manual, sections 4.3 and 4.4). One action is one file.

mod add_acl;
mod allow;
mod auth;
mod capture;
mod counter;
mod del_header;
mod deny;
mod disable_l7_retry;
mod early_hint;
mod expect_proxy;
mod header;
mod headers_bin;
mod message;
mod normalize_uri;
mod pause;
mod redirect;
mod refused;
mod reject;
mod replace;
mod replace_header;
mod replace_path;
mod reply;
mod r#return;
mod sc_gpc;
mod sc_set_gpt;
mod set_log_level;
mod set_map;
mod set_mark;
mod set_nice;
mod set_path;
mod set_priority;
mod set_retries;
mod set_src;
mod set_status;
mod set_timeout;
mod set_var;
mod silent_drop;
mod strict_mode;
mod switch_mode;
mod target;
mod track_sc;
mod units;
mod wait_for_body;
mod wait_for_handshake;
mod words;

pub(crate) use words::Words;

use crate::{
    flow::{Action, Ruleset},
    parse::{Fault, ParseRules},
};
use sample::{names::nearest, row::Support};
use source::{Diagnostic, Span, Word};

/// A row of the table of actions.
#[derive(Debug)]
pub struct Row {
    pub name: &'static str,
    pub rulesets: &'static [Ruleset],
    /// Whether arguments are glued to the name: `set-var(txn.x)`, `track-sc0`.
    pub glued: bool,
    /// The shape of what follows the name.
    pub args: &'static str,
    pub parse: Parser,
    /// Actions that must parse in the first of the rulesets, and some that must not.
    pub ok: &'static [&'static str],
    pub bad: &'static [&'static str],
    pub support: Support,
}

/// Parses what follows the name; what is wrong has been reported when there is no action.
pub type Parser = fn(&mut Words<'_, '_, '_>) -> Option<Box<dyn Action>>;

/// Every action there is.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    const ROWS: &[&[Row]] = &[
        add_acl::ROWS,
        allow::ROWS,
        &[auth::ROW, capture::ROW, del_header::ROW],
        deny::ROWS,
        &[disable_l7_retry::ROW, early_hint::ROW],
        expect_proxy::ROWS,
        header::ROWS,
        headers_bin::ROWS,
        &[normalize_uri::ROW, pause::ROW, redirect::ROW],
        reject::ROWS,
        replace_header::ROWS,
        replace_path::ROWS,
        &[r#return::ROW],
        sc_gpc::ROWS,
        sc_set_gpt::ROWS,
        &[set_log_level::ROW, set_nice::ROW],
        set_map::ROWS,
        set_mark::ROWS,
        set_path::ROWS,
        set_priority::ROWS,
        set_src::ROWS,
        &[set_retries::ROW, set_status::ROW, set_timeout::ROW],
        set_var::ROWS,
        &[
            silent_drop::ROW,
            strict_mode::ROW,
            switch_mode::ROW,
            track_sc::ROW,
            wait_for_body::ROW,
            wait_for_handshake::ROW,
        ],
        refused::ROWS,
    ];
    ROWS.iter().flat_map(|rows| rows.iter())
}

/// The `redirect` line of section 4.2.
pub(crate) fn literal_redirect(words: &mut Words<'_, '_, '_>) -> Option<Box<dyn Action>> {
    redirect::parse(words, true)
}

impl Row {
    /// The form of a line, for help.
    pub fn form(&self, ruleset: Ruleset) -> String {
        let blank = if self.args.is_empty() || self.args.starts_with('(') { "" } else { " " };
        format!("{} {}{blank}{} [if|unless CONDITION]", ruleset.name(), self.name, self.args)
    }

    /// Whether a word names this action.
    fn is(&self, word: &[u8]) -> bool {
        match word.strip_prefix(self.name.as_bytes()) {
            Some([]) => true,
            // `set-var(x)` and `track-sc0` are names with something glued to them, and so is `lua.x`; `set-var-fmt` is not.
            Some([first, ..]) if self.args.starts_with('(') => self.glued && *first == b'(',
            Some([first, ..]) => {
                self.glued && (self.name.ends_with('.') || !(first.is_ascii_alphabetic() || *first == b'-'))
            }
            None => false,
        }
    }
}

/// The row of a line's action, if it may stand in the ruleset and is supported.
pub(crate) fn find(ruleset: Ruleset, at: Span, words: &[Word], parse: &mut ParseRules<'_>) -> Option<&'static Row> {
    let Some(word) = words.first() else {
        let message = format!("'{}' expects an action, but got '' (missing argument)", ruleset.name());
        return parse.fault(Fault::new(at, message).code("unknown-action").help(known(ruleset)));
    };
    let named: Vec<_> = rows().filter(|row| row.is(&word.text)).collect();
    let Some(row) = named.iter().copied().find(|row| row.rulesets.contains(&ruleset)) else {
        let fault = if named.is_empty() { unknown(ruleset, word) } else { misplaced(ruleset, word, &named) };
        return parse.fault(fault);
    };
    match row.support {
        Support::Full => {}
        Support::Parsed => parse.diagnostics.push(not_obeyed(ruleset, row, word.span)),
        Support::Refused => return parse.fault(refused(ruleset, row, word.span)),
    }
    Some(row)
}

fn unknown(ruleset: Ruleset, word: &Word) -> Fault {
    let shown = word.show();
    let names = rows().filter(|row| row.rulesets.contains(&ruleset)).map(|row| row.name);
    let hint = nearest(&word.text, names).map(|near| format!(" Did you mean '{near}' maybe ?")).unwrap_or_default();
    let message = format!("'{}' expects a known action, but got '{shown}'.{hint}", ruleset.name());
    Fault::new(word.span, message).code("unknown-action").help(known(ruleset))
}

fn misplaced(ruleset: Ruleset, word: &Word, rows: &[&Row]) -> Fault {
    let places: Vec<_> = rows.iter().flat_map(|row| row.rulesets).map(|ruleset| ruleset.name()).collect();
    let message = format!("'{}' does not know the action '{}'", ruleset.name(), word.show());
    Fault::new(word.span, message).code("misplaced-action").help(format!("it is valid in: {}", places.join(", ")))
}

/// The names of a ruleset's actions.
fn known(ruleset: Ruleset) -> String {
    let names: Vec<_> = rows().filter(|row| row.rulesets.contains(&ruleset)).map(|row| row.name).collect();
    format!("the actions are: {}", names.join(", "))
}

fn not_obeyed(ruleset: Ruleset, row: &Row, at: Span) -> Diagnostic {
    let message = format!("action '{} {}' is not obeyed by evenkeel yet", ruleset.name(), row.name);
    Diagnostic::warning("not-obeyed", at, message).help("it tunes how HAProxy works; leave it out to silence this")
}

fn refused(ruleset: Ruleset, row: &Row, at: Span) -> Fault {
    let message = format!("action '{} {}' is not supported by evenkeel yet", ruleset.name(), row.name);
    Fault::new(at, message).code("not-supported").help("leave it out, or use HAProxy for this configuration")
}
