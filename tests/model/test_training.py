"""Warm start, fine-tuning and calibration on a toy language."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from model.errors import ModelError
from model.evidence import NO_EVIDENCE
from model.examples import Utterance, encode, windows, word_counts
from model.fine_tune import prefix_loss
from model.intent import ACTIONS, INTENTS
from model.language_model import Sizes
from model.parts import Parts
from model.recipe import FineTune, Recipe, WarmStart
from model.saffu import Saffu
from model.training import calibrate, hear, train
from model.vocabulary import END, Vocabulary
from model.warm_start import explicit_model

SIZES = Sizes(known_words=40, hashed_slots=4, bits=16, hidden=16, radius=4)
EXPLICIT = Recipe(sizes=SIZES, tuning=None)
TUNED = Recipe(sizes=SIZES, tuning=FineTune(epochs=6, learning_rate=0.02, batch=16))


def toy(seed: int, size: int) -> list[Utterance]:
    """Commands and their look-alikes over a few objects, one in ten with a courtesy."""
    random = np.random.default_rng(seed)
    utterances = []
    for _ in range(size):
        verb = random.choice(["on", "off"])
        thing = random.choice(["light", "lamp", "radio", "heater", "fan"])
        words = ["turn", verb, "the", thing] if random.random() < 0.5 else ["turn", "the", thing, verb]
        intent = f"light_{verb}" if thing in ("light", "lamp") else "none"
        if random.random() < 0.2:
            words, intent = ["she", "said", *words], "none"
        utterances.append(Utterance((*words, "please") if random.random() < 0.1 else tuple(words), intent))
    return utterances


def accuracy(recipe: Recipe) -> float:
    model, vocabulary = train(toy(0, 400), recipe)
    test = toy(1, 200)
    right = [INTENTS[int(hear(model, vocabulary, u.words)[-1].argmax())] == u.intent for u in test]
    return sum(right) / len(right)


def test_counts_alone_learn_most_of_the_toy_language():
    majority = sum(u.intent == "none" for u in toy(1, 200)) / 200
    assert accuracy(EXPLICIT) > majority + 0.1


def test_fine_tuning_learns_it_all():
    assert accuracy(TUNED) > 0.98


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    first, _ = train(toy(0, 100), TUNED)
    again, _ = train(toy(0, 100), TUNED)
    other, _ = train(toy(0, 100), replace(TUNED, tuning=replace(TUNED.tuning, seed=5)))
    assert (first.weights.hidden == again.weights.hidden).all()
    assert not (first.weights.hidden == other.weights.hidden).all()


def test_a_training_killed_in_its_second_descent_carries_on_there_and_ends_the_same(tmp_path):
    pool = [Utterance(("turn", "on", "the", "light", "show"), "none")] * 40

    def die(done: int, total: int) -> None:
        lasts.append(done == total)
        if lasts.count(True) and not lasts[-1] and done > total / 2:
            raise KeyboardInterrupt

    lasts: list[bool] = []
    with pytest.raises(KeyboardInterrupt):
        train(toy(0, 60), TUNED, die, pool, tmp_path)
    left: list[int] = []
    carried_on, _ = train(toy(0, 60), TUNED, lambda done, _: left.append(done), pool, tmp_path)
    steps: list[int] = []
    whole, _ = train(toy(0, 60), TUNED, lambda done, _: steps.append(done), pool)
    assert len(left) < len(steps) / 4
    assert (carried_on.weights.hidden == whole.weights.hidden).all()


def test_the_training_graph_computes_what_the_reference_computes():
    model, vocabulary = train(toy(0, 100), TUNED)
    network = replace(model, evidence=NO_EVIDENCE)
    for utterance in toy(2, 20):
        ids = vocabulary.ids(utterance.words)
        logits = Saffu.of(model).lamp_logits(torch.tensor([ids]))[0].detach()
        assert np.allclose(torch.softmax(logits, dim=-1).numpy(), network.read(ids), atol=1e-5)


def test_words_beyond_the_end_of_an_utterance_do_not_change_its_loss():
    model, vocabulary = train(toy(0, 100), EXPLICIT)
    tuning = FineTune(unknown_rate=0.0)
    short = encode(toy(0, 1), vocabulary, 25)
    padded = replace(short, ids=np.pad(short.ids, ((0, 0), (0, 9)), constant_values=3))
    first, second = (prefix_loss(Saffu.of(model), examples, tuning) for examples in (short, padded))
    assert first.item() == pytest.approx(second.item(), abs=1e-6)


def test_the_next_word_is_predicted_from_counts():
    model, vocabulary = train([Utterance(("turn", "on", "the", "light"), "light_on")] * 50, EXPLICIT)
    state = model.initial_state()
    for word, follower in (("turn", "on"), ("on", "the"), ("the", "light"), ("light", END)):
        _, state, next_word = model.step(vocabulary.id(word), state)
        assert next_word.argmax() == vocabulary.id(follower)


def test_the_hidden_layer_of_many_utterances_is_that_of_one_step_after_another():
    utterances = toy(0, 12)
    vocabulary = Vocabulary(tuple(sorted(word_counts(utterances))), 4)
    sizes = replace(SIZES, known_words=len(vocabulary.words))
    examples = encode(utterances, vocabulary, 25)
    model = explicit_model(sizes, np.ones(sizes.vocabulary), examples, WarmStart())
    states = model.hidden_states(examples.ids)
    E = model.weights.vectors
    for row, ids, length in zip(states, examples.ids, examples.lengths, strict=True):
        for m in range(length):
            x = np.concatenate([E[ids[m - k]] if k <= m else E[0] for k in range(sizes.radius)])
            assert np.allclose(row[m], model.hidden_layer(x), atol=1e-5)


def test_little_text_gives_a_model_as_small_as_its_vocabulary():
    model, vocabulary = train(toy(0, 30), EXPLICIT)
    assert len(vocabulary.words) < SIZES.known_words
    assert model.sizes.vocabulary == len(vocabulary)


@pytest.mark.parametrize("change", [{"parts": Parts(block=False)}, {"prefixes": False}])
def test_a_variant_is_not_trained_as_what_is_shipped(change):
    with pytest.raises(ModelError, match="cannot be shipped"):
        train(toy(0, 30), replace(TUNED, **change))


def test_windows_begin_with_the_newest_word_and_start_tokens_before_the_first():
    assert windows(np.array([[5, 6, 7]], np.int32), 3).tolist() == [[[5, 0, 0], [6, 5, 0], [7, 6, 5]]]


def test_calibrated_thresholds_keep_the_budget_on_the_held_out_requests():
    model, vocabulary = train(toy(0, 200), EXPLICIT)
    held_out = toy(3, 400)
    model, calibration = calibrate(model, vocabulary, held_out, [], budget=0.02)
    quiet = [u for u in held_out if u.intent == "none"]
    fired = 0
    for utterance in quiet:
        *partials, final = hear(model, vocabulary, utterance.words)
        fired += any(
            final[at] >= calibration.final_thresholds[ACTIONS[at]]
            or any(row[at] >= calibration.thresholds[ACTIONS[at]] for row in partials)
            for at in (0, 1)
        )
    assert fired <= 0.02 * len(quiet)


def test_the_explicit_part_needs_no_torch():
    code = (
        "import sys; from tests.model.plain import train_plainly; train_plainly();"
        "assert not {'torch', 'hassil', 'onnx'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
