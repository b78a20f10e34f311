"""Choosing n-grams from counts and fitting their weights."""

from dataclasses import replace

import numpy as np
import pytest

from model.errors import ModelError
from model.evidence_fit import chosen_ngrams, fit_evidence, fitted, occurrences, with_new_words
from model.examples import Utterance, encode, word_counts
from model.explicit import explicit_weights
from model.ngrams import Lexicon, ngrams
from model.recipe import EvidenceRecipe
from model.training import hear
from model.vocabulary import Vocabulary

SAID = [
    *[Utterance(("turn", "on", "the", "light"), "light_on")] * 20,
    *[Utterance(("turn", "off", "the", "light"), "light_off")] * 20,
    *[Utterance(("turn", "off", "the", "radio"), "none")] * 20,
    *[Utterance(("the", "light", "is", "on"), "none")] * 20,
    *[Utterance(("what", "is", "that"), "none", 2.0)] * 20,
]
WORDS = Vocabulary.from_counts(word_counts(SAID), 50, 4)
EXAMPLES = encode(SAID, WORDS, 25)
RECIPE = EvidenceRecipe(prior=0.1)
NONE = Lexicon()


def number(*words: str) -> int:
    keys = ngrams(np.array([WORDS.ids(words)], np.int32), NONE)
    return int(keys[0, -1, len(words) - 1])


def test_kept_n_grams_are_those_that_tell_most_about_the_lamps_turn():
    keys, counts = chosen_ngrams(EXAMPLES, 1 + len(WORDS.words), NONE, replace(RECIPE, ngrams=6))
    assert number("turn", "on", "the") in keys
    assert number("the") not in keys  # nearly everything has it
    everything, all_counts = chosen_ngrams(EXAMPLES, 1 + len(WORDS.words), NONE, RECIPE)
    assert number("the", "radio") in everything
    place = everything.tolist().index(number("off", "the"))
    assert all_counts.features[place].tolist() == [0, 20, 20]
    assert all_counts.classes.tolist() == [20, 20, 80]
    assert len(counts.features) == len(keys) == 6


def test_an_n_gram_counts_once_an_utterance_and_rare_ones_are_left_out():
    said = [Utterance(("la", "la", "la"), "none"), Utterance(("la",), "none"), Utterance(("solo",), "none")]
    words = Vocabulary(("la", "solo", "</s>"), 1)
    keys, counts = chosen_ngrams(encode(said, words, 25), 4, NONE, RECIPE)
    la = int(ngrams(np.array([[words.id("la")]], np.int32), NONE)[0, 0, 0])
    assert counts.features[keys.tolist().index(la)].tolist() == [0, 0, 2]
    assert words.id("solo") not in keys


def test_unknown_words_are_in_no_n_gram():
    said = [Utterance(("turn", "zyx"), "light_on")] * 5
    keys, _ = chosen_ngrams(encode(said, WORDS, 25), 1 + len(WORDS.words), NONE, RECIPE)
    assert WORDS.id("zyx") not in keys
    assert number("turn") in keys
    assert all(key & 0xFFF <= len(WORDS.words) for key in keys.tolist())


def test_sparse_products_are_those_of_the_matrix():
    keys, _ = chosen_ngrams(EXAMPLES, 1 + len(WORDS.words), NONE, RECIPE)
    X = occurrences(keys, EXAMPLES, NONE)
    dense = np.zeros((len(EXAMPLES), len(keys) + 1))
    dense[:, -1] = 1
    for row, ids in enumerate(EXAMPLES.ids):
        for key in ngrams(ids[None, : EXAMPLES.lengths[row]], NONE)[0].ravel():
            dense[row] += np.append(keys == key, False)
    random = np.random.default_rng(0)
    V, G = random.normal(0, 1, (X.size, 3)), random.normal(0, 1, (len(EXAMPLES), 3))
    assert np.allclose(X.times(V), dense @ V)
    assert np.allclose(X.transposed_times(G), dense.T @ G)


def test_descent_ends_where_the_gradient_vanishes_whatever_the_start():
    keys, counts = chosen_ngrams(EXAMPLES, 1 + len(WORDS.words), NONE, RECIPE)
    thorough = replace(RECIPE, iterations=500, tolerance=1e-6)
    U, b = explicit_weights(counts, 0.5)
    warm = fitted(keys, np.concatenate([U, b[None]]), EXAMPLES, NONE, thorough)
    cold = fitted(keys, np.zeros_like(warm), EXAMPLES, NONE, thorough)
    assert np.allclose(warm[:-1], cold[:-1], atol=1e-4)
    assert np.allclose(warm[-1] - warm[-1].mean(), cold[-1] - cold[-1].mean(), atol=1e-4)


def test_it_tells_commands_from_what_sounds_like_them():
    evidence = fit_evidence(SAID, EXAMPLES, WORDS, RECIPE)
    for utterance in {u.words: u for u in SAID}.values():
        end = hear(evidence, WORDS, utterance.words)[-1]
        assert end.argmax() == ("light_on", "light_off", "none").index(utterance.intent), utterance


def test_what_was_learned_of_words_is_not_said_of_them_after_a_negation():
    said = [*SAID, *[Utterance(("never", "mind", "the", "radio"), "none")] * 20]
    words = Vocabulary.from_counts(word_counts(said), 50, 4)
    evidence = fit_evidence(said, encode(said, words, 25), words, RECIPE)
    assert hear(evidence, words, ("turn", "on", "the", "light"))[-1].argmax() == 0
    assert hear(evidence, words, ("never", "turn", "on", "the", "light"))[-1].argmax() == 2


def test_what_a_pool_would_make_it_fire_at_is_learned_too():
    trap = Utterance(("turn", "on", "the", "light", "is", "that"), "none")
    before = fit_evidence(SAID, EXAMPLES, WORDS, RECIPE)
    after = fit_evidence(SAID, EXAMPLES, WORDS, RECIPE, [trap] * 20, hard_negatives=20)
    assert hear(after, WORDS, trap.words)[-1, 0] < hear(before, WORDS, trap.words)[-1, 0]


def test_new_words_get_evidence_and_no_other_weight_moves():
    evidence = fit_evidence(SAID, EXAMPLES, WORDS, RECIPE)
    grown = Vocabulary((*WORDS.words, "lumos"), WORDS.hashed_slots)
    new = grown.id("lumos")
    said = [Utterance(("lumos",), "light_on")] * 9 + [Utterance(("is", "that", "lumos"), "none")] * 3
    more = with_new_words(evidence, new, range(new, new + 1), encode(said, grown, 25), RECIPE)
    kept = np.isin(more.keys, evidence.keys)
    assert (more.weights[kept] == evidence.weights).all()
    assert kept.sum() == len(evidence.keys) < len(more.keys)
    assert hear(more, grown, ("lumos",))[-1, 0] > hear(evidence, grown, ("lumos",))[-1, 0] + 0.3
    assert hear(more, grown, ("is", "that", "lumos"))[-1].argmax() == 2
    for text in ("turn on the light", "what is that", "the radio"):
        assert np.allclose(hear(more, grown, text.split()), hear(evidence, WORDS, text.split()))


def test_a_vocabulary_too_large_to_number_is_refused():
    words = Vocabulary(tuple(f"w{n}" for n in range(5000)), 4)
    with pytest.raises(ModelError, match="at most 4,095 ids"):
        fit_evidence(SAID, EXAMPLES, words, RECIPE)
