"""Merges trees by symbolic links: link-trees.py SPECIFICATION.json OUTPUT

A folder that only one tree has becomes one link; a folder that several have is made, and filled with links. Of two files
of one name the one with the lower priority number is taken; equal numbers are an error unless collisions are ignored.
"""

import json
import os
import sys


def merge(sources, target, relative, ignore_collisions):
    """Makes `target` out of `sources`: pairs (priority, path), strongest first."""
    folders = [source for source in sources if os.path.isdir(source[1])]
    files = [source for source in sources if not os.path.isdir(source[1])]
    if files and folders:
        sys.exit(f"link-trees: {relative} is a folder in {folders[0][1]} and a file in {files[0][1]}")
    if len(sources) == 1:
        os.symlink(sources[0][1], target)
    elif files:
        (first_priority, first), (priority, second) = files[:2]
        same = os.path.realpath(first) == os.path.realpath(second)
        if first_priority == priority and not same and not ignore_collisions:
            sys.exit(f"link-trees: {relative} is in both {first} and {second}")
        os.symlink(first, target)
    else:
        os.mkdir(target)
        fill(folders, target, relative, ignore_collisions)


def fill(folders, target, relative, ignore_collisions):
    """Puts what the folders hold into the existing folder `target`."""
    entries = {}
    for priority, folder in folders:
        for name in sorted(os.listdir(folder)):
            entries.setdefault(name, []).append((priority, os.path.join(folder, name)))
    for name in sorted(entries):
        merge(entries[name], os.path.join(target, name), f"{relative}/{name}", ignore_collisions)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        specification = json.load(file)
    output = sys.argv[2]
    trees = sorted(((tree["priority"], tree["path"]) for tree in specification["paths"]), key=lambda tree: tree[0])
    trees = list(dict.fromkeys(trees))
    os.mkdir(output)
    for part in specification["pathsToLink"]:
        part = part.strip("/")
        folders = [(priority, os.path.join(path, part)) for priority, path in trees]
        folders = [folder for folder in folders if os.path.isdir(folder[1])]
        target = os.path.join(output, part)
        os.makedirs(target, exist_ok=True)
        fill(folders, target, f"/{part}".rstrip("/"), specification["ignoreCollisions"])


main()
