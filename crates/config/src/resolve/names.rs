//! Names become numbers.

use super::{
    Say,
    acl_sets::AclSets,
    keys::{self, Keys},
    maps::{self, Maps},
    sticks::Tables,
};
use crate::{
    draft::{Draft, ProxyDraft},
    keyword::balance::Balance,
};
use rules::{Acl, Acls};
use sample::row::{ArgKind, Name};
use source::{Diagnostic, Form, Span};
use std::{collections::HashMap, sync::Arc};

/// The numbers of proxies, servers and userlists, by name.
#[derive(Debug, Default)]
pub struct Index {
    frontends: HashMap<Vec<u8>, usize>,
    backends: HashMap<Vec<u8>, usize>,
    /// By proxy.
    servers: Vec<HashMap<Vec<u8>, usize>>,
    userlists: HashMap<Vec<u8>, usize>,
}

impl Index {
    /// Numbers everything; a name that is taken is reported.
    pub fn new(draft: &Draft, say: &mut Say<'_>) -> Index {
        let mut index = Index::default();
        let mut taken: HashMap<&[u8], &ProxyDraft> = HashMap::new();
        for (at, proxy) in draft.proxies.iter().enumerate() {
            if let Some(first) = taken.insert(&proxy.name, proxy) {
                say.push(duplicate(proxy, first, &say.place(first.span)));
                taken.insert(&proxy.name, first);
            }
            if proxy.is_frontend() {
                index.frontends.entry(proxy.name.clone()).or_insert(at);
            }
            if proxy.is_backend() {
                index.backends.entry(proxy.name.clone()).or_insert(at);
            }
            index.servers.push(servers(proxy, say));
        }
        let lists = draft.userlists.iter().enumerate();
        index.userlists = lists.map(|(at, list)| (list.name.clone(), at)).collect();
        index
    }

    pub fn backend(&self, name: &[u8]) -> Option<usize> {
        self.backends.get(name).copied()
    }

    pub fn is_frontend(&self, name: &[u8]) -> bool {
        self.frontends.contains_key(name)
    }

    pub fn server(&self, proxy: usize, name: &[u8]) -> Option<usize> {
        self.servers.get(proxy)?.get(name).copied()
    }

    /// What a name of this kind stands for, said in proxy number `here`.
    fn find(&self, name: &Name, here: usize) -> Option<(usize, usize)> {
        let text = name.text.as_slice();
        match name.kind {
            ArgKind::Backend if text.is_empty() => Some((here, 0)),
            ArgKind::Frontend if text.is_empty() => Some((here, 0)),
            ArgKind::Backend => self.backend(text).map(|at| (at, 0)),
            ArgKind::Frontend => self.frontends.get(text).map(|at| (*at, 0)),
            ArgKind::Userlist => self.userlists.get(text).map(|at| (*at, 0)),
            ArgKind::Server => match text.iter().position(|b| *b == b'/') {
                None => self.server(here, text).map(|at| (here, at)),
                Some(slash) => {
                    let proxy = self.backend(&text[..slash])?;
                    self.server(proxy, &text[slash + 1..]).map(|at| (proxy, at))
                }
            },
            _ => None,
        }
    }
}

fn servers(proxy: &ProxyDraft, say: &mut Say<'_>) -> HashMap<Vec<u8>, usize> {
    let mut numbers = HashMap::new();
    for (at, server) in proxy.servers.iter().enumerate() {
        let Some(first) = numbers.insert(server.name.clone(), at) else { continue };
        let first_span = proxy.servers[first].span;
        let message = format!(
            "{}, another server named '{}' was already defined at line {}, please use distinct names.",
            proxy.show(),
            String::from_utf8_lossy(&server.name),
            say.files.place(first_span).line
        );
        let finding = Diagnostic::alert("duplicate-server", server.span, message).related(first_span, "the first one");
        say.push(finding.help("give each server of a backend its own name"));
        numbers.insert(server.name.clone(), first);
    }
    numbers
}

fn duplicate(proxy: &ProxyDraft, first: &ProxyDraft, place: &str) -> Diagnostic {
    let message = format!("{} has the same name as {} declared at {place}.", proxy.show(), first.show());
    let finding = Diagnostic::alert("duplicate-proxy", proxy.span, message).form(Form::Section);
    finding.related(first.span, "the first one").help("give each frontend, backend and listen its own name")
}

