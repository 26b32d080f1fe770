"""Writes partition tables: MBR for BIOS, GPT for EFI. Sizes and offsets are bytes, multiples of a sector."""

import dataclasses
import os
import struct
import uuid
import zlib

SECTOR = 512
TYPES = {
    "ESP": uuid.UUID("c12a7328-f81f-11d2-ba4b-00a0c93ec93b"),
    "root": uuid.UUID("0fc63daf-8483-4772-8e79-3d69d8477de4"),
}


@dataclasses.dataclass
class Partition:
    name: str
    start: int
    size: int


def mbr_entry(kind, start, sectors, active):
    return struct.pack("<B3sB3sII", 0x80 if active else 0, b"\xfe\xff\xff", kind, b"\xfe\xff\xff", start, sectors)


def mbr(signature, entries):
    return b"\0" * 440 + struct.pack("<IH", signature, 0) + b"".join(entries).ljust(64, b"\0") + b"\x55\xaa"


def write_mbr(path, partitions):
    entries = [mbr_entry(0x83, part.start // SECTOR, part.size // SECTOR, part.name == "root") for part in partitions]
    with open(path, "r+b") as disk:
        disk.write(mbr(0x4E495853, entries))


def gpt_entry(part):
    identifier = uuid.uuid5(uuid.NAMESPACE_OID, f"partition {part.name}")
    first, last = part.start // SECTOR, (part.start + part.size) // SECTOR - 1
    name = part.name.encode("utf-16-le").ljust(72, b"\0")
    return TYPES[part.name].bytes_le + identifier.bytes_le + struct.pack("<QQQ", first, last, 0) + name


def gpt_header(own, other, last_usable, entries_at, entries_crc):
    disk = uuid.uuid5(uuid.NAMESPACE_OID, "disk")

    def packed(crc):
        return struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, crc, 0, own, other, 34, last_usable,
                           disk.bytes_le, entries_at, 128, 128, entries_crc)

    return packed(zlib.crc32(packed(0))).ljust(SECTOR, b"\0")


def write_gpt(path, partitions):
    sectors = os.path.getsize(path) // SECTOR
    entries = b"".join(gpt_entry(part) for part in partitions).ljust(128 * 128, b"\0")
    crc, last = zlib.crc32(entries), sectors - 1
    with open(path, "r+b") as disk:
        disk.write(mbr(0, [mbr_entry(0xEE, 1, min(sectors - 1, 0xFFFFFFFF), False)]))
        disk.write(gpt_header(1, last, last - 33, 2, crc))
        disk.write(entries)
        disk.seek((last - 32) * SECTOR)
        disk.write(entries)
        disk.write(gpt_header(last, 1, last - 33, last - 32, crc))
