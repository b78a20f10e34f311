"""A day in a home as sound: `python -m benchmarks.endurance.day SEED HOURS` writes it to standard output.

The first line is JSON: what is said when, in seconds, and what it asks for. Then come the samples, int16, mono, 16 kHz.
It is made in a process of its own, so that the memory of the lamp that hears it is the lamp's alone. The day begins at
six in the evening. The same seed gives the same samples.
"""

import json
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml
from numpy.typing import NDArray

from benchmarks.endurance.sounds import (
    LOOP_S,
    VOICES,
    Sound,
    babble,
    clatter,
    hum,
    music,
    pink,
    recorded,
    spoken,
)
from capture.block import SAMPLE_RATE
from model.phrases import sample_phrases

BEGINS_AT: Final = 18
"""Hour of the day at which it begins."""

HOUR_S: Final = 3_600

TALK_MINUTES: Final = (
    *(0.3, 0, 0, 0, 0, 0, 4, 8, 6, 2, 2, 2),
    *(6, 3, 2, 2, 4, 6, 10, 10, 8, 8, 4, 1),
)
"""Minutes of talk in each hour of the day, from midnight."""

COMMANDS: Final = (1, 0, 1, 0, 0, 0, 5, 8, 4, 2, 2, 2, 3, 2, 2, 2, 4, 8, 12, 10, 10, 10, 8, 4)
"""Commands in each hour."""

SOUNDS: Final = {
    "hum": (*[20] * 6, *[10] * 18),
    "rain": (*[0] * 2, *[25] * 2, *[0] * 11, *[20] * 2, *[0] * 7),
    "music": (*[0] * 6, 20, 25, 10, 0, 0, 15, 15, 0, 0, 20, 20, 10, 15, 20, 25, 15, 0, 0),
    "dishes": (*[0] * 6, 0, 5, 5, 0, 0, 0, 8, 4, 0, 0, 0, 4, 8, 4, 0, 0, 0, 0),
    "babble": (*[0] * 9, 10, 0, 0, 0, 0, 15, 0, 0, 10, 0, 10, 15, 15, 0, 0),
}
"""Minutes of each sound in each hour."""

LEVELS_DB: Final = {"hum": -52, "rain": -42, "music": -36, "dishes": -40, "babble": -46}
"""Root mean square of each, full scale being 0; they come up to 4 dB louder or softer."""

FLOOR_DB: Final = -62
"""Of the room when it is quiet."""

SPEECH_DB: Final = (-30, -18)
"""From the other end of the room, and at arm's length."""

APART_S: Final = 6.0
"""Seconds of no other speech around a command: what is said then is an answer to it."""

CHUNK_S: Final = 4

_RECORDINGS: Final = Path(__file__).parents[2] / "recordings"
_PHRASES: Final = {"light_on": 30, "light_off": 30, "none": 150}
"""How many phrases are spoken by espeak-ng."""


@dataclass(frozen=True)
class Clip:
    """Something that can be said."""

    words: str
    """The words."""

    intent: str
    """What a lamp should do about it."""

    voice: str
    """`recording`, or the voice of espeak-ng."""

    sound: Sound
    """At a root mean square of 1."""


@dataclass(frozen=True)
class Said:
    """Something that is said in the course of the day."""

    at_s: float
    """When it begins, in seconds since the beginning of the day."""

    end_s: float
    """When it ends."""

    clip: int
    """Which of the clips."""

    level_db: float
    """How loud."""


@dataclass(frozen=True)
class Stretch:
    """A sound that goes on for some minutes."""

    at_s: float
    """When it begins."""

    end_s: float
    """When it ends."""

    kind: str
    """Of SOUNDS."""

    level_db: float
    """How loud."""


def clips(random: np.random.Generator) -> list[Clip]:
    """Everything that can be said: the recordings, and phrases spoken by espeak-ng."""
    takes = yaml.safe_load((_RECORDINGS / "recordings.yaml").read_text(encoding="utf-8"))
    found = []
    for take in takes:
        name = take["words"].replace("'", "").replace(" ", "_")
        sound = recorded(_RECORDINGS / f"{name}.wav")
        found.append(Clip(take["words"], take["intent"], "recording", sound))
    sample = sample_phrases(1, 3)
    for intent, count in _PHRASES.items():
        phrases = [each.text for each in sample if each.intent == intent]
        for number in random.choice(len(phrases), count, replace=False):
            voice = VOICES[random.integers(len(VOICES))]
            found.append(Clip(phrases[number], intent, voice, spoken(phrases[number], voice)))
    return found


