"""New phrases taught through the real learner: counting corrections, forgetting, wrong flips."""

import json

import pytest

from benchmarks.new_phrases import (
    PATIENCE,
    Phrase,
    Pupil,
    known,
    misheld,
    one_by_one,
    read_phrases,
    together,
    turned,
)
from benchmarks.new_phrases_pieces import PLACES, Pieces, pieces_of
from benchmarks.new_phrases_report import Known, Lessons, Misheld, Turned, write_page
from benchmarks.new_phrases_text import Text, counts_without, read_text
from model.base_model import BASE_FOLDER
from model.ngram_counts import NGRAMS_FILE, load_ngram_counts

PHRASES = [Phrase("sparkle sparkle", "light_on", "words"), Phrase("camping mode", "light_off", "scenes")]


@pytest.fixture
def pupil(tmp_path):
    return Pupil(load_ngram_counts(BASE_FOLDER / NGRAMS_FILE), tmp_path, checked=False)


def test_there_are_fifty_phrases_and_the_base_model_obeys_none(pupil):
    phrases = read_phrases()
    assert len({phrase.text for phrase in phrases}) == 50
    assert [p.text for p in phrases if pupil.intent(p.text) != "none"] == []
    assert pupil.fires([phrase.text for phrase in phrases]) == set()


def test_corrections_are_counted_and_forgotten_between_phrases(pupil):
    once = one_by_one(pupil, PHRASES, lambda: None)
    assert all(1 <= needed <= PATIENCE for needed in once)
    assert len(pupil.learner.household) == 0
    assert one_by_one(pupil, PHRASES[::-1], lambda: None) == once[::-1]


def test_what_is_known_already_needs_no_correction(pupil):
    together(pupil, PHRASES)
    assert [pupil.corrections(phrase.text, phrase.intent) for phrase in PHRASES] == [0, 0]
    assert pupil.fires(["sparkle sparkle", "what a nice morning"]) == {"sparkle sparkle"}


def test_a_phrase_that_is_never_obeyed_is_told_from_one_that_is_late(pupil):
    pupil.taught = lambda *_: 0
    assert pupil.corrections("sparkle sparkle", "light_on") == PATIENCE + 1


def test_a_habit_is_turned_to_the_other_side_and_to_nothing(pupil):
    found = turned(pupil, PHRASES, lambda: None)
    assert [turn.confirmed for turn in found] == [0, 10, 30]
    assert all(1 <= n <= PATIENCE for turn in found for n in [*turn.other, *turn.nothing])


def test_wrong_flips_cost_something_and_right_ones_nothing(pupil):
    right, wrong = (misheld(pupil, PHRASES, share, 1, lambda: None) for share in (0.0, 0.5))
    assert right.obeyed[0] == 0
    assert right.obeyed[-10:] == [1.0] * 10
    assert sum(wrong.obeyed) < sum(right.obeyed)


def test_the_counts_are_made_without_the_sentences_that_are_heard(tmp_path):
    requests = [{"text": f"order number {n} of the day", "label": "none"} for n in range(1200)]
    lines = {"real_text.jsonl": requests, "other_requests.jsonl": []}
    for name, entries in lines.items():
        (tmp_path / name).write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    talk = [f"x\tmeeting{m}\tgrumble of meeting {m}" for m in range(20) for _ in range(5)]
    (tmp_path / "conversation.tsv").write_text("\n".join(["corpus\tmeeting\ttext", *talk]) + "\n")
    (tmp_path / "slurp_sentences.txt").write_text("order number 7 of the day\nturn on the lamp\nsing to me\n")
    text = read_text(tmp_path)
    heard = {sentence for group in text.groups.values() for sentence in group}
    assert heard.isdisjoint(" ".join(u.words) for u in text.rest)
    assert text.groups["requests never seen"] == ["sing to me"]
    counts = counts_without(text)
    assert counts.count(("number",)) == pytest.approx(
        200, rel=0.06
    )  # of 1,200, a thousand of which are heard
    meetings = sum(counts.count(("meeting", str(m))) > 0 for m in range(20))
    assert meetings == 18


def test_the_page_says_plainly_what_is_not_met(tmp_path):
    text = Text({title: ["a b"] for title in ("requests to assistants", "overheard talk", "other")}, [])
    known = Known([0, 0, 0], [0, 2, 0], 1, 1, {"as taught": 2})
    page = write_page(
        *(tmp_path, text, ["words", "scenes"], ([1, 4], [1, 2]), (known, known)),
        *(Lessons([0.01], 0.1, 5_000_000, 0), [Turned(0, [2, 9], [1, 1])]),
        [Misheld(0.0, [0.0, 1.0]), Misheld(0.05, [0.0, 0.5])],
        {"talk": {"end": Pieces(70, 6, 31)}},
    ).read_text()
    assert page.count("**Not met**") == 4
    assert "| talk | end | 70 | 6 | 31 |" in page
    assert "| all | 2 | 2.5 | 4 | 0 | 1 | 0 | 0 | 1 |" in page
    assert "25.0 points" in page


def test_a_sentence_that_is_a_taught_phrase_is_told_from_one_that_holds_it(pupil):
    together(pupil, PHRASES)
    text = Text({"idle": ["camping mode", "hey camping mode please", "the weather is fine"]}, [])
    found = known(pupil, PHRASES, text, [set()])
    assert (found.after, found.phrase_itself, found.holding) == ([2], 1, 1)


def test_a_taught_piece_of_a_request_for_something_else_does_not_switch_the_lamp_in_it(pupil):
    requests = [
        "play the breakfast club",
        "remind me to buy a snuggle blanket",
        "who is the singer of purple rain",
    ]
    found = pieces_of(pupil, requests * 4, 3)
    assert tuple(found) == PLACES
    assert found["end"].obeyed >= 6
    assert found["end"].led_in >= 3
    assert [each.sentences for each in found.values()] == [0, 0, 0]
    assert len(pupil.learner.household) == 0
