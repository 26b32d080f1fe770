#!/usr/bin/env python3
"""Holds the layers: a folder includes headers of the folders in its DEPS only, and the folders form no cycle.

Reads the `evalctl_module(<name> DEPS <folders> ...)` lines of each folder's CMakeLists.txt. cli, tests and bench may
include everything. LLVM headers are allowed in evaluator/jit/ only. Containers of values are known to the collector. The last line is `N passed, M failed`.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ["base", "parser", "formatter", "store", "evaluator", "stdlib", "lsp", "cli", "tests", "bench"]
FREE = {"cli", "tests", "bench"}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]', re.MULTILINE)
MODULE = re.compile(r"^\s*evalctl_module\s*\(([^)]*)\)", re.MULTILINE)
SECTIONS = {"DEPS", "SOURCES", "LIBS"}
# A container that holds words or points into objects without the collector's knowledge. Sets of `const Object*` only tell
# addresses apart.
UNTRACED = re.compile(r"std::(?:vector|deque|list|map|set|multimap|unordered_\w+)<(?:[^;()]*[<, ])?"
                      r"(?:(?:evaluator::)?Value|Attr|(?:const )?(?:String|List|Attrs|Code)Object ?\*)[>,][^;]*;")


def declared_dependencies(folder):
    """Returns the folders that the modules declared in `folder` may include."""
    path = ROOT / folder / "CMakeLists.txt"
    found = set()
    text = re.sub(r"#[^\n]*", "", path.read_text()) if path.exists() else ""
    for body in MODULE.findall(text):
        section = None
        for word in body.split():
            if word in SECTIONS:
                section = word
            elif section == "DEPS":
                found.add(word)
    return found


def sources(folder):
    base = ROOT / folder
    return sorted(p for p in base.rglob("*") if p.suffix in {".cpp", ".cc", ".h", ".hpp", ".def", ".inc"})


def check_includes(folder, dependencies):
    """Returns (number of files read, problems)."""
    problems, count = [], 0
    for path in sources(folder):
        count += 1
        name = path.relative_to(ROOT)
        for found in UNTRACED.findall(path.read_text(errors="replace")):
            if "TracedAllocator" not in found:
                problems.append(f"{name}: the collector cannot see into `{found}`")
        for header in INCLUDE.findall(path.read_text(errors="replace")):
            top = header.split("/")[0]
            if top in {"llvm", "llvm-c"} and not str(name).startswith("evaluator/jit/"):
                problems.append(f"{name}: includes {header}; LLVM belongs in evaluator/jit/")
            if "/" in header and top in FOLDERS and top != folder and folder not in FREE and top not in dependencies:
                problems.append(f"{name}: includes {header}, but {top} is not in DEPS of {folder}")
    return count, problems


def find_cycle(graph):
    """Returns the folders along a cycle, or None."""
    done = set()

    def visit(folder, trail):
        if folder in trail:
            return trail[trail.index(folder):] + [folder]
        if folder in done:
            return None
        for dependency in sorted(graph.get(folder, ())):
            cycle = visit(dependency, trail + [folder])
            if cycle:
                return cycle
        done.add(folder)
        return None

    return next((cycle for folder in graph if (cycle := visit(folder, []))), None)


def main():
    graph = {folder: declared_dependencies(folder) for folder in FOLDERS}
    problems, count = [], 0
    for folder in FOLDERS:
        read, found = check_includes(folder, graph[folder])
        count += read
        problems += found
        problems += [f"{folder}: DEPS names {d}, which is no folder" for d in graph[folder] if d not in FOLDERS]
    cycle = find_cycle(graph)
    if cycle:
        problems.append("cycle: " + " -> ".join(cycle))
    for problem in problems:
        print(f"FAIL {problem}")
    # A check is a file read, or the one look for cycles.
    bad = {problem.split(":")[0] for problem in problems}
    print(f"{count + 1 - len(bad)} passed, {len(problems)} failed")
    return 1 if problems or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
