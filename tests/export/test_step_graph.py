"""The exported graphs say what the reference says."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export.bundle import write_bundle
from export.int8 import rounded
from export.layout import state_length
from export.session import StepSession
from export.step_graph import step_graph
from tests.random_models import random_model

THRESHOLDS = {"light_on": 0.9, "light_off": 0.9}


@pytest.fixture(scope="module", params=[11, 12])
def pair(request, tmp_path_factory):
    """A model as int8 rounds it, which the graphs must equal, and the session of its exported bundle."""
    model, vocabulary = random_model(request.param)
    folder = tmp_path_factory.mktemp("bundle") / "b"
    bundle = write_bundle(folder, model, vocabulary, THRESHOLDS, THRESHOLDS, {})
    return rounded(model), vocabulary, StepSession(bundle)


words = st.lists(st.integers(0, 30).map(lambda n: f"w{n}"), min_size=1, max_size=30)


@given(words)
@settings(max_examples=100, deadline=None)
def test_graph_and_reference_agree_over_random_utterances(pair, sentence):
    model, vocabulary, session = pair
    state = session.start()
    for word, expected in zip(sentence, model.read(vocabulary.ids(sentence)), strict=True):
        got, state = session.step(state, word)
        assert np.allclose(got, expected, atol=2e-5)


@given(words)
@settings(max_examples=50, deadline=None)
def test_next_words_agree_with_the_reference_after_every_word(pair, sentence):
    model, vocabulary, session = pair
    known = vocabulary.words
    state = session.start()
    _, expected_state, _ = model.step(0, model.initial_state())
    for word in sentence:
        likely = dict(session.next_words(state, word, len(known)))
        _, state = session.step(state, word)
        _, expected_state, expected = model.step(vocabulary.id(word), expected_state)
        assert np.allclose([likely[w] for w in known], expected[1 : 1 + len(known)], atol=2e-5)


def test_likely_next_words_come_with_their_probabilities_best_first(pair):
    model, vocabulary, session = pair
    _, state, _ = model.step(0, model.initial_state())
    _, _, expected = model.step(vocabulary.id("w3"), state)
    best = session.next_words(session.start(), "w3", 5)
    assert [p for _, p in best] == sorted((p for _, p in best), reverse=True)
    assert best[0][1] == pytest.approx(expected[1:21].max(), abs=2e-5)
    assert expected[vocabulary.id(best[0][0])] == pytest.approx(best[0][1], abs=2e-5)


def test_a_step_leaves_the_state_it_was_given_alone(pair):
    _, _, session = pair
    before = session.start().network.copy()
    session.step(session.start(), "w1")
    assert (session.start().network == before).all()


def test_the_state_is_as_long_as_the_bundle_says(pair):
    model, _, session = pair
    assert session.start().network.shape == (1, state_length(model.sizes))


def test_what_depends_on_weights_alone_is_computed_when_the_graph_is_loaded(tmp_path):
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    graph = step_graph(random_model(1)[0]).SerializeToString()
    ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    every_step = [node.op_type for node in onnx.load(tmp_path / "optimised.onnx").graph.node]
    assert len(every_step) <= 12, every_step
    assert not {"Cast", "Mul", "Pad"} & set(every_step), every_step
