//! What can be checked about the project's own files is not argued about.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use regex::Regex;

use crate::harness::root;

/// Libraries, and the only packages that may depend on them; each of these does.
const HOMES: &[(&str, &[&str])] = &[
    ("aes", &["crates/sample"]),
    ("anyhow", &["benches", "crates/cfg-check", "crates/evenkeel", "tests", "xtask"]),
    ("dashmap", &["crates/engine"]),
    ("http-body-util", &["crates/evenkeel"]),
    ("hyper", &["crates/evenkeel"]),
    ("nom", &["crates/syntax"]),
    ("p256", &["crates/sample"]),
    ("rsa", &["crates/sample"]),
    ("tokio", &["crates/engine", "crates/evenkeel"]),
    ("tracing-subscriber", &["crates/evenkeel"]),
];

/// What a Rust file does not say.
struct Ban {
    pattern: &'static str,
    /// Whether it holds for the file of this name.
    holds_for: fn(&str) -> bool,
    why: &'static str,
}

const BANNED: &[Ban] = &[
    Ban {
        pattern: r"\bunsafe (fn|impl|trait|extern)\b|\bunsafe \{",
        holds_for: |_| true,
        why: "what needs it comes through a library",
    },
    Ban { pattern: r"#\[ignore", holds_for: |_| true, why: "a test that does not run is none" },
    Ban {
        pattern: r"\b(todo|unimplemented)!\(",
        holds_for: |_| true,
        why: "what is not there yet is said to the user, and does not panic",
    },
    Ban {
        pattern: r"\bthread::sleep\b",
        holds_for: |name| !name.starts_with("xtask/"),
        why: "wait for what is wanted, not for time to pass",
    },
    Ban { pattern: r"\.unwrap\(\)|\.expect\(", holds_for: meets_the_wire, why: "what came off a wire never panics" },
];

const LONGEST_FILE: usize = 800;
const LONGEST_FUNCTION: usize = 80;

fn meets_the_wire(name: &str) -> bool {
    let inside = ["crates/wire/src/", "crates/engine/src/"].iter().any(|folder| name.starts_with(folder));
    inside && !name.ends_with("/tests.rs") && !name.ends_with("/testing.rs")
}

#[test]
fn the_papers_are_there() {
    for name in ["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "deny.toml"] {
        assert!(!read(name).trim().is_empty(), "{name} is empty");
    }
    let script = read(".ci/run");
    let command = script.lines().last().and_then(|line| line.split(" exec ").nth(1)).expect(".ci/run runs a command");
    let readme = read("README.md");
    assert!(readme.contains(&format!("\n{command} ")), "the README does not tell of `{command}`");
    let rules = format!("by {} rules of its own", cfg_check::rules::ALL.len());
    assert!(readme.contains(&rules), "the README does not say '{rules}'");
    for name in [".ci/run", ".ci/install-oracle"] {
        let mode = fs::metadata(root().join(name)).expect("a script").permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{name} is not executable");
    }
}

#[test]
fn arrows_are_those_of_the_architecture() {
    let text = read("ARCHITECTURE.md");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let drawn: BTreeMap<String, BTreeSet<String>> = rows.map(|(name, rest)| (name.to_owned(), arrows(rest))).collect();
    let ours: BTreeSet<String> = drawn.keys().cloned().collect();
    let members = members();
    let crates = members.iter().filter_map(|m| Some((m.strip_prefix("crates/")?, dependencies(m, "dependencies"))));
    let built = crates.map(|(name, all)| (name.to_owned(), all.intersection(&ours).cloned().collect())).collect();
    assert_eq!(drawn, built, "the table of ARCHITECTURE.md (left) and the manifests (right) differ");
}

/// The second of the cells that follow a crate's name.
fn arrows(cells: &str) -> BTreeSet<String> {
    let cell = cells.split(" | ").nth(1).unwrap_or_default();
    cell.split(", ").filter(|name| *name != "–").map(str::to_owned).collect()
}

#[test]
fn libraries_live_in_their_homes() {
    let members = members();
    for (library, homes) in HOMES {
        let all =
            |m: &str| dependencies(m, "dependencies").union(&dependencies(m, "dev-dependencies")).cloned().collect();
        let users = members.iter().filter(|m| BTreeSet::<String>::contains(&all(m), *library));
        assert_eq!(users.collect::<Vec<_>>(), *homes, "who depends on {library}");
        let path = Regex::new(&format!(r"\b{}::", library.replace('-', "_"))).expect("a pattern");
        for home in *homes {
            let named = rust().any(|(name, text)| name.starts_with(&format!("{home}/")) && path.is_match(&text));
            assert!(named, "{home} depends on {library} without a use for it");
        }
    }
}

#[test]
fn every_package_obeys_the_lints() {
    for member in members() {
        let manifest = read(&format!("{member}/Cargo.toml"));
        assert!(
            manifest.contains("[lints]\nworkspace = true\n"),
            "{member} may use `unsafe`: its manifest lacks [lints]"
        );
    }
}

