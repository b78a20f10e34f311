"""The sentences that are easy to get wrong are well formed, and the shipped bundle gets enough of them right.

No assertion shows a sentence of `kept`.
"""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import hard_cases as examination
from benchmarks.hard_cases import Outcome, Score, examine, markdown, outcome, score
from benchmarks.hard_cases_file import EVERYDAY, PARTS, HardCase, HardCasesError, hard_cases
from model.intent import ACTIONS, INTENTS, Intent
from runtime.brain import Brain, load_brain
from runtime.config import DecideConfig

CASES = hard_cases("both")
GROUPS = tuple(dict.fromkeys(case.group for case in CASES))

FLOOR = {
    "negation": 26,
    "narration": 30,
    "questions": 28,
    "other_devices": 30,
    "other_meanings": 30,
    "unfinished": 29,
    "indirect": 25,
    "recogniser_errors": 29,
    "buried": 22,
    "plain": 36,
    "talk": 30,
}
"""How many sentences of `kept` the shipped bundle must get right, at most two less than in docs/hard_cases.md."""

FLOOR_OF_ALL = 324
"""The same of all groups together: another seed moves single groups by two or three sentences, but not their sum."""


EVERYDAY_FLOOR = {
    "direct": 0.85,
    "polite": 0.85,
    "indirect": 0.68,
    "with_reason": 0.85,
    "negation": 0.9,
    "narration": 0.9,
    "questions": 0.9,
    "other_devices": 0.95,
    "other_meanings": 0.92,
    "unfinished": 0.8,
    "talk": 0.95,
    "assistant_requests": 0.95,
}
"""Share of `kept` of the everyday sentences likewise."""


@pytest.fixture(scope="module")
def brain() -> Brain:
    return load_brain(DecideConfig())


def test_every_text_is_as_the_recogniser_writes_it() -> None:
    assert sum(re.fullmatch(r"[a-z']+( [a-z']+)*", case.text) is None for case in CASES) == 0


def test_no_text_is_in_two_groups_or_in_both_parts() -> None:
    texts, distinct = len(CASES), len({case.text for case in CASES})
    assert distinct == texts


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("group", GROUPS)
def test_every_group_has_enough_in_each_part(group: str, part: str) -> None:
    intents = Counter(case.intent for case in CASES if (case.group, case.part) == (group, part))
    assert intents.total() >= 20
    assert intents["none"] in (0, intents.total())
    assert intents["light_on"] == intents["light_off"]


def test_a_part_is_its_half() -> None:
    tuned, kept = hard_cases("tuned"), hard_cases("kept")
    assert {case.part for case in tuned} == {"tuned"}
    assert {case.part for case in kept} == {"kept"}
    halves, whole = len(tuned) + len(kept), len(CASES)
    assert halves == whole
    assert {case.intent for case in tuned} == set(INTENTS)


GOOD = """
negation:
  means: "Nothing is to change."
  intent: "none"
  tuned: ["leave it"]
  kept: ["don't touch it"]
plain:
  means: "Commands."
  tuned: ["light_on: lights on"]
  kept: ["light_off: lights out"]
"""


