//! Stick tables, which rules of any backend name.

use super::Say;
use crate::{
    draft::{Draft, ProxyDraft},
    keyword::{
        stick::{Stick, StickDraft},
        stick_table::StickTableDraft,
    },
};
use sample::{
    row::{ArgKind, Name},
    table::{Data, KeyType, Spec},
};
use source::{Diagnostic, Form, Span};
use std::collections::HashMap;

/// Every table, and the number of each by name.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) list: Vec<Spec>,
    by_name: HashMap<Vec<u8>, usize>,
}

impl Tables {
    pub(super) fn of(draft: &Draft, say: &mut Say<'_>) -> Tables {
        let proxies = &draft.proxies;
        let mut tables = Tables::default();
        for proxy in proxies {
            let mut lines = proxy.stick_tables.iter();
            let Some(first) = lines.next() else { continue };
            lines.for_each(|second| say.push(conflict(proxy, first, second, &say.place(first.span))));
            tables.add(&proxy.name, first);
        }
        for (name, table) in &draft.tables {
            match tables.by_name.get(name) {
                Some(_) => say.push(taken(name, table)),
                None => tables.add(name, table),
            }
        }
        let written = proxies.iter().flat_map(|proxy| proxy.stick_tables.iter().map(move |table| (proxy, table)));
        written.for_each(|(proxy, table)| tables.check_write_to(proxy, table, say));
        tables
    }

    fn add(&mut self, name: &[u8], draft: &StickTableDraft) {
        self.by_name.entry(name.to_vec()).or_insert(self.list.len());
        self.list.push(build(name, draft));
    }

    /// The number of the table that a name stands for, said in a section of the name `own`. `None` = it is not a
    /// table's name.
    pub(super) fn find(&self, name: &Name, own: &[u8]) -> Option<Result<usize, Diagnostic>> {
        let keys = match name.kind {
            ArgKind::OwnTable | ArgKind::Table => None,
            ArgKind::TableOf(keys) => Some(keys),
            _ => return None,
        };
        let text = if name.text.is_empty() { own } else { &name.text };
        let shown = String::from_utf8_lossy(text);
        let Some(at) = self.by_name.get(text).copied() else {
            let help = "declare it by 'stick-table type … size …' in a section of this name, or correct the name";
            let message = format!("unable to find table '{shown}'");
            return Some(Err(Diagnostic::alert("unknown-name", name.span, message).help(help)));
        };
        let fits = |spec: &Spec| keys.is_none_or(|keys| keys.casts_to(spec.key.sample()));
        if !self.list.get(at).is_some_and(fits) {
            let message = format!("stick-table '{shown}' has keys of a type that this expression does not make");
            let finding = Diagnostic::alert("type-mismatch", name.span, message);
            return Some(Err(finding.help("convert the value, or give the table another type")));
        }
        Some(Ok(at))
    }

    /// The rules of one proxy. A table that servers are stored in holds what they are known by.
    pub(super) fn rules(&mut self, proxy: &str, name: &[u8], drafts: Vec<StickDraft>, say: &mut Say<'_>) -> Vec<Stick> {
        drafts.into_iter().filter_map(|draft| self.rule(proxy, name, draft, say)).collect()
    }

    fn rule(&mut self, proxy: &str, own: &[u8], draft: StickDraft, say: &mut Say<'_>) -> Option<Stick> {
        let name = draft.table.as_ref().map_or(own, |word| word.bytes());
        let shown = String::from_utf8_lossy(name);
        let Some(table) = self.by_name.get(name).copied() else {
            let what = if draft.matches { "stick-table" } else { "store table" };
            let message = format!("Proxy '{proxy}': unable to find {what} '{shown}'.");
            let help = "declare it by 'stick-table type … size …' in that section, or correct the name";
            say.push(finding("unknown-name", draft.span, message, help));
            return None;
        };
        let spec = self.list.get_mut(table)?;
        if !draft.expr.out.casts_to(spec.key.sample()) {
            let message = format!("Proxy '{proxy}': type of fetch not usable with type of stick-table '{shown}'.");
            let help = "convert the value, or give the table another type";
            say.push(finding("type-mismatch", draft.span, message, help));
            return None;
        }
        spec.require(&[Data::ServerId, Data::ServerKey]);
        let StickDraft { expr, cond, matches, stores, .. } = draft;
        Some(Stick { expr, table, cond, matches, stores })
    }

    /// `write-to` needs another table with keys of the same type and length.
    fn check_write_to(&self, proxy: &ProxyDraft, table: &StickTableDraft, say: &mut Say<'_>) {
        let Some(word) = &table.write_to else { return };
        let target = self.by_name.get(word.bytes()).and_then(|at| self.list.get(*at));
        let fits = target.is_some_and(|t| Some(t.key) == table.key && t.name != proxy.name);
        if !fits {
            let fault = if target.is_some() { "cannot write to" } else { "unable to find" };
            let message = format!("{}: stick-table: {fault} table '{}'.", proxy.show(), word.show());
            say.push(finding("unknown-name", word.span, message, "name another table of the same type and length"));
        }
    }
}

fn build(name: &[u8], draft: &StickTableDraft) -> Spec {
    let mut store = draft.store.clone();
    store.sort_by_key(|stored| stored.data);
    Spec {
        name: name.to_vec(),
        key: draft.key.unwrap_or(KeyType::Ipv4),
        size: usize::try_from(draft.size).unwrap_or(usize::MAX),
        expire: draft.expire,
        nopurge: draft.nopurge,
        server_key: draft.server_key,
        bytes_factor: draft.bytes_factor.max(1),
        store,
    }
}

fn conflict(proxy: &ProxyDraft, first: &StickTableDraft, second: &StickTableDraft, place: &str) -> Diagnostic {
    let name = String::from_utf8_lossy(&proxy.name);
    let message = format!("stick-table name '{name}' conflicts with table declared in {} at {place}.", proxy.show());
    let finding = Diagnostic::alert("duplicate-table", second.span, message).related(first.span, "the first one");
    finding.help("declare the other table in a backend of its own")
}

/// Two tables of one name in a section of peers.
fn taken(name: &[u8], second: &StickTableDraft) -> Diagnostic {
    let message = format!("stick-table name '{}' conflicts with another table", String::from_utf8_lossy(name));
    Diagnostic::alert("duplicate-table", second.span, message).help("give each table of the section its own name")
}

fn finding(code: &'static str, span: Span, message: String, help: &str) -> Diagnostic {
    Diagnostic::alert(code, span, message).help(help).form(Form::Plain)
}
