#!/usr/bin/env python3
"""Makes the calls that deployment and CI tools make, and holds the answers to those of the Nix they call otherwise: see machine.py.

Links to evalctl with the names of Nix's programs stand before these in PATH, as they do where evalctl takes their place.
"""

import json
import os
import pathlib
import subprocess
import sys

import machine

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLEET = ROOT / "corpus/fleet"
HOST = "nixosConfigurations.web-01"
NAMES = ["nix-instantiate", "nix-eval-jobs"]

# A set of jobs as Hydra builds them, which asks for its inputs as arguments.
RELEASE = """
{ src ? { outPath = ./.; rev = "none"; }, flag ? false, word ? "", number ? 1 }:
let
  drv = name: more: derivation ({ inherit name; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo ${name} > $out" ]; } // more);
in
rec {
  source = drv "source-${src.rev}" { text = builtins.readFile "${src}/file"; };
  arguments = drv "arguments" { inherit word flag number; };
  first = drv "first" { };
  nested.second = drv "second" { inherit first; } // { meta.timeout = 60; };
  broken = throw "broken by intent";
  all = drv "all" { _hydraAggregate = true; constituents = [ "first" nested.second "arguments" ]; } // { _hydraAggregate = true; constituents = [ "first" nested.second "arguments" ]; };
  glob = drv "glob" { } // { _hydraAggregate = true; _hydraGlobConstituents = true; constituents = [ "nested.*" "f*t" ]; };
  on-broken = drv "on-broken" { } // { _hydraAggregate = true; constituents = [ "first" "broken" "absent" ]; };
  of-all = drv "of-all" { } // { _hydraAggregate = true; constituents = [ "all" ]; };
  circle = drv "circle" { } // { _hydraAggregate = true; constituents = [ "line" ]; };
  line = drv "line" { } // { _hydraAggregate = true; constituents = [ "circle" ]; };
}
"""

# A hive as colmena evaluates it: each node has a system that is built.
HIVE = """
let
  fleet = import %s { };
in rec {
  nodes = { alpha = { name = "alpha"; }; "beta.example" = { name = "beta"; }; };
  toplevel = builtins.mapAttrs (name: node: derivation { name = "system-${node.name}"; system = "x86_64-linux"; builder = "/bin/sh";
    args = [ "-c" "echo ${fleet.packages.greet} > $out" ]; }) nodes;
  evalSelected = names: builtins.listToAttrs (map (name: { inherit name; value = toplevel.${name}; }) names);
  deploymentConfig = builtins.mapAttrs (name: node: { targetHost = name; tags = [ "web" ]; keys = { }; system = toplevel.${name}; }) nodes;
}
""" % FLEET


