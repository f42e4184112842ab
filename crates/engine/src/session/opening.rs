//! A connection to a server: opened, and what goes first on it.

use super::{
    answer::End,
    exchange::Exchange,
    h1::Conn,
    h2::server::Owner,
    transport::{Sink, Source},
    up::Up,
};
use crate::{
    fault::{Fault, Kind, Phase},
    io::below,
    upstream::{
        connect::{self, Endpoint},
        multi::Line,
        pool::{Announced, Told},
    },
};
use config::keyword::{
    address::Address,
    bind::Proto,
    proxy_protocol::ProxyV2,
    server::{SendProxy, Server},
};
use sample::{Below, Places, stream::Marks};
use std::{
    io,
    rc::{Rc, Weak},
    time::Instant,
};
use wire::proxy::{Addresses, tlv};

/// Why there is no connection.
enum Ended {
    Error(io::Error),
    /// A command has ended it.
    Killed,
}

impl<R: Source, K: Sink> Exchange<'_, R, K> {
    /// Opens a connection to the server.
    pub async fn open(&mut self, server: usize) -> Result<Up, Fault> {
        let failed = Fault::new(Kind::ServerAbort, Phase::Connect);
        let be = self.backend();
        let (Some(said), Some(state)) = (be.servers.get(server), self.server_state(server)) else {
            return Err(failed);
        };
        state.counts.mine().connect.one();
        if let Some(counts) = &self.backend_state().back.counts {
            counts.mine().common.connect.one();
        }
        let endpoint = Endpoint::of(said, state.addr(), self.stream.client.dst).ok_or(failed)?;
        let source = match &said.source {
            Some(Address::Ip(ip, port)) => Some((*ip, *port).into()),
            _ => None,
        };
        self.session.deadline.set(Instant::now(), self.timeouts().connect);
        let marks = self.stream.server_marks;
        let smart = be.options.tcp_smart_connect;
        let backend = self.stream.backend.unwrap_or(self.session.frontend);
        let worker = self.session.worker.clone();
        let connected = async {
            tokio::select! {
                io = endpoint.connect(source, smart, marks) => io.map_err(Ended::Error),
                () = worker.live.ending((backend, server)) => Err(Ended::Killed),
            }
        };
        let io = match self.watched(connected, Phase::Connect, Kind::ServerTimeout).await {
            Ok(Ok(io)) => io,
            Ok(Err(Ended::Killed)) => return Err(Fault::new(Kind::Killed, Phase::Connect)),
            Ok(Err(Ended::Error(error))) => {
                self.stream.server.failure = connect::failure(&error);
                return Err(failed);
            }
            Err(End::Fault(fault)) => return Err(fault),
            Err(_) => return Err(failed),
        };
        self.stream.times.connected = Some(Instant::now());
        if be.options.srvtcpka {
            io.set_keepalive(&be.options.server_probes);
        }
        self.stream.server = sample::Conn::default();
        let unsafe_ok = be.options.accept_unsafe_response;
        let mut conn = Conn::new(io, self.session.worker.limits(unsafe_ok));
        if be.options.h1_case_adjust_server {
            conn.writer.adjust_case(self.process.case.as_ref());
        }
        self.stream.server.below = Some(below(conn.reader.io()));
        self.session.worker.live.add((backend, server), conn.reader.io());
        self.introduce(said, &mut conn);
        if !self.speaks_h2(server) || !self.stream.is_http {
            return Ok(conn.into());
        }
        let announced = self.announcement(server);
        let line = super::h2::server::begin(conn, &self.config.global.tune, unsafe_ok, announced, self.owner());
        self.session.worker.lines.add((backend, server), line.clone());
        Ok(self.asking(&line))
    }

    /// A stream for the request on a connection that carries many.
    pub fn asking(&mut self, line: &Rc<Line>) -> Up {
        let up = Up::asking(line.ask(&self.stream.req, self.request.upgrade), line.io.clone());
        let line: Weak<dyn Below> = Rc::<Line>::downgrade(line);
        self.stream.server.below = Some(line);
        self.stream.server.stream = up.link().map_or(0, |link| link.id);
        up
    }

    /// `send-proxy`: the PROXY protocol's header goes first.
    fn introduce(&self, server: &Server, conn: &mut Conn) {
        let mut header = Vec::new();
        let tlvs = self.announced_tlvs(&server.proxy_v2);
        introduction(server.send_proxy, &self.stream.client, (server.proxy_v2.crc32c, &tlvs), &mut header);
        conn.writer.raw(&header);
    }

    /// What a header of version 2 says besides addresses.
    fn announced_tlvs(&self, said: &ProxyV2) -> Vec<(u8, Vec<u8>)> {
        let mut tlvs = Vec::new();
        if said.authority {
            let received = wire::proxy::Tlvs::new(&self.stream.client.tlvs).find(|(kind, _)| *kind == tlv::AUTHORITY);
            tlvs.extend(received.map(|(kind, name)| (kind, name.to_vec())));
        }
        if said.unique_id {
            tlvs.push((tlv::UNIQUE_ID, self.stream.unique_id.clone().unwrap_or_default()));
        }
        if said.ssl {
            tlvs.push((tlv::SSL, wire::proxy::ssl_value(&wire::proxy::Ssl::default())));
        }
        for (kind, format) in &said.tlvs {
            let mut value = Vec::new();
            format.render(&self.cx(Places::BE_SET_SERVER), &mut value);
            tlvs.push((*kind, value));
        }
        tlvs
    }

    /// `proto h2`, or `ws h2` for websockets.
    pub fn speaks_h2(&self, server: usize) -> bool {
        let Some(said) = self.backend().servers.get(server) else { return false };
        let websockets = said.websockets.filter(|_| self.asks_for_websocket());
        websockets.or(said.proto) == Some(Proto::H2)
    }

    pub fn asks_for_websocket(&self) -> bool {
        let protocol = self.stream.req.field(b"upgrade").filter(|_| self.request.upgrade);
        protocol.is_some_and(|protocol| protocol.eq_ignore_ascii_case(b"websocket"))
    }

    /// Whose requests a connection may carry beside each other.
    pub fn owner(&self) -> Owner {
        self.session.client.src.zip(self.session.client.dst)
    }

    /// Whom a connection to the server tells of, if it begins with a PROXY header, and how its packets are marked.
    pub fn announcement(&self, server: usize) -> Announced {
        let said = self.backend().servers.get(server)?;
        let (client, marks) = (&self.stream.client, self.stream.server_marks);
        let proxied = (said.send_proxy != SendProxy::No).then_some((client.src, client.dst));
        (proxied.is_some() || marks != Marks::default()).then(|| Box::new(Told { proxied, marks }))
    }
}

/// Writes the PROXY protocol's header for a client's addresses; in version 2 with a checksum, if asked for, and TLVs.
fn introduction(
    version: SendProxy,
    client: &sample::Conn,
    (checksum, tlvs): (bool, &[(u8, Vec<u8>)]),
    out: &mut Vec<u8>,
) {
    let addresses = client.src.zip(client.dst).map(|(source, destination)| Addresses { source, destination });
    match version {
        SendProxy::No => {}
        SendProxy::V1 => wire::proxy::write_v1(addresses, out),
        SendProxy::V2 => {
            let tlvs: Vec<_> = tlvs.iter().map(|(kind, value)| (*kind, &value[..])).collect();
            wire::proxy::write_v2(addresses, checksum, &tlvs, out);
        }
    }
}
