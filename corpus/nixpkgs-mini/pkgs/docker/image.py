"""Writes an image to standard output in the format of `docker save`: image.py PLAN.json

The archive holds manifest.json, the configuration named by its hash, and one tar archive per layer named by its hash.
"""

import hashlib
import io
import json
import os
import sys
import tarfile
import tempfile

TIME = 1


def normalised(info, uid, gid):
    info.uid, info.gid, info.uname, info.gname, info.mtime = uid, gid, "", "", TIME
    return info


def add_folder(tar, name, uid, gid):
    info = normalised(tarfile.TarInfo(name), uid, gid)
    info.type, info.mode = tarfile.DIRTYPE, 0o755
    tar.addfile(info)


def add_tree(tar, path, name, uid, gid):
    """Adds what lies at `path` under `name`, in sorted order."""
    info = normalised(tar.gettarinfo(path, name), uid, gid)
    if info.islnk():
        info.type, info.linkname, info.size = tarfile.REGTYPE, "", os.path.getsize(path)
    if info.isreg():
        with open(path, "rb") as file:
            tar.addfile(info, file)
    else:
        tar.addfile(info)
    if info.isdir():
        for entry in sorted(os.listdir(path)):
            add_tree(tar, os.path.join(path, entry), f"{name}/{entry}", uid, gid)


def write_layer(layer, plan):
    """Writes a layer into a temporary file. Returns (hash, file)."""
    file = tempfile.TemporaryFile()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as tar:
        if layer["root"]:
            for entry in sorted(os.listdir(layer["root"])):
                add_tree(tar, os.path.join(layer["root"], entry), entry, plan["uid"], plan["gid"])
        if layer["paths"]:
            add_folder(tar, "nix", 0, 0)
            add_folder(tar, "nix/store", 0, 0)
        for path in layer["paths"]:
            add_tree(tar, path, path.lstrip("/"), 0, 0)
    return hash_of(file), file


def hash_of(file):
    digest = hashlib.sha256()
    file.seek(0)
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def base_image(path):
    """Returns (configuration, [(hash, file)]) of the image that another one builds upon."""
    with tarfile.open(path) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))[0]
        configuration = json.load(tar.extractfile(manifest["Config"]))
        layers = []
        for name in manifest["Layers"]:
            file = tempfile.TemporaryFile()
            file.write(tar.extractfile(name).read())
            layers.append((hash_of(file), file))
    return configuration, layers


def configuration_of(plan, base, layers):
    merged = dict(base.get("config") or {})
    own = dict(plan["config"])
    if "Env" in own:
        own["Env"] = merged.get("Env", []) + own["Env"]
    merged.update(own)
    count = len(base.get("history", []))
    return {
        "created": plan["created"],
        "architecture": plan["architecture"],
        "os": "linux",
        "config": merged,
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest, _ in layers]},
        "history": base.get("history", [])
        + [{"created": plan["created"], "comment": "store paths and root"} for _ in layers[count:]],
    }


def add_bytes(tar, name, data):
    info = normalised(tarfile.TarInfo(name), 0, 0)
    info.size, info.mode = len(data), 0o444
    tar.addfile(info, io.BytesIO(data))


def write_image(plan, output):
    base, layers = base_image(plan["fromImage"]) if plan["fromImage"] else ({}, [])
    layers += [write_layer(layer, plan) for layer in plan["layers"]]
    configuration = json.dumps(configuration_of(plan, base, layers), sort_keys=True).encode()
    config_name = hashlib.sha256(configuration).hexdigest() + ".json"
    manifest = [{
        "Config": config_name,
        "RepoTags": [f"{plan['name']}:{plan['tag']}"],
        "Layers": [f"{digest}/layer.tar" for digest, _ in layers],
    }]
    written = set()
    with tarfile.open(fileobj=output, mode="w|", format=tarfile.GNU_FORMAT) as tar:
        for digest, file in layers:
            if digest in written:
                continue
            written.add(digest)
            info = normalised(tarfile.TarInfo(f"{digest}/layer.tar"), 0, 0)
            info.size, info.mode = file.seek(0, os.SEEK_END), 0o444
            file.seek(0)
            tar.addfile(info, file)
        add_bytes(tar, config_name, configuration)
        add_bytes(tar, "manifest.json", json.dumps(manifest, sort_keys=True).encode())


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    write_image(plan, sys.stdout.buffer)


main()
