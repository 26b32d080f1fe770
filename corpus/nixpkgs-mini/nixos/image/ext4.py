"""Makes ext4 file systems with mke2fs and debugfs of e2fsprogs.

`mke2fs -d` takes files in the order in which the folder gives them, and their dates of change. So the file system is made
empty and filled by commands of debugfs in sorted order; dates, owners and modes are set one by one.
"""

import os
import subprocess
import tempfile
import uuid

TIME_FIELDS = ["atime", "ctime", "mtime", "crtime"]


def commands(files, work):
    """Yields the commands of debugfs that make `files`."""
    folder = None
    for number, file in enumerate(files):
        parent, name = os.path.split(file.path)
        if parent != folder:
            yield f'cd "{parent}"'
            folder = parent
        if file.kind == "folder":
            yield f'mkdir "{name}"'
        elif file.kind == "link":
            yield f'symlink "{name}" "{file.target}"'
        else:
            source = file.source
            if source is None:
                source = os.path.join(work, str(number))
                with open(source, "wb") as output:
                    output.write(file.data)
            yield f'write "{source}" "{name}"'
    kinds = {"folder": 0o040000, "link": 0o120000, "file": 0o100000}
    for file in files:
        mode = 0o777 if file.kind == "link" else file.mode
        yield f'sif "{file.path}" mode 0{kinds[file.kind] | mode:o}'
        for field, value in [("uid", "0"), ("gid", "0")] + [(field, "@1") for field in TIME_FIELDS]:
            yield f'sif "{file.path}" {field} {value}'
    for path in ["/", "/lost+found"]:
        for field in TIME_FIELDS:
            yield f'sif "{path}" {field} @1'


def make(path, files, size, label):
    """Makes the file system at `path`: `size` bytes, with `files` in it."""
    with open(path, "wb") as file:
        file.truncate(size)
    with tempfile.TemporaryDirectory() as work:
        environment = {**os.environ, "E2FSPROGS_FAKE_TIME": "1", "MKE2FS_CONFIG": os.path.join(work, "configuration")}
        with open(environment["MKE2FS_CONFIG"], "w", encoding="utf-8") as output:
            output.write("[fs_types]\n  ext4 = {\n  }\n  plain = {\n  }\n")
        make_empty(path, label, len(files), environment)
        fill(path, files, work, environment)


def make_empty(path, label, file_count, environment):
    """Makes the empty file system, which depends on no configuration of the machine."""
    identifier = str(uuid.uuid5(uuid.NAMESPACE_OID, f"ext4 {label}"))
    subprocess.run(
        ["mke2fs", "-q", "-F", "-t", "ext4", "-T", "plain", "-b", "4096", "-I", "256", "-m", "0", "-N", str(file_count + 64),
         "-O", "extent,filetype,dir_index,sparse_super,large_file,^has_journal,^resize_inode,^metadata_csum",
         "-L", label, "-U", identifier, "-E", f"hash_seed={identifier},root_owner=0:0", path],
        check=True, env=environment)


def fill(path, files, work, environment):
    script = os.path.join(work, "commands")
    with open(script, "w", encoding="utf-8") as output:
        output.write("\n".join(commands(files, work)) + "\n")
    done = subprocess.run(["debugfs", "-w", "-f", script, path], check=True, env=environment,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    problems = [line for line in done.stderr.splitlines() if not line.startswith("debugfs 1.")]
    if problems:
        raise SystemExit("debugfs: " + "\n".join(problems[:20]))
