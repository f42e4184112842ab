//! Which frontends a request may come in by.

use super::Request;
use crate::view::{Bind, Proxy, View};
use anyhow::{Result, bail};
use config::{
    Mode,
    keyword::address::{Ports, Written},
};
use std::net::IpAddr;

/// A frontend, and the number of its `bind` line.
#[derive(Debug)]
pub(super) struct Entry<'v, 'p> {
    pub(super) proxy: &'v Proxy<'p>,
    pub(super) bind: usize,
}

/// The frontends that listen where the request goes, or the one that was asked for; and what is worth a word.
pub(super) fn all<'v, 'p>(view: &'v View<'p>, request: &Request) -> Result<(Vec<Entry<'v, 'p>>, Vec<String>)> {
    if let Some(name) = &request.frontend {
        let found = view.frontends().find(|proxy| proxy.name.is(name));
        let Some(proxy) = found else { bail!("there is no frontend '{name}'") };
        let bind = proxy.binds().iter().position(|bind| listens(bind, request));
        return Ok((vec![Entry { proxy, bind: bind.unwrap_or(0) }], Vec::new()));
    }
    let enabled: Vec<&'v Proxy<'p>> = view.frontends().filter(|proxy| !proxy.ir.disabled).collect();
    // A frontend in TCP mode takes TLS as it is, and one in HTTP mode may have somebody in front who speaks it.
    let speaks = |proxy: &Proxy<'_>, bind: &Bind<'_>| {
        bind.is_tls() == request.tls || (request.tls && proxy.ir.mode == Mode::Tcp)
    };
    for strict in [true, false] {
        let entry = |proxy: &'v Proxy<'p>| {
            let fits = |bind: &Bind<'_>| listens(bind, request) && (!strict || speaks(proxy, bind));
            Some(Entry { proxy, bind: proxy.binds().iter().position(fits)? })
        };
        let found: Vec<Entry<'v, 'p>> = enabled.iter().copied().filter_map(entry).collect();
        if found.is_empty() {
            continue;
        }
        let note = if request.tls { "speaks no TLS itself" } else { "speaks TLS, to which this URL is none" };
        let notes = found.iter().filter(|_| !strict).map(|entry| format!("{} {note}", entry.proxy.show()));
        let notes = notes.collect();
        return Ok((found, notes));
    }
    let mut notes = vec![format!("no frontend listens on port {} for {}", request.port, request.host)];
    notes.extend(enabled.iter().map(|proxy| {
        let binds: Vec<_> = proxy.binds().iter().map(|bind| bind.address.show().into_owned()).collect();
        format!("{} listens on {}", proxy.show(), if binds.is_empty() { "nothing".into() } else { binds.join(", ") })
    }));
    Ok((Vec::new(), notes))
}

/// Whether a line listens on the port of the request, and on its address if it has one.
fn listens(bind: &Bind<'_>, request: &Request) -> bool {
    let wanted = request.host.parse::<IpAddr>().ok();
    bind.addresses().into_iter().any(|written| match written {
        Written::Ip { addr, ports, .. } => {
            let port = match ports {
                Ports::One(port) => port == request.port,
                Ports::Range(first, last) => (first..=last).contains(&request.port),
                Ports::None | Ports::Offset(_) => false,
            };
            port && (addr.is_unspecified() || wanted.is_none_or(|wanted| wanted == addr))
        }
        _ => false,
    })
}
