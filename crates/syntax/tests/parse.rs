//! What a configuration says: words, blocks, sections and findings, each case one text.

use source::Files;
use syntax::{Env, parse};

const SECTIONS: &[&str] = &["global", "defaults", "frontend", "backend", "listen", "userlist"];

fn env() -> Env {
    Env::new(SECTIONS).var("HOME", "/me").var("EMPTY", "").var("LIST", "a  b c ").var("RAW", "q\"#\\n$HOME x")
}

/// Sections as `[type name]`, lines as `word|word`, preamble lines as `?word|word`, findings as `!line:column code`.
fn shown(texts: &[&str], world: &mut Env) -> Vec<String> {
    let mut files = Files::default();
    let ids: Vec<_> = texts.iter().map(|text| files.add("t.cfg", text.as_bytes())).collect();
    let parsed = parse(&files, &ids, world);
    let line = |d: &syntax::Directive| d.words.iter().map(|w| w.show().into_owned()).collect::<Vec<_>>().join("|");
    let mut out: Vec<String> = parsed.preamble.iter().map(|d| format!("?{}", line(d))).collect();
    for section in &parsed.sections {
        out.push(format!("[{}]", line(&section.header)));
        out.extend(section.lines.iter().map(line));
    }
    for finding in &parsed.diagnostics {
        let place = files.place(finding.span.expect("every finding of the syntax has a place"));
        out.push(format!("!{}:{} {}", place.line, place.column, finding.code));
    }
    out
}

fn check(text: &str, want: &[&str]) {
    assert_eq!(shown(&[text], &mut env()), want, "\n{text}");
}

/// The text of each message, as HAProxy says it.
fn says(text: &str, want: &[&str]) {
    let mut files = Files::default();
    let id = files.add("t.cfg", text.as_bytes());
    let parsed = parse(&files, &[id], &mut env());
    let said: Vec<&str> = parsed.diagnostics.iter().map(|d| d.message.as_str()).collect();
    assert_eq!(said, want, "\n{text}");
    assert!(parsed.diagnostics.iter().all(|d| d.code.ends_with("-directive") || d.help.is_some()), "no remedy\n{text}");
}

/// The words of one line behind `global`.
fn words(line: &str, want: &[&str]) {
    let text = format!("global\n{line}\n");
    assert_eq!(shown(&[&text], &mut env()), ["[global]", &want.join("|")], "\n{line}");
}

#[test]
fn words_are_cut_at_blanks_and_end_at_a_hash() {
    words(" maxconn\t10  ", &["maxconn", "10"]);
    words("a#b", &["a"]);
    words("\"a\"#b", &["a"]);
    words(r"a\#b c\ d", &["a#b", "c d"]);
    words("# caf\u{e9} \u{201c}quotes\u{201d}\nx", &["x"]);
    check("global#this is the global section\n  daemon#daemonize\n", &["[global]", "daemon"]);
}

