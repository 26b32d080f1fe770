#!/usr/bin/env python3
"""Draws what evalctl prints into a terminal: docs/diagnostics/terminal.svg, from the colours that it writes itself."""
import argparse
import os
import pathlib
import re
import subprocess
from xml.sax.saxutils import escape

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "cases" / "diagnostics"
PROGRAMS = ["option-generated", "option-conflict", "recursion-overlay", "syntax-semicolon", "missing-near"]
COLOURS = {"31": "#f38ba8", "33": "#f9e2af", "34": "#89b4fa", "36": "#94e2d5", "2": "#7f849c"}
FOREGROUND, BACKGROUND, PROMPT = "#cdd6f4", "#1e1e2e", "#a6e3a1"
CHARACTER_WIDTH, LINE_HEIGHT, MARGIN = 8.4, 18, 16


def spans(line):
    """Splits a line at its escape sequences: (text, colour, bold)."""
    colour, bold = FOREGROUND, False
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b["):
            codes = part[2:-1].split(";")
            bold = "1" in codes
            colour = next((COLOURS[c] for c in codes if c in COLOURS), FOREGROUND)
        elif part:
            yield part, colour, bold


def output_of(evalctl, name):
    environment = dict(os.environ, CLICOLOR_FORCE="1", LC_ALL="C.UTF-8")
    result = subprocess.run([evalctl, "eval", "--read-only", "--file", f"{name}.nix"], cwd=CASES, env=environment,
                            capture_output=True, text=True, check=False)
    return result.stderr.replace(str(CASES) + "/", "").rstrip("\n").split("\n")


def text_element(line, row):
    x, out = 0, []
    for text, colour, bold in spans(line):
        weight = ' font-weight="bold"' if bold else ""
        length = len(text) * CHARACTER_WIDTH
        out.append(f'<text x="{MARGIN + x * CHARACTER_WIDTH:.1f}" y="{MARGIN + (row + 1) * LINE_HEIGHT}" fill="{colour}"{weight} '
                   f'textLength="{length:.1f}" xml:space="preserve">{escape(text)}</text>')
        x += len(text)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evalctl", default=str(ROOT / "build/release/evalctl"))
    evalctl = parser.parse_args().evalctl
    lines = []
    for name in PROGRAMS:
        lines += [f"\x1b[1m$ evalctl eval --file {name}.nix\x1b[0m"] + output_of(evalctl, name) + [""]
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]
    width = 2 * MARGIN + max(map(len, plain)) * CHARACTER_WIDTH
    height = 2 * MARGIN + len(lines) * LINE_HEIGHT
    body = [element for row, line in enumerate(lines) for element in text_element(line, row)]
    picture = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
               f'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">\n'
               f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>\n' + "\n".join(body) + "\n</svg>\n")
    (ROOT / "docs" / "diagnostics" / "terminal.svg").write_text(picture)


if __name__ == "__main__":
    main()
