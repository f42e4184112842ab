//! The command: what it reads, what it prints, how it leaves.

use std::{
    fs,
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
    check(&["--format", "yaml"], "", 2, "full, concise, json, json-lines, github");
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

/// A folder of its own for one test, with one file in it.
fn folder(name: &str, text: &str) -> (std::path::PathBuf, String) {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder can be made");
    let file = folder.join("a.cfg");
    fs::write(&file, text).expect("a file can be written");
    let file = file.to_string_lossy().into_owned();
    (folder, file)
}

#[test]
fn what_fails_is_chosen() {
    let warned = CLEAN.replace("timeout client 1s", "timeout client 300");
    check(&["--format=concise"], &warned, 1, "timeout-without-unit");
    check(&["--fail-on=error"], &warned, 0, "timeout-without-unit");
    check(&["--fail-on=never"], "frontend\n", 0, "error[missing-argument]");
    check(&["--fail-on=loud"], CLEAN, 2, "info, warning, error, never");
    check(&["--ignore", "timeout-without-unit"], &warned, 0, "no findings");
    check(&["--ignore=semantic"], &warned, 0, "no findings");
    check(&["--select=security"], &warned, 0, "no findings");
    check(&["--select=no-such-rule"], &warned, 2, "no rule or group 'no-such-rule'");
    check(&["--min-confidence=high"], &warned, 0, "no findings");
    check(&["--min-confidence=high", "--confidence=timeout-without-unit:high"], &warned, 1, "timeout-without-unit");
    check(&["--severity=timeout-without-unit:error", "--fail-on=error"], &warned, 1, "error[timeout-without-unit]");
    check(&["--color=always"], &warned, 1, "\u{1b}[1;33mwarning");
    check(&["rules", "--fix"], "", 2, "'rules' does not take --fix");
}

#[test]
fn comments_silence() {
    let at = |comment: &str| CLEAN.replace("timeout client 1s", &format!("timeout client 300{comment}"));
    check(&[], &at(" # cfg-check: ignore=timeout-without-unit -- meant"), 0, "no findings");
    check(&[], &at("").replace(" timeout client", " # cfg-check: ignore=all\n timeout client"), 0, "no findings");
    check(&[], &format!("# cfg-check: ignore-section=timeout-without-unit\n{}", at("")), 0, "no findings");
    check(&[], &format!("{}# cfg-check: ignore-file=timeout-without-unit\n", at("")), 0, "no findings");
    check(&[], &format!("{}# cfg-check: ignore-section=timeout-without-unit\n", at("")), 1, "timeout-without-unit]");
    let unused = CLEAN.replace("client 1s", "client 1s # cfg-check: ignore=no-log");
    check(&["--format=concise"], &unused, 1, "<stdin>:3:19: warning[unused-suppression]: no finding of 'no-log'");
    check(&["--select=security"], &unused, 0, "no findings");
    check(&[], &at(" # cfg-check: ignore=timeout-without-unit,nonsense"), 1, "no rule has the name 'nonsense'");
}

#[test]
fn a_project_has_settings() {
    let warned = CLEAN.replace("timeout client 1s", "timeout client 300");
    let (folder, file) = folder("settings", &warned);
    let settings = folder.join("cfg-check.toml");
    let write = |text: &str| fs::write(&settings, text).expect("a file can be written");
    write("fail-on = \"error\"\nformat = \"concise\"\n[severity]\ntimeout-without-unit = \"info\"\n");
    check(&[&file], "", 0, "info[timeout-without-unit]");
    check(&["--no-config", &file], "", 1, "warning[timeout-without-unit]");
    check(&["--fail-on", "info", &file], "", 1, "info[timeout-without-unit]");
    write("ignore = [\"timeout-without-unit\"]\n");
    check(&[&file], "", 0, "no findings");
    write("ignored = 1\n");
    check(&[&file], "", 2, "ignored: unknown key");
    write("ignore = [\n");
    check(&[&file], "", 2, "cfg-check.toml is no TOML");
}

#[test]
fn a_baseline_hides_what_was_there() {
    let warned = CLEAN.replace("timeout client 1s", "timeout client 300");
    let (folder, file) = folder("baseline", &warned);
    let list = folder.join("known.json").to_string_lossy().into_owned();
    check(&["--write-baseline", &list, &file], "", 0, "1 findings are in");
    fs::write(&file, format!("\n\n{warned}")).expect("a file can be written");
    check(&["--baseline", &list, &file], "", 0, "no findings");
    fs::write(&file, warned.replace("server 1s", "server 500")).expect("a file can be written");
    check(&["--baseline", &list, "--format=concise", &file], "", 1, ":7:17: warning[timeout-without-unit]");
    fs::write(&file, CLEAN).expect("a file can be written");
    check(&["--baseline", &list, &file], "", 0, "1 findings of");
}

#[test]
fn fixes_are_shown_or_made() {
    let faulty = CLEAN
        .replace("timeout client 1s", "timeout client 300\n http-request deny if { method get }")
        .replace("frontend f", "defaults\n mode http\n timeout http-request 1s\n log global\nfrontend f");
    let (_, file) = folder("fixes", &faulty);
    check(&["--diff", &file], "", 1, "\n- timeout client 300\n+ timeout client 300ms\n");
    check(&["--diff", "--unsafe-fixes", &file], "", 1, "\n+ http-request deny if { method GET }\n");
    assert_eq!(fs::read_to_string(&file).expect("the file"), faulty);
    check(&["--fix", &file], "", 1, "1 fixes made");
    assert_eq!(fs::read_to_string(&file).expect("the file"), faulty.replace("300", "300ms"));
    check(&["--diff", &file], "", 0, "");
    check(&["--fix", "-"], &CLEAN.replace("client 1s", "client 300"), 0, " timeout client 300ms\n");
}

/// A stand-in for HAProxy: a script that says what an older one would.
#[test]
fn a_real_haproxy_is_asked_too() {
    let (folder, file) = folder("real", CLEAN);
    let script = folder.join("haproxy");
    let said = format!(
        "#!/bin/sh\necho \"[WARNING]  (7) : config : parsing [{file}:3] : such a timeout.\" >&2\n\
         echo \"[ALERT] 331/221225 (7) : Fatal errors found in configuration.\" >&2\n\
         echo \"[ALERT] 331/221225 (7) : no such thing\" >&2\n"
    );
    fs::write(&script, said).expect("a script can be written");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&script, mode).expect("a script can be made a program");
    let script = script.to_string_lossy().into_owned();
    let want = format!("{file}:3:2: warning[haproxy]: such a timeout.\nerror[haproxy]: no such thing\n");
    check(&["--with-haproxy", &script, "--format=concise", &file], "", 1, &want);
    check(&["--with-haproxy", "no-such-haproxy", &file], "", 2, "cannot run no-such-haproxy");
}

