"""Data files, folds and the mixture."""

import json
from dataclasses import replace

import pytest

from model.corpus import (
    Mixture,
    check_can_be_judged,
    phrase_utterances,
    pool,
    read_corpus,
    training_utterances,
)
from model.errors import ModelError
from model.examples import Utterance, split
from model.hand_labels import key
from model.spoken import held_out_texts, read_spoken, spoken_utterances

REAL = [
    {"text": "turn on the light", "label": "light_on"},
    {"text": "Dim the light", "label": "ambiguous"},
    {"text": "play it", "label": "none"},
]
REQUESTS = [
    {"text": "what's the time", "label": "none"},
    {"text": "dark mode", "label": "unlabelled"},
    {"text": "Lamp on", "label": "unlabelled"},
]
UNLABELLED = "lamp on\nno more light\ndim it\n"


def said(*texts: str) -> list[Utterance]:
    return [Utterance(tuple(text.split()), "none") for text in texts]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "real_text.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in REAL))
    (tmp_path / "other_requests.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in REQUESTS))
    (tmp_path / "slurp_sentences.txt").write_text(UNLABELLED)
    (tmp_path / "conversation.tsv").write_text(
        "corpus\tmeeting\ttext\nami\tES1\tok so\nami\tES1\tit 's \"fine\nami\tB\thm\n"
    )
    return tmp_path


def test_every_file_is_read_and_what_has_no_right_answer_is_left_out(folder):
    corpus = read_corpus(folder)
    assert corpus.real == [
        Utterance(("turn", "on", "the", "light"), "light_on"),
        Utterance(("play", "it"), "none"),
    ]
    assert corpus.requests == [Utterance(("what's", "the", "time"), "none")]
    assert corpus.labelled == []
    assert corpus.talk == {"ES1": said("ok so", "it's fine"), "B": said("hm")}


def test_a_corpus_too_small_to_hold_a_part_out_is_refused_in_one_sentence(folder):
    corpus = read_corpus(folder)
    with pytest.raises(ModelError, match="no request labelled light_off"):
        check_can_be_judged(corpus)
    whole = replace(corpus, real=[*corpus.real, Utterance(("lamp", "off"), "light_off")])
    with pytest.raises(ModelError, match="2 meetings; at least 4"):
        check_can_be_judged(whole)
    check_can_be_judged(replace(whole, talk={name: said("hm") for name in "abcd"}))


def test_sentences_without_a_label_are_read_once_where_one_was_given_by_hand(folder, monkeypatch):
    labels = {
        key(("lamp", "on")): "light_on",
        key(("dark", "mode")): "none",
        key(("play", "it")): "light_off",
    }
    monkeypatch.setattr("model.corpus.read_hand_labels", lambda: labels)
    assert read_corpus(folder).labelled == [
        Utterance(("dark", "mode"), "none"),
        Utterance(("lamp", "on"), "light_on"),
    ]


@pytest.mark.parametrize(
    ("name", "line", "complaint"),
    [
        ("real_text.jsonl", "{", "line 4: not a JSON object"),
        ("real_text.jsonl", '{"text": "x", "label": "on"}', "label 'on' is not one of"),
        ("other_requests.jsonl", "[]", "line 4: not a JSON object"),
        ("conversation.tsv", "only one field", "line 5: needs corpus, meeting and text"),
    ],
)
def test_a_bad_line_is_named(folder, name, line, complaint):
    with (folder / name).open("a") as file:
        file.write(line + "\n")
    with pytest.raises(ModelError, match=complaint):
        read_corpus(folder)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"conversation\.tsv cannot be read .*--data names the folder"):
        read_corpus(tmp_path)


def test_splitting_keeps_equal_texts_together_and_loses_nothing():
    utterances = said(*(f"text {n % 40}" for n in range(120)))
    rest, held_out = split(utterances, 0.25, seed=0)
    assert sorted(u.words for u in rest + held_out) == sorted(u.words for u in utterances)
    assert not {u.words for u in rest} & {u.words for u in held_out}
    assert 10 <= len(held_out) <= 60


def test_the_mixture_weighs_real_requests_and_bounds_the_rest():
    mixture = Mixture(
        command_cap=1,
        look_alike_cap=1,
        home_assistant_cap=1,
        real_weight=4.0,
        requests=3,
        talk=2,
        unfinished=0.0,
        spoken_weight=0.0,
        misheard=0.0,
        pieces=0.0,
        preceded=0.0,
        followed=0.0,
    )
    phrases = phrase_utterances(mixture, seed=0)
    real = [Utterance(("lumos",), "light_on")]
    mixed = training_utterances(mixture, 0, real, said("a", "b", "c", "d"), said("e", "f", "g"))
    assert len(mixed) == len(phrases) + 1 + 3 + 2
    assert [u.weight for u in mixed if u.words == ("lumos",)] == [4.0]
    assert {u.intent for u in phrases} == {"light_on", "light_off", "none"}
    assert {u.weight for u in phrases} == {mixture.phrase_weight}


def test_the_mixture_holds_commands_in_talk_broken_off_ones_and_misheard_ones():
    mixture = Mixture(
        command_cap=2,
        look_alike_cap=1,
        home_assistant_cap=1,
        unfinished=1.0,
        preceded=1.0,
        followed=1.0,
        misheard=1.0,
    )
    talk = said("well anyway i thought about it")
    mixed = training_utterances(mixture, 0, [], [], talk)
    assert any(
        u.intent == "light_on" and u.words[: u.since] == talk[0].words[-u.since :] for u in mixed if u.since
    )
    assert any(u.intent == "light_on" and u.words[-3:] == talk[0].words[:3] for u in mixed)
    assert any(u.intent == "none" and u.since == len(u.words) for u in mixed)
    assert any(u.intent == "light_on" and "like" in u.words and "light" not in u.words for u in mixed)


def test_talk_that_names_a_lamp_is_not_searched_for_hard_negatives():
    requests, talk = said("play light jazz"), said("can you get the lights", "nobody knows")
    assert pool(requests, talk) == [*requests, talk[1]]


def test_phrases_are_trained_on_as_the_recogniser_wrote_them_but_never_those_of_the_test():
    mixture = Mixture(
        command_cap=1, look_alike_cap=1, home_assistant_cap=1, unfinished=0.0, spoken_weight=0.25, pieces=0.0
    )
    mixed = training_utterances(mixture, 0, [], [], [])
    heard = {u.words for u in mixed if u.weight == 0.25}
    assert heard == {u.words for u in spoken_utterances(read_spoken("train"))}
    assert not held_out_texts() & {u.words for u in mixed if u.weight != 0.25}