def plan(
    random: np.random.Generator, known: Sequence[Clip], hours: float
) -> tuple[list[Said], list[Stretch]]:
    """What is said and what sounds, in order of time."""
    said: list[Said] = []
    stretches: list[Stretch] = []
    commands = [number for number, clip in enumerate(known) if clip.intent != "none"]
    talk = [number for number, clip in enumerate(known) if clip.intent == "none"]
    for hour in range(round(np.ceil(hours))):
        of_day, begin_s = (BEGINS_AT + hour) % 24, hour * HOUR_S
        for kind, minutes in SOUNDS.items():
            if minutes[of_day]:
                at_s = begin_s + random.uniform(0, HOUR_S - 60 * minutes[of_day])
                level = LEVELS_DB[kind] + random.uniform(-4, 4)
                stretches.append(Stretch(at_s, at_s + 60 * minutes[of_day], kind, level))
        asked = _asked(random, known, commands, COMMANDS[of_day], begin_s)
        said += asked
        left_s, at_s = 60.0 * TALK_MINUTES[of_day], begin_s + random.uniform(0, 600)
        while left_s > 0 and at_s < begin_s + HOUR_S - 20:
            each = _said(random, known, talk, at_s)
            clear = all(each.end_s < c.at_s - APART_S or each.at_s > c.end_s + APART_S for c in asked)
            pause_s = random.uniform(20, 180) if random.random() < 0.05 else random.uniform(0.4, 3.0)
            if clear:
                said.append(each)
                left_s -= each.end_s - at_s + min(pause_s, 3.0)
            at_s = each.end_s + pause_s
    end_s = hours * HOUR_S - APART_S
    return sorted((s for s in said if s.end_s < end_s), key=lambda s: s.at_s), stretches


def _asked(
    random: np.random.Generator, known: Sequence[Clip], commands: list[int], count: int, begin_s: float
) -> list[Said]:
    """Commands spread over an hour, one in each equal part of it."""
    part_s = HOUR_S / max(1, count)
    return [
        _said(random, known, commands, begin_s + part_s * number + random.uniform(APART_S, part_s - 20))
        for number in range(count)
    ]


def _said(random: np.random.Generator, known: Sequence[Clip], among: list[int], at_s: float) -> Said:
    # Half of what is said is one of the few recordings; without that they would drown among the phrases.
    recordings = [number for number in among if known[number].voice == "recording"]
    number = int(random.choice(recordings if random.random() < 0.5 else among))
    return Said(at_s, at_s + len(known[number].sound) / SAMPLE_RATE, number, random.uniform(*SPEECH_DB))


def sound_of(
    random: np.random.Generator,
    known: Sequence[Clip],
    said: Sequence[Said],
    stretches: Sequence[Stretch],
    hours: float,
) -> Iterator[NDArray[np.int16]]:
    """The day, CHUNK_S seconds at a time; shape (samples,)."""
    talk = [clip.sound for clip in known if clip.intent == "none"][:40]
    songs = [music(random) for _ in range(4)]
    loops = {
        "hum": hum(random),
        "rain": pink(random),
        "dishes": clatter(random),
        "babble": babble(random, talk),
    }
    floor = pink(random)
    for begin in range(0, round(hours * HOUR_S), CHUNK_S):
        samples = _gain(FLOOR_DB) * _excerpt(floor, begin)
        for stretch in stretches:
            if stretch.at_s < begin + CHUNK_S and stretch.end_s > begin:
                loop = (
                    songs[int(stretch.at_s + begin // 180) % 4]
                    if stretch.kind == "music"
                    else loops[stretch.kind]
                )
                samples += _gain(stretch.level_db) * _excerpt(loop, begin) * _faded(stretch, begin)
        for each in said:
            if each.at_s < begin + CHUNK_S and each.end_s > begin:
                _add(
                    samples,
                    known[each.clip].sound,
                    _gain(each.level_db),
                    round((each.at_s - begin) * SAMPLE_RATE),
                )
        yield np.clip(np.rint(32_768 * samples), -32_768, 32_767).astype(np.int16)


def _gain(level_db: float) -> np.float32:
    return np.float32(10 ** (level_db / 20))


def _excerpt(loop: Sound, begin_s: int) -> Sound:
    at = begin_s % LOOP_S * SAMPLE_RATE  # LOOP_S is a multiple of CHUNK_S
    return loop[at : at + CHUNK_S * SAMPLE_RATE]


def _faded(stretch: Stretch, begin_s: float) -> Sound:
    """How loud the stretch is in this chunk, from 0 to 1: it comes and goes within a second."""
    seconds = begin_s + np.arange(CHUNK_S * SAMPLE_RATE) / SAMPLE_RATE
    return np.clip(np.minimum(seconds - stretch.at_s, stretch.end_s - seconds), 0, 1).astype(np.float32)


def _add(samples: Sound, sound: Sound, gain: np.float32, at: int) -> None:
    """Add a sound that begins at a sample of the chunk, which may be before it."""
    begin, end = max(0, at), min(len(samples), at + len(sound))
    samples[begin:end] += gain * sound[begin - at : end - at]


def header(known: Sequence[Clip], said: Sequence[Said], stretches: Sequence[Stretch]) -> dict[str, Any]:
    """What the listener is told of the day."""
    told = [
        asdict(s) | {"words": (c := known[s.clip]).words, "intent": c.intent, "voice": c.voice} for s in said
    ]
    return {"said": told, "stretches": [asdict(stretch) for stretch in stretches]}


def main(seed: int, hours: float) -> None:
    """Write the day to standard output."""
    random = np.random.default_rng(seed)
    known = clips(random)
    said, stretches = plan(random, known, hours)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # who listens may have had enough
    output = sys.stdout.buffer
    output.write(json.dumps(header(known, said, stretches)).encode() + b"\n")
    for samples in sound_of(random, known, said, stretches, hours):
        output.write(samples.tobytes())


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
