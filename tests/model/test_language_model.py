"""The reference model: one step at a time, and all prefixes at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import ModelError
from model.language_model import LanguageModel, Sizes, Weights
from model.model_file import load_model, save_model
from tests.export.test_step_graph import random_model

MODEL, VOCABULARY = random_model(1)
sentences = st.lists(st.integers(1, 23), min_size=1, max_size=20)


def stepped(ids: list[int]) -> np.ndarray:
    _, state, _ = MODEL.step(0, MODEL.initial_state())
    rows = []
    for word in ids:
        lamp, state, _ = MODEL.step(word, state)
        rows.append(lamp)
    return np.array(rows)


@given(sentences)
@settings(deadline=None)
def test_reading_all_prefixes_equals_stepping_through_them(ids):
    assert np.allclose(MODEL.read(ids), stepped(ids), atol=1e-5)


@given(sentences)
@settings(deadline=None)
def test_what_follows_does_not_change_what_was_predicted_before(ids):
    assert np.allclose(MODEL.read(ids)[:-1], MODEL.read([*ids[:-1], 7])[:-1], atol=1e-6)


def test_without_block_only_the_last_words_count():
    w, s = MODEL.weights, MODEL.sizes
    model = LanguageModel(s, Weights(**{**vars(w), "block": np.zeros_like(w.block)}))
    assert np.allclose(model.read([1, 2, 5, 6, 7])[-1], model.read([3, 4, 5, 6, 7])[-1])
    assert not np.allclose(model.read([5, 6, 7])[-1], model.read([5, 7, 6])[-1])


def test_nothing_of_an_utterance_is_left_when_the_next_begins():
    state = MODEL.initial_state()
    for word in (0, 3, 4, 0):
        _, state, _ = MODEL.step(word, state)
    assert (state == MODEL.step(0, MODEL.initial_state())[1]).all()


def test_weights_that_do_not_fit_the_sizes_are_refused_by_name():
    with pytest.raises(ModelError, match="`vectors`"):
        LanguageModel(Sizes(known_words=99), MODEL.weights)


def test_a_saved_model_is_read_back_bit_for_bit(tmp_path):
    save_model(MODEL, tmp_path / "model.npz")
    loaded = load_model(tmp_path / "model.npz")
    assert loaded.sizes == MODEL.sizes
    assert all((getattr(loaded.weights, name) == array).all() for name, array in vars(MODEL.weights).items())
    assert (loaded.buried.weights == MODEL.buried.weights).all()
    assert loaded.buried.offset == MODEL.buried.offset


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04 broken"])
def test_a_file_without_a_model_is_refused(tmp_path, content):
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="holds no language model"):
        load_model(path)


def test_a_pickle_is_never_unpacked(tmp_path):
    path = tmp_path / "model.npz"
    np.savez(path, vectors=np.array([print], dtype=object))
    with pytest.raises(ModelError, match="holds no language model"):
        load_model(path)
