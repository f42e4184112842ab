//! acl.jsonl: whether a condition holds.

use super::exchange::{self, Lines, Patience};
use super::proxy::Binary;
use super::response;
use super::row::{Row, Verdict};
use super::text;

/// Plays one row.
pub(crate) fn play(row: &Row, binary: &Binary) -> anyhow::Result<Verdict> {
    let place = row.text("where");
    let mut lines = Lines::default();
    let side = if place == "http-request" { &mut lines.frontend } else { &mut lines.backend };
    side.extend(row.lines("acls").map(|acl| format!("acl {acl}")));
    side.extend(row.lines("pre").map(|action| format!("{place} {action}")));
    side.push(format!("{place} return status 200 hdr x-matched true {}", row.text("condition")));
    side.push(format!("{place} return status 200 hdr x-matched false"));
    let seen = match exchange::run(row, binary, &lines, Patience { after: 0, answer: 2500 })? {
        Ok(seen) => seen,
        Err(verdict) => return Ok(verdict),
    };
    if row.value["rejected"] == true {
        let expected = format!("rejected ({})", row.text("reject_kind"));
        return Ok(Verdict::failed("start", &expected, "accepted"));
    }
    let matched = response::header(&seen.answer(), "x-matched").map(text::as_text);
    let expected = row.value["matched"].to_string();
    Ok(match matched {
        Some(word) if word == expected => Verdict::Passed,
        Some(word) => Verdict::failed("matched", &expected, &word),
        None => Verdict::failed("answer", "x-matched", &text::show(&seen.last)),
    })
}
