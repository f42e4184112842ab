// Starts `cfg-check lsp`, which does the work.
const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = async () => {
  const settings = workspace.getConfiguration("cfg-check");
  const server = { command: settings.get("path"), args: ["lsp", ...settings.get("args")] };
  client = new LanguageClient("cfg-check", "cfg-check", server, { documentSelector: [{ language: "haproxy" }] });
  await client.start();
};

exports.deactivate = () => client?.stop();
