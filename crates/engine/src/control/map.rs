//! Maps at run time: what is in them, and what shall be (management guide, section 9.3).

use super::{Answer, Call, Command, command};
use config::keyword::stats::Level::Admin;
use sample::map::{Map, Match, Row, Which};
use std::fmt::Write;

pub(super) const TABLE: &[Command] = &[
    command("add map [@<ver>] <map> <key> <val>", "add map", Admin, "add a map entry (payload supported)", add),
    command("clear map [@<ver>] <map>", "clear map", Admin, "clear the contents of this map", clear),
    command("commit map @<ver> <map>", "commit map", Admin, "commit the map at this version", commit),
    command("del map <map> [<key>|#<ref>]", "del map", Admin, "delete a map entry", del),
    command("get map <map> <value>", "get map", Admin, "report the keys and values matching a sample for a map", get),
    command("prepare map <map>", "prepare map", Admin, "prepare a new version for atomic map replacement", prepare),
    command("set map <map> [<key>|#<ref>] <value>", "set map", Admin, "modify a map entry", set),
    command("show map [@<ver>] [<map>]", "show map", Admin, "report available maps or dump a map's contents", show),
];

/// The version in front of a map's name, and the words from the name on.
pub(super) fn versioned<'c>(call: &'c Call<'_>) -> Result<(Option<u32>, &'c [Vec<u8>]), Answer> {
    let words = call.args;
    match words.first().and_then(|word| word.strip_prefix(b"@")) {
        Some(digits) => {
            let version = std::str::from_utf8(digits).ok().and_then(|text| text.parse().ok());
            let version = version.ok_or_else(|| Answer::error("Unable to parse the version number."))?;
            Ok((Some(version), words.get(1..).unwrap_or_default()))
        }
        None => Ok((None, words)),
    }
}

/// A map by its number or name.
fn find<'c>(call: &'c Call<'_>, name: Option<&Vec<u8>>) -> Result<&'c Map, Answer> {
    let maps = &call.worker.process.config.maps;
    let name = name.map_or(&[][..], Vec::as_slice);
    let number = name.strip_prefix(b"#").and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<u32>().ok());
    let is = |map: &&Map| number.map_or(map.name == name, |number| map.number == number);
    maps.iter().find(is).ok_or_else(|| Answer::error("Unknown map identifier. Please use #<id> or <file>."))
}

/// An entry by its key, or by its reference as `show map` writes it.
pub(super) fn which(word: &[u8]) -> Which<'_> {
    let digits = word.strip_prefix(b"#").map(|rest| rest.strip_prefix(b"0x").unwrap_or(rest));
    let id = digits.and_then(|digits| u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
    id.map_or(Which::Key(word), Which::Id)
}

fn show(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let (version, words) = versioned(call)?;
    let mut out = String::new();
    if words.is_empty() {
        out.push_str("# id (file) description\n");
        for map in &call.worker.process.config.maps {
            let at = map.number;
            let name = String::from_utf8_lossy(&map.name);
            let used = map.used.join(", ");
            let (current, next, count) = map.version();
            let line = format!("{at} ({name}) pattern loaded from file '{name}' used {used}.");
            let _ = writeln!(out, "{line} curr_ver={current} next_ver={next} entry_cnt={count}");
        }
        return Ok(Answer::Text(out));
    }
    let map = find(call, words.first())?;
    for Row { id, key, value } in map.rows(version).unwrap_or_default() {
        let (key, value) = (String::from_utf8_lossy(&key), String::from_utf8_lossy(&value));
        let _ = writeln!(out, "{id:#x} {key} {value}");
    }
    Ok(Answer::Text(out))
}

fn get(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let [name, text, ..] = call.args else { return Err(Answer::error("Missing map identifier and/or key.")) };
    let map = find(call, Some(name))?;
    let mut out = String::new();
    for (how, _, found) in map.ask(text) {
        let (way, kept) = way(how);
        let _ = write!(out, "type={way}, case=sensitive, ");
        let _ = match found {
            Some(row) => {
                let (key, value) = (String::from_utf8_lossy(&row.key), String::from_utf8_lossy(&row.value));
                writeln!(out, "found=yes, idx={kept}, key=\"{key}\", value=\"{value}\", type=\"str\"")
            }
            None => writeln!(out, "found=no"),
        };
    }
    Ok(Answer::Text(out))
}

/// A way of matching as HAProxy calls it, and how it keeps the keys.
pub(super) fn way(how: Match) -> (&'static str, &'static str) {
    match how {
        Match::Beg => ("beg", "tree"),
        Match::Dir => ("dir", "list"),
        Match::Dom => ("dom", "list"),
        Match::End => ("end", "list"),
        Match::Int => ("int", "list"),
        Match::Ip => ("ip", "tree"),
        Match::Len => ("len", "list"),
        Match::Reg => ("reg", "list"),
        Match::Str => ("str", "tree"),
        Match::Sub => ("sub", "list"),
    }
}

fn add(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let payload = call.cli.payload.take();
    let (version, words) = versioned(call)?;
    let lines: Vec<(&[u8], &[u8])> = match (words, &payload) {
        ([_, key, value, ..], None) => vec![(key, value)],
        ([_], Some(payload)) => payload.split(|b| *b == b'\n').filter_map(sample::map::line).collect(),
        _ => {
            let message = "'add map' expects three parameters (map identifier, key and value) or one parameter (map \
                           identifier) and a payload";
            return Err(Answer::error(message));
        }
    };
    let map = find(call, words.first())?;
    within(map, version)?;
    for (key, value) in lines {
        map.add(version, key, value).map_err(|why| Answer::error(format!("{why}.")))?;
    }
    Ok(Answer::Done)
}

/// Whether a version is live or being prepared.
fn within(map: &Map, version: Option<u32>) -> Result<(), Answer> {
    let (current, last, _) = map.version();
    match version {
        Some(version) if version > last => {
            Err(Answer::error("Version number in the future, please use 'prepare map' before."))
        }
        Some(version) if version < current => Err(Answer::error("Version number in the past.")),
        _ => Ok(()),
    }
}

fn set(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let [name, key, value, ..] = call.args else {
        return Err(Answer::error("'set map' expects three parameters: map identifier, key and value."));
    };
    let map = find(call, Some(name))?;
    match map.set(which(key), value) {
        0 => Err(Answer::error("entry not found.")),
        _ => Ok(Answer::Done),
    }
}

fn del(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let [name, key, ..] = call.args else {
        return Err(Answer::error("This command expects two parameters: map identifier and key."));
    };
    let map = find(call, Some(name))?;
    match map.remove(which(key)) {
        0 => Err(Answer::error("Key not found.")),
        _ => Ok(Answer::Done),
    }
}

fn clear(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let (version, words) = versioned(call)?;
    if words.is_empty() {
        return Err(Answer::error("Missing map identifier."));
    }
    let map = find(call, words.first())?;
    match map.clear(version) {
        true => Ok(Answer::Done),
        false => Err(Answer::error("Version number out of range.")),
    }
}

fn prepare(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let map = find(call, call.args.first())?;
    Ok(Answer::info(format!("New version created: {}", map.prepare())))
}

fn commit(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let (Some(version), words) = versioned(call)? else { return Err(Answer::error("Missing version number.")) };
    let map = find(call, words.first())?;
    match map.commit(version) {
        true => Ok(Answer::Done),
        false => Err(Answer::error("Version number out of range.")),
    }
}
