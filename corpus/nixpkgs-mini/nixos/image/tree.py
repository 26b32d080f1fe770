"""The files of a root file system, in the order in which images hold them."""

import dataclasses
import os


@dataclasses.dataclass
class File:
    """A file of the image. `source` is where its bytes lie; without one they are in `data`."""

    path: str
    kind: str
    mode: int = 0o755
    target: str = ""
    source: str | None = None
    data: bytes = b""

    def read(self):
        if self.source is None:
            return self.data
        with open(self.source, "rb") as file:
            return file.read()


def read_graph(path):
    """Returns the store paths in the format of `exportReferencesGraph`, sorted."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    paths, at = [], 0
    while at < len(lines) and lines[at]:
        paths.append(lines[at])
        at += 3 + int(lines[at + 2])
    return sorted(paths)


def scan(source, path):
    """Yields what lies at `source` as files below `path`, folders before what is in them."""
    if os.path.islink(source):
        yield File(path, "link", target=os.readlink(source))
    elif os.path.isdir(source):
        yield File(path, "folder", 0o555)
        for name in sorted(os.listdir(source)):
            yield from scan(os.path.join(source, name), f"{path}/{name}")
    else:
        mode = 0o555 if os.access(source, os.X_OK) and os.stat(source).st_mode & 0o100 else 0o444
        yield File(path, "file", mode, source=source)


def root_file_system(store_paths, system, texts):
    """Returns the files of a machine that runs `system`: the store, what every root has, and `texts` by path."""
    folders = ["/bin", "/boot", "/dev", "/etc", "/home", "/nix", "/nix/store", "/nix/var", "/nix/var/nix",
               "/nix/var/nix/profiles", "/proc", "/root", "/run", "/sbin", "/sys", "/tmp", "/usr", "/var"]
    files = {path: File(path, "folder", 0o1777 if path == "/tmp" else 0o755) for path in folders}
    for path, text in texts.items():
        parent = os.path.dirname(path)
        while parent != "/" and parent not in files:
            files[parent] = File(parent, "folder")
            parent = os.path.dirname(parent)
        files[path] = File(path, "file", 0o644, data=text.encode())
    files["/sbin/init"] = File("/sbin/init", "link", target=f"{system}/init")
    files["/nix/var/nix/profiles/system"] = File("/nix/var/nix/profiles/system", "link", target=system)
    for store_path in store_paths:
        for file in scan(store_path, store_path):
            files[file.path] = file
    return [files[path] for path in sorted(files, key=lambda path: path.split("/"))]
