"""What it costs to stay awake: `python -m benchmarks.capture`.

Two things the lamp does for as long as it runs: in silence, a block through the recogniser every few seconds, and
without a microphone, another look at which devices there are. Processor time, since other work slows the clock on
the wall only.
"""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from capture.block import BLOCK_SAMPLES
from capture.errors import MicrophoneError
from capture.steady import LAST_RETRY_S
from capture.stream import by_name
from runtime.config import Config
from runtime.health import resident_mb
from runtime.listening import PULSE_S
from transcribe.recogniser import Recogniser
from transcribe.speech_model import find_speech_model

CALLS = 200
RUNS = 5

FRAME_SAMPLES = 400
"""One frame of features: of less sound nothing is decoded."""

ABSENT = "a microphone that nobody has"


def cost_ms(work: Callable[[], object]) -> float:
    """Processor time of one call in ms: the median of some runs of many calls."""
    runs = []
    for _ in range(RUNS):
        began = time.process_time()
        for _ in range(CALLS):
            work()
        runs.append((time.process_time() - began) / CALLS * 1000)
    return median(runs)


def quiet(samples: int) -> np.ndarray:
    """The noise of a quiet room: shape (samples,)."""
    return np.rint(30 * np.random.default_rng(0).normal(size=samples)).astype(np.int16)


def attempt() -> None:
    """One attempt to open a microphone that is away."""
    try:
        by_name(ABSENT, Config().capture.queue_s)(True)
    except MicrophoneError:
        return
    raise SystemExit(f"there is {ABSENT} after all")


def main() -> None:
    """Print the table."""
    config = Config()
    model: Path = find_speech_model(config.transcribe.model, config.transcribe.chunk_ms)
    recogniser = Recogniser(model)
    recogniser.warm_up()
    for name, samples in (("too short to decode", FRAME_SAMPLES - 1), ("a block", BLOCK_SAMPLES)):
        sound = quiet(samples)
        ms = cost_ms(lambda sound=sound: recogniser.pulse(sound))
        print(f"pulse, {name}: {ms:.2f} ms, {ms / PULSE_S / 10:.3f} % of one core")
    attempt()  # loads PortAudio
    before_mb = resident_mb() or 0.0
    ms = cost_ms(attempt)
    grown_kb = ((resident_mb() or 0.0) - before_mb) * 1000 / CALLS / RUNS
    print(
        f"attempt to open: {ms:.2f} ms, {ms / LAST_RETRY_S / 10:.3f} % of one core; memory {grown_kb:+.2f} kB each"
    )


if __name__ == "__main__":
    main()
