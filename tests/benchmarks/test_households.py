"""Simulated households: what is planned, how people react, what is counted, when a lamp from zero is of use."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.household import Task, compare, tasks
from benchmarks.households.habits import EACH, KINDS, people
from benchmarks.households.lamps import LAMPS, LampInHousehold, lamp_of
from benchmarks.households.life import live
from benchmarks.households.logistic import LogisticTeacher, NgramModel, background
from benchmarks.households.plan import DAY_S, Flip, Talk, Wish, plan, vary
from benchmarks.households.record import Asked, Day, Record, record_from, record_json
from benchmarks.households.report import obeyed, write_page
from benchmarks.households.zero import zero_of
from model.vocabulary import END
from runtime.learning.teacher import LaterTeacher

TALK = [[tuple(f"well number {n} of {m} is what they say".split()) for n in range(60)] for m in range(8)]


def wish(at_s, text, intent, *, slips=False):
    return Wish(at_s, tuple(text.split()), intent, 3.0, slips)


@pytest.fixture
def fixed():
    with lamp_of("fixed", None) as lamp:
        yield lamp


@pytest.fixture
def learning():
    with lamp_of("learning", None) as lamp:
        yield lamp


def test_what_is_planned_is_the_same_for_every_lamp_and_another_for_every_seed():
    first, again, other = (plan(KINDS["family"], seed, 3, TALK, 20) for seed in (1, 1, 2))
    assert first == again != other
    assert [moment.at_s for moment in first] == sorted(moment.at_s for moment in first)
    wishes = [moment for moment in first if isinstance(moment, Wish)]
    assert [w.intent for w in wishes] == ["light_on", "light_off"] * 15
    assert sum(isinstance(moment, Talk) for moment in first) == 3 * 20


def test_only_some_households_flip_wrongly_or_watch_television():
    right, wrong, television = (plan(KINDS[k], 1, 30, TALK, 20) for k in ("family", "wrong", "television"))
    assert not any(m.slips for m in right if isinstance(m, Wish))
    assert 3 <= sum(m.slips for m in wrong if isinstance(m, Wish)) <= 30
    assert sum(isinstance(m, Flip) for m in wrong) > sum(isinstance(m, Flip) for m in right) == 60
    assert sum(isinstance(m, Talk) for m in television) > 30 * 60


def test_a_change_of_mind_turns_phrases_round_and_brings_new_ones():
    (before,), (after,) = people(KINDS["change"], 5)
    assert set(after["light_off"]) & set(before["light_on"]) == set(before["light_on"][: EACH - 1])
    assert len(set(after["light_off"]) - {*before["light_on"], *before["light_off"]}) == 1
    (before,), (after,) = people(KINDS["private"], 5)
    assert before == after


def test_most_is_said_as_ever():
    random = np.random.default_rng(0)
    said = [vary("good night", random) for _ in range(500)]
    assert 0.6 < said.count("good night") / 500 < 0.8
    assert all("good night" in text for text in said)


def test_without_learning_each_unknown_wish_is_a_correction(fixed):
    moments = [wish(100 * n, "sparkle tree", "light_off" if n % 2 else "light_on") for n in range(10)]
    record = live(fixed, moments, 1)
    assert record.days == [Day(wishes=10, obeyed=0, corrections=10, words=20, wish_words=20)]


def test_a_known_command_is_obeyed_and_what_is_there_already_is_not_asked_for(fixed):
    on, off = "turn on the light", "turn off the light"
    moments = [wish(10, on, "light_on"), wish(100, on, "light_on"), wish(200, off, "light_off")]
    record = live(fixed, moments, 1)
    assert [(day.wishes, day.obeyed, day.corrections) for day in record.days] == [(2, 2, 0)]
    assert [asked.words for asked in record.asked] == [4, 8]


def test_an_act_on_talk_is_counted_and_undone_at_once_or_later(fixed):
    words = ("turn", "on", "the", "light")
    record = live(fixed, [Talk(10, words, 3.0), Talk(100, words, 60.0), Talk(200, words, 3.0)], 1)
    (day,) = record.days
    assert (day.false_activations, day.corrections) == (3, 3)
    assert len(record.false_at_s) == 3


def test_the_switch_teaches_through_the_journal(learning):
    moments = [
        wish(100 * n, "sparkle tree" if n % 2 else "foggy moon", "light_off" if n % 2 else "light_on")
        for n in range(20)
    ]
    record = live(learning, moments, 1)
    assert [asked.obeyed for asked in record.asked][-12:] == [True] * 12
    labels = [(label.intent, label.source) for label in learning.journal.labels()]
    assert ("light_off", "claimed") in labels
    assert ("light_on", "unobjected") in labels
    assert len(labels) == 20


def test_a_wrong_flip_is_an_objection_and_is_put_right(learning):
    record = live(learning, [wish(10, "turn on the light", "light_on", slips=True)], 1)
    assert [label.source for label in learning.journal.labels()] == ["objected"]
    assert record.days[0].corrections == 0
    assert record.days[0].obeyed == 1


def test_a_lamp_retrains_at_night_only():
    nights = []
    with lamp_of("fixed", None) as lamp:
        watched = LampInHousehold(lamp.service, LaterTeacher(), None, nights.append, 2)
        live(watched, [], 7)
    assert len(nights) == 3
    assert np.allclose(np.diff(nights), 2 * DAY_S)


def test_logistic_regression_learns_at_night_what_it_was_taught_by_day(fixed, monkeypatch):
    monkeypatch.setattr("benchmarks.households.logistic.CAP", 1)
    monkeypatch.setattr("benchmarks.households.logistic.TALK", 100)
    teacher = LogisticTeacher(fixed.service, background(TALK))
    for n in range(4):
        teacher.teach(n, ("sparkle", "tree"), "light_on", "claimed")

    def probability():
        model = fixed.service.brain.session
        state = model.start()
        for word in ("sparkle", "tree"):
            _, state = model.step(state, word)
        return model.step(state, END)[0][0]

    before = probability()
    teacher.refit()
    assert before < 0.5 < 0.9 < probability()


def test_an_n_gram_counts_once_in_an_utterance():
    model = NgramModel({"so": 0}, np.array([[1.0, 0.0, 0.0]]), np.zeros(3))
    first, state = model.step(model.start(), "so")
    second, _ = model.step(state, "so")
    assert first == second != (1 / 3, 1 / 3, 1 / 3)


def asked(shares, words=10):
    return [Asked(3600.0 * n, share, words * (n + 1)) for n, share in enumerate(shares)]


def test_a_lamp_from_zero_is_of_use_when_eighteen_of_twenty_are_obeyed():
    record = Record([Day()] * 2, asked([False] * 12 + [True] * 30), [])
    zero = zero_of(record)
    assert zero.wishes == 30  # the last twenty then hold two that were not
    assert zero.minutes == pytest.approx(300 / 150)
    assert zero_of(Record([Day()], asked([True, False] * 20), [])).minutes is None


def test_a_lamp_that_acts_falsely_is_of_no_use_for_a_day():
    noisy = Record([Day()] * 2, asked([True] * 40), [18 * 3600.0, 18.5 * 3600.0])
    assert zero_of(replace(noisy, false_at_s=[])).wishes == 20
    assert zero_of(noisy).minutes is None  # two in the last 24 hours, from hour 19 to the end at 39
    assert zero_of(replace(noisy, false_at_s=noisy.false_at_s[:1])).wishes == 20


def test_a_run_that_was_stopped_carries_on(tmp_path, monkeypatch):
    wanted = [Task("direct", "fixed", seed, 2, torch=False) for seed in range(2)]
    lived = []

    def run(task, *_):
        lived.append(task.seed)
        return Record([Day(wishes=task.seed)], asked([True]), [1.0])

    monkeypatch.setattr("benchmarks.household.run", run)
    from rich.console import Console

    quiet = Console(quiet=True)
    first = compare(wanted[:1], None, tmp_path, quiet)
    both = compare(wanted, None, tmp_path, quiet)
    assert lived == [0, 1]
    assert both[wanted[0]] == first[wanted[0]]


def test_a_record_comes_back_from_its_json():
    record = Record([Day(1, 2, 3, 4, 5, 6)], asked([True, False]), [2.5])
    assert record_from(json.loads(json.dumps(record_json(record)))) == record


def test_the_page_says_plainly_what_is_not_met(tmp_path):
    def run(right, wrong, false=0):
        return Record([Day(10, right, false, wrong, 100, 30)] * 3, asked([right > 5] * 30), [])

    records = {lamp: {kind: [run(8, 2)] for kind in KINDS} for lamp in LAMPS}
    records["fixed"] = {kind: [run(0, 10)] for kind in KINDS}
    records["learning"] |= {"wrong": [run(5, 5)], "television": [run(9, 1, false=2)]}
    records["zero"] = {"private": [run(8, 2)]}
    page = write_page(tmp_path, records, (100, 40), "the command").read_text()
    assert page.count("**Not met**") == 2  # wrong flips take half of the corrections, and 30 points
    assert "more than a third in: the family, 5 % wrong flips." in page.replace("\n", " ")
    assert "30.0 points" in page
    assert (tmp_path / "household_days.png").stat().st_size > 5000
    assert obeyed(records["learning"]["wrong"][0]) == 0.5


def test_every_kind_lives_with_every_lamp():
    found = list(tasks(3, 30, torch=True))
    assert len({(t.kind, t.lamp, t.seed) for t in found}) == len(found) == 3 * (8 * 3 + 5)
    assert all(task.torch == (task.lamp == "learning") for task in found)
