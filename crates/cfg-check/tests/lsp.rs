//! A scripted editor that talks to `cfg-check lsp` over its standard streams, and asks for everything once.

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

const URI: &str = "file:///etc/haproxy/haproxy.cfg";

const TEXT: &str = "\
# é😀
global
    log 127.0.0.1 local0
defaults base
    mode http
    timeout client 300
frontend web from base
    bind :80
    acl api path_beg /api
    http-request set-header X-A é😀 if api
    http-request deny if !api { nbsrv(app) lt 1 }
    use_backend \"app\" if api
    default_backend app
backend app from base
    stick-table type ip size 1k expire 10s store http_req_rate(10s)
    http-request track-sc0 src table app
    use-server s1 if { path /one }
    server s1 127.0.0.1:1 check
    server s2 127.0.0.1:2 track app/s1
";

struct Editor {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    next: u64,
    /// What came without being asked for.
    notes: Vec<Value>,
}

impl Editor {
    fn new(args: &[&str]) -> Editor {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cfg-check"));
        let pipes = command.arg("lsp").args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = pipes.spawn().expect("the server starts");
        let input = child.stdin.take().expect("a pipe");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        Editor { child, input, output, next: 1, notes: Vec::new() }
    }

    fn open(text: &str) -> Editor {
        let mut editor = Editor::new(&["--no-config"]);
        let result = editor.ask("initialize", json!({ "processId": null, "rootUri": null, "capabilities": {} }));
        assert_eq!(result["capabilities"]["renameProvider"]["prepareProvider"], true);
        editor.tell("initialized", json!({}));
        let document = json!({ "uri": URI, "languageId": "haproxy", "version": 1, "text": text });
        editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
        editor
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("the server reads");
        self.input.flush().expect("the server reads");
    }

    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.output.read_line(&mut line).expect("the server writes");
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", value)) => length = value.parse().expect("a length"),
                _ if length > 0 => break,
                _ => panic!("the server is gone"),
            }
        }
        let mut bytes = vec![0; length];
        self.output.read_exact(&mut bytes).expect("a message");
        serde_json::from_slice(&bytes).expect("JSON")
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn answer(&mut self, method: &str, params: Value) -> Value {
        let id = self.next;
        self.next += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.read();
            if message["id"] == id {
                return message;
            }
            self.notes.push(message);
        }
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        let answer = self.answer(method, params);
        assert_eq!(answer["error"], Value::Null, "{method}");
        answer["result"].clone()
    }

    /// The diagnostics that came last, waiting for the first.
    fn diagnostics(&mut self) -> Vec<Value> {
        if self.notes.is_empty() {
            let note = self.read();
            self.notes.push(note);
        }
        let last = self.notes.drain(..).next_back().expect("a note");
        assert_eq!(last["method"], "textDocument/publishDiagnostics");
        last["params"]["diagnostics"].as_array().expect("a list").clone()
    }

    /// Asks about the place of `mark` in the text, `more` bytes behind its start.
    fn about(&mut self, method: &str, text: &str, mark: &str, more: usize) -> Value {
        let params = self.at(text, mark, more);
        self.ask(method, params)
    }

    fn at(&self, text: &str, mark: &str, more: usize) -> Value {
        json!({ "textDocument": { "uri": URI }, "position": position(text, text.find(mark).expect("a mark") + more) })
    }

    fn leave(mut self) {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        assert!(self.child.wait().expect("the server ends").success());
    }
}

fn position(text: &str, offset: usize) -> Value {
    let before = &text[..offset];
    let line = before.matches('\n').count();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    json!({ "line": line, "character": before[start..].encode_utf16().count() })
}

/// The text after edits, as an editor makes them.
fn edited(text: &str, edits: &Value) -> String {
    let offset = |position: &Value| {
        let wanted = |name: &str| position[name].as_u64().expect("a number") as usize;
        let start = text.split_inclusive('\n').take(wanted("line")).map(str::len).sum::<usize>();
        let mut units = 0;
        let line = text[start..].char_indices().find(|(_, each)| {
            let found = units >= wanted("character") || *each == '\n';
            units += each.len_utf16();
            found
        });
        start + line.map_or(text.len() - start, |(at, _)| at)
    };
    let list = edits.as_array().expect("edits").iter();
    let edit = |edit: &Value| {
        let range = offset(&edit["range"]["start"])..offset(&edit["range"]["end"]);
        (range, edit["newText"].as_str().expect("a text").to_owned())
    };
    let mut list: Vec<_> = list.map(edit).collect();
    list.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    list.into_iter().fold(text.to_owned(), |mut text, (range, new)| {
        text.replace_range(range, &new);
        text
    })
}

