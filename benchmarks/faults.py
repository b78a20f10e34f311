"""python -m benchmarks.faults: breaks things around a running lamp at random, and looks whether it listens again.

A real `foreglow run` under a supervisor, with a sound server, a light program, an MQTT broker and a small disk of its
own. After each fault a spoken command must be obeyed within ten seconds, what was taught must still be in service, and
nothing that was promised may be missing from the journal. Writes its table into docs/soak.md. Takes about half a minute
for each fault. Needs the Debian packages of the tests and libfaketime, and root for the disk.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.endurance.breakages import FAULTS, Fault
from benchmarks.endurance.house import House, moved_in
from benchmarks.endurance.page import write_part
from benchmarks.tables import markdown

WITHIN_S: Final = 10.0
"""Seconds after a fault within which a command must be obeyed."""

PATIENCE_S: Final = 60.0
"""Seconds after which it never will be."""

BEFORE_S: Final = (0.5, 2.5)
"""Seconds between the last words before a fault and the fault: some have just been written, or not yet."""

LASTS_S: Final = (2.0, 6.0)
"""How long a fault lasts at least, at random."""

CAUGHT_UP_S: Final = 15.0
"""Seconds after a fault within which everything promised must be in the journal: a disk is tried again after five."""


@dataclass
class Seen:
    """What came of one kind of fault."""

    injected: int = 0
    """Times it was done."""

    obeyed_meanwhile: int = 0
    """Times that a command was obeyed while it lasted."""

    seconds: list[float] = field(default_factory=list)
    """From its end until a command was obeyed; PATIENCE_S when none was."""

    lost: list[str] = field(default_factory=list)
    """What was promised and is missing, or did not work."""

    @property
    def recovered(self) -> int:
        """Times that it was within WITHIN_S."""
        return sum(seconds <= WITHIN_S for seconds in self.seconds)


def inject(house: House, name: str, random: Random, seen: Seen) -> None:
    """Do it once, and look."""
    fault = FAULTS[name]
    house.is_told()
    house.obeys(PATIENCE_S)
    time.sleep(random.uniform(*BEFORE_S))
    seen.injected += 1
    switched = house.switched()
    with fault.broken(house, random):
        begin = time.monotonic()
        if fault.dies:
            found = house.obeys(PATIENCE_S)
            seen.seconds.append(PATIENCE_S if found is None else found)
            seen.obeyed_meanwhile += found is not None
        else:
            seen.obeyed_meanwhile += _works_meanwhile(house, name, fault)
        time.sleep(max(0.0, begin + random.uniform(*LASTS_S) - time.monotonic()))
        wanted = house.wanted
    if fault.needs == "disk" and fault.dies and not house.keeps_again(PATIENCE_S):
        seen.lost.append("keeping anything more")
    seconds = _after(house, name, wanted, switched)
    if not fault.dies:
        seen.seconds.append(PATIENCE_S if seconds is None else seconds)
    elif seconds is None:
        seen.lost.append("a command once it was mended")
    if not house.decides(*house.lesson) and not house.decides(*house.lesson):
        seen.lost.append("the lesson")
    if not house.is_told() and not house.is_told():
        seen.lost.append("taking corrections")
    deadline = time.monotonic() + CAUGHT_UP_S
    while missing := house.promises.missing(house.lamp, house.state, time.monotonic()):
        if time.monotonic() > deadline:
            break
        time.sleep(0.5)
    seen.lost += missing
    house.promises.reported |= set(missing)


def _works_meanwhile(house: House, name: str, fault: Fault) -> bool:
    """Whether the lamp does its part while the fault lasts."""
    if not fault.listens:
        return False
    if name.startswith("light"):
        return house.decides(*house.next_command()) or house.decides(*house.next_command())
    return house.obeys(WITHIN_S) is not None


def _after(house: House, name: str, wanted: str, switched: int) -> float | None:
    """Seconds from the end of a fault until the lamp obeys; of a broker, until it obeys Home Assistant."""
    begin = time.monotonic()
    if name.startswith("light") and not house.reaches(wanted, switched, PATIENCE_S):
        return None
    if name.startswith("broker"):
        seconds = house.home_obeys(PATIENCE_S)
        return None if house.obeys(PATIENCE_S) is None else seconds
    waited_s = time.monotonic() - begin
    seconds = house.obeys(PATIENCE_S)
    return None if seconds is None else waited_s + seconds


def run(names: Sequence[str], each: int, seed: int, console: Console) -> tuple[dict[str, Seen], str]:
    """Every fault so many times, in random order; and a sentence on the processes."""
    random, seen = Random(seed), {name: Seen() for name in names}
    order = [name for name in names for _ in range(each)]
    random.shuffle(order)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with moved_in() as house:
        for name, fault in FAULTS.items():
            if (fault.needs == "disk" and not house.has_disk) or (
                fault.needs == "clock" and not house.has_clock
            ):
                seen.pop(name, None)
        with Progress(*columns, console=console) as progress:
            shown = progress.add_task("faults", total=len(order))
            for name in order:
                progress.update(shown, description=name)
                if name in seen:
                    lost = len(seen[name].lost)
                    inject(house, name, random, seen[name])
                    what = "; ".join(seen[name].lost[lost:]) or "nothing"
                    console.print(f"{name}: {seen[name].seconds[-1]:.1f} s, lost: {what}")
                progress.advance(shown)
        told = (
            f"{house.lamp.starts} starts of the process; {len(house.promises.labels)} labels and "
            f"{house.promises.heard(house.lamp, time.monotonic()).total()} utterances were promised."
        )
        console.print(house.log())
    return seen, told


def table(seen: dict[str, Seen]) -> str:
    """The faults as Markdown."""
    headings = [
        "fault",
        "injected",
        "obeyed meanwhile",
        f"within {WITHIN_S:.0f} s",
        "median",
        "worst",
        "lost",
    ]
    rows = []
    for name, each in seen.items():
        meanwhile = f"{each.obeyed_meanwhile} of {each.injected}" if FAULTS[name].listens else "-"
        times = [f"{median(each.seconds):.1f} s", f"{max(each.seconds):.1f} s"]
        within = f"{each.recovered} of {each.injected}"
        rows.append([name, str(each.injected), meanwhile, within, *times, "; ".join(each.lost) or "nothing"])
    return markdown(headings, rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--each", type=int, default=5, help="times that each fault is done (default: 5)")
    parser.add_argument("--seed", type=int, default=1, help="another order, and other moments (default: 1)")
    parser.add_argument("--only", choices=FAULTS, action="append", help="this fault alone; may be repeated")
    parser.add_argument("--page", type=Path, help="the page to write to (default: docs/soak.md)")
    options = parser.parse_args(arguments)
    names = options.only or list(FAULTS)
    try:
        seen, told = run(names, options.each, options.seed, Console(stderr=True))
    except (OSError, RuntimeError) as error:
        print(f"benchmarks.faults: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(table(seen))
    command = f"python -m benchmarks.faults --each {options.each} --seed {options.seed}"
    left_out = [name for name in names if name not in seen]
    told += f" Left out, for want of root or libfaketime: {', '.join(left_out)}." * bool(left_out)
    if options.only is None or options.page is not None:
        write_part("faults", f"`{command}`: {told}\n\n{table(seen)}", options.page)
    return 0 if all(each.recovered == each.injected and not each.lost for each in seen.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
