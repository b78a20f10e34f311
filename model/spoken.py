"""Phrases as the recogniser wrote them when synthetic voices spoke them (docs/spoken.md).

`python -m model.spoken` counts them.
"""

import argparse
import json
import lzma
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

from model.errors import ModelError
from model.examples import Utterance
from model.intent import INTENTS, Intent

SPOKEN: Final = Path(__file__).parent / "phrases" / "spoken.jsonl.xz"
"""Written by recordings/spoken.py."""

Words = tuple[str, ...]
Split = Literal["train", "test"]
SPLITS: Final[tuple[Split, ...]] = get_args(Split)

FILLERS: Final = frozenset(
    """a about again all already am an and any anyone are as at be been by can can't could did do does don't
    for from get go good got had has have hello hey hi his her here i i'd i'll i'm if in is it it's its just
    kind let let's like little me might mind my need now of oh okay one or our out please really right
    should so some somebody someone sorry thank thanks that that's the them then there there's these they
    think this to too us very want was we we're well were what when where will with would you you're your
    """.split()
)
"""Words that are in every second sentence: a transcript that kept nothing else kept nothing."""

OPPOSITES: Final = (("on", "off"), ("off", "on"))


@dataclass(frozen=True, slots=True)
class Partial:
    """Words that the recogniser believed in for a while."""

    words: Words
    """What it believed."""

    repeats: int
    """How many hypotheses in a row said so."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One utterance that was heard of a spoken phrase."""

    said: Words
    """The phrase."""

    intent: Intent
    """What the phrase asks for."""

    group: str
    """The group of templates it comes from."""

    voice: str
    """A synthesiser and its voice, such as "flite slt"."""

    condition: str
    """clean, echo, noise12 (dB of speech over noise), or echo noise12."""

    take: int
    """Names the recording; a phrase with a pause in it may have been heard as two utterances."""

    seconds: float
    """How long the recording was, with the quiet around it."""

    partials: tuple[Partial, ...]
    """What was believed on the way, in order; each differs from the one before."""

    final: Words
    """What was believed at the end; empty when nothing was heard."""


def read_spoken(split: Split, path: Path = SPOKEN) -> list[Spoken]:
    """Return what was heard of the voices for training, or of the others, which are for test.

    Raises:
        ModelError: the file is missing or a line of it is not as docs/spoken.md describes.
    """
    number = 0
    spoken = []
    try:
        with lzma.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                number += 1
                row = json.loads(line)
                if row["split"] == split:
                    spoken.append(_spoken(row))
    except (OSError, EOFError, lzma.LZMAError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelError(f"{path} cannot be read ({reason}); recordings/spoken.py writes it.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}, line {number}: not a spoken phrase ({error!r}).") from error
    return spoken


def _spoken(row: dict[str, Any]) -> Spoken:
    if row["intent"] not in INTENTS:
        raise ValueError(row["intent"])
    final = tuple(row["final"].split())
    partials = (
        Partial(final[:words] if isinstance(words, int) else tuple(words.split()), repeats)
        for words, repeats in row["partials"]
    )
    return Spoken(
        tuple(row["said"].split()),
        row["intent"],
        row["group"],
        row["voice"],
        row["condition"],
        row["take"],
        row["seconds"],
        tuple(partials),
        final,
    )


def held_out_texts(path: Path = SPOKEN) -> frozenset[Words]:
    """Return what was said for test: phrases that no training text may hold, written or spoken. Raises ModelError."""
    return frozenset(one.said for one in read_spoken("test", path))


def spoken_utterances(spoken: Iterable[Spoken]) -> list[Utterance]:
    """Return the finals as training text, each with the intent of what was said.

    Left out are commands of which too little was heard (`is_kept`), and every text for `none` that is a command in
    another mouth: what was heard cannot tell them apart.
    """
    heard = [one for one in spoken if one.final and is_kept(one)]
    commands = {words for one in heard if one.intent != "none" for words in (one.said, one.final)}
    return [
        Utterance(one.final, one.intent) for one in heard if one.intent != "none" or one.final not in commands
    ]


def is_kept(one: Spoken) -> bool:
    """Return whether the final still says what was said; for `none` it always does, that being no command."""
    return one.intent == "none" or still_says(one.said, one.final)


def still_says(said: Words, heard: Words) -> bool:
    """Return whether enough of a command was heard.

    At least half of the words must be right (by edit distance), a word that is no filler among them, and on must
    not have become off.
    """
    telling = {*said} & {*heard} - FILLERS
    half_right = 2 * edit_distance(said, heard) <= len(said)
    return bool(telling) and half_right and not _is_turned_round(said, heard)


def _is_turned_round(said: Words, heard: Words) -> bool:
    return any(
        word in said and word not in heard and other in heard and other not in said
        for word, other in OPPOSITES
    )


def edit_distance(one: Words, other: Words) -> int:
    """Return how many words must be put in, taken out or replaced to turn one into the other."""
    row = list(range(len(other) + 1))
    for count, word in enumerate(one, start=1):
        diagonal, row[0] = row[0], count
        for column, candidate in enumerate(other, start=1):
            change = diagonal + (word != candidate)
            diagonal, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, change)
    return row[-1]


def main() -> int:
    """Print how much was heard and kept, as a Markdown table, and how much there is to train on."""
    argparse.ArgumentParser(prog="python -m model.spoken", description=main.__doc__).parse_args()
    try:
        heard = {split: read_spoken(split) for split in SPLITS}
    except ModelError as error:
        print(f"model.spoken: {error}", file=sys.stderr)
        return 1
    print("| split | condition | heard | of commands | kept of these |\n| --- | --- | ---: | ---: | ---: |")
    for split, spoken in heard.items():
        for condition in ("all", *sorted({one.condition for one in spoken})):
            chosen = [one for one in spoken if condition in ("all", one.condition)]
            commands = [one for one in chosen if one.intent != "none"]
            kept = sum(map(is_kept, commands)) / len(commands)
            print(f"| {split} | {condition} | {len(chosen):,} | {len(commands):,} | {kept:.0%} |")
    train, test = (len({one.take for one in heard[split]}) for split in SPLITS)
    print(f"\n{train:,} takes for training, {test:,} for test.")
    finals = spoken_utterances(heard["train"])
    counts = ", ".join(f"{sum(u.intent == intent for u in finals):,} {intent}" for intent in INTENTS)
    print(f"To train on: {len(finals):,} finals ({counts}).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
