"""Text as a listener hears it who is told no full stops: "…and get on with some of this", "you know turn off the
lights", "turn off the lights we are done here".

The voice gate opens in the middle of talk, and people run one sentence into the next. A model that has only seen
whole sentences takes a piece of one for something it is not. So pieces of long sentences are trained on too, and
short requests with a few words of talk right before or behind them.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from model.examples import Utterance
from model.unfinished import is_order

PIECE: Final = 8
"""Words of a piece; requests of at most so many are heard with talk before them."""

LONGEST_BEFORE: Final = 3
"""Words of talk before a request, at most."""

BEHIND: Final = (3, 8)
"""Words of talk behind a request, at least and at most."""

OPENERS: Final = frozenset(
    "i i'm i've i'll we we're we'll you you're he he's she she's they they're it it's that's there's the this "
    "these my our your a so because cause and but well okay then let's what nobody everybody somebody".split()
)
"""Words that begin a sentence of its own, so that it does not go on with the one before: "turn on the light | bulb"."""


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


def followed(
    requests: Iterable[Utterance], talk: Sequence[Utterance], share: float, weight: float, seed: int
) -> list[Utterance]:
    """Return some of the short requests with the beginning of talk behind them.

    An order stays one whatever is said next. A remark may not ("it's dark" and "chocolate"), so of what asks for light
    or dark only orders that name a lamp are taken; and of what asks for nothing all, else talk behind a request would
    mean a command.

    Args:
        requests: with their labels.
        talk: what the words behind are taken from, where it begins with one of OPENERS; without any, nothing is
            followed.
        share: share of the requests with at most PIECE words.
        weight: how many times each counts, compared with the request itself.
        seed: fixes the draws.
    """
    draw = random.Random(f"{seed} followed")
    shortest, longest = BEHIND
    sentences = [u.words for u in talk if len(u.words) >= shortest and u.words[0] in OPENERS]
    result = []
    for request in requests if sentences else ():
        chosen = len(request.words) <= PIECE and draw.random() < share
        if chosen and (request.intent == "none" or is_order(request.words)):
            behind = draw.choice(sentences)[: draw.randint(shortest, longest)]
            result.append(replace(request, words=(*request.words, *behind), weight=weight * request.weight))
    return result