def test_a_group_gives_its_intent_or_each_sentence_does(tmp_path: Path) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert hard_cases("both", path) == [
        HardCase("negation", "tuned", "none", "leave it"),
        HardCase("negation", "kept", "none", "don't touch it"),
        HardCase("plain", "tuned", "light_on", "lights on"),
        HardCase("plain", "kept", "light_off", "lights out"),
    ]


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        (GOOD, "[", "cannot be read"),
        (GOOD, "- list", "mapping of groups"),
        ('means: "Commands."', "means: 3", "plain: means"),
        ('  means: "Commands."\n', "", "plain must have means"),
        ("plain:", "plain:\n  extra: 1", "nothing else"),
        ('intent: "none"', "intent: off", "negation: intent must be one of"),
        ('tuned: ["leave it"]', 'tuned: "leave it"', "negation: tuned must be a list"),
        ('"leave it"', "off", "negation, tuned, entry 1 must be a text"),
        ("light_off: lights out", "lights out", "plain, kept, entry 1 must be"),
        ("light_off: lights out", "dim: lights out", "plain, kept, entry 1 must be"),
        ("light_off: lights out", "none: lights out", "different groups"),
        ("don't touch it", "Don't touch it", "negation, kept, entry 1 must be lower-case"),
        ("don't touch it", "do n't touch it", "negation, kept, entry 1 must be lower-case"),
        ("don't touch it", "don't  touch it", "negation, kept, entry 1 must be lower-case"),
        ("don't touch it", "leave it", "negation, kept is also in negation, tuned"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_place(
    tmp_path: Path, good: str, bad: str, told: str
) -> None:
    assert good in GOOD
    path = tmp_path / "cases.yaml"
    path.write_text(GOOD.replace(good, bad), encoding="utf-8")
    with pytest.raises(HardCasesError) as refused:
        hard_cases("tuned", path)
    assert told in str(refused.value)
    assert "touch it" not in str(refused.value)


@pytest.mark.parametrize(
    ("wanted", "switched", "stands", "expected"),
    [
        ("none", [], "none", "right"),
        ("none", ["light_on"], "none", "taken back"),
        ("none", ["light_on"], "light_on", "stood"),
        ("light_on", ["light_on"], "light_on", "right"),
        ("light_on", [], "none", "missed"),
        ("light_on", ["light_on"], "none", "taken back"),
        ("light_on", ["light_off"], "none", "opposite"),
        ("light_off", ["light_on", "light_off"], "light_off", "opposite"),
    ],
)
def test_an_outcome_looks_at_every_word(
    wanted: Intent, switched: list[Intent], stands: Intent, expected: Outcome
) -> None:
    assert outcome(wanted, switched, stands) == expected


def test_the_lamp_hears_word_by_word_and_the_final(brain: Brain) -> None:
    asked = "turn off the light please"
    answered, result = examine(brain, HardCase("plain", "tuned", "light_off", asked))
    assert (answered.intent, result) == ("light_off", "right")
    assert answered.decision is not None
    assert answered.decision.word < len(asked.split()), "it does not act before the end"
    assert examine(brain, HardCase("plain", "tuned", "light_on", asked))[1] == "opposite"
    assert examine(brain, HardCase("talk", "tuned", "none", asked))[1] == "stood"


def test_outcomes_add_up_and_commands_are_told_from_the_rest(brain: Brain) -> None:
    cases = [
        HardCase("plain", "tuned", "light_off", "turn off the light please"),
        HardCase("plain", "tuned", "light_on", "turn the light off please"),
        HardCase("talk", "tuned", "none", "there is soup in the kitchen"),
        HardCase("talk", "kept", "none", "the soup is cold"),
    ]
    assert score(brain, "tuned", cases) == [
        Score("tuned", "plain", True, {"right": 1, "opposite": 1}, 1),
        Score("tuned", "talk", False, {"right": 1}, 1),
    ]


def test_the_table_leaves_out_what_cannot_happen() -> None:
    commands = Score("tuned", "plain", True, {"right": 3, "missed": 1}, 3)
    others = Score("kept", "talk", False, {"stood": 1, "taken back": 1}, 1)
    assert markdown([commands, others]).splitlines() == [
        "| group (tuned) | right | right at the end | opposite | missed | stood | taken back |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| plain | 3 of 4 (75%) | 3 | 0 | 1 |  | 0 |",
        "",
        "| group (kept) | right | right at the end | opposite | missed | stood | taken back |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| talk | 0 of 2 (0%) | 1 |  |  | 1 | 1 |",
    ]


@pytest.fixture
def all_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sentences at which the shipped bundle fails: each wants the opposite of what it says."""
    cases = [
        HardCase("plain", "tuned", "light_on", "turn the light off please"),
        HardCase("plain", "kept", "light_off", "turn the light on please"),
    ]
    monkeypatch.setattr(
        examination, "hard_cases", lambda part, _path: [c for c in cases if part in ("both", c.part)]
    )


@pytest.mark.usefixtures("all_wrong")
def test_only_failures_of_tuned_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert examination.main(["--show"]) == 0
    shown = capsys.readouterr().out.replace("| ", "")
    assert "0 of 1 (0%)" in shown
    assert "turn the light off please" in shown
    assert "turn the light on please" not in shown
    with pytest.raises(SystemExit) as refused:
        examination.main(["--show", "--part", "kept"])
    assert refused.value.code == 2


@pytest.mark.usefixtures("all_wrong")
def test_json_has_figures_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert examination.main(["--json", "--part", "kept"]) == 0
    counts = {"cases": 1, "right": 0, "opposite": 1, "missed": 0, "taken_back": 0, "right_at_the_end": 0}
    assert json.loads(capsys.readouterr().out) == {"part": "kept", "group": "plain", **counts}


def test_a_bundle_that_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert examination.main(["--bundle", str(tmp_path / "nowhere")]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "nowhere" in said.err
    assert len(said.err.splitlines()) == 1


def test_every_group_has_a_floor_and_asks_for_both_actions_or_none() -> None:
    assert set(FLOOR) == set(GROUPS)
    for group in GROUPS:
        assert {case.intent for case in CASES if case.group == group} in ({"none"}, set(ACTIONS))


@pytest.mark.parametrize("group", FLOOR)
def test_the_shipped_bundle_gets_enough_of_kept_right(brain: Brain, group: str) -> None:
    (scored,) = score(brain, "kept", [case for case in CASES if case.group == group])
    right = scored.outcomes["right"]
    assert right >= FLOOR[group]


def test_the_shipped_bundle_gets_enough_of_all_kept_right(brain: Brain) -> None:
    right = sum(scored.outcomes["right"] for scored in score(brain, "kept", CASES))
    assert right >= FLOOR_OF_ALL


def test_everyday_sentences_have_a_floor_group_by_group_and_none_is_a_hard_case() -> None:
    everyday = hard_cases("both", EVERYDAY)
    assert {case.group for case in everyday} == set(EVERYDAY_FLOOR)
    shared = len({case.text for case in everyday} & {case.text for case in CASES})
    assert shared == 0


@pytest.mark.parametrize("group", EVERYDAY_FLOOR)
def test_the_shipped_bundle_gets_enough_everyday_sentences_right(brain: Brain, group: str) -> None:
    (scored,) = score(brain, "kept", [case for case in hard_cases("kept", EVERYDAY) if case.group == group])
    share = scored.outcomes["right"] / scored.cases
    assert share >= EVERYDAY_FLOOR[group]


def test_another_file_of_sentences_can_be_examined(capsys: pytest.CaptureFixture[str]) -> None:
    assert examination.main(["--cases", str(EVERYDAY), "--part", "tuned", "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {one["group"] for one in told} == set(EVERYDAY_FLOOR)
    assert {one["part"] for one in told} == {"tuned"}


def test_a_missing_file_of_sentences_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert examination.main(["--cases", str(tmp_path / "nowhere.yaml")]) == 1
    told = capsys.readouterr().err
    assert told.endswith("nowhere.yaml cannot be read (No such file or directory); --cases names the file.\n")
    assert told.count("\n") == 1
