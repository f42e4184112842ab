//! Our reading of text against a real HAProxy's, on mutations of texts that hold nothing but syntax.
//!
//! `EVENKEEL_HAPROXY` names a binary (2.6 or later); unset, there is nothing to do. `EVENKEEL_ORACLE_ROUNDS` sets how many
//! texts are tried. HAProxy stops at some faults; what it said until then must be what we say, in the same words and order.

#![allow(clippy::print_stdout, reason = "says whether there was anything to do")]

use source::{Files, render};
use std::path::Path;
use std::process::Command;
use syntax::{Env, parse};

/// Texts of one line, mutated and put behind each other.
const LINES: &[&str] = &[
    ".notice \"a\\x41\\tb\\qz\\$HOME '$HOME' # x\"",
    ".notice 'single \\n $HOME \"q\"'",
    ".notice un\\ quoted\\n\\x42\\q$HOME\"x\"'y' # c",
    ".notice \"${NOPE-def ault}${HOME}$HOME/$.LINE\"",
    ".notice \"p${LIST}s${LIST[*]}\"",
    ".warning w",
    "",
    "  # c",
    ".if 1",
    ".if 0",
    ".elif defined(HOME) && !streq(\"$HOME\",x)",
    ".if !0 && (streq(\"${LIST}\",a) || 0x1)",
    ".if (version_atleast(2.4) || 0) && version_before(9)",
    ".else",
    ".endif",
    ".endif",
    "global",
];

const CHARS: &[u8] = b"\"'\\#$${}*]-x0 \t()&|!,.a\r\x0b";

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }

    fn text(&mut self) -> Vec<u8> {
        // Some versions read the first line twice and spoil it in between.
        let mut text = b"#\n".to_vec();
        for _ in 0..=self.below(8) {
            let mut line = LINES[self.below(LINES.len())].as_bytes().to_vec();
            for _ in 0..self.below(3) {
                let at = self.below(line.len() + 1);
                match self.below(2) {
                    0 => line.insert(at, CHARS[self.below(CHARS.len())]),
                    _ if at < line.len() => drop(line.remove(at)),
                    _ => {}
                }
            }
            text.extend(line);
            text.push(b'\n');
        }
        text
    }
}

/// What is said of lines of the file: number and message, and the excerpt below where no version spoils it.
fn said(output: &str) -> Vec<String> {
    let lines: Vec<&str> = output.lines().collect();
    let of_file = |(n, line): (usize, &&str)| {
        let (_, said) = line.split_once("parsing [t.cfg:")?;
        let spoilt = lines.get(n + 1).is_some_and(|line| line.contains("${"));
        let whole = !spoilt && ["quote at", "hexadecimal"].iter().any(|part| said.contains(part));
        let excerpt = lines.iter().skip(n + 1).take(if whole { 2 } else { 0 });
        // A blank at the end of a line comes back at the end of the condition that 2.6 and 2.8 quote.
        let said = said.trim_end_matches(':').replace(" ' in", "' in");
        Some(excerpt.fold(said, |said, line| format!("{said}\n{}", line.trim_end())))
    };
    // `[file:1] :` is of the parsers of keywords.
    lines.iter().enumerate().filter_map(of_file).filter(|said| said.contains("]: ")).collect()
}

/// Up to where both read the same lines: HAProxy drops a line whose text is faulty, we keep the block that it opens or
/// closes; and HAProxy reads nothing behind an unknown directive, which may leave a block open.
fn comparable(they: &[String]) -> &[String] {
    let parts = ["unmatched", "truncated", "forbidden", "unknown directive", "too many"];
    let last = they.iter().position(|said| parts.iter().any(|part| said.contains(part)));
    &they[..last.map_or(they.len(), |last| last + 1)]
}

fn theirs(binary: &str, folder: &Path, text: &[u8]) -> Vec<String> {
    std::fs::write(folder.join("t.cfg"), text).expect("a scratch file");
    let mut command = Command::new(binary);
    command
        .args(["-c", "-dD", "-f", "t.cfg"])
        .current_dir(folder)
        .env_clear()
        .env("HOME", "/root")
        .env("LIST", "a  b c ");
    let output = command.output().expect("the binary runs");
    said(&String::from_utf8_lossy(&output.stderr))
}

fn ours(text: &[u8]) -> Vec<String> {
    let mut files = Files::default();
    let id = files.add("t.cfg", text);
    let mut world = Env::new(&["global"]).var("HOME", "/root").var("LIST", "a  b c ");
    let parsed = parse(&files, &[id], &mut world);
    // What HAProxy before 3.3 does not say.
    let newer = ["empty-argument", "empty-first-word", "stray-carriage-return", "nul-in-word"];
    let findings = parsed.diagnostics.iter().filter(|d| !newer.contains(&d.code));
    said(&findings.map(|d| render::haproxy(d, &files, 1) + "\n").collect::<String>())
}

#[test]
fn we_say_what_haproxy_says() {
    let Ok(binary) = std::env::var("EVENKEEL_HAPROXY") else {
        println!("EVENKEEL_HAPROXY is not set: nothing to compare with");
        return;
    };
    let rounds = std::env::var("EVENKEEL_ORACLE_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let folder = std::env::temp_dir().join(format!("evenkeel-syntax-oracle-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a scratch folder");
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut differ = Vec::new();
    for _ in 0..rounds {
        let text = random.text();
        let (they, we) = (theirs(&binary, &folder, &text), ours(&text));
        if !we.starts_with(comparable(&they)) {
            differ.push(format!("{:?}\n  they {they:#?}\n  we {we:#?}", String::from_utf8_lossy(&text)));
        }
    }
    std::fs::remove_dir_all(&folder).expect("the scratch folder goes");
    println!("{rounds} texts, {} differ", differ.len());
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