/// A file that no `mod` line names is not compiled, and nobody would notice. The line is added, and the test fails once.
#[test]
fn every_file_is_named() {
    let mut folders: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for path in kept().into_iter().filter(|path| is_rust(path)) {
        folders.entry(path.parent().unwrap_or(Path::new("")).to_owned()).or_default().push(path);
    }
    let mut added = Vec::new();
    for (folder, files) in &folders {
        let is_root = |path: &Path| ["lib.rs", "main.rs", "mod.rs"].iter().any(|name| path.ends_with(name));
        let beside = Some(folder.with_extension("rs")).filter(|path| path.is_file());
        let roots: Vec<&PathBuf> = files.iter().filter(|path| is_root(path)).chain(&beside).collect();
        // Without one, as in `tests` and `examples`, each file is a program of its own.
        let lists = if roots.is_empty() { files.iter().collect() } else { roots };
        let inner = folders.keys().filter(|f| f.parent() == Some(folder) && f.join("mod.rs").is_file());
        for path in files.iter().filter(|path| !lists.contains(path)).chain(inner) {
            let module = path.file_stem().unwrap_or_default().to_string_lossy();
            let texts: Vec<String> =
                lists.iter().map(|list| fs::read_to_string(list).expect("a source file")).collect();
            if !texts.iter().any(|text| names(text, &module)) {
                fs::write(lists[0], with_module(&texts[0], &module)).expect("a list of modules can be written");
                added.push(format!("{}: mod {module};", lists[0].display()));
            }
        }
    }
    assert!(added.is_empty(), "these lines were missing and have been added:\n{}", added.join("\n"));
}

/// Whether a line of the text is `mod module;`, for whomever it may be visible.
fn names(text: &str, module: &str) -> bool {
    let ends = [format!("mod {module};"), format!("mod r#{module};")];
    text.lines().any(|line| !line.starts_with("//") && ends.iter().any(|end| line.ends_with(end)))
}

/// The text with a `mod` line more, in front of the first that is greater, or behind the last.
fn with_module(text: &str, module: &str) -> String {
    let line = format!("mod {module};");
    let mut lines: Vec<&str> = text.lines().collect();
    let plain = |l: &&str| l.starts_with("mod ") && l.ends_with(';');
    let greater = lines.iter().position(|l| plain(l) && **l > *line);
    let at = greater.or_else(|| lines.iter().rposition(plain).map(|last| last + 1)).unwrap_or(lines.len());
    lines.insert(at, &line);
    lines.join("\n") + "\n"
}

#[test]
fn a_missing_module_is_added_in_order() {
    let text = "//! A.\n\nmod b;\nmod d;\n\nuse b::B;\n";
    assert_eq!(with_module(text, "c"), "//! A.\n\nmod b;\nmod c;\nmod d;\n\nuse b::B;\n");
    assert_eq!(with_module(text, "e"), "//! A.\n\nmod b;\nmod d;\nmod e;\n\nuse b::B;\n");
}

#[test]
fn files_and_functions_fit_the_eye() {
    let mut long = Vec::new();
    for (name, text) in rust() {
        let lines = code(&text).lines().count();
        if lines > LONGEST_FILE {
            long.push(format!("{name}: {lines} lines"));
        }
        let functions = functions(&text).into_iter().filter(|(_, lines)| *lines > LONGEST_FUNCTION);
        long.extend(functions.map(|(function, lines)| format!("{name}: {function}() has {lines} lines")));
    }
    assert!(long.is_empty(), "more than {LONGEST_FILE} or {LONGEST_FUNCTION} lines:\n{}", long.join("\n"));
}

/// Each function with its lines, as rustfmt lays them out: the brace that closes it stands below its first word.
fn functions(text: &str) -> Vec<(String, usize)> {
    static HEAD: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^( *)(?:pub(?:\(\w+\))? )?(?:const |async )*fn (\w+)").expect("a pattern"));
    let lines: Vec<&str> = text.lines().collect();
    let starts = lines.iter().enumerate().filter_map(|(at, line)| Some((at, HEAD.captures(line)?)));
    let measured = starts.map(|(at, found)| {
        let close = format!("{}}}", &found[1]);
        let whole = lines[at].ends_with(['}', ';']);
        let rest = if whole { Some(0) } else { lines[at..].iter().position(|line| *line == close) };
        (found[2].to_owned(), rest.unwrap_or(0) + 1)
    });
    measured.collect()
}

#[test]
fn functions_are_measured() {
    let text = "fn a() {}\n\npub(crate) const fn b(\n    c: u8,\n) {\n    {\n    }\n}\n";
    assert_eq!(functions(text), [("a".into(), 1), ("b".into(), 6)]);
}

