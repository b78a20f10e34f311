"""Recordings as blocks: any container libsndfile reads, any rate, any number of channels."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import soundfile

from capture.block import Block
from capture.completeness import is_cut_short
from capture.cutter import BlockCutter
from capture.errors import RecordingError, TruncatedRecordingError

LONGEST_S = 48 * 3_600
"""Seconds; a longer one is a mistake, or a small file of much compressed silence that would take for ever."""

MOST_CHANNELS = 32
"""Every microphone array of note; beyond, a header is wrong, and reading it would take memory without bound."""

_READ_S = 0.25
"""Seconds of sound held at a time, whatever the length of the recording."""

_RATES_HZ = range(1_000, 768_001)
"""Beyond these a header is wrong, and resampling from it would take memory without bound."""


class _Streamed(soundfile.SoundFile):
    """A sound file read from front to back.

    soundfile seeks to where it already is after each read of a seekable file. In an mp3 that throws
    away what the decoder carries from frame to frame: a click, a quarter second apart.
    """

    def seekable(self) -> bool:
        return False


def read_recording(path: Path) -> Iterator[Block]:
    """The sound at `path` from second 0 of the audio clock, channels averaged, last block zero-padded.

    Raises, on the first block and before any sound is given:
        TruncatedRecordingError: the file ends before its own header says it does. Damage further
            in raises the same, when it is reached.
        RecordingError: missing, not a regular file, not permitted, empty, not audio, no samples.
    """
    try:
        if path.exists() and not path.is_file():
            kind = "folder" if path.is_dir() else "device or pipe"
            raise RecordingError(f"{path} is a {kind}, not a recording; give a wav, flac, ogg or mp3 file.")
        with path.open("rb") as file:
            yield from _read(file, path)
    except FileNotFoundError:
        raise RecordingError(
            f"{path} does not exist; give the path of a wav, flac, ogg or mp3 file."
        ) from None
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror}.") from error


def _read(file: BinaryIO, path: Path) -> Iterator[Block]:
    with _open(file, path) as sound:
        cutter = BlockCutter(sound.samplerate)
        frames_read = 0
        while True:
            try:
                frames = sound.read(int(sound.samplerate * _READ_S), dtype="float32", always_2d=True)
            except soundfile.LibsndfileError as error:
                at_s = frames_read / sound.samplerate
                raise TruncatedRecordingError(
                    f"{path} is damaged {at_s:.1f} s from its start; record or copy it again."
                ) from error
            if not len(frames):
                break
            frames_read += len(frames)
            if frames_read > LONGEST_S * sound.samplerate:  # whatever the header said
                raise _too_long(path)
            yield from cutter.push(frames.mean(axis=1))
        yield from cutter.finish()


def _open(file: BinaryIO, path: Path) -> _Streamed:
    magic = file.read(4)
    if not magic:
        raise RecordingError(f"{path} is empty; give a wav, flac, ogg or mp3 file with sound in it.")
    cut_short = TruncatedRecordingError(f"{path} is cut short: its end is missing; copy or record it again.")
    if is_cut_short(file):
        raise cut_short
    file.seek(0)
    try:
        # From the open file, not the name: libsndfile would believe the ending of a text file named .mp3.
        sound = _Streamed(file)
    except soundfile.LibsndfileError as error:
        if magic == b"fLaC":
            raise cut_short from error
        raise RecordingError(
            f"{path} is not a recording that can be read; give a wav, flac, ogg or mp3 file."
        ) from error
    if not sound.frames:
        raise RecordingError(f"{path} holds no sound (0 samples); record it again.")
    if sound.samplerate not in _RATES_HZ:
        raise RecordingError(
            f"{path} has a sample rate of {sound.samplerate} Hz; "
            f"{_RATES_HZ.start} to {_RATES_HZ.stop - 1} Hz are allowed."
        )
    if sound.channels > MOST_CHANNELS:
        raise RecordingError(f"{path} has {sound.channels} channels; 1 to {MOST_CHANNELS} are allowed.")
    if sound.frames > LONGEST_S * sound.samplerate and magic != b"RIFF":
        raise _too_long(path)
    if sound.format == "FLAC":
        try:
            sound.seek(sound.frames - 1)
            sound.seek(0)
        except soundfile.LibsndfileError as error:
            raise cut_short from error
    return sound


def _too_long(path: Path) -> RecordingError:
    return RecordingError(f"{path} is longer than {LONGEST_S // 3_600} hours; divide it.")
