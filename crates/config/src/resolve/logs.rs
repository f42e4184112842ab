//! `option httplog` where there is no HTTP.

use super::Say;
use crate::{draft::ProxyDraft, ir::Mode, keyword::log};
use sample::{
    Parse, Places, VarNames,
    format::{Format, Usage},
};
use source::{Diagnostic, Form};
use std::sync::Arc;

/// A TCP frontend that says `option httplog` gets `option tcplog`, with a warning if it logs.
pub(super) fn fall_back(proxies: &mut [ProxyDraft], modes: &[Mode], vars: &mut VarNames, say: &mut Say<'_>) {
    let tcp = proxies.iter_mut().zip(modes).filter(|(_, mode)| **mode == Mode::Tcp).map(|(proxy, _)| proxy);
    for proxy in tcp.filter(|proxy| proxy.is_frontend() && proxy.formats.said == "option httplog") {
        let span = proxy.said.get("option httplog").map_or(proxy.span, |place| place.span);
        if !proxy.log.is_empty() {
            let message = format!(
                "'option httplog' not usable with {} (needs 'mode http'). Falling back to 'option tcplog'.",
                proxy.show()
            );
            let finding = Diagnostic::warning("needs-http-mode", span, message).form(Form::Parsing);
            say.push(finding.help("write 'option tcplog', or 'mode http'"));
        }
        let mut parse = Parse { diagnostics: &mut say.findings, vars, places: Places::LOG };
        proxy.formats.log = Format::parse_as(Usage::Log, log::TCP.as_bytes(), span, &mut parse).map(Arc::new);
    }
}