#[test]
fn nothing_banned_is_written() {
    let mut found = Vec::new();
    for Ban { pattern, holds_for, why } in BANNED {
        let pattern = Regex::new(pattern).expect("a pattern");
        for (name, text) in rust().filter(|(name, _)| holds_for(name)) {
            let lines = code(&text).lines().enumerate().filter(|(_, line)| pattern.is_match(line));
            found.extend(lines.map(|(at, line)| format!("{name}:{}: {} ({why})", at + 1, line.trim())));
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn no_file_names_a_place_of_one_machine() {
    let place = Regex::new(r"(^|[^\w.-])/(farm|home|root|work)/").expect("a pattern");
    let mut found = Vec::new();
    for path in kept() {
        let text = String::from_utf8_lossy(&fs::read(&path).expect("a file that can be read")).into_owned();
        let lines = text.lines().enumerate().filter(|(_, line)| place.is_match(line));
        found.extend(lines.map(|(at, line)| format!("{}:{}: {line}", path.display(), at + 1)));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// `cargo deny` is not everywhere, so what it would say of licences, duplicates and sources is said here as well.
#[test]
fn dependencies_are_those_that_deny_toml_allows() {
    let rules = read("deny.toml");
    let allowed = quoted(&rules, "allow = [");
    let skipped = quoted(&rules, "skip = [");
    let mut versions: BTreeMap<String, u32> = BTreeMap::new();
    for package in packages() {
        let name = package["name"].as_str().expect("a name").to_owned();
        let license = package["license"].as_str().unwrap_or("none");
        assert!(permits(license, &allowed), "{name} has the licence '{license}'");
        let source = package["source"].as_str().unwrap_or("registry+https://github.com/rust-lang/crates.io-index");
        assert!(source.ends_with("/crates.io-index"), "{name} comes from {source}");
        *versions.entry(name).or_default() += 1;
    }
    assert!(versions.len() > 50, "only {} packages", versions.len());
    let several = versions.iter().filter(|(_, count)| **count > 1).map(|(name, _)| name.clone());
    let skipped = skipped.iter().filter_map(|text| Some(text.split_once('@')?.0.to_owned()));
    assert_eq!(several.collect::<BTreeSet<_>>(), skipped.collect(), "in several versions; deny.toml skips");
}

/// What stands in quotes in the list that opens so.
fn quoted(text: &str, opening: &str) -> Vec<String> {
    let found = text.split_once(&format!("\n{opening}")).and_then(|(_, rest)| rest.split_once(']'));
    let list = found.expect("a list").0;
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Whether one choice of every part of a licence is allowed.
fn permits(license: &str, allowed: &[String]) -> bool {
    let part = |part: &str| part.trim_matches(['(', ')']).split(" OR ").any(|one| allowed.iter().any(|a| a == one));
    license.replace(" / ", "/").replace('/', " OR ").split(" AND ").all(part)
}

/// Every package that this system's build is made of.
fn packages() -> Vec<serde_json::Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let words = ["metadata", "--format-version=1", "--locked", "--offline", "--filter-platform", &target];
    let out = Command::new(cargo).args(words).current_dir(root()).output().expect("cargo runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let mut said: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
    said["packages"].as_array_mut().map(std::mem::take).unwrap_or_default()
}

// === The files ===

/// Folders of what is built or installed.
const NOT_KEPT: &[&str] = &[".git", ".oracle", "artifacts", "coverage", "node_modules", "target"];

/// Every file of the project, in order.
fn kept() -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![root()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder that can be read") {
            let path = entry.expect("an entry").path();
            let left_out = NOT_KEPT.iter().any(|name| path.ends_with(name));
            match path.is_dir() {
                _ if left_out => {}
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    files
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "rs")
}

/// Every Rust file: its name below the workspace, and its text.
fn rust() -> impl Iterator<Item = (String, String)> {
    let name = |path: &Path| path.strip_prefix(root()).unwrap_or(path).to_string_lossy().into_owned();
    let files = kept().into_iter().filter(|path| is_rust(path));
    files.map(move |path| (name(&path), fs::read_to_string(&path).expect("a source file")))
}

/// A file without its tests.
fn code(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The packages of the workspace, by folder.
fn members() -> Vec<String> {
    let crates = fs::read_dir(root().join("crates")).expect("the folder of crates");
    let crates = crates.map(|entry| format!("crates/{}", entry.expect("an entry").file_name().to_string_lossy()));
    let mut members: Vec<String> = crates.chain(["benches", "tests", "xtask"].map(str::to_owned)).collect();
    members.sort();
    members
}

/// The names below one title of a package's manifest.
fn dependencies(member: &str, title: &str) -> BTreeSet<String> {
    let manifest = read(&format!("{member}/Cargo.toml"));
    let lines = manifest.lines().skip_while(|line| *line != format!("[{title}]")).skip(1);
    let lines = lines.take_while(|line| !line.starts_with('[')).filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| Some(line.split(['.', ' ', '=']).next()?.to_owned())).filter(|n| !n.is_empty()).collect()
}
