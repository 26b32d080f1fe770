"""Makes the image of a system: make.py SPECIFICATION.json GRAPH OUTPUT

The specification says what kind of image it is and how the file is called; GRAPH is what `exportReferencesGraph` writes
about the system. OUTPUT becomes a folder with that one file. The same inputs give the same bytes: files are put in
sorted order, all dates are one second after the epoch, all identifiers are made of names.

  kind        made of
  disk        partition table, perhaps an EFI partition, a root file system in ext4; converted by qemu-img
  tarball     the root file system as a tar archive
  iso         an ISO 9660 file system with the root file system as a tar archive in it
"""

import gzip
import io
import json
import lzma
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile

import ext4
import fat
import identity
import iso9660
import partitions
import tree

MIB = 1 << 20
ESP_BYTES = 4 * MIB


def make_disk(specification, files, work):
    """Writes a raw disk. Returns its path."""
    path = os.path.join(work, "disk.raw")
    efi = specification["efiSupport"]
    start = MIB + (ESP_BYTES if efi else 0)
    root = os.path.join(work, "root.ext4")
    ext4.make(root, files, specification["diskSize"] * MIB - start - MIB, specification["label"])
    with open(path, "wb") as disk:
        disk.truncate(specification["diskSize"] * MIB)
        if efi:
            disk.seek(MIB)
            disk.write(fat.make(ESP_BYTES, specification["espFiles"]))
        disk.seek(start)
        with open(root, "rb") as source:
            copy_sparse(source, disk)
    table = [partitions.Partition("ESP", MIB, ESP_BYTES)] if efi else []
    table.append(partitions.Partition("root", start, os.path.getsize(root)))
    (partitions.write_gpt if efi else partitions.write_mbr)(path, table)
    os.remove(root)
    return path


def copy_sparse(source, target):
    """Copies what is not zero."""
    while block := source.read(MIB):
        if block.count(0) == len(block):
            target.seek(len(block), os.SEEK_CUR)
        else:
            target.write(block)


def convert(raw, form, options, work):
    """Converts a raw disk into a format of qemu-img, with nothing in it that depends on when it was made."""
    if form == "raw":
        return raw
    path = os.path.join(work, f"disk.{form}")
    arguments = ["-o", ",".join(options)] if options else []
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", form, *arguments, raw, path], check=True)
    identity.settle(path, form)
    return path


def make_tarball(files, path):
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as archive:
        for file in files:
            info = tarfile.TarInfo("." + file.path)
            info.mtime, info.mode = 1, file.mode
            if file.kind == "folder":
                info.type = tarfile.DIRTYPE
            elif file.kind == "link":
                info.type, info.linkname = tarfile.SYMTYPE, file.target
            data = file.read() if file.kind == "file" else b""
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def make_iso(specification, files, work):
    archive = make_tarball(files, os.path.join(work, "root.tar"))
    with open(archive, "rb") as file:
        contents = {"ROOT.TGZ": gzip.compress(file.read(), mtime=1)}
    for name, text in specification["isoFiles"].items():
        contents[name] = text.encode()
    path = os.path.join(work, "image.iso")
    with open(path, "wb") as file:
        file.write(iso9660.make(specification["label"], contents))
    return path


def pack(members, path):
    """Writes files [(name, path or bytes)] as a tar archive."""
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.mtime, info.mode = 1, 0o644
            if isinstance(data, str):
                with open(data, "rb") as file:
                    info.size = os.path.getsize(data)
                    archive.addfile(info, file)
            else:
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    return path


def compress(path, method):
    if method is None:
        return path
    target = f"{path}.{method}"
    opened = gzip.GzipFile(filename="", mode="wb", fileobj=open(target, "wb"), mtime=1) if method == "gz" else lzma.open(target, "w")
    with open(path, "rb") as source, opened as output:
        shutil.copyfileobj(source, output, MIB)
        if method == "gz":
            output.fileobj.flush()
    return target


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        specification = json.load(file)
    store_paths = tree.read_graph(sys.argv[2])
    files = tree.root_file_system(store_paths, specification["system"], specification["rootFiles"])
    with tempfile.TemporaryDirectory() as work:
        if specification["kind"] == "disk":
            raw = make_disk(specification, files, work)
            path = convert(raw, specification["format"], specification["formatOptions"], work)
        elif specification["kind"] == "iso":
            path = make_iso(specification, files, work)
        else:
            path = make_tarball(files, os.path.join(work, "root.tar"))
        if specification["packInto"]:
            named = [
                (name, path if text is None else text.encode()) for name, text in specification["packInto"]
            ]
            path = pack(named, os.path.join(work, "packed.tar"))
        path = compress(path, specification["compression"])
        output = os.path.join(sys.argv[3], specification["fileName"])
        os.makedirs(os.path.dirname(output))
        shutil.copyfile(path, output)


main()
