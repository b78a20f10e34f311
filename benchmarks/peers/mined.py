"""Hard negatives for peers that do not search for any: trained, held against more text, and trained again."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.peers.peer import Peer
from model.examples import Utterance
from model.intent import ACTIONS
from model.recipe import Recipe


def fit_mined(recipe: Any, utterances: Sequence[Utterance], seed: int, pool: Sequence[Utterance]) -> Peer:
    """Return a peer that began again with what came closest to firing in the pool, which asks for nothing."""
    heard = {u.words for u in utterances}
    found = closest(recipe.fit(utterances, seed), [u for u in pool if u.words not in heard], Recipe())
    peer: Peer = recipe.fit([*utterances, *found], seed)
    return peer


def closest(peer: Peer, pool: Sequence[Utterance], recipe: Recipe) -> list[Utterance]:
    """Return the utterances of a pool that came closest to firing at any word, as many and as far as ours hears."""
    begun = [u.words[: recipe.longest] for u in pool]
    peaks = []
    for words, u, trace in zip(begun, pool, peer.hear_all(begun), strict=True):
        rows = trace if len(words) == len(u.words) else trace[:-1]  # the end of what was cut was not heard
        peaks.append(rows[:, : len(ACTIONS)].max())
    return [pool[index] for index in np.argsort(-np.array(peaks), kind="stable")[: recipe.hard_negatives]]
