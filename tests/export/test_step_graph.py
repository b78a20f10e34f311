"""The exported graph says what the reference says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export.bundle import write_bundle
from export.session import StepSession
from model.language_model import LanguageModel, Sizes, Weights
from model.vocabulary import Vocabulary

THRESHOLDS = {"light_on": 0.9, "light_off": 0.9}


def random_model(seed: int, memory: float) -> tuple[LanguageModel, Vocabulary]:
    """A small model with wild weights, and words w0, w1, … for it."""
    random = np.random.default_rng(seed)
    s = Sizes(known_words=20, hashed_slots=3, bits=6, radius=3, hidden=5, memory=memory)

    def draw(*shape: int) -> np.ndarray:
        return random.normal(0, 2, shape).astype(np.float32)

    weights = Weights(
        vectors=random.dirichlet(np.ones(s.bits), s.vocabulary).astype(np.float32),
        hidden=draw(s.features, s.hidden),
        hidden_bias=draw(s.hidden),
        direct=draw(s.features, 3),
        lamp=draw(s.hidden, 3),
        block=draw(s.hidden, 3),
        lamp_bias=draw(3),
        words=draw(s.hidden, s.vocabulary),
        words_bias=draw(s.vocabulary),
    )
    return LanguageModel(s, weights), Vocabulary(tuple(f"w{n}" for n in range(20)), 3)


@pytest.fixture(scope="module", params=[0.0, 0.25])
def pair(request, tmp_path_factory):
    """A reference model and the session of its exported bundle."""
    model, vocabulary = random_model(11, request.param)
    folder = tmp_path_factory.mktemp("bundle") / "b"
    bundle = write_bundle(folder, model, vocabulary, THRESHOLDS, THRESHOLDS, {})
    return model, vocabulary, StepSession(bundle)


words = st.lists(st.integers(0, 30).map(lambda n: f"w{n}"), min_size=1, max_size=30)


@given(words)
@settings(max_examples=100, deadline=None)
def test_graph_and_reference_agree_over_random_utterances(pair, sentence):
    model, vocabulary, session = pair
    state = session.start()
    for word, expected in zip(sentence, model.read(vocabulary.ids(sentence)), strict=True):
        got, state = session.step(state, word)
        assert np.allclose(got, expected, atol=1e-5)


@given(st.lists(st.integers(0, 23), min_size=1, max_size=40))
@settings(max_examples=50, deadline=None)
def test_states_and_next_words_agree_when_utterances_follow_each_other(pair, ids):
    model, _, session = pair
    state = expected_state = model.initial_state()
    for word in [0, *ids]:
        feed = {"word": np.array([word], np.int64), "state": state}
        lamp, state, next_word = session._session.run(None, feed)
        expected_lamp, expected_state, expected_word = model.step(word, expected_state)
        assert np.allclose(state, expected_state, atol=1e-5)
        assert np.allclose(lamp, expected_lamp, atol=1e-5)
        assert np.allclose(next_word, expected_word, atol=1e-5)


def test_likely_next_words_come_with_their_probabilities_best_first(pair):
    model, vocabulary, session = pair
    _, state, _ = model.step(0, model.initial_state())
    _, _, expected = model.step(vocabulary.id("w3"), state)
    best = session.next_words(session.start(), "w3", 5)
    assert [p for _, p in best] == sorted((p for _, p in best), reverse=True)
    assert best[0][1] == pytest.approx(expected[1:21].max(), abs=1e-5)
    assert expected[vocabulary.id(best[0][0])] == pytest.approx(best[0][1], abs=1e-5)


def test_a_step_leaves_the_state_it_was_given_alone(pair):
    _, _, session = pair
    before = session.start().copy()
    session.step(session.start(), "w1")
    assert (session.start() == before).all()
