"""The same lamp on this computer and on an emulated Raspberry Pi 4: does it hear and decide the same?

    python -m benchmarks.board [RECORDING...]

makes the board (packaging/board.sh), lets both hear the recordings (without any: all in recordings/) with `foreglow
simulate --json`, read the tuned half of the hard cases with `foreglow anticipate --json`, and compute number by number
(benchmarks/board_numbers.py). Prints two tables. Exit status 1 when the board cannot load a library or when it hears,
decides or computes something else. Everything must be equal except

- times, which hold the time to compute, and
- probabilities, which may differ by TOLERANCE.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.hard_cases_file import hard_cases

ROOT = Path(__file__).parent.parent
BOARD = ROOT / "build" / "board"

TIMES = {"time", "compute", "latency"}
"""Keys whose values hold the time to compute, and are not compared."""

PROBABILITIES = {"probabilities", "confidence", "light_on", "light_off", "none"}
"""Keys whose values may differ by TOLERANCE."""

TOLERANCE = 1e-4
"""Printed probabilities have four decimals: one step of the last."""

ALLOWED = {
    "resampler, samples": 1,  # of 16 bits: rounding may go the other way
    "speech gate, probabilities": 1e-4,
    "language model, probabilities": TOLERANCE,
}
"""How far apart the numbers of a stage may be before they are rounded for print."""

LIBRARIES = """
import ctypes.util
ctypes.util.find_library = "lib{}.so.2".format  # the real one asks ldconfig, a program, which would not be emulated
import gpiozero, json, lgpio, paho.mqtt.client, sounddevice
print(json.dumps(sounddevice.get_portaudio_version()))
"""
"""Loads what a board may need beside what the recordings use."""


class BoardError(Exception):
    """The comparison cannot be made; one sentence."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Something that runs this lamp."""

    name: str
    """As the tables call it."""

    python: Path
    """Its Python, with the lamp installed."""

    def run(self, *arguments: str | Path, said: str = "") -> list[dict[str, Any]]:
        """The JSON lines of a program that was given `said` on standard input. Raises BoardError."""
        # -P: neither this folder nor that of a script comes before what is installed.
        done = subprocess.run(
            [self.python, "-P", *arguments], cwd=ROOT, input=said, stdout=subprocess.PIPE, text=True
        )
        if done.returncode != 0:
            what = " ".join(map(str, arguments[:4]))
            raise BoardError(f"{self.name}: `{what} ...` ended with {done.returncode}; its reason is above.")
        return [json.loads(line) for line in done.stdout.splitlines()]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one machine made of everything."""

    heard: list[dict[str, Any]]
    """Events of the recordings."""

    answers: list[dict[str, Any]]
    """Decisions on the sentences."""

    numbers: list[dict[str, Any]]
    """Of benchmarks/board_numbers.py."""


def outcome(machine: Machine, recordings: Sequence[Path], sentences: Sequence[str]) -> Outcome:
    """Let a machine hear and read everything. Raises BoardError."""
    said = "".join(f"{sentence}\n" for sentence in sentences)
    with ThreadPoolExecutor(2) as pool:  # the recordings take long, so the rest is done beside them
        heard = pool.submit(machine.run, "-m", "runtime.cli", "simulate", "--json", *recordings)
        answers = machine.run("-m", "runtime.cli", "anticipate", "--json", said=said)
        numbers = machine.run(ROOT / "benchmarks" / "board_numbers.py", *recordings, said=said)
        return Outcome(heard.result(), answers, numbers)


def differences(here: Any, there: Any, where: str = "", key: str = "") -> list[str]:
    """What two JSON values do not share, one line each; `key` is the key under which they stand."""
    if key in TIMES:
        return []
    if isinstance(here, dict) and isinstance(there, dict) and here.keys() == there.keys():
        return [line for k in here for line in differences(here[k], there[k], f"{where} {k}", k)]
    if isinstance(here, list) and isinstance(there, list) and len(here) == len(there):
        pairs = enumerate(zip(here, there, strict=True), 1)
        return [line for n, (a, b) in pairs for line in differences(a, b, f"{where} {n}", key)]
    close = key in PROBABILITIES and isinstance(here, float | int) and isinstance(there, float | int)
    # Decimals are not exact in binary, so one step of the last is a little more or less.
    if here == there or (close and abs(here - there) <= TOLERANCE * 1.001):
        return []
    return [f"{where.strip()}: {here!r} here, {there!r} on the board"]


def unlike(here: Outcome, there: Outcome) -> list[str]:
    """What the two machines heard and decided otherwise, one line each."""
    heard = differences(here.heard, there.heard, "event")
    return heard + differences(here.answers, there.answers, "sentence")


def told_apart(here: Outcome, there: Outcome) -> list[str]:
    """Everything in which the board is not as this computer, one line each."""
    lines = unlike(here, there)
    for stage, found in numbers(here, there).items():
        if not found.largest <= ALLOWED[stage]:  # nor is NaN
            lines.append(f"{stage}: up to {found.largest:.2g} apart, {ALLOWED[stage]:g} is allowed")
    return lines


@dataclass(frozen=True, slots=True)
class Apart:
    """How far apart the numbers of a stage are on the two machines."""

    count: int = 0
    """How many numbers."""

    same: int = 0
    """How many of them are equal to the last bit."""

    far: int = 0
    """How many are more than TOLERANCE apart."""

    largest: float = 0.0
    """The largest difference; NaN when one is no number."""

    def and_also(self, here: Sequence[float], there: Sequence[float]) -> "Apart":
        """With more numbers of the stage."""
        apart = np.abs(np.subtract(here, there, dtype=np.float64))
        return Apart(
            self.count + apart.size,
            self.same + np.count_nonzero(apart == 0),
            self.far + np.count_nonzero(apart > TOLERANCE),
            float(np.max(apart, initial=self.largest)),  # max would pass over NaN
        )


def numbers(here: Outcome, there: Outcome) -> dict[str, Apart]:
    """For each stage how far apart its numbers are.

    Raises BoardError when the machines did not compute the same numbers at all.
    """
    shapes = [
        [(line["stage"], line["of"], len(line["values"])) for line in each.numbers] for each in (here, there)
    ]
    if shapes[0] != shapes[1]:
        raise BoardError("the machines computed different things; are they the same version?")
    found: dict[str, Apart] = {}
    for a, b in zip(here.numbers, there.numbers, strict=True):
        stage = a["stage"]
        found[stage] = found.get(stage, Apart()).and_also(a["values"], b["values"])
    return found


def tables(here: Outcome, there: Outcome, seconds: tuple[float, float]) -> str:
    """What was compared, for docs/board.md; `seconds` of processor time here and emulated."""
    events = [event["event"] for event in here.heard]
    rows = {
        "recordings": events.count("end"),
        "hypotheses": events.count("heard"),
        "decisions on them": events.count("decision"),
        "sentences read": len(here.answers),
        "of these, not the same": len(unlike(here, there)),
        "processor time here, s": f"{seconds[0]:.0f}",
        "the same emulated, s": f"{seconds[1]:.0f}",
    }
    lines = ["| compared | |", "| --- | ---: |", *(f"| {name} | {cell} |" for name, cell in rows.items()), ""]
    head = (
        "number by number",
        "numbers",
        "equal to the last bit",
        f"more than {TOLERANCE} apart",
        "largest difference",
    )
    lines += [f"| {' | '.join(head)} |", "| --- | ---: | ---: | ---: | ---: |"]
    for stage, found in numbers(here, there).items():
        share = f"{100 * found.same / found.count:.2f} %"
        lines.append(f"| {stage} | {found.count:,} | {share} | {found.far} | {found.largest:.1e} |")
    return "\n".join(lines)


def compute_s() -> float:
    """Seconds of processor time that programs started from here have taken."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compare(recordings: Sequence[Path]) -> int:
    """Make the board, run both machines, print the tables and what differs. Raises BoardError."""
    environment = os.environ | {"PYTHON": sys.executable}
    made = subprocess.run([ROOT / "packaging" / "board.sh", BOARD], env=environment)
    if made.returncode != 0:
        raise BoardError("the board could not be made; the reason is above.")
    board = Machine("the board", BOARD / "python")
    board.run("-c", LIBRARIES)
    sentences = [case.text for case in hard_cases("tuned")]
    used = [compute_s()]
    outcomes = []
    for machine in (Machine("this computer", Path(sys.executable)), board):
        outcomes.append(outcome(machine, recordings, sentences))
        used.append(compute_s())
    here, there = outcomes
    print(tables(here, there, (used[1] - used[0], used[2] - used[1])))
    apart = told_apart(here, there)
    for line in apart:
        print(f"board: {line}", file=sys.stderr)
    return 1 if apart else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.board", description=__doc__.splitlines()[0])
    parser.add_argument("recordings", nargs="*", type=Path, help="(default: all in recordings/)")
    given = [path.resolve() for path in parser.parse_args(arguments).recordings]
    try:
        return compare(given or sorted((ROOT / "recordings").glob("*.wav")))
    except BoardError as error:
        print(f"board: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
