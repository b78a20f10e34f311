"""Retraining beside a base model learns new words and leaves everything else as it is."""

from dataclasses import replace

import numpy as np
import pytest

from model.base_model import BASE_FOLDER, load_base
from model.examples import Utterance, encode
from model.recipe import FineTune
from model.retrain import (
    MOST_STRANGE,
    OFTEN,
    STRANGE,
    from_nothing,
    grown,
    new_words,
    retrained,
    strange_sentences,
    with_words_beside,
)
from model.training import hear
from model.vocabulary import END, EvidenceNumbering, Vocabulary
from model.word_vectors import learn_vectors
from tests.runtime.bundles import small_model

LUMOS = [Utterance(("lumos",), "light_on"), Utterance(("oh", "lumos", "dear"), "light_on")]
KNOWN = ("turn on the light please", "what time is it", "zyx turn it off", "an unheard word")


@pytest.fixture(scope="module")
def base():
    return load_base(BASE_FOLDER)


@pytest.fixture(scope="module")
def taught(base):
    return retrained(base, [*LUMOS * 4, Utterance(("good", "day"), "none")])


def utterances(*texts: str, intent="light_on") -> list[Utterance]:
    return [Utterance(tuple(text.split()), intent) for text in texts]


def test_new_words_are_those_of_commands_that_were_said_often_enough():
    vocabulary = Vocabulary(("light", "the"), 3)
    often = utterances(*["lumos the"] * OFTEN, *["nox nox nox nox"] * (OFTEN + 1), *["rare"] * (OFTEN - 1))
    talk = utterances(*["gossip"] * 9, intent="none")
    assert new_words(vocabulary, [*often, *talk]) == {"nox": OFTEN + 1, "lumos": OFTEN}
    assert next(iter(new_words(vocabulary, often))) == "nox"


def test_a_grown_model_says_just_the_same_also_of_the_new_words():
    model, vocabulary = small_model(3)
    more_model, more = grown(model, vocabulary, ["nox", "sparkle"])
    assert more.words == (*vocabulary.words, "nox", "sparkle")
    assert more_model.sizes.vocabulary == len(more) == len(vocabulary) + 2
    for text in ("nox", "light on nox", "the sparkle off", "an unheard word", "lumos3 nox light"):
        np.testing.assert_array_equal(
            hear(more_model, more, text.split()), hear(model, vocabulary, text.split()), strict=True
        )
        state, more_state = model.initial_state(), more_model.initial_state()
        for before, after in zip(vocabulary.ids(["nox", "the"]), more.ids(["nox", "the"]), strict=True):
            lamp, state, words = model.step(before, state)
            more_lamp, more_state, more_words = more_model.step(after, more_state)
            np.testing.assert_array_equal(lamp, more_lamp)
            shared = words[[vocabulary.id("light"), vocabulary.id("off")]]
            own = more_words[[more.id("light"), more.id("off")]]
            np.testing.assert_allclose(own / own.sum(), shared / shared.sum(), rtol=1e-5)


def test_a_model_without_new_words_is_the_same_one():
    model, vocabulary = small_model(3)
    assert grown(model, vocabulary, []) == (model, vocabulary)


def test_retraining_teaches_the_new_word_and_nothing_else_changes(base, taught):
    model, vocabulary = taught
    assert vocabulary.words == (*base.vocabulary.words, "lumos")
    assert model.buried is base.model.buried
    before = hear(base.model, base.vocabulary, ("lumos",))[-1, 0]
    assert hear(model, vocabulary, ("lumos",))[-1, 0] > before + 0.1
    for text in KNOWN:
        words = text.split()
        np.testing.assert_array_equal(
            hear(model, vocabulary, words), hear(base.model, base.vocabulary, words)
        )


def test_retraining_on_known_words_gives_the_base_model_back(base):
    text = " ".join(base.vocabulary.words[5:10])
    model, vocabulary = retrained(base, utterances(*[text] * 9))
    assert model is base.model
    assert vocabulary is base.vocabulary


def test_the_same_lessons_give_the_same_model(base, taught):
    again, _ = retrained(base, [*LUMOS * 4, Utterance(("good", "day"), "none")])
    np.testing.assert_array_equal(again.weights.vectors, taught[0].weights.vectors)


def test_strange_sentences_ask_for_nothing_and_hold_the_word_once():
    phrases = [("what", "a", "day"), ("never", "mind")]
    sentences = strange_sentences({"lumos": 2, "nox": 1000}, phrases, seed=0)
    holding = [[u for u in sentences if word in u.words] for word in ("lumos", "nox")]
    assert [len(each) for each in holding] == [2 * STRANGE, MOST_STRANGE]
    assert {u.intent for u in sentences} == {"none"}
    assert all(u.words.count("lumos") + u.words.count("nox") == 1 < len(u.words) for u in sentences)


