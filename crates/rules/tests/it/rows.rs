//! Every action, predefined ACL, flag and match method of HAProxy 3.4 is a row, and every row's examples parse or do
//! not, as they say.

use crate::proxy::{Proxy, Refusal, World};
use rules::{Ruleset, acl, action};
use sample::{Type, row::Support};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

fn table(file: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file);
    let text = std::fs::read_to_string(path).expect("the inventory is there");
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

#[test]
fn actions_are_those_of_the_inventory() {
    let mut known: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut counts = [0; 3];
    for row in action::rows() {
        let name = if row.name == "lua." { "lua.NAME" } else { row.name };
        known.entry(name.to_owned()).or_default().extend(row.rulesets.iter().map(|ruleset| ruleset.name()));
        counts[match row.support {
            Support::Full => 0,
            Support::Parsed => 1,
            Support::Refused => 2,
        }] += 1;
    }
    let inventory = table("actions.tsv");
    let mut wanted: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for row in &inventory {
        wanted.entry(row[0].clone()).or_default().extend(row[1].split(", "));
    }
    assert_eq!(known, wanted);
    let [full, parsed, refused] = counts;
    println!("actions: {} names; rows: {full} obeyed, {parsed} parsed, {refused} refused", wanted.len());
}

#[test]
fn acl_words_are_those_of_the_inventory() {
    let derivatives: Vec<Vec<String>> = acl::DERIVATIVES
        .iter()
        .map(|d| [d.name, d.fetch, if d.name == "method" { "str" } else { d.method }].map(str::to_owned).to_vec())
        .collect();
    assert_eq!(derivatives, table("acl_derivatives.tsv"));
    let predefined: Vec<Vec<String>> =
        acl::PREDEFINED.iter().map(|(name, text)| vec![(*name).to_owned(), (*text).to_owned()]).collect();
    assert_eq!(predefined, table("predefined_acls.tsv"));
    let flags: BTreeSet<&str> = acl::FLAGS.iter().map(|flag| flag.0).collect();
    let methods: BTreeSet<&str> = acl::methods().map(|method| method.name).filter(|name| *name != "meth").collect();
    let of = |kind: &str| -> BTreeSet<String> {
        table("acl_flags.tsv").into_iter().filter(|row| row[0] == kind).map(|row| row[1].clone()).collect()
    };
    assert!(flags.iter().copied().eq(of("flag").iter().map(String::as_str)), "{flags:?}");
    assert!(methods.iter().copied().eq(of("match").iter().map(String::as_str)), "{methods:?}");
}

/// The `_obs` columns: what the binary accepts.
#[test]
fn methods_take_the_types_that_haproxy_lets_them() {
    let kinds = [(2, Type::Bool), (4, Type::Int), (6, Type::Ipv6), (8, Type::Str), (10, Type::Bin), (11, Type::Meth)];
    for row in table("acl_match_matrix.tsv") {
        let method = acl::methods().find(|method| method.name == row[0]).expect("the method is a row");
        for (column, kind) in kinds.into_iter().chain([(12, Type::Any)]) {
            assert_eq!(method.takes(kind), row[column] == "y", "-m {} of {kind:?}", row[0]);
        }
    }
}

/// A proxy of one line on the side where it may stand.
fn load(ruleset: Ruleset, line: &str) -> Result<Proxy, Refusal> {
    let world = World { files: [("/ok".to_owned(), b"HTTP/1.1 404 X\r\n\r\n".to_vec())].into() };
    let line = format!("{} {line}\n", ruleset.name());
    // The number of tries is the backend's alone.
    let of_backend = ruleset.of_response() || line.contains(" set-retries ");
    let (fe, be) = if of_backend { ("", line.as_str()) } else { (line.as_str(), "") };
    Proxy::new(
        format!("global\nexpose-experimental-directives\nuserlist ul\nfrontend fe\n{fe}backend be\n{be}").as_bytes(),
        &world,
    )
}

#[test]
fn examples_of_actions_parse_or_do_not() {
    let mut wrong = Vec::new();
    for row in action::rows() {
        for (example, good) in row.ok.iter().map(|e| (e, true)).chain(row.bad.iter().map(|e| (e, false))) {
            let glued = row.glued && example.starts_with(|c: char| c == '(' || c.is_ascii_digit());
            let blank = if glued { "" } else { " " };
            let line = format!("{}{blank}{example}", row.name);
            let result = load(row.rulesets[0], &line);
            let expected = match &result {
                Ok(_) => good,
                Err(Refusal::Refused(_)) => !good,
                Err(_) => false,
            };
            if !expected {
                wrong.push(format!("{} {line}: {:?}", row.rulesets[0].name(), result.err()));
            }
        }
        if row.support == Support::Refused {
            let result = load(row.rulesets[0], row.name);
            if !matches!(&result, Err(Refusal::Unsupported(why)) if why.contains("not supported by evenkeel yet")) {
                wrong.push(format!("{} {}: {:?}", row.rulesets[0].name(), row.name, result.err()));
            }
        } else if row.ok.is_empty() || row.bad.is_empty() {
            wrong.push(format!("{} has no examples", row.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn examples_of_match_methods_parse_or_do_not() {
    for method in acl::methods() {
        for (example, good) in method.ok.iter().map(|e| (e, true)).chain(method.bad.iter().map(|e| (e, false))) {
            let text = format!("frontend fe\nacl t {example}\n");
            let result = Proxy::new(text.as_bytes(), &World::default());
            assert_eq!(result.is_ok(), good, "-m {}: {example}: {:?}", method.name, result.err());
        }
    }
}

#[test]
fn findings_name_the_remedy() {
    let check =
        |line: &str, expect: &str| match Proxy::new(format!("frontend fe\n{line}\n").as_bytes(), &World::default()) {
            Err(Refusal::Refused(why) | Refusal::Unsupported(why)) => assert_eq!(why, expect, "of {line}"),
            other => panic!("{line}: {other:?}"),
        };
    check("http-request denyy", "'http-request' expects a known action, but got 'denyy'. Did you mean 'deny' maybe ?");
    check("http-response tarpit", "'http-response' does not know the action 'tarpit'");
    check(
        "http-request deny now",
        "'http-request deny' expects either 'if' or 'unless' followed by a condition but found 'now'",
    );
    check(
        "http-request deny if nosuch",
        "error detected while parsing an 'http-request deny' condition : no such ACL : 'nosuch'",
    );
    check(
        "http-request deny if { path_beg /",
        "error detected while parsing an 'http-request deny' condition : missing closing '}' in condition",
    );
    check(
        "http-request set-header X-A",
        "error detected in frontend 'fe' while parsing 'http-request set-header' rule : expects exactly 2 arguments",
    );
    check(
        "acl t path -m foo x",
        "error detected while parsing ACL 't' : unknown matching method 'foo' when parsing ACL expression",
    );
    check("acl t path_reg a(?=b)", "regex 'a(?=b)' uses look-around or back-references: not supported by evenkeel yet");
    check(
        "acl or path /",
        "acl name 'or' will never match. 'or' is used to express a logical disjunction within a condition",
    );
    check("http-request lua.x", "action 'http-request lua.' is not supported by evenkeel yet");
    check(
        "acl a nosuch\nhttp-request deny if a",
        "error detected while parsing ACL 'a' : unknown fetch method 'nosuch'",
    );
    check("http-request use-service lua.x", "action 'http-request use-service' is not supported by evenkeel yet");
}
