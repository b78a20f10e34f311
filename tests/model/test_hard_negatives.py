"""The search for what the model is wrong about."""

import numpy as np

from model.examples import Utterance
from model.hard_negatives import hardest, peaks
from model.training import hear, train
from tests.model.test_training import EXPLICIT, TUNED, toy


def test_peaks_are_the_highest_probability_word_by_word():
    model, vocabulary = train(toy(0, 100), EXPLICIT)
    said = toy(1, 60)
    expected = [hear(model, vocabulary, u.words)[:, :2].max() for u in said]
    assert np.allclose(peaks(model, vocabulary, said, 25), expected, atol=1e-5)


def test_the_hardest_come_first_and_no_more_than_asked_for():
    model, vocabulary = train(toy(0, 100), EXPLICIT)
    found = hardest(model, vocabulary, toy(1, 60), 25, 10)
    highest = peaks(model, vocabulary, found, 25)
    assert len(found) == 10
    assert (np.diff(highest) <= 0).all()
    assert highest[-1] >= np.sort(peaks(model, vocabulary, toy(1, 60), 25))[-10] - 1e-6


def test_a_second_descent_unlearns_what_the_first_would_have_fired_at():
    said = toy(0, 200)
    trap = Utterance(("turn", "on", "the", "light", "show"), "none")
    before, vocabulary = train(said, TUNED)
    after, same_vocabulary = train(said, TUNED, pool=[trap] * 40)
    assert vocabulary.words == same_vocabulary.words
    assert hear(before, vocabulary, trap.words)[-1, 0] > 0.5
    assert hear(after, vocabulary, trap.words)[-1, 0] < 0.5
