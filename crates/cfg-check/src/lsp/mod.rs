//! The linter within editors: the language server protocol, version 3.17, over two streams.
//!
//! [`serve`] reads what the editor says and answers; `state` has the documents, and each thing that an editor asks for is
//! a file: `hover`, `complete`, `names` (definitions, references, renaming), `actions`, `symbols`.

mod actions;
mod complete;
mod document;
mod hover;
mod names;
mod position;
mod state;
mod symbols;
mod wire;

use crate::Settings;
use anyhow::{Result, bail};
use serde_json::{Value, json};
use state::State;
use std::{
    io::{Read, Write},
    sync::mpsc,
    thread,
};

/// Serves an editor until it leaves. The answer is whether it said that it would.
///
/// # Errors
/// Bytes that are no messages, and an editor that reads no more.
pub fn serve(input: impl Read + Send + 'static, mut output: impl Write, settings: Settings) -> Result<bool> {
    let (send, receive) = mpsc::channel();
    // What is typed meanwhile is heard, so that only the newest text is judged.
    thread::spawn(move || {
        let mut input = std::io::BufReader::new(input);
        while let Some(message) = wire::read(&mut input).transpose() {
            let ends = message.is_err();
            if send.send(message).is_err() || ends {
                break;
            }
        }
    });
    let mut state = State::new(settings);
    loop {
        let message = match receive.try_recv() {
            Ok(message) => message,
            Err(mpsc::TryRecvError::Disconnected) => return Ok(state.leaves),
            Err(mpsc::TryRecvError::Empty) => {
                for note in state.judged() {
                    wire::write(&mut output, &note)?;
                }
                match receive.recv() {
                    Ok(message) => message,
                    Err(_) => return Ok(state.leaves),
                }
            }
        };
        let message = message?;
        if message["method"] == "exit" {
            return Ok(state.leaves);
        }
        if let Some(answer) = answer(&mut state, &message) {
            wire::write(&mut output, &answer)?;
        }
    }
}

/// The answer to a request; nothing for what is none.
fn answer(state: &mut State, message: &Value) -> Option<Value> {
    let method = message["method"].as_str()?;
    let id = message.get("id");
    let result = state.obey(method, &message["params"]);
    let id = id?;
    Some(match result {
        Some(Ok(result)) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Some(Err(why)) => {
            json!({ "jsonrpc": "2.0", "id": id, "error": { "code": -32803, "message": format!("{why:#}") } })
        }
        None => {
            let message = format!("'{method}' is not known");
            json!({ "jsonrpc": "2.0", "id": id, "error": { "code": -32601, "message": message } })
        }
    })
}

/// A part of a message that has to be there.
fn text<'v>(value: &'v Value, pointer: &str) -> Result<&'v str> {
    match value.pointer(pointer).and_then(Value::as_str) {
        Some(text) => Ok(text),
        None => bail!("the message lacks {pointer}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    /// Whatever the text and wherever the cursor: an answer, and no panic.
    #[test]
    fn every_place_can_be_asked_about() {
        const METHODS: &[&str] = &["hover", "completion", "definition", "references", "prepareRename"];
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
        let mut count = 0;
        for path in fs::read_dir(folder).expect("the fixtures").flatten().map(|entry| entry.path()) {
            let text = fs::read(path).expect("a fixture");
            let text = String::from_utf8_lossy(&text);
            let mut state = State::new(Settings::default());
            let document = json!({ "uri": "a", "version": 1, "text": text });
            state.obey("textDocument/didOpen", &json!({ "textDocument": document }));
            for (line, shown) in text.lines().enumerate() {
                for character in (count % 5..shown.chars().count() + 2).step_by(60) {
                    let place = json!({ "line": line, "character": character });
                    let params = json!({ "textDocument": { "uri": "a" }, "position": place });
                    for method in METHODS {
                        let answer = state.obey(&format!("textDocument/{method}"), &params).expect("a known method");
                        assert!(answer.is_ok() || *method == "prepareRename", "{method} at {place}");
                    }
                    count += 1;
                }
            }
        }
        assert!(count > 500, "only {count} places");
    }
}
