//! From what was said to what it means: names become indices, modes agree, defaults are filled in, and what does not
//! fit together is reported.

mod acl_sets;
pub mod checks;
mod keys;
mod logs;
mod maps;
pub mod modes;
pub mod names;
mod proxy;
mod servers;
mod sticks;

use crate::{
    draft::{Draft, ProxyDraft},
    ir::Config,
    line::Cx,
    load::Options,
};
use names::Index;
use sample::table::Table;
use source::{Diagnostic, Diagnostics, Files, Form, Severity, Span};
use std::sync::Arc;

/// Resolves a draft. The findings made so far are in `cx`; the list with all of them is returned.
pub fn resolve(files: &Files, mut draft: Draft, cx: Cx<'_>, options: Options) -> (Config, Diagnostics) {
    let mut say = Say { files, findings: cx.diagnostics };
    let index = Index::new(&draft, &mut say);
    let modes = modes::agree(&draft.proxies, &index, options, &mut say);
    let mut maps = maps::Maps::new(cx.host);
    let mut sets = acl_sets::AclSets::of(&mut draft, say.files, &mut say.findings);
    let mut keys = keys::Keys::new(cx.host);
    let mut tables = sticks::Tables::of(&draft, &mut say);
    let known = names::Known { index: &index, tables: &tables, maps: &mut maps, keys: &mut keys, sets: &mut sets };
    let acls = names::fill(&mut draft, known, &mut say);
    sets.number(&mut maps.list);
    checks::proxies(&draft, &modes, &mut say);
    let mut vars = cx.vars;
    logs::fall_back(&mut draft.proxies, &modes, &mut vars, &mut say);
    let ids = proxy::ids(&draft, &mut say);
    let tracks = servers::Tracks::of(&draft.proxies);
    let Draft { global, proxies, userlists, tables: _ } = draft;
    let mut build = |(at, draft): (usize, ProxyDraft)| {
        let names = proxy::Names { index: &index, tables: &mut tables };
        proxy::build(draft, ids[at], modes[at], &global.global, names, &mut say)
    };
    let proxies: Vec<_> = proxies.into_iter().enumerate().map(&mut build).collect();
    let mut config = Config {
        global: global.global,
        proxies,
        userlists,
        tables: tables.list.into_iter().map(|spec| Arc::new(Table::new(spec))).collect(),
        maps: maps.list,
        keys: keys.list,
        acls,
        acl_sets: sets.list,
        vars,
        files: files.clone(),
    };
    proxy::fullconn(&mut config);
    servers::track(&mut config.proxies, &index, &tracks, &mut say);
    checks::whole(&config, &mut say);
    if global.zero_warning && say.findings.iter().any(|f| f.severity == Severity::Warning) {
        say.plain(
            Severity::Alert,
            "zero-warning",
            "Some warnings were found and 'zero-warning' is set. Aborting.",
            "see the warnings above",
        );
    }
    (config, say.findings)
}

/// Where findings about the whole go.
#[derive(Debug)]
pub struct Say<'f> {
    pub files: &'f Files,
    pub findings: Diagnostics,
}

impl Say<'_> {
    /// A finding about a section, which HAProxy prints without a place.
    pub fn object(
        &mut self,
        severity: Severity,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
        help: &str,
    ) {
        self.findings.push(Diagnostic::new(severity, code, span, message).help(help).form(Form::Plain));
    }

    pub fn push(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// A finding with no place at all.
    pub fn plain(&mut self, severity: Severity, code: &'static str, message: &str, help: &str) {
        self.findings.push(Diagnostic::global(severity, code, message).help(help).form(Form::Plain));
    }

    /// `file:line`, as messages name a place.
    pub fn place(&self, span: Span) -> String {
        let place = self.files.place(span);
        format!("{}:{}", place.file, place.line)
    }
}
