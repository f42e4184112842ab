//! Expressions: a fetch and its chain of converters.

use crate::{
    row::{Absent, Args, Convert, Fetch, FetchFn, Fetched, Name, Places, Visitor},
    stream::{Cx, Scope, VarId},
    value::{Type, Value},
};
use source::{Diagnostics, Span};
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
}

impl Expr {
    /// The value, converted: of several occurrences the one that the fetch's documentation names.
    pub fn eval<'a>(&self, cx: &Cx<'a>) -> Fetched<'a> {
        let (FetchFn::One(one) | FetchFn::Each { one, .. }) = self.fetch.run;
        self.convert(cx, one(&self.args, cx)?)
    }

    /// Every occurrence, converted, until the visitor breaks. Occurrences that a converter refuses are skipped.
    pub fn each<'a>(&self, cx: &Cx<'a>, visit: &mut Visitor<'_, 'a>) -> Result<(), Absent> {
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

    fn convert<'a>(&self, cx: &Cx<'a>, mut value: Value<'a>) -> Fetched<'a> {
        for (row, args) in &self.converters {
            value = (row.run)(args, cx, value.cast(row.input).ok_or(Absent::Missing)?)?;
        }
        Ok(value)
    }
}
