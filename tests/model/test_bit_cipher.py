"""The bit cipher is exactly the published one, and densifying keeps its promises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.bit_cipher import cipher_bits, cipher_vectors, densify
from model.errors import ModelError

FOUR_BITS = "1000 0100 0010 0001 0011 0101 1001 0110 1010 1100 1101 1011 0111 1110 1111".split()
FIVE_BITS_BEGIN = (
    "10000 01000 00100 00010 00001 00011 00101 01001 10001 00110 01010 10010 01100 10100 11000 11001"
).split()


def as_text(rows: np.ndarray) -> list[str]:
    return ["".join(str(bit) for bit in row) for row in rows]


def tokens_and_bits() -> st.SearchStrategy[tuple[int, int]]:
    return st.integers(2, 9).flatmap(lambda bits: st.tuples(st.integers(1, 2**bits - 1), st.just(bits)))


def test_four_bits_give_the_published_order():
    assert as_text(cipher_bits(15, 4)) == FOUR_BITS


def test_five_bits_begin_with_the_published_order():
    assert as_text(cipher_bits(31, 5))[: len(FIVE_BITS_BEGIN)] == FIVE_BITS_BEGIN


@given(tokens_and_bits())
def test_every_token_has_its_own_pattern_and_weights_never_fall(size):
    tokens, bits = size
    Z = cipher_bits(tokens, bits)
    assert Z.shape == (tokens, bits)
    assert len(set(as_text(Z))) == tokens
    assert (np.diff(Z.sum(axis=1).astype(int)) >= 0).all()
    assert Z.sum(axis=1).min() >= 1


@given(tokens_and_bits())
def test_fewer_tokens_are_a_prefix_of_more(size):
    tokens, bits = size
    assert (cipher_bits(2**bits - 1, bits)[:tokens] == cipher_bits(tokens, bits)).all()


@given(st.integers(1, 10))
def test_too_few_bits_are_refused(bits):
    with pytest.raises(ModelError, match=f"use at least {bits + 1} bits"):
        cipher_bits(2**bits, bits)


@given(tokens_and_bits(), st.integers(0, 2**32 - 1))
def test_densified_vectors_are_positive_with_unit_norm(size, seed):
    tokens, bits = size
    counts = np.random.default_rng(seed).integers(0, 1000, tokens) + 1.0
    E = densify(cipher_vectors(tokens, bits), counts)
    assert np.allclose(E.sum(axis=1), 1.0)
    assert (E > 0).all()


def test_rare_tokens_get_more_noise_than_frequent_ones():
    E = densify(cipher_vectors(6, 4), np.array([1000.0, 100.0, 50.0, 10.0, 2.0, 1.0]))
    zeros = cipher_bits(6, 4) == 0
    assert E[5][zeros[5]].sum() > E[0][zeros[0]].sum() > 0
