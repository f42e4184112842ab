//! The global section (manual, section 3): what the process is and does.

use crate::{draft::GlobalDraft, ir::EnvStep, keyword::bind::UnixAccess, line::Line, row::GlobalRow, value::Unit};

pub static TABLE: &[GlobalRow] = &[
    GlobalRow::full("nbthread", |line, draft| {
        let word = line.need("'nbthread' passed a missing or unparsable integer value in ''")?;
        match word.str().and_then(|text| text.parse().ok()).filter(|n| (1..=1024).contains(n)) {
            Some(threads) => draft.global.nbthread = Some(threads),
            None => {
                let message = format!("'nbthread' passed a missing or unparsable integer value in '{}'", word.show());
                return line.fail("bad-integer", message);
            }
        }
        line.end()
    })
    .bad(&["nbthread", "nbthread abc", "nbthread 0", "nbthread 2 3"]),
    GlobalRow::full("maxconn", |line, draft| {
        let maxconn = line.int(0, i64::from(i32::MAX), "'maxconn' expects an integer argument.")?;
        line.end()?;
        // HAProxy keeps the first and goes on.
        if draft.global.maxconn.is_some() {
            line.warn("already-set", "'maxconn' already specified. Continuing.", "remove one of the two lines");
            return Some(());
        }
        draft.global.maxconn = Some(maxconn);
        Some(())
    })
    .bad(&["maxconn", "maxconn abc", "maxconn 10 20"]),
    GlobalRow::full("maxpipes", |line, draft| {
        draft.global.maxpipes = Some(line.int(0, i64::from(i32::MAX), "'maxpipes' expects an integer argument.")?);
        line.end()
    })
    .bad(&["maxpipes", "maxpipes x", "maxpipes 1 2"]),
    GlobalRow::full("nosplice", |line, draft| flag(line, &mut draft.global.nosplice)).bad(&["nosplice x"]),
    GlobalRow::full("daemon", |line, draft| flag(line, &mut draft.global.daemon)).bad(&["daemon x"]),
    GlobalRow::full("quiet", |line, draft| flag(line, &mut draft.global.quiet)),
    GlobalRow::full("pidfile", |line, draft| path(line, &mut draft.global.pidfile)).bad(&["pidfile"]),
    GlobalRow::full("chroot", |line, draft| path(line, &mut draft.global.chroot)).bad(&["chroot"]),
    GlobalRow::full("user", |line, draft| text(line, &mut draft.global.user)).bad(&["user"]),
    GlobalRow::full("group", |line, draft| text(line, &mut draft.global.group)).bad(&["group"]),
    GlobalRow::full("uid", |line, draft| id(line, &mut draft.global.uid)).bad(&["uid x"]),
    GlobalRow::full("gid", |line, draft| id(line, &mut draft.global.gid)).bad(&["gid x"]),
    GlobalRow::full("node", |line, draft| {
        let word = line.need("'node' expects a name, invalid name ''")?;
        if let Some(bad) = word.bytes().iter().find(|b| !b.is_ascii_alphanumeric() && !b"-_.".contains(b)) {
            let message = format!("'node' : invalid character '{}' in node name '{}'.", char::from(*bad), word.show());
            return line.fail("bad-argument", message);
        }
        draft.global.node = Some(word.bytes().to_vec());
        line.end()
    })
    .bad(&["node a/b"]),
    GlobalRow::full("description", |line, draft| {
        let first = line.bytes("'description' expects a string argument")?;
        let words = line.rest().iter().map(|word| word.bytes());
        draft.global.description = Some(std::iter::once(first.as_slice()).chain(words).collect::<Vec<_>>().join(&b' '));
        Some(())
    })
    .bad(&["description"]),
    GlobalRow::full("hard-stop-after", |line, draft| {
        draft.global.hard_stop_after =
            Some(line.duration(Unit::Millis, "'hard-stop-after' expects <time> as argument.")?);
        line.end()
    })
    .bad(&["hard-stop-after", "hard-stop-after x"]),
    GlobalRow::full("ulimit-n", |line, draft| {
        draft.global.ulimit_n = Some(line.int(1, i64::from(u32::MAX), "'ulimit-n' expects an integer argument.")?);
        line.end()
    })
    .bad(&["ulimit-n", "ulimit-n x"]),
    GlobalRow::full("spread-checks", |line, draft| {
        draft.global.spread_checks = line.int(0, 50, "'spread-checks' expects an integer argument (0..50).")?;
        line.end()
    })
    .bad(&["spread-checks", "spread-checks 51"]),
    GlobalRow::full("unix-bind", unix_bind)
        .ok(&["unix-bind prefix /run/ mode 660 user root group root"])
        .bad(&["unix-bind foo"]),
    GlobalRow::full("expose-experimental-directives", |line, _| {
        line.cx.experimental = true;
        line.end()
    }),
    GlobalRow::full("expose-deprecated-directives", |line, _| line.end()),
    // The variables themselves are set while the lines below are read, see `load::world`.
    GlobalRow::full("setenv", |line, draft| variable(line, draft, EnvStep::Set)).bad(&["setenv", "setenv A"]),
    GlobalRow::full("presetenv", |line, draft| variable(line, draft, EnvStep::Preset)).bad(&["presetenv A"]),
    GlobalRow::full("unsetenv", |line, draft| variables(line, draft, EnvStep::Unset)),
    GlobalRow::full("resetenv", |line, draft| variables(line, draft, EnvStep::Reset)),
    GlobalRow::full("default-path", |line, _| match line.need("'default-path' expects a method.")?.bytes() {
        b"current" => line.end(),
        _ => line.not_supported("default-path config|parent|origin"),
    }),
    GlobalRow::full("harden.reject-privileged-ports.tcp", |line, _| {
        let names = [("on", true), ("off", false)];
        let message = "'harden.reject-privileged-ports.tcp' expects 'on' or 'off'.";
        if line.choice(&names, message)? { line.not_supported(line.name) } else { line.end() }
    })
    .ok(&["harden.reject-privileged-ports.tcp off"])
    .bad(&["harden.reject-privileged-ports.tcp x"]),
    GlobalRow::full("zero-warning", |line, draft| flag(line, &mut draft.zero_warning)),
    GlobalRow::full("stats-file", |line, _| {
        line.bytes("'stats-file' expects a file path as argument.")?;
        line.not_obeyed("stats-file");
        line.end()
    }),
];

