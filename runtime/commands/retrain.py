"""`foreglow retrain`: from the journal to a better bundle, in a process of its own beside the running lamp."""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from runtime.commands.journal import answer_or_do
from runtime.config import Config
from runtime.control import ask
from runtime.errors import NotRunningError
from runtime.journal.journal import Journal
from runtime.journal.requests import MOST_AT_ONCE
from runtime.learning.child import NICENESS
from runtime.learning.contradictions import Contradiction, contradictions
from runtime.learning.record import record_retraining
from runtime.learning.retrain import Progress, Result, retrain
from runtime.learning.said import Said, said_of
from runtime.state_lock import state_lock

MOST_READ = 20_000
"""Utterances of the journal, the newest, that are looked at."""


def retrain_command(options: argparse.Namespace, config: Config) -> int:
    """Retrain, write that down, and have a running lamp take up what was promoted.

    Raises RetrainError, BundleError, ModelError, ReleaseError, JournalError, ControlError.
    """
    os.nice(NICENESS - os.nice(0))
    began = time.time()
    said = read_said(config)
    odd = contradictions(said)
    if options.json:
        for each in odd:
            print(json.dumps(each.as_json()))
    else:
        _tell(odd)
    with _progress(json_lines=options.json) as progress:
        result = retrain(
            *(said, config, progress),
            from_zero=options.from_zero,
            dry_run=options.dry_run,
            said_now=lambda: read_said(config),
        )
    if not options.dry_run:
        _record(config, result, began, time.time())
    print(json.dumps(result.as_json()) if options.json else result_text(result))
    return 0


def _record(config: Config, result: Result, began: float, ended: float) -> None:
    """Through the running lamp, which takes up what was promoted, or without one in the journal itself."""
    told = result.as_json()
    try:
        ask(config.state_folder, {"do": "retrained", "result": told, "began": began, "ended": ended})
    except NotRunningError:
        with state_lock(config.state_folder), Journal.open(config.state_folder) as journal:
            record_retraining(journal, told, began, ended)


def read_said(config: Config) -> list[Said]:
    """What the journal holds, through the running lamp or, without one, from the file; oldest first."""
    found: list[dict[str, object]] = []
    before: object = None
    while len(found) < MOST_READ:
        request = {"do": "history", "limit": MOST_AT_ONCE, "only": "all", "before": before}
        page = answer_or_do(config, request)["utterances"]
        found += page
        if len(page) < MOST_AT_ONCE:
            break
        before = page[-1]["id"]
    return said_of(found)


def result_text(result: Result) -> str:
    """The result for people."""
    lines = [result.reason]
    for name, outcome in (("candidate", result.candidate), ("in service", result.incumbent)):
        lines.append(
            f"  {name:<11} {outcome.commands - outcome.missed} of {outcome.commands} commands obeyed, "
            f"{outcome.false_activations} of {outcome.others} others switched the light"
        )
    if result.version:
        lines.append(f"  in service now: {result.version}")
    return "\n".join(lines)


def _tell(odd: list[Contradiction]) -> None:
    for each in odd:
        print(f"foreglow: {each.sentence()}", file=sys.stderr)


@contextmanager
def _progress(*, json_lines: bool) -> Iterator[Progress]:
    """A bar on standard error, or a JSON line for each hundredth."""
    if json_lines:
        told = -1

        def line(done: int, total: int) -> None:
            nonlocal told
            hundredth = 100 * done // max(1, total)
            if hundredth != told:
                told = hundredth
                print(json.dumps({"event": "progress", "done": done, "total": total}), flush=True)

        yield line
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("retraining", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
