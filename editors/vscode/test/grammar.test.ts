// The TextMate grammar, run by the engine that VS Code uses.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { loadWASM, OnigScanner, OnigString } from "vscode-oniguruma";
import { IGrammar, INITIAL, Registry } from "vscode-textmate";

const wasm = readFileSync(resolve(process.cwd(), "node_modules/vscode-oniguruma/release/onig.wasm"));
const engine = loadWASM({ data: wasm }).then(() => ({
  createOnigScanner: (patterns: string[]) => new OnigScanner(patterns),
  createOnigString: (text: string) => new OnigString(text),
}));
const registry = new Registry({
  onigLib: engine,
  loadGrammar: async () => JSON.parse(readFileSync(resolve(process.cwd(), "syntaxes/nix.tmLanguage.json"), "utf8")),
});

// The innermost scopes of the text: [word, scope] for each token that is no blank.
async function scopes(text: string): Promise<[string, string][]> {
  const grammar = (await registry.loadGrammar("source.nix")) as IGrammar;
  const found: [string, string][] = [];
  let state = INITIAL;
  for (const line of text.split("\n")) {
    const result = grammar.tokenizeLine(line, state);
    let begin = 0;
    result.tokens.forEach((token, index) => {
      // Neighbours with the same innermost scope count as one, as they look.
      const scope = token.scopes[token.scopes.length - 1];
      const next = result.tokens[index + 1]?.scopes;
      if (next !== undefined && next[next.length - 1] === scope) return;
      const word = line.slice(begin, token.endIndex).trim();
      if (word !== "") found.push([word, scope]);
      begin = token.endIndex;
    });
    state = result.ruleStack;
  }
  return found;
}

async function expectScopes(text: string, expected: Record<string, string>): Promise<void> {
  const found = await scopes(text);
  for (const [word, scope] of Object.entries(expected)) {
    const token = found.find(([other]) => other === word);
    assert.equal(token?.[1], scope, `${word} in ${text}: ${JSON.stringify(found)}`);
  }
}

test("names, keywords and literals", () =>
  expectScopes("let a.b-c = map (x: x) 1.5; in if true then a else builtins.foldl'", {
    let: "keyword.other.nix", "a.b-c": "variable.other.property.nix", map: "support.function.nix", x: "variable.parameter.nix",
    "1.5": "constant.numeric.float.nix", if: "keyword.control.nix", true: "constant.language.nix",
    builtins: "constant.language.nix", "foldl'": "variable.other.property.nix",
  }));

test("words with a dash or a quote are no keywords", () =>
  expectScopes("in-out if' a.or", { "in-out": "variable.other.nix", "if'": "variable.other.nix", or: "variable.other.property.nix" }));

test("strings, escapes and interpolations", () =>
  expectScopes('"a\\n${b "${c}"} $${d}" e', {
    a: "string.quoted.double.nix", "\\n": "constant.character.escape.nix", b: "variable.other.nix", c: "variable.other.nix",
    e: "variable.other.nix",
  }));

test("indented strings over several lines, with escapes", () =>
  expectScopes("''\n  it's ''${x} ${y}\n  '''q ''\\n # no comment\n'' z", {
    "it's": "string.quoted.other.nix", "''$": "constant.character.escape.nix", y: "variable.other.nix",
    "'''": "constant.character.escape.nix", "''\\n": "constant.character.escape.nix", "# no comment": "string.quoted.other.nix",
    z: "variable.other.nix",
  }));

test("paths, search paths and addresses", () =>
  expectScopes("[ ./a-b/c.nix <nixpkgs/lib> https://nixos.org a/b ] (c / d)", {
    "./a-b/c.nix": "string.unquoted.path.nix", "<nixpkgs/lib>": "string.unquoted.spath.nix",
    "https://nixos.org": "string.unquoted.uri.nix", "a/b": "string.unquoted.path.nix", c: "variable.other.nix", "/": "keyword.operator.nix",
  }));

test("comments", () =>
  expectScopes("/* a\n b */ c # d", { "/* a": "comment.block.nix", c: "variable.other.nix", "# d": "comment.line.number-sign.nix" }));
