//! Keywords of proxies that the engine does not obey yet, by name.

use crate::row::ProxyRow;

pub static TABLE: &[ProxyRow] = &[
    // How answers are packed, who is told of failures, how servers start: a stream meets the same servers and documents.
    ProxyRow::parsed("compression algo"),
    ProxyRow::parsed("compression algo-req"),
    ProxyRow::parsed("compression algo-res"),
    ProxyRow::parsed("compression direction"),
    ProxyRow::parsed("compression minsize-req"),
    ProxyRow::parsed("compression minsize-res"),
    ProxyRow::parsed("compression offload"),
    ProxyRow::parsed("compression type"),
    ProxyRow::parsed("compression type-req"),
    ProxyRow::parsed("compression type-res"),
    ProxyRow::parsed("email-alert from"),
    ProxyRow::parsed("email-alert level"),
    ProxyRow::parsed("email-alert mailers"),
    ProxyRow::parsed("email-alert myhostname"),
    ProxyRow::parsed("email-alert to"),
    ProxyRow::parsed("guid"),
    ProxyRow::parsed("load-server-state-from-file"),
    ProxyRow::parsed("server-state-file-name"),
    // Where traffic goes, who gets in, what is sent.
    ProxyRow::refused("dispatch"),
    ProxyRow::refused("http-send-name-header"),
    ProxyRow::refused("quic-initial"),
    ProxyRow::refused("ssl-f-use"),
    ProxyRow::refused("transparent"),
    ProxyRow::refused("use-fcgi-app"),
];
