"""Gives disk images fixed identifiers where qemu-img writes random numbers and the time."""

import re
import struct
import uuid

SECTOR = 512
IDENTIFIER = uuid.uuid5(uuid.NAMESPACE_OID, "image")


def settle(path, form):
    """Rewrites the identifiers of the image of format `form` in place."""
    if form in STEPS:
        with open(path, "r+b") as image:
            STEPS[form](image)


def settle_vmdk(image):
    """The content identifier in the descriptor: a number of one to eight digits, in a text that zeros fill up."""
    start = image.read(64 * 1024)
    text = re.search(rb"# Disk DescriptorFile[^\0]*\0{8}", start)
    settled = re.sub(rb"\nCID=[0-9a-f]+\n", b"\nCID=4e495853\n", text[0].rstrip(b"\0"))
    image.seek(text.start())
    image.write(settled.ljust(len(text[0]), b"\0"))


def settle_vpc(image):
    """Time and identifier in the footer, which a dynamic disk has at its start as well."""
    size = image.seek(0, 2)
    for at in (0, size - SECTOR):
        image.seek(at)
        footer = bytearray(image.read(SECTOR))
        if footer[:8] != b"conectix":
            continue
        footer[24:28] = bytes(4)
        footer[68:84] = IDENTIFIER.bytes
        footer[64:68] = bytes(4)
        footer[64:68] = struct.pack(">I", ~sum(footer[:85]) & 0xFFFFFFFF)
        image.seek(at)
        image.write(footer)


def settle_vdi(image):
    """The identifiers of the image and of its last snapshot."""
    image.seek(0x188)
    image.write(IDENTIFIER.bytes_le * 2)


def crc32c(data):
    """The checksum of Castagnoli, which VHDX uses."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def settle_vhdx(image):
    """The identifiers in both headers, the disk's in the metadata, and the log, which is done with."""
    headers = []
    for at in (0x10000, 0x20000):
        image.seek(at)
        header = bytearray(image.read(4096))
        headers.append((struct.unpack_from("<Q", header, 8)[0], at, header))
    # The numbers start anywhere; the header with the higher one is in force.
    for number, (_, at, header) in enumerate(sorted(headers, key=lambda found: found[0]), 1):
        header[4:8] = bytes(4)
        header[8:16] = struct.pack("<Q", number)
        header[16:32] = header[32:48] = IDENTIFIER.bytes_le
        header[48:64] = bytes(16)
        header[4:8] = struct.pack("<I", crc32c(header))
        image.seek(at)
        image.write(header)
        log_size, log_at = struct.unpack_from("<IQ", header, 68)
    image.seek(log_at)
    image.write(bytes(log_size))
    metadata = region(image, uuid.UUID("8b7ca206-4790-4b9a-b8fe-575f050f886e"))
    image.seek(metadata)
    table = image.read(65536)
    wanted = uuid.UUID("beca12ab-b2e6-4523-93ef-c309e000c746").bytes_le
    for index in range(struct.unpack_from("<H", table, 10)[0]):
        item, offset = struct.unpack_from("<16sI", table, 32 + 32 * index)
        if item == wanted:
            image.seek(metadata + offset)
            image.write(IDENTIFIER.bytes_le)


def region(image, wanted):
    """Where a region of a VHDX image lies."""
    image.seek(0x30000)
    table = image.read(65536)
    for index in range(struct.unpack_from("<I", table, 8)[0]):
        identifier, offset = struct.unpack_from("<16sQ", table, 16 + 32 * index)
        if identifier == wanted.bytes_le:
            return offset
    raise SystemExit("identity: the VHDX image has no metadata")


STEPS = {"vmdk": settle_vmdk, "vpc": settle_vpc, "vdi": settle_vdi, "vhdx": settle_vhdx}
