//! `stick on`, `match`, `store-request` and `store-response` (manual, section 4.2).

use crate::{draft::ProxyDraft, keyword::rules, line::Line, row::ProxyRow};
use ::rules::Cond;
use sample::{Places, expr::Expr};
use source::{Span, Word};

/// A rule about the entries of a table.
#[derive(Debug)]
pub struct Stick {
    /// What keys are made of.
    pub expr: Expr,
    /// Index in the configuration's tables.
    pub table: usize,
    pub cond: Option<Cond>,
    /// The server that an entry names takes the request.
    pub matches: bool,
    /// The server that took the request is stored.
    pub stores: bool,
}

/// A rule whose table has a name.
#[derive(Debug)]
pub struct StickDraft {
    pub expr: Expr,
    /// `None` = the table of the same section.
    pub table: Option<Word>,
    pub cond: Option<Cond>,
    pub matches: bool,
    pub stores: bool,
    pub span: Span,
}

pub static TABLE: &[ProxyRow] = &[
    ProxyRow::full("stick match", |line, proxy| request(line, proxy, true, false)),
    ProxyRow::full("stick on", |line, proxy| request(line, proxy, true, true)).bad(&[
        "stick on",
        "stick on nope",
        "stick on src nope",
        "stick on src table",
        "stick on src table nope",
        "stick on src if nope",
        "stick on res.hdr(x) table tbl0",
        "stick on src,sha1 table tbl0",
    ]),
    ProxyRow::full("stick store-request", |line, proxy| request(line, proxy, false, true)),
    ProxyRow::full("stick store-response", |line, proxy| {
        let rule = rule(line, proxy, Places::BE_STORE)?;
        proxy.stick_response.push(StickDraft { stores: true, ..rule });
        Some(())
    })
    .bad(&["stick store-response req.hdr(x) table tbl0"]),
];

fn request(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft, matches: bool, stores: bool) -> Option<()> {
    let rule = rule(line, proxy, Places::BE_SET_SERVER)?;
    proxy.stick_request.push(StickDraft { matches, stores, ..rule });
    Some(())
}

/// `EXPR [table NAME] [if|unless COND]`.
fn rule(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft, places: Places) -> Option<StickDraft> {
    let word = line.need("'stick' expects a fetch method.")?;
    let expr = line.expr(word, places)?;
    let table = match line.take("table") {
        true => Some(line.need("'stick': missing argument after 'table'.")?.clone()),
        false => None,
    };
    let cond = match line.peek() {
        None => None,
        Some(word) if word.is("if") || word.is("unless") => Some(rules::condition(line, proxy, "sticking", places)?),
        Some(word) => return line.fail("unknown-parameter", format!("'stick': unknown keyword '{}'.", word.show())),
    };
    Some(StickDraft { expr, table, cond, matches: false, stores: false, span: line.span() })
}
