"""The comparison with the emulated board sees what is different and passes over what may be."""

import copy

import pytest

from benchmarks.board import BoardError, Machine, Outcome, numbers, tables, told_apart

HEARD = [
    {"event": "heard", "time": 0.9, "text": "turn on", "final": False, "probabilities": [0.25, 0.01, 0.74]},
    {"event": "decision", "time": 1.8, "intent": "light_on", "confidence": 0.9, "text": "turn on", "word": 2},
    {"event": "end", "duration": 2.5, "compute": 0.6, "dropped_blocks": 0},
]
NUMBERS = [
    {"stage": "resampler, samples", "of": "a.wav", "values": [5, -7]},
    {"stage": "language model, probabilities", "of": "turn on", "values": [0.5, 0.25, 0.25]},
    {"stage": "language model, probabilities", "of": "off", "values": [0.5, 0.25, 0.25]},
]


def outcomes() -> tuple[Outcome, Outcome]:
    here = Outcome(HEARD, [{"text": "turn on", "decision": "light_on", "trace": [{"none": 0.5}]}], NUMBERS)
    return here, copy.deepcopy(here)


def test_the_same_heard_later_and_with_one_step_of_rounding_is_the_same():
    here, there = outcomes()
    there.heard[1] |= {"time": 7.1, "confidence": 0.9001}
    there.heard[0]["probabilities"][0] = 0.2499
    there.heard[2]["compute"] = 8.8
    there.answers[0]["trace"][0]["none"] = 0.5001
    there.numbers[0]["values"][1] = -8
    there.numbers[1]["values"][0] = 0.50009
    assert told_apart(here, there) == []


@pytest.mark.parametrize(
    ("event", "key", "value"),
    [
        (0, "text", "turn off"),
        (0, "final", True),
        (0, "probabilities", [0.2502, 0.01, 0.74]),
        (0, "probabilities", [0.25, 0.01]),
        (1, "intent", "light_off"),
        (1, "word", 1),
        (1, "confidence", 0.8998),
        (2, "duration", 2.4),
    ],
)
def test_anything_else_is_told_with_its_place(event, key, value):
    here, there = outcomes()
    there.heard[event][key] = value
    (line,) = told_apart(here, there)
    assert line.startswith(f"event {event + 1} {key}")


def test_an_event_more_or_less_is_told():
    here, there = outcomes()
    there.heard.pop()
    assert len(told_apart(here, there)) == 1


def test_a_sentence_decided_otherwise_is_told():
    here, there = outcomes()
    there.answers[0]["decision"] = "none"
    assert told_apart(here, there) == ["sentence 1 decision: 'light_on' here, 'none' on the board"]


@pytest.mark.parametrize(("line", "value"), [(0, 7), (1, 0.5002), (2, float("nan"))])
def test_a_stage_that_computes_too_much_otherwise_is_told(line, value):
    here, there = outcomes()
    there.numbers[line]["values"][0] = value
    (told,) = told_apart(here, there)
    assert told.startswith(here.numbers[line]["stage"])


def test_the_numbers_of_a_stage_are_counted_together():
    here, there = outcomes()
    there.numbers[1]["values"][1] = 0.2503
    there.numbers[2]["values"][1] = 0.25001
    found = numbers(here, there)["language model, probabilities"]
    assert (found.count, found.same, found.far) == (6, 4, 1)
    assert found.largest == pytest.approx(3e-4)
    shown = tables(here, there, (1, 10))
    assert "| language model, probabilities | 6 | 66.67 % | 1 | 3.0e-04 |" in shown
    assert "| resampler, samples | 2 | 100.00 % | 0 | 0.0e+00 |" in shown
    assert "| of these, not the same | 0 |" in shown


def test_machines_that_computed_different_things_are_not_compared():
    here, there = outcomes()
    there.numbers[0]["values"].append(1)
    with pytest.raises(BoardError, match="same version"):
        numbers(here, there)


def test_a_machine_that_dies_is_named_with_how_it_ended(tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nkill -ILL $$\n")
    python.chmod(0o755)
    with pytest.raises(BoardError, match=r"the board: `-c import onnxruntime \.\.\.` ended with -4"):
        Machine("the board", python).run("-c", "import onnxruntime")
