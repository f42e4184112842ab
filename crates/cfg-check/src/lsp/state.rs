//! What the server knows: the documents that are open. Each method of the protocol is a row.

use super::{actions, complete, document::Document, hover, names, position, symbols, text};
use crate::{Settings, layout::layout};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct State {
    settings: Settings,
    documents: BTreeMap<String, Document>,
    /// Notes that are due before the next documents are judged.
    notes: Vec<Value>,
    /// Whether the editor said that it is about to leave.
    pub(super) leaves: bool,
}

type Method = fn(&mut State, &Value) -> Result<Value>;

/// What an editor may say. `exit` is heard by [`serve`](super::serve).
const METHODS: &[(&str, Method)] = &[
    ("initialize", |_, _| Ok(capabilities())),
    ("initialized", |_, _| Ok(Value::Null)),
    ("shutdown", |state, _| {
        state.leaves = true;
        Ok(Value::Null)
    }),
    ("textDocument/codeAction", |state, params| state.of(params).map(|document| actions::actions(document, params))),
    ("textDocument/completion", |state, params| state.of(params).map(|document| complete::complete(document, params))),
    ("textDocument/definition", |state, params| state.of(params).map(|document| names::definition(document, params))),
    ("textDocument/didChange", State::change),
    ("textDocument/didClose", State::close),
    ("textDocument/didOpen", State::open),
    ("textDocument/didSave", |_, _| Ok(Value::Null)),
    ("textDocument/documentSymbol", |state, params| state.of(params).map(symbols::symbols)),
    ("textDocument/formatting", |state, params| state.of(params).map(format)),
    ("textDocument/hover", |state, params| state.of(params).map(|document| hover::hover(document, params))),
    ("textDocument/prepareRename", |state, params| names::prepare(state.of(params)?, params)),
    ("textDocument/references", |state, params| state.of(params).map(|document| names::references(document, params))),
    ("textDocument/rename", |state, params| names::rename(state.of(params)?, params)),
];

fn capabilities() -> Value {
    json!({
        "capabilities": {
            "positionEncoding": "utf-16",
            "textDocumentSync": { "openClose": true, "change": 1 },
            "codeActionProvider": { "codeActionKinds": ["quickfix"] },
            "completionProvider": { "triggerCharacters": [" ", "(", ",", "[", "{"] },
            "definitionProvider": true,
            "documentFormattingProvider": true,
            "documentSymbolProvider": true,
            "hoverProvider": true,
            "referencesProvider": true,
            "renameProvider": { "prepareProvider": true },
        },
        "serverInfo": { "name": "cfg-check", "version": env!("CARGO_PKG_VERSION") },
    })
}

impl State {
    pub(super) fn new(settings: Settings) -> State {
        State { settings, documents: BTreeMap::new(), notes: Vec::new(), leaves: false }
    }

    /// Does what the editor says; `None` for a method that is not known.
    pub(super) fn obey(&mut self, method: &str, params: &Value) -> Option<Result<Value>> {
        let (_, run) = METHODS.iter().find(|(name, _)| *name == method)?;
        Some(run(self, params))
    }

    /// Judges what has changed: what the editor is to be told.
    pub(super) fn judged(&mut self) -> Vec<Value> {
        let mut notes = std::mem::take(&mut self.notes);
        for document in self.documents.values_mut().filter(|document| document.found.is_none()) {
            document.judge(&self.settings);
            notes.push(document.diagnostics());
        }
        notes
    }

    /// The document that a message is about.
    fn of(&mut self, params: &Value) -> Result<&Document> {
        let uri = text(params, "/textDocument/uri")?;
        let document = self.documents.get_mut(uri).with_context(|| format!("{uri} is not open"))?;
        if document.found.is_none() {
            document.judge(&self.settings);
            self.notes.push(document.diagnostics());
        }
        Ok(document)
    }

    fn open(&mut self, params: &Value) -> Result<Value> {
        let (uri, text) = (text(params, "/textDocument/uri")?, text(params, "/textDocument/text")?);
        let document = Document::new(uri, params["textDocument"]["version"].clone(), text);
        self.documents.insert(uri.into(), document);
        Ok(Value::Null)
    }

    /// The whole text comes with every change.
    fn change(&mut self, params: &Value) -> Result<Value> {
        let uri = text(params, "/textDocument/uri")?;
        let last = params["contentChanges"].as_array().and_then(|changes| changes.last());
        let text = text(last.unwrap_or(&Value::Null), "/text")?;
        let document = Document::new(uri, params["textDocument"]["version"].clone(), text);
        self.documents.insert(uri.into(), document);
        Ok(Value::Null)
    }

    fn close(&mut self, params: &Value) -> Result<Value> {
        let uri = text(params, "/textDocument/uri")?;
        self.documents.remove(uri);
        let none = json!({ "uri": uri, "diagnostics": [] });
        self.notes.push(json!({ "jsonrpc": "2.0", "method": "textDocument/publishDiagnostics", "params": none }));
        Ok(Value::Null)
    }
}

/// The whole text laid out, or nothing to do.
fn format(document: &Document) -> Value {
    let (files, id) = (&document.files, document.id);
    let laid = layout(files, id);
    if laid == files.text(id) {
        return json!([]);
    }
    json!([{ "range": position::whole(files, id), "newText": String::from_utf8_lossy(&laid) }])
}
