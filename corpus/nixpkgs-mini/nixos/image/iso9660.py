"""Makes ISO 9660 file systems (ECMA-119) with files in the root folder only."""

import struct

SECTOR = 2048
# 1970-01-01 00:00:01, in the two forms that the standard has.
DATE = bytes([70, 1, 1, 0, 0, 1, 0])
LONG_DATE = b"1970010100000100\0"
NO_DATE = b"0" * 16 + b"\0"


def both(form, value):
    """A number in both byte orders."""
    return struct.pack("<" + form, value) + struct.pack(">" + form, value)


def record(name, sector, size, flags):
    body = b"\0" + both("I", sector) + both("I", size) + DATE + bytes([flags, 0, 0]) + both("H", 1)
    body += bytes([len(name)]) + name
    if len(name) % 2 == 0:
        body += b"\0"
    return bytes([len(body) + 1]) + body


def padded(data):
    return data.ljust(-(-len(data) // SECTOR) * SECTOR, b"\0")


def descriptor(label, sectors, table_size, little, big, root):
    text = lambda value, width: value.encode().ljust(width)[:width]
    return (
        b"\1CD001\1\0" + text("", 32) + text(label.upper().replace("-", "_"), 32) + b"\0" * 8 + both("I", sectors)
        + b"\0" * 32 + both("H", 1) + both("H", 1) + both("H", SECTOR) + both("I", table_size)
        + struct.pack("<II", little, 0) + struct.pack(">II", big, 0) + root
        + text("", 128) * 4 + text("", 37) * 3 + LONG_DATE * 2 + NO_DATE * 2 + b"\1\0"
    ).ljust(SECTOR, b"\0")


def make(label, files):
    """Returns the bytes of a file system with `files`: name -> bytes. Names are upper case, at most 8.3."""
    little, big, root_at = 18, 19, 20
    at, placed = root_at + 1, []
    for name in sorted(files):
        placed.append((name, at, files[name]))
        at += -(-len(files[name]) // SECTOR)
    entries = record(b"\0", root_at, SECTOR, 2) + record(b"\1", root_at, SECTOR, 2)
    entries += b"".join(record(f"{name};1".encode(), start, len(data), 0) for name, start, data in placed)
    if len(entries) > SECTOR:
        raise SystemExit("iso9660: too many files for one folder")
    table = lambda order: struct.pack(order + "BBIH", 1, 0, root_at, 1) + b"\0\0"
    volume = descriptor(label, at, 10, little, big, record(b"\0", root_at, SECTOR, 2))
    parts = [b"\0" * 16 * SECTOR, volume, b"\xffCD001\1".ljust(SECTOR, b"\0"), padded(table("<")), padded(table(">"))]
    return b"".join(parts) + padded(entries) + b"".join(padded(data) for _, _, data in placed)