fn flag(line: &mut Line<'_, '_>, flag: &mut bool) -> Option<()> {
    line.end()?;
    *flag = true;
    Some(())
}

fn text(line: &mut Line<'_, '_>, field: &mut Option<Vec<u8>>) -> Option<()> {
    let text = line.bytes(&format!("'{}' expects an argument.", line.name))?;
    line.end()?;
    *field = Some(text);
    Some(())
}

fn path(line: &mut Line<'_, '_>, field: &mut Option<std::path::PathBuf>) -> Option<()> {
    let name = line.name;
    let word = line.need(&format!("'{name}' expects a directory or a file as an argument."))?;
    let Some(text) = word.str() else {
        return line.fail("bad-argument", format!("'{name}' : the path is no UTF-8"));
    };
    *field = Some(text.into());
    line.end()
}

fn id(line: &mut Line<'_, '_>, field: &mut Option<u32>) -> Option<()> {
    let id = line.int(0, i64::from(u32::MAX), &format!("'{}' expects an integer argument.", line.name))?;
    line.end()?;
    *field = Some(id);
    Some(())
}

fn variable(line: &mut Line<'_, '_>, draft: &mut GlobalDraft, step: fn(Vec<u8>, Vec<u8>) -> EnvStep) -> Option<()> {
    let missing = format!("'{}' expects an environment variable as an argument and a value.", line.name);
    let (name, value) = (line.bytes(&missing)?, line.bytes(&missing)?);
    draft.global.environment.push(step(name, value));
    line.end()
}

fn variables(line: &mut Line<'_, '_>, draft: &mut GlobalDraft, step: fn(Vec<Vec<u8>>) -> EnvStep) -> Option<()> {
    let names = line.rest().iter().map(|word| word.bytes().to_vec()).collect();
    draft.global.environment.push(step(names));
    Some(())
}

fn unix_bind(line: &mut Line<'_, '_>, _: &mut GlobalDraft) -> Option<()> {
    const USAGE: &str =
        "'unix-bind' only supports the 'prefix', 'mode', 'user', 'group', 'uid' and 'gid' options with a value.";
    let mut access = UnixAccess::default();
    while let Some(word) = line.word() {
        let number = |line: &mut Line<'_, '_>| line.int(0, i64::from(u32::MAX), USAGE);
        match word.bytes() {
            b"prefix" => line.cx.unix_prefix = line.bytes(USAGE)?,
            b"mode" => match line.need(USAGE)?.str().and_then(|text| u32::from_str_radix(text, 8).ok()) {
                Some(mode) => access.mode = Some(mode),
                None => return line.fail("bad-argument", USAGE),
            },
            b"user" => access.user = Some(line.bytes(USAGE)?),
            b"group" => access.group = Some(line.bytes(USAGE)?),
            b"uid" => access.uid = Some(number(line)?),
            b"gid" => access.gid = Some(number(line)?),
            _ => return line.fail("bad-argument", USAGE),
        }
    }
    line.cx.unix_bind = access;
    Some(())
}
