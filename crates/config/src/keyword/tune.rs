//! `tune.*` settings that the engine obeys (manual, section 3.2).

use crate::row::GlobalRow;

pub static TABLE: &[GlobalRow] = &[
    GlobalRow::full("tune.bufsize", |line, draft| {
        let size = line.size("'tune.bufsize' expects an integer argument.")?;
        if size == 0 {
            return line.fail("bad-argument", "'tune.bufsize' expects a positive integer argument.");
        }
        draft.global.tune.bufsize = size as usize;
        line.end()
    })
    .ok(&["tune.bufsize 32k"])
    .bad(&["tune.bufsize", "tune.bufsize 0", "tune.bufsize x"]),
    GlobalRow::full("tune.cli.max-payload-size", |line, draft| {
        let missing = "'tune.cli.max-payload-size' expects a size argument.";
        draft.global.tune.cli_max_payload = line.size(missing)? as usize;
        line.end()
    })
    .ok(&["tune.cli.max-payload-size 64k"])
    .bad(&["tune.cli.max-payload-size", "tune.cli.max-payload-size x"]),
    GlobalRow::full("tune.pipesize", |line, draft| {
        draft.global.tune.pipesize = line.size("'tune.pipesize' expects an integer argument.")? as usize;
        line.end()
    })
    .ok(&["tune.pipesize 65536", "tune.pipesize 1m"])
    .bad(&["tune.pipesize", "tune.pipesize x"]),
    GlobalRow::full("tune.maxrewrite", |line, draft| {
        draft.global.tune.maxrewrite =
            line.int(1, i64::from(i32::MAX), "'tune.maxrewrite' expects an integer argument.")?;
        line.end()
    })
    .bad(&["tune.maxrewrite", "tune.maxrewrite x"]),
    GlobalRow::full("tune.http.maxhdr", |line, draft| {
        draft.global.tune.http_maxhdr = line.int(1, 32767, "'tune.http.maxhdr' expects an integer argument.")?;
        line.end()
    })
    .bad(&["tune.http.maxhdr 0", "tune.http.maxhdr 40000"]),
    GlobalRow::full("tune.http.logurilen", |line, draft| {
        draft.global.tune.http_logurilen =
            line.int(1, i64::from(i32::MAX), "'tune.http.logurilen' expects an integer argument.")?;
        line.end()
    }),
    GlobalRow::full("tune.http.cookielen", |line, draft| {
        let len: usize = line.int(2, i64::from(i32::MAX), "'tune.http.cookielen' expects an integer argument.")?;
        draft.global.tune.http_cookielen = len;
        line.end()
    }),
    GlobalRow::full("tune.stick-counters", |line, _| {
        line.cx.stick_counters = line.int(0, 100, "'tune.stick-counters' expects a value between 0 and 100.")?;
        line.end()
    })
    .ok(&["tune.stick-counters 10", "tune.stick-counters 0"])
    .bad(&["tune.stick-counters", "tune.stick-counters x", "tune.stick-counters 101"]),
    GlobalRow::full("tune.maxaccept", |line, draft| {
        let count: i64 = line.int(-1, i64::from(i32::MAX), "'tune.maxaccept' expects an integer argument.")?;
        draft.global.tune.maxaccept = usize::try_from(count).ok().filter(|count| *count > 0);
        line.end()
    }),
];
