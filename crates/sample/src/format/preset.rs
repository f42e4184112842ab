//! The formats that options stand for (manual, sections 8.2.1 to 8.2.5), and the variables that name them.

/// `option tcplog`, also in `HAPROXY_TCP_LOG_FMT`.
pub const TCP: &str = "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq";

/// `option tcplog clf`, also in `HAPROXY_TCP_CLF_LOG_FMT`.
pub const TCP_CLF: &str = "%{+Q}o %{-Q}ci - - [%T] \"TCP \" 000 %B \"\" \"\" %cp %ms %ft %b %s %Th %Tw %Tc %Tt %U \
                           %ts-- %ac %fc %bc %sc %rc %sq %bq \"\" \"\" ";

/// `option httplog`, also in `HAPROXY_HTTP_LOG_FMT`.
pub const HTTP: &str = "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq \
                        %hr %hs %{+Q}r";

/// `option httplog clf`, also in `HAPROXY_HTTP_CLF_LOG_FMT`.
pub const HTTP_CLF: &str = "%{+Q}o %{-Q}ci - - [%trg] %r %ST %B \"\" \"\" %cp %ms %ft %b %s %TR %Tw %Tc %Tr %Ta %tsc \
                            %ac %fc %bc %sc %rc %sq %bq %CC %CS %hrl %hsl";

/// `option httpslog`, also in `HAPROXY_HTTPS_LOG_FMT`.
pub const HTTPS: &str = "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq \
                         %hr %hs %{+Q}r %[fc_err]/%[ssl_fc_err,hex]/%[ssl_c_err]/%[ssl_c_ca_err]/\
                         %[ssl_fc_is_resumed] %[ssl_fc_sni]/%sslv/%sslc";

/// The line of a proxy that has no format of its own, in mode http.
pub const DEFAULT_HTTP: &str = "Connect from %ci:%cp to %fi:%fp (%f/HTTP)";

/// The same in mode tcp.
pub const DEFAULT_TCP: &str = "Connect from %ci:%cp to %fi:%fp (%f/TCP)";

/// Variables that stand for formats in a configuration.
pub const VARIABLES: &[(&str, &str)] = &[
    ("HAPROXY_HTTPS_LOG_FMT", HTTPS),
    ("HAPROXY_HTTP_CLF_LOG_FMT", HTTP_CLF),
    ("HAPROXY_HTTP_LOG_FMT", HTTP),
    ("HAPROXY_TCP_CLF_LOG_FMT", TCP_CLF),
    ("HAPROXY_TCP_LOG_FMT", TCP),
];
