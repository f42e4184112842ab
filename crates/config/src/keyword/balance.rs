//! `balance`, `hash-type`, `hash-balance-factor` (manual, section 4.2).

use crate::{
    draft::{HashDraft, ProxyDraft},
    ir::KeyExpr,
    line::Line,
    row::{ProxyRow, nearest},
};

/// How a server is chosen.
#[derive(Debug, Clone, Default)]
pub enum Balance {
    First,
    /// `hash EXPR`.
    Hash(KeyExpr),
    /// `hdr(NAME)`, lower case, and `use_domain_only`.
    Hdr {
        name: Vec<u8>,
        domain_only: bool,
    },
    LeastConn,
    /// The default of 3.4 is `Random(2)`.
    Random(u32),
    RdpCookie(Vec<u8>),
    #[default]
    RoundRobin,
    Source,
    StaticRr,
    Sticky,
    /// Lengths in bytes, 0 = no limit.
    Uri {
        len: u32,
        depth: u32,
        whole: bool,
        path_only: bool,
    },
    UrlParam {
        name: Vec<u8>,
        check_post: bool,
    },
}

impl Balance {
    /// Whether a client's requests go to one server by themselves (manual, `option prefer-last-server`).
    pub fn is_deterministic(&self) -> bool {
        self.is_hash() || matches!(self, Balance::StaticRr | Balance::Sticky)
    }

    /// Whether the request decides about the server, rather than the servers' turn or load.
    pub fn is_hash(&self) -> bool {
        !matches!(
            self,
            Balance::First
                | Balance::LeastConn
                | Balance::Random(_)
                | Balance::RoundRobin
                | Balance::StaticRr
                | Balance::Sticky
        )
    }
}

/// How a key becomes a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hash {
    pub consistent: bool,
    pub function: HashFunction,
    pub avalanche: bool,
    /// `hash-balance-factor` in percent; 0 = none.
    pub factor: u32,
    pub preserve: PreserveAffinity,
}

