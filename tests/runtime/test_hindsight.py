"""What other budgets of false activations would have meant, told from the journal alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.bundle import BASE_BUNDLE, load_bundle
from model.vocabulary import END
from runtime.anticipate import answer
from runtime.anticipator import Anticipator
from runtime.config import DecideConfig
from runtime.journal.journal import Journal
from runtime.learning import hindsight
from runtime.learning.budget import LEAST, MOST
from runtime.learning.hindsight import Heard, Outcome, judge, look_back
from runtime.learning.speech_rate import DAY_S, thresholds_at
from tests.runtime.diary import heard
from tests.runtime.toy import POLICY, HashedModel

NOW = 1_800_000_000.0
QUIET = (0.01, 0.01, 0.98)
BASE = load_bundle(BASE_BUNDLE)


@pytest.fixture
def journal(tmp_path):
    with Journal.open(tmp_path) as opened:
        opened.begin_session()
        yield opened


def say(journal, likely_on: float, ended_on: float, intent=None, days_ago=1.0, **more) -> None:
    """Two words, of which the second left the light this likely to be switched on."""
    values = {
        "wall_time": NOW - days_ago * DAY_S,
        "probabilities": (QUIET, (likely_on, 0.0, 1 - likely_on)),
        "ended": (ended_on, 0.0, 1 - ended_on),
    }
    number = journal.add_utterance(heard("some words", **(values | more)))
    if intent is not None:
        journal.add_label(number, intent, "claimed", NOW)


def chatter(journal, a_day: int, days: int = 3) -> None:
    for number in range(a_day * days + 1):
        say(journal, 0.01, 0.01, days_ago=days - number / a_day)


def told(journal, **decide):
    journal.flush()
    return look_back(journal, DecideConfig.model_validate(decide), BASE, BASE, NOW)


@given(st.lists(st.sampled_from(["on", "off", "the", "light", "a"]), max_size=6))
def test_it_judges_as_the_lamp_does_that_hears_the_words_one_after_the_other(words):
    model = HashedModel()
    found = answer(Anticipator(model, POLICY), " ".join(words))
    state, trace = model.start(), []
    for word in words:
        triple, state = model.step(state, word)
        trace.append(triple)
    ended, _ = model.step(state, END)
    assert judge(trace, ended, POLICY) == (found.intent, found.intent != "none" or found.retracted)


def test_the_more_is_allowed_the_more_is_obeyed_and_the_more_fires(journal):
    chatter(journal, 1000)
    say(journal, 0.99, 0.99, "light_on")  # only the loosest half of the thresholds lets it pass
    say(journal, 0.7, 0.99, "light_on")  # the end is sure enough for all
    say(journal, 0.3, 0.3, "light_on")  # none
    say(journal, 0.65, 0.1, "none")
    say(journal, 0.999, 0.1)
    found = told(journal)
    assert found.heard == Heard(commands=3, nothings=1, unremarked=3002, unknown=0)
    loose = sum(each.thresholds.partial["light_on"] <= 0.65 for each in found.settings)
    assert [each.outcome for each in found.settings] == [
        *[Outcome(2, 0, 1)] * (len(found.settings) - loose),
        *[Outcome(2, 1, 1)] * loose,
    ]
    assert 0 < loose < len(found.settings)
    assert found.now == Outcome(2, 0, 1)


@pytest.mark.parametrize("a_day", [LEAST, 0.1, 0.4, 1.0, 3.0, 20.0, MOST])
@pytest.mark.parametrize("talk", [5, 400, 3000])
def test_a_budget_has_the_thresholds_that_retraining_will_choose(journal, talk, a_day):
    chatter(journal, talk)
    found = told(journal)
    setting = found.setting(a_day)
    assert setting is not None
    assert setting.thresholds == thresholds_at(BASE, found.rate, a_day)
    assert found.rate.asked_nothing == 3 * talk + 1
    assert found.rate.days == pytest.approx(3, abs=0.01)


def test_with_less_than_a_day_of_speech_a_budget_changes_nothing(journal):
    for number in range(50):
        say(journal, 0.01, 0.01, days_ago=0.9 - number / 100)
    say(journal, 0.99, 0.99, "light_on", days_ago=0.5)
    found = told(journal)
    assert found.settings == ()
    assert found.setting(1.0) is None
    assert found.now == Outcome(1, 0, 0)


def test_what_is_older_is_left_out_and_what_was_kept_without_its_end_is_counted_apart(journal):
    chatter(journal, 100)
    say(journal, 0.99, 0.99, "light_on", days_ago=31)
    say(journal, 0.99, 0.99, "light_on", ended=None)
    say(journal, 0.99, 0.99, ended=None)
    found = told(journal)
    assert (found.heard.commands, found.heard.unknown) == (0, 2)
    assert {each.outcome for each in found.settings} == {Outcome(0, 0, 0)}


def test_where_very_much_is_heard_it_is_looked_back_less_far(journal, monkeypatch):
    chatter(journal, 100)
    for days_ago in range(20, 0, -1):
        say(journal, 0.99, 0.99, "light_on", days_ago=days_ago)
    assert (told(journal).days, told(journal).heard.commands) == (30, 20)
    monkeypatch.setattr(hindsight, "MOST_JUDGED", 5)
    found = told(journal)
    assert (found.days, found.heard.commands, found.now.obeyed) == (5, 5, 5)


def test_a_threshold_that_is_configured_holds_whatever_is_allowed(journal):
    chatter(journal, 1000)
    say(journal, 0.55, 0.55, "light_on")
    assert {each.outcome.obeyed for each in told(journal).settings} == {0}
    assert {
        each.outcome.obeyed for each in told(journal, thresholds={"light_on": 0.5}, margin=0.0).settings
    } == {1}


def test_the_other_light_is_not_what_was_asked_for(journal):
    chatter(journal, 1000)
    say(journal, 0.999, 0.999, "light_off")
    assert {each.outcome.obeyed for each in told(journal).settings} == {0}