#[test]
fn what_is_wrong_is_told_as_one_types() {
    let mut editor = Editor::open(TEXT);
    let codes = |found: &[Value]| found.iter().map(|d| d["code"].as_str().unwrap_or("").to_owned()).collect::<Vec<_>>();
    let found = editor.diagnostics();
    let short = found.iter().find(|d| d["code"] == "timeout-without-unit").expect("a finding");
    assert_eq!(short["range"]["start"], position(TEXT, TEXT.find("300").expect("a time")));
    assert_eq!((&short["source"], &short["severity"]), (&json!("cfg-check"), &json!(2)));
    let typed = TEXT.replace("300", "3s").replace("default_backend app", "default_backend ap");
    let change = json!({ "textDocument": { "uri": URI, "version": 2 }, "contentChanges": [{ "text": typed }] });
    editor.tell("textDocument/didChange", change);
    let found = codes(&editor.diagnostics());
    assert!(found.contains(&"unknown-backend".into()) && !found.contains(&"timeout-without-unit".into()), "{found:?}");
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": URI } }));
    assert!(editor.diagnostics().is_empty());
    editor.leave();
}

#[test]
fn words_are_explained() {
    let mut editor = Editor::open(TEXT);
    let mut check = |mark: &str, more: usize, want: &str| {
        let hover = editor.about("textDocument/hover", TEXT, mark, more);
        let text = hover["contents"]["value"].as_str().unwrap_or("nothing");
        assert!(text.contains(want), "{mark}: {text}");
    };
    check("timeout client", 3, "timeout client TIME\n```\nvalid in `defaults`, `frontend`, `listen`");
    check("log 127", 1, "valid in `global`");
    check("set-header", 2, "http-request set-header <name> <fmt> [if|unless CONDITION]");
    check("deny if", 2, "action in ");
    check("nbsrv", 2, "nbsrv(");
    check("path_beg", 2, "`path -m beg`");
    check("api {", 1, "acl api path_beg /api");
    check("default_backend app", 17, "backend app from base\n    stick-table");
    check("check\n", 2, "a parameter of `server`");
    let nothing = editor.about("textDocument/hover", TEXT, "# é", 1);
    assert_eq!(nothing, Value::Null);
    editor.leave();
}

#[test]
fn what_may_follow_is_offered() {
    let mut editor = Editor::open(TEXT);
    let mut version = 2;
    let mut check = |line: &str, some: &[&str], none: &[&str]| {
        let text = TEXT.replace("    default_backend app\n", &format!("    {line}|\n"));
        let at = text.find("|\n").expect("a mark");
        let text = text.replacen("|\n", "\n", 1);
        version += 1;
        let document = json!({ "uri": URI, "version": version });
        editor
            .tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [{ "text": text }] }));
        let params = json!({ "textDocument": { "uri": URI }, "position": position(&text, at) });
        let list = editor.ask("textDocument/completion", params);
        let items = list["items"].as_array().expect("items");
        let labels: Vec<&str> = items.iter().filter_map(|item| item["label"].as_str()).collect();
        assert!(some.iter().all(|label| labels.contains(label)), "{line}: {labels:?}");
        assert!(none.iter().all(|label| !labels.contains(label)), "{line}: {labels:?}");
        // What is taken in place of what is typed leaves a line that begins with it.
        if let Some(first) = some.first() {
            let item = items.iter().find(|item| item["label"] == *first).expect("it is there");
            let after = edited(&text, &json!([item["textEdit"]]));
            assert!(after.lines().any(|line| line.ends_with(first)), "{line}: {first}: {after}");
        }
    };
    check("", &["use_backend", "timeout client", "backend"], &["server", "balance", "timeout server"]);
    check("time", &["timeout client"], &[]);
    check("timeout ", &["timeout client", "timeout http-request"], &["timeout server"]);
    check("option http", &["option httplog"], &[]);
    check("mode ", &["http", "tcp"], &[]);
    check("use_backend ", &["app"], &["web", "base"]);
    check("http-request ", &["set-header", "deny"], &["set-status"]);
    check("http-request deny if ", &["api", "METH_GET", "{"], &["app"]);
    check("http-request deny if { ", &["path_beg", "nbsrv"], &["lower"]);
    check("http-request deny if { path,", &["lower"], &["path_beg"]);
    check("http-request deny if { path -m ", &["beg", "str"], &["app"]);
    check("http-request set-header X %[req.hdr(host),", &["lower"], &["src"]);
    check("bind :81 ", &["ssl", "crt"], &["weight"]);
    check("bind :81 ssl ssl-min-ver ", &[], &["crt"]);
    check("# ", &[], &["bind"]);
    editor.leave();
}

