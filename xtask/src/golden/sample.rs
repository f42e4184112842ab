//! samples.jsonl and converters.jsonl: what an expression gives at one place of the processing.

use super::exchange::{self, Lines, Patience, Seen, quoted};
use super::pattern::Dialect;
use super::proxy::Binary;
use super::response;
use super::row::{Differ, Row, Verdict};
use super::text;

const LOG: &str = "log 127.0.0.1:<LOG> len 8192 format raw local0";
const FOUND: &str = "{ var(txn.r) -m found }";

/// Plays one row.
pub(crate) fn play(row: &Row, binary: &Binary) -> anyhow::Result<Verdict> {
    let expr = match row.text("converter") {
        "" => row.text("expr").to_owned(),
        converter => format!("{},{converter}", row.text("input_expr")),
    };
    let place = row.value["where"].as_str().unwrap_or("http-request");
    let lines = lines(row, binary, place, &expr);
    let seen = match exchange::run(row, binary, &lines, Patience { after: 0, answer: 2500 })? {
        Ok(seen) => seen,
        Err(verdict) => return Ok(verdict),
    };
    Ok(judge(row, binary, seen, !place.starts_with("http-")))
}

fn lines(row: &Row, binary: &Binary, place: &str, expr: &str) -> Lines {
    let (debug, long) = (binary.names_types(), row.has("value_truncated"));
    let mut lines = Lines { tcp: place.starts_with("tcp-"), ..Lines::default() };
    let pre = row.lines("pre");
    let set = format!("set-var(txn.r) {}", quoted(expr));
    let name = "set-var(txn.t) var(txn.r),debug(golden,stderr)";
    match place {
        "http-request" | "http-response" => {
            let side = if place == "http-request" { &mut lines.frontend } else { &mut lines.backend };
            side.extend(pre.map(|action| format!("{place} {action}")));
            side.push(format!("{place} {set}"));
            side.extend(debug.then(|| format!("{place} {name} if {FOUND}")));
            side.push(format!("{place} return status 200 hdr x-found 1 {} if {FOUND}", headers(long)));
            side.push(format!("{place} return status 200 hdr x-found 0"));
        }
        "tcp-content" => {
            lines.frontend.push("tcp-request inspect-delay 1s".to_owned());
            lines.frontend.extend(pre.map(|action| format!("tcp-request content {action}")));
            lines.frontend.push(format!("tcp-request content {set} if {{ req.len gt 0 }}"));
            lines.frontend.extend(debug.then(|| format!("tcp-request content {name} if {FOUND}")));
            lines.frontend.push("tcp-request content reject if { req.len gt 0 }".to_owned());
            lines.frontend.extend([LOG.to_owned(), format!("log-format '{} %B'", fields(long, false))]);
        }
        "tcp-response" => {
            lines.backend.push("tcp-response inspect-delay 1s".to_owned());
            lines.backend.extend(pre.map(|action| format!("tcp-response content {action}")));
            lines.backend.push(format!("tcp-response content {set} if {{ res.len gt 0 }}"));
            lines.backend.extend(debug.then(|| format!("tcp-response content {name} if {FOUND}")));
            lines.frontend.extend([LOG.to_owned(), format!("log-format '{} %B'", fields(long, false))]);
        }
        _ => {
            let format = format!("%[{expr},set-var(txn.r)] {} %B", fields(long, debug));
            lines.frontend.extend([LOG.to_owned(), format!("log-format {}", quoted(&format))]);
        }
    }
    lines
}

/// The value as bytes, the value cast to a string; of a long one the beginning and a digest.
fn headers(long: bool) -> &'static str {
    if long {
        r#"hdr x-bin "%[var(txn.r),bytes(0,64),hex]" hdr x-str "%[var(txn.r),concat(),bytes(0,64),hex]" hdr x-sha "%[var(txn.r),sha2(256),hex]""#
    } else {
        r#"hdr x-bin "%[var(txn.r),hex]" hdr x-str "%[var(txn.r),concat(),hex]""#
    }
}

