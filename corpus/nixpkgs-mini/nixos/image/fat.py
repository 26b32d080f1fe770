"""Makes small FAT16 file systems, as firmware with EFI reads them, with long file names."""

import struct

SECTOR = 512
RESERVED = 1
ROOT_ENTRIES = 512
# 1980-01-01, the first day that FAT can name.
DATE = 0x21


class Volume:
    """Clusters of one sector, given out in order."""

    def __init__(self, size):
        self.sectors = size // SECTOR
        self.fat_sectors = -(-(self.sectors + 2) * 2 // SECTOR)
        self.fat = [0xFFF8, 0xFFFF]
        self.data = bytearray()

    def reserve(self, size):
        """Takes clusters for that many bytes. Returns the number of the first one, 0 for nothing."""
        count = -(-size // SECTOR)
        if count == 0:
            return 0
        first = len(self.fat)
        self.fat += [first + index + 1 for index in range(count - 1)] + [0xFFFF]
        self.data += bytes(count * SECTOR)
        return first

    def fill(self, cluster, data):
        start = (cluster - 2) * SECTOR
        self.data[start : start + len(data)] = data

    def image(self, root):
        boot = struct.pack(
            "<3s8sHBHBHHBHHHIIBBBI11s8s", b"\xeb\x3c\x90", b"MSWIN4.1", SECTOR, 1, RESERVED, 1, ROOT_ENTRIES,
            self.sectors if self.sectors < 65536 else 0, 0xF8, self.fat_sectors, 32, 64, 0,
            0 if self.sectors < 65536 else self.sectors, 0x80, 0, 0x29, 0x4E495853, b"NO NAME    ", b"FAT16   ")
        table = struct.pack(f"<{len(self.fat)}H", *self.fat).ljust(self.fat_sectors * SECTOR, b"\0")
        image = boot.ljust(510, b"\0") + b"\x55\xaa" + table + root.ljust(ROOT_ENTRIES * 32, b"\0") + self.data
        if len(image) > self.sectors * SECTOR:
            raise SystemExit("fat: the files do not fit into the EFI partition")
        return image.ljust(self.sectors * SECTOR, b"\0")


def entry(name, attribute, cluster, size):
    return struct.pack("<11sBBBHHHHHHHI", name, attribute, 0, 0, 0, DATE, DATE, 0, 0, DATE, cluster, size)


def short_name(number):
    """A name that no user sees, unique in its folder."""
    return f"FILE~{number:<6}".encode()[:11]


def long_name(name, short):
    """The entries that carry a long name, last part first."""
    checksum = 0
    for byte in short:
        checksum = ((checksum & 1) << 7) + (checksum >> 1) + byte & 0xFF
    units = name.encode("utf-16-le") + (b"\0\0" if len(name) % 13 else b"")
    count = -(-len(name) // 13)
    units = units.ljust(count * 26, b"\xff")
    result = b""
    for index in reversed(range(count)):
        part = units[index * 26 : index * 26 + 26]
        order = index + 1 | (0x40 if index == count - 1 else 0)
        result += struct.pack("<B10sBBB12sH4s", order, part[:10], 0x0F, 0, checksum, part[10:22], 0, part[22:])
    return result


def entry_count(tree):
    """How many entries a folder has for what is in it, without `.` and `..`."""
    return sum(1 + -(-len(name) // 13) for name in tree)


def folder(volume, tree, own):
    """Stores what a folder holds, whose first cluster is `own` (0 for the root). Returns its entries."""
    entries = b""
    for number, (name, value) in enumerate(sorted(tree.items()), 1):
        short = short_name(number)
        entries += long_name(name, short)
        if isinstance(value, dict):
            cluster = volume.reserve(32 * (2 + entry_count(value)))
            dots = entry(b".          ", 0x10, cluster, 0) + entry(b"..         ", 0x10, own, 0)
            volume.fill(cluster, dots + folder(volume, value, cluster))
            entries += entry(short, 0x10, cluster, 0)
        else:
            data = value.encode()
            cluster = volume.reserve(len(data))
            if cluster:
                volume.fill(cluster, data)
            entries += entry(short, 0x20, cluster, len(data))
    return entries


def make(size, files):
    """Returns the bytes of a file system of `size` bytes with `files`: path -> text."""
    tree = {}
    for path, text in files.items():
        *folders, name = path.strip("/").split("/")
        here = tree
        for part in folders:
            here = here.setdefault(part, {})
        here[name] = text
    volume = Volume(size)
    return volume.image(folder(volume, tree, 0))
