"""Recordings of every kind come out the same; bad ones are told in one sentence, before any sound."""

import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from capture import recording as capture_recording
from capture.block import SAMPLE_RATE
from capture.errors import RecordingError, TruncatedRecordingError
from capture.recording import read_recording

TONE_HZ = 440
SECONDS = 1.5
KINDS = [
    ("wav", "PCM_16"),
    ("wav", "FLOAT"),
    ("wav", "PCM_U8"),
    ("flac", "PCM_24"),
    ("ogg", "VORBIS"),
    ("mp3", None),
]
FORMATS = ["wav", "flac", "ogg", "mp3"]


def tone(rate_hz: int, channels: int = 1, seconds: float = SECONDS) -> NDArray[np.float64]:
    """Shape (n, channels): half of full scale."""
    wave = 0.5 * np.sin(2 * np.pi * TONE_HZ * np.arange(round(seconds * rate_hz)) / rate_hz)
    return np.repeat(wave[:, None], channels, axis=1)


def heard(path: Path) -> NDArray[np.int16]:
    return np.concatenate([block.samples for block in read_recording(path)])


@pytest.fixture(params=FORMATS)
def recording(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"tone.{request.param}"
    soundfile.write(path, tone(44_100), 44_100)
    return path


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize(("ending", "subtype"), KINDS)
def test_every_format_rate_and_channel_count_sounds_the_same(
    tmp_path: Path, ending: str, subtype: str | None, rate_hz: int, channels: int
) -> None:
    path = tmp_path / f"tone.{ending}"
    soundfile.write(path, tone(rate_hz, channels), rate_hz, subtype=subtype)
    blocks = list(read_recording(path))
    assert [block.time for block in blocks] == pytest.approx([n * 0.032 for n in range(47)])
    middle = np.concatenate([block.samples for block in blocks])[4_000:20_000].astype(float)
    assert np.argmax(np.abs(np.fft.rfft(middle))) == TONE_HZ  # one second: one bin a hertz
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 * 32768 / np.sqrt(2), rel=0.03)


def test_channels_are_averaged(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    soundfile.write(path, np.tile(np.array([[1_000, 3_000]], np.int16), (512, 1)), SAMPLE_RATE)
    assert set(heard(path).tolist()) == {2_000}


def test_a_long_recording_is_never_held_whole(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, np.zeros(60 * 48_000, np.int16), 48_000)
    tracemalloc.start()
    count = sum(1 for _ in read_recording(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 60 * SAMPLE_RATE // 512
    assert peak < 1_000_000  # bytes; as samples the whole is over 5 million


def test_a_wav_from_a_pipe_without_a_length_is_read(tmp_path: Path) -> None:
    path = tmp_path / "piped.wav"
    soundfile.write(path, np.full(512, 99, np.int16), SAMPLE_RATE)
    raw = bytearray(path.read_bytes())
    for at, size in ((4, 0x7FFF_F024), (raw.index(b"data") + 4, 0x7FFF_F000)):
        raw[at : at + 4] = size.to_bytes(4, "little")
    path.write_bytes(raw)
    assert set(heard(path).tolist()) == {99}


@pytest.mark.parametrize("kept", [0.5, 0.9, 0.01])
def test_a_recording_cut_short_is_refused_before_any_sound(recording: Path, kept: float) -> None:
    raw = recording.read_bytes()
    recording.write_bytes(raw[: max(60, int(len(raw) * kept))])
    with pytest.raises(RecordingError, match=str(recording)) as refused:
        next(read_recording(recording))
    if kept >= 0.5:
        assert isinstance(refused.value, TruncatedRecordingError)
        assert "cut short" in str(refused.value)


def test_an_mp3_behind_a_picture_tag_is_measured_from_its_sound(tmp_path: Path) -> None:
    path = tmp_path / "tagged.mp3"
    soundfile.write(path, tone(44_100, seconds=5), 44_100)
    picture = b"ID3\x04\x00\x00" + bytes([0, 0, 100, 0]) + bytes(100 * 128)
    raw = picture + path.read_bytes()
    path.write_bytes(raw)
    assert len(heard(path)) >= 5 * SAMPLE_RATE
    path.write_bytes(raw[:-8_000])
    with pytest.raises(TruncatedRecordingError):
        next(read_recording(path))


def _folder(path: Path) -> None:
    path.mkdir()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _empty(path: Path) -> None:
    path.touch()


def _no_samples(path: Path) -> None:
    soundfile.write(path, [], SAMPLE_RATE, format="WAV")


def _text(path: Path) -> None:
    path.write_text("turn on the light\n" * 500)


def _odd_rate(path: Path) -> None:
    soundfile.write(path, [0.0] * 512, 100, format="WAV")


BAD = [
    (lambda _: None, "does not exist"),
    (_folder, "is a folder"),
    (_pipe, "is a device or pipe"),
    (_empty, "is empty"),
    (_no_samples, "holds no sound"),
    (_text, "is not a recording"),
    (_odd_rate, "sample rate of 100 Hz"),
]


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize(("make", "said"), BAD)
def test_what_is_no_recording_is_told_in_one_sentence(
    tmp_path: Path, ending: str, make: Callable[[Path], object], said: str
) -> None:
    path = tmp_path / f"bad.{ending}"
    make(path)
    with pytest.raises(RecordingError) as refused:
        next(read_recording(path))
    sentence = str(refused.value)
    assert sentence.startswith(str(path))
    assert said in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_a_bad_recording_leaves_stderr_to_us(recording: Path) -> None:
    # The decoders below libsndfile write there themselves when they are given half a file.
    recording.write_bytes(recording.read_bytes()[:-5_000])
    program = (
        "import sys; from pathlib import Path; from capture.errors import CaptureError\n"
        "from capture.recording import read_recording\n"
        "try: list(read_recording(Path(sys.argv[1])))\n"
        "except CaptureError as error: print(error)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(recording)], capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0
    assert "cut short" in run.stdout
    assert run.stderr == ""


def test_a_recording_of_days_is_refused_by_its_header_or_when_it_has_gone_on_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture_recording, "LONGEST_S", 1)
    for name, blocks_before in (("long.flac", 0), ("long.wav", 1)):  # a wav may have been written to a pipe
        soundfile.write(tmp_path / name, np.zeros(3 * SAMPLE_RATE), SAMPLE_RATE)
        blocks = []
        with pytest.raises(RecordingError, match="is longer than 0 hours; divide it"):
            blocks.extend(read_recording(tmp_path / name))
        assert len(blocks) >= blocks_before
