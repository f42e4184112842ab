//! The command: what it reads, what it prints, how it leaves.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

const CLEAN: &str = "frontend f\n bind 127.0.0.1:1\n timeout client 1s\n default_backend b\nbackend b\n timeout \
                     connect 1s\n timeout server 1s\n server s 127.0.0.1:2\n";

fn run(args: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cfg-check"));
    let pipes = command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().expect("the command starts");
    // Without inputs on the command line it may leave before it reads.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child.wait_with_output().expect("the command ends")
}

/// `status` and a part of what is printed.
fn check(args: &[&str], input: &str, status: i32, text: &str) {
    let output = run(args, input);
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed);
    assert_eq!(output.status.code(), Some(status), "{args:?}: {printed}");
    assert!(printed.contains(text), "{args:?}: {printed}");
}

#[test]
fn the_status_tells_how_it_went() {
    check(&["-"], CLEAN, 0, "no findings");
    check(&[], CLEAN, 0, "no findings");
    check(&["--format", "concise"], CLEAN, 0, "");
    check(&["--format=json", "-"], CLEAN, 0, "\"findings\": []");
    check(&["-"], "frontend\n", 1, "error[missing-argument]");
    check(&["--format=concise"], " x\n", 1, "<stdin>:1:2: error[out-of-section]");
    check(&["--format", "yaml"], "", 2, "full, concise, json, github");
    check(&["--format"], "", 2, "needs a value");
    check(&["--wrong"], "", 2, "unknown option '--wrong'");
    check(&["no-such.cfg"], "", 2, "cannot read no-such.cfg");
}

#[test]
fn it_tells_what_it_knows() {
    check(&["--help"], "", 0, "usage: cfg-check");
    check(&["--version"], "", 0, "(HAProxy 3.4.0)");
    check(&["rules"], "", 0, "stats-weak-auth");
    check(&["--explain", "stats-weak-auth"], "", 0, "## Why it matters");
    check(&["--explain", "unmatched-quote"], "", 0, "HAProxy itself");
    check(&["--explain", "mode-mismatch"], "", 0, "HAProxy itself");
    check(&["--explain", "no-such-rule"], "", 2, "'cfg-check rules' lists them");
}

#[test]
fn a_directory_is_its_files_in_order() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/directory");
    check(&["--format", "concise", folder], "", 1, "20-backend.cfg:1:1: warning[no-health-check]");
}