#[test]
fn quotes_and_escapes() {
    words(r#"a "a\x41\tb\qz\$HOME '$HOME' # x""#, &["a", "aA\tb\\qz$HOME '/me' # x"]);
    words(r#"a 'single \n $HOME "q"'"#, &["a", "single \\n $HOME \"q\""]);
    words(r#"un\ quoted\n\x42\q$HOME"x"'y'"#, &["un quoted\nB\\q$HOMExy"]);
    words(r#"a "a\"b\\c\'d\#e\ f""#, &["a", "a\"b\\c'd#e f"]);
    words(r#"a\"b\\c\'d\#e\ f#g"#, &["a\"b\\c'd#e f"]);
    words("x \\\ty", &["x", "\\", "y"]);
    words("x \"\\\ty\"", &["x", "\\\ty"]);
    words(r"x \$HOME trailing\", &["x", r"\$HOME", r"trailing\"]);
    words(r"x cont \", &["x", "cont", "\\"]);
    words(r#"\r\t\nx"\r\t\nx""#, &["\r\t\nx\r\t\nx"]);
}

#[test]
fn the_manual_s_equivalent_log_formats_are_the_same() {
    let want = ["log-format", "%{+Q}o %t %s %{-Q}r"];
    words(r"log-format %{+Q}o\ %t\ %s\ %{-Q}r", &want);
    words(r#"log-format "%{+Q}o %t %s %{-Q}r""#, &want);
    words(r"log-format '%{+Q}o %t %s %{-Q}r'", &want);
    words(r#"log-format "%{+Q}o %t"' %s %{-Q}r'"#, &want);
    words(r#"log-format "%{+Q}o %t"' %s'\ %{-Q}r"#, &want);
}

#[test]
fn variables() {
    words(r#"x "${HOME}"junk"$HOME"'k'"#, &["x", "/mejunk/mek"]);
    words(r#"x "$HOME_x$HOME/$HOME.y""#, &["x", "/me//me.y"]);
    words(r#"x "${RAW}""#, &["x", "q\"#\\n$HOME x"]);
    words(r#"x "${NOPE-def ault}" "${NOPE-a}b}" "${NOPE-${HOME}}""#, &["x", "def ault", "ab}", "${HOME}"]);
    words(r#"x "a${EMPTY-x}b" "a${NOPE}b" "a$LIST-d""#, &["x", "ab", "ab", "aa  b c -d"]);
    words("x $HOME ${HOME} $ '$HOME'", &["x", "$HOME", "${HOME}", "$", "$HOME"]);
    words(r#"x "$.LINE" $.LINE "${.SECTION-x}" "$.FILE""#, &["x", "2", "$.LINE", "global", "t.cfg"]);
}

#[test]
fn lists_become_words() {
    words(r#"x "p${LIST[*]}s""#, &["x", "pa", "b", "c", "s"]);
    words(r#"x "${LIST[*]}" y"#, &["x", "a", "b", "c", "y"]);
    words(r#"x "${EMPTY[*]}" "${NOPE[*]}" y"#, &["x", "y"]);
    words(
        r#"x "a${EMPTY[*]}b" "${NOPE[*]-d e}" "${NOPE-f[*]}" "${HOME}[*]""#,
        &["x", "ab", "d", "e", "f[*]", "/me[*]"],
    );
}

#[test]
fn section_names_itself() {
    let text =
        "global\n.notice \"${.SECTION}\"\ndefaults d1\n.notice \"${.SECTION}\"\ndefaults\n.notice \"$.SECTION\"\n";
    says(&format!(".notice \"<$.SECTION>\"\n{text}"), &["'<>'.", "'global'.", "'d1'.", "'defaults'."]);
}

#[test]
fn faults_of_the_text_are_worded_as_haproxy_does() {
    says(".notice \"${NOPE:-def}\"\n", &["unmatched brace in environment variable name at position 11"]);
    for (line, message) in [
        (r#".notice ab\x4"#, "truncated or invalid hexadecimal sequence at position 11"),
        (r#".notice "abc\x""#, "truncated or invalid hexadecimal sequence at position 13"),
        (r#".notice "abc\xzz""#, "truncated or invalid hexadecimal sequence at position 13"),
        (r#".notice "${HOME""#, "unmatched brace in environment variable name at position 11"),
        (r#".notice "$""#, "forbidden first char in environment variable name at position 11"),
        (r#".notice "$1""#, "forbidden first char in environment variable name at position 11"),
        (r#".notice "$.LINEX""#, "forbidden first char in environment variable name at position 11"),
        (r#".notice "${}""#, "forbidden first char in environment variable name at position 12"),
        (r#".notice "${-x}""#, "forbidden first char in environment variable name at position 12"),
        (r#".notice "${.NOPE}""#, "forbidden first char in environment variable name at position 12"),
        (r#".notice "${X3[*}""#, "truncated or invalid word expansion sequence at position 14"),
        (r#".notice "${X3[0]}""#, "truncated or invalid word expansion sequence at position 14"),
        (r#".notice "${X3[*]x}""#, "unmatched brace in environment variable name at position 11"),
        (r#".notice unterm"inated"#, "unmatched quote at position 15"),
        (r#".notice unterm'inated"#, "unmatched quote at position 15"),
        ("\tnotice\t\"x\\\"", "unmatched quote at position 9"),
    ] {
        says(&format!("global\n{line}\n"), &[message]);
    }
}

#[test]
fn a_faulty_line_is_left_out_and_reading_goes_on() {
    check("global\n a \"b\n c\n", &["[global]", "c", "!2:4 unmatched-quote"]);
    check("frontend \"f\n c\n", &["[frontend|f]", "c", "!1:10 unmatched-quote"]);
    check(".if 0\n a \"b\n.endif\nglobal\n", &["[global]", "!2:4 unmatched-quote"]);
}

#[test]
fn empty_arguments_are_refused() {
    check("global\n maxconn \"\" 1\n", &["[global]", "!2:10 empty-argument"]);
    check("global\n maxconn 10 \"$NOPE\"\n", &["[global]", "!2:15 empty-argument"]);
    check("global\n \"\" x\n ''\n", &["[global]", "!2:2 empty-first-word", "!3:2 empty-first-word"]);
    check("backend \"\"\n a\n", &["[backend]", "a", "!1:9 empty-argument"]);
    check(".if 0\nglobal\n maxconn \"\"\n.endif\nglobal\n", &["[global]"]);
    let empty = "is empty and marks the end of the argument list";
    says(
        "backend b\n        server \"${NODE_1}\" \"${NODE_1}:3306\"\n",
        &[&format!("argument number 1 at position 19 {empty}")],
    );
    says(
        "listen l\n    acl e var(txn.crowdsec) -m str \"\"\n",
        &[&format!("argument number 5 at position 36 {empty}")],
    );
}

#[test]
fn limits() {
    let args = |n| format!("global\n description {}\n", vec!["a"; n].join(" "));
    check(&args(63), &["[global]", &format!("description{}", "|a".repeat(63))]);
    says(&args(70), &["too many words, truncating after word 64, position 137: <a>."]);
    let nested = |n| format!("{}.notice in\n{}", ".if 1\n".repeat(n), ".endif\n".repeat(n));
    says(&nested(99), &["'in'."]);
    says(&nested(101), &["too many nested '.if', max is 100."; 2]);
    words(&format!("x {}", "a".repeat(100_000)), &["x", &"a".repeat(100_000)]);
}

#[test]
fn line_ends() {
    check("global\r\n maxconn 10\r\n", &["[global]", "maxconn|10"]);
    check("\rglobal\r\n a \rb\x0bc \r\n", &["[global]", "a|b|c"]);
    check("global\n a\rb\n c\n", &["[global]", "a", "c", "!2:3 stray-carriage-return"]);
    says("global\n   maxconn 10", &["Missing LF on last line, file might have been truncated at position 14."]);
    says("global\n.notice x", &["'x'.", "Missing LF on last line, file might have been truncated at position 10."]);
    check("global\n   max\0conn 10\n maxconn 10\n", &["[global]", "max", "maxconn|10", "!2:7 stray-nul"]);
    says("# a\0b\n", &["Stray NUL character at position 4."]);
    check("global\n x a\\x00b c\n", &["[global]", "x|a|c", "!2:4 nul-in-word"]);
    check("global\n a \"10\r\"\n", &["[global]", "!2:4 unmatched-quote", "!2:7 stray-carriage-return"]);
    check("", &[]);
    check("\n\n", &[]);
}

#[test]
fn any_byte_may_stand_in_a_file() {
    let mut files = Files::default();
    let id = files.add("t.cfg", b"global\n# caf\xe9 \x93quotes\x94\n foo\xe9 \"\x93\"\n");
    let parsed = parse(&files, &[id], &mut env());
    assert!(parsed.diagnostics.is_empty());
    assert_eq!(parsed.sections[0].lines[0].words[0].bytes(), b"foo\xe9");
    assert_eq!(parsed.sections[0].lines[0].words[1].bytes(), b"\x93");
}

#[test]
fn blocks() {
    let chain = |a: &str, b: &str| format!(".if {a}\n.notice A\n.elif {b}\n.notice B\n.else\n.notice C\n.endif\n");
    says(&chain("1", "1"), &["'A'."]);
    says(&chain("0", "1"), &["'B'."]);
    says(&chain("0", "0"), &["'C'."]);
    says(&format!(".if 0\n{}.endif\n.notice D\n", chain("1", "1")), &["'D'."]);
    says(".if 1\n.elif bad(\n.notice x\n.else\n.notice y\n.endif # c\n", &[]);
    says(".if 0\n.if bad(\n.endif\n.elif 1\n.notice ok\n.endif\n", &["'ok'."]);
    check("global\n.if 1\nlisten x\n.endif\nbind\n", &["[global]", "[listen|x]", "bind"]);
}

#[test]
fn faulty_blocks() {
    says("global\n.endif\n", &["lone '.endif' with no matching '.if'."]);
    says("global\n.else\n", &["lone '.else' with no matching '.if'."]);
    says(".elif\n", &["lone '.elif' with no matching '.if'."]);
    says(".if 0\n.else\n.else\n.endif\n", &["'.else' after '.else' is not permitted."]);
    says(".if 0\n.else\n.elif 1\n.endif\n", &["'.elif' after '.else' is not permitted."]);
    says(
        ".if 0\n.else junk\n.endif x\n",
        &["Unexpected argument 'junk' for '.else'.", "Unexpected argument 'x' for '.endif'."],
    );
    says("global\n.if 1\n\n", &["non-terminated '.if' block."]);
    says(".foo\n. x\n.if 0\n.bar\n.endif\n", &["unknown directive '.foo'.", "unknown directive '.'."]);
    says(
        ".if foo\n.else\n.notice else\n.endif\n",
        &["unparsable conditional expression 'foo' in '.if' at position 1", "'else'."],
    );
}

#[test]
fn conditions_point_at_their_fault() {
    check("  .if   1   && foo\n.endif\n", &["!1:16 bad-condition"]);
    check(".if streq(a,b,c)\n.endif\n", &["!1:14 bad-condition"]);
    check(".if \"\"\n.notice y\n.else\n.notice n\n.endif\n", &["!4:1 notice-directive"]);
    check(".if \"$NOPE\"\n.notice y\n.endif\n", &[]);
    says(".if streq(\"$HOME\",/me) && strstr(\"${LIST}\",b)\n.notice y\n.endif\n", &["'y'."]);
}

#[test]
fn messages() {
    says(".notice\n.warning \"w\" # c\n.alert 'bye'\n.diag d\n", &["''.", "'w'.", "'bye'.", "'d'."]);
    let extra = "for '.notice'. Use quotes if the message should contain spaces.";
    says(".notice a b\n", &[&format!("Unexpected argument 'b' {extra}")]);
}

#[test]
fn each_file_starts_anew() {
    let found = shown(&["foo\nglobal\n a\n.if 1\n", "b\n\nbackend x\n c\n"], &mut env());
    let findings = ["!1:1 out-of-section", "!4:1 non-terminated-if", "!1:1 out-of-section"];
    let lines = ["?foo", "?b", "[global]", "a", "[backend|x]", "c"];
    assert_eq!(found, lines.iter().chain(&findings).copied().collect::<Vec<_>>());
}

/// A world that obeys `setenv` in the global section, as `config` will.
struct Setenv(Env);

impl syntax::World for Setenv {
    fn env(&self, name: &str) -> Option<Vec<u8>> {
        self.0.env(name)
    }

    fn is_section(&self, word: &[u8]) -> bool {
        self.0.is_section(word)
    }

    fn seen(&mut self, section: &syntax::Directive, line: &syntax::Directive) {
        if let ("global", "setenv", [name, value]) = (&*section.keyword().show(), &*line.keyword().show(), line.args())
        {
            self.0.vars.insert(name.show().into_owned(), value.text.clone());
        }
    }

    fn feature(&self, name: &str) -> bool {
        self.0.feature(name)
    }

    fn enabled(&self, name: &str) -> bool {
        self.0.enabled(name)
    }

    fn version(&self) -> &str {
        self.0.version()
    }

    fn ssl_library(&self) -> &str {
        self.0.ssl_library()
    }
}

#[test]
fn setenv_acts_on_the_lines_that_follow() {
    let mut files = Files::default();
    let id = files.add("t.cfg", b"global\n x \"$A.\"\n setenv A 1\n.if streq(\"$A\",1)\n x \"$A.\"\n.endif\n");
    let parsed = parse(&files, &[id], &mut Setenv(env()));
    let last: Vec<_> = parsed.sections[0].lines.iter().filter_map(|l| l.words.get(1)?.str()).collect();
    assert_eq!(last, [".", "A", "1."]);
}
