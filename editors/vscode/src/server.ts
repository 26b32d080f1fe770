// How the language server is started. Knows nothing of VS Code, so that tests and other clients can use it.
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join, resolve } from "node:path";

export interface ServerCommand {
  command: string;
  args: string[];
}

export interface ServerSettings {
  evaluate: boolean;
  diagnostics: { ignored: string[] };
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// The file that `path` of the settings means: `~/` is the home directory, a path with a slash is taken from `folder`, and a
// mere name is looked up in `searchPath`. Undefined where there is none.
export function findProgram(path: string, folder: string, searchPath: string | undefined): string | undefined {
  const expanded = path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
  if (isAbsolute(expanded) || expanded.includes("/")) {
    const file = resolve(folder, expanded);
    return isProgram(file) ? file : undefined;
  }
  const directories = (searchPath ?? "").split(delimiter).filter(directory => directory !== "");
  return directories.map(directory => join(directory, expanded)).find(isProgram);
}

// The settings in the form in which the server takes them, at its start and when they change.
export function serverSettings(evaluate: boolean, ignored: string[], trusted: boolean): ServerSettings {
  return { evaluate: evaluate && trusted, diagnostics: { ignored } };
}
