// A stand-in for the module `vscode` that only the editor itself has: documents, diagnostics and providers are real enough
// for the language client to run; everything else that is asked for exists and does nothing.
import { readFileSync } from "node:fs";
import { URI } from "vscode-uri";

type Listener = (event: any) => any;

export class EventEmitter {
  private listeners = new Set<Listener>();
  event = (listener: Listener, self?: unknown) => {
    const bound = self === undefined ? listener : listener.bind(self);
    this.listeners.add(bound);
    return { dispose: () => this.listeners.delete(bound) };
  };
  fire(event?: unknown): void {
    for (const listener of [...this.listeners]) listener(event);
  }
  dispose(): void {
    this.listeners.clear();
  }
}

export class Position {
  constructor(readonly line: number, readonly character: number) {}
}

export class Range {
  readonly start: Position;
  readonly end: Position;
  constructor(a: any, b: any, c?: number, d?: number) {
    this.start = typeof a === "number" ? new Position(a, b) : a;
    this.end = typeof a === "number" ? new Position(c!, d!) : b;
  }
}

export class Document {
  version = 1;
  languageId = "nix";
  isClosed = false;
  isDirty = false;
  private text: string;
  constructor(readonly uri: URI, text?: string) {
    this.text = text ?? readFileSync(uri.fsPath, "utf8");
  }
  get fileName(): string {
    return this.uri.fsPath;
  }
  getText(): string {
    return this.text;
  }
  // Where `word` first is in the text, and `behind` characters further.
  positionOf(word: string, behind = 0): Position {
    const before = this.text.slice(0, this.text.indexOf(word) + behind);
    const line = before.split("\n").length - 1;
    return new Position(line, before.length - (before.lastIndexOf("\n") + 1));
  }
  replaceAll(text: string): void {
    const lines = this.text.split("\n");
    const range = new Range(0, 0, lines.length - 1, lines[lines.length - 1].length);
    const change = { range, rangeOffset: 0, rangeLength: this.text.length, text };
    this.text = text;
    this.version += 1;
    events.didChange.fire({ document: this, contentChanges: [change], reason: undefined });
  }
}

export const events = {
  didOpen: new EventEmitter(),
  didChange: new EventEmitter(),
  didClose: new EventEmitter(),
  configuration: new EventEmitter(),
};
export const settings: Record<string, unknown> = {};
export const diagnostics = new Map<string, any[]>();
export const providers: Record<string, any[]> = {};
export const commands = new Map<string, (...values: any[]) => any>();
export const errors: string[] = [];
export const folders: { uri: URI; name: string; index: number }[] = [];
const documents: Document[] = [];

export function open(path: string): Document {
  const document = new Document(URI.file(path));
  documents.push(document);
  events.didOpen.fire(document);
  return document;
}

const nothing = { dispose: () => undefined };

// Something that can be called, constructed, extended and asked for any property.
function anything(name: string, known: Record<string, unknown> = {}): any {
  class Thing {
    constructor(...values: unknown[]) {
      Object.assign(this, { values });
    }
  }
  Object.defineProperty(Thing, "name", { value: name });
  const members: Record<PropertyKey, unknown> = {};
  // On the class itself, since a bundler copies the properties that a module lists.
  for (const [key, value] of Object.entries(Object.getOwnPropertyDescriptors(known))) {
    Object.defineProperty(Thing, key, { ...value, configurable: true });
  }
  return new Proxy(Thing, {
    apply: () => nothing,
    get(target: any, key) {
      if (key in members) return members[key as string];
      if (typeof key === "symbol" || key in target) return Reflect.get(target, key);
      if (/^on[A-Z]/.test(key)) return (members[key] = () => nothing);
      return (members[key] = anything(`${name}.${key}`));
    },
  });
}

class Disposable {
  static from(...parts: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => parts.forEach(part => part.dispose()));
  }
  constructor(readonly dispose: () => void) {}
}

class CompletionItem {
  constructor(readonly label: string) {}
}

class CompletionList {
  constructor(readonly items: CompletionItem[], readonly isIncomplete: boolean) {}
}

class Location {
  constructor(readonly uri: URI, readonly range: Range) {}
}

class Diagnostic {
  constructor(readonly range: Range, readonly message: string, readonly severity: number) {}
}

class TextEdit {
  constructor(readonly range: Range, readonly newText: string) {}
}

class WorkspaceEdit {
  readonly edits: { uri: URI; range: Range; text: string }[] = [];
  replace(uri: URI, range: Range, text: string): void {
    this.edits.push({ uri, range, text });
  }
  insert(uri: URI, position: Position, text: string): void {
    this.replace(uri, new Range(position, position), text);
  }
  delete(uri: URI, range: Range): void {
    this.replace(uri, range, "");
  }
  set(uri: URI, edits: (TextEdit | [TextEdit, unknown])[]): void {
    for (const edit of edits.map(e => [e].flat()[0] as TextEdit)) this.replace(uri, edit.range, edit.newText);
  }
}

