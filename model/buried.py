"""Requests inside talk: "so anyway on saturday we oh can you turn the lights off".

Labelled requests stand alone, and talk holds none. A model trained on both apart learns that whatever begins
like talk ends in nothing. So some requests are trained on once more with talk before them, a few with talk
behind; requests for nothing too, else talk before a request would mean a command.
"""

import random
from collections.abc import Sequence

from model.examples import Utterance

LONGEST_BEFORE = 10
"""Words of talk before a request, at most."""

LONGEST_BEHIND = 4
"""Words of talk behind one, at most."""

BEHIND_SHARE = 0.15
"""Share of the buried requests that go on with talk."""


def buried(
    requests: Sequence[Utterance], talk: Sequence[Utterance], copies: float, weight: float, seed: int
) -> list[Utterance]:
    """Return requests with talk around them.

    The words before a command are no examples of it: whoever says them does not yet ask for anything.

    Args:
        requests: what is buried, with its label.
        talk: where the words around it are taken from.
        copies: how many times each request is buried, on average.
        weight: how many examples each counts for.
        seed: fixes the draws.
    """
    draw = random.Random(f"{seed} buried")
    chosen = [u for u in requests for _ in range(int(copies + draw.random()))]
    result = []
    for request in chosen if talk else []:
        before = draw.choice(talk).words[-draw.randint(1, LONGEST_BEFORE) :]
        behind: tuple[str, ...] = ()
        if draw.random() < BEHIND_SHARE:
            behind = draw.choice(talk).words[: draw.randint(1, LONGEST_BEHIND)]
        since = 0 if request.intent == "none" else len(before)
        result.append(Utterance((*before, *request.words, *behind), request.intent, weight, since))
    return result
