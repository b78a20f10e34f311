"""Arrays from an .npz file that may have come from anywhere: no pickle, no surprise, no more memory than was allowed.

numpy's own reader refuses pickles when told to, but takes the rest on trust: it makes room for whatever shape a
header names, evaluates the header as Python, and lets the archive choose its compression, some kinds of which ask for
gigabytes. Here everything is compared with what is there before anything is unpacked.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from model.limited import read_limited

MOST_ARRAYS: Final = 100
"""In one file; ours have up to twenty, those of a checkpoint some more."""

_SUFFIX: Final = ".npy"
_MAGIC: Final = b"\x93NUMPY\x01\x00"
_HEADER: Final = re.compile(
    rb"\{'descr': '([<|](?:b1|[iu][1248]|f[248]|U\d{1,4}))', 'fortran_order': (True|False), "
    rb"'shape': \(((?:\d{1,9}, ?)*\d{0,9})\), \} *\n"
)
"""As numpy writes it, for numbers, booleans and text."""


def read_arrays(source: Path | bytes, most_bytes: int) -> Mapping[str, NDArray[Any]]:
    """Return the arrays of an .npz file by name.

    Args:
        source: the file, or what is in it.
        most_bytes: it may have, packed and unpacked.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no such file, or larger.
    """
    data = read_limited(source, most_bytes) if isinstance(source, Path) else source
    if len(data) > most_bytes:
        raise ValueError(f"it has more than {most_bytes:,} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MOST_ARRAYS:
                raise ValueError(f"it has more than {MOST_ARRAYS} arrays")
            if sum(member.file_size for member in members) > most_bytes:
                raise ValueError(f"it unpacks to more than {most_bytes:,} bytes")
            return {m.filename.removesuffix(_SUFFIX): _array(archive, m) for m in members}
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
        # zipfile quotes from the file, as much as it likes.
        reason = "".join(filter(str.isprintable, str(error)))[:100]
        raise ValueError(reason or "it is no archive") from error


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("it is compressed in a way that numpy does not use")
    with archive.open(member) as file:
        return _read(file, member.file_size)


def _read(file: "BinaryIO | Any", size: int) -> NDArray[Any]:
    """The array of one member, which has `size` bytes unpacked."""
    start = file.read(len(_MAGIC) + 2)
    length = int.from_bytes(start[len(_MAGIC) :], "little")
    header = _HEADER.fullmatch(file.read(length))
    if not start.startswith(_MAGIC) or header is None:
        raise ValueError("it holds something else than arrays of numbers and text")
    dtype = np.dtype(header[1].decode())
    shape = tuple(int(number) for number in header[3].split(b",") if number.strip())
    wanted = dtype.itemsize
    for number in shape:
        wanted *= number
    if wanted != size - len(start) - length:
        raise ValueError("an array's shape does not fit its size")
    body = file.read(wanted)
    if len(body) != wanted:
        raise ValueError("it is cut short")
    order: Any = "F" if header[2] == b"True" else "C"
    return np.frombuffer(bytearray(body), dtype).reshape(shape, order=order)  # of a bytearray, to be writable
