"""Co-occurrence vectors: sums of neighbours that add up, unit vectors, and likeness from like company."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.bit_cipher import cipher_vectors, densify
from model.co_occurrence import co_occurrence_vectors, neighbour_sums
from model.context_counts import GRID
from model.errors import ModelError
from model.examples import Examples, Utterance, encode
from model.vocabulary import Vocabulary

WORDS = tuple("abcdefghijkl")
VOCABULARY = Vocabulary(WORDS, 2)
V, RADIUS, BITS = len(VOCABULARY), 2, 16

utterances = st.lists(
    st.builds(
        lambda words, weight, finished: Utterance(tuple(words), "none", float(weight), finished=finished),
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=7),
        st.integers(1, 3),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


def sums_of(said: list[Utterance]) -> np.ndarray:
    return neighbour_sums(encode(said, VOCABULARY, 25), V, BITS, RADIUS)


@given(utterances)
@settings(deadline=None)
def test_every_place_sums_the_vectors_of_the_words_that_stood_there(said):
    examples: Examples = encode(said, VOCABULARY, 25)
    Z = np.round(cipher_vectors(V, BITS // (2 * RADIUS)) / GRID) * GRID
    expected = np.zeros((V, 2 * RADIUS, Z.shape[1]))
    rows = zip(examples.ids, examples.lengths, examples.weights, examples.finished, strict=True)
    for ids, length, weight, finished in rows:
        # The start token fills the places before the first word, and one follows the end.
        line = [0] * RADIUS + list(ids[:length]) + [0] * int(finished)
        for right in range(RADIUS, len(line)):
            for distance in range(1, RADIUS + 1):
                left = right - distance
                expected[line[right], RADIUS - distance] += weight * Z[line[left]]
                expected[line[left], RADIUS + distance - 1] += weight * Z[line[right]]
    assert np.allclose(sums_of(said), expected.reshape(V, BITS))


@given(utterances, utterances)
@settings(deadline=None)
def test_sums_of_two_parts_are_the_very_sums_of_the_whole(first, second):
    assert (sums_of(first) + sums_of(second) == sums_of([*first, *second])).all()


@given(utterances, st.floats(0, 1))
@settings(deadline=None)
def test_vectors_are_positive_and_of_unit_norm(said, ratio):
    vectors = co_occurrence_vectors(sums_of(said), np.ones(V), ratio)
    assert vectors.shape == (V, BITS)
    assert (vectors > 0).all()
    assert np.allclose(vectors.sum(axis=1), 1)


@given(utterances)
@settings(deadline=None)
def test_with_nothing_but_identity_the_cipher_is_left(said):
    frequencies = np.arange(V) + 1.0
    expected = densify(cipher_vectors(V, BITS), frequencies)
    assert np.allclose(co_occurrence_vectors(sums_of(said), frequencies, 1.0), expected)


def test_words_of_like_company_get_like_vectors_and_others_do_not():
    said = [Utterance((x, y, z), "none") for x in "ab" for y in "cd" for z in "ef"]
    said += [Utterance(("g", "h", "i"), "none")] * 4
    E = co_occurrence_vectors(sums_of(said), np.full(V, 10.0), 0.0)
    c, d, a, h = (E[VOCABULARY.id(word)] for word in "cdah")
    assert np.allclose(c, d)
    assert np.abs(c - h).sum() > 0.2
    assert np.abs(c - a).sum() > 0.2


@pytest.mark.parametrize(("bits", "radius"), [(16, 0), (16, 3), (12, 2)])
def test_bits_that_do_not_fit_the_places_are_refused(bits, radius):
    with pytest.raises(ModelError, match=r"shared|tell"):
        neighbour_sums(encode([Utterance(("a",), "none")], VOCABULARY, 25), V, bits, radius)
