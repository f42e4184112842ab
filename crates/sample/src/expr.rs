//! Expressions: a fetch and its chain of converters.

use crate::{
    arg, convert, fetch,
    names::nearest,
    row::{Absent, Args, Convert, Fetch, FetchFn, Fetched, Name, Places, Support, Visitor},
    stream::{Cx, Scope, VarId},
    value::{Type, Value},
};
use source::{Diagnostic, Diagnostics, Span};
use std::collections::HashMap;

/// A compiled expression, such as `req.hdr(host),lower,field(1,:)`.
#[derive(Debug, Clone)]
pub struct Expr {
    pub fetch: &'static Fetch,
    pub args: Args,
    pub converters: Vec<(&'static Convert, Args)>,
    /// The type of the result, `Any` where only the evaluation can tell.
    pub out: Type,
    /// As written, for messages.
    pub text: Vec<u8>,
    pub span: Span,
}

/// What parsing an expression needs and leaves behind.
#[derive(Debug)]
pub struct Parse<'p> {
    pub diagnostics: &'p mut Diagnostics,
    pub vars: &'p mut VarNames,
    /// The places at which the expression will be evaluated; a fetch must exist at one of them.
    pub places: Places,
}

/// The names of all variables of a configuration, numbered.
#[derive(Debug, Default)]
pub struct VarNames {
    numbers: HashMap<Vec<u8>, u32>,
}

impl VarNames {
    /// The id of a variable by its name without the scope.
    pub fn intern(&mut self, scope: Scope, name: &[u8]) -> VarId {
        let next = self.numbers.len() as u32;
        let number = *self.numbers.entry(name.to_vec()).or_insert(next);
        VarId { scope, number }
    }

    /// The name of a variable, without its scope.
    pub fn name(&self, id: VarId) -> Option<&[u8]> {
        self.numbers.iter().find(|(_, number)| **number == id.number).map(|(name, _)| name.as_slice())
    }

    /// The id of a variable that the configuration names; its name is without the scope.
    pub fn find(&self, scope: Scope, name: &[u8]) -> Option<VarId> {
        self.numbers.get(name).map(|number| VarId { scope, number: *number })
    }
}

impl Expr {
    /// Parses a whole word, such as `req.hdr(host),lower`. What is wrong goes to the diagnostics, and then there is
    /// no expression.
    pub fn parse(word: &[u8], span: Span, cx: &mut Parse<'_>) -> Option<Expr> {
        let (expr, len) = Expr::parse_prefix(word, span, cx)?;
        if len == word.len() {
            return Some(expr);
        }
        let rest = word.get(len..).unwrap_or(&[]);
        let after = match expr.converters.last() {
            Some((row, _)) => format!("missing comma after converter '{}'", row.name),
            None => format!("missing comma after fetch keyword '{}'", expr.fetch.name),
        };
        let help = format!("remove '{}', or put a comma before it", String::from_utf8_lossy(rest));
        cx.diagnostics.push(Diagnostic::alert("sample-syntax", span, after).help(help));
        None
    }

    /// Parses an expression at the start of `text` and tells how many bytes it took: for `%[expr]`.
    pub fn parse_prefix(text: &[u8], span: Span, cx: &mut Parse<'_>) -> Option<(Expr, usize)> {
        let mut at = 0;
        let (row, args) = fetch_call(text, &mut at, span, cx)?;
        let mut expr = Expr { fetch: row, args, converters: Vec::new(), out: row.out, text: Vec::new(), span };
        while text.get(at) == Some(&b',') {
            at += 1;
            let Some((row, args)) = convert_call(text, &mut at, expr.out, span, cx)? else { continue };
            expr.out = if row.out == Type::Same { expr.out } else { row.out };
            expr.converters.push((row, args));
        }
        expr.text = text.get(..at).unwrap_or(text).to_vec();
        Some((expr, at))
    }

    /// The value, converted: of several occurrences the one that the fetch's documentation names.
    pub fn eval<'a>(&'a self, cx: &Cx<'a>) -> Fetched<'a> {
        let (FetchFn::One(one) | FetchFn::Each { one, .. }) = self.fetch.run;
        self.convert(cx, one(&self.args, cx)?)
    }

    /// Every occurrence, converted, until the visitor breaks. Occurrences that a converter refuses are skipped.
    pub fn each<'a>(&'a self, cx: &Cx<'a>, visit: &mut Visitor<'_, 'a>) -> Result<(), Absent> {
        match self.fetch.run {
            FetchFn::One(one) => {
                let value = self.convert(cx, one(&self.args, cx)?)?;
                let _ = visit(value);
                Ok(())
            }
            FetchFn::Each { each, .. } => each(&self.args, cx, &mut |value| match self.convert(cx, value) {
                Ok(value) => visit(value),
                Err(_) => std::ops::ControlFlow::Continue(()),
            }),
        }
    }

    /// The names that the expression refers to, for `config::resolve` to fill in.
    pub fn names_mut(&mut self) -> impl Iterator<Item = &mut Name> {
        let args = self.converters.iter_mut().map(|(_, a)| a);
        std::iter::once(&mut self.args).chain(args).flat_map(Args::names_mut)
    }

    fn convert<'a>(&'a self, cx: &Cx<'a>, mut value: Value<'a>) -> Fetched<'a> {
        for (row, args) in &self.converters {
            value = (row.run)(args, cx, row.accept(value).ok_or(Absent::Missing)?)?;
        }
        Ok(value)
    }
}