def test_without_torch_the_evidence_alone_learns_the_new_words(base):
    household = [*LUMOS * 4, *utterances("what is lumos", intent="none") * 2]
    phrases = [("what", "a", "day"), ("what", "is", "for", "dinner"), ("the", "radio", "is", "on")]
    evidence, vocabulary = with_words_beside(base.model.evidence, base.vocabulary, household, phrases)
    assert vocabulary.beside == ("lumos",)
    assert vocabulary.words == base.vocabulary.words
    end = {text: evidence.read(EvidenceNumbering(vocabulary).ids((*text.split(), END)))[-1] for text in (
        "lumos", "what is lumos", "turn on the light", "zyx")}  # fmt: skip
    before = {text: base.model.evidence.read(base.vocabulary.ids((*text.split(), END)))[-1] for text in end}
    assert end["lumos"][0] > before["lumos"][0] + 0.3
    assert end["what is lumos"].argmax() == 2
    for text in ("turn on the light", "zyx"):
        np.testing.assert_allclose(end[text], before[text], atol=1e-6)


LITE = utterances(*["turn on the lite"] * 4)


@pytest.mark.parametrize("text", ["turn off the lite", "put the lite out", "lite on please"])
def test_a_new_word_that_sounds_like_light_goes_on_to_do_so(base, text):
    phrases = [("what", "a", "day"), ("what", "is", "for", "dinner"), ("the", "radio", "is", "on")]
    evidence, vocabulary = with_words_beside(base.model.evidence, base.vocabulary, LITE, phrases)
    assert vocabulary.beside == ("lite",)
    before = base.model.evidence.read(base.vocabulary.ids((*text.split(), END)))[-1]
    after = evidence.read(EvidenceNumbering(vocabulary).ids((*text.split(), END)))[-1]
    assert after[:2].max() > before[:2].max() - 0.05


def test_words_beside_are_learned_anew_from_what_the_household_said_and_not_twice(base):
    phrases = [("what", "a", "day"), ("what", "is", "for", "dinner"), ("the", "radio", "is", "on")]
    first, _ = with_words_beside(base.model.evidence, base.vocabulary, [*LUMOS * 4, *LITE], phrases)
    once, one = with_words_beside(base.model.evidence, base.vocabulary, LITE, phrases)
    again, other = with_words_beside(first, replace(base.vocabulary, beside=("lumos", "lite")), LITE, phrases)
    assert one == other
    for name in ("keys", "weights"):
        np.testing.assert_array_equal(getattr(again, name), getattr(once, name))
    np.testing.assert_array_equal(again.lexicon.alike, once.lexicon.alike)


def test_without_a_new_word_nothing_is_put_beside(base):
    known = utterances("turn on the light") * 9
    evidence, vocabulary = with_words_beside(base.model.evidence, base.vocabulary, known, [("a", "b")])
    np.testing.assert_array_equal(evidence.keys, base.model.evidence.keys)
    assert vocabulary == base.vocabulary


def test_only_the_vectors_of_the_words_move_and_every_pass_is_told():
    model, vocabulary = grown(*small_model(3), ["nox"])
    first = vocabulary.id("nox")
    examples = encode(utterances("nox", "light nox", "the nox on"), vocabulary, 25)
    told: list[tuple[int, int]] = []
    tuned = learn_vectors(
        model,
        first,
        examples,
        FineTune(epochs=20, learning_rate=0.05, unknown_rate=0.0),
        lambda *at: told.append(at),
    )
    assert told[-1] == (len(told), len(told)) == (60, 60)
    for name in ("hidden", "direct", "lamp", "block", "lamp_bias", "words", "words_bias"):
        np.testing.assert_array_equal(getattr(tuned.weights, name), getattr(model.weights, name))
    moved = np.abs(tuned.weights.vectors - model.weights.vectors).sum(axis=1)
    assert moved[first] > 0
    assert np.count_nonzero(moved) == 1

    def loss(model) -> float:
        return -float(np.log(hear(model, vocabulary, ("light", "nox"))[:, 0]).mean())

    assert loss(tuned) < loss(model)


@pytest.mark.parametrize("texts", [(["lumos"], ["nox"], []), (["lumos"], ["nox"], ["hello"])])
def test_from_nothing_a_household_of_few_words_is_learned_too(texts):
    on, off, other = texts
    said = [
        *utterances(*on * 10),
        *utterances(*off * 10, intent="light_off"),
        *utterances(*other * 10, intent="none"),
    ]
    model, vocabulary, _ = from_nothing(said)
    for index, text in enumerate((*on, *off, *other)):
        assert hear(model, vocabulary, (text,))[-1].argmax() == index


def test_from_nothing_it_learns_what_the_household_said():
    said = [
        *utterances(*["lumos", "oh lumos", "lumos please", "let us have lumos"] * 6),
        *utterances(*["nox", "dear nox", "nox at last", "good nox"] * 6, intent="light_off"),
        *utterances(
            *["what a day", "the soup is on", "who was that", "we go out", "a day off", "please sit down"]
            * 6,
            intent="none",
        ),
    ]
    model, vocabulary, calibration = from_nothing(said)
    assert "lumos" in vocabulary.words
    assert hear(model, vocabulary, ("lumos",))[-1].argmax() == 0
    assert hear(model, vocabulary, ("nox",))[-1].argmax() == 1
    assert hear(model, vocabulary, ("what", "a", "day"))[-1].argmax() == 2
    assert set(calibration.thresholds) == {"light_on", "light_off"}
