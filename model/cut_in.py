"""Text as a listener hears it who comes in late: "…and get on with some of this", "you know turn off the lights".

The voice gate opens in the middle of talk, and people run one sentence into the next. A model that has only seen
whole sentences takes a piece of one for something it is not. So pieces of long sentences are trained on too, and
short requests with a few words of talk right before them.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from model.examples import Utterance

PIECE: Final = 8
"""Words of a piece; requests of at most so many are heard with talk before them."""

LONGEST_BEFORE: Final = 3
"""Words of talk before a request, at most."""


def pieces(utterances: Iterable[Utterance], share: float, seed: int) -> list[Utterance]:
    """Return PIECE words in a row, not the first ones, out of some of the utterances that have more.

    Args:
        utterances: such that ask for nothing: no piece of theirs does.
        share: share of the long ones that a piece is taken of.
        seed: fixes the draws.
    """
    draw = random.Random(f"{seed} pieces")
    result = []
    for utterance in utterances:
        if len(utterance.words) > PIECE and draw.random() < share:
            begin = draw.randint(1, len(utterance.words) - PIECE)
            result.append(replace(utterance, words=utterance.words[begin : begin + PIECE]))
    return result


def preceded(
    requests: Iterable[Utterance], talk: Sequence[Utterance], share: float, weight: float, seed: int
) -> list[Utterance]:
    """Return some of the short requests with the end of talk before them.

    The words before a command are no examples of it: whoever says them does not yet ask for anything. Requests for
    nothing are heard so too, else talk before a request would mean a command.

    Args:
        requests: with their labels.
        talk: where the words before are taken from; without any, nothing is preceded.
        share: share of the requests with at most PIECE words.
        weight: how many times each counts, compared with the request itself.
        seed: fixes the draws.
    """
    draw = random.Random(f"{seed} preceded")
    result = []
    for request in requests if talk else ():
        if len(request.words) <= PIECE and draw.random() < share:
            before = draw.choice(talk).words[-draw.randint(1, LONGEST_BEFORE) :]
            since = 0 if request.intent == "none" else len(before)
            result.append(
                replace(request, words=(*before, *request.words), weight=weight * request.weight, since=since)
            )
    return result
