//! What a proxy before us says of a client before the client says anything: PROXY headers, NetScaler's.

use super::{Session, h1::Conn};
use std::{future::poll_fn, task::Poll};
use wire::{
    netscaler,
    proxy::{self, Addresses},
};

/// The header that is to come first.
#[derive(Debug, Clone, Copy)]
pub enum Introduction {
    Proxy,
    /// With the magic number that it begins with.
    Netscaler(u32),
}

impl Introduction {
    /// What the log says where the header does not come: the client has closed, it has broken off, or it is late.
    fn absent(self) -> [&'static str; 3] {
        match self {
            Introduction::Proxy => [
                "Connection closed while waiting for PROXY protocol header",
                "Connection error while waiting for PROXY protocol header",
                "Timeout while waiting for PROXY protocol header",
            ],
            Introduction::Netscaler(_) => [
                "Connection closed while waiting for NetScaler Client IP header",
                "Connection error while waiting for NetScaler Client IP header",
                "Timeout while waiting for a NetScaler Client IP header",
            ],
        }
    }

    /// Reads the header. HAProxy looks at what one read brings. The error is what the log says of it.
    pub async fn read(self, session: &mut Session, conn: &mut Conn) -> Result<(), &'static str> {
        let timeouts = &session.config.proxies[session.frontend].timeouts;
        session.deadline.set(session.accepted, timeouts.client_hs.or(timeouts.client));
        let (deadline, reader) = (&mut session.deadline, &mut conn.reader);
        let [closed, broken, late] = self.absent();
        let came = poll_fn(|cx| match reader.poll_more(cx) {
            Poll::Ready(Ok(true)) => Poll::Ready(Ok(())),
            Poll::Ready(Ok(false)) => Poll::Ready(Err(closed)),
            Poll::Ready(Err(_)) => Poll::Ready(Err(broken)),
            Poll::Pending => deadline.poll(cx).map(|()| Err(late)),
        });
        came.await?;
        let taken = match self {
            Introduction::Proxy => take_proxy(session, reader.buffered()),
            Introduction::Netscaler(magic) => take_netscaler(session, reader.buffered(), magic),
        };
        match taken {
            Ok(len) => {
                reader.skip(len);
                Ok(())
            }
            Err(what) => {
                reader.io().reset_on_close();
                Err(what)
            }
        }
    }
}

/// Takes over what a PROXY header says; its length.
fn take_proxy(session: &mut Session, came: &[u8]) -> Result<usize, &'static str> {
    let header = match proxy::parse(came).and_then(|header| header.ok_or_else(|| proxy::partial(came))) {
        Ok(header) => header,
        Err(fault) => {
            name(session, fault.addresses);
            return Err(fault.kind.text());
        }
    };
    name(session, header.addresses);
    session.client.tlvs = came.get(header.tlvs).unwrap_or(&[]).to_vec();
    session.client.proxied = true;
    Ok(header.len)
}

fn take_netscaler(session: &mut Session, came: &[u8], magic: u32) -> Result<usize, &'static str> {
    let (addresses, len) = netscaler::parse(came, magic).map_err(netscaler::Fault::text)?;
    name(session, Some(addresses));
    Ok(len)
}

fn name(session: &mut Session, addresses: Option<Addresses>) {
    if let Some(addresses) = addresses {
        session.client.set_src(addresses.source);
        session.client.set_dst(addresses.destination);
    }
}
