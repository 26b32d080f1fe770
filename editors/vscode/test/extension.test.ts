// The extension as it is built, started in Node with a stand-in for the editor, against a real `evalctl lsp`. What the
// editor would ask of its providers is asked here. EVALCTL names the program, CORPUS the folder with `fleet`.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import Module from "node:module";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { URI } from "vscode-uri";
import * as double from "./vscode-double";

const root = resolve(process.cwd(), "../..");
const program = resolve(process.env.EVALCTL ?? join(root, "build/release/evalctl"));
const corpus = resolve(process.env.CORPUS ?? join(root, "corpus"));
const fleet = join(realpathSync(mkdtempSync(join(tmpdir(), "evalctl-"))), "fleet");
const never = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose: () => undefined }) };
let extension: { activate(context: unknown): Promise<void>; deactivate(): Promise<void> };
let document: double.Document;

async function eventually<T>(look: () => T, accept: (found: T) => boolean): Promise<T> {
  for (const deadline = Date.now() + 60000; ; await new Promise(done => setTimeout(done, 20))) {
    const found = look();
    if (accept(found)) return found;
    assert.ok(Date.now() < deadline, `waited too long; last found ${JSON.stringify(found)?.slice(0, 400)}\n${double.log.slice(-5).join("\n")}`);
  }
}

function messages(): string[] {
  return (double.diagnostics.get(document.uri.toString()) ?? []).map(diagnostic => diagnostic.message);
}

function provider(kind: string): any {
  const found = double.providers[kind]?.[0];
  assert.ok(found, `the client registered ${kind}; it has ${Object.keys(double.providers)}`);
  return found;
}

before(async () => {
  cpSync(join(corpus, "fleet"), fleet, { recursive: true });
  cpSync(join(corpus, "nixpkgs-mini"), join(fleet, "../nixpkgs-mini"), { recursive: true });
  const load = (Module as any)._load;
  (Module as any)._load = (name: string, ...rest: unknown[]) => (name === "vscode" ? double.vscode : load(name, ...rest));
  double.settings["evalctl.path"] = program;
  double.folders.push({ uri: URI.file(fleet), name: "fleet", index: 0 });
  extension = require(resolve(process.cwd(), "dist/extension.js"));
  document = double.open(join(fleet, "fleet.nix"));
  await extension.activate({ subscriptions: [] });
});

after(async () => {
  await extension.deactivate();
  rmSync(join(fleet, ".."), { recursive: true });
});

test("the server is found and its features are registered", () => {
  assert.deepEqual(double.errors, []);
  for (const kind of ["registerCompletionItemProvider", "registerDefinitionProvider", "registerHoverProvider",
    "registerRenameProvider", "registerCodeActionsProvider"]) provider(kind);
  assert.ok(double.commands.has("evalctl.restart"));
});

test("diagnostics come and go as the text changes", async () => {
  const text = document.getText();
  document.replaceAll(text.replace("\nin\n", "\n  unused = udnefined;\nin\n"));
  await eventually(messages, list => list.some(m => m.includes("udnefined")) && list.some(m => m.includes("unused")));
  document.replaceAll(text);
  await eventually(messages, list => !list.some(m => m.includes("udnefined")));
});

test("names in scope are completed", async () => {
  const text = document.getText();
  document.replaceAll(text.replace("\nin\n", "\n  y = inven;\nin\n"));
  const result = await provider("registerCompletionItemProvider")
    .provideCompletionItems(document, document.positionOf("inven;", 5), never, { triggerKind: 0, triggerCharacter: undefined });
  const labels = (result.items ?? result).map((item: any) => item.label);
  assert.ok(labels.includes("inventory"), `among ${labels.slice(0, 20)}`);
  document.replaceAll(text);
});

test("the definition of a name and of a path is found", async () => {
  const definition = provider("registerDefinitionProvider");
  const place = [await definition.provideDefinition(document, document.positionOf("inherit inventory", 10), never)].flat()[0];
  assert.equal(place.uri.fsPath, join(fleet, "fleet.nix"));
  assert.equal(place.range.start.line, document.positionOf("inventory = {").line);
  const file = [await definition.provideDefinition(document, document.positionOf("./packages/greet.nix", 4), never)].flat()[0];
  assert.equal(file.uri.fsPath, join(fleet, "packages/greet.nix"));
});

test("a hover describes a builtin", async () => {
  const hover = await provider("registerHoverProvider").provideHover(document, document.positionOf("removeAttrs"), never);
  assert.ok(hover, "a hover");
});

test("a name is renamed in all its places", async () => {
  const edit = await provider("registerRenameProvider")
    .provideRenameEdits(document, document.positionOf("inventory = {"), "hosts", never);
  const lines = edit.edits.map((e: any) => e.range.start.line).sort((a: number, b: number) => a - b);
  assert.equal(lines[0], document.positionOf("inherit inventory").line);
  assert.ok(lines.length >= 4 && edit.edits.every((e: any) => e.text.includes("hosts")), JSON.stringify(edit.edits));
});

test("a document is formatted", async () => {
  const text = document.getText();
  document.replaceAll(text.replace('domain = "fleet.example";', 'domain    =    "fleet.example"  ;'));
  const edits = await provider("registerDocumentFormattingEditProvider")
    .provideDocumentFormattingEdits(document, { tabSize: 2, insertSpaces: true }, never);
  assert.ok(edits.length > 0, "edits");
  document.replaceAll(text);
});

test("the declaration of an option is found", async () => {
  const host = double.open(join(fleet, "hosts/web-01.nix"));
  const definition = provider("registerDefinitionProvider");
  let found = "";
  for (const deadline = Date.now() + 60000; Date.now() < deadline; await new Promise(done => setTimeout(done, 300))) {
    // Until the project is evaluated, the attribute itself is all that is known.
    const place = [await definition.provideDefinition(host, host.positionOf("recommendedGzipSettings", 3), never)].flat()[0];
    found = basename(place?.uri.fsPath ?? "");
    if (found === "nginx.nix") break;
  }
  assert.equal(found, "nginx.nix");
});

test("a server that ends is started again on command", async () => {
  await double.commands.get("evalctl.restart")!();
  const text = document.getText();
  document.replaceAll(text.replace("\nin\n", "\n  again = udnefined;\nin\n"));
  await eventually(messages, list => list.some(m => m.includes("udnefined")));
  document.replaceAll(text);
});

test("a missing program is told", async () => {
  double.settings["evalctl.path"] = "no-such-evalctl";
  await double.commands.get("evalctl.restart")!();
  assert.match(double.errors.join(), /no-such-evalctl/);
});
