"""General text for next-word prediction: parts that share no meeting, targets, and what is read off the curves."""

import numpy as np
import pytest
import torch

from benchmarks.attention_start import attend
from benchmarks.general_text import batches, divide, next_words
from benchmarks.warm_start import Setting, kneser_ney, loss, train, unigram_loss
from benchmarks.warm_start_report import Curve, ratios
from model.attention_start import attended, position_weights
from model.examples import Utterance

TALK = {
    f"meeting{m}": [Utterance((f"m{m}", "says", w, "again"), "none", finished=False) for w in "abcdefgh"]
    for m in range(16)
}


def test_no_meeting_is_in_two_parts():
    text = divide(TALK, 3, 1000, 1000)
    speakers = [set(part.ids[:, 0]) for part in (text.train, text.validation, text.test)]
    assert [len(part) for part in (text.train, text.validation, text.test)] == [10 * 8, 2 * 8, 4 * 8]
    known = {text.vocabulary.id(f"m{m}") for m in range(16)}
    assert set.union(*speakers) == known
    # A meeting that is not trained on has no word of its own.
    assert len(speakers[0] & {text.vocabulary.id(w) for w in text.vocabulary.words}) == 10


def test_a_batch_holds_utterances_of_one_length_and_all_are_there():
    talk = {
        m: [Utterance(u.words[: 1 + n % 4], "none", finished=False) for n, u in enumerate(s)]
        for m, s in TALK.items()
    }
    text = divide(talk, 0, 1000, 1000)
    found = batches(text.train, 12, np.random.default_rng(0))
    assert sum(len(ids) for ids in found) == len(text.train)
    assert all((ids > 0).all() and ids.numel() <= 12 for ids in found)


def test_the_end_is_predicted_too():
    assert next_words(torch.tensor([[4, 2, 7]])).tolist() == [[2, 7, 0]]


def test_a_trigram_model_that_knows_the_text_is_hardly_surprised():
    talk = {m: [Utterance(("a", "b", "c"), "none", finished=False)] * 9 for m in TALK}
    text = divide(talk, 0, 1000, 1000)
    assert kneser_ney(text).loss < 0.2
    assert unigram_loss(text) > 1.0


def test_training_lowers_the_loss_and_counts_its_time(monkeypatch):
    monkeypatch.setattr("benchmarks.warm_start.EPOCHS", 3)
    text = divide(TALK, 0, 1000, 1000)
    for start in ("warm", "cold", "unigrams"):
        curve = train(text, Setting(start, 0.05), 0, text.test)
        assert curve.losses[-1] < curve.losses[0]
        assert curve.seconds == sorted(curve.seconds)
        assert curve.seconds[0] > 0


def test_the_share_of_time_is_taken_where_the_cold_start_is_best():
    cold = Curve([0.0, 5.0, 10.0, 20.0], [7.0, 5.0, 4.0, 4.5])
    warm = Curve([1.0, 2.0, 3.0], [5.0, 4.005, 3.9])
    never = Curve([1.0], [4.1])
    assert ratios({"warm": [warm, never], "cold": [cold, cold]}, 0.0) == [0.3, np.inf]
    assert ratios({"warm": [warm], "cold": [cold]}, 0.02) == [0.2]


@pytest.mark.parametrize("K", [2, 5, 9])
def test_attention_of_the_benchmark_is_that_of_the_model(K):
    random = np.random.default_rng(K)
    E, W = random.dirichlet(np.ones(6), 20), random.normal(0, 3, (K, K))
    ids = random.integers(0, 20, (3, 7))
    H, A = attend(torch.from_numpy(ids), torch.from_numpy(E), torch.from_numpy(W), "softmax")
    assert np.allclose(A, position_weights(ids, E, W))
    assert np.allclose(H, attended(ids, E, position_weights(ids, E, W)))
    H, A = attend(torch.from_numpy(ids), torch.from_numpy(E), torch.from_numpy(W), "-log softmax")
    assert np.allclose(A.sum(-1), 1)
    # What softmax weighs most, this weighs least.
    assert (A[:, 1, 0] > A[:, 1, 1]).equal(
        torch.from_numpy(np.diff(position_weights(ids, E, W)[:, 1, :2])[:, 0] > 0)
    )


def test_loss_of_a_model_that_knows_nothing_is_that_of_chance():
    from benchmarks.warm_start import begin

    text = divide(TALK, 0, 1000, 1000)
    model = begin(text, Setting("cold", 0.01), 0)
    torch.nn.init.zeros_(model.words)
    assert loss(model, text.test) == pytest.approx(np.log(len(text.vocabulary)), abs=1e-5)
