//! `use_backend`, `default_backend`, `use-server` (manual, section 4.2).

use crate::{
    draft::{ProxyDraft, SwitchDraft},
    keyword::rules,
    line::Line,
    row::ProxyRow,
};
use sample::{
    Places,
    format::{Format, Usage},
};
use source::Word;

pub static TABLE: &[ProxyRow] = &[
    ProxyRow::full("use_backend", use_backend)
        .ok(&["use_backend be0", "use_backend %[req.hdr(host),lower] if TRUE"])
        .bad(&["use_backend", "use_backend x when", "use_backend x if nope", "use_backend %[nope]"]),
    ProxyRow::full("default_backend", |line, proxy| {
        let name = line.need("'default_backend' expects a backend name.")?;
        line.end()?;
        proxy.default_backend = Some(name.clone());
        Some(())
    })
    .bad(&["default_backend", "default_backend a b"]),
    ProxyRow::full("use-server", use_server).bad(&["use-server", "use-server s", "use-server s if nope"]),
];

fn use_backend(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    let name = line.need("'use_backend' expects a backend name.")?;
    let format = computed(line, name, Places::FE_SET_BACKEND)?;
    let cond = match line.peek() {
        None => None,
        Some(word) if word.is("if") || word.is("unless") => {
            let words = line.rest();
            let parse = |parse: &mut ::rules::ParseRules<'_>| {
                ::rules::parse_cond(words, "switching rule", Places::FE_SET_BACKEND, parse)
            };
            Some(rules::with(line, proxy, parse)?)
        }
        Some(word) => {
            let message = format!(
                "unexpected keyword '{}' after switching rule, only 'if' and 'unless' are allowed.",
                word.show()
            );
            let span = word.span;
            line.alert("bad-argument", span, message, "write 'if' or 'unless' and a condition");
            return None;
        }
    };
    proxy.switching.push(SwitchDraft { name: name.clone(), format, cond, span: line.span() });
    Some(())
}

fn use_server(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    let name = line.need("'use-server' expects a server name.")?;
    let format = computed(line, name, Places::BE_SET_SERVER)?;
    let cond = rules::condition(line, proxy, "switching rule", Places::BE_SET_SERVER)?;
    proxy.use_server.push(SwitchDraft { name: name.clone(), format, cond: Some(cond), span: line.span() });
    Some(())
}

/// The format of a name that is computed for each stream; `Some(None)` for a plain name.
fn computed(line: &mut Line<'_, '_>, name: &Word, places: Places) -> Option<Option<Format>> {
    if !name.bytes().contains(&b'%') {
        return Some(None);
    }
    line.format(Usage::Header, name, places).map(Some)
}
