"""Talk with commands in it is composed, and what commands and narrations differ in is learned from it."""

import random
import re

import numpy as np
import pytest
import yaml

from export.int8 import stepped
from model.buried import RECENT, VERBS, Buried
from model.buried_fit import BuriedRecipe, fit_buried
from model.buried_text import AROUND, Composer, names_a_lamp
from model.examples import Utterance, word_counts
from model.unfinished import PARTICLES
from model.vocabulary import END, Vocabulary

COMMANDS = [
    Utterance((verb, particle, *lamp), intent, 20.0)
    for verb in ("turn", "switch", "put")
    for particle, intent in (("on", "light_on"), ("off", "light_off"))
    for lamp in (("the", "light"), ("the", "kitchen", "light"), ("my", "lamp"), ("all", "lights"))
]
OTHERS = [
    Utterance(("turn", "off", "the", "radio"), "none"),
    Utterance(("the", "light", "was", "on"), "none"),
]
DRAW = random.Random(3)
TALK = [
    Utterance(tuple(DRAW.choices("so we all had some more tea and cake then".split(), k=8)), "none")
    for _ in range(60)
]
TEXT = [*COMMANDS, *OTHERS]
FIT = BuriedRecipe(ngrams=2000, prior=0.1, narrations=300, hardest=60)


@pytest.fixture(scope="module")
def fitted() -> tuple[Buried, Vocabulary]:
    composed = Composer(TEXT, TALK, 1)
    said = [Utterance(words, "none") for words in composed.narrations(300)]
    words = Vocabulary.from_counts(word_counts([*TEXT, *TALK, *said]), 500, 4)
    return fit_buried(TEXT, TALK, [], words, FIT), words


def asked(fitted: tuple[Buried, Vocabulary], text: str) -> str:
    buried, words = fitted
    heard = [*words.ids(text.split()), words.id(END)]
    return ("light_on", "light_off", "none")[buried.read_all(np.array([heard]), heard[-1])[0, -1].argmax()]


TEA = "and then we all had some more cake and tea so"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        (f"{TEA} and switch on my lamp then some more tea", "light_on"),
        (f"{TEA} and switch off my lamp", "light_off"),
        (f"{TEA} he told me to switch off my lamp and then we had cake", "none"),
        (f"{TEA} she turned on the light and then we had cake", "none"),
        (f"{TEA} don't turn on the light", "none"),
        (f"{TEA} turn off the radio", "none"),
    ],
)
def test_a_command_within_talk_is_told_from_what_only_sounds_like_one(fitted, text, intent):
    assert asked(fitted, text) == intent


def test_weights_are_whole_steps_so_that_a_bundle_reads_just_the_same(fitted):
    buried, _ = fitted
    assert len(buried.keys) > 100
    assert (stepped(buried.weights) == buried.weights).all()


def test_the_same_seed_composes_the_same_and_another_something_else():
    assert Composer(TEXT, TALK, 1).readings() == Composer(TEXT, TALK, 1).readings()
    assert Composer(TEXT, TALK, 1).readings() != Composer(TEXT, TALK, 2).readings()


def test_every_reading_is_short_and_names_a_lamp_and_commands_are_complete():
    readings = Composer(TEXT, TALK, 1).readings()
    assert {reading.intent for reading in readings} == {"light_on", "light_off", "none"}
    for reading in readings:
        assert len(reading.words) <= RECENT
        assert names_a_lamp(reading.words)
        if reading.intent != "none":
            assert not PARTICLES.isdisjoint(reading.words)


def test_a_command_weighs_as_much_in_talk_as_by_itself():
    readings = Composer(COMMANDS, TALK, 1).readings()
    meant = sum(reading.weight for reading in readings if reading.intent != "none")
    assert meant == pytest.approx(sum(command.weight for command in COMMANDS))


def test_what_is_told_or_forbidden_has_words_before_it_that_make_it_so():
    around = yaml.safe_load(AROUND.read_text(encoding="utf-8"))
    before = "|".join([*around["before_bare"], *around["subjects"], *around["before_gerund"]])
    verbs = "|".join([*VERBS, *around["past"].values(), *around["gerund"].values(), r"\w+s"])
    told = re.compile(rf"\b({before})( ({'|'.join(around['adverbs'])}))? ({verbs}) (on|off)\b")
    narrations = Composer(COMMANDS, [Utterance(("la",) * 8, "none")], 1).narrations(50)
    assert narrations
    assert [words for words in narrations if not told.search(" ".join(words))] == []


def test_where_there_is_no_command_nothing_is_told_of():
    assert not Composer(OTHERS, TALK, 1).narrations(50)
