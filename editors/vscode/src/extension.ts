// Starts the language server for Nix files and restarts it when the settings say where it is.
import * as vscode from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions, State } from "vscode-languageclient/node";
import { findProgram, ServerCommand, serverSettings, ServerSettings } from "./server";

let client: LanguageClient | undefined;
// Starts and stops follow one another; a second one waits for the first.
let pending: Promise<void> = Promise.resolve();

function settings(): ServerSettings {
  const configuration = vscode.workspace.getConfiguration("evalctl");
  return serverSettings(
    configuration.get<boolean>("evaluate", true),
    configuration.get<string[]>("diagnostics.ignored", []),
    vscode.workspace.isTrusted,
  );
}

function serverCommand(): ServerCommand | undefined {
  const configuration = vscode.workspace.getConfiguration("evalctl");
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? process.cwd();
  const command = findProgram(configuration.get<string>("path", "evalctl"), folder, process.env.PATH);
  return command === undefined ? undefined : { command, args: configuration.get<string[]>("arguments", ["lsp"]) };
}

async function tellMissing(): Promise<void> {
  const open = "Open settings";
  const path = vscode.workspace.getConfiguration("evalctl").get<string>("path", "evalctl");
  const chosen = await vscode.window.showErrorMessage(`The program '${path}' was not found. Where is evalctl?`, open);
  if (chosen === open) await vscode.commands.executeCommand("workbench.action.openSettings", "evalctl.path");
}

async function start(output: vscode.OutputChannel): Promise<void> {
  const server = serverCommand();
  if (server === undefined) {
    void tellMissing();
    return;
  }
  const serverOptions: ServerOptions = { run: server, debug: server };
  const clientOptions: LanguageClientOptions = {
    documentSelector: [{ scheme: "file", language: "nix" }],
    outputChannel: output,
    initializationOptions: settings(),
    progressOnInitialization: true,
  };
  client = new LanguageClient("evalctl", "evalctl", serverOptions, clientOptions);
  await client.start();
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  if (running !== undefined && running.state !== State.Stopped) await running.stop();
}

function restart(output: vscode.OutputChannel): Promise<void> {
  pending = pending.catch(() => undefined).then(stop).then(() => start(output));
  return pending;
}

async function configurationChanged(event: vscode.ConfigurationChangeEvent, output: vscode.OutputChannel): Promise<void> {
  if (event.affectsConfiguration("evalctl.path") || event.affectsConfiguration("evalctl.arguments")) {
    await restart(output);
  } else if (event.affectsConfiguration("evalctl")) {
    await client?.sendNotification("workspace/didChangeConfiguration", { settings: { evalctl: settings() } });
  }
}

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel("evalctl");
  context.subscriptions.push(
    output,
    vscode.commands.registerCommand("evalctl.restart", () => restart(output)),
    vscode.commands.registerCommand("evalctl.showOutput", () => output.show()),
    vscode.workspace.onDidChangeConfiguration(event => configurationChanged(event, output)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => restart(output)),
  );
  await restart(output);
}

export async function deactivate(): Promise<void> {
  await pending.catch(() => undefined);
  await stop();
}
