"""`foreglow simulate`: recordings through the same pipeline as live sound."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from capture.errors import CaptureError
from capture.recording import read_recording
from runtime.errors import ForeglowError
from runtime.events import End, Event, Heard
from runtime.lamp import Lamp
from runtime.pipeline import Pipeline
from runtime.report import Report
from runtime.stopwatch import Stopwatch


class NoSpeechError(ForeglowError):
    """A recording in which nobody speaks."""


def simulate(
    paths: Sequence[Path],
    lamp: Lamp,
    report: Report,
    complain: Callable[[str], None],
    *,
    real_time: bool,
    watch: Stopwatch | None = None,
) -> bool:
    """Hear each recording afresh; one that cannot be used does not stop the others.

    Args:
        complain: told one sentence for each recording that cannot be used.
        real_time: feed the sound as fast as it was recorded, else as fast as possible.
        watch: times the decisions; None has one for these recordings alone.

    Returns:
        Whether all recordings could be used.
    """
    sound = True
    watch = watch or Stopwatch(light=False)
    for path in paths:
        try:
            _simulate_one(path, lamp.pipeline(), report, watch, real_time=real_time)
        except (CaptureError, ForeglowError) as error:
            complain(str(error))
            sound = False
    return sound


def _simulate_one(
    path: Path, pipeline: Pipeline, report: Report, watch: Stopwatch, *, real_time: bool
) -> None:
    """Raises CaptureError, or NoSpeechError after the end has been told."""
    blocks = read_recording(path)
    first = next(blocks)  # so that a file that is no recording is not announced as one
    report.begin(str(path))
    begin = time.monotonic()
    heard_words = False

    def tell(event: Event) -> None:
        nonlocal heard_words
        heard_words |= isinstance(event, Heard) and bool(event.hypothesis.words)
        watch.hear(event)
        report.show(replace(event, latency=watch.summary()) if isinstance(event, End) else event)

    broken_off: CaptureError | None = None
    try:
        for block in chain([first], blocks):
            if real_time:
                time.sleep(max(0.0, begin + block.end - time.monotonic()))
            for event in pipeline.hear(block):
                tell(event)
    except CaptureError as error:
        broken_off = error  # what was said until then counts, and the recogniser must be left empty
    for event in pipeline.finish():
        tell(event)
    tell(End(pipeline.heard_until_s, pipeline.compute_s, dropped_blocks=0))
    if broken_off is not None:
        raise broken_off
    if not heard_words:
        raise NoSpeechError(f"{path}: no speech was heard in this recording.")
