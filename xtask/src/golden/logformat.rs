//! logformat.jsonl: the lines that are logged, or the value that a format gives in a rule.

use super::exchange::{self, Lines, Patience, Seen};
use super::pattern::Dialect;
use super::proxy::Binary;
use super::response;
use super::row::{Differ, Row, Verdict};
use super::text;

/// Plays one row.
pub(crate) fn play(row: &Row, binary: &Binary) -> anyhow::Result<Verdict> {
    let lines = Lines { tcp: row.text("mode") == "tcp", ..Lines::default() };
    let mut seen = match exchange::run(row, binary, &lines, Patience { after: 0, answer: 2500 })? {
        Ok(seen) => seen,
        Err(verdict) => return Ok(verdict),
    };
    if row.value["rejected"] == true {
        return Ok(Verdict::failed("start", &format!("rejected ({})", row.text("reject_kind")), "accepted"));
    }
    if row.has("crash") {
        let alive = seen.proxy.is_alive() || !binary.ours;
        return Ok(if alive { Verdict::Passed } else { Verdict::failed("process", "alive", "died") });
    }
    let mut differ = Differ::new(Dialect::Rules);
    differ.known = seen.known.clone();
    if row.text("where") == "log" {
        compare_lines(&mut differ, row, &seen);
    } else {
        compare_value(&mut differ, row, &seen);
    }
    Ok(differ.verdict())
}

fn compare_lines(differ: &mut Differ, row: &Row, seen: &Seen) {
    let expected: Vec<&str> = row.lines("lines").collect();
    let got = seen.datagrams(expected.len());
    if expected.len() != got.len() || !expected.iter().zip(&got).all(|(e, g)| differ.matches(e, g)) {
        let got: String = got.iter().map(|line| text::show(line)).collect();
        differ.push("lines".to_owned(), text::show(&text::latin1(&expected.concat())), got);
    }
}

fn compare_value(differ: &mut Differ, row: &Row, seen: &Seen) {
    if let Some(status) = row.value["client_status"].as_u64() {
        differ.equal("client_status", &status.to_string(), &response::status(&seen.answer()).to_string());
    }
    if !row.has("value") {
        return;
    }
    match (row.value["value"].as_str(), value(row.text("where"), seen)) {
        (Some(expected), Some(got)) => differ.bytes("value", expected, &got),
        (None, None) => {}
        (expected, got) => {
            let got = got.map_or_else(|| "absent".to_owned(), |bytes| text::show(&bytes));
            differ.push("value".to_owned(), expected.unwrap_or("absent").to_owned(), got);
        }
    }
}

/// Where each kind of format shows.
fn value(place: &str, seen: &Seen) -> Option<Vec<u8>> {
    let origin = seen.origin.last().map(Vec::as_slice).unwrap_or_default();
    let answer = seen.answer();
    let field = |message, name| response::header(message, name).map(<[u8]>::to_vec);
    match place {
        "set-header" | "unique-id-format" => field(origin, "x-fmt"),
        "res-set-header" | "return-hdr" => field(&answer, "x-fmt"),
        "redirect-location" => field(&answer, "location"),
        "lf-string" => Some(response::body(&answer).to_vec()),
        "set-path" => origin.split(|b| *b == b'\r').next().filter(|line| !line.is_empty()).map(<[u8]>::to_vec),
        _ => {
            let hex = field(&answer, "x-str")?;
            let digits = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
            Some(hex.chunks(2).filter_map(digits).collect())
        }
    }
}