#[test]
fn a_dump_has_places_and_resolved_defaults() {
    let text = CLEAN.replace("frontend f", "defaults\n timeout queue 2s\nfrontend f");
    let output = run(&["dump"], &text);
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let (front, back) = (&object["proxies"][0], &object["proxies"][1]);
    assert_eq!((&front["routes"][0]["backend"], &front["timeouts"]["client"]), (&"b".into(), &1000.into()));
    assert_eq!((&back["timeouts"]["queue"], &back["servers"][0]["address"]), (&2000.into(), &"127.0.0.1:2".into()));
    assert_eq!(object["sections"][1]["lines"][0]["place"]["line"], 4);
}

#[test]
fn a_directory_is_its_files_in_order() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/directory");
    check(&["--format", "concise", folder], "", 1, "20-backend.cfg:1:1: warning[no-health-check]");
}

#[test]
fn files_are_laid_out() {
    let (_, file) = folder("fmt", "frontend f\nbind   :80\n");
    check(&["fmt", "--check", &file], "", 1, "a.cfg\n");
    check(&["fmt", "--diff", &file], "", 1, "\n-bind   :80\n+    bind :80\n");
    check(&["fmt", &file], "", 0, "");
    assert_eq!(fs::read_to_string(&file).expect("the file"), "frontend f\n    bind :80\n");
    check(&["fmt", "--check", &file], "", 0, "");
    check(&["fmt"], "global\ndaemon", 0, "global\n    daemon\n");
}

