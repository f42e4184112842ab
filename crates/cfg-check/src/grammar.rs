//! The grammar that editors colour configurations by, in TextMate's form: `editors/vscode/haproxy.tmLanguage.json`, made
//! of the tables of words.

use config::facts;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The grammar as JSON.
pub fn grammar() -> String {
    let sections: BTreeSet<&str> =
        facts::SECTIONS.iter().filter(|row| row.word == "(section)").map(|row| row.section).collect();
    let keywords = facts::KEYWORDS.iter().chain(facts::GLOBAL.iter()).map(|fact| fact.words);
    let others = facts::SECTIONS.iter().map(|row| row.word).filter(|word| *word != "(section)");
    let firsts: BTreeSet<&str> = keywords.chain(others).filter_map(|words| words.split(' ').next()).collect();
    let grammar = json!({
        "scopeName": "source.haproxy",
        "name": "HAProxy",
        "patterns": [
            rule("comment.line.number-sign", r"(?<!\\)#.*$"),
            rule("keyword.control.directive", r"^\s*\.(if|elif|else|endif|diag|notice|warning|alert)\b.*$"),
            {
                "match": format!(r"^\s*({})(?:\s+(\S+))?", any(&sections)),
                "captures": { "1": { "name": "entity.name.tag" }, "2": { "name": "entity.name.section" } },
            },
            {
                "match": format!(r"^\s*(?:(no|default)\s+)?({})(?=[\s(]|$)", any(&firsts)),
                "captures": { "1": { "name": "keyword.operator" }, "2": { "name": "keyword.other" } },
            },
            rule("keyword.control", r"(?<=\s)(if|unless|or|\|\|)(?=\s|$)"),
            rule("constant.numeric", r"(?<=[\s:,(])\d+(us|ms|s|m|h|d|k|g)?\b"),
            rule("constant.character.escape", r"\\(x[0-9a-fA-F]{2}|.)"),
            rule("variable.other", r"\$\{?[A-Za-z_][A-Za-z0-9_]*(\[\*\])?(-[^}]*)?\}?"),
            rule("support.function", r"\b[a-z][a-z0-9_.]*(?=\()"),
            { "name": "string.quoted.single", "begin": "'", "end": "'|$" },
            {
                "name": "string.quoted.double",
                "begin": "\"",
                "end": "\"|$",
                "patterns": [rule("constant.character.escape", r"\\.")],
            },
        ],
    });
    format!("{grammar:#}\n")
}

fn rule(name: &str, pattern: &str) -> Value {
    json!({ "name": name, "match": pattern })
}

/// Any of these words; of two that begin alike the longer is tried first.
fn any(words: &BTreeSet<&str>) -> String {
    let escaped: Vec<String> = words.iter().rev().map(|word| word.replace('.', r"\.")).collect();
    escaped.join("|")
}
