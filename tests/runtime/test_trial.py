"""Candidate against incumbent: what is counted, and who may go into service."""

import pytest

from export.bundle import BASE_BUNDLE
from model.examples import Utterance
from runtime.brain import load_brain
from runtime.config import Config
from runtime.learning.trial import Outcome, objection, try_out


def test_commands_are_counted_by_what_stands_and_others_by_any_act():
    brain = load_brain(Config().decide, BASE_BUNDLE)
    texts = [
        ("turn on the light", "light_on"),
        ("turn on the light", "light_off"),
        ("what time is it", "light_on"),
        ("turn off the light", "none"),
        ("what time is it", "none"),
    ]
    outcome = try_out(brain, [Utterance(tuple(text.split()), intent) for text, intent in texts])
    assert outcome == Outcome(commands=3, missed=2, others=2, false_activations=1)


def test_an_act_that_is_taken_back_is_a_false_activation_too():
    brain = load_brain(Config().decide, BASE_BUNDLE)
    taken_back = "turn on the light in the garden shed of the neighbours house over there i mean the radio"
    outcome = try_out(brain, [Utterance(tuple(taken_back.split()), "none")])
    assert outcome.false_activations == 1


@pytest.mark.parametrize(
    ("candidate", "why"),
    [
        (Outcome(10, 2, 20, 1), None),
        (Outcome(10, 1, 20, 0), None),
        (
            Outcome(10, 0, 20, 2),
            "switched on 2 of 20 utterances that ask for nothing, the model in service on 1",
        ),
        (Outcome(10, 3, 20, 0), "missed 3 of 10 commands, the model in service 2"),
        (Outcome(10, 3, 20, 2), "switched on 2 of 20"),
    ],
)
def test_neither_more_false_activations_nor_more_misses_and_the_former_are_told_first(candidate, why):
    told = objection(candidate, Outcome(10, 2, 20, 1))
    assert told is None if why is None else why in told