class CancellationTokenSource {
  private emitter = new EventEmitter();
  token = { isCancellationRequested: false, onCancellationRequested: this.emitter.event };
  cancel(): void {
    this.token.isCancellationRequested = true;
    this.emitter.fire();
  }
  dispose(): void {
    this.emitter.dispose();
  }
}

class TabInputText {
  constructor(readonly uri: URI) {}
}

class Value {
  constructor(readonly value: string) {}
  append(other: string): Value {
    return new Value(`${this.value}.${other}`);
  }
  contains(): boolean {
    return true;
  }
}

function collection(): unknown {
  return {
    set: (uri: URI, list: any[] | undefined) => diagnostics.set(uri.toString(), list ?? []),
    delete: (uri: URI) => diagnostics.delete(uri.toString()),
    has: (uri: URI) => diagnostics.has(uri.toString()),
    get: (uri: URI) => diagnostics.get(uri.toString()),
    clear: () => diagnostics.clear(),
    forEach: () => undefined,
    dispose: () => undefined,
  };
}

const languages = new Proxy({} as Record<string, unknown>, {
  get(target, key: string) {
    if (key === "createDiagnosticCollection") return collection;
    if (key === "match") return (_: unknown, document: Document) => (document.languageId === "nix" ? 10 : 0);
    if (/^register/.test(key)) {
      return (_: unknown, provider: unknown) => {
        (providers[key] ??= []).push(provider);
        return nothing;
      };
    }
    return target[key] ?? anything(`languages.${key}`);
  },
});

const workspace = anything("workspace", {
  isTrusted: true,
  textDocuments: documents,
  workspaceFolders: folders,
  notebookDocuments: [],
  onDidOpenTextDocument: events.didOpen.event,
  onDidChangeTextDocument: events.didChange.event,
  onDidCloseTextDocument: events.didClose.event,
  onDidChangeConfiguration: events.configuration.event,
  getWorkspaceFolder: () => folders[0],
  getConfiguration: (section?: string) => ({
    get: (key: string, fallback?: unknown) => settings[section ? `${section}.${key}` : key] ?? fallback,
  }),
  createFileSystemWatcher: () => ({
    onDidCreate: () => nothing, onDidChange: () => nothing, onDidDelete: () => nothing, dispose: () => undefined,
  }),
});

// What the client writes into its output.
export const log: string[] = [];
const output = {
  name: "evalctl", append: (text: string) => log.push(text), appendLine: (text: string) => log.push(text), clear: () => undefined, show: () => undefined,
  hide: () => undefined, replace: () => undefined, dispose: () => undefined,
};

const window = anything("window", {
  get visibleTextEditors() {
    return documents.map(document => ({ document }));
  },
  get activeTextEditor() {
    return documents.map(document => ({ document })).at(-1);
  },
  tabGroups: {
    get all() {
      return [{ tabs: documents.map(document => ({ input: new TabInputText(document.uri) })) }];
    },
    onDidChangeTabs: () => nothing,
    onDidChangeTabGroups: () => nothing,
  },
  createOutputChannel: () => output,
  showErrorMessage: async (message: string) => {
    errors.push(message);
    return undefined;
  },
  withProgress: async (_: unknown, run: (...values: any[]) => unknown) =>
    run({ report: () => undefined }, { isCancellationRequested: false, onCancellationRequested: () => nothing }),
});

export const vscode: any = anything("vscode", {
  version: "1.90.0",
  EventEmitter, Position, Range, Location, Diagnostic, CompletionItem, CompletionList, TextEdit, WorkspaceEdit,
  TabInputText, CancellationTokenSource,
  Uri: URI, workspace, window, languages,
  Disposable,
  CodeActionKind: Object.fromEntries(
    ["Empty", "QuickFix", "Refactor", "RefactorExtract", "RefactorInline", "RefactorRewrite", "Source", "SourceFixAll",
      "SourceOrganizeImports"].map(name => [name, new Value(name)])),
  commands: {
    registerCommand: (name: string, run: (...values: any[]) => any) => {
      commands.set(name, run);
      return { dispose: () => commands.delete(name) };
    },
    executeCommand: async () => undefined,
  },
  env: anything("env", { appName: "test", language: "en", machineId: "none", isTelemetryEnabled: false }),
  extensions: { getExtension: () => undefined, all: [] },
  DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2, Hint: 3 },
  ProgressLocation: { SourceControl: 1, Window: 10, Notification: 15 },
  l10n: { t: (text: string) => text },
});
