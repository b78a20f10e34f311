"""What Foreglow's language model is compared with: one file a peer, each with its recipe and a `fit`.

What every peer can do is told by peer.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from benchmarks.peers.mined import fit_mined
from benchmarks.peers.peer import Peer
from model.examples import Utterance


@dataclass(frozen=True)
class Kind:
    """A peer before training."""

    title: str
    """What the tables call it."""

    module: str
    """File of this package that holds it."""

    recipe: str
    """Name of its recipe in that file."""

    graded: bool = True
    """Whether it gives probabilities; without them there is no threshold to choose."""

    pool: bool = False
    """Whether it searches more text that asks for nothing for hard negatives, as ours does."""

    mined: bool = False
    """Whether it is trained a second time, with the utterances of that text that came closest to firing."""

    mixture: tuple[tuple[str, Any], ...] = ()
    """Fields of the Mixture, and their values, that are others for it than for the rest."""


KINDS = {
    "saffu": Kind("SAFFU language model (ours)", "saffu", "WARM", pool=True),
    "network": Kind("ours, network alone", "variants", "NO_EVIDENCE", pool=True),
    "evidence": Kind("ours, evidence alone", "evidence", "EVIDENCE", pool=True),
    "saffu_cold": Kind("ours, random start", "saffu", "COLD", pool=True),
    "saffu_explicit": Kind("ours, counts only", "saffu", "EXPLICIT"),
    "logistic": Kind("logistic regression, sentences", "logistic", "SENTENCES"),
    "logistic_mined": Kind("the same, hard negatives", "logistic", "SENTENCES", mined=True),
    "logistic_prefix": Kind("logistic regression, prefixes", "logistic", "PREFIXES"),
    "kneser_ney": Kind("Kneser-Ney trigrams", "kneser_ney", "TRIGRAMS"),
    "hassil": Kind("hassil templates", "household", "HOUSEHOLD", graded=False),
    "gru": Kind("GRU", "gru", "GRU"),
    "gru_mined": Kind("GRU, hard negatives", "gru", "GRU", mined=True),
    "transformer": Kind("transformer", "transformer", "TRANSFORMER"),
}
"""Every peer by the name used on the command line, in the order of the tables."""


def _variant(title: str, recipe: str = "SHIPPED", mixture: tuple[tuple[str, Any], ...] = ()) -> Kind:
    return Kind(title, "variants", recipe, pool=True, mixture=mixture)


_MORE_PHRASES = (
    ("command_cap", 75),
    ("look_alike_cap", 240),
    ("home_assistant_cap", 18),
    ("phrase_weight", 1 / 3),
)

VARIANTS = {
    "co_occurrence": _variant("vectors: co-occurrence", "CO_OCCURRENCE"),
    "random_vectors": _variant("vectors: random", "RANDOM_VECTORS"),
    "frozen_vectors": _variant("vectors: never moved", "FROZEN_VECTORS"),
    "slow_vectors": _variant("vectors: two passes frozen, then a tenth as fast", "SLOW_VECTORS"),
    "document": _variant("document context added", "DOCUMENT"),
    "no_block": _variant("no block context (running maximum)", "NO_BLOCK"),
    "attention": _variant("attention (K = 16) added", "ATTENTION"),
    "published": _variant("the contexts and hidden layer of the paper", "PUBLISHED"),
    "softmax_hidden": _variant("softmax hidden layer", "SOFTMAX_HIDDEN"),
    "hidden_24": _variant("hidden layer of 24", "HIDDEN_24"),
    "hidden_96": _variant("hidden layer of 96", "HIDDEN_96"),
    "radius_3": _variant("radius 3", "RADIUS_3"),
    "radius_8": _variant("radius 8", "RADIUS_8"),
    "context_tokens": Kind("context tokens, drawn by chance", "context_tokens", "DRAWN", pool=True),
    "words_700": _variant("700 known words", "WORDS_700"),
    "words_3000": _variant("3,000 known words", "WORDS_3000"),
    "words_by_frequency": _variant("known words: all by how often they are said", "WORDS_BY_FREQUENCY"),
    "no_dropout": _variant("no dropout", "NO_DROPOUT"),
    "stopped_early": _variant("up to twice the passes, stopped by a twentieth of the text", "STOPPED_EARLY"),
    "ngrams_3000": _variant("evidence of 3,000 n-grams", "NGRAMS_3000"),
    "ngrams_30000": _variant("evidence of 30,000 n-grams", "NGRAMS_30000"),
    "no_sounds": _variant("no likeness in sound", "NO_SOUNDS"),
    "evidence_counted": _variant("evidence from counts only", "EVIDENCE_COUNTED"),
    "no_hard_negatives": _variant("no hard negatives", "NO_HARD_NEGATIVES"),
    "ends_only": _variant("whole sentences only", "ENDS_ONLY"),
    "no_broken_off": _variant("no broken-off sentences", mixture=(("unfinished", 0.0),)),
    "more_phrases": _variant("three times the phrases, each a third", mixture=_MORE_PHRASES),
    "no_misheard": _variant("no phrases misheard at random", mixture=(("misheard", 0.0),)),
    "no_spoken": _variant(
        "no spoken text, none misheard", mixture=(("spoken_weight", 0.0), ("misheard", 0.0))
    ),
    "no_cut_in": _variant(
        "no pieces of talk", mixture=(("pieces", 0.0), ("preceded", 0.0), ("followed", 0.0))
    ),
}
"""Our own model, each time with one thing changed; benchmarks/ablations.py tells which."""


def kind_of(name: str) -> Kind:
    """Return a peer or a variant by its name."""
    return KINDS.get(name) or VARIANTS[name]


def recipe_of(name: str) -> Any:
    """Return the recipe of a peer or variant; only now is what it needs imported."""
    kind = kind_of(name)
    return getattr(import_module(f"benchmarks.peers.{kind.module}"), kind.recipe)


def fit(name: str, utterances: Sequence[Utterance], seed: int, pool: Sequence[Utterance] = ()) -> Peer:
    """Return the peer, trained on utterances; those of the pool ask for nothing, and only some peers search them.

    Ours goes on from its first descent; a mined peer begins again with what was found added.
    """
    recipe, kind = recipe_of(name), kind_of(name)
    if kind.mined:
        return fit_mined(recipe, utterances, seed, pool)
    peer: Peer = recipe.fit(utterances, seed, pool) if kind.pool else recipe.fit(utterances, seed)
    return peer
