"""Sentences that ask for nothing, and n-gram counts made without them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from model.corpus import Mixture, phrase_utterances, read_corpus
from model.examples import Utterance
from model.ngram_counts import NgramCounts, count_ngrams
from model.unfinished import LAMPS
from model.vocabulary import split_words

EACH: Final = 1_000
"""Sentences of each group."""

MEETINGS: Final = 0.1
"""Share of the meetings from which talk is taken; all of their talk is left out of the counts."""

SEED: Final = 4

UNSEEN_FILE: Final = "slurp_sentences.txt"


@dataclass(frozen=True)
class Text:
    """What was read."""

    groups: dict[str, list[str]]
    """EACH sentences that ask for nothing, by title."""

    rest: list[Utterance]
    """The labelled text less those sentences."""


def read_text(data: Path) -> Text:
    """Read the data files. Raises ModelError, OSError."""
    random = np.random.default_rng(SEED)
    corpus = read_corpus(data)
    idle = sorted({u.words for u in corpus.real if u.intent == "none"})
    requests = {idle[k] for k in random.permutation(len(idle))[:EACH]}
    meetings = sorted(corpus.talk)
    held = {meetings[k] for k in random.permutation(len(meetings))[: round(MEETINGS * len(meetings))]}
    spoken = sorted({u.words for meeting in held for u in corpus.talk[meeting]})
    talk = [spoken[k] for k in random.permutation(len(spoken))[:EACH]]
    learned = [*corpus.real, *corpus.labelled, *corpus.requests]
    rest = [u for u in learned if u.words not in requests]
    rest += [u for meeting in meetings if meeting not in held for u in corpus.talk[meeting]]
    groups = {"requests to assistants": sorted(requests), "overheard talk": talk}
    seen = {u.words for u in learned}
    lines = (data / UNSEEN_FILE).read_text(encoding="utf-8").splitlines()
    others = sorted({words for line in lines if (words := split_words(line)) and words not in seen})
    others = [words for words in others if LAMPS.isdisjoint(words)]
    groups["requests never seen"] = [others[k] for k in random.permutation(len(others))[:EACH]]
    return Text({title: [" ".join(words) for words in group] for title, group in groups.items()}, rest)


def counts_without(text: Text) -> NgramCounts:
    """Count n-grams as model/build_base.py does, but not those of the sentences."""
    said = [*phrase_utterances(Mixture(), 0), *text.rest]
    return count_ngrams(u.words for u in said)
