"""Rounding to int8 loses little, and a bundle that loses more is not written."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from export import parity
from export.bundle import load_bundle, write_bundle
from export.errors import BundleError
from export.int8 import quantised, rounded
from export.parity import TOLERANCE, largest_difference
from model.base_model import BASE_FOLDER, load_base
from model.phrases import sample_phrases
from model.vocabulary import split_words
from tests.export.test_step_graph import THRESHOLDS
from tests.random_models import random_model

SENTENCES = [("w1", "w2", "w3"), ("w4",), ("w9", "w9", "never", "heard")]

matrices = arrays(np.float32, (4, 5), elements=st.floats(-1000, 1000, width=32, allow_subnormal=False))


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The committed model, and a bundle freshly made from it."""
    base = load_base(BASE_FOLDER)
    folder = tmp_path_factory.mktemp("base") / "bundle"
    thresholds = (base.thresholds, base.final_thresholds)
    return base.model, write_bundle(folder, base.model, base.vocabulary, *thresholds, base.metrics)


@given(matrices, st.sampled_from([0, 1]))
def test_every_number_is_moved_by_at_most_half_a_step_of_its_own_row_or_column(matrix, axis):
    stored = quantised(matrix, axis)
    step = np.abs(matrix).max(axis=axis, keepdims=True) / 127
    assert stored.values.dtype == np.int8
    assert (np.abs(stored.floats() - matrix) <= 0.501 * step + 1e-30).all()


@given(matrices)
def test_a_matrix_and_its_negative_are_rounded_alike(matrix):
    assert (quantised(matrix, 1).floats() == -quantised(-matrix, 1).floats()).all()


def test_a_row_of_zeros_stays_zero():
    assert (quantised(np.zeros((2, 3), np.float32), 1).floats() == 0).all()


def test_only_the_big_matrices_are_rounded():
    model, _ = random_model(3)
    after = rounded(model)
    changed = {k for k, v in vars(model.weights).items() if not (getattr(after.weights, k) == v).all()}
    assert changed == {"vectors", "words", "words_bias", "hidden", "direct"}
    assert not (after.evidence.weights == model.evidence.weights).all()
    assert (after.evidence.keys == model.evidence.keys).all()


def test_the_base_model_in_int8_says_what_it_says_in_float32(exported):
    model, bundle = exported
    phrases = [split_words(phrase.text) for phrase in sample_phrases(seed=1, per_template_cap=2)]
    difference = largest_difference(bundle, model, phrases)
    print(f"largest difference over {len(phrases)} phrases: {difference:.4f}")
    assert difference < TOLERANCE
    assert difference > 1e-6  # it is int8 that was compared


def test_the_base_model_in_int8_says_the_same_over_any_words(exported):
    model, bundle = exported
    largest = 0.0
    telling = ("turn", "switch", "on", "off", "the", "light", "lights", "lamp", "dark", "bright", "don't")
    words = st.sampled_from(telling) | st.sampled_from(bundle.vocabulary.words)

    @given(st.lists(st.lists(words, max_size=12), min_size=5, max_size=5))
    @settings(max_examples=40, deadline=None)
    def compare(sentences):
        nonlocal largest
        largest = max(largest, largest_difference(bundle, model, sentences))
        assert largest < TOLERANCE

    compare()
    print(f"largest difference over random words: {largest:.4f}")


def test_a_bundle_that_says_something_else_is_noticed(exported):
    model, bundle = exported
    weights = {**vars(model.weights), "lamp_bias": model.weights.lamp_bias + np.float32([1, 0, 0])}
    other = type(model)(model.sizes, type(model.weights)(**weights))
    assert largest_difference(bundle, other, [("turn", "on", "the")]) > TOLERANCE


def test_a_bundle_that_differs_too_much_is_not_written_and_the_one_in_service_stays(tmp_path, monkeypatch):
    model, vocabulary = random_model(3)
    before = write_bundle(tmp_path / "b", model, vocabulary, THRESHOLDS, THRESHOLDS, {}, sentences=SENTENCES)
    other, _ = random_model(4)
    monkeypatch.setattr(parity, "TOLERANCE", 1e-7)
    with pytest.raises(BundleError, match=r"differ by up to 0\.\d+ from those in float32, more than 1e-07"):
        write_bundle(tmp_path / "b", other, vocabulary, THRESHOLDS, THRESHOLDS, {}, sentences=SENTENCES)
    assert load_bundle(tmp_path / "b").version == before.version
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
