"""How often partials come, and what they cost, for each chunk length.

    python -m benchmarks.recogniser recordings/*.wav

Decodes the recordings given (any rate; the first channel) with a warm recogniser, in blocks of 32 ms as the
lamp does, and prints a table: milliseconds between two partials, processor time over audio time, the longest
that one block took, and how long after the end of the sound (the last sample above a fiftieth of the peak)
the last partial that brought something new came, without the time to compute it.
"""

import argparse
import time
from itertools import pairwise
from pathlib import Path
from statistics import mean, median

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from transcribe.recogniser import SAMPLE_RATE, Recogniser
from transcribe.speech_model import find_speech_model

_BLOCK = 512
_LEAD_IN_S, _LEAD_OUT_S = 0.4, 1.0


def _read(path: Path) -> NDArray[np.int16]:
    sound, rate_hz = soundfile.read(path, dtype="int16", always_2d=True)
    mono = soxr.resample(np.ascontiguousarray(sound[:, 0]), rate_hz, SAMPLE_RATE)
    quiet = [np.zeros(round(seconds * SAMPLE_RATE), np.int16) for seconds in (_LEAD_IN_S, _LEAD_OUT_S)]
    return np.concatenate([quiet[0], mono, quiet[1]])


def _end_of_sound_s(samples: NDArray[np.int16]) -> float:
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > np.abs(samples.astype(np.int32)).max() / 50)
    return float(loud[-1] + 1) / SAMPLE_RATE


def _measure(chunk_ms: int, recordings: list[NDArray[np.int16]]) -> str:
    recogniser = Recogniser(find_speech_model(None, chunk_ms))
    recogniser.warm_up()
    gaps, costs, settled = [], [], []
    for samples in recordings:
        heard = []
        for end in range(_BLOCK, len(samples) + 1, _BLOCK):
            begun = time.process_time()
            heard.append(recogniser.accept(samples[end - _BLOCK : end], end / SAMPLE_RATE))
            costs.append(time.process_time() - begun)
        recogniser.finish(len(samples) / SAMPLE_RATE)
        partials = [hypothesis for hypothesis in heard if hypothesis is not None and not hypothesis.final]
        gaps += [
            later.time - earlier.time for earlier, later in pairwise(partials) if later.start == earlier.start
        ]
        news = [later.time for earlier, later in pairwise(partials) if later.words != earlier.words]
        if news:
            settled.append(news[-1] - _end_of_sound_s(samples))
    audio_s = sum(map(len, recordings)) / SAMPLE_RATE
    return (
        f"| {chunk_ms} | {mean(gaps) * 1000:.0f} | {sum(costs) / audio_s:.3f} | "
        f"{max(costs) * 1000:.0f} | {median(settled) * 1000:+.0f} |"
    )


def main() -> None:
    """Print one row of a Markdown table for each chunk length."""
    parser = argparse.ArgumentParser(description="Partials and their cost for each chunk length.")
    parser.add_argument("recordings", nargs="+", type=Path, help="wav, flac or ogg files with speech")
    recordings = [_read(path) for path in parser.parse_args().recordings]
    print("| chunk_ms | between partials, ms | real-time factor | longest block, ms | last words known, ms |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for chunk_ms in (30, 60, 120, 240):
        print(_measure(chunk_ms, recordings), flush=True)


if __name__ == "__main__":
    main()