class Tests(machine.Tests):
    def __init__(self, evalctl, folder):
        super().__init__(evalctl, folder)
        self.real_path = os.environ["PATH"]
        links = pathlib.Path(folder, "bin")
        links.mkdir()
        for name in NAMES:
            os.symlink(os.path.abspath(evalctl), links / name)
        self.our_path = f"{links}:{self.real_path}"
        for name, text in (("release.nix", RELEASE), ("hive.nix", HIVE), ("file", "contents")):
            pathlib.Path(folder, name).write_text(text)

    def call(self, *words, **environment):
        """Run as a consumer runs it, where evalctl takes Nix's place."""
        return self.run("/usr/bin/env", *words, PATH=self.our_path, **environment)

    def same(self, what, *words, **environment):
        """Answers as Nix does. Returns the answer."""
        ours = self.call(*words, **environment)
        theirs = self.run("/usr/bin/env", *words, PATH=self.real_path, **environment)
        read = json.loads if "--json" in words and theirs.returncode == 0 and ours.returncode == 0 else str
        self.check(what, ours.returncode == theirs.returncode == 0 and read(ours.stdout) == read(theirs.stdout), ours, theirs)
        return ours

    def file(self, name):
        return os.path.join(self.folder, name)

    def exists(self, what, result):
        paths = result.stdout.split()
        self.check(f"{what}: it is in the store", bool(paths) and all(os.path.exists(os.path.realpath(path)) for path in paths), result)

    def test_nixos_rebuild(self):
        attribute = f"{HOST}.config.system.build.toplevel"
        drv = self.same("nixos-rebuild: the system", "nix-instantiate", FLEET, "--attr", attribute)
        self.exists("nixos-rebuild", drv)
        root = self.file("rebuild-root")
        made = self.call("nix-instantiate", FLEET, "--attr", attribute, "--add-root", root)
        self.check("nixos-rebuild: the link", made.stdout.strip() == root and os.path.realpath(root) == drv.stdout.strip(), made)
        built = self.call("nix-store", "--realise", os.path.realpath(root), "--add-root", self.file("rebuild-result"))
        self.check("nixos-rebuild: the system is built", built.returncode == 0 and os.path.isdir(built.stdout.strip()), built)
        images = f"set.{HOST}.config.system.build.images"
        value = f"let\n  value = import {FLEET};\n  set = if builtins.isFunction value then value {{}} else value;\nin\n  "
        names = self.same("build-image: the variants", "nix-instantiate", "--eval", "--strict", "--json", "--expr", f"{value}builtins.attrNames {images}")
        variant = json.loads(names.stdout)[0]
        self.same("build-image: the file", "nix-instantiate", "--eval", "--strict", "--json", "--expr",
                  f"{value}{images}.{variant}.passthru.filePath or \"none\"")
        self.same("nixos-rebuild: a file of the search path", "nix-instantiate", "--find-file", "nixos-config", "-I", f"nixos-config={FLEET}")

    def test_restricted(self):
        """What is on the search path may be read, but not what a link there leads to."""
        os.symlink("/proc/version", self.file("link"))
        restricted = ["nix-instantiate", "--eval", "--restrict-eval"]
        for entry in (self.folder, f"src={self.folder}", f"src={self.file('file')}"):
            self.same(f"restricted: on the search path as {entry}", *restricted, "-I", entry, "-E", f"builtins.readFile {self.file('file')}")
        for what, words in (("nothing", []), ("another file", ["-I", f"src={self.file('hive.nix')}"])):
            result = self.call(*restricted, *words, "-E", f"builtins.readFile {self.file('file')}")
            self.check(f"restricted: {what} on the search path", result.returncode == 1 and "forbidden in restricted mode" in result.stderr, result)
        result = self.call(*restricted, "-I", self.folder, "-E", f"builtins.readFile {self.file('link')}")
        self.check("restricted: a link that leads out", result.returncode == 1 and "forbidden in restricted mode" in result.stderr, result)

    def test_expressions(self):
        """A text that is no file has no path; a path as plain text is that of its copy."""
        evaluate = ["nix-instantiate", "--eval"]
        for what, words, expected in (("place", ["-E", "__curPos"], "null\n"), ("XML", ["--xml", "-E", "x: x"], None), ("nothing", ["-E"], "")):
            result = self.call(*evaluate, *words)
            found = "path=" not in result.stdout if expected is None else result.stdout == expected
            self.check(f"an expression: {what}", result.returncode == 0 and found, result)
        inside = '{ a = 1; b = [ (throw "b") { c = abort "c"; } ]; }'
        shown = self.run(self.evalctl, "nix", "eval", "--expr", inside)
        self.check("nix eval: errors inside", shown.returncode == 0 and shown.stdout.startswith("{ a = 1; b = [ «error: b» { c = «error: ") and
                   shown.stdout.endswith("c'»; } ]; }\n"), shown)
        functions = self.run(self.evalctl, "nix", "eval", "--expr", "[ (x: x) (let f = { y }: y; in f) map (map (x: x)) ]")
        self.check("nix eval: functions by name", functions.stdout ==
                   "[ «lambda @ «string»:1:4» «lambda f @ «string»:1:19» «primop map» «partially applied primop map» ]\n", functions)
        for words in (["--json", "--expr", inside], ["--expr", 'throw "t"']):
            failed = self.run(self.evalctl, "nix", "eval", *words)
            self.check(f"nix eval {words[0]}: an error", failed.returncode == 1 and failed.stdout == "", failed)
        copy = self.same("an expression: a copy", *evaluate, "-E", f'"${{{self.file("file")}}}"')
        raw = self.call(*evaluate, "--raw", "-E", self.file("file"))
        self.check("an expression: plain text", raw.returncode == 0 and f'"{raw.stdout}"' == copy.stdout.strip(), raw, copy)

    def test_colmena(self):
        hive = f"let hive = import {self.file('hive.nix')}; in "
        version = self.call("nix-instantiate", "--version")
        major, minor = version.stdout.split()[2].split(".")[:2]
        self.check("colmena: the version", (int(major), int(minor)) >= (2, 4), version)
        flakes = self.call("nix-instantiate", "--eval", "-E", "builtins.getFlake", "--extra-experimental-features", "flakes")
        self.check("colmena: flakes", flakes.returncode == 0, flakes)
        flags = ["--show-trace", "--option", "builders", "@/etc/nix/machines"]
        self.same("colmena: the nodes", "nix-instantiate", "--no-gc-warning", "-E", hive + "builtins.attrNames hive.nodes", "--eval", "--json", "--strict",
                  "--read-write-mode", *flags)
        result = self.same("colmena: the configuration", "nix-instantiate", "--no-gc-warning", "-E", hive + "hive.deploymentConfig", "--eval", "--json",
                           "--strict", "--read-write-mode", *flags)
        self.check("colmena: what it names can be built", "/nix/store/" in result.stdout, result)
        drv = self.same("colmena: a set", "nix-instantiate", "--no-gc-warning", "-E", hive + 'hive.evalSelected [ "alpha" "beta.example" ]', *flags)
        built = self.call("nix-store", "--no-gc-warning", "--realise", *drv.stdout.split())
        self.check("colmena: it is built", built.returncode == 0, built)
        # Names with dots are among the lines, though nix-instantiate passes over them.
        streamed = self.call("nix-eval-jobs", "--workers", "10", "--expr", hive + ' hive.evalSelected [ "alpha" "beta.example" ]', *flags)
        lines = [json.loads(line) for line in streamed.stdout.splitlines()]
        self.check("colmena: streamed", streamed.returncode == 0 and {line["drvPath"] for line in lines} > set(drv.stdout.split()) and
                   {line["attr"].strip('"') for line in lines} == {"alpha", "beta.example"}, streamed, drv)

    def hydra(self, *words):
        source = self.run("nix-store", "--add", self.write_source()).stdout.strip()
        value = f'{{ outPath = builtins.storePath {source}; inputType = "git"; uri = "https://example.org/x"; rev = "abc123"; }}'
        roots = self.file("hydra-roots")
        environment = {name: value for name, value in os.environ.items() if name != "NIX_PATH"}
        result = subprocess.run(
            ["nix-eval-jobs", "--option", "restrict-eval", "true", "<jobs/release.nix>", "-I", f"jobs={source}", "--arg", "src", value,
             "--arg", "flag", "true", "--argstr", "word", "hydra", "--arg", "number", "7", "--gc-roots-dir", roots, "--max-jobs", "1", "--meta",
             "--constituents", "--force-recurse", "--option", "allow-import-from-derivation", "false", "--workers", "1",
             "--max-memory-size", "4096", *words],
            capture_output=True, text=True, env=dict(environment, PATH=self.our_path), timeout=120, check=False)
        self.check("Hydra: the call", result.returncode == 0 and result.stdout, result, source)
        return {line["attr"]: line for line in map(json.loads, result.stdout.splitlines())}, result, roots

    def write_source(self):
        folder = pathlib.Path(self.folder, "source")
        folder.mkdir(exist_ok=True)
        for name in ("release.nix", "file"):
            (folder / name).write_text(pathlib.Path(self.folder, name).read_text())
        return folder

    def test_hydra(self):
        jobs, result, roots = self.hydra()
        self.check("Hydra: all jobs", result.returncode == 0 and set(jobs) == {"all", "arguments", "broken", "circle", "first", "glob", "line", "nested.second",
                                                                               "of-all", "on-broken", "source"}, result)
        self.check("Hydra: an error in a line, and for people", "broken by intent" in jobs["broken"]["error"] and "broken by intent" in result.stderr)
        source = jobs["source"]
        self.check("Hydra: a job of an input", source["name"] == "source-abc123" and source["system"] == "x86_64-linux", source)
        self.check("Hydra: meta", jobs["nested.second"]["meta"] == {"timeout": 60}, jobs["nested.second"])
        kept = set(os.listdir(roots))
        wanted = {os.path.basename(job["drvPath"]) for job in jobs.values() if "drvPath" in job and "error" not in job}
        self.check("Hydra: roots", wanted <= kept and all(os.path.exists(os.path.join(roots, name)) for name in wanted), sorted(kept))
        self.run("nix-collect-garbage")
        built = self.run("nix-store", "--realise", *[job["drvPath"] for job in jobs.values() if "error" not in job])
        self.check("Hydra: what is kept is built", built.returncode == 0, built)

    def test_aggregates(self):
        jobs, _, _ = self.hydra()
        parts = {jobs[name]["drvPath"] for name in ("first", "nested.second", "arguments")}
        for name, expected in (("all", parts), ("glob", {jobs["first"]["drvPath"], jobs["nested.second"]["drvPath"]}), ("of-all", {jobs["all"]["drvPath"]})):
            job = jobs[name]
            self.check(f"the parts of {name}", set(job["constituents"]) == expected and "namedConstituents" not in job, job)
            shown = self.run("nix", "show-derivation", job["drvPath"])
            derivation = json.loads(shown.stdout)[job["drvPath"]]
            self.check(f"the inputs of {name}", expected <= set(derivation["inputDrvs"]) | {jobs["nested.second"]["drvPath"]} and
                       derivation["outputs"]["out"]["path"] == job["outputs"]["out"], derivation)
        self.check("a part that fails or is missing", "broken by intent" in jobs["on-broken"]["error"] and "absent: does not exist" in jobs["on-broken"]["error"],
                   jobs["on-broken"])
        self.check("a circle", all("Dependency cycle" in jobs[name]["error"] for name in ("circle", "line")), jobs["circle"])

    def test_cache_status(self):
        expression = "{ inherit (import %s { }) first arguments; second = (import %s { }).nested.second; }" % ((self.file("release.nix"),) * 2)
        lines = lambda: {line["attr"]: line for line in map(json.loads, self.call("nix-eval-jobs", "--check-cache-status", "--show-input-drvs", "--workers", "2",
                                                                                 "--expr", expression).stdout.splitlines())}
        self.run("nix-collect-garbage")
        before = lines()
        self.check("nothing is built", all(job["cacheStatus"] == "notBuilt" and not job["isCached"] for job in before.values()), before)
        self.check("what it takes", before["second"]["neededBuilds"] == [before["first"]["drvPath"]] and
                   before["second"]["inputDrvs"] == {before["first"]["drvPath"]: ["out"]}, before["second"])
        self.run("nix-store", "--realise", before["second"]["drvPath"])
        after = lines()
        self.check("what is built is there", after["first"]["cacheStatus"] == after["second"]["cacheStatus"] == "local" and after["second"]["isCached"] and
                   after["second"]["neededBuilds"] == [] and after["arguments"]["cacheStatus"] == "notBuilt", after)

    def test_deploy_rs(self):
        path = self.file("deploy")
        os.makedirs(path, exist_ok=True)
        pathlib.Path(path, "default.nix").write_text("""{ }: { deploy = { sshUser = "root"; nodes.web.profiles.system = {
            path = (import %s { }).%s.config.system.build.toplevel; user = "root"; }; }; }""" % (FLEET, HOST))
        expression = f"let r = import {path}/.; in if builtins.isFunction r then (r {{}}).deploy else r.deploy"
        data = self.same("deploy-rs: the deployment", "nix-instantiate", "--strict", "--read-write-mode", "--json", "--eval", "-E", expression)
        profile = json.loads(data.stdout)["nodes"]["web"]["profiles"]["system"]["path"]
        shown = self.run(self.evalctl, "show-derivation", profile)
        theirs = self.run("nix", "show-derivation", profile)
        self.check("deploy-rs: the deriver of a path that is not built", json.loads(shown.stdout or "{}") == json.loads(theirs.stdout or "{}") != {}, shown, theirs)
        deriver = next(iter(json.loads(shown.stdout)))
        built = self.run("nix-store", "--realise", deriver)
        self.check("deploy-rs: it is built", built.stdout.strip() == profile, built)

    def test_disko(self):
        cli = self.file("cli.nix")
        pathlib.Path(cli).write_text("""{ mode ? "mount", flake ? null, flakeAttr ? null, diskoFile ? null, rootMountPoint ? "/mnt", noDeps ? false, ... }@args:
          { ${mode} = derivation { name = "disko-${mode}"; system = "x86_64-linux"; builder = "/bin/sh";
            args = [ "-c" "echo ${rootMountPoint} ${if noDeps then "none" else "all"} ${builtins.readFile diskoFile} > $out" ]; }; }""")
        made = self.same("disko: a script", "nix-instantiate", cli, "--argstr", "mode", "format", "-A", "format", "--arg", "diskoFile", self.file("file"),
                         "--argstr", "rootMountPoint", "/target", "--arg", "noDeps", "true")
        built = self.run("nix-store", "--realise", made.stdout.strip())
        self.check("disko: the script is built", built.returncode == 0 and pathlib.Path(built.stdout.strip()).read_text() == "/target none contents\n", built)

    def test_nixos_generators(self):
        file = self.file("generate.nix")
        pathlib.Path(file).write_text("""{ nixpkgs ? <nixpkgs>, configuration ? <nixos-config>, system ? "x86_64-linux", formatConfig, flakeUri ? null, flakeAttr ? null,
            diskSize ? "auto" }: { config = { formatAttr = "raw"; fileExtension = ".img"; inherit diskSize formatConfig;
            system.build.raw = (import configuration { }).%s.config.system.build.images.raw; }; }""" % HOST)
        words = [file, "--argstr", "formatConfig", self.file("file"), "-I", f"nixos-config={FLEET}", "--cores", "2", "--show-trace"]
        self.same("nixos-generators: the attribute", "nix-instantiate", *words, "--eval", "--json", "-A", "config.formatAttr")
        self.same("nixos-generators: the extension", "nix-instantiate", *words, "--eval", "--json", "-A", "config.fileExtension", "--arg", "diskSize", "2048")
        self.same("nixos-generators: the image", "nix-instantiate", *words, "-A", "config.system.build.raw")

    def test_other_calls(self):
        """What scripts around Nix do."""
        release = self.file("release.nix")
        self.same("several attributes", "nix-instantiate", release, "-A", "first", "-A", "nested.second", "-A", "arguments")
        self.same("from standard input", "sh", "-c", f"echo '(import {release} {{ }}).first' | nix-instantiate -")
        self.same("XML", "nix-instantiate", "--eval", "--strict", "--xml", "--no-location", "-E", '{ a = [ 1 "x" ]; f = { b, c ? 1 }: b; }')
        self.same("roots of several", "nix-instantiate", release, "-A", "first", "-A", "arguments", "--add-root", self.file("several"), "--indirect")
        refused = self.call("nix-instantiate", release, "-A", "broken")
        self.check("an error", refused.returncode == 1 and "broken by intent" in refused.stderr, refused)


if __name__ == "__main__":
    sys.exit(machine.run_tests(__file__, __doc__, Tests))
