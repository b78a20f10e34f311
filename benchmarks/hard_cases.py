"""How the shipped bundle does on sentences that are easy to get wrong (hard_cases.yaml), or on others.

    python -m benchmarks.hard_cases
    python -m benchmarks.hard_cases --cases benchmarks/everyday_cases.yaml

Each sentence is heard as `foreglow anticipate` hears it: word by word, then as final. What is right:

- of a sentence with a command: that intent stands at the end, and the opposite was never switched;
- of a sentence without: nothing was switched at any word.

`right at the end` is milder: only what stands after the last word counts.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.hard_cases_file import CASES, PARTS, HardCase, HardCasesError, Part, hard_cases
from export.errors import BundleError
from export.session import State
from model.intent import Intent
from runtime.anticipate import Answer, answer
from runtime.anticipator import Anticipator
from runtime.brain import Brain, load_brain
from runtime.config import DecideConfig
from runtime.decision import Decision, Retraction
from transcribe.hypothesis import Hypothesis

Outcome = Literal["right", "opposite", "missed", "stood", "taken back"]
"""opposite: the opposite was switched, even if undone; missed: nothing was switched though something should have
been; stood: switched without a command, and left so; taken back: switched, and undone at the end."""

COMMAND_OUTCOMES: tuple[Outcome, ...] = ("right", "opposite", "missed", "taken back")
"""What can happen to a command."""

OTHER_OUTCOMES: tuple[Outcome, ...] = ("right", "stood", "taken back")
"""What can happen to a sentence without a command."""

_WRONG: tuple[Outcome, ...] = ("opposite", "missed", "stood", "taken back")
_HEADINGS = ("group", "right", "right at\nthe end", "opposite", "missed", "stood", "taken\nback")


@dataclass(frozen=True, slots=True)
class Score:
    """How one half of one group went."""

    part: Part
    """Which half."""

    group: str
    """Which group."""

    commands: bool
    """Whether its sentences ask for something; if not, the right answer is `none`."""

    outcomes: Mapping[Outcome, int]
    """How many sentences went which way; each counts once."""

    right_at_the_end: int
    """At how many what stands after the last word is right."""

    @property
    def cases(self) -> int:
        """How many sentences."""
        return sum(self.outcomes.values())

    @property
    def _possible(self) -> tuple[Outcome, ...]:
        return COMMAND_OUTCOMES if self.commands else OTHER_OUTCOMES

    def as_json(self) -> dict[str, object]:
        """As `--json` prints it."""
        counts = {name.replace(" ", "_"): self.outcomes.get(name, 0) for name in self._possible}
        about = {"part": self.part, "group": self.group, "cases": self.cases}
        return {**about, **counts, "right_at_the_end": self.right_at_the_end}

    def as_row(self) -> tuple[str, ...]:
        """One line of the table; empty where something cannot happen to this group."""
        right = self.outcomes.get("right", 0)
        share = f"{right} of {self.cases} ({round(100 * right / self.cases)}%)"
        wrong = (str(self.outcomes.get(name, 0)) if name in self._possible else "" for name in _WRONG)
        return (self.group, share, str(self.right_at_the_end), *wrong)


class Witness(Anticipator[State]):
    """An anticipator that remembers everything it switched since it was reset."""

    def reset(self) -> None:
        """Forget everything heard and switched."""
        self.switched: list[Intent] = []
        super().reset()

    def hear(self, hypothesis: Hypothesis) -> list[Decision | Retraction]:
        """As the anticipator does."""
        changes = super().hear(hypothesis)
        self.switched += [change.intent for change in changes if isinstance(change, Decision)]
        return changes


def examine(brain: Brain, case: HardCase) -> tuple[Answer, Outcome]:
    """Let the lamp hear one sentence; what it made of it, and whether that was right."""
    witness = Witness(brain.session, brain.policy)
    answered = answer(witness, case.text)
    return answered, outcome(case.intent, witness.switched, answered.intent)


def outcome(wanted: Intent, switched: Sequence[Intent], stands: Intent) -> Outcome:
    """How it went: what was wanted, everything that was switched in order, and what stands at the end."""
    if wanted == "none":
        if not switched:
            return "right"
        return "taken back" if stands == "none" else "stood"
    if any(intent != wanted for intent in switched):
        return "opposite"
    if not switched:
        return "missed"
    return "right" if stands == wanted else "taken back"


def score(brain: Brain, part: Part, cases: Sequence[HardCase]) -> list[Score]:
    """One score for each group that has sentences of this part, in their order."""
    scores = []
    for group in dict.fromkeys(case.group for case in cases if case.part == part):
        own = [case for case in cases if (case.group, case.part) == (group, part)]
        examined = [examine(brain, case) for case in own]
        counts = Counter(result for _, result in examined)
        at_the_end = sum(a.intent == case.intent for case, (a, _) in zip(own, examined, strict=True))
        scores.append(Score(part, group, own[0].intent != "none", counts, at_the_end))
    return scores


def markdown(scores: Sequence[Score]) -> str:
    """The tables of docs/hard_cases.md: one for each part."""
    pieces = []
    for part in dict.fromkeys(scored.part for scored in scores):
        headings = [heading.replace("\n", " ") for heading in (f"group ({part})", *_HEADINGS[1:])]
        lines = [f"| {' | '.join(headings)} |", f"| --- |{' ---: |' * (len(headings) - 1)}"]
        lines += [f"| {' | '.join(scored.as_row())} |" for scored in scores if scored.part == part]
        pieces.append("\n".join(lines))
    return "\n\n".join(pieces)


def _print_tables(scores: Sequence[Score]) -> None:
    for part in dict.fromkeys(scored.part for scored in scores):
        table = Table(box=box.SIMPLE_HEAD, title=part, title_justify="left", padding=(0, 1, 0, 0))
        for heading in _HEADINGS:
            table.add_column(heading, justify="left" if heading == "group" else "right", no_wrap=True)
        for scored in scores:
            if scored.part == part:
                table.add_row(*scored.as_row())
        Console().print(table)


def _print_failing(brain: Brain, cases: Sequence[HardCase]) -> None:
    for case in cases:
        answered, result = examine(brain, case)
        if case.part == "tuned" and result != "right":
            print(f"{case.group:<17}  {result:<10}  wanted {case.intent:<9}  got {answered.as_line()}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Examine the bundle and print the figures; the exit status."""
    parser = argparse.ArgumentParser(description="Sentences that are easy to get wrong, group by group.")
    parser.add_argument("--bundle", type=Path, metavar="FOLDER", help="a bundle (default: the shipped one)")
    parser.add_argument("--part", choices=(*PARTS, "both"), default="both", help="which half (default: both)")
    parser.add_argument(
        "--show",
        action="store_true",
        help="print the failing sentences of `tuned` too; those of `kept` are never shown, so that nobody "
        "tunes on them",
    )
    parser.add_argument(
        "--cases", type=Path, default=CASES, metavar="FILE", help="sentences (default: hard_cases.yaml)"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object a line for each group and part")
    form.add_argument("--markdown", action="store_true", help="the tables of docs/hard_cases.md")
    given = parser.parse_args(arguments)
    if given.show and (given.part == "kept" or given.json or given.markdown):
        parser.error("--show goes with the table of the tuned part")
    try:
        cases = hard_cases(given.part, given.cases)
        brain = load_brain(DecideConfig(bundle=given.bundle and given.bundle.absolute()))
    except (HardCasesError, BundleError) as error:
        print(f"hard_cases: {error}", file=sys.stderr)
        return 1
    scores = [scored for part in PARTS for scored in score(brain, part, cases)]
    if given.json:
        for scored in scores:
            print(json.dumps(scored.as_json()))
    elif given.markdown:
        print(markdown(scores))
    else:
        _print_tables(scores)
        if given.show:
            _print_failing(brain, cases)
    return 0


if __name__ == "__main__":
    sys.exit(main())
