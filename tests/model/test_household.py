"""What a household teaches: exact counts, the newest habit, and nothing beside its own n-grams."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import ModelError
from model.household import (
    FADING,
    NOTHING_HEARD,
    ORDER,
    PRIOR,
    SURE,
    UNIT,
    Example,
    Heard,
    Household,
    doubted,
    ngrams,
)
from model.ngram_counts import RAREST, NgramCounts, count_ngrams, load_ngram_counts, save_ngram_counts
from model.vocabulary import END, START

UNSURE = (0.02, 0.02, 0.96)

words = st.lists(st.sampled_from("abcd"), min_size=1, max_size=6).map(tuple)
examples = st.lists(
    st.builds(
        Example,
        st.integers(0, 30),
        words,
        st.sampled_from(["light_on", "light_off", "none"]),
        st.sampled_from([0.25, 1.0, 2.0]),
        st.booleans(),
    ),
    max_size=12,
)


def household(*taught: Example) -> Household:
    one = Household(NgramCounts())
    for example in taught:
        one.teach(example)
    return one


def after(one: Household, said: str, start=UNSURE):
    """The probabilities at the end of what was said."""
    return one.move(heard(START, *said.split(), END), start)


def heard(*said: str, none: float = 0.9) -> Heard:
    """What is looked back to after these, START and END among them, before which the model said P(none)."""
    return Heard(said[-ORDER:], (none,) * len(said[-ORDER:]))


def on(number: int, said: str, strength=1.0) -> Example:
    return Example(number, tuple(said.split()), "light_on", strength)


def off(number: int, said: str) -> Example:
    return Example(number, tuple(said.split()), "light_off", 1.0)


def flipped_back(number: int, said: str) -> Example:
    return Example(number, tuple(said.split()), "none", 0.5, objection=True)


@given(examples, st.lists(st.integers(0, 30), max_size=6))
def test_unteaching_gives_back_the_household_that_never_heard_it(taught, gone):
    one = household(*taught)
    for number in gone:
        one.unteach(number)
    newest = {example.number: example for example in taught}
    other = household(*(example for number, example in newest.items() if number not in gone))
    assert one._counts == other._counts
    assert one.examples() == other.examples()


@given(examples)
def test_the_order_of_teaching_does_not_matter(taught):
    unique = list({example.number: example for example in taught}.values())
    assert household(*unique)._counts == household(*reversed(unique))._counts


@given(examples, words, st.floats(0.01, 0.9))
def test_probabilities_stay_probabilities(taught, said, share):
    moved = household(*taught).move(heard(START, *said), (share, 0.05, 0.95 - share))
    assert sum(moved) == pytest.approx(1)
    assert all(p >= 0 for p in moved)


@given(examples)
def test_a_copy_is_taught_apart(taught):
    one = household(*taught)
    before = dict(one._counts)
    one.copy().teach(Example(99, ("z",), "none", 1.0))
    assert one._counts == before


def test_what_was_never_taught_changes_nothing():
    assert after(household(on(1, "lumos")), "good morning") == UNSURE


def test_one_example_moves_by_the_equation():
    moved = Household(NgramCounts())
    moved.teach(on(1, "lumos"))
    p = 0.02
    for _ in range(1):  # the unigram
        p = (1 + PRIOR * p) / (1 + PRIOR)
    assert moved.move(heard("lumos"), UNSURE)[0] == pytest.approx(p)


def test_the_newest_habit_wins_over_an_old_one():
    old = [on(n, "party time") for n in range(30)]
    new = [off(100 + n, "party time") for n in range(5)]
    assert after(household(*old), "party time")[0] > 0.9
    moved = after(household(*old, *new), "party time")
    assert moved[1] > 0.6
    assert moved[1] > moved[0] + 0.2


def test_one_wrong_flip_does_not_turn_a_habit_round():
    moved = after(household(*(on(n, "party time") for n in range(10)), off(50, "party time")), "party time")
    assert moved[0] > moved[1]


def test_one_flip_back_of_what_was_asked_for_counts_for_nothing_and_a_second_in_a_row_makes_both_count():
    asked = [on(1, "lumos"), on(2, "lumos", 0.4)]
    once = household(*asked, flipped_back(3, "lumos"))
    assert after(once, "lumos")[0] > 0.7
    once.teach(on(4, "lumos", 0.4))
    assert doubted(once.examples()) == {3}
    twice = household(*asked, flipped_back(3, "lumos"), flipped_back(4, "lumos"))
    assert doubted(twice.examples()) == frozenset()
    assert after(twice, "lumos")[0] < 0.6


def test_where_there_is_no_base_text_every_flip_back_counts():
    one = Household(NgramCounts(), doubts=False).copy()
    for example in (on(1, "lumos"), on(2, "lumos"), flipped_back(3, "lumos")):
        one.teach(example)
    assert after(one, "lumos")[2] > after(household(on(1, "lumos"), on(2, "lumos")), "lumos")[2] + 0.1


@pytest.mark.parametrize(
    "examples",
    [
        [flipped_back(1, "lumos")],
        [on(1, "lumos", 0.4), flipped_back(2, "lumos")],
        [example for n in range(0, 6, 2) for example in (on(n, "lumos", 0.6), flipped_back(n + 1, "lumos"))],
        [on(1, "lumos"), on(2, "lumos"), Example(3, ("lumos",), "none", 2.0)],
        [on(1, "lumos"), on(2, "lumos"), Example(3, ("lumos",), "light_off", 0.5, objection=True)],
    ],
    ids=[
        "nobody asked",
        "confirmed by silence once",
        "asked for now and then",
        "a person's word",
        "the other",
    ],
)
def test_a_flip_back_that_may_well_be_right_is_not_doubted(examples):
    assert doubted(examples) == frozenset()


def test_examples_with_the_same_words_fade_with_age():
    one = household(on(1, "lumos"), on(2, "lumos"))
    assert one._counts[("lumos",)] == round(UNIT) + round(UNIT * FADING)


def test_what_the_base_text_says_often_moves_little():
    common = count_ngrams([("good", "night")] * 200)
    one, other = Household(common), Household(NgramCounts())
    for taught in (one, other):
        taught.teach(off(1, "good night"))
    assert one.move(heard(START, "good"), UNSURE)[1] < 0.1
    assert other.move(heard(START, "good"), UNSURE)[1] > 0.5


def test_words_out_of_the_midst_move_less_than_the_whole():
    one = household(on(1, "make my day"), on(2, "make my day"))
    midst = one.move(heard("about", "my", "day", END), UNSURE)
    assert midst[0] < after(one, "make my day")[0] - 0.05


def test_a_phrase_at_the_end_of_a_sentence_about_something_else_is_not_meant():
    one = household(*(on(n, "party time") for n in range(5)))
    open_yet = one.move(heard("so", "party", "time", END, none=SURE - 0.01), UNSURE)
    elsewhere = one.move(heard("of", "party", "time", END, none=(1 + SURE) / 2), UNSURE)
    assert open_yet[0] > 0.6
    assert elsewhere == pytest.approx(UNSURE, abs=0.02)
    assert elsewhere[0] <= UNSURE[0]


def test_whatever_the_model_makes_of_its_words_the_whole_of_what_was_taught_is_meant():
    one = household(*(on(n, "that is all for today then") for n in range(2)))
    said = heard(START, *"that is all for today then".split(), END, none=1.0)
    assert one.move(said, UNSURE)[0] > 0.7
    short = household(on(1, "good night"))
    assert short.move(heard(START, "good", "night", END, none=1.0), UNSURE)[0] > 0.7


def test_in_a_sentence_about_something_else_what_was_taught_as_none_still_holds_back():
    one = household(Example(1, ("party", "time"), "none", 2.0))
    fooled = (0.7, 0.02, 0.28)
    assert one.move(heard("of", "party", "time", END, none=1.0), fooled)[0] < 0.5


def test_what_came_before_is_what_the_model_said_before_the_phrase():
    said = NOTHING_HEARD.then("remind", UNSURE).then("me", (0.0, 0.0, 1.0))
    said = said.then("please", UNSURE).then("party", UNSURE).then("time", UNSURE)
    assert said.leads_elsewhere(2)
    assert not said.leads_elsewhere(1)
    assert not said.leads_elsewhere(5)


def test_fillers_are_passed_over():
    one = household(on(1, "lumos"))
    said = NOTHING_HEARD
    for word in ("hey", "um", "lumos", "please"):
        said = said.then(word, UNSURE)
    assert said.words == (START, "lumos")
    assert list(ngrams(("please", "lumos"))) == list(ngrams(("lumos",)))
    assert one.move(said.then(END, UNSURE), UNSURE) == after(one, "lumos")


def test_fillers_alone_teach_nothing():
    assert household(on(1, "okay"))._counts == {}


def test_an_example_has_words():
    with pytest.raises(ValueError, match="at least one word"):
        household(Example(1, (), "none", 1.0))


def test_ngrams_begin_at_the_start_and_end_at_the_end():
    found = list(ngrams(("a", "b")))
    assert (START, "a", "b", END) in found
    assert (START,) not in found
    assert all(len(ngram) <= ORDER for ngram in found)


def test_counts_are_kept_to_a_step_of_the_scale():
    counts = count_ngrams([("a", "b")] * 50 + [("c",)] * (RAREST - 1))
    assert counts.count(("a", "b")) == pytest.approx(50, rel=0.06)
    assert counts.count(("c",)) == 0
    assert counts.count(("never",)) == 0


def test_long_ngrams_are_estimated_from_their_parts():
    counts = count_ngrams([("do", "you", "want", "to", "go")] * 40)
    assert counts.count((START, "do", "you", "want", "to")) == pytest.approx(40, rel=0.3)
    assert counts.count(("go", "want", "you", "do")) == 0


def test_counts_survive_a_file(tmp_path):
    counts = count_ngrams([("a", "b")] * 9)
    save_ngram_counts(counts, tmp_path / "n.npz")
    read = load_ngram_counts(tmp_path / "n.npz")
    assert np.array_equal(read.hashes, counts.hashes)
    assert read.count(("a", "b")) == counts.count(("a", "b"))


@pytest.mark.parametrize("content", [b"", b"nonsense"])
def test_a_file_that_holds_no_counts_is_refused(tmp_path, content):
    (tmp_path / "n.npz").write_bytes(content)
    with pytest.raises(ModelError, match="make base"):
        load_ngram_counts(tmp_path / "n.npz")