/// A call is a name and perhaps arguments; the name ends at a parenthesis, a comma, a blank or a bracket.
fn call_name<'t>(text: &'t [u8], at: &mut usize) -> &'t [u8] {
    let rest = text.get(*at..).unwrap_or(&[]);
    let end = rest.iter().position(|b| b"(),[] \t".contains(b)).unwrap_or(rest.len());
    *at += end;
    rest.get(..end).unwrap_or(rest)
}

/// What is behind an opening parenthesis at `at`, which is passed over.
fn arguments<'t>(text: &'t [u8], at: &mut usize) -> Option<&'t [u8]> {
    if text.get(*at) != Some(&b'(') {
        return None;
    }
    *at += 1;
    text.get(*at..)
}

fn fetch_call(text: &[u8], at: &mut usize, span: Span, cx: &mut Parse<'_>) -> Option<(&'static Fetch, Args)> {
    let name = call_name(text, at);
    let shown = String::from_utf8_lossy(name);
    let Some(row) = fetch::find(name) else {
        let message = match name {
            b"" => String::from("missing fetch method"),
            _ => format!("unknown fetch method '{shown}'"),
        };
        let finding = Diagnostic::alert("unknown-fetch", span, message);
        cx.diagnostics.push(suggest(finding, nearest(name, fetch::names())));
        return None;
    };
    if row.support == Support::Refused {
        cx.diagnostics.push(refused("fetch method", row.name, span));
        return None;
    }
    if !row.places.meets(cx.places) {
        cx.diagnostics.push(unavailable(row, span));
        return None;
    }
    let args = arg::parse(arguments(text, at), row.args, row.required, span, cx)
        .map_err(|message| format!("fetch method '{}' : {message}", row.name));
    let args = args.and_then(|(mut args, len)| {
        *at += len;
        (row.check)(&mut args).map_err(|m| format!("invalid args in fetch method '{}' : {m}", row.name))?;
        Ok(args)
    });
    report(args, span, cx).map(|args| (row, args))
}

/// The outer `None` is a failure; the inner one an empty converter, as in `path,,lower`, which does nothing.
#[allow(clippy::option_option)]
fn convert_call(
    text: &[u8],
    at: &mut usize,
    input: Type,
    span: Span,
    cx: &mut Parse<'_>,
) -> Option<Option<(&'static Convert, Args)>> {
    let name = call_name(text, at);
    if name.is_empty() && text.get(*at) != Some(&b'(') {
        return Some(None);
    }
    let Some(row) = convert::find(name) else {
        let message = format!("unknown converter '{}'", String::from_utf8_lossy(name));
        let finding = Diagnostic::alert("unknown-converter", span, message);
        cx.diagnostics.push(suggest(finding, nearest(name, convert::names())));
        return None;
    };
    if row.support == Support::Refused {
        cx.diagnostics.push(refused("converter", row.name, span));
        return None;
    }
    if !input.casts_to(row.input) {
        let (from, to) = (input.name(), row.input.name());
        let finding = Diagnostic::alert("type-mismatch", span, format!("converter '{}' cannot be applied", row.name))
            .help(format!("it takes a value of type {to}, and what stands before it gives {from}"));
        cx.diagnostics.push(finding);
        return None;
    }
    let args = arg::parse(arguments(text, at), row.args, row.required, span, cx)
        .map_err(|message| format!("invalid args in converter '{}' : {message}", row.name));
    let args = args.and_then(|(mut args, len)| {
        *at += len;
        (row.check)(&mut args).map_err(|m| format!("invalid args in converter '{}' : {m}", row.name))?;
        Ok(args)
    });
    report(args, span, cx).map(|args| Some((row, args)))
}

fn report(args: Result<Args, String>, span: Span, cx: &mut Parse<'_>) -> Option<Args> {
    args.map_err(|message| cx.diagnostics.push(Diagnostic::alert("sample-arguments", span, message))).ok()
}

fn suggest(finding: Diagnostic, name: Option<&str>) -> Diagnostic {
    match name {
        Some(name) => finding.help(format!("did you mean '{name}'?")),
        None => finding.help("see sections 7.3.1 to 7.3.7 of HAProxy's configuration manual for the names"),
    }
}

fn refused(what: &str, name: &str, span: Span) -> Diagnostic {
    Diagnostic::alert("not-supported", span, format!("{what} '{name}' is not supported by evenkeel yet"))
        .help("HAProxy knows it; leave it out, or use HAProxy for this configuration")
}

fn unavailable(row: &Fetch, span: Span) -> Diagnostic {
    let message = format!("fetch method '{}' extracts information that is not available here", row.name);
    Diagnostic::alert("not-available-here", span, message)
        .help("keep it in a variable at a place where it exists, and use the variable here")
}
