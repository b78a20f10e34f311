"""When the lamp decides, when it waits, and when it takes an act back."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from model.vocabulary import END
from runtime.anticipator import STILL_S, Anticipator
from runtime.decision import Decision, Policy, Retraction, Verdict, supported, verdict
from runtime.trace import Trace
from tests.runtime.toy import (
    LEANING_ON,
    POLICY,
    SURE_NONE,
    SURE_OFF,
    SURE_ON,
    TIE,
    HashedModel,
    ScriptedModel,
)
from transcribe.hypothesis import Hypothesis

STEP_S = 0.06
NEARLY_ON = (0.85, 0.05, 0.10)
"""Enough for a final, not for a partial."""

WORDS = ["turn", "on", "off", "the", "light", "please", "no"]
utterances = st.lists(st.sampled_from(WORDS), max_size=6).map(tuple)
probabilities = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
limits = st.fixed_dictionaries({"light_on": st.floats(0.5, 1), "light_off": st.floats(0.5, 1)})
policies = st.builds(
    Policy,
    thresholds=limits,
    final_thresholds=limits,
    margin=st.floats(0, 1),
    consecutive=st.integers(1, 4),
    refractory_s=st.just(0.0),
)


def hear_all(anticipator: Anticipator, *texts: str, begin: float = 0.0) -> list[Decision | Retraction]:
    """Hear the texts 60 ms apart; one that ends with a full stop is a final."""
    changes: list[Decision | Retraction] = []
    for number, text in enumerate(texts):
        words, time = tuple(text.rstrip(".").split()), begin + number * STEP_S
        changes += anticipator.hear(Hypothesis(words, text.endswith("."), time, begin))
    return changes


ENOUGH_AT_THE_END = ScriptedModel(soon=(0.7, 0.05, 0.25))
"""`soon` is enough for a final and not for a partial."""


def scripted(policy: Policy = POLICY) -> Anticipator[None]:
    return Anticipator(ScriptedModel(), policy)


def test_decides_before_the_end_once_two_hypotheses_in_a_row_agree():
    anticipator = scripted()
    assert hear_all(anticipator, "please", "please on") == []
    (decision,) = hear_all(anticipator, "please on", begin=1.0)
    assert decision == Decision("light_on", SURE_ON[0], ("please", "on"), word=2, time=1.0)


def test_words_that_stand_still_count_like_a_final():
    still = math.ceil(STILL_S / STEP_S) + 1  # steps to stand still, and one to confirm it
    (decision,) = hear_all(Anticipator(ENOUGH_AT_THE_END, POLICY), *["soon"] * (still + 1))
    assert (decision.intent, decision.word) == ("light_on", 1)
    assert decision.time == pytest.approx(still * STEP_S)
    assert hear_all(Anticipator(ENOUGH_AT_THE_END, POLICY), *["soon"] * still) == []
    changing = [*["soon"] * still, *["soon soon"] * still]
    assert hear_all(Anticipator(ENOUGH_AT_THE_END, POLICY), *changing) == []


def test_a_pause_is_confirmed_like_anything_else_and_the_final_has_the_last_say():
    anticipator = Anticipator(ENOUGH_AT_THE_END, POLICY)
    soon = Hypothesis(("soon",), False, 0.0, 0.0)
    assert anticipator.hear(soon, paused=True) == []
    assert anticipator.hear(soon, paused=False) == []
    assert anticipator.hear(soon, paused=True) == []
    (decision,) = anticipator.hear(soon, paused=True)
    assert decision.intent == "light_on"
    (taken_back,) = anticipator.hear(Hypothesis(("soon", "not"), True, 1.0, 0.0))
    assert taken_back.decision == decision


def test_what_a_pause_leaves_none_is_still_none():
    anticipator = scripted()
    partial = Hypothesis(("good", "evening"), False, 0.0, 0.0)
    assert [anticipator.hear(partial, paused=True) for _ in range(5)] == [[]] * 5


def test_a_revised_word_breaks_the_row():
    assert hear_all(scripted(), "on", "own", "on", "off", "on") == []


def test_a_row_goes_on_when_words_are_added_that_support_the_same_intent():
    (decision,) = hear_all(scripted(), "on", "on on")
    assert decision.word == 2


def test_below_threshold_or_on_a_tie_nothing_is_decided():
    assert hear_all(scripted(), "maybe", "maybe", "tie", "tie", "maybe.") == []


def test_one_decision_an_utterance():
    assert len(hear_all(scripted(replace(POLICY, refractory_s=0.0)), *["on"] * 9, "on on.")) == 1


def test_a_final_that_supports_decides_at_once():
    (decision,) = hear_all(scripted(), "on.")
    assert (decision.intent, decision.word) == ("light_on", 1)


def test_a_final_decides_on_a_prefix_that_the_partials_skipped():
    (decision,) = hear_all(Anticipator(ScriptedModel(please=LEANING_ON), POLICY), "turn on please.")
    assert (decision.intent, decision.word, decision.words) == ("light_on", 2, ("turn", "on", "please"))


def test_a_prefix_does_not_count_when_the_whole_sentence_asks_for_nothing():
    assert hear_all(scripted(), "turn on television.") == []


def test_a_final_that_contradicts_takes_the_act_back():
    decision, retraction = hear_all(scripted(), "on", "on", "own.")
    assert retraction == Retraction(decision, ("own",), pytest.approx(2 * STEP_S))


def test_a_final_of_the_other_intent_takes_back_and_acts_even_in_the_refractory_time():
    first, retraction, second = hear_all(scripted(), "on", "on", "off.")
    assert isinstance(retraction, Retraction)
    assert (first.intent, retraction.decision, second.intent) == ("light_on", first, "light_off")


def test_the_last_word_of_a_final_has_the_last_say():
    _, retraction, second = hear_all(scripted(), "on", "on", "on no off.")
    assert isinstance(retraction, Retraction)
    assert (second.intent, second.word) == ("light_off", 3)


def test_the_last_word_wins_over_an_earlier_intent_that_is_still_likely():
    last = (0.15, 0.80, 0.05)
    assert verdict([SURE_ON, last], last, POLICY) == Verdict("light_off", 2, 0.80)


def test_what_no_word_is_sure_of_may_still_be_asked_for_by_the_whole_utterance():
    assert supported(NEARLY_ON, POLICY) == "none"
    assert verdict([TIE, LEANING_ON], NEARLY_ON, POLICY) == Verdict("light_on", 2, NEARLY_ON[0])


def test_an_end_that_makes_none_likelier_takes_back_what_a_word_supported():
    anticipator = Anticipator(ScriptedModel(**{END: SURE_NONE}), POLICY)
    decision, retraction = hear_all(anticipator, "on", "on", "on.")
    assert isinstance(retraction, Retraction)
    assert retraction.decision == decision


def test_in_the_refractory_time_nothing_is_decided():
    anticipator = scripted()
    assert len(hear_all(anticipator, "on", "on", "on.")) == 1
    assert hear_all(anticipator, "off", "off", "off.", begin=0.5) == []
    acted_s = STEP_S
    assert len(hear_all(anticipator, "off.", begin=acted_s + POLICY.refractory_s)) == 1


def test_a_new_audio_clock_is_free_of_the_old_refractory_time():
    anticipator = scripted()
    hear_all(anticipator, "on", "on", "on.", begin=100.0)
    anticipator.reset()
    assert len(hear_all(anticipator, "off", "off", begin=0.0)) == 1


def test_only_changed_words_are_read_again():
    model = HashedModel()
    trace = Trace(model)
    trace.read(("turn", "on", "the", "like"))
    trace.read(("turn", "on", "the", "light", "please"))
    trace.read(("turn", "on"))
    assert model.steps == 4 + 2


@given(st.lists(utterances, min_size=1, max_size=8))
def test_revised_partials_leave_the_same_trace_as_the_last_text_heard_afresh(texts):
    revised = Trace(HashedModel())
    for words in texts:
        revised.read(words)
    assert revised.probabilities == Trace(HashedModel()).read(texts[-1])


@given(st.lists(utterances, max_size=12), utterances, policies)
def test_what_stands_after_the_final_is_what_the_final_says_when_heard_afresh(partials, final, policy):
    travelled, fresh = (Anticipator(HashedModel(), policy) for _ in range(2))
    for words in partials:
        travelled.hear(Hypothesis(words, False, 0.0, 0.0))
    for anticipator in (travelled, fresh):
        anticipator.hear(Hypothesis(final, True, 0.0, 0.0))
    intents = [None if a.decision is None else a.decision.intent for a in (travelled, fresh)]
    assert intents[0] == intents[1]
    assert travelled.trace == fresh.trace


@given(probabilities, policies)
def test_an_intent_is_supported_only_above_threshold_margin_and_every_other(p, policy):
    intent = supported(p, policy)
    if intent == "light_on":
        assert p[0] >= policy.thresholds["light_on"]
        assert p[0] - p[2] >= policy.margin
        assert p[0] > max(p[1], p[2])
    if p[0] == p[1] or p[2] >= max(p[0], p[1]):
        assert intent == "none"


@given(probabilities, policies)
def test_swapping_the_two_intents_swaps_the_answer(p, policy):
    def swapped(limits):
        return {"light_on": limits["light_off"], "light_off": limits["light_on"]}

    mirrored = replace(
        policy, thresholds=swapped(policy.thresholds), final_thresholds=swapped(policy.final_thresholds)
    )
    swap = {"light_on": "light_off", "light_off": "light_on", "none": "none"}
    for final in (False, True):
        assert supported((p[1], p[0], p[2]), mirrored, final=final) == swap[supported(p, policy, final=final)]


def test_a_model_that_answers_not_a_number_decides_nothing():
    assert supported((math.nan, math.nan, math.nan), POLICY) == "none"
    assert verdict([(math.nan, math.nan, math.nan)], (math.nan, math.nan, math.nan), POLICY) is None


def test_nothing_said_means_nothing():
    assert supported(TIE, POLICY) == "none"
    assert verdict([], SURE_ON, POLICY) is None
    assert verdict([SURE_OFF], SURE_OFF, POLICY) == Verdict("light_off", 1, SURE_OFF[1])


class Conversation(RuleBasedStateMachine):
    """Any stream of partials and finals, with a second, slower account of what the lamp may do."""

    @initialize(policy=policies, refractory_s=st.sampled_from([0.0, 0.1, 1.0]))
    def begin(self, policy, refractory_s):
        self.policy = replace(policy, refractory_s=refractory_s)
        self.anticipator = Anticipator(HashedModel(), self.policy)
        self.time = 0.0
        self.utterance = []
        self.standing = None
        self.last_act = -math.inf
        self.words = ()

    def hear(self, words, final):
        self.time += STEP_S
        self.words = words
        return self.anticipator.hear(Hypothesis(words, final, self.time, 0.0))

    @rule(words=utterances)
    def partial(self, words):
        self.utterance.append(words)
        changes = self.hear(words, final=False)
        assert len(changes) <= 1
        for change in changes:
            assert isinstance(change, Decision)
            assert self.standing is None
            assert self.time - self.last_act >= self.policy.refractory_s
            row = self.utterance[-self.policy.consecutive :]
            assert len(row) == self.policy.consecutive
            for heard in row:
                assert supported(Trace(HashedModel()).read(heard)[-1], self.policy) == change.intent
            self.standing, self.last_act = change, self.time

    @rule(words=utterances)
    def final(self, words):
        before = self.standing
        afresh = Trace(HashedModel())
        said = verdict(afresh.read(words), afresh.ended(), self.policy)
        calm = self.time + STEP_S - self.last_act < self.policy.refractory_s
        kinds = [(type(change), getattr(change, "intent", None)) for change in self.hear(words, final=True)]
        upheld = before is not None and said is not None and said.intent == before.intent
        expected = [(Retraction, None)] if before is not None and not upheld else []
        if said is not None and not upheld and (before is not None or not calm):
            expected.append((Decision, said.intent))
            self.last_act = self.time
        assert kinds == expected
        self.standing, self.utterance = None, []

    @invariant()
    def trace_is_that_of_the_last_words(self):
        if hasattr(self, "words") and self.words:
            assert self.anticipator.trace == Trace(HashedModel()).read(self.words)


TestConversation = Conversation.TestCase
