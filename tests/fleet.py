#!/usr/bin/env python3
"""Holds the derivations of corpus/fleet to what Nix computes.

Compares the paths that evalctl gives for tests/fleet.nix with tests/fleet.exp.json, and, where `nix-instantiate` is at hand,
with its answer. `--build` realises them as well (for root, or with a daemon that runs without a sandbox): everything is
built twice and must have the same bytes, `skopeo` must read the container images, `qemu-img` the disks. `--update` writes
tests/fleet.exp.json from the answer of `nix-instantiate`. The last line of the output is `N passed, M failed`.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parent
EXPRESSION = TESTS / "fleet.nix"
EXPECTED = TESTS / "fleet.exp.json"
# What qemu-img recognises by itself. A fixed VHD has its mark at the end only.
DISKS = {"raw": "raw", "raw-efi": "raw", "sd-card": "raw", "amazon": "vpc", "hyperv": "vhdx", "vmware": "vmdk"}
DISKS |= dict.fromkeys(["qemu", "qemu-efi", "kubevirt", "proxmox", "cloudstack", "oci", "openstack"], "qcow2")
BUILD_OPTIONS = ["--option", "sandbox", "false", "--option", "substituters", ""]


class Report:
    """Counts what passes and tells what fails."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, holds, explanation=""):
        self.passed += bool(holds)
        self.failed += not holds
        if not holds:
            print(f"FAIL {name}\n{explanation}")


def evaluate(command):
    """Returns the answer as {"hosts.web-01.toplevel": path, …}."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}\n0 passed, 1 failed")
    return dict(flatten(json.loads(done.stdout), ""))


def flatten(value, prefix):
    if isinstance(value, str):
        yield prefix[:-1], value
        return
    for name, inner in value.items():
        yield from flatten(inner, f"{prefix}{name}.")


def compare(report, name, actual, expected):
    for attribute in sorted(set(actual) | set(expected)):
        left, right = actual.get(attribute), expected.get(attribute)
        report.check(f"{name}: {attribute}", left == right, f"  evalctl   {left}\n  expected  {right}")


def output_of(command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None


def build(report, paths):
    """Realises all derivations, the second time to compare. Returns {attribute: first output}."""
    if os.geteuid() == 0 and "NIX_REMOTE" not in os.environ:
        BUILD_OPTIONS.extend(["--option", "build-users-group", ""])
    wanted = {name: path for name, path in paths.items() if not name.startswith("nixpkgs.")}
    subprocess.run(["nix-instantiate", EXPRESSION, "--eval", "--strict"], check=True, stdout=subprocess.DEVNULL)
    outputs = {}
    for name, path in sorted(wanted.items()):
        first = output_of(["nix-store", "--realise", path, *BUILD_OPTIONS])
        report.check(f"build: {name}", first is not None, f"  nix-store --realise {path}")
        if first is None:
            continue
        outputs[name] = first.split()[0]
        again = output_of(["nix-store", "--realise", "--check", path, *BUILD_OPTIONS])
        report.check(f"build twice: {name}", again is not None, f"  nix-store --realise --check {path}")
    return outputs


def inspect_containers(report, outputs):
    for name in ["dockerImage", "dockerImageLayered"]:
        archive = f"docker-archive:{outputs[f'fleet.{name}']}"
        image = json.loads(output_of(["skopeo", "inspect", archive]) or "{}")
        config = json.loads(output_of(["skopeo", "inspect", "--config", archive]) or "{}")
        layers = len(image.get("Layers", []))
        report.check(f"layers: {name}", layers == 1 if name == "dockerImage" else layers > 2, f"  {layers} layers")
        settings = config.get("config", {})
        holds = settings.get("ExposedPorts") == {"8080/tcp": {}} and settings.get("Cmd", [""])[0].endswith("/bin/greet")
        report.check(f"configuration: {name}", holds, f"  {settings}")
    stream = subprocess.run([outputs["fleet.dockerImageStream"]], capture_output=True)
    with open(outputs["fleet.dockerImageLayered"], "rb") as file:
        report.check("stream", stream.stdout == file.read(), "  the stream is not the archive of the layered image")


def inspect_disks(report, outputs):
    for name, output in sorted(outputs.items()):
        variant = name.rsplit(".", 1)[1]
        if ".images." not in name or variant not in DISKS:
            continue
        (disk,) = pathlib.Path(output).iterdir()
        found = json.loads(output_of(["qemu-img", "info", "--output=json", str(disk)]) or "{}").get("format")
        report.check(f"format: {name}", found == DISKS[variant], f"  {found} where {DISKS[variant]} was expected")
    for name in [name for name in outputs if name.endswith(".images.azure")]:
        (disk,) = pathlib.Path(outputs[name]).iterdir()
        report.check(f"format: {name}", disk.read_bytes()[-512:-504] == b"conectix", "  no footer of a VHD")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evalctl", default=str(TESTS.parent / "build/release/evalctl"))
    parser.add_argument("--build", action="store_true", help="realise everything, twice")
    parser.add_argument("--update", action="store_true", help="write tests/fleet.exp.json from Nix's answer")
    options = parser.parse_args()
    nix = [tool for tool in ["nix-instantiate", "nix-store"] if shutil.which(tool)]
    oracle = ["nix-instantiate", "--readonly-mode", "--eval", "--strict", "--json", str(EXPRESSION)]
    if options.update:
        EXPECTED.write_text(json.dumps(evaluate(oracle), indent=1, sort_keys=True) + "\n")
    report = Report()
    actual = evaluate([options.evalctl, "eval", "--file", str(EXPRESSION), "--json"])
    compare(report, "expected", actual, json.loads(EXPECTED.read_text()))
    if len(nix) == 2:
        compare(report, "Nix", actual, evaluate(oracle))
    else:
        print("nix-instantiate is not at hand: compared with tests/fleet.exp.json only")
    if options.build:
        outputs = build(report, actual)
        inspect_containers(report, outputs)
        inspect_disks(report, outputs)
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


sys.exit(main())
