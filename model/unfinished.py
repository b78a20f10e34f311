"""Sentences broken off: "could you turn the" and then silence asks for nothing.

As the beginning of a command those words are its prefix, and the model must not learn that they end in nothing.
Only the silence behind them says so. So the one example of a broken-off sentence is its end token.
"""

import random
from collections.abc import Iterable, Sequence

from model.examples import Utterance

LAMPS = frozenset({"light", "lights", "lamp", "lamps", "bulb", "chandelier", "lantern"})
"""What a command names."""

REMARKS = frozenset(
    {"dark", "darkness", "bright", "see", "bed", "sleep", "bedtime", "night", "need", "leaving"}
)
"""Words that may ask for light or dark before any lamp is named."""

PARTICLES = frozenset({"on", "off", "out"})
"""What follows the lamp in "turn the light off"."""


def unfinished(commands: Iterable[Utterance], share: float, seed: int) -> list[Utterance]:
    """Return beginnings of commands with label none, of which only the end counts.

    A command is broken off before its lamp is named, or between lamp and particle, so that what was said asks for
    nothing yet. Commands without a lamp or a particle are left out: a remark can be broken off anywhere.

    Args:
        commands: sentences that ask for light or dark.
        share: share of the commands that are broken off once.
        seed: fixes the draws.
    """
    draw = random.Random(f"{seed} unfinished")
    said = list(commands)
    whole = {u.words for u in said}
    broken = []
    for command in said:
        chosen, place = draw.random() < share, draw.random()
        if chosen and (words := _break_off(command.words, place)) and words not in whole:
            broken.append(Utterance(words, "none", command.weight, since=len(words)))
    return broken


def is_order(words: Sequence[str]) -> bool:
    """Return whether a command names a lamp and which way to switch it, and holds no remark that asks for it too."""
    said = frozenset(words)
    return not LAMPS.isdisjoint(said) and not PARTICLES.isdisjoint(said) and REMARKS.isdisjoint(said)


def _break_off(words: Sequence[str], place: float) -> tuple[str, ...]:
    """Return the words up to a place, 0 to 1, of those where nothing is asked for yet; () if there is none."""
    if not is_order(words):
        return ()
    lamps = [n for n, word in enumerate(words) if word in LAMPS]
    particles = [n for n, word in enumerate(words) if word in PARTICLES]
    decided = max(lamps[0], particles[0])  # the index of the word that completes lamp and particle
    return tuple(words[: 1 + int(place * decided)]) if decided > 1 else ()
