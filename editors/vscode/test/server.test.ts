import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findProgram, serverSettings } from "../src/server";

const directory = mkdtempSync(join(tmpdir(), "evalctl-"));
const program = join(directory, "evalctl");
writeFileSync(program, "#!/bin/sh\n");
chmodSync(program, 0o755);
writeFileSync(join(directory, "text"), "");
after(() => rmSync(directory, { recursive: true }));

test("a name is looked up on PATH, in order", () => {
  assert.equal(findProgram("evalctl", "/", `/nonexistent:${directory}`), program);
  assert.equal(findProgram("evalctl", "/", "/nonexistent"), undefined);
  assert.equal(findProgram("evalctl", "/", undefined), undefined);
});

test("a path is taken from the folder", () => {
  assert.equal(findProgram("./evalctl", directory, ""), program);
  assert.equal(findProgram(program, "/", ""), program);
});

test("what cannot be run is no program", () => {
  assert.equal(findProgram("./text", directory, ""), undefined);
});

test("nothing is evaluated in a folder that is not trusted", () => {
  assert.deepEqual(serverSettings(true, ["L001"], false), { evaluate: false, diagnostics: { ignored: ["L001"] } });
  assert.equal(serverSettings(true, [], true).evaluate, true);
});