#[test]
fn names_are_found_and_changed() {
    let mut editor = Editor::open(TEXT);
    let line = |editor: &mut Editor, mark: &str, more: usize| {
        let places = editor.about("textDocument/definition", TEXT, mark, more);
        places[0]["range"]["start"]["line"]
            .as_u64()
            .map_or("nothing", |line| TEXT.lines().nth(line as usize).unwrap_or(""))
    };
    assert_eq!(line(&mut editor, "if !api", 5), "    acl api path_beg /api");
    assert_eq!(line(&mut editor, "nbsrv(app", 7), "backend app from base");
    assert_eq!(line(&mut editor, "table app", 7), "backend app from base");
    assert_eq!(line(&mut editor, "web from base", 10), "defaults base");
    assert_eq!(line(&mut editor, "app/s1", 5), "    server s1 127.0.0.1:1 check");
    assert_eq!(line(&mut editor, "use-server s1", 11), "    server s1 127.0.0.1:1 check");
    let uses = editor.about("textDocument/references", TEXT, "backend app from", 9);
    assert_eq!(uses.as_array().map(Vec::len), Some(6), "{uses}");
    let mut renamed = |mark: &str, more: usize, new: &str| {
        let mut params = editor.at(TEXT, mark, more);
        editor.ask("textDocument/prepareRename", params.clone());
        params["newName"] = new.into();
        let edit = editor.ask("textDocument/rename", params);
        edited(TEXT, &edit["changes"][URI])
    };
    let want = TEXT.replace("acl api", "acl v1").replace("if api", "if v1").replace("!api", "!v1");
    assert_eq!(renamed("acl api", 5, "v1"), want);
    let want = TEXT.replace("app", "shop");
    assert_eq!(renamed("(app)", 2, "shop"), want);
    assert_eq!(renamed("server s1", 8, "one"), TEXT.replace("s1", "one"));
    assert_eq!(renamed("defaults base", 10, "common"), TEXT.replace("base", "common"));
    for (mark, more, new) in [("server s1", 8, "s2"), ("server s1", 8, "a b"), ("mode http", 6, "x")] {
        let mut params = editor.at(TEXT, mark, more);
        params["newName"] = new.into();
        let answer = editor.answer("textDocument/rename", params);
        assert_eq!(answer["error"]["code"], -32803, "{mark} {new}");
    }
    editor.leave();
}

#[test]
fn the_rest_is_answered_too() {
    let mut editor = Editor::open(TEXT);
    let range = json!({ "start": position(TEXT, TEXT.find("300").expect("a time")), "end": position(TEXT, TEXT.find("300").expect("a time")) });
    let params = json!({ "textDocument": { "uri": URI }, "range": range, "context": { "diagnostics": [] } });
    let actions = editor.ask("textDocument/codeAction", params);
    let after = |title: &str| {
        let found = actions
            .as_array()
            .expect("actions")
            .iter()
            .find(|a| a["title"].as_str().is_some_and(|t| t.contains(title)));
        edited(TEXT, &found.unwrap_or_else(|| panic!("{actions}"))["edit"]["changes"][URI])
    };
    assert_eq!(after("the unit"), TEXT.replace("300", "300ms"));
    assert_eq!(after("Silence"), TEXT.replace("300", "300 # cfg-check: ignore=timeout-without-unit"));
    let of = json!({ "textDocument": { "uri": URI } });
    let symbols = editor.ask("textDocument/documentSymbol", of.clone());
    assert_eq!(symbols[2]["name"], "frontend web");
    assert_eq!(symbols[3]["children"][1]["name"], "server s2");
    assert_eq!(
        editor.ask("textDocument/formatting", of.clone())[0]["newText"].as_str().map(str::len),
        Some(TEXT.len() + 3)
    );
    assert_eq!(editor.answer("textDocument/nonsense", of)["error"]["code"], -32601);
    let gone = json!({ "textDocument": { "uri": "file:///none" } });
    assert_eq!(editor.answer("textDocument/documentSymbol", gone)["error"]["code"], -32803);
    editor.leave();
}

#[test]
fn an_editor_that_is_gone_ends_the_server() {
    let mut editor = Editor::open(TEXT);
    drop(editor.input);
    assert_eq!(editor.child.wait().expect("the server ends").code(), Some(1));
}