#[test]
fn the_way_of_a_request_is_told() {
    let text = CLEAN.replace("bind 127.0.0.1:1", "bind :80\n mode http\n use_backend c if { path /c }");
    let text =
        text.replace("backend b\n", "backend b\n mode http\n") + "backend c\n mode http\n server t 127.0.0.1:3\n";
    let route = |more: &[&'static str]| [&["route", "--url"], more].concat();
    check(&route(&["http://a/c"]), &text, 0, "=> backend c (<stdin>:13), server t: use_backend c if { path /c }");
    check(
        &route(&["http://a/d"]),
        &text,
        0,
        "  no   <stdin>:4: use_backend c if { path /c }\n         path /c fails\n",
    );
    check(&route(&["http://a/d", "--format=json"]), &text, 0, "\"backend\": \"b\"");
    check(&route(&["http://a:81/"]), &text, 1, "note: frontend 'f' listens on :80");
    check(&route(&["http://a:81/c", "--frontend=f"]), &text, 0, "=> backend c");
    check(&route(&["http://a/", "--frontend=x"]), &text, 2, "there is no frontend 'x'");
    check(&route(&["a/c"]), &text, 2, "the URL has to be http://HOST/PATH");
    check(&route(&["http://a/", "--src=x"]), &text, 2, "'x' is no IP address");
    check(&["route"], &text, 2, "'route' needs a URL");
    check(&["--url", "http://a/"], &text, 2, "'check' does not take --url");
}

#[test]
fn what_is_not_known_is_told_both_ways() {
    let rules = "bind :80\n mode http\n http-request deny if { nbsrv(b) 0 }";
    let text = CLEAN.replace("bind 127.0.0.1:1", rules).replace("backend b\n", "backend b\n mode http\n");
    let args = ["route", "--url", "http://a/"];
    check(&args, &text, 0, "if 'nbsrv(b) 0' holds ('nbsrv' depends on what happens while HAProxy runs):\n");
    check(&args, &text, 0, "=> HAProxy answers 403, by <stdin>:4\n\nif 'nbsrv(b) 0' fails");
    check(&args, &text.replace("deny", "set-header a b"), 0, "  ?    <stdin>:4");
    check(&args, &text.replace("nbsrv(b) 0", "path,map(/no/such) -m found"), 0, "'/no/such' cannot be read here");
    check(&args, &text.replace("nbsrv(b) 0", "src 10.0.0.0/8"), 0, "say '--src IP'");
    check(
        &["route", "--url", "http://a/", "--src=10.1.2.3"],
        &text.replace("nbsrv(b) 0", "src 10.0.0.0/8"),
        0,
        "src 10.0.0.0/8 holds",
    );
}

#[test]
fn two_configurations_are_compared() {
    let (folder, old) = folder("diff", CLEAN);
    let new = folder.join("b.cfg").to_string_lossy().into_owned();
    fs::write(&new, CLEAN.replace("client 1s", "client 2s").replace("frontend f\n", "# moved\nfrontend f\n"))
        .expect("a file can be written");
    check(&["diff", &old, &old], "", 0, "the configurations mean the same");
    check(&["diff", &old, &new], "", 1, "  ~ timeout client 1s -> timeout client 2s (");
    check(&["diff", &old, &new, "--topic=routes"], "", 0, "mean the same");
    check(&["diff", &old, &new, "--format", "json"], "", 1, "\"topic\": \"timeouts\"");
    check(&["diff", &old], "", 2, "'diff' takes two inputs");
    check(&["diff", &old, &new, "--topic=colours"], "", 2, "unknown topic 'colours': it is one of checks, headers");
}

#[test]
fn shells_complete() {
    let script = run(&["completions", "bash"], "").stdout;
    let (folder, _) = folder("shells", "");
    let file = folder.join("complete.bash");
    fs::write(&file, script).expect("a file can be written");
    let complete = |words: &str| {
        let program = format!(
            "source {}; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _cfg_check; echo \"${{COMPREPLY[@]}}\"",
            file.display()
        );
        let output = Command::new("bash").args(["-c", &program]).output().expect("bash runs");
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    assert_eq!(complete("cfg-check --prof"), "--profile");
    assert_eq!(complete("cfg-check --format js"), "json json-lines");
    assert_eq!(complete("cfg-check rou"), "route");
    check(&["completions", "fish"], "", 0, "complete -c cfg-check -l profile -x -a 'default strict security all'");
    check(&["completions", "zsh"], "", 0, "'*--profile[");
    check(&["completions", "tcsh"], "", 2, "there are those for bash, fish, zsh");
    check(&["man"], "", 0, ".TP\n\\fB\\-H, \\-\\-header\\fR \\fILINE\\fR\n");
}

#[test]
fn templates_are_judged_but_for_what_they_put_in() {
    let text = CLEAN
        .replace("127.0.0.1:1", "127.0.0.1:{{ port }}")
        .replace("\nbackend b\n", "\n{% if x %}\nbackend b\n{% endif %}\n");
    check(&["--format=concise"], &text, 1, "error[");
    check(&["--format=concise", "--template-ignore"], &text, 0, "");
    let faulty = text.replace("server s", "serve s");
    check(&["--format=concise", "--template-ignore"], &faulty, 1, "<stdin>:10:2: error[unknown-keyword]");
    check(&["--fix", "--template-ignore"], &text, 2, "a template has to be mended by hand");
}

#[test]
fn the_machine_is_asked_if_that_is_wanted() {
    let (folder, file) = folder("machine", "");
    fs::write(folder.join("there.pem"), "").expect("a file can be written");
    let head = format!("global\n user nosuchuser\n group root\n crt-base {}\n", folder.display());
    let text = head
        + &CLEAN.replace("127.0.0.1:1\n", "127.0.0.1:1 ssl crt there.pem crt gone.pem\n").replace("127.0.0.2:2", "x");
    let text = text.replace("server s 127.0.0.1:2", "server s no-such-host.invalid:2");
    fs::write(&file, &text).expect("a file can be written");
    let only = |option: &'static str, select: &'static str, status: i32, want: &str| {
        check(&["--format=concise", "--select", select, option, &file], "", status, want);
    };
    only("--check-files", "missing-path", 1, "gone.pem'\n");
    only("--check-dns", "unknown-host", 1, "'no-such-host.invalid' has no address");
    only("--check-accounts", "unknown-account", 1, "there is no user 'nosuchuser'");
    only("--no-config", "missing-path,unknown-host,unknown-account", 0, "");
    let output = run(
        &["--format=json-lines", "--select=missing-path,unknown-account", "--check-files", "--check-accounts", &file],
        "",
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 2);
}