impl Default for Hash {
    fn default() -> Hash {
        Hash {
            consistent: false,
            function: HashFunction::Sdbm,
            avalanche: false,
            factor: 0,
            preserve: PreserveAffinity::Always,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashFunction {
    Crc32,
    Djb2,
    None,
    Sdbm,
    Wt6,
}

/// `hash-preserve-affinity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreserveAffinity {
    Always,
    MaxConn,
    MaxQueue,
}

pub static TABLE: &[ProxyRow] = &[
    ProxyRow::full("balance", balance)
        .ok(&[
            "balance static-rr",
            "balance leastconn",
            "balance first",
            "balance source",
            "balance random",
            "balance random(3)",
            "balance uri len 10 depth 2 whole path-only",
            "balance url_param id check_post",
            "balance hdr(Host) use_domain_only",
            "balance rdp-cookie(mstshash)",
            "balance hash req.hdr(host),lower",
            "balance sticky",
        ])
        .bad(&[
            "balance",
            "balance foo",
            "balance hdr",
            "balance hdr()",
            "balance hdr(a) foo",
            "balance uri len",
            "balance uri foo",
            "balance random(0)",
            "balance random(x)",
            "balance url_param",
            "balance hash nope",
        ]),
    ProxyRow::full("hash-type", hash_type)
        .ok(&["hash-type consistent", "hash-type map-based crc32 avalanche", "hash-type consistent wt6"])
        .bad(&["hash-type", "hash-type foo", "hash-type consistent foo", "hash-type consistent sdbm foo"]),
    ProxyRow::full("hash-balance-factor", hash_balance_factor)
        .ok(&["hash-balance-factor 0", "hash-balance-factor 125"])
        .bad(&["hash-balance-factor", "hash-balance-factor 50"]),
    ProxyRow::full("hash-preserve-affinity", hash_preserve_affinity)
        .ok(&["hash-preserve-affinity maxqueue"])
        .bad(&["hash-preserve-affinity", "hash-preserve-affinity never"]),
];

const ALGORITHMS: &str = "balance only supports 'roundrobin', 'static-rr', 'leastconn', 'source', 'uri', 'url_param', \
                          'hash', 'hdr(name)', 'rdp-cookie(name)', 'log-hash' and 'log-sticky' options.";

/// Reads what follows an algorithm's name; the second argument is what stands in parentheses behind it.
type Algorithm = fn(&mut Line<'_, '_>, Option<&[u8]>) -> Option<Balance>;

/// The algorithms, by name.
const NAMES: &[(&str, Algorithm)] = &[
    ("first", |_, _| Some(Balance::First)),
    ("hash", |line, _| hash(line)),
    ("hdr", hdr),
    ("leastconn", |_, _| Some(Balance::LeastConn)),
    ("log-hash", |line, _| line.not_supported("balance log-hash")),
    ("random", random),
    ("rdp-cookie", |_, name| Some(Balance::RdpCookie(name.unwrap_or(b"mstshash").to_vec()))),
    ("roundrobin", |_, _| Some(Balance::RoundRobin)),
    ("source", |_, _| Some(Balance::Source)),
    ("static-rr", |_, _| Some(Balance::StaticRr)),
    ("sticky", |_, _| Some(Balance::Sticky)),
    ("uri", |line, _| uri(line)),
    ("url_param", |line, _| url_param(line)),
];

fn balance(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    let word = line.need(ALGORITHMS)?;
    let (name, argument) = parenthesised(word.bytes());
    let Some((_, read)) = NAMES.iter().find(|(n, _)| n.as_bytes() == name) else {
        let help = nearest(name, NAMES.iter().map(|(n, _)| *n)).map(|n| format!("did you mean '{n}'?"));
        line.alert("unknown-balance", word.span, ALGORITHMS, help.as_deref().unwrap_or("see the manual, section 4.2"));
        return None;
    };
    proxy.balance = Some(read(line, argument)?);
    // HAProxy does not look at what follows the algorithms without options.
    Some(())
}

/// `name(argument)` in its two parts.
pub fn parenthesised(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let Some(open) = text.iter().position(|b| *b == b'(') else { return (text, None) };
    let (name, rest) = text.split_at(open);
    let inner = rest.strip_prefix(b"(").unwrap_or(rest);
    (name, Some(inner.strip_suffix(b")").unwrap_or(inner)))
}

fn hash(line: &mut Line<'_, '_>) -> Option<Balance> {
    let word = line.need("balance hash requires a sample expression.")?;
    let expr = line.expr(word, sample::Places::BE_HTTP_REQ.and(sample::Places::BE_REQ_CONTENT))?;
    Some(Balance::Hash(std::sync::Arc::new(expr)))
}

fn hdr(line: &mut Line<'_, '_>, name: Option<&[u8]>) -> Option<Balance> {
    if name.is_none() {
        return line.fail("bad-argument", ALGORITHMS);
    }
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return line.fail("missing-argument", "balance hdr requires an http header field name.");
    };
    let domain_only = line.take("use_domain_only");
    if let Some(word) = line.word() {
        let message = format!(
            "balance hdr({}) only accepts 'use_domain_only' modifier (got '{}').",
            String::from_utf8_lossy(name),
            word.show()
        );
        return line.fail("bad-argument", message);
    }
    Some(Balance::Hdr { name: name.to_ascii_lowercase(), domain_only })
}

fn random(line: &mut Line<'_, '_>, draws: Option<&[u8]>) -> Option<Balance> {
    let Some(text) = draws else { return Some(Balance::Random(2)) };
    if let Some(byte) = text.iter().find(|b| !b.is_ascii_digit()) {
        let message = format!("balance random : unexpected character '{}' after argument.", char::from(*byte));
        return line.fail("bad-argument", message);
    }
    match std::str::from_utf8(text).ok().and_then(|t| t.parse().ok()).filter(|n| *n > 0) {
        Some(draws) => Some(Balance::Random(draws)),
        None => line.fail("bad-argument", "balance random : number of draws must be at least 1."),
    }
}

fn uri(line: &mut Line<'_, '_>) -> Option<Balance> {
    let (mut len, mut depth, mut whole, mut path_only) = (0, 0, false, false);
    while let Some(word) = line.word() {
        match word.bytes() {
            b"len" => len = positive(line, "len")?,
            b"depth" => depth = positive(line, "depth")?,
            b"whole" => whole = true,
            b"path-only" => path_only = true,
            _ => {
                let got = word.show();
                let message = format!(
                    "balance uri only accepts parameters 'len', 'depth', 'path-only', and 'whole' (got '{got}')."
                );
                return line.fail("bad-argument", message);
            }
        }
    }
    Some(Balance::Uri { len, depth, whole, path_only })
}

fn positive(line: &mut Line<'_, '_>, what: &str) -> Option<u32> {
    let word = line.word();
    let number = word.and_then(|w| w.str()).and_then(|t| t.parse::<u32>().ok()).filter(|n| *n > 0);
    if number.is_none() {
        let got = word.map(|w| w.show()).unwrap_or_default();
        let message = format!("balance uri : '{what}' expects a positive integer (got '{got}').");
        return line.fail("bad-argument", message);
    }
    number
}

fn url_param(line: &mut Line<'_, '_>) -> Option<Balance> {
    let name = line.need("balance url_param requires an URL parameter name.")?;
    let check_post = line.take("check_post");
    Some(Balance::UrlParam { name: name.bytes().to_vec(), check_post })
}

fn hash_type(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    const TYPES: &str = "'hash-type' only supports 'consistent' and 'map-based'.";
    let consistent = match line.need(TYPES)?.bytes() {
        b"consistent" => true,
        b"map-based" => false,
        b"avalanche" => {
            let message = "experimental feature 'hash-type avalanche' is not supported anymore, please use 'hash-type \
                           map-based sdbm avalanche' instead.";
            return line.fail("removed-keyword", message);
        }
        _ => return line.fail("bad-argument", TYPES),
    };
    let function = match line.word().map(|w| w.bytes()) {
        None => None,
        Some(b"sdbm") => Some(HashFunction::Sdbm),
        Some(b"djb2") => Some(HashFunction::Djb2),
        Some(b"crc32") => Some(HashFunction::Crc32),
        Some(b"none") => Some(HashFunction::None),
        Some(b"wt6") => Some(HashFunction::Wt6),
        Some(_) => {
            let message = "'hash-type' only supports 'sdbm', 'djb2', 'crc32', 'wt6', or 'none' hash functions.";
            return line.fail("bad-argument", message);
        }
    };
    let avalanche = line.take("avalanche");
    if line.word().is_some() {
        return line.fail("bad-argument", "'hash-type' only supports 'avalanche' as a modifier for hash functions.");
    }
    proxy.hash = HashDraft { consistent: Some(consistent), function, avalanche, ..proxy.hash };
    Some(())
}

fn hash_balance_factor(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    let factor = line.natural("'hash-balance-factor' expects an integer argument.")?;
    if (1..=100).contains(&factor) {
        return line.fail("bad-argument", "'hash-balance-factor' must be 0 or greater than 100.");
    }
    proxy.hash.factor = Some(factor);
    line.end()
}

fn hash_preserve_affinity(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    const WORDS: &str = "'hash-preserve-affinity' only supports 'always', 'maxconn' and 'maxqueue'.";
    let preserve = match line.need(WORDS)?.bytes() {
        b"always" => PreserveAffinity::Always,
        b"maxconn" => PreserveAffinity::MaxConn,
        b"maxqueue" => PreserveAffinity::MaxQueue,
        _ => return line.fail("bad-argument", WORDS),
    };
    proxy.hash.preserve = Some(preserve);
    line.end()
}
