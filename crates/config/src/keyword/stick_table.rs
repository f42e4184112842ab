//! `stick-table` and the `stick` rules (manual, section 4.2): their words by name. None of them is obeyed yet.

use crate::{
    line::Line,
    row::{ProxyRow, nearest},
};

pub static TABLE: &[ProxyRow] = &[
    ProxyRow::refused("stick-table").reads(|line, _| table(line)).bad(&[
        "stick-table",
        "stick-table type nope size 1k",
        "stick-table nope",
        "stick-table type ip store nope",
    ]),
    ProxyRow::refused("stick match"),
    ProxyRow::refused("stick on"),
    ProxyRow::refused("stick store-request"),
    ProxyRow::refused("stick store-response"),
];

/// The parameters, and how many arguments each takes; those of `type` and `store` are looked at.
pub const PARAMS: &[(&str, usize)] = &[
    ("brates-factor", 1),
    ("expire", 1),
    ("nopurge", 0),
    ("peers", 1),
    ("recv-only", 0),
    ("size", 1),
    ("srvkey", 1),
    ("store", 1),
    ("type", 1),
    ("write-to", 1),
];

pub const KEY_TYPES: &[&str] = &["binary", "integer", "ip", "ipv4", "ipv6", "string"];

pub const DATA_TYPES: &[&str] = &[
    "bytes_in_cnt",
    "bytes_in_rate",
    "bytes_out_cnt",
    "bytes_out_rate",
    "conn_cnt",
    "conn_cur",
    "conn_rate",
    "glitch_cnt",
    "glitch_rate",
    "gpc",
    "gpc0",
    "gpc0_rate",
    "gpc1",
    "gpc1_rate",
    "gpc_rate",
    "gpt",
    "gpt0",
    "http_err_cnt",
    "http_err_rate",
    "http_fail_cnt",
    "http_fail_rate",
    "http_req_cnt",
    "http_req_rate",
    "server_id",
    "server_key",
    "sess_cnt",
    "sess_rate",
];

/// Looks at the words, so that a slip is told from what is refused.
fn table(line: &mut Line<'_, '_>) -> Option<()> {
    if line.peek().is_none() {
        return line.fail("missing-argument", "'stick-table' : missing 'type' and 'size'");
    }
    while let Some(word) = line.word() {
        let Some((name, args)) = PARAMS.iter().find(|(name, _)| word.is(name)) else {
            return unknown(line, &word.show(), PARAMS.iter().map(|(name, _)| *name));
        };
        if *args == 0 {
            continue;
        }
        let value = line.need(&format!("'stick-table' : missing argument after '{name}'."))?.show();
        match *name {
            "type" => key_type(line, &value)?,
            "store" => data_types(line, &value)?,
            _ => {}
        }
    }
    line.not_supported("stick-table")
}

fn key_type(line: &mut Line<'_, '_>, value: &str) -> Option<()> {
    if !KEY_TYPES.contains(&value) {
        return unknown(line, value, KEY_TYPES.iter().copied());
    }
    if line.take("len") {
        line.need("'stick-table' : missing argument after 'len'.")?;
    }
    Some(())
}

/// `gpc(2),http_req_rate(10s)`.
fn data_types(line: &mut Line<'_, '_>, value: &str) -> Option<()> {
    let mut depth = 0;
    let separator = |c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    };
    for part in value.split(separator) {
        let name = part.split('(').next().unwrap_or(part);
        if !DATA_TYPES.contains(&name) {
            return unknown(line, name, DATA_TYPES.iter().copied());
        }
    }
    Some(())
}

fn unknown(line: &mut Line<'_, '_>, got: &str, known: impl Iterator<Item = &'static str>) -> Option<()> {
    let maybe =
        nearest(got.as_bytes(), known).map(|near| format!("; did you mean '{near}' maybe ?")).unwrap_or_default();
    line.fail("unknown-parameter", format!("'stick-table' : unknown argument '{got}'{maybe}"))
}
