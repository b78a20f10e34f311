"""Phrases misheard as the recogniser mishears."""

from model.examples import Utterance
from model.misheard import confusions, misheard
from model.spoken import Spoken

ON = tuple("turn on the light".split())


def spoken(said: str, final: str, intent="light_on") -> Spoken:
    return Spoken(tuple(said.split()), intent, "g", "v", "clean", 0, 1.0, (), tuple(final.split()))


TABLE = confusions(
    [spoken("turn on the light", "turn on the like")] * 3
    + [spoken("turn on the light", "turn on the life"), spoken("the light", "the light")]
)


def test_confusions_are_what_was_heard_instead_and_how_often():
    light = TABLE[("light",)]
    assert dict(zip(light.heard, light.shares, strict=True)) == {("like",): 0.75, ("life",): 0.25}
    assert light.rate == 4 / 5
    assert set(TABLE) == {("light",)}


def test_words_heard_as_two_are_a_confusion_too():
    table = confusions([spoken("would you", "what do you")])
    assert table[("would",)].heard == (("what", "do"),)


def test_a_misheard_phrase_has_one_span_changed_and_keeps_its_label():
    found = misheard([Utterance(ON, "light_on")] * 40, TABLE, 1.0, 0.5, 0)
    assert {u.words[-1] for u in found} == {"like", "life"}
    assert all((u.intent, u.weight, u.words[:3]) == ("light_on", 0.5, ON[:3]) for u in found)


def test_a_misheard_phrase_counts_by_the_weight_of_the_phrase():
    found = misheard([Utterance(ON, "light_on", 0.5)] * 5, TABLE, 1.0, 0.5, 0)
    assert {u.weight for u in found} == {0.25}


def test_a_phrase_without_a_mistakable_word_is_left_out():
    assert misheard([Utterance(("good", "night"), "light_off")], TABLE, 1.0, 1, 0) == []


def test_what_two_phrases_with_different_labels_are_misheard_as_is_left_out():
    other = Utterance(tuple("turn on the lies".split()), "none")
    table = confusions([spoken("light", "like"), spoken("lies", "like", "none")])
    assert misheard([Utterance(ON, "light_on"), other], table, 1.0, 1, 0) == []


def test_what_is_ambiguous_stays_left_out_however_often_it_is_heard():
    others = [Utterance(tuple(f"turn on the {word}".split()), "none") for word in ("lies", "line")]
    table = confusions([spoken(word, "like", "none") for word in ("light", "lies", "line")])
    assert misheard([Utterance(ON, "light_on"), *others], table, 1.0, 1, 0) == []


def test_no_command_is_misheard_as_what_is_said_of_something_else():
    like = Utterance(tuple("turn on the like".split()), "none")
    assert (
        misheard([like, *[Utterance(ON, "light_on")] * 20], confusions([spoken("light", "like")]), 1.0, 1, 0)
        == []
    )


def test_nothing_misheard_becomes_a_command_that_is_said():
    like = Utterance(tuple("turn on the like".split()), "none")
    table = confusions([spoken("like", "light", "none")])
    assert misheard([Utterance(ON, "light_on"), like], table, 1.0, 1, 0) == []


def test_on_never_becomes_off():
    table = confusions([spoken("on", "off")])
    assert misheard([Utterance(ON, "light_on")], table, 1.0, 1, 0) == []
