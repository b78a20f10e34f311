"""What resampler, speech gate and language model compute, number by number: `board_numbers.py RECORDING...`.

benchmarks/board.py runs this file on both machines and compares. One JSON object a line: the `stage`, what it is
`of`, and its `values` to the last bit. Sentences are read from standard input, one a line.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from capture.block import Block
from capture.cutter import BlockCutter
from capture.detector import SpeechDetector
from capture.recording import read_recording
from model.vocabulary import split_words
from runtime.brain import load_brain
from runtime.config import DecideConfig

RATE_HZ = 44_100
"""A rate of cheap microphones. The recordings, at 16 kHz, are taken for such sound, so that they are resampled."""


def resampled(blocks: list[Block]) -> list[int]:
    """The sound as if it had come at RATE_HZ: what the resampler makes of it, in steps of 16 bits."""
    cutter = BlockCutter(RATE_HZ)
    sound = np.concatenate([block.samples for block in blocks]).astype(np.float32) / 32768
    cut = [*cutter.push(sound), *cutter.finish()]
    return [sample for block in cut for sample in block.samples.tolist()]


def speech(blocks: list[Block]) -> list[float]:
    """The probability of speech in each block, as the gate asks for it."""
    detector = SpeechDetector()
    return [detector.probability(block.samples) for block in blocks]


def anticipated(sentences: list[str]) -> Iterator[tuple[str, list[float]]]:
    """Each sentence with the three probabilities after every word of it."""
    session = load_brain(DecideConfig()).session
    for sentence in sentences:
        state, values = session.start(), []
        for word in split_words(sentence):
            probabilities, state = session.step(state, word)
            values += probabilities
        yield sentence, values


def main() -> None:
    """Compute all of it."""

    def tell(stage: str, of: str, values: list[float] | list[int]) -> None:
        print(json.dumps({"stage": stage, "of": of, "values": values}))

    for path in map(Path, sys.argv[1:]):
        blocks = list(read_recording(path))
        tell("resampler, samples", path.name, resampled(blocks))
        tell("speech gate, probabilities", path.name, speech(blocks))
    for sentence, values in anticipated(sys.stdin.read().splitlines()):
        tell("language model, probabilities", sentence, values)


if __name__ == "__main__":
    main()
