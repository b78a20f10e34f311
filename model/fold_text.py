"""Text of one fold of a cross-validation: what a model learns from, and what it has never seen and is judged by.

Labelled requests are divided into folds, near-duplicates in the same fold; phrases, other requests and talk that are
near-duplicates of what is held out are left out too. One meeting in HELD_MEETINGS is held out of every training; each
fold's model hears its own share of their talk, so that all of it is heard once.
"""

from dataclasses import dataclass

import numpy as np

from model.corpus import Corpus, Mixture, check_can_be_judged, pool, training_utterances
from model.examples import Utterance
from model.folds import held_out, without_near_duplicates

HELD_MEETINGS = 4
"""One meeting in this many is held out."""


@dataclass(frozen=True)
class FoldText:
    """What the model of a fold learns from and is judged by."""

    training: list[Utterance]
    """The mixture."""

    pool: list[Utterance]
    """More that asks for nothing, searched for hard negatives; nothing held out is in it."""

    talk: list[Utterance]
    """Of the meetings that are not held out."""

    requests: list[Utterance]
    """The labelled requests of the fold, held out."""

    overheard: list[Utterance]
    """The fold's share of the talk that is held out."""


def fold_text(corpus: Corpus, mixture: Mixture, folds: int, seed: int, fold: int) -> FoldText:
    """Return the text of fold number `fold`, from 0; the seed divides requests and meetings and chooses samples.

    Raises:
        ModelError: there is too little to hold a part of it out.
    """
    check_can_be_judged(corpus)
    meetings = sorted(corpus.talk)
    held = set(np.random.default_rng(seed).permutation(meetings)[: len(meetings) // HELD_MEETINGS])
    talk = [u for meeting in meetings if meeting not in held for u in corpus.talk[meeting]]
    overheard = [u for meeting in sorted(held) for u in corpus.talk[meeting]]
    requests, learned = held_out(corpus.real, corpus.labelled, folds, seed)[fold]
    mixed = training_utterances(mixture, training_seed(folds, seed, fold), learned, corpus.requests, talk)
    training, searched = (
        without_near_duplicates(said, requests) for said in (mixed, pool(corpus.requests, talk))
    )
    return FoldText(training, searched, talk, requests, overheard[fold::folds])


def training_seed(folds: int, seed: int, fold: int) -> int:
    """Return the seed of a fold's samples and training; no two models of a run share one."""
    return folds * seed + fold
