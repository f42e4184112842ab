//! Which protocol each proxy speaks.
//!
//! One deliberate difference to HAProxy: a proxy that never says `mode`, itself or through its `defaults`, and that an
//! HTTP frontend routes to, is taken as HTTP, with a warning. HAProxy refuses such a file, and so do strict modes.

use super::{Say, names::Index};
use crate::{
    draft::{ProxyDraft, SwitchDraft},
    ir::Mode,
    load::Options,
};
use source::{Diagnostic, Form, Severity};

/// The mode of every proxy; reports references that cannot be followed.
pub fn agree(proxies: &[ProxyDraft], index: &Index, options: Options, say: &mut Say<'_>) -> Vec<Mode> {
    let mut modes: Vec<Mode> = proxies.iter().map(|proxy| proxy.mode.unwrap_or_default()).collect();
    for (at, proxy) in proxies.iter().enumerate().filter(|(_, proxy)| proxy.is_frontend()) {
        for route in routes(proxy) {
            let Some(target) = index.backend(route.name) else {
                say.push(unknown(proxy, &route, index));
                continue;
            };
            if modes[at] == Mode::Http && modes[target] == Mode::Tcp && target != at {
                let taken = proxies[target].mode.is_none() && !options.strict_modes;
                mismatch(proxy, &proxies[target], &route, taken, say);
                if taken {
                    modes[target] = Mode::Http;
                }
            }
        }
    }
    modes
}

/// A reference from a frontend to a backend by a fixed name.
struct Route<'p> {
    name: &'p [u8],
    span: source::Span,
    is_default: bool,
}

fn routes(proxy: &ProxyDraft) -> impl Iterator<Item = Route<'_>> {
    let fixed = |switch: &&SwitchDraft| switch.format.is_none();
    let rule = |switch: &'_ SwitchDraft| (switch.name.span, false);
    let rules = proxy.switching.iter().filter(fixed).map(move |s| (s.name.bytes(), rule(s)));
    let default = proxy.default_backend.iter().map(|word| (word.bytes(), (word.span, true)));
    default.chain(rules).map(|(name, (span, is_default))| Route { name, span, is_default })
}

fn unknown(proxy: &ProxyDraft, route: &Route<'_>, index: &Index) -> Diagnostic {
    let target = String::from_utf8_lossy(route.name);
    let from = proxy.show();
    let message = if index.is_frontend(route.name) {
        format!("{from} : backend '{target}' has no backend capability.")
    } else if route.is_default {
        format!("{from}: unable to find required default_backend: '{target}'.")
    } else {
        format!("{from}: unable to find required use_backend: '{target}'.")
    };
    Diagnostic::alert("unknown-backend", route.span, message)
        .help(format!("declare it with 'backend {target}', or correct the name"))
        .form(Form::Plain)
}

/// The finding that an HTTP frontend routes to a TCP backend; `taken` = to one that is now HTTP.
fn mismatch(proxy: &ProxyDraft, target: &ProxyDraft, route: &Route<'_>, taken: bool, say: &mut Say<'_>) {
    let (from, to) = (String::from_utf8_lossy(&proxy.name), String::from_utf8_lossy(&target.name));
    let (severity, code, message) = if taken {
        let message = format!(
            "backend '{to}' ({}) says no 'mode' and is taken as HTTP because http frontend '{from}' ({}) routes to it; \
             haproxy would refuse this.",
            say.place(target.span),
            say.place(proxy.span)
        );
        (Severity::Warning, "mode-taken", message)
    } else {
        let rule = if route.is_default { "as its default backend" } else { "in a 'use_backend' rule" };
        let message = format!(
            "http frontend '{from}' ({}) tries to use incompatible tcp backend '{to}' ({}) {rule} (see 'mode').",
            say.place(proxy.span),
            say.place(target.span)
        );
        (Severity::Alert, "mode-mismatch", message)
    };
    let finding = Diagnostic::new(severity, code, route.span, message).related(target.span, "this backend");
    let help = match target.said.get("mode") {
        Some(place) if !taken => {
            return say.push(
                finding
                    .related(place.span, "its mode")
                    .help("make both 'mode http' or both 'mode tcp'")
                    .form(Form::Plain),
            );
        }
        _ => format!("add 'mode http' to backend '{to}', or to a 'defaults' section above"),
    };
    say.push(finding.help(help).form(Form::Plain));
}
