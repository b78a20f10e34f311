"""Variants are trained as what is shipped, with other parts."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch

from model.evidence import NO_EVIDENCE
from model.examples import Utterance, encode
from model.fine_tune import fine_tune
from model.intent import INTENTS
from model.parts import Parts
from model.recipe import Recipe, WarmStart
from model.saffu import Saffu
from model.saffu_start import solve_words
from model.training import Text, hear, train
from model.variants import begin, train_variant
from tests.model.test_training import EXPLICIT, TUNED, toy

VARIANTS = [
    Parts(vectors="co-occurrence"),
    Parts(vectors="random"),
    Parts(attention=6),
    Parts(attention=6, document=True),
    Parts(document=True),
    Parts(document=True, block=False),
    Parts(attention=6, weighting="-log softmax", document=True, hidden="softmax", block=False),
    Parts(hidden="softmax"),
]


def right(model: Saffu, vocabulary, said: list[Utterance]) -> float:
    return sum(INTENTS[int(hear(model, vocabulary, u.words)[-1].argmax())] == u.intent for u in said) / len(
        said
    )


@pytest.mark.parametrize("parts", VARIANTS)
def test_every_variant_learns_the_toy_language(parts):
    sizes = replace(TUNED.sizes, bits=24)  # enough to share out among the neighbours
    model, vocabulary = train_variant(toy(0, 400), replace(TUNED, sizes=sizes, parts=parts))
    assert model.parts == parts
    assert right(model, vocabulary, toy(1, 200)) > 0.95


def test_with_the_parts_in_service_it_is_what_is_shipped():
    pool = [Utterance(("turn", "on", "the", "light", "show"), "none")] * 40
    shipped, words = train(toy(0, 200), TUNED, pool=pool)
    variant, same_words = train_variant(toy(0, 200), TUNED, pool=pool)
    assert words.words == same_words.words
    for said in toy(1, 30):
        expected = hear(replace(shipped, evidence=NO_EVIDENCE), words, said.words)
        assert np.allclose(hear(variant, same_words, said.words), expected, atol=0.02)


def test_the_same_seed_gives_the_same_weights():
    recipe = replace(TUNED, parts=Parts(attention=6, block=False))
    first, again = (train_variant(toy(0, 100), recipe)[0] for _ in range(2))
    assert all(torch.equal(p, dict(again.named_parameters())[name]) for name, p in first.named_parameters())


def test_a_second_descent_unlearns_what_the_first_would_have_fired_at():
    trap = Utterance(("turn", "on", "the", "light", "show"), "none")
    recipe = replace(TUNED, parts=Parts(block=False), second_tuning=TUNED.tuning)
    before, vocabulary = train_variant(toy(0, 200), recipe)
    after, _ = train_variant(toy(0, 200), recipe, pool=[trap] * 40)
    assert hear(after, vocabulary, trap.words)[-1, 0] < hear(before, vocabulary, trap.words)[-1, 0] - 0.2


def test_what_is_held_out_stops_a_descent_that_learns_nothing_more(monkeypatch):
    passes: list[int] = []

    def counted(*arguments):
        passes.append(0)
        result = fine_tune(*arguments)
        passes[-1] = len(result.held_out_losses)
        assert len(arguments[1]) < len(toy(0, 100)), "a part was held out"
        return result

    monkeypatch.setattr("model.variants.fine_tune", counted)
    many = replace(TUNED.tuning, epochs=60)
    pool = [Utterance(("turn", "on", "the", "light", "show"), "none")] * 5
    recipe = replace(TUNED, parts=Parts(block=False), tuning=many, second_tuning=many, stop_by=0.2)
    train_variant(toy(0, 100), recipe, pool=pool)
    assert len(passes) == 2
    assert all(0 < made < 60 for made in passes)


def test_the_next_word_decoder_follows_the_hidden_layer_that_was_tuned():
    recipe = replace(TUNED, parts=Parts(block=False))
    said = toy(0, 200)
    model, vocabulary = train_variant(said, recipe)
    _, words = model(torch.tensor([vocabulary.ids(("turn", "on"))]))
    assert words[0, -1].argmax() == vocabulary.id("the")
    again = deepcopy(model)
    solve_words(again, Text.of(said, recipe).examples, WarmStart())
    assert torch.equal(again.words, model.words)
    assert torch.equal(again.words_bias, model.words_bias)


def test_counts_alone_are_a_variant_too():
    model, vocabulary = train_variant(toy(0, 400), replace(EXPLICIT, parts=Parts(document=True)))
    majority = sum(u.intent == "none" for u in toy(1, 200)) / 200
    assert right(model, vocabulary, toy(1, 200)) > majority + 0.05


@pytest.mark.parametrize("parts", [Parts(), Parts(block=False)])
def test_a_random_start_is_another_for_another_seed(parts):
    text = Text.of(toy(0, 60), TUNED)

    def vectors(seed: int) -> torch.Tensor:
        cold = replace(TUNED, parts=parts, start=None, tuning=replace(TUNED.tuning, seed=seed))
        return begin(text, cold).vectors

    assert torch.equal(vectors(1), vectors(1))
    assert not torch.equal(vectors(1), vectors(2))


def test_without_prefixes_only_ends_are_learned():
    command = Utterance(("turn", "on", "the", "light"), "light_on")
    said = [command, command, command, Utterance(("turn", "on", "the", "radio"), "none")] * 20
    recipe = Recipe(sizes=TUNED.sizes, tuning=replace(TUNED.tuning, final_weight=1.0), prefixes=False)
    whole, vocabulary = train_variant(said, recipe)
    early, _ = train_variant(said, replace(recipe, prefixes=True))
    beginning = ("turn", "on")
    # Three quarters of what begins so are commands; who learned ends only never saw a beginning.
    assert hear(early, vocabulary, beginning)[1, 0] == pytest.approx(0.75, abs=0.1)
    assert abs(hear(whole, vocabulary, beginning)[1, 0] - 0.75) > 0.3
    assert hear(whole, vocabulary, command.words)[-1, 0] > 0.9


def test_each_utterance_is_one_example_at_its_end_even_cut_off():
    text = Text.of(toy(0, 30), TUNED)
    ends = encode([Utterance(("on",) * 40, "none"), *toy(0, 5)], text.vocabulary, 25).at_ends()
    counted = ends.counted()
    assert (counted.sum(axis=1) == 1).all()
    assert (counted.argmax(axis=1) == ends.lengths - 1).all()
