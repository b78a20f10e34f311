"""Cross-validation folds in which near-duplicates stay together, and text that holds none of what is judged."""

import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache

from model.examples import Utterance

COURTESY = frozenset(
    "please can you could would will hey olly alexa siri ok okay google me for i want to need the a an my in of".split()
)
"""Words whose presence does not make a request a different one."""

SIMILAR = 0.8
"""Two utterances are near-duplicates when the words they share are at least this part of all their words."""


def near_duplicate_groups(utterances: Sequence[Utterance]) -> list[int]:
    """Return a group number for each utterance: the index of the group's first member.

    Near-duplicates are utterances with the same words but for courtesy, or with a Jaccard similarity of at
    least SIMILAR; groups are the connected parts of that relation.
    """
    parent = list(range(len(utterances)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    def join(a: int, b: int) -> None:
        a, b = root(a), root(b)
        parent[max(a, b)] = min(a, b)

    sets = [frozenset(u.words) for u in utterances]
    frequency = Counter(word for words in sets for word in words)
    by_core: dict[frozenset[str], int] = {}
    by_word: dict[str, list[int]] = defaultdict(list)
    for index, words in enumerate(sets):
        join(index, by_core.setdefault(_core(words), index))
        for candidate in {other for word in _rarest(words, frequency) for other in by_word[word]}:
            if _similar(words, sets[candidate]):
                join(index, candidate)
        for word in words:
            by_word[word].append(index)
    return [root(index) for index in range(len(utterances))]


def without_near_duplicates(learned: Sequence[Utterance], judged: Sequence[Utterance]) -> list[Utterance]:
    """Return what is left of `learned` without the near-duplicates of anything in `judged`, in its order."""
    sets = {frozenset(u.words) for u in judged}
    cores = {_core(words) for words in sets}
    frequency = Counter(word for words in sets for word in words)
    by_word: dict[str, list[frozenset[str]]] = defaultdict(list)
    for words in sets:
        for word in words:
            by_word[word].append(words)

    @cache
    def resembles(words: frozenset[str]) -> bool:
        return _core(words) in cores or any(
            _similar(words, other) for word in _rarest(words, frequency) for other in by_word.get(word, ())
        )

    return [u for u in learned if not resembles(frozenset(u.words))]


def _core(words: frozenset[str]) -> frozenset[str]:
    return words - COURTESY or words


def _similar(words: frozenset[str], other: frozenset[str]) -> bool:
    return len(words & other) >= SIMILAR * len(words | other)


def _rarest(words: frozenset[str], frequency: Counter[str]) -> list[str]:
    """Return so many words that a near-duplicate shares one: of n it shares at least 0.8 n, so one of any fifth plus
    one."""
    return sorted(words, key=lambda word: (frequency[word], word))[: len(words) // 5 + 1]


def fold_numbers(utterances: Sequence[Utterance], folds: int, seed: int) -> list[int]:
    """Return the fold, 0 to folds - 1, of each utterance; a group falls into one fold, drawn by its first text."""
    groups = near_duplicate_groups(utterances)
    return [zlib.crc32(f"{seed} {' '.join(utterances[group].words)}".encode()) % folds for group in groups]


def held_out(
    judged: Sequence[Utterance], learned: Sequence[Utterance], folds: int, seed: int
) -> list[tuple[list[Utterance], list[Utterance]]]:
    """Return for each fold what is held out of `judged`, and what is left of both without a near-duplicate of it."""
    numbered = list(zip([*judged, *learned], fold_numbers([*judged, *learned], folds, seed), strict=True))
    return [
        (
            [u for u, number in numbered[: len(judged)] if number == fold],
            [u for u, number in numbered if number != fold],
        )
        for fold in range(folds)
    ]
