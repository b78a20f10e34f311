"""What is spoken for training and for test: which phrase, by which voice, in which room and noise."""

import itertools
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

import kokoro

from model.intent import ACTIONS, Intent
from model.phrases import Phrase, home_assistant_phrases, sample_phrases

Split = Literal["train", "test"]

TRAIN_SEED: Final = 61
TEST_SEED: Final = 62

TRAIN_PHRASES: Final[dict[Intent, int]] = {"light_on": 950, "light_off": 950, "none": 2200}
"""One take each."""
TEST_PHRASES: Final[dict[Intent, int]] = {"light_on": 250, "light_off": 250, "none": 570}
"""Two takes each: clean, and at TEST_SNR_DB."""
TEST_SNR_DB: Final = 12

ESPEAK: Final = tuple(
    f"espeak {accent}{variant}"
    for accent in ("en-us", "en", "en-gb-x-rp", "en-gb-scotland", "en-us-nyc")
    for variant in ("", "+m1", "+m3", "+f1", "+f3")
)
"""The accents (en is British) and variants of which Vosk understands most; of the others it makes another sentence."""
FLITE: Final = tuple(f"flite {name}" for name in ("kal", "kal16", "awb", "rms", "slt"))
FESTIVAL: Final = tuple(
    f"festival {name}" for name in ("kal_diphone", "ked_diphone", "cmu_us_slt_arctic_hts")
)
TRAIN_VOICES: Final = ((ESPEAK, 0.25), (FLITE, 0.5), (FESTIVAL, 0.25))
"""With the share of the takes that each synthesiser speaks."""
TEST_VOICES: Final = ((tuple(f"kokoro {name}" for name in kokoro.VOICES), 0.85), (("piper joe",), 0.15))
"""Synthesisers that speak nothing for training."""

PACES: Final = (0.88, 1.18)
"""Least and greatest."""
PITCHES: Final = (0.92, 1.1)
"""Least and greatest; voices for test keep their own."""
SNRS_DB: Final = {24: 0.28, 18: 0.32, 12: 0.28, 6: 0.12}
"""With their shares; at 6 dB hardly a command is understood."""
CLEAN_SHARE: Final = 0.34
ECHO_SHARE: Final = 0.14
"""Echo alone. A third of the takes with noise have an echo as well."""
TRAIN_NOISES: Final = ("white", "pink", "babble")
TEST_NOISES: Final = ("pink", "babble", "background")


@dataclass(frozen=True)
class Take:
    """One phrase spoken once."""

    number: int
    """Names the take, and seeds its echo and its noise."""

    split: Split
    """What it is for."""

    phrase: Phrase
    """What is said, in which intent, from which group of templates."""

    voice: str
    """A synthesiser and its voice, such as "flite slt"."""

    pace: float
    """Of the speech; 1 is the voice's own."""

    pitch: float
    """Of the speech; 1 is the voice's own."""

    echo: bool = False
    """Whether the room answers."""

    noise: str = ""
    """White, pink, babble or background; empty when it is quiet."""

    snr_db: int = 0
    """Of the speech over the noise."""

    @property
    def condition(self) -> str:
        """Such as clean, echo, noise12, echo noise12."""
        parts = ["echo"] * self.echo + [f"noise{self.snr_db}"] * bool(self.noise)
        return " ".join(parts) or "clean"


def planned(path: Path) -> list[Take]:
    """The takes as they were when the work began, written at `path` then.

    The templates may change while it lasts; what is left of it must still be what was drawn.
    """
    if not path.exists():
        rows = [json.dumps(asdict(take)) for take in all_takes()]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    rows = path.read_text(encoding="utf-8").splitlines()
    return [Take(**{**row, "phrase": Phrase(**row["phrase"])}) for row in map(json.loads, rows)]


def all_takes() -> list[Take]:
    """Every take, in an order in which any beginning is a fair sample of the whole; the same for the same templates."""
    train = list(_train_takes())
    said = {take.phrase.text for take in train}
    pairs = list(_test_takes(len(train), said))
    together: list[list[Take]] = [*([take] for take in train), *pairs]
    random.Random(TRAIN_SEED).shuffle(together)
    return list(itertools.chain.from_iterable(together))


def _train_takes() -> Iterator[Take]:
    draw = random.Random(TRAIN_SEED)
    for number, phrase in enumerate(_drawn(TRAIN_SEED, TRAIN_PHRASES, avoided=set())):
        voice = _voice(TRAIN_VOICES, draw)
        pace, pitch = round(draw.uniform(*PACES), 2), round(draw.uniform(*PITCHES), 2)
        kind = draw.random()
        if kind < CLEAN_SHARE:
            yield Take(number, "train", phrase, voice, pace, pitch)
        elif kind < CLEAN_SHARE + ECHO_SHARE:
            yield Take(number, "train", phrase, voice, pace, pitch, echo=True)
        else:
            echo, noise = draw.random() < 1 / 3, draw.choice(TRAIN_NOISES)
            (snr_db,) = draw.choices([*SNRS_DB], [*SNRS_DB.values()])
            yield Take(number, "train", phrase, voice, pace, pitch, echo, noise, snr_db)


def _test_takes(first: int, avoided: set[str]) -> Iterator[list[Take]]:
    draw = random.Random(TEST_SEED)
    numbers = itertools.count(first)
    for phrase in _drawn(TEST_SEED, TEST_PHRASES, avoided):
        voice, pace = _voice(TEST_VOICES, draw), round(draw.uniform(0.9, 1.15), 2)
        clean = Take(next(numbers), "test", phrase, voice, pace, 1.0)
        noise = draw.choice(TEST_NOISES)
        yield [
            clean,
            Take(next(numbers), "test", phrase, voice, pace, 1.0, noise=noise, snr_db=TEST_SNR_DB),
        ]


def _drawn(seed: int, counts: dict[Intent, int], avoided: set[str]) -> Iterator[Phrase]:
    """Phrases of every intent, the groups of an intent in turn, so that a large one does not drown the others."""
    # "turn on the like": written the way Vosk mishears it, nobody says that.
    phrases = [phrase for phrase in sample_phrases(seed, 60) if phrase.group != "misheard"]
    phrases += home_assistant_phrases(seed, 6)
    texts = {phrase.text: phrase for phrase in phrases if phrase.text not in avoided}
    for intent in (*ACTIONS, "none"):
        groups: dict[str, list[Phrase]] = {}
        for phrase in texts.values():
            if phrase.intent == intent:
                groups.setdefault(phrase.group, []).append(phrase)
        for group in groups.values():
            random.Random(seed).shuffle(group)
        yield from itertools.islice(_in_turn(groups.values()), counts[intent])


def _in_turn(groups: Iterable[list[Phrase]]) -> Iterator[Phrase]:
    for row in itertools.zip_longest(*groups):
        yield from (phrase for phrase in row if phrase is not None)


def _voice(shares: Iterable[tuple[tuple[str, ...], float]], draw: random.Random) -> str:
    synthesisers = list(shares)
    (voices,) = draw.choices([names for names, _ in synthesisers], [share for _, share in synthesisers])
    return draw.choice(voices)