/// What names may stand for.
#[derive(Debug)]
pub(super) struct Known<'k, 'h> {
    pub(super) index: &'k Index,
    pub(super) tables: &'k Tables,
    pub(super) maps: &'k mut Maps<'h>,
    pub(super) keys: &'k mut Keys<'h>,
    pub(super) sets: &'k mut AclSets,
}

/// Fills in the names that rules, ACLs and expressions of every proxy refer to, and puts the ACLs in force.
pub(super) fn fill(draft: &mut Draft, known: Known<'_, '_>, say: &mut Say<'_>) -> Vec<Arc<Acl>> {
    let Known { index, tables, maps, keys, sets } = known;
    let mut acls = Vec::new();
    for (at, proxy) in draft.proxies.iter_mut().enumerate() {
        let (mut unknown, here) = (Vec::new(), proxy.name.clone());
        let own: Vec<_> = proxy.acls.known().cloned().collect();
        let mut visit = |name: &mut Name| {
            if let Some(how) = maps::way(name) {
                match maps.find(name, how, say.files.place(name.span)) {
                    Ok(map) => name.id = Some((map, 0)),
                    Err(finding) => say.push(finding),
                }
                return;
            }
            if let Some(needed) = keys::needed(name) {
                if let Err(finding) = keys.load(name, needed) {
                    say.push(finding);
                }
                return;
            }
            if let Some(found) = tables.find(name, &here) {
                match found {
                    Ok(table) => name.id = Some((table, 0)),
                    Err(finding) => say.push(finding),
                }
                return;
            }
            name.id = match name.kind {
                ArgKind::Acl => acl(name, &own, &mut acls),
                ArgKind::AclSet => Some((sets.find(name), 0)),
                _ => index.find(name, at),
            };
            if name.id.is_none() {
                unknown.push((name.kind, name.text.clone(), name.span));
            }
        };
        proxy.acls.names(&mut visit);
        proxy.rules.all().for_each(|rule| rule.action.names(&mut visit));
        proxy.stats.http_request.iter_mut().for_each(|rule| rule.action.names(&mut visit));
        for format in formats(proxy) {
            format.exprs_mut().flat_map(|expr| expr.names_mut()).for_each(&mut visit);
        }
        if let Some(Balance::Hash(expr)) = &mut proxy.balance
            && let Some(expr) = std::sync::Arc::get_mut(expr)
        {
            expr.names_mut().for_each(&mut visit);
        }
        let forwarded = proxy.forwarded.iter_mut().flatten();
        forwarded.flat_map(|f| f.exprs_mut()).flat_map(|expr| expr.names_mut()).for_each(&mut visit);
        let sticks = proxy.stick_request.iter_mut().chain(&mut proxy.stick_response);
        sticks.flat_map(|stick| stick.expr.names_mut()).for_each(&mut visit);
        for (kind, text, span) in unknown {
            say.push(unknown_name(kind, &text, span));
        }
        proxy.acls.finish(&draft.userlists, &mut say.findings);
    }
    acls
}

/// Numbers an ACL that an expression names: one of the same section, or a predefined one.
fn acl(name: &Name, own: &[Arc<Acl>], acls: &mut Vec<Arc<Acl>>) -> Option<(usize, usize)> {
    let bare = name.text.strip_prefix(b"!").unwrap_or(&name.text);
    let declared = own.iter().find(|acl| acl.name == bare).cloned();
    acls.push(declared.or_else(|| Acls::predefined(bare))?);
    Some((acls.len() - 1, 0))
}

fn formats(proxy: &mut ProxyDraft) -> impl Iterator<Item = &mut sample::format::Format> {
    let logs = [&mut proxy.formats.log, &mut proxy.formats.error, &mut proxy.formats.sd];
    let logs = logs.into_iter().flatten().filter_map(std::sync::Arc::get_mut);
    let switches = proxy.switching.iter_mut().chain(&mut proxy.use_server).filter_map(|switch| switch.format.as_mut());
    logs.chain(&mut proxy.unique_id_format).chain(switches)
}

fn unknown_name(kind: ArgKind, text: &[u8], span: Span) -> Diagnostic {
    let what = match kind {
        ArgKind::Acl => "acl",
        ArgKind::Backend => "backend",
        ArgKind::Frontend => "frontend",
        ArgKind::Server => "server",
        _ => "userlist",
    };
    let message = format!("unable to find {what} '{}'", String::from_utf8_lossy(text));
    Diagnostic::alert("unknown-name", span, message).help(format!("declare the {what}, or correct its name"))
}
