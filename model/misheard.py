"""Phrases as the recogniser might have written them: words replaced by what it wrote for them elsewhere.

The spoken phrases (model/spoken.py) say what was said and what was heard. Aligned, they are a table of confusions,

    P(heard | said) = how often the span `said` was written as `heard` / how often it was spoken,

and every phrase written for this project can be misheard in the same ways, without being spoken.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import numpy as np

from model.examples import Utterance
from model.spoken import Spoken, Words, still_says

LONGEST_SPAN = 2
"""Words that may be mistaken together, on either side."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """What a span of words is taken for."""

    heard: tuple[Words, ...]
    """What was written instead."""

    shares: tuple[float, ...]
    """How often, among the times when it was mistaken; they sum to one."""

    rate: float
    """How often it was mistaken, of the times it was spoken."""


def confusions(spoken: Iterable[Spoken]) -> dict[Words, Confusion]:
    """Return what each span of one or two words was mistaken for, from what was said and what was heard."""
    mistaken: dict[Words, Counter[Words]] = {}
    times: Counter[Words] = Counter()
    for one in spoken:
        for length in range(1, LONGEST_SPAN + 1):
            times.update(one.said[i : i + length] for i in range(len(one.said) - length + 1))
        for kind, begin, end, heard_begin, heard_end in SequenceMatcher(
            None, one.said, one.final, autojunk=False
        ).get_opcodes():
            if kind == "replace" and max(end - begin, heard_end - heard_begin) <= LONGEST_SPAN:
                heard = one.final[heard_begin:heard_end]
                mistaken.setdefault(one.said[begin:end], Counter())[heard] += 1
    return {
        said: Confusion(
            tuple(heards),
            tuple(count / heards.total() for count in heards.values()),
            min(1.0, heards.total() / times[said]),
        )
        for said, heards in mistaken.items()
    }


def misheard(
    utterances: Sequence[Utterance],
    table: Mapping[Words, Confusion],
    share: float,
    weight: float,
    seed: int,
) -> list[Utterance]:
    """Return some utterances once more, with one span of each mistaken.

    Which span is drawn by how often it is mistaken, what for by how often that was heard. Left out are commands of
    which too little remains (`still_says`), and texts that would then be a command in one mouth and none in another.

    Args:
        utterances: finished ones.
        table: as from `confusions`.
        share: of the utterances that are misheard, 0 to 1.
        weight: how many times such an utterance counts, compared with what was said.
        seed: of the draws.
    """
    random = np.random.default_rng(seed)
    said = {u.words: u.intent for u in utterances}
    found: dict[Words, Utterance] = {}
    ambiguous: set[Words] = set()  # what was heard cannot tell two intents apart
    for utterance in utterances:
        if random.random() >= share:
            continue
        spans = [
            (begin, begin + length)
            for length in range(1, LONGEST_SPAN + 1)
            for begin in range(len(utterance.words) - length + 1)
            if utterance.words[begin : begin + length] in table
        ]
        if not spans:
            continue
        rates = np.array([table[utterance.words[begin:end]].rate for begin, end in spans])
        begin, end = spans[random.choice(len(spans), p=rates / rates.sum())]
        confusion = table[utterance.words[begin:end]]
        heard = confusion.heard[random.choice(len(confusion.heard), p=np.array(confusion.shares))]
        words = (*utterance.words[:begin], *heard, *utterance.words[end:])
        if utterance.intent != "none" and not still_says(utterance.words, words):
            continue
        other = found.get(words)
        if utterance.intent != said.get(words, other.intent if other else utterance.intent):
            ambiguous.add(words)
            continue
        found[words] = replace(utterance, words=words, weight=weight * utterance.weight)
    return [u for words, u in found.items() if words not in ambiguous]
