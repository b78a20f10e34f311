"""Pieces of sentences, requests after talk, and sentences broken off."""

from model.cut_in import BEHIND, LONGEST_BEFORE, PIECE, followed, pieces, preceded
from model.examples import Utterance, encode
from model.phrases import sample_phrases
from model.unfinished import unfinished
from model.vocabulary import Vocabulary, split_words

TALK = [Utterance(tuple(f"t{n}{k}" for k in range(20)), "none") for n in range(9)]
COMMAND = Utterance(("light", "on"), "light_on")
OTHER = Utterance(("radio", "on"), "none")


def test_a_piece_is_words_in_a_row_and_never_the_beginning():
    for said in pieces(TALK * 20, 1.0, 0):
        (whole,) = (u.words for u in TALK if u.words[0][:2] == said.words[0][:2])
        begin = whole.index(said.words[0])
        assert begin > 0
        assert said.words == whole[begin : begin + PIECE]
        assert len(said.words) == PIECE


def test_short_utterances_have_no_pieces():
    assert pieces([Utterance(tuple("abcdefgh"), "none")], 1.0, 0) == []


def test_a_preceded_command_keeps_its_label_and_the_talk_before_it_is_no_example():
    for said in preceded([COMMAND] * 50, TALK, 1.0, 0.5, 0):
        at = said.words.index("light")
        assert said.words[at:] == COMMAND.words
        assert (said.intent, said.weight, said.since) == ("light_on", 0.5, at)
        assert 1 <= at <= LONGEST_BEFORE


def test_a_preceded_or_broken_off_command_counts_by_the_weight_of_the_command():
    little = Utterance(("turn", "on", "the", "light"), "light_on", 0.25)
    assert {said.weight for said in preceded([little] * 5, TALK, 1.0, 0.5, 0)} == {0.125}
    assert {said.weight for said in unfinished([little] * 5, 1.0, 0)} == {0.25}


def test_talk_before_a_request_for_nothing_counts_as_talk():
    assert all(said.since == 0 and said.intent == "none" for said in preceded([OTHER] * 20, TALK, 1, 1, 0))


def test_a_share_is_preceded_and_the_same_for_the_same_seed():
    made = preceded([COMMAND] * 1000, TALK, 0.3, 1, 3)
    assert 220 < len(made) < 380
    assert made == preceded([COMMAND] * 1000, TALK, 0.3, 1, 3)
    assert made != preceded([COMMAND] * 1000, TALK, 0.3, 1, 4)


def test_long_requests_and_those_without_talk_are_not_preceded():
    assert preceded([COMMAND], [], 1.0, 1, 0) == []
    assert preceded([Utterance(tuple("turn on a b c d e f g".split()), "light_on")], TALK, 1.0, 1, 0) == []


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


SENTENCES = [Utterance(("we", *(f"t{n}{k}" for k in range(19))), "none") for n in range(9)]
ORDER = Utterance(("turn", "off", "the", "light"), "light_off", 0.5)


def test_an_order_keeps_its_label_whatever_is_said_behind_it():
    made = followed([ORDER] * 50, SENTENCES, 1.0, 0.5, 0)
    assert len(made) == 50
    for said in made:
        behind = said.words[len(ORDER.words) :]
        assert said.words[: len(ORDER.words)] == ORDER.words
        assert BEHIND[0] <= len(behind) <= BEHIND[1]
        assert any(behind == talk.words[: len(behind)] for talk in SENTENCES)
        assert (said.intent, said.weight, said.since, said.finished) == ("light_off", 0.25, 0, True)


def test_remarks_and_what_names_no_lamp_are_not_followed_unless_they_ask_for_nothing():
    remark = Utterance(tuple("the light keeps me from sleep turn off".split()), "light_off")
    bare = Utterance(("darkness", "please"), "light_off")
    assert followed([remark, bare], SENTENCES, 1.0, 1, 0) == []
    assert [u.intent for u in followed([OTHER], SENTENCES, 1.0, 1, 0)] == ["none"]


def test_what_could_go_on_with_the_request_is_not_taken_for_a_sentence_behind_it():
    assert followed([ORDER], [Utterance(("bulb", "on", "the", "table"), "none")], 1.0, 1, 0) == []
    assert followed([ORDER], [Utterance(("we",), "none")], 1.0, 1, 0) == []
    assert followed([ORDER], [], 1.0, 1, 0) == []


def test_a_share_is_followed_and_the_same_for_the_same_seed():
    made = followed([ORDER] * 1000, SENTENCES, 0.3, 1, 3)
    assert 220 < len(made) < 380
    assert made == followed([ORDER] * 1000, SENTENCES, 0.3, 1, 3)
    assert made != followed([ORDER] * 1000, SENTENCES, 0.3, 1, 4)