/// The same for a log line. The length tells an empty value from a missing one; `%B`, put behind, makes the line wait
/// for the end of the exchange.
fn fields(long: bool, debug: bool) -> String {
    let cut = if long { "bytes(0,64)," } else { "" };
    let name = if debug { " T=%[var(txn.r),debug(golden,stderr),length]" } else { "" };
    format!(
        "x-bin=%[var(txn.r),{cut}hex] x-str=%[var(txn.r),concat(),{cut}hex] \
         x-found=%[var(txn.r),concat(),length] x-sha=%[var(txn.r),sha2(256),hex]{name}"
    )
}

/// What was reported about the value.
struct Report {
    found: bool,
    kind: Option<String>,
    bin: Vec<u8>,
    str: Vec<u8>,
    sha: String,
}

fn judge(row: &Row, binary: &Binary, mut seen: Seen, logged: bool) -> Verdict {
    if row.has("crash") {
        return if seen.proxy.is_alive() || !binary.ours {
            Verdict::Passed
        } else {
            Verdict::failed("process", "alive", "died")
        };
    }
    if row.value["rejected"] == true {
        return Verdict::failed("start", &format!("rejected ({})", row.text("reject_kind")), "accepted");
    }
    let mut differ = Differ::new(Dialect::Rules);
    differ.known = seen.known.clone();
    if let (false, Some(status)) = (row.has("found"), row.value["client_status"].as_u64()) {
        differ.equal("client_status", &status.to_string(), &response::status(&seen.answer()).to_string());
        return differ.verdict();
    }
    match if logged { from_log(&seen) } else { from_answer(&seen) } {
        Some(report) => compare(&mut differ, row, &report),
        None if row.value["no_response"] == true => {}
        None => differ.push("report".to_owned(), "a value or none".to_owned(), text::show(&seen.last)),
    }
    differ.verdict()
}

fn from_answer(seen: &Seen) -> Option<Report> {
    let answer = seen.answer();
    let field = |name: &str| response::header(&answer, name).map(text::as_text).unwrap_or_default();
    let found = response::header(&answer, "x-found")? == b"1";
    Some(Report {
        found,
        kind: kind(seen),
        bin: bytes(&field("x-bin")),
        str: bytes(&field("x-str")),
        sha: field("x-sha"),
    })
}

fn from_log(seen: &Seen) -> Option<Report> {
    let line = text::as_text(&seen.logs.datagram(std::time::Instant::now() + super::peer::ms(3000))?);
    let field = |name: &str| {
        let at = line.rfind(&format!("{name}="))? + name.len() + 1;
        line[at..].split([' ', '\n']).next().map(str::to_owned)
    };
    let found = field("x-found")?.starts_with(|c: char| c.is_ascii_digit());
    let value = |name: &str| bytes(&field(name).unwrap_or_default());
    Some(Report {
        found,
        kind: kind(seen),
        bin: value("x-bin"),
        str: value("x-str"),
        sha: field("x-sha").unwrap_or_default(),
    })
}

/// The type as the `debug` converter named it last.
fn kind(seen: &Seen) -> Option<String> {
    let said = seen.proxy.said();
    let (_, rest) = said.rsplit_once("golden: type=")?;
    rest.split_ascii_whitespace().next().map(str::to_owned)
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes().chunks(2).filter_map(|d| u8::from_str_radix(std::str::from_utf8(d).ok()?, 16).ok()).collect()
}

fn compare(differ: &mut Differ, row: &Row, report: &Report) {
    differ.equal("found", &row.value["found"].to_string(), &report.found.to_string());
    if row.value["found"] != true || !report.found {
        return;
    }
    let expected = row.text("type");
    if let Some(kind) = &report.kind {
        differ.equal("type", expected, kind);
    }
    let value = if matches!(expected, "bin" | "str") { &report.bin } else { &report.str };
    if let Some(token) = row.value["value_is"].as_str() {
        differ.bytes("value", token, value);
    } else if row.value["value_volatile"] != true {
        let expected = bytes(row.text("value_hex"));
        if expected != *value {
            differ.push("value".to_owned(), text::show(&expected), text::show(value));
        }
    }
    if row.has("value_sha256") {
        differ.equal("value_sha256", row.text("value_sha256"), &report.sha.to_ascii_lowercase());
    }
}
