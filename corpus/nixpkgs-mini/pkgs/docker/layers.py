"""Plans the layers of an image: layers.py GRAPH SPECIFICATION.json, the plan goes to standard output.

GRAPH is what `exportReferencesGraph` writes: per store path its name, its deriver, the number of references and these.
The paths that most others need come first, each in a layer of its own, so that images share layers; what does not fit
into the number of layers goes together into the last one.
"""

import json
import sys


def read_graph(path):
    """Returns {store path: references} without references of a path to itself."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    graph, at = {}, 0
    while at < len(lines) and lines[at]:
        name, count = lines[at], int(lines[at + 2])
        graph[name] = sorted(set(lines[at + 3 : at + 3 + count]) - {name})
        at += 3 + count
    return graph


def reachable(graph, start):
    """Returns all paths that `start` needs, itself included."""
    seen, todo = {start}, [start]
    while todo:
        for path in graph[todo.pop()]:
            if path not in seen:
                seen.add(path)
                todo.append(path)
    return seen


def by_popularity(graph, paths):
    """Sorts paths: what more others need comes first, then by name."""
    users = {path: 0 for path in graph}
    for path in graph:
        for needed in reachable(graph, path):
            users[needed] += 1
    return sorted(paths, key=lambda path: (-users[path], path))


def main():
    graph = read_graph(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as file:
        plan = json.load(file)
    roots = [path for path in graph if path.endswith("-image-roots.json")]
    root = plan.pop("root")
    needed = set(graph) - set(roots) - {root}
    ordered = by_popularity(graph, needed)
    most = plan.pop("maxLayers") - 1
    if plan.pop("singleLayer"):
        layers = []
        last = ordered
    else:
        layers = [[path] for path in ordered[: most - 1]]
        if ordered[most - 1 :]:
            layers.append(ordered[most - 1 :])
        last = []
    plan["layers"] = [{"paths": layer, "root": None} for layer in layers] + [{"paths": last, "root": root}]
    json.dump(plan, sys.stdout, sort_keys=True, indent=1)


main()
