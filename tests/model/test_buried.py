"""Requests inside talk, and sentences broken off."""

from model.buried import LONGEST_BEFORE, LONGEST_BEHIND, buried
from model.examples import Utterance, encode
from model.phrases import sample_phrases
from model.unfinished import unfinished
from model.vocabulary import Vocabulary, split_words

TALK = [Utterance(tuple(f"t{n}{k}" for k in range(20)), "none") for n in range(9)]
COMMAND = Utterance(("light", "on"), "light_on")
OTHER = Utterance(("radio", "on"), "none")


def test_a_buried_command_keeps_its_label_and_the_talk_before_it_is_no_example():
    for said in buried([COMMAND] * 50, TALK, 1, 0.5, 0):
        at = said.words.index("light")
        assert said.words[at : at + 2] == COMMAND.words
        assert (said.intent, said.weight, said.since) == ("light_on", 0.5, at)
        assert 1 <= at <= LONGEST_BEFORE
        assert len(said.words) - at - 2 <= LONGEST_BEHIND


def test_talk_before_a_request_for_nothing_counts_as_talk():
    assert all(said.since == 0 and said.intent == "none" for said in buried([OTHER] * 20, TALK, 1, 1, 0))


def test_copies_are_made_on_average_and_the_same_for_the_same_seed():
    made = buried([COMMAND] * 1000, TALK, 1.5, 1, 3)
    assert 1400 < len(made) < 1600
    assert made == buried([COMMAND] * 1000, TALK, 1.5, 1, 3)
    assert made != buried([COMMAND] * 1000, TALK, 1.5, 1, 4)


def test_without_talk_nothing_can_be_buried():
    assert buried([COMMAND], [], 3, 1, 0) == []


def test_of_a_broken_off_sentence_only_the_end_is_an_example():
    (said,) = unfinished([Utterance(("turn", "on", "the", "light"), "light_on")], 1.0, 0)
    examples = encode([said], Vocabulary((), 4), 25)
    assert said.intent == "none"
    assert examples.counted()[0].tolist() == [False] * len(said.words) + [True]


def test_a_command_is_never_broken_off_where_it_already_asks():
    commands = [Utterance(split_words(p.text), p.intent) for p in sample_phrases(0, 10) if p.intent != "none"]
    whole = {u.words for u in commands}
    for said in unfinished(commands, 1.0, 0):
        lamp = {"light", "lights", "lamp", "lamps"} & set(said.words)
        particle = {"on", "off", "out"} & set(said.words)
        assert not (lamp and particle), said.words
        assert said.words not in whole


def test_remarks_are_not_broken_off():
    remark = Utterance(tuple("it's so dark turn the light on".split()), "light_on")
    assert unfinished([remark] * 20, 1.0, 0) == []
