"""The zip: the same bytes for the same files, whoever makes it, and each file compressed once for all zips.

Written here and not by `zipfile`, which cannot take what is compressed already, and whose headers have changed from one
Python to the next. Source of the format: APPNOTE.TXT of PKWARE, 4.3; no zip64, as 250 MB is all that Lambda takes.
"""

import hashlib
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from local.packaging.entries import Entry
from local.packaging.errors import PackagingError

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_VERSION = 20  # 2.0: folders and deflate
_MADE_ON_UNIX = 3 << 8 | _VERSION
_UTF8 = 0x800
_DEFLATED = 8
_TIME, _DATE = 0, 0x21  # 1980-01-01 00:00: the earliest that a zip can tell, and no moment of ours
_RAW = -zlib.MAX_WBITS  # without zlib's own header
_FILE_MODE, _PROGRAM_MODE = 0o100644, 0o100755
_LEVEL = 6  # 9 takes three times as long for half a percent
_ENTRIES_MAX = 65_535
_BYTES_MAX = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class _Compressed:
    data: bytes
    crc: int
    size: int


class Compressor:
    """Compresses each contents once, for as long as one build lasts."""

    def __init__(self) -> None:
        self._known: dict[bytes, _Compressed] = {}

    def __call__(self, data: bytes) -> _Compressed:
        """The contents as raw deflate, with its checksum."""
        digest = hashlib.sha256(data).digest()
        if digest not in self._known:
            # Its settings are all written out: a default might change.
            deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW, zlib.DEF_MEM_LEVEL, zlib.Z_DEFAULT_STRATEGY)
            packed = deflate.compress(data) + deflate.flush()
            self._known[digest] = _Compressed(packed, zlib.crc32(data), len(data))
        return self._known[digest]


def write_zip(entries: Mapping[str, Entry], compress: Compressor) -> bytes:
    """The zip with these entries, in the order given. Raises PackagingError for what the format cannot hold."""
    if len(entries) > _ENTRIES_MAX:
        raise PackagingError(f"{len(entries)} files are more than a zip can hold ({_ENTRIES_MAX})")
    files, directory = bytearray(), bytearray()
    for entry in entries.values():
        packed, name = compress(entry.data), entry.name.encode()
        place = len(files)
        facts = (_UTF8, _DEFLATED, _TIME, _DATE, packed.crc, len(packed.data), packed.size, len(name))
        if place + len(packed.data) > _BYTES_MAX or packed.size > _BYTES_MAX:
            raise PackagingError(f"{entry.name} makes the zip larger than 4 GB")
        files += _LOCAL.pack(b"PK\x03\x04", _VERSION, *facts, 0) + name + packed.data
        mode = _PROGRAM_MODE if entry.is_program else _FILE_MODE
        directory += _CENTRAL.pack(b"PK\x01\x02", _MADE_ON_UNIX, _VERSION, *facts, 0, 0, 0, 0, mode << 16, place) + name
    count = len(entries)
    return bytes(files + directory + _END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), len(files), 0))


def contents_sha256(entries: Mapping[str, Entry]) -> str:
    """A digest of names, modes and contents: equal also where another zlib compressed them otherwise."""
    digest = hashlib.sha256()
    for entry in entries.values():
        head = f"{entry.name}\0{int(entry.is_program)}\0{len(entry.data)}\0"
        digest.update(head.encode() + entry.data)
    return digest.hexdigest()
