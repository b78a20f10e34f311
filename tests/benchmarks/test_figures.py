"""The figures on traces that can be checked by hand."""

import numpy as np
import pytest

from benchmarks import figures
from benchmarks.figures import Judged, Thresholds
from benchmarks.protocol import Heard
from benchmarks.temperature import best_temperature, with_temperatures
from model.examples import Utterance
from model.intent import INTENTS

FAR = 1e-12


def heard(*utterances) -> Heard:
    """Each utterance as its label and P(light_on), P(light_off) after every word and the end."""
    said = [Utterance(("word",) * (len(rows) - 1), intent) for intent, *rows in utterances]
    traces = [np.array([(on, off, 1 - on - off) for on, off in rows]) for _, *rows in utterances]
    return Heard.of(said, traces)


REQUESTS = heard(
    ("light_on", (0.2, 0.1), (0.9, 0.05), (0.99, 0)),  # decided after its second and last word
    ("light_off", (0.1, 0.95), (0.1, 0.1), (0, 0.3), (0, 0.2)),  # decided after the first of three
    ("light_on", (0.1, 0.85), (0.9, 0.0), (0.95, 0)),  # begins as the opposite
    ("light_off", (0.1, 0.1), (0.1, 0.1), (0, 0.8)),  # decided at the end only
    ("none", (0.7, 0.1), (0.1, 0.1), (0, 0)),  # peaks while somebody speaks
    ("none", (0.1, 0.1), (0.1, 0.1), (0, 0.6)),  # peaks at the end
    ("none", (0.1, 0.1), (0.3, 0.1), (0, 0.1)),
)


@pytest.fixture
def requests() -> Judged:
    return Judged.of([REQUESTS])


def p_of(threshold: float) -> float:
    return float(1 / (1 + np.exp(-threshold)))


def test_one_threshold_lies_just_above_what_may_no_longer_fire(requests):
    for budget, peak in ((0, 0.7), (1, 0.6), (2, 0.3)):
        thresholds = figures.streaming(requests, budget)
        assert p_of(thresholds.partial) == pytest.approx(peak, abs=1e-6)
        assert thresholds.partial == thresholds.final
        assert figures.outcome(requests, thresholds).false_activations == budget


def test_half_the_budget_is_for_words_and_the_rest_for_the_end(requests):
    apart = figures.streaming_apart(requests, 1)
    assert p_of(apart.partial) == pytest.approx(0.7, abs=1e-6)
    assert p_of(apart.final) == pytest.approx(0.1, abs=1e-6)
    assert figures.outcome(requests, apart).false_activations == 1
    assert figures.outcome(requests, figures.streaming_apart(requests, 2)).false_activations == 2


def test_what_is_allowed_need_not_be_spent(requests):
    recalls = [figures.outcome(requests, figures.streaming(requests, k)).recall for k in range(4)]
    assert recalls[3] < recalls[1], "a threshold of nothing acts on the first word"
    assert figures.best(requests, figures.streaming, 3) == figures.streaming(
        requests, int(np.argmax(recalls))
    )
    assert figures.best(requests, figures.streaming, 0) == figures.streaming(requests, 0)


def test_whole_sentences_are_judged_by_their_end(requests):
    thresholds = figures.whole_sentence(requests, 0)
    assert thresholds.partial == np.inf
    assert p_of(thresholds.final) == pytest.approx(0.6, abs=1e-6)
    result = figures.outcome(requests, thresholds)
    assert result.decided.tolist() == [3, 0, 3, 3]
    assert (result.early, result.words_saved, result.early_errors) == (0, 0, 0)
    fired = figures.outcome(requests, figures.whole_sentence(requests, 1))
    assert (fired.false_activations, fired.early_false_activations) == (1, 0)


def test_the_first_crossing_decides(requests):
    result = figures.outcome(requests, figures.streaming(requests, 1))
    assert result.decided.tolist() == [2, 1, 0, 3]
    assert result.recall == 3 / 4
    assert (result.commands, result.others) == (4, 3)
    assert (result.wrong_intent, result.early_wrong_intent) == (1, 1)
    assert (result.false_activations, result.early_false_activations) == (1, 1)
    assert result.early == 1 / 4
    assert result.words_saved == pytest.approx((0 + 2 + 0) / 3)
    assert result.early_errors == 2 / 7


def test_certainty_is_told_apart_where_float32_probabilities_are_one():
    sure, surer = (np.array([[1, 0, rest]], np.float32) for rest in (1e-9, 1e-20))
    assert sure[0, 0] == surer[0, 0] == 1
    assert figures.evidence_of(sure)[0, 0] < figures.evidence_of(surer)[0, 0]


def test_without_probabilities_only_the_end_can_fire():
    zeros = np.zeros((3, 3), np.float32)
    silent, switched = zeros.copy(), zeros.copy()
    silent[-1, 2] = switched[-1, 1] = 1
    said = [Utterance(("a", "b"), "none"), Utterance(("a", "b"), "light_off")]
    result = figures.outcome(Judged.of([Heard.of(said, [silent, switched])]), figures.NO_CHOICE)
    assert result.decided.tolist() == [3]
    assert result.false_activations == 0


def test_talk_is_counted_by_the_hour():
    talk = Judged.of(
        [heard(("none", *[(0.1, 0.1)] * 5_000), ("none", (0.9, 0), (0.9, 0), *[(0.1, 0.1)] * 14_999))]
    )
    assert figures.an_hour(talk, Thresholds(0.0, 0.0)) == pytest.approx(1 / 2, rel=1e-3)


def test_a_calibrated_model_has_no_calibration_error_and_a_certain_wrong_one_has_all():
    fair = heard(*[("light_on" if n < 5 else "none", (0.5, 0), (0.5, 0)) for n in range(10)])
    assert figures.reliability([fair]).error == pytest.approx(0, abs=1e-6)
    wrong = heard(*[("none", (1, 0), (1, 0))] * 10)
    assert figures.reliability([wrong]).error == pytest.approx(0.5)  # light_off, never likely, is right
    assert figures.reliability([wrong]).likely_gap == pytest.approx(1)


def test_a_temperature_comes_from_the_other_folds():
    # Nine in ten right at 0.99: too sure. Fold 1 alone would want to be surer still.
    sure = heard(*[("light_on" if n < 9 else "none", (0.99, FAR), (0.99, FAR)) for n in range(10)])
    right = heard(*[("light_on", (0.99, FAR), (0.99, FAR))] * 10)
    cooled, heated = with_temperatures([right, sure])
    assert cooled.rows[0, 0] < 0.95
    assert heated.rows[0, 0] > 0.99


def test_traces_come_back_as_they_were_put_behind_each_other():
    traces = REQUESTS.traces()
    assert [len(trace) for trace in traces] == [3, 4, 3, 3, 3, 3, 3]
    assert traces[1][0] == pytest.approx([0.1, 0.95, -0.05])


@pytest.mark.parametrize("true_tau", [0.4, 1.0, 2.5])
def test_the_temperature_that_made_the_labels_is_found_again(true_tau):
    random = np.random.default_rng(5)
    logits = random.normal(0, 2, (4000, 3))
    truth = np.exp(true_tau * logits) / np.exp(true_tau * logits).sum(axis=1, keepdims=True)
    intents = [INTENTS[random.choice(3, p=p)] for p in truth]
    told = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
    assert best_temperature([row[None] for row in told], intents) == pytest.approx(true_tau, rel=0.1)
