//! The patterns of ACLs at run time: what they are, and what they shall be (management guide, section 9.3).

use super::{
    Answer, Call, Command, command,
    map::{versioned, way, which},
};
use config::{ir::AclSet, keyword::stats::Level::Admin};
use sample::map::{Map, Row};
use std::fmt::Write;

pub(super) const TABLE: &[Command] = &[
    command("add acl [@<ver>] <acl> <pattern>", "add acl", Admin, "add an acl entry", add),
    command("clear acl [@<ver>] <acl>", "clear acl", Admin, "clear the contents of this acl", clear),
    command("commit acl @<ver> <acl>", "commit acl", Admin, "commit the ACL at this version", commit),
    command("del acl <acl> [<key>|#<ref>]", "del acl", Admin, "delete acl entries matching <key>", del),
    command("get acl <acl> <value>", "get acl", Admin, "report the patterns matching a sample for an ACL", get),
    command("prepare acl <acl>", "prepare acl", Admin, "prepare a new version for atomic ACL replacement", prepare),
    command("show acl [@<ver>] [<acl>]", "show acl", Admin, "report available acls or dump an acl's contents", show),
];

/// A set by its number or name.
fn find<'c>(call: &'c Call<'_>, name: Option<&Vec<u8>>) -> Result<&'c AclSet, Answer> {
    let config = &call.worker.process.config;
    let name = name.map_or(&[][..], Vec::as_slice);
    let number = name.strip_prefix(b"#").and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<u32>().ok());
    let is = |set: &&AclSet| match number {
        Some(number) => set.number == Some(number),
        None => !name.is_empty() && set.map.name == name,
    };
    let found = config.acl_sets.iter().find(is);
    found.ok_or_else(|| Answer::error("Unknown ACL identifier. Please use #<id> or <file>."))
}

/// A set whose patterns are to be changed.
fn change<'c>(call: &'c Call<'_>, name: Option<&Vec<u8>>) -> Result<&'c Map, Answer> {
    let set = find(call, name)?;
    match set.changeable {
        true => Ok(&set.map),
        false => Err(Answer::error("Patterns of this matching method cannot be changed by evenkeel yet.")),
    }
}

fn show(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let (version, words) = versioned(call)?;
    let mut out = String::new();
    if words.is_empty() {
        out.push_str("# id (file) description\n");
        let mut sets: Vec<&AclSet> = call.worker.process.config.acl_sets.iter().collect();
        sets.sort_by_key(|set| set.number);
        for set in sets {
            let name = String::from_utf8_lossy(&set.map.name);
            let (current, next, count) = set.map.version();
            let used = if set.used.is_empty() { String::new() } else { format!(" used {}.", set.used.join(", ")) };
            let _ = write!(out, "{} ({name}) {}{used}", set.number.unwrap_or_default(), set.text);
            let _ = writeln!(out, " curr_ver={current} next_ver={next} entry_cnt={count}");
        }
        return Ok(Answer::Text(out));
    }
    let set = find(call, words.first())?;
    for Row { id, key, .. } in set.map.rows(version).unwrap_or_default() {
        let _ = writeln!(out, "{id:#x} {}", String::from_utf8_lossy(&key));
    }
    Ok(Answer::Text(out))
}

fn get(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let [name, text, ..] = call.args else { return Err(Answer::error("Missing ACL identifier and/or key.")) };
    let set = find(call, Some(name))?;
    let mut out = String::new();
    for (how, fold, found) in set.map.ask(text) {
        let (way, kept) = way(how);
        // Trees cannot ignore case.
        let (case, kept) = if fold { ("insensitive", "list") } else { ("sensitive", kept) };
        let _ = write!(out, "type={way}, case={case}, ");
        let _ = match found {
            Some(row) => writeln!(out, "match=yes, idx={kept}, pattern=\"{}\"", String::from_utf8_lossy(&row.key)),
            None => writeln!(out, "match=no"),
        };
    }
    Ok(Answer::Text(out))
}

fn add(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let (version, words) = versioned(call)?;
    let [name, pattern, ..] = words else {
        return Err(Answer::error("'add acl' expects two parameters: ACL identifier and pattern."));
    };
    if call.worker.process.config.maps.iter().any(|map| map.name == *name) {
        let message = "This ACL is shared with a map containing samples. You must use the command 'add map' to add \
                       values.";
        return Err(Answer::error(message));
    }
    let map = change(call, Some(name))?;
    let (current, last, _) = map.version();
    match version {
        Some(version) if version > last => {
            return Err(Answer::error("Version number in the future, please use 'prepare acl' before."));
        }
        Some(version) if version < current => return Err(Answer::error("Version number in the past.")),
        _ => {}
    }
    map.add(version, pattern, b"").map_err(|why| Answer::error(format!("{why}.")))?;
    Ok(Answer::Done)
}

fn del(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let [name, key, ..] = call.args else {
        return Err(Answer::error("This command expects two parameters: ACL identifier and key."));
    };
    match change(call, Some(name))?.remove(which(key)) {
        0 => Err(Answer::error("Key not found.")),
        _ => Ok(Answer::Done),
    }
}

fn clear(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let (version, words) = versioned(call)?;
    if words.is_empty() {
        return Err(Answer::error("Missing ACL identifier."));
    }
    match change(call, words.first())?.clear(version) {
        true => Ok(Answer::Done),
        false => Err(Answer::error("Version number out of range.")),
    }
}

fn prepare(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let map = change(call, call.args.first())?;
    Ok(Answer::info(format!("New version created: {}", map.prepare())))
}

fn commit(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let (Some(version), words) = versioned(call)? else { return Err(Answer::error("Missing version number.")) };
    match change(call, words.first())?.commit(version) {
        true => Ok(Answer::Done),
        false => Err(Answer::error("Version number out of range.")),
    }
}
