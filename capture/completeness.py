"""Whether a recording is all there, told from its bytes before any sound of it is used.

libsndfile reads what is left of a wav, ogg or mp3 that was cut short and says nothing. A copy that
broke off should be known before a light is switched by half a sentence, so the length a file
declares is compared with the length it has. A flac needs no check here: its last sample cannot be
sought once the end is missing, and the reader tries that.
"""

import os
import struct
from typing import BinaryIO

_STREAMED_WAV_BYTES = 0x7FFF_F000
"""Data sizes from here up, and zero, are placeholders of a writer that could not go back (a pipe)."""

_OGG_PAGE_BYTES = 65_307
"""The longest Ogg page: 27 bytes of header, 255 of lengths, 255 segments of 255."""

_OGG_LAST_PAGE = 0x04

_ID3V1_BYTES = 128
"""A tag behind the sound that some encoders count and some editors take off again."""


def is_cut_short(file: BinaryIO) -> bool:
    """True when the file ends before its own headers say so. The position in the file is not kept.

    Knows wav (RIFF), ogg and mp3 with a Xing or Info tag; False for all else.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    magic = file.read(4)
    if magic == b"RIFF":
        return _wav_cut_short(file, size)
    if magic == b"OggS":
        return _ogg_cut_short(file, size)
    if magic[:3] == b"ID3" or (magic[:1] == b"\xff" and magic[1:2] >= b"\xe0"):
        return _mp3_cut_short(file, size)
    return False


def _wav_cut_short(file: BinaryIO, size: int) -> bool:
    position = 12
    while position + 8 <= size:
        file.seek(position)
        kind, length = struct.unpack("<4sI", file.read(8))
        position += 8
        if kind == b"data":
            return bool(0 < length < _STREAMED_WAV_BYTES and position + length > size)
        position += length + length % 2
    return True


def _ogg_cut_short(file: BinaryIO, size: int) -> bool:
    start = max(0, size - _OGG_PAGE_BYTES)
    file.seek(start)
    tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    if len(page) < 27 or len(page) < 27 + page[26]:
        return True
    whole = 27 + page[26] + sum(page[27 : 27 + page[26]])
    return len(page) < whole or not page[5] & _OGG_LAST_PAGE


def _mp3_cut_short(file: BinaryIO, size: int) -> bool:
    file.seek(0)
    head = file.read(10)
    start = 0
    if head[:3] == b"ID3" and len(head) == 10:
        start = 10 + sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    file.seek(start)
    frame = file.read(64)
    tag = max(frame.find(b"Xing"), frame.find(b"Info"))
    if tag < 0 or tag + 16 > len(frame):
        # Nothing declares the length of the sound; only an ID3 tag longer than the file is known to be cut.
        return start >= size
    flags = frame[tag + 7]
    if not flags & 2:
        return False
    length_at = tag + (12 if flags & 1 else 8)
    (length,) = struct.unpack(">I", frame[length_at : length_at + 4])
    return bool(start + length > size + _ID3V1_BYTES)
