"""`foreglow simulate`: recordings through the same pipeline as live sound."""

import time
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

from capture.errors import CaptureError
from capture.recording import read_recording
from runtime.errors import ForeglowError
from runtime.events import End, Heard
from runtime.lamp import Lamp
from runtime.pipeline import Pipeline
from runtime.report import Report


class NoSpeechError(ForeglowError):
    """A recording in which nobody speaks."""


def simulate(
    paths: Sequence[Path], lamp: Lamp, report: Report, complain: Callable[[str], None], *, real_time: bool
) -> bool:
    """Hear each recording afresh; one that cannot be used does not stop the others.

    Args:
        complain: told one sentence for each recording that cannot be used.
        real_time: feed the sound as fast as it was recorded, else as fast as possible.

    Returns:
        Whether all recordings could be used.
    """
    sound = True
    for path in paths:
        try:
            _simulate_one(path, lamp.pipeline(), report, real_time=real_time)
        except (CaptureError, ForeglowError) as error:
            complain(str(error))
            sound = False
    return sound


def _simulate_one(path: Path, pipeline: Pipeline, report: Report, *, real_time: bool) -> None:
    """Raises CaptureError, or NoSpeechError after the end has been told."""
    blocks = read_recording(path)
    first = next(blocks)  # so that a file that is no recording is not announced as one
    report.begin(str(path))
    begin = time.monotonic()
    heard_words = False
    broken_off: CaptureError | None = None
    try:
        for block in chain([first], blocks):
            if real_time:
                time.sleep(max(0.0, begin + block.end - time.monotonic()))
            for event in pipeline.hear(block):
                heard_words |= isinstance(event, Heard) and bool(event.hypothesis.words)
                report.show(event)
    except CaptureError as error:
        broken_off = error  # what was said until then counts, and the recogniser must be left empty
    for event in pipeline.finish():
        heard_words |= isinstance(event, Heard) and bool(event.hypothesis.words)
        report.show(event)
    report.show(End(pipeline.heard_until_s, pipeline.compute_s, dropped_blocks=0))
    if broken_off is not None:
        raise broken_off
    if not heard_words:
        raise NoSpeechError(f"{path}: no speech was heard in this recording.")
