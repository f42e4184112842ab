//! The commands of HAProxy that evenkeel does not have yet: they are known by name, and say so.

use super::{Answer, Cli, begins};
use config::keyword::stats::Level::{self, Admin, Operator, User};

/// The first words of commands, and the level from which HAProxy lets them be used.
const TABLE: &[(&str, Level)] = &[
    ("abort ssl ca-file", Admin),
    ("abort ssl cert", Admin),
    ("abort ssl crl-file", Admin),
    ("acme challenge_ready", Admin),
    ("acme renew", Admin),
    ("acme status", Admin),
    ("add backend", Admin),
    ("add server", Admin),
    ("add ssl ca-file", Admin),
    ("add ssl crt-list", Admin),
    ("add ssl ech", Admin),
    ("add ssl jwt", Admin),
    ("commit ssl ca-file", Admin),
    ("commit ssl cert", Admin),
    ("commit ssl crl-file", Admin),
    ("debug counters", Operator),
    ("debug dev", User),
    ("del backend", Admin),
    ("del server", Admin),
    ("del ssl ca-file", Admin),
    ("del ssl cert", Admin),
    ("del ssl crl-file", Admin),
    ("del ssl crt-list", Admin),
    ("del ssl ech", Admin),
    ("del ssl jwt", Admin),
    ("disable agent", Admin),
    ("dump ssl cert", Admin),
    ("dump stats-file", User),
    ("enable agent", Admin),
    ("httpclient", Admin),
    ("new ssl ca-file", Admin),
    ("new ssl cert", Admin),
    ("new ssl crl-file", Admin),
    ("publish backend", Admin),
    ("set anon", User),
    ("set profiling", Admin),
    ("set ssl ca-file", Admin),
    ("set ssl cert", Admin),
    ("set ssl crl-file", Admin),
    ("set ssl ech", Admin),
    ("set ssl ocsp-response", Admin),
    ("set ssl tls-key", Admin),
    ("set var", Admin),
    ("show activity", Operator),
    ("show anon", User),
    ("show cache", Admin),
    ("show dev", User),
    ("show events", User),
    ("show fd", Operator),
    ("show libs", Operator),
    ("show peers", User),
    ("show pools", User),
    ("show profiling", Admin),
    ("show quic", User),
    ("show resolvers", User),
    ("show schema json", User),
    ("show sess", Operator),
    ("show ssl ca-file", User),
    ("show ssl cert", User),
    ("show ssl crl-file", User),
    ("show ssl crt-list", Admin),
    ("show ssl ech", User),
    ("show ssl jwt", User),
    ("show ssl ocsp-response", Admin),
    ("show ssl ocsp-updates", Admin),
    ("show ssl providers", User),
    ("show ssl sni", User),
    ("show startup-logs", Operator),
    ("show tasks", User),
    ("show threads", User),
    ("show tls-keys", Admin),
    ("show trace", User),
    ("shutdown session", Admin),
    ("trace", Operator),
    ("unpublish backend", Admin),
    ("update ssl ocsp-response", Admin),
    ("wait", Admin),
];

/// The answer to a command that HAProxy has and evenkeel has not.
pub(super) fn answer(cli: &Cli, words: &[Vec<u8>]) -> Option<Answer> {
    let (name, level) = TABLE.iter().filter(|(known, _)| begins(words, known)).max_by_key(|(known, _)| known.len())?;
    Some(match cli.level < *level {
        true => Answer::error("Permission denied"),
        false => Answer::error(format!("'{name}' is not supported by evenkeel yet.")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::commands;

    #[test]
    fn every_command_of_haproxy_is_known() {
        let known = |line: &str| {
            let words: Vec<_> = line.split(' ').map(|w| w.as_bytes().to_vec()).collect();
            commands().map(|c| c.words).chain(TABLE.iter().map(|(name, _)| *name)).any(|name| begins(&words, name))
        };
        let facts = include_str!("../../tests/data/cli_levels.tsv").lines().skip(1);
        let missing: Vec<_> = facts
            .filter(|line| !line.split('\t').nth(3).unwrap_or("").starts_with("not-built"))
            .filter_map(|line| line.split('\t').next())
            .filter(|name| !known(name))
            .collect();
        assert_eq!(missing, Vec::<&str>::new());
        let both: Vec<_> = TABLE.iter().filter(|(name, _)| commands().any(|c| c.words == *name)).collect();
        assert!(both.is_empty(), "supported, and said not to be: {both:?}");
    }

    #[test]
    fn levels_are_those_of_haproxy() {
        let facts = include_str!("../../tests/data/cli_levels.tsv").lines().skip(1);
        for line in facts {
            let fact: Vec<_> = line.split('\t').collect();
            let [name, user, operator, _] = fact[..] else { continue };
            let level = TABLE.iter().find(|(known, _)| *known == name).map(|(_, level)| *level);
            let level = level.or(commands().find(|c| c.words == name).map(|c| c.level));
            let denied = |reply: &str| reply.starts_with("Permission");
            let (Some(level), true) = (level, denied(user) || user.starts_with("allowed")) else { continue };
            let expected = if denied(operator) {
                Admin
            } else if denied(user) {
                Operator
            } else {
                User
            };
            assert_eq!(level, expected, "{name}");
        }
    }
}
