"""General text for next-word prediction: parts that share no meeting, targets, and what is read off the curves."""

import numpy as np
import pytest
import torch

from benchmarks.attention_start import attend
from benchmarks.general_text import batches, divide, to_be_predicted
from benchmarks.warm_start import Setting, begin, kneser_ney, loss, train, unigram_loss
from benchmarks.warm_start_report import Curve, ratios
from model.attention_start import attended, position_weights
from model.examples import Utterance
from model.vocabulary import END

TALK = {
    f"meeting{m}": [Utterance((f"m{m}", "says", w, "again"), "none") for w in "abcdefgh"] for m in range(16)
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
    talk = {m: [Utterance(u.words[: 1 + n % 4], "none") for n, u in enumerate(s)] for m, s in TALK.items()}
    text = divide(talk, 0, 1000, 1000)
    found = batches(text.train, 12, np.random.default_rng(0))
    assert sum(len(ids) for ids, _ in found) == len(text.train)
    assert all((ids > 0).all() and ids.numel() <= 12 for ids, _ in found)


def test_every_word_but_the_first_is_predicted_and_the_end():
    talk = {m: [Utterance(("a", "b", "c"), "none")] for m in TALK}
    text = divide(talk, 0, 1000, 1000)
    a, b, c, end = text.vocabulary.ids(("a", "b", "c", END))
    ids, following = batches(text.test, 3, np.random.default_rng(0))[0]
    assert (ids.tolist(), following.tolist()) == ([[a, b, c]], [[b, c, end]])
    assert to_be_predicted(text.test).tolist() == [b, c, end] * len(text.test)
    assert set(np.argsort(text.unigrams)[-3:].tolist()) == {b, c, end}


def test_the_warm_start_predicts_better_than_frequencies_before_any_descent():
    """It once knew nothing of where utterances end, and was worse."""
    text = divide(TALK, 0, 1000, 1000)
    assert loss(begin(text, Setting("warm", 0.0, 4.0), 0), text.test) < unigram_loss(text)


def test_a_trigram_model_that_knows_the_text_is_hardly_surprised():
    talk = {m: [Utterance(("a", "b", "c"), "none")] * 9 for m in TALK}
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
