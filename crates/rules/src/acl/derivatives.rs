//! Names that only ACLs know: a fetch with its match method (manual, section 7.3.6: "ACL derivatives").

/// A name, the fetch it stands for, and how its values are matched when no converter follows.
#[derive(Debug, Clone, Copy)]
pub struct Derivative {
    pub name: &'static str,
    pub fetch: &'static str,
    pub method: &'static str,
}

/// Sorted by name.
#[rustfmt::skip]
pub const DERIVATIVES: &[Derivative] = &[
    derive("base", "base", "str"),
    derive("base_beg", "base", "beg"),
    derive("base_dir", "base", "dir"),
    derive("base_dom", "base", "dom"),
    derive("base_end", "base", "end"),
    derive("base_len", "base", "len"),
    derive("base_reg", "base", "reg"),
    derive("base_sub", "base", "sub"),
    derive("cook", "req.cook", "str"),
    derive("cook_beg", "req.cook", "beg"),
    derive("cook_dir", "req.cook", "dir"),
    derive("cook_dom", "req.cook", "dom"),
    derive("cook_end", "req.cook", "end"),
    derive("cook_len", "req.cook", "len"),
    derive("cook_reg", "req.cook", "reg"),
    derive("cook_sub", "req.cook", "sub"),
    derive("hdr", "req.hdr", "str"),
    derive("hdr_beg", "req.hdr", "beg"),
    derive("hdr_dir", "req.hdr", "dir"),
    derive("hdr_dom", "req.hdr", "dom"),
    derive("hdr_end", "req.hdr", "end"),
    derive("hdr_len", "req.hdr", "len"),
    derive("hdr_reg", "req.hdr", "reg"),
    derive("hdr_sub", "req.hdr", "sub"),
    derive("http_auth_group", "http_auth_group", "str"),
    derive("method", "method", "meth"),
    derive("path", "path", "str"),
    derive("path_beg", "path", "beg"),
    derive("path_dir", "path", "dir"),
    derive("path_dom", "path", "dom"),
    derive("path_end", "path", "end"),
    derive("path_len", "path", "len"),
    derive("path_reg", "path", "reg"),
    derive("path_sub", "path", "sub"),
    derive("payload", "req.payload", "bin"),
    derive("payload_lv", "req.payload_lv", "bin"),
    derive("req.ssl_ver", "req.ssl_ver", "int"),
    derive("req_rdp_cookie", "req.rdp_cookie", "str"),
    derive("req_rdp_cookie_cnt", "req.rdp_cookie_cnt", "int"),
    derive("req_ssl_sni", "req.ssl_sni", "str"),
    derive("req_ssl_ver", "req.ssl_ver", "int"),
    derive("req_ver", "req.ver", "str"),
    derive("resp_ver", "res.ver", "str"),
    derive("scook", "res.cook", "str"),
    derive("scook_beg", "res.cook", "beg"),
    derive("scook_dir", "res.cook", "dir"),
    derive("scook_dom", "res.cook", "dom"),
    derive("scook_end", "res.cook", "end"),
    derive("scook_len", "res.cook", "len"),
    derive("scook_reg", "res.cook", "reg"),
    derive("scook_sub", "res.cook", "sub"),
    derive("shdr", "res.hdr", "str"),
    derive("shdr_beg", "res.hdr", "beg"),
    derive("shdr_dir", "res.hdr", "dir"),
    derive("shdr_dom", "res.hdr", "dom"),
    derive("shdr_end", "res.hdr", "end"),
    derive("shdr_len", "res.hdr", "len"),
    derive("shdr_reg", "res.hdr", "reg"),
    derive("shdr_sub", "res.hdr", "sub"),
    derive("ssl_fc_sni_end", "ssl_fc_sni", "end"),
    derive("ssl_fc_sni_reg", "ssl_fc_sni", "reg"),
    derive("url", "url", "str"),
    derive("url_beg", "url", "beg"),
    derive("url_dir", "url", "dir"),
    derive("url_dom", "url", "dom"),
    derive("url_end", "url", "end"),
    derive("url_len", "url", "len"),
    derive("url_reg", "url", "reg"),
    derive("url_sub", "url", "sub"),
    derive("urlp", "urlp", "str"),
    derive("urlp_beg", "urlp", "beg"),
    derive("urlp_dir", "urlp", "dir"),
    derive("urlp_dom", "urlp", "dom"),
    derive("urlp_end", "urlp", "end"),
    derive("urlp_len", "urlp", "len"),
    derive("urlp_reg", "urlp", "reg"),
    derive("urlp_sub", "urlp", "sub"),
];

const fn derive(name: &'static str, fetch: &'static str, method: &'static str) -> Derivative {
    Derivative { name, fetch, method }
}

pub(super) fn find(name: &[u8]) -> Option<&'static Derivative> {
    DERIVATIVES.iter().find(|d| d.name.as_bytes() == name)
}
